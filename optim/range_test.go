package optim_test

import (
	"fmt"
	"math"
	"testing"

	"lenz/optim"
)

// Every optimizer can be tuned: its ranges begin with the rate, name settings, hold the default, and can be built at both ends.
func TestSearchSpaces(t *testing.T) {
	for _, name := range optim.Names() {
		e, err := optim.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		ranges := e.Search()
		if len(ranges) == 0 || ranges[0].Name != "rate" {
			t.Errorf("%s: the first range is not the rate's: %v", name, ranges)
		}
		for _, r := range ranges {
			if !(r.Low < r.High) || r.Log && !(r.Low > 0) {
				t.Errorf("%s: %+v is not a range", name, r)
			}
			for _, u := range []float64{0, 0.5, 1} {
				if _, err := e.New(map[string]string{r.Name: fmt.Sprint(r.At(u))}); err != nil {
					t.Errorf("%s: the range of %s reaches what it refuses: %v", name, r.Name, err)
				}
			}
			if d, ok := defaultOf(t, e, r.Name); ok && (d < r.Low || d > r.High) && d != 0 {
				t.Errorf("%s: the default of %s, %v, is outside its range %v to %v", name, r.Name, d, r.Low, r.High)
			}
		}
	}
}

func defaultOf(t *testing.T, e optim.Entry[optim.Optimizer], setting string) (float64, bool) {
	t.Helper()
	fields, err := e.Settings()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		if f.Name == setting {
			var d float64
			_, err := fmt.Sscan(f.Value, &d)
			return d, err == nil
		}
	}
	return 0, false
}

func TestRangeAt(t *testing.T) {
	log, lin := optim.Range{Name: "rate", Log: true, Low: 1e-4, High: 1}, optim.Range{Name: "mu", Low: 0.5, High: 0.9}
	for _, c := range []struct {
		r       optim.Range
		u, want float64
	}{{log, 0, 1e-4}, {log, 1, 1}, {log, 0.5, 0.01}, {lin, 0, 0.5}, {lin, 0.25, 0.6}, {lin, 1, 0.9}} {
		if got := c.r.At(c.u); !near(got, c.want, 1e-14) {
			t.Errorf("%s at %v is %v, want %v", c.r.Name, c.u, got, c.want)
		}
	}
}

// near tells whether got is want but for a relative difference of at most tol.
func near(got, want, tol float64) bool { return math.Abs(got-want) <= tol*math.Abs(want) }
