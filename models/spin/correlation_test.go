package spin

import (
	"context"
	"testing"
)

// A correlation length is told where it is much less than the lattice, and left out of an ordered lattice, where it grows with that.
func TestCorrelationOfOrderedLatticesIsLeftOut(t *testing.T) {
	c, err := Lattice{Kind: "square", Size: []int{16, 16}}.Ferromagnet(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEnsemble(c, Plan{Temperatures: []float64{1.5, 4}, Method: "swendsen-wang", Copies: 1, Thermalize: 50, Every: 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Sweep(context.Background(), 5000); err != nil {
		t.Fatal(err)
	}
	cold, hot := e.Observables()[0], e.Observables()[1]
	if cold.Correlation != nil || !cold.TooLong {
		t.Errorf("below T_c: %v, left out is %v", cold.Correlation, cold.TooLong)
	}
	// Correlations decay over 1/(ln coth(1/T) - 2/T) = 1.1 sites along an axis at T = 4, and the second moment is near that.
	if hot.Correlation == nil || hot.TooLong || hot.Correlation.Value < 0.5 || hot.Correlation.Value > 2 {
		t.Errorf("far above T_c: %v, left out is %v", hot.Correlation, hot.TooLong)
	}
}
