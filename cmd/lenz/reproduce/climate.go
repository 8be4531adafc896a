package reproduce

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"lenz/datasets"
	"lenz/datasets/dynamics"
	"lenz/models/reservoir"
	"lenz/train/chaos"
	"lenz/train/report"
)

func lorenzClimate() Experiment {
	return Experiment{
		Name: "lorenz-climate", Title: "A reservoir in a closed loop has the climate of Lorenz's system",
		Source: "Pathak, Lu, Hunt, Girvan and Ott 2017; exponents by Benettin's method", Run: runLorenzClimate,
	}
}

// learnLorenz trains a reservoir on the rows u [train+1, 3].
func learnLorenz(u []float64, seed uint64) (*reservoir.Network, error) {
	const washout = 200
	c := reservoir.DefaultESN()
	c.InputScale, c.Bias, c.Radius, c.Degree, c.Squared, c.Direct = 0.05, 0.5, 0.6, 6, true, false
	m, err := c.New(3, seed)
	if err != nil {
		return nil, err
	}
	net, err := single(m, reservoir.Options{Bound: 1e4, Intercept: true})
	if err != nil {
		return nil, err
	}
	_, err = net.Fit(u[:len(u)-3], u[3:], washout, 1e-6)
	return net, err
}

// runLorenzClimate compares long runs: the largest Lyapunov exponents, histograms, and the return map of the maxima of z.
func runLorenzClimate(ctx context.Context, o Options) (*Result, error) {
	const dt, train = 0.02, 10000
	long, lyapunov := 200000, 100000
	if o.Quick {
		long, lyapunov = 100000, 30000
	}
	d, err := datasets.Open("lorenz", map[string]string{"dt": fmt.Sprint(dt), "length": fmt.Sprint(train + 1 + long), "seed": fmt.Sprint(o.Seed)})
	if err != nil {
		return nil, err
	}
	u := rowsOf(d.Series[0].Values)
	net, err := learnLorenz(u[:(train+1)*3], o.Seed)
	if err != nil {
		return nil, err
	}
	loop, start := closed(net, u[:train*3], dt)
	ours, last := make([]float64, long*3), slices.Clone(start)
	if err := net.Generate(ours, last[:net.StateSize()], last[net.StateSize():], nil); err != nil {
		return nil, err
	}
	lo := dynamics.DefaultLyapunov()
	lo.Steps, lo.Transient = lyapunov, 1000
	o.Say("measuring exponents of the loop, %d dimensions", loop.Dim())
	of, err := dynamics.Lyapunov(loop, start, lo)
	if err != nil {
		return nil, err
	}
	system, err := dynamics.Lorenz63(10, 28, 8.0/3, dt)
	if err != nil {
		return nil, err
	}
	lo.Steps = 400000
	truth, err := dynamics.Lyapunov(system, slices.Clone(u[:3]), lo)
	if err = errors.Join(err, ctx.Err()); err != nil {
		return nil, err
	}
	far, noise, err := zDistance(ours, u[train*3:])
	if err != nil {
		return nil, err
	}
	r := &Result{Checks: []Check{
		{What: "largest Lyapunov exponent of the system", Reference: 0.906, Source: "Sprott 2003", Value: truth.Exponents[0], Error: truth.Errors[0], Tolerance: 0.02},
		{What: "largest Lyapunov exponent of the closed loop", Reference: truth.Exponents[0], Source: "the system, by Benettin's method", Value: of.Exponents[0], Error: of.Errors[0], Tolerance: 0.09},
		{What: "distance of the histograms of z", Reference: 0, Source: "equal climates", Value: far, Error: noise, Tolerance: 0.05},
	}}
	r.Figures = []report.Figure{climateFigure(ours, u[train*3:], dt)}
	return r, nil
}

// zDistance is that of the histograms of z; its error is the distance of the truth's halves, over two for the longer run.
func zDistance(ours, truth []float64) (far, noise float64, err error) {
	share := func(z []float64) []float64 {
		h, e := chaos.Histogram(z, 50, 0, 50)
		if e != nil {
			err = e
		}
		return h
	}
	b := heights(truth)
	half := len(b) / 2
	return chaos.Distance(share(heights(ours)), share(b)), chaos.Distance(share(b[:half]), share(b[half:])) / 2, err
}

// heights are the z of rows x, y, z.
func heights(rows []float64) (z []float64) {
	for i := 2; i < len(rows); i += 3 {
		z = append(z, rows[i])
	}
	return z
}

func climateFigure(ours, truth []float64, dt float64) report.Figure {
	f := report.Figure{Name: "climate", Title: "The long run of the closed loop and of the system", Caption: "Where a forecast has failed, its statistics should not have: return map of the maxima of z, power spectrum and histogram of z."}
	returns := report.Panel{Title: "return map", X: report.Axis{Name: "maximum of z"}, Y: report.Axis{Name: "the next maximum"}}
	spectra := report.Panel{Title: "power spectrum of z", X: report.Axis{Name: "frequency, per unit of time"}, Y: report.Axis{Name: "power", Log: true}}
	shares := report.Panel{Title: "histogram of z", X: report.Axis{Name: "z"}, Y: report.Axis{Name: "share", Zero: true}}
	for k, x := range [][]float64{truth, ours} {
		name, color := []string{"system", "closed loop"}[k], []report.Color{report.Ink, report.Blue}[k]
		z := heights(x)
		a, b := chaos.ReturnMap(z)
		for i := range min(400, len(a)) { // points alone: each line is one point long
			returns.Lines = append(returns.Lines, report.Line{Name: name, Color: color, X: a[i : i+1], Y: b[i : i+1], Dots: true})
		}
		if frequency, power, err := chaos.Spectrum(z, 1024, dt); err == nil {
			cut := len(frequency) / 5
			spectra.Lines = append(spectra.Lines, report.Line{Name: name, Color: color, X: frequency[1:cut], Y: power[1:cut]})
		}
		if h, err := chaos.Histogram(z, 50, 0, 50); err == nil {
			l := report.Line{Name: name, Color: color}
			for i, s := range h {
				l.X, l.Y = append(l.X, float64(i)+0.5), append(l.Y, s)
			}
			shares.Lines = append(shares.Lines, l)
		}
	}
	f.Panels = []report.Panel{returns, spectra, shares}
	return f
}
