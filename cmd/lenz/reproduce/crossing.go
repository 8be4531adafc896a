package reproduce

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"lenz/internal/rng"
)

// sizeCurve is a quantity of one system size over the temperature (or another knob), with errors.
type sizeCurve struct {
	size    int
	x, y, e []float64
}

// polynomial fits y by a polynomial of the degree in (x - center), weighted by the errors.
func (s sizeCurve) polynomial(y []float64, degree int, center float64) ([]float64, error) {
	n := len(s.x)
	a, b := mat.NewDense(n, degree+1, nil), mat.NewVecDense(n, nil)
	for i, x := range s.x {
		w, p := 1/math.Max(s.e[i], 1e-12), 1.0
		for k := range degree + 1 {
			a.Set(i, k, w*p)
			p *= x - center
		}
		b.SetVec(i, w*y[i])
	}
	var c mat.VecDense
	if err := c.SolveVec(a, b); err != nil {
		return nil, fmt.Errorf("fit of a polynomial of degree %d to %d points: %w", degree, n, err)
	}
	return c.RawVector().Data, nil
}

func valueOf(c []float64, x float64) float64 {
	v := 0.0
	for k := len(c) - 1; k >= 0; k-- {
		v = v*x + c[k]
	}
	return v
}

// crossing finds where the fitted curves of two sizes meet, with its error from repeating the fits on values redrawn from their errors.
func crossing(a, b sizeCurve, degree int, seed uint64) (at, err float64, failure error) {
	center := (a.x[0] + a.x[len(a.x)-1]) / 2
	once := func(ya, yb []float64) (float64, error) {
		ca, e := a.polynomial(ya, degree, center)
		if e != nil {
			return 0, e
		}
		cb, e := b.polynomial(yb, degree, center)
		if e != nil {
			return 0, e
		}
		return meet(ca, cb, a.x[0]-center, a.x[len(a.x)-1]-center) + center, nil
	}
	if at, failure = once(a.y, b.y); failure != nil {
		return 0, 0, failure
	}
	const redraws = 200
	r := rand.New(rng.New(seed, "reproduce.crossing"))
	sum, square, n := 0.0, 0.0, 0.0
	for range redraws {
		x, e := once(redraw(a, r), redraw(b, r))
		if e != nil {
			return 0, 0, e
		}
		if !math.IsNaN(x) {
			sum, square, n = sum+x, square+x*x, n+1
		}
	}
	if n < 0.9*redraws { // the curves do not always meet: they cannot be told apart
		return at, math.NaN(), nil
	}
	return at, math.Sqrt(math.Max(0, square/n-(sum/n)*(sum/n))), nil
}

func redraw(s sizeCurve, r *rand.Rand) []float64 {
	y := make([]float64, len(s.y))
	for i := range y {
		y[i] = s.y[i] + s.e[i]*r.NormFloat64()
	}
	return y
}

// meet finds the place in [lo, hi] where two polynomials meet, the one nearest to the middle; NaN if none.
func meet(a, b []float64, lo, hi float64) float64 {
	const steps = 2000
	best := math.NaN()
	f := func(x float64) float64 { return valueOf(a, x) - valueOf(b, x) }
	for i := range steps {
		x0, x1 := lo+(hi-lo)*float64(i)/steps, lo+(hi-lo)*float64(i+1)/steps
		f0, f1 := f(x0), f(x1)
		if f0 == f1 || f0*f1 > 0 {
			continue
		}
		x := x0 + (x1-x0)*f0/(f0-f1)
		if math.IsNaN(best) || math.Abs(x-(lo+hi)/2) < math.Abs(best-(lo+hi)/2) {
			best = x
		}
	}
	return best
}
