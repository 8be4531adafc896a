package reproduce

import (
	"context"
	"fmt"

	"lenz/datasets"
	"lenz/datasets/dynamics"
	"lenz/internal/plusminus"
	"lenz/models/reservoir"
	"lenz/train/report"
)

func ksLyapunov() Experiment {
	return Experiment{
		Name: "ks-lyapunov", Title: "The Lyapunov spectrum of the Kuramoto-Sivashinsky equation, and that of a reservoir in its place",
		Source: "Edson, Bunder, Mattner and Roberts 2019 (the equation); Pathak, Lu, Hunt, Girvan and Ott 2017 (the reservoir)", Run: runKSLyapunov,
	}
}

// ksExponents measures the exponents of the equation and of a reservoir of so many units that has learnt train rows of it.
type ksExponents struct {
	units, train      int
	count             int // exponents
	steps, truthSteps int // that are averaged over
}

// loop trains the reservoir and returns its closed loop, with a state on the attractor.
func (k ksExponents) loop(seed uint64) (loop reservoir.Loop, x []float64, err error) {
	const q, dt = 64, 0.25
	d, err := datasets.Open("kuramoto-sivashinsky", map[string]string{"length": fmt.Sprint(k.train + 1), "seed": fmt.Sprint(seed)})
	if err != nil {
		return loop, nil, err
	}
	u := rowsOf(d.Series[0].Values)
	m, err := gentle(k.units).New(q, seed)
	if err != nil {
		return loop, nil, err
	}
	net, err := single(m, reservoir.Options{Bound: 1e6})
	if err != nil {
		return loop, nil, err
	}
	if _, err := net.Fit(u[:k.train*q], u[q:], 1000, 1e-7); err != nil {
		return loop, nil, err
	}
	loop, x = closed(net, u[(k.train-200)*q:k.train*q], dt)
	return loop, x, nil
}

// spectra measures both at a time: of the loop, of the equation.
func (k ksExponents) spectra(ctx context.Context, seed uint64) (ours, truth dynamics.Spectrum, err error) {
	loop, x, err := k.loop(seed)
	if err != nil {
		return ours, truth, err
	}
	lo := dynamics.DefaultLyapunov()
	lo.Count, lo.Steps, lo.Every, lo.Transient = k.count, k.steps, 10, 1000
	err = parallel(ctx, 2, func(i int) (err error) {
		if i == 0 {
			ours, err = dynamics.Lyapunov(loop, x, lo)
			return err
		}
		system, start, err := datasets.System("kuramoto-sivashinsky", map[string]string{"seed": fmt.Sprint(seed)})
		if err != nil {
			return err
		}
		long := lo
		long.Steps = k.truthSteps
		truth, err = dynamics.Lyapunov(system, start, long)
		return err
	})
	return ours, truth, err
}

func runKSLyapunov(ctx context.Context, o Options) (*Result, error) {
	k := ksExponents{units: 3000, train: 40000, count: 8, steps: 12000, truthSteps: 400000}
	if o.Quick {
		k = ksExponents{units: 1000, train: 20000, count: 4, steps: 12000, truthSteps: 100000}
	}
	ours, truth, err := k.spectra(ctx, o.Seed)
	if err != nil {
		return nil, err
	}
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
		r.Rows = append(r.Rows, fmt.Sprintf("%8d  %18s   %18s", i+1, plusminus.Text(truth.Exponents[i], truth.Errors[i]), plusminus.Text(ours.Exponents[i], ours.Errors[i])))
	}
	r.Figures = []report.Figure{{Name: "spectrum", Title: "Lyapunov exponents", Caption: "The equation's zero exponents belong to shifts in time and place and to its conserved mean, which the loop need not have exactly.",
		Panels: []report.Panel{{X: report.Axis{Name: "number", Whole: true}, Y: report.Axis{Name: "exponent, per unit of time"},
			Lines: []report.Line{line("equation", report.Ink, truth), line("closed loop", report.Blue, ours)}}}}}
	return r, nil
}
