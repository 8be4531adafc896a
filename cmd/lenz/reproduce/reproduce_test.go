package reproduce

import (
	"context"
	"math"
	"os"
	"strings"
	"testing"
)

// Two curves through known points meet where they should, and the error of the meeting point follows from theirs.
func TestCrossing(t *testing.T) {
	line := func(slope, noise float64) sizeCurve {
		c := sizeCurve{}
		for k := range 7 {
			x := 2 + 0.1*float64(k)
			c.x, c.y, c.e = append(c.x, x), append(c.y, 0.6+slope*(x-2.27)+0.3*(x-2.27)*(x-2.27)), append(c.e, noise)
		}
		return c
	}
	at, e, err := crossing(line(-1, 0.001), line(-3, 0.001), 3, 1)
	if err != nil || math.Abs(at-2.27) > 1e-9 {
		t.Errorf("they meet at %v, want 2.27 (%v)", at, err)
	}
	// Near the middle a cubic through seven points has an error of about 0.6 of a point's: of the difference 0.85, over the slope 2.
	if e < 0.0002 || e > 0.0008 {
		t.Errorf("error %v, want about 0.0004", e)
	}
	if _, e, err := crossing(line(-1, 1), line(-1.01, 1), 3, 1); err != nil || !math.IsNaN(e) && e < 0.05 {
		t.Errorf("curves that cannot be told apart: error %v (%v)", e, err)
	}
}

func TestVerdictsNeedSharpErrors(t *testing.T) {
	for _, c := range []struct {
		value, e float64
		within   bool
		verdict  string
	}{
		{1.005, 0.001, true, "within"}, {1.02, 0.001, false, "outside"}, {1.0, 0.004, false, "too noisy"}, {math.NaN(), 0.001, false, "not measured"},
	} {
		k := Check{Reference: 1, Tolerance: 0.01, Value: c.value, Error: c.e}
		if k.Within() != c.within || !strings.Contains(k.Verdict(), c.verdict) {
			t.Errorf("%v +- %v: %v, %q", c.value, c.e, k.Within(), k.Verdict())
		}
	}
	for _, c := range []struct {
		value, e float64
		verdict  string
	}{
		{3.9, 0.1, "within"}, {1.1, 0.1, "within"}, {4.1, 0.1, "outside"}, {0.9, 0.05, "outside"}, {2, 0.5, "too noisy"}, {-2, 0.1, "outside"}, {math.NaN(), 0.1, "not measured"},
	} {
		k := Check{Reference: 2, Factor: 2, Value: c.value, Error: c.e}
		if k.Within() != (c.verdict == "within") || !strings.Contains(k.Verdict(), c.verdict) {
			t.Errorf("%v +- %v within a factor of 2: %v, %q", c.value, c.e, k.Within(), k.Verdict())
		}
	}
	if (&Result{}).Within() {
		t.Error("a result without a check passes")
	}
}

func TestExperimentsAreNamed(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range All() {
		if seen[e.Name] || e.Title == "" || e.Source == "" || e.Run == nil {
			t.Errorf("%+v", e)
		}
		seen[e.Name] = true
	}
	if _, err := Lookup("ising-ct"); err == nil || !strings.Contains(err.Error(), `did you mean "ising-tc"`) {
		t.Errorf("a near name: %v", err)
	}
}

// The quick forms take up to a minute each.
func TestQuickExperimentsHold(t *testing.T) {
	if os.Getenv("LENZ_LONG") == "" {
		t.Skip("the slow experiments run with LENZ_LONG=1")
	}
	for _, e := range All() {
		name := e.Name
		r, err := e.Do(context.Background(), Options{Quick: true, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Checks {
			if !c.Within() {
				t.Errorf("%s: %s is %v +- %v, reference %v: %s", name, c.What, c.Value, c.Error, c.Reference, c.Verdict())
			}
		}
		if len(r.Figures) == 0 {
			t.Errorf("%s draws nothing", name)
		}
	}
}
