package reproduce

import (
	"math"
	"testing"
)

// The paper's example has c = 3.1546 and 7 patterns, and another beta of 1 with K = 1 has c = 1.3718 in d = 75 (Ramsauer et al. 2021,
// theorem 3).
func TestGuaranteedPatterns(t *testing.T) {
	for _, e := range []struct{ d, k, c float64 }{{20, 3, 3.1546}, {75, 1, 1.3718}} {
		if _, c := guaranteed(e.d, 1, e.k, 0.001); math.Abs(c-e.c) > 1e-3 {
			t.Errorf("d = %v, K = %v: c is %v, want %v", e.d, e.k, c, e.c)
		}
	}
	if n, _ := guaranteed(20, 1, 3, 0.001); int(n) != 7 {
		t.Errorf("%v patterns, want 7", n)
	}
	for _, x := range []float64{1e-3, 1, math.E, 100} {
		if w := lambert(x); math.Abs(w*math.Exp(w)-x) > 1e-12*x {
			t.Errorf("W(%v) is %v", x, w)
		}
	}
}
