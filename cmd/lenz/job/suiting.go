package job

import (
	"slices"
	"strings"

	"lenz/models/catalog"
)

// suitData lets a model that is solved begin a study with the settings that lenz train would give it on the task's data, and says so. Data
// that cannot be read are told of where the plan is tried.
func (r StudyRequest) suitData(c *Config, task string, f *Factory) error {
	if entry, err := catalog.Lookup(c.Model.Model); err != nil || entry.Kind != catalog.Solved {
		return err
	}
	data, err := f.load(task, c)
	if err != nil {
		return nil
	}
	alone := *c
	alone.Window.TBPTT = 0
	t, err := alone.Task(data)
	if err != nil {
		return nil
	}
	t.Notes = nil // others are not about settings
	if err := alone.suitSeries(t, r.chosen(c.Model.Model)...); err != nil {
		return err
	}
	c.Model.Set = alone.Model.Set
	if r.Say != nil {
		for _, n := range t.Notes {
			r.Say("note: %s on %s: %s", c.Model.Model, task, n)
		}
	}
	return nil
}

// chosen are the settings that every contender of a model searches or fixes in its name.
func (r StudyRequest) chosen(model string) []string {
	var names []string
	for _, text := range r.Search {
		name, _, _ := strings.Cut(text, "=")
		if prefix, last, ok := cutLast(name); !ok || prefix == model {
			names = append(names, last)
		}
	}
	var fixed []string
	first := true
	for _, text := range r.Models {
		n, err := parseContender(text)
		if err != nil || n.kind != model {
			continue
		}
		var own []string
		for _, a := range n.fixed {
			if first || slices.Contains(fixed, a.Name) {
				own = append(own, a.Name)
			}
		}
		fixed, first = own, false
	}
	return append(names, fixed...)
}
