package job

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"lenz/internal/configfile"
	"lenz/internal/near"
	"lenz/internal/settings"
)

// Assignment is one setting as text.
type Assignment struct{ Name, Text string }

// placed is an assignment and the place that it stands in, for errors.
type placed struct {
	Assignment
	place string
}

// Layers are the places that settings come from, each over those before it: the defaults, the data set's preset, a file, the
// environment, flags.
type Layers struct {
	File  string   // config.toml, or "" for none
	Env   []string // as os.Environ gives it
	Flags []Assignment
	// Past says that the file is that of a run that has begun: what does nothing in it did nothing then.
	Past bool
	// Several says that the settings are for several tasks, so that some do nothing on some of them.
	Several bool
	// Study says that they are those of a study, for errors.
	Study bool
}

// Resolve lays the layers over each other and checks every name and value.
func (l Layers) Resolve() (*Config, error) {
	file, err := readFile(l.File)
	if err != nil {
		return nil, err
	}
	return l.over(file)
}

// over is Resolve with what the file holds.
func (l Layers) over(file []placed) (*Config, error) {
	env, err := fromEnv(l.Env)
	if err != nil {
		return nil, err
	}
	all := withFlags(slices.Concat(file, env), l.Flags)
	c := Default()
	named := false
	for _, a := range all {
		named = named || a.Name == "data"
		switch a.Name {
		case "data":
			c.Data.Data = a.Text
		case "model":
			c.Model.Model = a.Text
		}
	}
	k := kindOf(c.Model.Model)
	said, err := telling(file, preset(c.Data.Data, c.Model.Model))
	if err != nil {
		return nil, err
	}
	if a, bad := unused(k, slices.Concat(said, all[len(file):])); bad {
		return nil, fmt.Errorf("%s: %s has no use for %s: lenz models %s lists its settings, for --set", a.place, c.Model.Model, a.Name, c.Model.Model)
	}
	if !k.uses("horizon") && !named {
		c.Data.Data = ""
	}
	for _, a := range preset(c.Data.Data, c.Model.Model) {
		if err := c.Set(a.Name, a.Text); err != nil {
			return nil, fmt.Errorf("preset of %s: %w", c.Data.Data, err)
		}
	}
	for _, a := range all {
		if err := c.Set(a.Name, a.Text); err != nil {
			return nil, fmt.Errorf("%s: %w", a.place, err)
		}
	}
	if l.Past {
		said = nil
	} else if !l.Several {
		if err := c.readable(k, l.Study); err != nil {
			return nil, err
		}
	}
	if asked := slices.Concat(said, all[len(file):]); !l.Several {
		if err := c.refuseIdle(k, asked); err != nil {
			return nil, err
		}
	}
	if _, ok := k.(*forecasting); ok {
		c.suit(all)
	}
	return c, nil
}

// withFlags appends flags; groups add up.
func withFlags(all []placed, flags []Assignment) []placed {
	for _, a := range flags {
		if n := len(all); a.Name == "group" && n > 0 && all[n-1].Name == a.Name && all[n-1].place == "--group" {
			all[n-1].Text += "," + a.Text
			continue
		}
		all = append(all, placed{a, "--" + a.Name})
	}
	return all
}

// telling leaves out the settings of a file that say what holds without them, by the defaults or the preset: earlier versions wrote some
// for models and data that have no use for them.
func telling(file []placed, preset []Assignment) ([]placed, error) {
	options, err := Default().Options()
	return slices.DeleteFunc(slices.Clone(file), func(a placed) bool {
		return slices.Contains(preset, a.Assignment) ||
			slices.ContainsFunc(options, func(o Option) bool { return !o.Map && o.Name == a.Name && o.Value == a.Text })
	}), err
}

// fromEnv finds the LENZ_ variables; an unknown one is an error, since it was meant to do something. An empty
// one is none.
func fromEnv(env []string) ([]placed, error) {
	options, err := Default().Options()
	if err != nil {
		return nil, err
	}
	known := map[string]string{}
	var names []string
	for _, o := range options {
		if !o.Map {
			name := "LENZ_" + strings.ToUpper(strings.ReplaceAll(o.Name, "-", "_"))
			known[name] = o.Name
			names = append(names, name)
		}
	}
	var found []placed
	for _, e := range env {
		key, value, _ := strings.Cut(e, "=")
		if value == "" || !strings.HasPrefix(key, "LENZ_") || slices.Contains([]string{"LENZ_LONG", "LENZ_LARGE", "LENZ_TORTURE"}, key) {
			continue
		}
		name, ok := known[key]
		if !ok {
			return nil, fmt.Errorf("environment variable %s is no setting of lenz%s", key, near.Suggest(key, names))
		}
		found = append(found, placed{Assignment{name, value}, "environment variable " + key})
	}
	slices.SortFunc(found, func(a, b placed) int { return strings.Compare(a.Name, b.Name) })
	return found, nil
}

// readFile reads a config.toml. The [run] table says what a run found out, and is not read back but for the checksums of its data and
// where it was resumed with other settings.
func readFile(path string) ([]placed, error) {
	if path == "" {
		return nil, nil
	}
	file, err := configfile.Open(path)
	if err != nil {
		return nil, err
	}
	return placements(file, path)
}

// placements turns a file's settings into assignments that know where they stand.
func placements(file *configfile.File, path string) ([]placed, error) {
	home, err := sectionsOf()
	if err != nil {
		return nil, err
	}
	list, err := file.Settings(home, "run")
	if err != nil {
		return nil, err
	}
	found := make([]placed, len(list))
	for i, s := range list {
		found[i] = placed{Assignment{s.Name, s.Text}, fmt.Sprintf("%s: [%s]", path, s.Table)}
	}
	return found, nil
}

// sectionsOf lists the settings of each table of config.toml, and whether they are tables themselves.
func sectionsOf() (configfile.Tables, error) {
	options, err := Default().Options()
	if err != nil {
		return nil, err
	}
	home := configfile.Tables{}
	for _, o := range options {
		if home[o.Section] == nil {
			home[o.Section] = map[string]bool{}
		}
		home[o.Section][o.Name] = o.Map
	}
	return home, nil
}

// Facts are what a run found out, for the [run] table of its config.toml.
type Facts struct {
	Version  string
	Go       string
	Modules  map[string]string // Gorgonia, tensor, gonum
	Checksum map[string]string // SHA-256 of each file that was read, or of the embedded series
	Resumed  map[string]string // 01, 02, ...: where the run was resumed with settings that a run from the beginning would have had from there only
}

// TOML writes the configuration as config.toml: every setting with what it means, so that the file can be edited and given to
// lenz train --config.
func (c *Config) TOML(facts Facts) (string, error) {
	options, err := c.Options()
	if err != nil {
		return "", err
	}
	var w configfile.Writer
	for _, remark := range facts.remarks() {
		w.Remark(remark)
	}
	counts := c.counts()
	for _, s := range c.sections() {
		if !slices.ContainsFunc(options, func(o Option) bool { return o.Section == s.name && counts(o.Name) }) {
			continue
		}
		w.Table(s.name, "")
		for _, o := range options {
			if o.Section == s.name && !o.Map && counts(o.Name) {
				w.Set(o.Name, typed(o), o.Doc)
			}
		}
		for _, o := range options {
			if o.Section != s.name || !o.Map || len(*s.sets[o.Name]) == 0 {
				continue
			}
			w.Table(s.name+"."+o.Name, o.Doc)
			pairs := *s.sets[o.Name]
			for _, k := range sortedKeys(pairs) {
				w.Set(k, pairs[k], "")
			}
		}
	}
	w.Table("run", "what the run found; not read back, but for the checksums")
	w.Set("version", facts.Version, "")
	w.Set("go", facts.Go, "")
	for _, k := range sortedKeys(facts.Modules) {
		w.Set(k, facts.Modules[k], "")
	}
	for _, t := range []struct {
		name  string
		pairs map[string]string
	}{{"run." + runSums, facts.Checksum}, {"run." + runResumed, facts.Resumed}} {
		if len(t.pairs) > 0 {
			w.Table(t.name, "")
		}
		for _, k := range sortedKeys(t.pairs) {
			w.Set(k, t.pairs[k], "")
		}
	}
	return w.Text()
}

// The tables of [run] that are read back.
const (
	runSums    = "sha256"
	runResumed = "resumed"
)

// remarks stand at the top of config.toml, and say what the file gives.
func (f Facts) remarks() []string {
	if len(f.Resumed) == 0 {
		return []string{"Everything that this run depends on. lenz train --config on this file gives the same bits again."}
	}
	var all []string
	for _, k := range sortedKeys(f.Resumed) {
		all = append(all, "This run was resumed "+f.Resumed[k]+".")
	}
	return append(all, "Its bits come from resuming there alone: lenz train --config on this file trains with these settings from the beginning, to others.")
}

// again says what lenz train --config on the configuration gives.
func (f Facts) again() string {
	if len(f.Resumed) == 0 {
		return "train it again, to the same bits"
	}
	return "train with the same settings from the beginning, to other bits: this run was resumed with others"
}

// typed is an option's value as TOML writes it.
func typed(o Option) any {
	switch o.Type {
	case "int":
		if n, err := strconv.ParseInt(o.Value, 10, 64); err == nil {
			return n
		}
	case "number":
		if f, err := strconv.ParseFloat(o.Value, 64); err == nil {
			return f
		}
	case "bool":
		return o.Value == "true"
	case "texts":
		if o.Value == "" {
			return []string{}
		}
		if texts, err := settings.Split(o.Value); err == nil {
			return texts
		}
	}
	return o.Value
}

// Checksums reads the SHA-256 sums that a config.toml holds for its data.
func Checksums(path string) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	file, err := configfile.Open(path)
	if err != nil {
		return nil, err
	}
	return file.Texts("run", runSums)
}

// resumptions reads what a run's config.toml says of the settings that changed on the way.
func resumptions(path string) (map[string]string, error) {
	file, err := configfile.Open(path)
	if err != nil {
		return nil, err
	}
	return file.Texts("run", runResumed)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
