package reproduce

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"lenz/internal/rng"
	"lenz/models/reservoir"
	"lenz/train/chaos"
	"lenz/train/report"
)

// trialSeed is the seed of trial i: other trials for every seed of an experiment. It fits into a setting.
func trialSeed(seed uint64, i int) uint64 {
	return rng.New(seed, "reproduce.trial").At(uint64(i)) >> 12
}

// rowsOf lays the columns of a series out row by row, [rows, columns].
func rowsOf(columns [][]float64) []float64 {
	out := make([]float64, 0, len(columns)*len(columns[0]))
	for t := range columns[0] {
		for _, c := range columns {
			out = append(out, c[t])
		}
	}
	return out
}

// upTo lists 0 to n-1.
func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// single is a network of one machine that hears all columns and forecasts them.
func single(m reservoir.Machine, o reservoir.Options) (*reservoir.Network, error) {
	o.Inputs = m.Inputs()
	if o.Outputs == 0 {
		o.Outputs, o.Feed = o.Inputs, upTo(o.Inputs)
	}
	return reservoir.NewNetwork(o, reservoir.Part{Machine: m, In: upTo(o.Inputs), Out: upTo(o.Outputs)})
}

// closed is the closed loop of a network with steps of dt, and its state after the rows that were given.
func closed(net *reservoir.Network, given []float64, dt float64) (loop reservoir.Loop, x []float64) {
	loop = net.ClosedLoop(dt)
	x = make([]float64, loop.Dim())
	net.Warm(x[:net.StateSize()], given)
	copy(x[net.StateSize():], given[len(given)-net.Inputs():])
	return loop, x
}

// starts runs closed loops from many places of a recording and keeps how they did.
type starts struct {
	truth             []float64 // [rows, dim], after the training part
	dim               int
	warm, steps, each int // rows that drive the network before a start, of a forecast, from start to start
	count             int
}

// run returns the valid times, and the forecast from the start whose time is the median's.
func (s starts) run(ctx context.Context, net *reservoir.Network, spec chaos.ValidSpec) (times *chaos.ValidTimes, forecast, truth []float64, err error) {
	if times, err = chaos.NewValidTimes(spec); err != nil {
		return nil, nil, nil, err
	}
	scale := chaos.Scale(s.truth, s.dim)
	outs, truths := make([][]float64, s.count), make([][]float64, s.count)
	err = parallel(ctx, s.count, func(i int) error {
		one := net.Fork()
		at := i * s.each * s.dim
		state, warm := make([]float64, one.StateSize()), s.truth[at:][:s.warm*s.dim]
		one.Warm(state, warm)
		last := append([]float64{}, warm[len(warm)-s.dim:]...)
		outs[i] = make([]float64, s.steps*s.dim)
		truths[i] = s.truth[at+s.warm*s.dim:][:s.steps*s.dim]
		err := one.Generate(outs[i], state, last, nil)
		var diverged *reservoir.DivergedError
		if errors.As(err, &diverged) { // a result: the forecast has failed there at the latest
			for k := (diverged.Step - 1) * s.dim; k < len(outs[i]); k++ {
				outs[i][k] = math.NaN()
			}
			return nil
		}
		return err
	})
	if err != nil {
		return nil, nil, nil, err
	}
	valid := make([]float64, s.count)
	for i := range outs {
		valid[i] = float64(times.Add(outs[i], truths[i], s.dim, scale)) * spec.Dt * spec.Exponent
	}
	best, median := 0, times.Quantile(0.5)
	for i, v := range valid {
		if math.Abs(v-median) < math.Abs(valid[best]-median) {
			best = i
		}
	}
	return times, outs[best], truths[best], nil
}

// validFigure is the histogram of valid times.
func validFigure(v *chaos.ValidTimes) report.Figure {
	const bins = 20
	high := math.Ceil(v.Quantile(1) + 0.01)
	share, err := chaos.Histogram(v.Times, bins, 0, high)
	p := report.Panel{X: report.Axis{Name: "valid time, in Lyapunov times"}, Y: report.Axis{Name: "share of starts", Zero: true}}
	if err == nil {
		p.Bands, p.Lines = steps("starts", report.Blue, share, 0, high)
	}
	median := v.Quantile(0.5)
	p.Marks = []report.Mark{{X: median, Y: nan, Label: "median"}}
	return report.Figure{Name: "valid-times", Title: "How long forecasts of chaos are valid", Panels: []report.Panel{p},
		Caption: "The error, normalized by the root mean square of the field, stays below the threshold for so long."}
}

// steps draws the shares of a histogram from low to high.
func steps(name string, c report.Color, share []float64, low, high float64) ([]report.Band, []report.Line) {
	b := report.Band{Name: name, Color: c}
	for i, s := range share {
		for _, x := range []float64{float64(i), float64(i + 1)} {
			b.X, b.Low, b.High = append(b.X, low+x*(high-low)/float64(len(share))), append(b.Low, 0), append(b.High, s)
		}
	}
	return []report.Band{b}, []report.Line{{Name: name, Color: c, X: b.X, Y: b.High}}
}

// quantile interpolates between sorted values (Hyndman & Fan 1996, definition 7).
func quantile(x []float64, p float64) float64 {
	v := chaos.ValidTimes{Times: slices.Sorted(slices.Values(x))}
	return v.Quantile(p)
}

// medianError returns the median and its standard error, by a bootstrap of 200 samples.
func medianError(x []float64, seed uint64) (median, err float64) {
	r := rand.New(rng.New(seed, "reproduce.bootstrap"))
	medians := make([]float64, 200)
	sample := make([]float64, len(x))
	for i := range medians {
		for k := range sample {
			sample[k] = x[r.IntN(len(x))]
		}
		medians[i] = quantile(sample, 0.5)
	}
	_, e := chaos.MeanError(medians)
	return quantile(x, 0.5), e * math.Sqrt(float64(len(medians)))
}
