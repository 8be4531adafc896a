package catalog

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// Every rule names settings that the model has, holds at some value, and is found where it does not hold; the defaults break none.
func TestIdleSettings(t *testing.T) {
	for _, e := range List() {
		if err := e.CheckIdle(nil, nil); err != nil {
			t.Errorf("the defaults of %s: %v", e.Name, err)
		}
		set, err := e.Resolve(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range onlies(e.Name) {
			for _, name := range append([]string{o.while}, o.names...) {
				if _, ok := set[name]; !ok {
					t.Errorf("%s has no setting %s", e.Name, name)
				}
			}
			for _, v := range o.values {
				if _, err := e.Resolve(map[string]string{o.while: v}); err != nil && !strings.Contains(err.Error(), "dropout") {
					t.Errorf("%s: %s cannot be %s: %v", e.Name, o.while, v, err)
				}
			}
		}
	}
	for _, c := range []struct {
		model string
		set   map[string]string
		want  string // "" where nothing is wrong
	}{
		{"esn", map[string]string{"rate": "0.3"}, "esn: setting rate is 0.3, which does nothing while learner is ridge (it is for [lms]): leave it out"},
		{"esn", map[string]string{"rate": "0.3", "learner": "lms"}, ""},
		{"esn", map[string]string{"rate": "0.5"}, ""}, // its default
		{"esn", map[string]string{"forget": "0.9", "learner": "lms"}, "forget is 0.9"},
		{"esn", map[string]string{"ridge": "1", "learner": "lms"}, "ridge is 1"},
		{"esn", map[string]string{"degree": "3", "reservoir": "cycle"}, "degree is 3"},
		{"esn", map[string]string{"degree": "0", "erdos": "true"}, "erdos is true"},
		{"deep-esn", map[string]string{"layers": "1", "between_scale": "0.3"}, "between_scale is 0.3, which does nothing while layers is 1 (it is for above 1)"},
		{"delay", map[string]string{"phase": "1"}, "nonlinearity is mackey-glass"},
		{"ngrc", map[string]string{"members": "3"}, "members is 3"},
		{"ngrc", map[string]string{"members": "3", "noise": "0.1"}, ""},
		{"lstm", map[string]string{"huber_delta": "2"}, "huber_delta is 2"},
		{"lstm", map[string]string{"levels": "0.5"}, "levels is 0.5"},
		{"lstm", map[string]string{"samples": "9", "head": "gaussian"}, "strategy is direct"},
		{"lstm", map[string]string{"samples": "9", "head": "gaussian", "strategy": "recursive"}, ""},
		{"boltzmann", map[string]string{"statistics": "exact", "collect": "3"}, "collect is 3"},
		{"rbm", map[string]string{"particles": "10"}, "particles is 10"},
		{"rbm", map[string]string{"chains": "pcd", "fast_rate": "0.1"}, "fast_rate is 0.1"},
		{"rbm", map[string]string{"sparsity": "0.2"}, "sparsity_cost is 0"},
		{"rbm", map[string]string{"sparsity": "0.2", "sparsity_cost": "0.1"}, ""},
		{"rbm", map[string]string{"sigma": "2"}, "visible is bernoulli"},
	} {
		e, err := Lookup(c.model)
		if err != nil {
			t.Fatal(err)
		}
		err = e.CheckIdle(c.set, slices.Collect(maps.Keys(c.set)))
		if err := e.CheckIdle(c.set, nil); err != nil {
			t.Errorf("%s with %v, of which nobody asked for anything: %v", c.model, c.set, err)
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s with %v: got %v, want %q", c.model, c.set, err, c.want)
		}
	}
}
