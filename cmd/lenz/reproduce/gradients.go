package reproduce

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"lenz/internal/rng"
	"lenz/models/reservoir"
	"lenz/train/diagnose"
	"lenz/train/report"
)

// counterexample draws matrices of normal numbers, scaled to the spectral radius, until states from afar do not come to rest.
func counterexample(ctx context.Context, rho float64, seed uint64) (m triangle, sigma float64, err error) {
	r := rand.New(rng.New(seed, "reproduce.counterexample"))
	for range 100000 {
		if err := ctx.Err(); err != nil {
			return m, 0, err
		}
		for i := range m.w {
			m.w[i] = r.NormFloat64()
		}
		var svd mat.SVD
		w := mat.NewDense(3, 3, m.w[:])
		radius := spectralRadius(w)
		if math.IsNaN(radius) || !svd.Factorize(w, mat.SVDNone) {
			continue
		}
		for i := range m.w {
			m.w[i] *= rho / radius
		}
		x := []float64{2*r.Float64() - 1, 2*r.Float64() - 1, 2*r.Float64() - 1}
		for range 1000 {
			m.Step(x, nil)
		}
		if math.Abs(x[0])+math.Abs(x[1])+math.Abs(x[2]) > 1e-2 {
			m.radius = spectralRadius(w) // measured, not set
			return m, svd.Values(nil)[0] * rho / radius, nil
		}
	}
	return m, 0, errors.New("no counterexample was found: use another seed")
}

// spectralRadius is the largest modulus of an eigenvalue, NaN if they are not found.
func spectralRadius(w mat.Matrix) float64 {
	var e mat.Eigen
	if !e.Factorize(w, mat.EigenNone) {
		return nan
	}
	radius := 0.0
	for _, v := range e.Values(nil) {
		radius = max(radius, cmplx.Abs(v))
	}
	return radius
}

func vanishingGradients() Experiment {
	return Experiment{
		Name: "vanishing-gradients", Title: "What gradients are multiplied by through time",
		Source: "Pascanu, Mikolov and Bengio 2013: rho^k for W = rho Q, Q orthogonal; at most sigma_max^k with tanh", Run: runVanishingGradients,
	}
}

func runVanishingGradients(ctx context.Context, o Options) (*Result, error) {
	const n, steps, warm = 64, 100, 20
	r := rand.New(rng.New(o.Seed, "reproduce.gradients"))
	u := make([]float64, warm+steps)
	for i := range u {
		u[i] = 2*r.Float64() - 1
	}
	panel := report.Panel{X: report.Axis{Name: "steps back"}, Y: report.Axis{Name: "norm of the Jacobian product", Log: true}}
	worst, above := 0.0, 0.0
	for i, rho := range []float64{0.8, 1, 1.1} {
		for _, activation := range []string{"linear", "tanh"} {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			c := reservoir.DefaultESN()
			c.Units, c.Radius, c.Weights, c.Activation, c.Bias = n, rho, "orthogonal", activation, 0
			m, err := c.New(1, o.Seed)
			if err != nil {
				return nil, err
			}
			norms, err := diagnose.GradientNorms(m, u, warm)
			if err != nil {
				return nil, err
			}
			line := report.Line{Name: fmt.Sprintf("%s, rho = %.1f", activation, rho), Color: report.Color(1 + i), Y: norms}
			for k, v := range norms {
				line.X = append(line.X, float64(k+1))
				ratio := v / math.Pow(rho, float64(k+1))
				if activation == "linear" {
					worst = max(worst, math.Abs(ratio-1))
				} else {
					above = max(above, ratio-1)
				}
			}
			if activation == "tanh" {
				line.Color = report.Color(4 + i%3)
			}
			panel.Lines = append(panel.Lines, line)
		}
	}
	return &Result{Checks: []Check{
		{What: "linear: largest |norm/rho^k - 1| over 100 steps", Reference: 0, Source: "W = rho Q", Value: worst, Tolerance: 1e-10},
		{What: "tanh: how far the norm exceeds sigma_max^k", Reference: 0, Source: "|tanh'| <= 1", Value: above, Tolerance: 1e-10},
	}, Figures: []report.Figure{{Name: "gradients", Title: "Gradients through time", Caption: "Straight lines are linear networks; tanh units shrink gradients further.", Panels: []report.Panel{panel}}}}, nil
}
