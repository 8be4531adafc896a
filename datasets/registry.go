package datasets

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"lenz/internal/near"
)

// Info describes a named data set.
type Info struct {
	Name        string
	Description string
	Source      string // where it comes from, or the paper that defines it
	Licence     string
	Sequences   bool      // whole sequences instead of series
	Tables      bool      // rows without time instead of series
	Targets     []string  // columns that are forecast unless others are named
	Period      int       // length of the usual season in rows, 1 if there is none
	Settings    []Setting // what Open takes; none for recorded series
	open        func(Info, values) (*Data, error)
}

// Setting is a number that a generator takes.
type Setting struct {
	Name    string
	Default float64
	Help    string
	Whole   bool // it must be a whole number
	Min     float64
}

// most bounds a whole number: a size by what fits into memory, so that a slip of the finger does not fill it, a seed by what a
// float64 holds exactly.
func (s Setting) most() float64 {
	if s.Name == "seed" {
		return 1 << 53
	}
	return 1e8
}

// Data is what a name opens: series, three sets of whole sequences, or tables of rows.
type Data struct {
	Info   Info
	Series []*Series // nil for sequences
	// The parts of a set of sequences; nil for series, which are split.
	Train, Valid, Test *Sequences
	Tables             *Tables // the parts of a set of rows without time; nil for all others
}

// values are settings resolved against their defaults.
type values map[string]float64

func (v values) whole(name string) int { return int(v[name]) }

// List returns the descriptions of all named data sets: recorded series first, then generators, then rows without time.
func List() []Info { return slices.Concat(recorded(), generated(), tabular()) }

// Names returns the names of all data sets.
func Names() []string {
	var names []string
	for _, info := range List() {
		names = append(names, info.Name)
	}
	return names
}

// Lookup returns the description of a named data set, or an error that suggests a near name.
func Lookup(name string) (Info, error) {
	for _, info := range List() {
		if info.Name == name {
			return info, nil
		}
	}
	return Info{}, fmt.Errorf("datasets: no data set is named %q%s (there are %s)", name, near.Suggest(name, Names()), strings.Join(Names(), ", "))
}

// Open returns a named data set, made with the settings where it is a generator. The settings nil give the defaults.
func Open(name string, settings map[string]string) (*Data, error) {
	info, err := Lookup(name)
	if err != nil {
		return nil, err
	}
	v, err := info.resolve(settings)
	if err != nil {
		return nil, err
	}
	return info.open(info, v)
}

func (info Info) resolve(settings map[string]string) (values, error) {
	v, names := values{}, []string{}
	for _, s := range info.Settings {
		v[s.Name] = s.Default
		names = append(names, s.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		at := slices.Index(names, name)
		if at < 0 {
			there := "it takes none"
			if len(names) > 0 {
				there = "there are " + strings.Join(names, ", ")
			}
			return nil, fmt.Errorf("datasets: %s has no setting %q%s (%s)", info.Name, name, near.Suggest(name, names), there)
		}
		s := info.Settings[at]
		x, err := strconv.ParseFloat(settings[name], 64)
		kind := "number"
		if s.Whole {
			kind = "whole number"
		}
		if err != nil || !finite(x) || x < s.Min || s.Whole && x != math.Trunc(x) {
			return nil, fmt.Errorf("datasets: %s: %s is %q, want a %s of at least %v (%s)", info.Name, name, settings[name], kind, s.Min, s.Help)
		}
		if s.Whole && x > s.most() {
			return nil, fmt.Errorf("datasets: %s: %s is %q, want at most %.0f (%s)", info.Name, name, settings[name], s.most(), s.Help)
		}
		v[name] = x
	}
	return v, nil
}
