package reproduce

import (
	"context"
	"fmt"
	"math"

	"lenz/datasets"
	"lenz/models/reservoir"
	"lenz/train/chaos"
	"lenz/train/diagnose"
	"lenz/train/report"
)

func mackeyGlass() Experiment {
	return Experiment{
		Name: "mackey-glass", Title: "An echo state network forecasts the Mackey-Glass equation one step ahead",
		Source: "ReservoirPy's README: 100 units, RMSE 0.00203", Run: runMackeyGlass,
	}
}

// runMackeyGlass learns 400 rows after 100 of washout, and forecasts the rest of 2000 one step ahead, with reservoirs of many seeds.
func runMackeyGlass(ctx context.Context, o Options) (*Result, error) {
	const rows, train, washout, published = 2000, 500, 100, 0.00203
	seeds := 60
	if o.Quick {
		seeds = 30
	}
	d, err := datasets.Open("mackey-glass", map[string]string{"length": fmt.Sprint(rows), "seed": fmt.Sprint(o.Seed)})
	if err != nil {
		return nil, err
	}
	x := d.Series[0].Values[0]
	c := reservoir.DefaultESN()
	c.Units, c.Radius, c.Leak, c.Degree, c.InputScale, c.Bias = 100, 1.25, 0.3, 10, 1, 0
	c.Weights, c.Input, c.Direct = "normal", "bernoulli", false
	logs, forecasts := make([]float64, seeds), make([][]float64, seeds)
	err = parallel(ctx, seeds, func(i int) error {
		m, err := c.New(1, trialSeed(o.Seed, i))
		if err != nil {
			return err
		}
		net, err := single(m, reservoir.Options{Intercept: true})
		if err != nil {
			return err
		}
		if _, err := net.Fit(x[:train], x[1:train+1], washout, 1e-5); err != nil {
			return err
		}
		state, y, sum := make([]float64, net.StateSize()), make([]float64, 1), 0.0
		net.Warm(state, x[:train])
		for t := train; t+1 < rows; t++ {
			net.Step(state, x[t:t+1])
			net.Output(y, state, x[t:t+1])
			sum += (y[0] - x[t+1]) * (y[0] - x[t+1]) / float64(rows-1-train)
			forecasts[i] = append(forecasts[i], y[0])
		}
		logs[i] = math.Log2(math.Sqrt(sum) / published)
		return nil
	})
	if err != nil {
		return nil, err
	}
	mean, e := chaos.MeanError(logs)
	rmse := published * math.Exp2(mean)
	r := &Result{Checks: []Check{{What: "RMSE one step ahead, geometric mean of reservoirs", Reference: published, Source: "ReservoirPy's README", Value: rmse, Error: rmse * math.Ln2 * e, Factor: 2}}}
	r.Notes = []string{fmt.Sprintf("%d reservoirs, RMSE from %.5f to %.5f", seeds, published*math.Exp2(quantile(logs, 0)), published*math.Exp2(quantile(logs, 1)))}
	truth, ours, wrong := report.Line{Name: "truth", Color: report.Ink}, report.Line{Name: "forecast", Color: report.Blue}, report.Line{Name: "error", Color: report.Vermilion}
	for k, y := range forecasts[0][:300] {
		t := float64(train + 1 + k)
		truth.X, truth.Y = append(truth.X, t), append(truth.Y, x[train+1+k])
		ours.X, ours.Y = append(ours.X, t), append(ours.Y, y)
		wrong.X, wrong.Y = append(wrong.X, t), append(wrong.Y, y-x[train+1+k])
	}
	r.Figures = []report.Figure{{Name: "forecast", Title: "One step ahead", Caption: "The first reservoir, after its training part.", Panels: []report.Panel{
		{X: report.Axis{Name: "row"}, Y: report.Axis{Name: "x"}, Lines: []report.Line{truth, ours}},
		{X: report.Axis{Name: "row"}, Y: report.Axis{Name: "forecast - truth"}, Lines: []report.Line{wrong}}}}}
	return r, nil
}

func echoState() Experiment {
	return Experiment{
		Name: "echo-state", Title: "The echo state property, and a reservoir whose spectral radius is below 1 without it",
		Source: "Yildiz, Jaeger and Kiebel 2012: a spectral radius below 1 does not suffice; Jaeger 2001: a largest singular value below 1 does", Run: runEchoState,
	}
}

func runEchoState(ctx context.Context, o Options) (*Result, error) {
	const rho = 0.95
	trials := 20
	held := 0.0
	// Orthogonal weights have all singular values alike: below 1 they contract.
	var fading diagnose.Contraction
	for i := range trials {
		c := reservoir.DefaultESN()
		c.Units, c.Radius, c.Weights, c.Bias = 50, rho, "orthogonal", 0
		m, err := c.New(1, trialSeed(o.Seed, i))
		if err != nil {
			return nil, err
		}
		found, err := diagnose.EchoState(m, make([]float64, 2000), 2, o.Seed)
		if err != nil {
			return nil, err
		}
		if found.Holds {
			held += 1 / float64(trials)
		}
		fading = found
	}
	m, sigma, err := counterexample(ctx, rho, o.Seed)
	if err != nil {
		return nil, err
	}
	kept, err := diagnose.EchoState(m, make([]float64, 2000), 8, o.Seed)
	if err != nil {
		return nil, err
	}
	last := kept.Distances[len(kept.Distances)-1]
	failed := 0.0
	if !kept.Holds && last > 1e-3 {
		failed = 1
	}
	r := &Result{Checks: []Check{
		{What: "share of reservoirs with a largest singular value of 0.95 that forget their start", Reference: 1, Source: "Jaeger 2001, proposition 3", Value: held, Tolerance: 1e-9},
		{What: "spectral radius of the counterexample", Reference: rho, Source: "by construction, below 1", Value: m.radius, Tolerance: 1e-9},
		{What: "states of the counterexample stay apart (1: they do)", Reference: 1, Source: "Yildiz et al. 2012", Value: failed, Tolerance: 1e-9},
	}}
	r.Notes = []string{fmt.Sprintf("the counterexample has 3 tanh units, no input, the spectral radius %.3f and the largest singular value %.3g; after 2000 steps the distance is %.3g of the first", m.radius, sigma, last)}
	line := func(name string, c report.Color, d []float64) report.Line {
		l := report.Line{Name: name, Color: c}
		for t, v := range d[:500] {
			l.X, l.Y = append(l.X, float64(t)), append(l.Y, v)
		}
		return l
	}
	r.Figures = []report.Figure{{Name: "distances", Title: "Two states under one input", Caption: "The spectral radius is 0.95 in both.", Panels: []report.Panel{{X: report.Axis{Name: "step"}, Y: report.Axis{Name: "distance, of the first", Log: true},
		Lines: []report.Line{line("largest singular value 0.95", report.Blue, fading.Distances), line(fmt.Sprintf("largest singular value %.2g", sigma), report.Vermilion, kept.Distances)}}}}}
	return r, nil
}

// triangle is three tanh units without input.
type triangle struct {
	w      [9]float64
	radius float64
}

func (m triangle) Inputs() int    { return 1 }
func (m triangle) StateSize() int { return 3 }
func (m triangle) Step(x, _ []float64) {
	var y [3]float64
	for i := range y {
		y[i] = math.Tanh(m.w[3*i]*x[0] + m.w[3*i+1]*x[1] + m.w[3*i+2]*x[2])
	}
	copy(x, y[:])
}
