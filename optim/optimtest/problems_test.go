package optimtest

import (
	"math"
	"testing"
)

// Central differences of step h have an error of about h^2 and 1e-16/h: 1e-6 of the gradient's size leaves room for both.
func TestGradientsAreTheLosses(t *testing.T) {
	for _, p := range Problems() {
		if p.Name == "noisy" {
			continue // its gradient is not that of its loss, on purpose
		}
		x := append([]float64{}, p.Start...)
		for i := range x {
			x[i] += 0.1 * float64(i+1)
		}
		g, spare := make([]float64, len(x)), make([]float64, len(x))
		p.Loss(x, g, 0)
		const h = 1e-5
		for i, at := range x {
			x[i] = at + h
			up := p.Loss(x, spare, 0)
			x[i] = at - h
			down := p.Loss(x, spare, 0)
			x[i] = at
			if d := (up - down) / (2 * h); math.Abs(d-g[i]) > 1e-6*math.Max(math.Abs(d), 1) {
				t.Errorf("%s: gradient %d is %v, differences give %v", p.Name, i, g[i], d)
			}
		}
	}
}

// The sums of squares are zero at the points that the literature names, and cannot be less.
func TestMinimaOfSumsOfSquares(t *testing.T) {
	for _, c := range []struct {
		p  Problem
		at []float64
	}{
		{Quadratic(), make([]float64, 6)},
		{NoisyQuadratic(), make([]float64, 4)},
		{Rosenbrock(), []float64{1, 1}},
		{Beale(), []float64{3, 0.5}},
	} {
		if f := c.p.Loss(c.at, make([]float64, len(c.at)), 0); f != c.p.Minimum || f != 0 {
			t.Errorf("%s: the loss at %v is %v, the problem says %v", c.p.Name, c.at, f, c.p.Minimum)
		}
	}
}

// The l2 term makes the loss strongly convex with constant 0.01, so that it lies at most |g|^2/0.02 above the
// minimum: gradient descent to |g| < 1e-9 certifies the minimum to 1e-16.
func TestMinimumOfLogistic(t *testing.T) {
	p := Logistic()
	x, g := append([]float64{}, p.Start...), make([]float64, len(p.Start))
	f, norm := 0.0, 1.0
	for i := 0; norm > 1e-9 && i < 100_000; i++ {
		f = p.Loss(x, g, 0)
		norm = 0
		for j := range x {
			x[j] -= 0.3 * g[j]
			norm += g[j] * g[j]
		}
		norm = math.Sqrt(norm)
	}
	if norm > 1e-9 || math.Abs(f-p.Minimum) > 1e-14 {
		t.Errorf("gradient descent ends at %.17g with a gradient of %v, the problem says %.17g", f, norm, p.Minimum)
	}
}

// The noise has mean 0 and standard deviation 0.1: within five standard errors over 10,000 draws.
func TestNoiseIsAFunctionOfTheStep(t *testing.T) {
	p := NoisyQuadratic()
	x, g, again := make([]float64, 4), make([]float64, 4), make([]float64, 4)
	var sum, squares float64
	const n = 2500
	for step := range uint64(n) {
		p.Loss(x, g, step)
		p.Loss(x, again, step)
		if !same(g, again) {
			t.Fatalf("step %d has two noises", step)
		}
		for _, v := range g {
			sum += v
			squares += v * v
		}
	}
	if m := sum / (4 * n); math.Abs(m) > 5*0.1/math.Sqrt(4*n) {
		t.Errorf("mean %v", m)
	}
	if s := math.Sqrt(squares / (4 * n)); math.Abs(s-0.1) > 5*0.1/math.Sqrt(8*n) {
		t.Errorf("standard deviation %v", s)
	}
}
