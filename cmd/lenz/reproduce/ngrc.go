package reproduce

import (
	"context"
	"fmt"
	"math"

	"lenz/datasets"
	"lenz/datasets/dynamics"
	"lenz/models/reservoir"
	"lenz/train/chaos"
	"lenz/train/report"
)

// nextGeneration is an experiment of Gauthier, Bollt, Griffith & Barbosa 2021: a system, features, and the errors that they give.
type nextGeneration struct {
	system       string
	slope        func(d, x []float64)
	dt           float64
	config       reservoir.NGRC
	ridge        float64
	train        int // rows that are learnt
	test         int // steps that are forecast: one Lyapunov time
	trainError   Check
	testError    Check
	trials       int
	features     int
	medianOfTest bool
}

func ngrcLorenz() Experiment {
	return Experiment{
		Name: "ngrc-lorenz", Title: "Next generation reservoir computing learns Lorenz's system from 400 points",
		Source: "Gauthier, Bollt, Griffith and Barbosa 2021", Run: func(ctx context.Context, o Options) (*Result, error) {
			g := nextGeneration{
				system: "lorenz", slope: lorenzSlope, dt: 0.025, config: reservoir.DefaultNGRC(), ridge: 2.5e-6, train: 400, test: 44, features: 28, trials: 500, medianOfTest: true,
				trainError: Check{What: "training NRMSE, mean", Reference: 1.055e-4, Source: "the authors' programs: 1.055(22)e-4", Tolerance: 1e-5},
				testError:  Check{What: "test NRMSE over one Lyapunov time, median", Reference: 1.34e-3, Source: "the authors' programs: 1.34e-3", Tolerance: 5e-4},
			}
			if o.Quick {
				g.trials = 200
			}
			return g.run(ctx, o)
		},
	}
}

func ngrcDoubleScroll() Experiment {
	return Experiment{
		Name: "ngrc-doublescroll", Title: "Next generation reservoir computing learns the double scroll circuit",
		Source: "Gauthier, Bollt, Griffith and Barbosa 2021", Run: func(ctx context.Context, o Options) (*Result, error) {
			c := reservoir.DefaultNGRC()
			c.Order, c.Odd = 3, true
			g := nextGeneration{
				system: "double-scroll", slope: dynamics.DoubleScrollSlope, dt: 0.25, config: c, ridge: 1e-3, train: 400, test: 31, features: 62, trials: 500,
				trainError: Check{What: "training NRMSE, mean", Reference: 1.205e-3, Source: "the authors' programs: 1.205e-3", Tolerance: 2e-4},
				testError:  Check{What: "test NRMSE over one Lyapunov time, mean", Reference: 1.0e-2, Source: "the authors' programs: 1.0(8)e-2", Tolerance: 8e-3},
			}
			if o.Quick {
				g.trials = 200
			}
			return g.run(ctx, o)
		},
	}
}

func lorenzSlope(d, s []float64) {
	d[0], d[1], d[2] = 10*(s[1]-s[0]), s[0]*(28-s[2])-s[1], s[0]*s[1]-8.0/3*s[2]
}

// run learns from many starts, each a recording of its own, and forecasts what follows.
func (g nextGeneration) run(ctx context.Context, o Options) (*Result, error) {
	machine, err := g.config.New(3)
	if err != nil {
		return nil, err
	}
	if machine.Features() != g.features {
		return nil, fmt.Errorf("%d features, the paper has %d", machine.Features(), g.features)
	}
	trained, tested := make([]float64, g.trials), make([]float64, g.trials)
	forecasts, truths := make([][]float64, g.trials), make([][]float64, g.trials)
	err = parallel(g.trials, func(i int) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		trained[i], tested[i], forecasts[i], truths[i], err = g.trial(machine.Fork(), o.Seed+uint64(i))
		return err
	})
	if err != nil {
		return nil, err
	}
	r := &Result{}
	g.trainError.Value, g.trainError.Error = chaos.MeanError(trained)
	g.testError.Value, g.testError.Error = chaos.MeanError(tested)
	if g.medianOfTest {
		g.testError.Value, g.testError.Error = medianError(tested, o.Seed)
	}
	r.Checks = []Check{g.trainError, g.testError}
	r.Notes = []string{fmt.Sprintf("%d starts of %d points each; errors are normalized by the spread of all coordinates; one start in ten has a test error above %.2g", g.trials, g.train, quantile(tested, 0.9))}
	at := 0
	for i, e := range tested { // the start in the middle
		if math.Abs(e-quantile(tested, 0.5)) < math.Abs(tested[at]-quantile(tested, 0.5)) {
			at = i
		}
	}
	r.Figures = []report.Figure{g.figure(forecasts[at], truths[at])}
	return r, nil
}

// trial learns one recording. Errors are root mean squares over the spread of the data, as the authors have them: the root of the mean
// over steps and coordinates by the sum of the coordinates' variances.
func (g nextGeneration) trial(machine reservoir.Machine, seed uint64) (trained, tested float64, forecast, truth []float64, err error) {
	_, start, err := datasets.System(g.system, map[string]string{"seed": fmt.Sprint(seed)})
	if err != nil {
		return 0, 0, nil, nil, err
	}
	u := rk23(g.slope, start, g.dt, g.train+g.test+800)
	variance := 0.0
	for c := range 3 {
		var column []float64
		for i := c; i < len(u); i += 3 {
			column = append(column, u[i])
		}
		mean, _ := chaos.MeanError(column)
		for _, v := range column {
			variance += (v - mean) * (v - mean) / float64(len(column))
		}
	}
	net, err := single(machine, reservoir.Options{Increment: true, Bound: 1e6})
	if err != nil {
		return 0, 0, nil, nil, err
	}
	rows := g.train + g.config.Delays - 1 // the first features need a past
	fit, err := net.Fit(u[:rows*3], u[3:(rows+1)*3], 0, g.ridge)
	if err != nil {
		return 0, 0, nil, nil, err
	}
	state := make([]float64, net.StateSize())
	warm := u[:(rows+1)*3]
	net.Warm(state, warm)
	forecast, truth = make([]float64, g.test*3), u[(rows+1)*3:][:g.test*3]
	tested = math.Inf(1) // of a loop that diverges
	if err := net.Generate(forecast, state, append([]float64{}, warm[len(warm)-3:]...), nil); err == nil {
		sum := 0.0
		for i, v := range forecast {
			sum += (v - truth[i]) * (v - truth[i]) / float64(len(forecast))
		}
		tested = math.Sqrt(sum / variance)
	}
	return math.Sqrt(fit.MSE / variance), tested, forecast, truth, nil
}

func (g nextGeneration) figure(forecast, truth []float64) report.Figure {
	f := report.Figure{Name: "forecast", Title: "A forecast over one Lyapunov time", Caption: "The start whose error is the median's."}
	for i, name := range []string{"first coordinate", "second coordinate", "third coordinate"} {
		p := report.Panel{X: report.Axis{Name: "step"}, Y: report.Axis{Name: name}}
		a, b := report.Line{Name: "truth", Color: report.Ink}, report.Line{Name: "forecast", Color: report.Blue}
		for t := range len(truth) / 3 {
			a.X, a.Y = append(a.X, float64(t)), append(a.Y, truth[3*t+i])
			b.X, b.Y = append(b.X, float64(t)), append(b.Y, forecast[3*t+i])
		}
		p.Lines = []report.Line{a, b}
		f.Panels = append(f.Panels, p)
	}
	return f
}

func lorenzClimate() Experiment {
	return Experiment{
		Name: "lorenz-climate", Title: "A reservoir in a closed loop has the climate of Lorenz's system",
		Source: "Pathak, Lu, Hunt, Girvan and Ott 2017; exponents by Benettin's method", Run: runLorenzClimate,
	}
}

// runLorenzClimate compares long runs: the largest Lyapunov exponents, histograms, and the return map of the maxima of z.
func runLorenzClimate(ctx context.Context, o Options) (*Result, error) {
	const dt, train, washout = 0.02, 10000, 200
	long, lyapunov := 100000, 100000
	if o.Quick {
		long, lyapunov = 50000, 30000
	}
	d, err := datasets.Open("lorenz", map[string]string{"dt": fmt.Sprint(dt), "length": fmt.Sprint(train + 1 + long), "seed": fmt.Sprint(o.Seed)})
	if err != nil {
		return nil, err
	}
	u := rowsOf(d.Series[0].Values)
	c := reservoir.DefaultESN()
	c.InputScale, c.Bias, c.Radius, c.Degree, c.Squared, c.Direct = 0.05, 0.5, 0.6, 6, true, false
	m, err := c.New(3, o.Seed)
	if err != nil {
		return nil, err
	}
	net, err := single(m, reservoir.Options{Bound: 1e4, Intercept: true})
	if err != nil {
		return nil, err
	}
	if _, err := net.Fit(u[:train*3], u[3:(train+1)*3], washout, 1e-6); err != nil {
		return nil, err
	}
	loop := net.ClosedLoop(dt)
	x := make([]float64, loop.Dim())
	net.Warm(x[:net.StateSize()], u[:train*3])
	copy(x[net.StateSize():], u[(train-1)*3:train*3])
	ours := make([]float64, long*3)
	if err := net.Generate(ours, append([]float64{}, x[:net.StateSize()]...), append([]float64{}, x[net.StateSize():]...), nil); err != nil {
		return nil, err
	}
	lo := dynamics.DefaultLyapunov()
	lo.Steps, lo.Transient = lyapunov, 1000
	o.Say("measuring exponents of the loop, %d dimensions", loop.Dim())
	of, err := dynamics.Lyapunov(loop, x, lo)
	if err != nil {
		return nil, err
	}
	system, err := dynamics.Lorenz63(10, 28, 8.0/3, dt)
	if err != nil {
		return nil, err
	}
	lo.Steps = 400000
	truth, err := dynamics.Lyapunov(system, append([]float64{}, u[:3]...), lo)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
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
	column := func(x []float64) (z []float64) {
		for i := 2; i < len(x); i += 3 {
			z = append(z, x[i])
		}
		return z
	}
	share := func(z []float64) []float64 {
		h, e := chaos.Histogram(z, 50, 0, 50)
		if e != nil {
			err = e
		}
		return h
	}
	a, b := column(ours), column(truth)
	half := len(b) / 2
	return chaos.Distance(share(a), share(b)), chaos.Distance(share(b[:half]), share(b[half:])) / 2, err
}

func climateFigure(ours, truth []float64, dt float64) report.Figure {
	f := report.Figure{Name: "climate", Title: "The long run of the closed loop and of the system", Caption: "Where a forecast has failed, its statistics should not have: return map of the maxima of z, power spectrum and histogram of z."}
	returns := report.Panel{Title: "return map", X: report.Axis{Name: "maximum of z"}, Y: report.Axis{Name: "the next"}}
	spectra := report.Panel{Title: "power spectrum of z", X: report.Axis{Name: "frequency"}, Y: report.Axis{Name: "power", Log: true}}
	shares := report.Panel{Title: "histogram of z", X: report.Axis{Name: "z"}, Y: report.Axis{Name: "share", Zero: true}}
	for k, x := range [][]float64{truth, ours} {
		name, color := []string{"system", "closed loop"}[k], []report.Color{report.Ink, report.Blue}[k]
		var z []float64
		for i := 2; i < len(x); i += 3 {
			z = append(z, x[i])
		}
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
