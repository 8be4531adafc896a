package state_test

import (
	"strings"
	"testing"

	"lenz/internal/state"
)

func TestGetAndSliceNameTheKeyAndBothSides(t *testing.T) {
	s := state.State{"n": 3, "v": []float32{1, 2}, "sub": state.State{"x": 1.5}}
	if n, err := state.Get[int](s, "n"); err != nil || n != 3 {
		t.Errorf("n is %v, %v", n, err)
	}
	if v, err := state.Slice[float32](s, "v", 2); err != nil || v[1] != 2 {
		t.Errorf("v is %v, %v", v, err)
	}
	if sub, err := state.Get[state.State](s, "sub"); err != nil || sub["x"] != 1.5 {
		t.Errorf("sub is %v, %v", sub, err)
	}
	_, missing := state.Get[int](s, "m")
	_, kind := state.Get[float64](s, "n")
	_, length := state.Slice[float32](s, "v", 3)
	_, element := state.Slice[float64](s, "v", 2)
	_, none := state.Slice[float64](s, "w", 2)
	for _, c := range []struct {
		err  error
		says []string
	}{
		{missing, []string{`"m"`, "missing", "n, sub, v"}}, {kind, []string{`"n"`, "int", "float64"}},
		{length, []string{`"v"`, "2", "3"}}, {element, []string{`"v"`, "float32", "float64"}}, {none, []string{`"w"`, "missing"}},
	} {
		if c.err == nil {
			t.Errorf("no error that says %v", c.says)
			continue
		}
		for _, part := range c.says {
			if !strings.Contains(c.err.Error(), part) {
				t.Errorf("%q does not say %q", c.err, part)
			}
		}
	}
}
