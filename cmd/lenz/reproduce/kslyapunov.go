package reproduce

import (
	"context"
	"fmt"

	"lenz/datasets"
	"lenz/datasets/dynamics"
	"lenz/models/reservoir"
	"lenz/train/report"
)

func ksLyapunov() Experiment {
	return Experiment{
		Name: "ks-lyapunov", Title: "The Lyapunov spectrum of the Kuramoto-Sivashinsky equation, and that of a reservoir in its place",
		Source: "Edson, Bunder, Mattner and Roberts 2019 (the equation); Pathak, Lu, Hunt, Girvan and Ott 2017 (the reservoir)", Run: runKSLyapunov,
	}
}

func runKSLyapunov(ctx context.Context, o Options) (*Result, error) {
	units, train, count, steps, truthSteps := 3000, 40000, 8, 12000, 400000
	if o.Quick {
		units, train, count, steps, truthSteps = 1000, 20000, 4, 12000, 100000
	}
	d, err := datasets.Open("kuramoto-sivashinsky", map[string]string{"length": fmt.Sprint(train + 1), "seed": fmt.Sprint(o.Seed)})
	if err != nil {
		return nil, err
	}
	u := rowsOf(d.Series[0].Values)
	const q, dt = 64, 0.25
	m, err := gentle(units).New(q, o.Seed)
	if err != nil {
		return nil, err
	}
	net, err := single(m, reservoir.Options{Bound: 1e6})
	if err != nil {
		return nil, err
	}
	if _, err := net.Fit(u[:train*q], u[q:], 1000, 1e-7); err != nil {
		return nil, err
	}
	loop := net.ClosedLoop(dt)
	x := make([]float64, loop.Dim())
	net.Warm(x[:net.StateSize()], u[(train-200)*q:train*q])
	copy(x[net.StateSize():], u[(train-1)*q:train*q])
	lo := dynamics.DefaultLyapunov()
	lo.Count, lo.Steps, lo.Every, lo.Transient = count, steps, 10, 1000
	var spectra [2]dynamics.Spectrum
	err = parallel(2, func(i int) error {
		if i == 0 {
			var err error
			spectra[0], err = dynamics.Lyapunov(loop, x, lo)
			return err
		}
		system, start, err := datasets.System("kuramoto-sivashinsky", map[string]string{"seed": fmt.Sprint(o.Seed)})
		if err != nil {
			return err
		}
		long := lo
		long.Steps = truthSteps
		spectra[1], err = dynamics.Lyapunov(system, start, long)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ours, truth := spectra[0], spectra[1]
	r := &Result{Checks: []Check{
		{What: "largest exponent of the equation", Reference: edson, Source: "Edson et al. 2019, L = 22", Value: truth.Exponents[0], Error: truth.Errors[0], Tolerance: 0.01},
		{What: "largest exponent of the closed loop", Reference: truth.Exponents[0], Source: "the equation, by Benettin's method", Value: ours.Exponents[0], Error: ours.Errors[0], Tolerance: 0.02},
	}}
	line := func(name string, c report.Color, s dynamics.Spectrum) report.Line {
		l := report.Line{Name: name, Color: c, Dots: true, Y: s.Exponents}
		for i := range s.Exponents {
			l.X = append(l.X, float64(i+1))
		}
		return l
	}
	r.Rows = []string{"exponent       equation            closed loop"}
	for i := range ours.Exponents {
		r.Rows = append(r.Rows, fmt.Sprintf("%8d  %8.4f +- %.4f   %8.4f +- %.4f", i+1, truth.Exponents[i], truth.Errors[i], ours.Exponents[i], ours.Errors[i]))
	}
	r.Figures = []report.Figure{{Name: "spectrum", Title: "Lyapunov exponents", Caption: "The equation's zero exponents belong to shifts in time and place and to its conserved mean, which the loop need not have exactly.",
		Panels: []report.Panel{{X: report.Axis{Name: "number", Whole: true}, Y: report.Axis{Name: "exponent, per unit of time"},
			Lines: []report.Line{line("equation", report.Ink, truth), line("closed loop", report.Blue, ours)}}}}}
	return r, nil
}
