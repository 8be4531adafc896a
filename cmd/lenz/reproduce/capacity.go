package reproduce

import (
	"context"
	"fmt"
	"math"

	"lenz/internal/plusminus"
	"lenz/models/reservoir"
	"lenz/train/chaos"
	"lenz/train/diagnose"
	"lenz/train/report"
)

func memoryCapacity() Experiment {
	return Experiment{
		Name: "memory-capacity", Title: "The linear memory of rings and of random reservoirs",
		Source: "Rodan and Tino 2011: N - 1 + r^(2N) for a linear ring; Jaeger 2001: at most N", Run: runMemoryCapacity,
	}
}

// capacities is what reservoirs of one kind remember: means over reservoirs and inputs.
type capacities struct {
	unbiased, unbiasedError float64
	threshold               float64   // low by all that is below the threshold, which no error of it knows
	byDelay                 []float64 // mean capacities, without threshold
}

// measureMemory draws reservoirs and inputs and measures each.
func measureMemory(ctx context.Context, c reservoir.ESN, spec diagnose.MemorySpec, seeds int, seed uint64) (*capacities, error) {
	unbiased, threshold, byDelay := make([]float64, seeds), make([]float64, seeds), make([][]float64, seeds)
	err := parallel(ctx, seeds, func(i int) error {
		m, err := c.New(1, trialSeed(seed, i))
		if err != nil {
			return err
		}
		one := spec
		one.Seed = trialSeed(seed, i)
		found, err := diagnose.Measure(m, one)
		if err != nil {
			return err
		}
		unbiased[i], threshold[i], byDelay[i] = found.LinearUnbiased(), found.Linear(), make([]float64, spec.Delays+1)
		for _, c := range found.Capacities {
			for d := range c.Degrees {
				byDelay[i][d] = c.Raw
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := &capacities{byDelay: make([]float64, spec.Delays+1)}
	out.unbiased, out.unbiasedError = chaos.MeanError(unbiased)
	out.threshold, _ = chaos.MeanError(threshold)
	for _, one := range byDelay {
		for d, v := range one {
			out.byDelay[d] += v / float64(seeds)
		}
	}
	return out, nil
}

// memoryESN is a reservoir that remembers inputs: no bias, and input weights whose shifts along a ring are independent, as the theory wants them; those of equal
// sizes and random signs are not always.
func memoryESN(units int, radius float64, weights, activation string) reservoir.ESN {
	c := reservoir.DefaultESN()
	c.Units, c.Degree, c.Radius, c.Weights, c.Activation, c.Bias, c.InputScale, c.Direct = units, 0, radius, weights, activation, 0, 1, false
	if activation == "tanh" {
		c.InputScale = 0.3
	}
	return c
}

func runMemoryCapacity(ctx context.Context, o Options) (*Result, error) {
	seeds, spec := 48, diagnose.DefaultMemory()
	spec.Steps, spec.Washout = 50000, 2000
	if o.Quick {
		seeds, spec.Steps = 24, 20000
	}
	r := &Result{Rows: []string{"reservoir                                   without threshold   above threshold         theory"}}
	rings := report.Panel{Title: "a linear ring of 20 units", X: report.Axis{Name: "delay"}, Y: report.Axis{Name: "capacity", Zero: true}}
	row := func(name string, m *capacities, theory string) {
		r.Rows = append(r.Rows, fmt.Sprintf("%-42s %18s   %15.3f   %12s", name, plusminus.Text(m.unbiased, m.unbiasedError), m.threshold, theory))
	}
	const n = 20
	tolerances := []float64{0.03, 0.05, 0.12, 0.25} // the last two are less than what goes round: N - 1 is told from the theory
	for k, radius := range []float64{0.8, 0.9, 0.95, 0.97} {
		fold := math.Pow(radius, 2*n) // what comes round the ring again
		one := spec
		one.Delays = n - 1 + n*int(math.Ceil(math.Log(1e-4)/math.Log(fold))) // until a ten thousandth of the input's square is left
		m, err := measureMemory(ctx, memoryESN(n, radius, "cycle", "linear"), one, seeds, o.Seed)
		if err != nil {
			return nil, err
		}
		theory := n - 1 + fold
		row(fmt.Sprintf("linear ring, 20 units, r = %v", radius), m, fmt.Sprintf("%.3f", theory))
		r.Checks = append(r.Checks, Check{What: fmt.Sprintf("memory capacity of a linear ring of 20 units, r = %v", radius), Reference: theory, Source: "N - 1 + r^(2N)", Value: m.unbiased, Error: m.unbiasedError, Tolerance: tolerances[k]})
		measured := report.Line{Name: fmt.Sprintf("r = %v", radius), Color: report.Color(k + 1), Dots: true}
		law := report.Line{Name: "theory", Color: report.Ink}
		for d := range min(one.Delays+1, 4*n) {
			measured.X, measured.Y = append(measured.X, float64(d)), append(measured.Y, m.byDelay[d])
			law.X, law.Y = append(law.X, float64(d)), append(law.Y, (1-fold)*math.Pow(fold, float64(d/n)))
		}
		rings.Lines = append(rings.Lines, law, measured)
	}
	random := report.Panel{Title: "reservoirs of 50 units", X: report.Axis{Name: "delay"}, Y: report.Axis{Name: "capacity", Zero: true}}
	most := math.Inf(-1)
	for k, kind := range []struct{ name, weights, activation string }{
		{"linear ring", "cycle", "linear"}, {"linear, orthogonal", "orthogonal", "linear"}, {"linear, random", "normal", "linear"}, {"tanh, random", "normal", "tanh"}} {
		one := spec
		one.Delays = 100
		m, err := measureMemory(ctx, memoryESN(50, 0.95, kind.weights, kind.activation), one, seeds/4, o.Seed+1)
		if err != nil {
			return nil, err
		}
		row(kind.name+", 50 units, radius 0.95", m, "at most 50")
		most = max(most, m.unbiased-3*m.unbiasedError-50)
		l := report.Line{Name: kind.name, Color: report.Color(k + 1)}
		for d, v := range m.byDelay {
			l.X, l.Y = append(l.X, float64(d)), append(l.Y, v)
		}
		random.Lines = append(random.Lines, l)
	}
	r.Checks = append(r.Checks, Check{What: "how far a capacity of 50 units exceeds 50, three errors off", Reference: 0, Source: "Jaeger 2001: at most N", Value: max(0, most), Tolerance: 1e-9})
	r.Notes = []string{"fits are freed of what chance fits; the threshold is what shuffled inputs reach, by their mean and four standard deviations, and leaves out what is remembered less: capacities above it are low by that, such as by what comes round a ring again, and have no error that knows it"}
	const title = "How well past inputs can be read from the state" // two figures, since the lines of one are not those of the other
	r.Figures = []report.Figure{
		{Name: "rings", Title: title, Caption: "What goes round a ring comes back, r^N smaller, where something newer is: steps of N delays.", Panels: []report.Panel{rings}},
		{Name: "kinds", Title: title, Caption: "Spectral radius 0.95.", Panels: []report.Panel{random}},
	}
	return r, nil
}
