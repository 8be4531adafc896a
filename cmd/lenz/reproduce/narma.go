package reproduce

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"lenz/datasets"
	"lenz/internal/rng"
	"lenz/models/reservoir"
	"lenz/models/ridge"
	"lenz/train/chaos"
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

// jaeger is the network of Jaeger 2003, section 3, which identifies NARMA10.
type jaeger struct {
	units   int
	weights string
	squares bool
}

// features drives the reservoir with noise in its states and returns what the readout sees after the washout: a constant, states, the input, and the
// squares of both where they are asked for.
func (c jaeger) features(m *reservoir.Reservoir, u []float64, washout int, noise float64, seed uint64) (x []float64, p int) {
	r := rand.New(rng.New(seed, "reproduce.noise"))
	state := make([]float64, c.units)
	for t := range u {
		m.Step(state, u[t:t+1])
		for i := range state {
			state[i] += noise * r.NormFloat64()
		}
		if t < washout {
			continue
		}
		row := append(append([]float64{1}, state...), u[t])
		if c.squares {
			for _, v := range row[1:] {
				row = append(row, v*v)
			}
		}
		x, p = append(x, row...), len(row)
	}
	return x, p
}

// trial learns 1000 rows after 200, with noise in the states and the inverse of the output's tanh as targets, and is tested on 2000 rows after 200 of
// another series.
func (c jaeger) trial(seed uint64) (e float64, y, truth []float64, err error) {
	const washout, learnt, tested = 200, 1200, 2200
	esn := reservoir.DefaultESN()
	esn.Units, esn.Radius, esn.Degree, esn.InputScale, esn.Bias, esn.Weights = c.units, 0.8, max(1, c.units/20), 0.1, 0.1, c.weights
	m, err := esn.New(1, seed)
	if err != nil {
		return 0, nil, nil, err
	}
	u, d, err := narmaSeries(learnt, trialSeed(seed, 1))
	if err != nil {
		return 0, nil, nil, err
	}
	for i, v := range d {
		d[i] = math.Atanh(v)
	}
	x, p := c.features(m, u, washout, 1e-4, seed)
	w, err := ridge.Rows(x, d[washout:], p, 1, 0)
	if err != nil {
		return 0, nil, nil, err
	}
	if u, truth, err = narmaSeries(tested, trialSeed(seed, 2)); err != nil {
		return 0, nil, nil, err
	}
	x, _ = c.features(m, u, washout, 0, seed)
	y, truth = linearly(x, w.Weights), truth[washout:]
	for t, v := range y {
		y[t] = math.Tanh(v)
	}
	return nmse(y, truth), y, truth, nil
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
		Name: "narma10", Title: "An echo state network identifies a nonlinear system with a memory of ten steps",
		Source: "Jaeger 2003 (NIPS 15): 100 units with squared states", Run: runNarma10,
	}
}

func runNarma10(ctx context.Context, o Options) (*Result, error) {
	trials, sizes := 200, []int{25, 50, 100, 200, 400}
	if o.Quick {
		trials, sizes = 50, []int{25, 50, 100, 200}
	}
	kinds := []struct {
		name    string
		color   report.Color
		squares bool
		weights string
	}{{"random", report.Blue, false, "uniform"}, {"random, squares", report.Vermilion, true, "uniform"}, {"ring", report.Green, false, "cycle"}, {"ring, squares", report.Purple, true, "cycle"}}
	r := &Result{Rows: []string{"NMSE of units: " + fmt.Sprintf("%10d", sizes[0])}}
	for _, n := range sizes[1:] {
		r.Rows[0] += fmt.Sprintf(" %10d", n)
	}
	panel := report.Panel{X: report.Axis{Name: "units", Log: true}, Y: report.Axis{Name: "NMSE", Log: true}}
	for _, k := range kinds {
		line, row := report.Line{Name: k.name, Color: k.color, Dots: true}, fmt.Sprintf("%-15s", k.name)
		for _, n := range sizes {
			o.Say("%s: %d units", k.name, n)
			c := jaeger{n, k.weights, k.squares}
			found := make([]float64, trials)
			err := parallel(trials, func(i int) (err error) {
				if err = ctx.Err(); err == nil {
					found[i], _, _, err = c.trial(trialSeed(o.Seed, i))
				}
				return err
			})
			if err != nil {
				return nil, err
			}
			mean, e := chaos.MeanError(found)
			line.X, line.Y, row = append(line.X, float64(n)), append(line.Y, mean), row+fmt.Sprintf(" %10.4f", mean)
			if n == 100 && k.squares && k.weights == "uniform" {
				r.Checks = append(r.Checks, Check{What: "NMSE of 100 units with squared states, mean of networks", Reference: 0.0314, Source: "the settings of Jaeger 2003, section 3, as nicoleta-kyo/ESN ran them",
					Value: mean, Error: e, Tolerance: 0.01})
			}
		}
		panel.Lines, r.Rows = append(panel.Lines, line), append(r.Rows, row)
	}
	linear, err := linearMemory(30, o.Seed)
	if err != nil {
		return nil, err
	}
	panel.Lines = append(panel.Lines, report.Line{Name: "linear in 30 inputs", Color: report.Grey, X: []float64{float64(sizes[0]), float64(sizes[len(sizes)-1])}, Y: []float64{linear, linear}})
	r.Notes = []string{fmt.Sprintf("NMSE: mean squared error over the variance of the truth; %d networks of each kind, each with series of its own; the best linear readout of 30 past inputs has %.3f", trials, linear)}
	_, y, truth, err := jaeger{100, "uniform", true}.trial(trialSeed(o.Seed, 0))
	if err != nil {
		return nil, err
	}
	r.Figures = []report.Figure{{Name: "nmse", Title: "Errors on NARMA10 by the size of the reservoir", Panels: []report.Panel{panel}, Caption: "A readout that sees squares needs fewer units; a ring does what random weights do."},
		followed("identified", y, truth, "100 units with squared states, on a series that was not learnt.")}
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
