package reproduce

import (
	"context"
	"fmt"
	"math"

	"lenz/datasets"
	"lenz/internal/plusminus"
	"lenz/models/reservoir"
	"lenz/models/ridge"
	"lenz/train/report"
)

// narmaSeries draws inputs u and what NARMA10 makes of them: y[t] follows u[t].
func narmaSeries(rows int, seed uint64) (u, y []float64, err error) {
	d, err := datasets.Open("narma10", map[string]string{"length": fmt.Sprint(rows + 1), "discard": "1000", "seed": fmt.Sprint(seed)})
	if err != nil {
		return nil, nil, err
	}
	v := d.Series[0].Values
	return v[0][:rows], v[1][1:], nil
}

// nmse is the mean squared error over the variance of the truth.
func nmse(y, truth []float64) float64 {
	wrong := 0.0
	for i, v := range truth {
		wrong += (y[i] - v) * (y[i] - v) / float64(len(truth))
	}
	return wrong / totalVariance(truth, 1)
}

// squared is a machine whose readout sees the squares of its features too (Jaeger 2003).
type squared struct{ reservoir.Machine }

func (m squared) Features() int { return 2 * m.Machine.Features() }

func (m squared) Read(features, state, u []float64) {
	n := m.Machine.Features()
	m.Machine.Read(features[:n], state, u)
	for i, v := range features[:n] {
		features[n+i] = v * v
	}
}

func (m squared) Fork() reservoir.Machine { return squared{m.Machine.Fork()} }

// trial learns 5000 rows and returns the NRMSE on 1000 others, both from the state zero.
func (k narmaKind) trial(units int, seed uint64) (nrmse float64, y, truth []float64, err error) {
	const learnt, tested = 5000, 1000
	drawn, err := k.esn(units).New(1, seed)
	if err != nil {
		return 0, nil, nil, err
	}
	var m reservoir.Machine = drawn
	if k.squares {
		m = squared{m}
	}
	net, err := single(m, reservoir.Options{Outputs: 1, Intercept: true})
	if err != nil {
		return 0, nil, nil, err
	}
	u, d, err := narmaSeries(learnt, trialSeed(seed, 1))
	if err != nil {
		return 0, nil, nil, err
	}
	if _, err := net.Fit(u, d, 0, k.ridge); err != nil {
		return 0, nil, nil, err
	}
	if u, truth, err = narmaSeries(tested, trialSeed(seed, 2)); err != nil {
		return 0, nil, nil, err
	}
	state := make([]float64, net.StateSize())
	y = make([]float64, tested)
	for t := range y {
		net.Step(state, u[t:t+1])
		net.Output(y[t:t+1], state, u[t:t+1])
	}
	return math.Sqrt(nmse(y, truth)), y, truth, nil
}

// linearly is the responses of weights w [p] for rows x [n, p].
func linearly(x, w []float64) []float64 {
	y := make([]float64, len(x)/len(w))
	for t := range y {
		for i, v := range w {
			y[t] += v * x[t*len(w)+i]
		}
	}
	return y
}

func narma10() Experiment {
	return Experiment{
		Name: "narma10", Title: "Echo state networks identify a nonlinear system with a memory of ten steps",
		Source: "EchoTorch's test suite: 100 and 500 units; Atiya and Parlos 2000 (the system)", Run: runNarma10,
	}
}

// narmaKind is a kind of reservoir that is measured at several sizes.
type narmaKind struct {
	name    string
	color   report.Color
	squares bool
	ridge   float64
	esn     func(units int) reservoir.ESN
}

func narmaKinds() []narmaKind {
	// A tenth of the links, as EchoTorch has them. There a tenth of the units hears the input, with weights of size 1; here all do, with weights of the same norm.
	random := func(units int) reservoir.ESN {
		c := reservoir.DefaultESN()
		c.Units, c.Radius, c.Degree, c.Erdos, c.Weights = units, 0.99, units/10, true, "normal"
		c.Input, c.InputScale, c.Bias, c.Direct = "normal", math.Sqrt(0.1), 0, false
		return c
	}
	ring := func(units int) reservoir.ESN {
		c := random(units)
		c.Radius, c.Weights, c.Input, c.InputScale = 0.9, "cycle", "bernoulli", 0.1
		return c
	}
	return []narmaKind{{"random", report.Blue, false, 1e-7, random}, {"random, squares", report.Vermilion, true, 1e-7, random}, {"ring", report.Green, false, 1e-11, ring}, {"ring, squares", report.Purple, true, 1e-11, ring}}
}

func runNarma10(ctx context.Context, o Options) (*Result, error) {
	sizes, trials := []int{50, 100, 200, 500}, []int{100, 200, 60, 40}
	if o.Quick {
		sizes, trials = []int{50, 100, 500}, []int{12, 60, 32}
	}
	published := map[int]float64{100: 0.436, 500: 0.236}
	r := &Result{Rows: []string{"NRMSE"}}
	for _, n := range sizes {
		r.Rows[0] += fmt.Sprintf("%*d units", map[bool]int{true: 14, false: 13}[n == sizes[0]], n)
	}
	panel := report.Panel{X: report.Axis{Name: "units", Log: true}, Y: report.Axis{Name: "NRMSE", Log: true}}
	for _, k := range narmaKinds() {
		o.Say("%s reservoirs", k.name)
		line, row := report.Line{Name: k.name, Color: k.color, Dots: true}, fmt.Sprintf("%-17s", k.name)
		for i, n := range sizes {
			found := make([]float64, trials[i])
			if o.Quick && k.name != "random" {
				found = found[:map[bool]int{false: 8, true: 4}[n == 500]]
			}
			err := parallel(ctx, len(found), func(i int) (err error) {
				found[i], _, _, err = k.trial(n, trialSeed(o.Seed, i))
				return err
			})
			if err != nil {
				return nil, err
			}
			median, e := medianError(found, o.Seed)
			line.X, line.Y, row = append(line.X, float64(n)), append(line.Y, median), row+fmt.Sprintf("  %-15s ", plusminus.Text(median, e))
			if want, ok := published[n]; ok && k.name == "random" {
				r.Checks = append(r.Checks, Check{What: fmt.Sprintf("NRMSE of %d units, median of networks and series", n), Reference: want, Source: "EchoTorch, test_narma10_prediction, one network", Value: median, Error: e, Tolerance: 0.05})
			}
		}
		panel.Lines, r.Rows = append(panel.Lines, line), append(r.Rows, row)
	}
	linear, err := linearMemory(30, o.Seed)
	if err != nil {
		return nil, err
	}
	linear = math.Sqrt(linear)
	panel.Lines = append(panel.Lines, report.Line{Name: "linear in 30 inputs", Color: report.Grey, X: []float64{float64(sizes[0]), float64(sizes[len(sizes)-1])}, Y: []float64{linear, linear}})
	r.Notes = []string{fmt.Sprintf("NRMSE: root mean squared error over the standard deviation of the truth; medians of networks and series; 5000 rows are learnt with a ridge of 1e-7 (rings 1e-11), 1000 others tested; the best linear readout of 30 past inputs has %.3f", linear)}
	last := narmaKinds()[3]
	_, y, truth, err := last.trial(sizes[len(sizes)-1], trialSeed(o.Seed, 0))
	if err != nil {
		return nil, err
	}
	r.Figures = []report.Figure{{Name: "nrmse", Title: "Errors on NARMA10 by the size of the reservoir", Panels: []report.Panel{panel}, Caption: "Reservoirs are better than the best linear readout of the inputs when they are large; where the readout sees squares, smaller ones are."},
		followed("identified", y, truth, "A ring whose readout sees squares, on a series that was not learnt.")}
	return r, nil
}

// linearMemory is the NMSE of the best linear readout of so many inputs, on rows that were not learnt.
func linearMemory(inputs int, seed uint64) (float64, error) {
	const rows = 4000
	draw := func(seed uint64) (x, y []float64, err error) {
		u, y, err := narmaSeries(rows+inputs, seed)
		if err != nil {
			return nil, nil, err
		}
		for t := inputs; t < len(u); t++ {
			x = append(append(x, u[t-inputs+1:t+1]...), 1)
		}
		return x, y[inputs:], nil
	}
	x, y, err := draw(trialSeed(seed, 1))
	if err != nil {
		return 0, err
	}
	w, err := ridge.Rows(x, y, inputs+1, 1, 0)
	if err != nil {
		return 0, err
	}
	if x, y, err = draw(trialSeed(seed, 2)); err != nil {
		return 0, err
	}
	return nmse(linearly(x, w.Weights), y), nil
}

// followed draws a hundred steps of a system and of what a reservoir makes of its inputs.
func followed(name string, y, truth []float64, caption string) report.Figure {
	a, b := report.Line{Name: "NARMA10", Color: report.Ink}, report.Line{Name: "reservoir", Color: report.Blue}
	for t := range min(100, len(y)) {
		a.X, a.Y = append(a.X, float64(t)), append(a.Y, truth[t])
		b.X, b.Y = append(b.X, float64(t)), append(b.Y, y[t])
	}
	return report.Figure{Name: name, Title: "NARMA10 from its inputs", Caption: caption,
		Panels: []report.Panel{{X: report.Axis{Name: "step"}, Y: report.Axis{Name: "y"}, Lines: []report.Line{a, b}}}}
}
