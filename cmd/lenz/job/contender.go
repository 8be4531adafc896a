package job

import (
	"fmt"
	"slices"
	"strings"

	"lenz/internal/near"
	"lenz/internal/settings"
	"lenz/models/catalog"
	"lenz/optim"
	"lenz/train/study"
)

// named is a contender as it is written: [NAME=]KIND[:SETTING=VALUE]..., such as adam, a=adam or slow=adam:rate=1e-7:beta1=0.
type named struct {
	name, kind string
	fixed      []Assignment
}

// parseContender reads one.
func parseContender(text string) (named, error) {
	head, rest, _ := strings.Cut(strings.TrimSpace(text), ":")
	name, kind, given := strings.Cut(head, "=")
	if !given {
		name, kind = text, head
	}
	n := named{name: strings.TrimSpace(name), kind: strings.TrimSpace(kind)}
	if n.name == "" || n.kind == "" {
		return n, fmt.Errorf("%q: want a name such as adam, or LABEL=NAME:SETTING=VALUE such as slow=adam:rate=1e-7", text)
	}
	if rest == "" {
		return n, nil
	}
	for part := range strings.SplitSeq(rest, ":") {
		key, value, ok := strings.Cut(part, "=")
		if !ok || key == "" || value == "" {
			return n, fmt.Errorf("%q: %q is no setting; want SETTING=VALUE after each colon, such as %s:rate=0.01", text, part, n.kind)
		}
		n.fixed = append(n.fixed, Assignment{strings.TrimSpace(key), strings.TrimSpace(value)})
	}
	return n, nil
}

// searchable are options beside those of optimizer and model that may be fixed or searched for each contender: those of windows that
// leave the task what it is, and what stands around an optimizer.
func searchable() ([]string, error) {
	names := []string{"batch", "input", "stride"}
	options, err := Default().Options()
	for _, o := range options {
		if o.Section == "optimizer" && !o.Map && o.Name != "optimizer" && o.Name != "lr" {
			names = append(names, o.Name)
		}
	}
	return names, err
}

// contenders builds them from what was written, and lays --search over the spaces that optimizers declare.
type contenders struct {
	models    bool   // models are compared, not optimizers
	optimizer string // of all, where models are compared
	model     string // of all, where optimizers are compared
	search    []string
	tune      bool // one is tuned: what --search names is searched though it is set, and nothing else
}

func (cs contenders) build(texts []string) ([]study.Contender, error) {
	searches, err := cs.searches()
	if err != nil {
		return nil, err
	}
	var all []study.Contender
	used := make([]bool, len(searches))
	var prefixes []string
	for _, text := range texts {
		n, err := parseContender(text)
		if err != nil {
			return nil, err
		}
		prefixes = append(prefixes, n.name, n.kind)
		c, err := cs.one(n, searches, used)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	for i, s := range searches {
		if !used[i] {
			return nil, fmt.Errorf("--search %s: nothing that is compared is named %q%s", s.text, s.prefix, near.Suggest(s.prefix, prefixes))
		}
	}
	return all, nil
}

// search is one --search: a range, for all contenders or for those of a name.
type search struct {
	text, prefix string
	study.Range
}

func (cs contenders) searches() ([]search, error) {
	var out []search
	for _, text := range cs.search {
		r, err := study.ParseRange(text)
		if err != nil {
			return nil, err
		}
		s := search{text: text, Range: r}
		if prefix, name, ok := cutLast(r.Name); ok {
			s.prefix, s.Name = prefix, name
		}
		for _, earlier := range out {
			if earlier.prefix == s.prefix && earlier.Name == s.Name {
				return nil, fmt.Errorf("--search %s: %s is searched twice, also as --search %s: give one range", s.text, s.Name, earlier.text)
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// cutLast cuts at the last dot.
func cutLast(text string) (before, after string, found bool) {
	i := strings.LastIndex(text, ".")
	if i < 0 {
		return "", text, false
	}
	return text[:i], text[i+1:], true
}

// one builds a contender: its kind, its fixed settings, the defaults of its optimizer, and its space.
func (cs contenders) one(n named, searches []search, used []bool) (study.Contender, error) {
	c := study.Contender{Name: n.name, Settings: map[string]string{}, Rate: "optimizer-set.rate"}
	optimizer, model := cs.optimizer, cs.model
	if cs.models {
		model = n.kind
		c.Settings["model"] = model
	} else {
		optimizer = n.kind
		c.Settings["optimizer"] = optimizer
	}
	entry, err := optim.Lookup(optimizer)
	if err != nil {
		return c, err
	}
	own, err := entry.Settings()
	if err != nil {
		return c, err
	}
	ranges := entry.Search()
	if m, err := catalog.Lookup(model); err == nil && m.Kind == catalog.Solved { // no optimizer has a part in it
		own, ranges, optimizer = nil, nil, ""
		delete(c.Settings, "optimizer")
	}
	where := func(key string) (string, error) { return place(key, optimizer, own, model) }
	for _, f := range n.fixed {
		key, err := where(f.Name)
		if err != nil {
			return c, fmt.Errorf("%s: %w", n.name, err)
		}
		if _, twice := c.Settings[key]; twice {
			return c, fmt.Errorf("%s: %s is given twice", n.name, f.Name)
		}
		c.Settings[key] = f.Text
	}
	cs.declared(&c, ranges)
	if err := cs.searched(&c, n, searches, used, where); err != nil {
		return c, err
	}
	resolve(&c, own, cs.models)
	return c, nil
}

// declared adds the ranges that the contender's optimizer declares, but for settings that are fixed. Of one that models share, the rate
// alone is tuned.
func (cs contenders) declared(c *study.Contender, ranges []optim.Range) {
	if cs.tune {
		return
	}
	for _, r := range ranges {
		key := "optimizer-set." + r.Name
		if _, fixed := c.Settings[key]; fixed || cs.models && r.Name != "rate" {
			continue
		}
		scale := study.Linear
		if r.Log {
			scale = study.Log
		}
		c.Space = append(c.Space, study.Range{Name: key, Scale: scale, Low: r.Low, High: r.High})
	}
}

// searched adds the ranges of --search that are for all contenders or for this one, in place of those that its optimizer declares.
func (cs contenders) searched(c *study.Contender, n named, searches []search, used []bool, where func(string) (string, error)) error {
	for i, s := range searches {
		if s.prefix != "" && s.prefix != n.name && s.prefix != n.kind {
			continue
		}
		used[i] = true
		r := s.Range
		var err error
		if r.Name, err = where(s.Name); err != nil {
			return fmt.Errorf("--search %s: %w", s.text, err)
		}
		if cs.tune {
			delete(c.Settings, r.Name)
		}
		c.Space = slices.DeleteFunc(c.Space, func(old study.Range) bool { return old.Name == r.Name })
		c.Space = append(c.Space, r)
	}
	return nil
}

// resolve writes down the optimizer's settings that are neither fixed nor searched, so that a plan says all of them.
func resolve(c *study.Contender, own []settings.Field, models bool) {
	if models {
		return // the task has them
	}
	for _, f := range own {
		key := "optimizer-set." + f.Name
		searched := slices.ContainsFunc(c.Space, func(r study.Range) bool { return r.Name == key })
		if _, fixed := c.Settings[key]; !fixed && !searched {
			c.Settings[key] = f.Value
		}
	}
}

// place is the full name of a setting: the optimizer's own, the model's own, or one of a few others. Without an optimizer, of a model
// that is solved, only windows are among these.
func place(key, optimizer string, own []settings.Field, model string) (string, error) {
	if key == "lr" {
		key = "rate"
	}
	var known []string
	for _, f := range own {
		if f.Name == key {
			return "optimizer-set." + key, nil
		}
		known = append(known, f.Name)
	}
	var fields []settings.Field
	if entry, err := catalog.Lookup(model); err != nil {
		return "", err
	} else if fields, err = entry.Settings(); err != nil {
		return "", err
	}
	for _, f := range fields {
		if f.Name == key {
			return "set." + key, nil
		}
		known = append(known, f.Name)
	}
	others, whose := []string{"input"}, model
	if optimizer != "" {
		var err error
		if others, err = searchable(); err != nil {
			return "", err
		}
		whose = optimizer + ", of " + model
	}
	if slices.Contains(others, key) {
		return key, nil
	}
	known = append(known, others...)
	return "", fmt.Errorf("%q is no setting of %s or of the run%s; the settings are %s", key, whose, near.Suggest(key, known), strings.Join(known, ", "))
}
