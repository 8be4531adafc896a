package optim

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"lenz/internal/near"
)

// Group sets parameters apart by their names. Where several groups match a parameter, the later one wins, setting by setting.
type Group struct {
	Pattern string   // of names, as path.Match reads it: head.* or *.bias*; * stands for any characters
	Rate    *float64 // factor of the learning rate; nil leaves it
	Decay   *float64 // decoupled weight decay in place of the optimizer's own; nil leaves it
}

// check refuses a group that says nothing, or nothing that can be carried out.
func (g Group) check() error {
	_, err := path.Match(g.Pattern, "")
	switch {
	case err != nil || g.Pattern == "":
		return fmt.Errorf("group %q is no pattern of names, want one such as head.* or *.bias", g.Pattern)
	case g.Rate == nil && g.Decay == nil:
		return fmt.Errorf("group %s changes nothing, want a rate or a decay", g.Pattern)
	case g.Rate != nil && (!(*g.Rate >= 0) || math.IsInf(*g.Rate, 1)):
		return fmt.Errorf("group %s: the factor of the rate is %v, want a finite number of at least 0", g.Pattern, *g.Rate)
	case g.Decay != nil && (!(*g.Decay >= 0) || math.IsInf(*g.Decay, 1)):
		return fmt.Errorf("group %s: the decay is %v, want a finite number of at least 0", g.Pattern, *g.Decay)
	}
	return nil
}

// Matches tells whether the parameter of that name belongs to the group.
func (g Group) Matches(name string) bool {
	ok, err := path.Match(g.Pattern, name)
	return ok && err == nil
}

// MatchGroups is an error when a group matches none of the names: it was meant to do something.
func MatchGroups(gs []Group, names []string) error {
	for _, g := range gs {
		if !slices.ContainsFunc(names, g.Matches) {
			return fmt.Errorf("group %s matches no parameter%s; the parameters are %s", g.Pattern, near.Suggest(g.Pattern, names), strings.Join(names, ", "))
		}
	}
	return nil
}

// SetGroups gives the optimizer its groups, in place of those it had. They are settings, not state: a resumed run sets them again.
// A group that matches no parameter is an error of the next Step (or of MatchGroups, before). L-BFGS takes no groups, and Prodigy none
// with a rate: they weigh all parameters against each other.
func SetGroups(o Optimizer, gs ...Group) error {
	for _, g := range gs {
		if err := g.check(); err != nil {
			return err
		}
	}
	s, ok := As[grouped](o)
	if !ok {
		return fmt.Errorf("an optimizer of type %T takes no groups", o)
	}
	return s.setGroups(gs)
}

// SetDecay gives all parameters a decoupled weight decay (Loshchilov & Hutter 2019), in place of the optimizer's own:
//
//	x = x - rate decay x   beside the update
//
// It is the group * with that decay.
func SetDecay(o Optimizer, decay float64) error {
	return SetGroups(o, Group{Pattern: "*", Decay: &decay})
}

type grouped interface{ setGroups([]Group) error }

func (s *solver) setGroups(gs []Group) error {
	if s.method.whole != "" && len(gs) > 0 {
		return fmt.Errorf("%s takes no groups and no decoupled decay: %s", s.name, s.method.whole)
	}
	for _, g := range gs {
		if s.method.oneRate != "" && g.Rate != nil && *g.Rate != 1 {
			return fmt.Errorf("%s takes no group with a rate of its own: %s", s.name, s.method.oneRate)
		}
	}
	s.groups = groups{list: slices.Clone(gs)}
	for _, e := range s.entries {
		e.grouped = false
	}
	return nil
}

// groups are those of a solver.
type groups struct {
	list  []Group
	fixed bool // every group was seen to match
}

// settle says which factor and decay each parameter has. It does so once a parameter.
func (g *groups) settle(now []*entry, decay float64) error {
	for _, e := range now {
		if e.grouped {
			continue
		}
		e.factor, e.decay, e.grouped = 1, decay, true
		for _, group := range g.list {
			if !group.Matches(e.name) {
				continue
			}
			if group.Rate != nil {
				e.factor = *group.Rate
			}
			if group.Decay != nil {
				e.decay = *group.Decay
			}
		}
	}
	if g.fixed || len(g.list) == 0 {
		return nil
	}
	names := make([]string, len(now))
	for i, e := range now {
		names[i] = e.name
	}
	if err := MatchGroups(g.list, names); err != nil {
		return err
	}
	g.fixed = true
	return nil
}
