package reproduce

import (
	"math"
	"testing"
)

// From the authors' first state NG-RC comes out as NumPy and SciPy have it. Values by testdata/ngrc.py lorenz 2000 lstsq, NumPy 1.24.2, SciPy 1.10.1. After
// 26 units of time the chaos has made rounding 1e-16 e^(0.9 26) = 2e-6 of the state, and the normal equations, whose condition is 3e14, blur small
// directions of the weights: two starts differ by 5e-5 and 2e-6 for that.
func TestNextGenerationIsThatOfSciPy(t *testing.T) {
	g := lorenzNGRC()
	machine, err := g.config.New(3)
	if err != nil {
		t.Fatal(err)
	}
	u := rk23(g.slope, []float64{17.67715816276679, 12.931379185960404, 43.91404334248268}, g.dt, g.train+g.rows())
	for i, want := range [][2]float64{{1.09283997e-04, 3.86660509e-04}, {1.04776013e-04, 1.74928603e-03}} {
		s, err := g.trial(machine, u[i*g.train*3:][:g.rows()*3])
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("start %d: %.8e %.8e", i, s.trained, s.tested)
		if math.Abs(s.trained/want[0]-1) > 1e-4 || math.Abs(s.tested/want[1]-1) > 1e-3 {
			t.Errorf("start %d: errors %.6e and %.6e, SciPy has %.6e and %.6e", i, s.trained, s.tested, want[0], want[1])
		}
	}
}
