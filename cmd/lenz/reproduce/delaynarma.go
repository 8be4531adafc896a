package reproduce

import (
	"context"
	"fmt"
	"math"
	"slices"

	"lenz/models/reservoir"
	"lenz/models/ridge"
	"lenz/train/chaos"
	"lenz/train/report"
)

func delayNarma() Experiment {
	return Experiment{
		Name: "delay-narma", Title: "One node with delayed feedback computes NARMA10",
		Source: "Appeltant et al. 2011: 400 virtual nodes, NRMSE about 0.15", Run: runDelayNarma,
	}
}

// appeltant is the node of Appeltant et al. 2011: Mackey-Glass with the exponent 1, 400 virtual nodes 0.2 time constants apart, a mask of two values.
func appeltant(eta, gamma float64) reservoir.Delay {
	c := reservoir.DefaultDelay()
	c.Nodes, c.Theta, c.Exponent, c.Interpolated = 400, 0.2, 1, true
	c.Eta, c.Gamma = eta, gamma
	return c
}

// delayTrial draws a mask and four series of 800 rows, learns from two and tests on the others, and the other way round. The NRMSE is the root mean
// squared error over the standard deviation of the truth; rows before the washout are left out.
func delayTrial(c reservoir.Delay, seed uint64) (nrmse float64, y, truth []float64, err error) {
	const series, rows, washout = 4, 800, 50
	m, err := c.New(1, seed)
	if err != nil {
		return 0, nil, nil, err
	}
	p := m.Features()
	var x, d [series][]float64
	for k := range series {
		u, target, err := narmaSeries(rows, trialSeed(seed, k))
		if err != nil {
			return 0, nil, nil, err
		}
		state := make([]float64, m.StateSize())
		x[k], d[k] = make([]float64, (rows-washout)*p), target[washout:]
		for t := range u {
			m.Step(state, u[t:t+1])
			if t >= washout {
				m.Read(x[k][(t-washout)*p:][:p], state, u[t:t+1])
			}
		}
	}
	for fold := range 2 {
		a, b := 2*fold, 2-2*fold
		learnt, tested := slices.Concat(d[a], d[a+1]), slices.Concat(d[b], d[b+1])
		e, forecast, err := readOut(slices.Concat(x[a], x[a+1]), learnt, p, slices.Concat(x[b], x[b+1]), tested)
		if err != nil {
			return 0, nil, nil, err
		}
		nrmse, y, truth = nrmse+e/2, forecast, tested
	}
	return nrmse, y, truth, nil
}

// readOut learns y from the rows x [n, p], whose last feature is a constant, and returns the NRMSE on other rows. What the node knows of products of inputs is
// some thousandths of its values, and of long delays less: the readout sees features about their means, in units of their spread, through a penalty of 4e-24, which
// is what rounding leaves of them.
func readOut(x, y []float64, p int, testX, testY []float64) (nrmse float64, forecast []float64, err error) {
	mean, n := make([]float64, p), len(y)
	for i, v := range x {
		mean[i%p] += v / float64(n)
	}
	mean[p-1] = 0
	spread := math.Sqrt(totalVariance(x, p) / float64(p-1))
	scaled := func(x []float64) []float64 {
		out := make([]float64, len(x))
		for i, v := range x {
			if out[i] = v; i%p < p-1 {
				out[i] = (v - mean[i%p]) / spread
			}
		}
		return out
	}
	w, err := ridge.Rows(scaled(x), y, p, 1, 4e-24)
	if err != nil {
		return 0, nil, err
	}
	forecast = linearly(scaled(testX), w.Weights)
	return math.Sqrt(nmse(forecast, testY)), forecast, nil
}

// runDelayNarma chooses the feedback and the size of the input by the errors of a scan, and measures with other masks and series.
func runDelayNarma(ctx context.Context, o Options) (*Result, error) {
	etas, gammas, masks, trials := []float64{0.5, 0.6, 0.7, 0.8, 0.9}, []float64{2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2}, 6, 60
	if o.Quick {
		etas, gammas, masks, trials = []float64{0.6, 0.7, 0.8}, []float64{5e-4, 2e-3, 1e-2}, 2, 24
	}
	scan := make([]float64, len(etas)*len(gammas)*masks)
	o.Say("scanning %d settings with %d masks each", len(etas)*len(gammas), masks)
	err := parallel(ctx, len(scan), func(i int) (err error) {
		at := i / masks
		scan[i], _, _, err = delayTrial(appeltant(etas[at/len(gammas)], gammas[at%len(gammas)]), trialSeed(o.Seed, i%masks))
		return err
	})
	if err != nil {
		return nil, err
	}
	r, panel := &Result{}, report.Panel{X: report.Axis{Name: "size of the input, gamma", Log: true}, Y: report.Axis{Name: "NRMSE, mean of the scan's masks", Zero: true}}
	best, least := 0, math.Inf(1)
	for a, eta := range etas {
		l := report.Line{Name: fmt.Sprintf("eta = %v", eta), Color: report.Color(a + 1), Dots: true}
		for b, gamma := range gammas {
			mean, _ := chaos.MeanError(scan[(a*len(gammas)+b)*masks:][:masks])
			if mean < least {
				best, least = a*len(gammas)+b, mean
			}
			l.X, l.Y = append(l.X, gamma), append(l.Y, mean)
		}
		panel.Lines = append(panel.Lines, l)
	}
	c := appeltant(etas[best/len(gammas)], gammas[best%len(gammas)])
	o.Say("measuring eta = %v, gamma = %v", c.Eta, c.Gamma)
	found := make([]float64, trials)
	ys, truths := make([][]float64, trials), make([][]float64, trials)
	err = parallel(ctx, trials, func(i int) (err error) {
		found[i], ys[i], truths[i], err = delayTrial(c, trialSeed(o.Seed, masks+i))
		return err
	})
	if err != nil {
		return nil, err
	}
	mean, e := chaos.MeanError(found)
	linear, err := linearMemory(30, o.Seed)
	if err != nil {
		return nil, err
	}
	r.Checks = []Check{{What: "NRMSE, mean of masks and series", Reference: 0.15, Source: "Appeltant et al. 2011", Value: mean, Error: e, Tolerance: 0.03}}
	r.Notes = []string{fmt.Sprintf("x' = -x + eta s/(1 + s), s = x(t - 80) + gamma m u; eta = %v and gamma = %v have the least error of the scan; %d other masks, each with four series of 800 rows in two folds", c.Eta, c.Gamma, trials),
		fmt.Sprintf("the best linear readout of 30 past inputs has %.2f", math.Sqrt(linear))}
	r.Figures = []report.Figure{{Name: "scan", Title: "Errors by feedback and size of the input", Panels: []report.Panel{panel}, Caption: "Small inputs keep the long memory linear; their products are still there, in the digits."},
		followed("computed", ys[0], truths[0], "The first mask, on series that were not learnt.")}
	return r, nil
}
