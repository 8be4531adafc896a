package reproduce

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"lenz/datasets"
	"lenz/internal/plusminus"
	"lenz/models"
	"lenz/models/baseline"
	"lenz/models/catalog"
	"lenz/optim"
	"lenz/train"
	"lenz/train/chaos"
	"lenz/train/report"
)

func rnnLSTMESN() Experiment {
	return Experiment{
		Name: "rnn-lstm-esn", Title: "Trained and fixed recurrence on one task: what they cost and how well they forecast",
		Source: "criterion: each forecasts the Mackey-Glass equation with less error than a linear autoregression, in every run", Run: runRNNLSTMESN,
	}
}

// contest is the task: windows of one series, cut in time into parts for training, validation and test.
type contest struct {
	windows *datasets.Windows
	epochs  int
	linear  *baseline.Ridge
}

// entrant is a kind of model in a contest.
type entrant struct {
	name, model string
	set         map[string]string
	rate        float64 // of Adam; 0 for what is solved
	color       report.Color
}

// outcome is what one run of an entrant gave.
type outcome struct {
	rmse, seconds float64
	trained       int       // numbers that are learnt
	held          float64   // bytes that the learner holds at the end of training: weights, activations or sums, moments
	steps         []float64 // RMSE by the step ahead
}

func newContest(ctx context.Context, o Options) (*contest, error) {
	const length, input, horizon = 4000, 64, 20
	d, err := datasets.Open("mackey-glass", map[string]string{"length": fmt.Sprint(length), "seed": fmt.Sprint(o.Seed)})
	if err != nil {
		return nil, err
	}
	split, err := datasets.SplitSpec{Train: 0.6, Valid: 0.15, Test: 0.25}.Cut(d.Series...)
	if err != nil {
		return nil, err
	}
	scaler, err := datasets.FitScaler(split.Parts[datasets.Train], datasets.ScalerSpec{Scaling: datasets.Standard})
	if err != nil {
		return nil, err
	}
	c := &contest{epochs: 60}
	if o.Quick {
		c.epochs = 15
	}
	if c.windows, err = datasets.NewWindows(split, scaler, datasets.WindowSpec{Input: input, Horizon: horizon, Batch: 32}); err != nil {
		return nil, err
	}
	c.linear, err = baseline.FitRidge(ctx, c.windows, baseline.DefaultRidge())
	return c, err
}

// run trains an entrant from a seed and tests it, alone on the machine: its seconds and bytes are measured.
func (c *contest) run(ctx context.Context, e entrant, seed uint64) (*outcome, error) {
	before := heap()
	began := time.Now()
	model, err := catalog.New(e.model, e.set, c.windows.Layout(), seed)
	if err != nil {
		return nil, err
	}
	learner, err := c.teach(ctx, e, model, seed)
	if err != nil {
		return nil, errors.Join(err, model.Close())
	}
	defer learner.Close()
	out := &outcome{seconds: time.Since(began).Seconds(), trained: model.Params().Count()}
	out.held = heap() - before
	runtime.KeepAlive(learner)
	out.rmse, out.steps, err = c.test(ctx, e.name, model)
	return out, err
}

// heap is the bytes that are in use. Pools are emptied by the second collection, what had finalizers by the third.
func heap() float64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// teach trains: a network by Adam on shuffled windows, its best weights on the validation part kept; a reservoir in one pass, its penalty chosen by
// closed-loop forecasts of the validation part.
func (c *contest) teach(ctx context.Context, e entrant, model models.Model, seed uint64) (train.Learner, error) {
	valid, err := c.windows.Source(datasets.Valid, datasets.SourceOptions{})
	if err != nil {
		return nil, err
	}
	if closed, ok := model.(train.ClosedFormModel); ok {
		stream, err := c.windows.Stream(datasets.Train, datasets.StreamOptions{Streams: 1, Chunk: 2048})
		if err != nil {
			return nil, err
		}
		learner := train.ClosedForm(closed)
		_, err = train.Fit(ctx, learner, train.Data{Train: stream, Valid: valid})
		return learner, err
	}
	learn, err := c.windows.Source(datasets.Train, datasets.SourceOptions{Shuffle: true, Seed: seed})
	if err != nil {
		return nil, err
	}
	adam := optim.DefaultAdam()
	adam.Rate = e.rate
	optimizer, err := adam.New()
	if err != nil {
		return nil, err
	}
	learner, best := train.Gradient(model.(models.GradientModel), optimizer), train.NewBestWeights(model.Params())
	if _, err := train.Fit(ctx, learner, train.Data{Train: learn, Valid: valid}, train.Epochs(c.epochs), train.Watch(best)); err != nil {
		return nil, err
	}
	return learner, best.Apply()
}

// test scores forecasts from every fifth row of the test part.
func (c *contest) test(ctx context.Context, name string, f train.Forecaster) (rmse float64, steps []float64, err error) {
	spec := train.DefaultBacktest()
	spec.Stride = 5
	tested, err := train.Backtest(ctx, c.windows, spec, train.Contender{Name: name, Forecaster: f})
	if err != nil {
		return 0, nil, err
	}
	entry := tested.Entries[0]
	for _, s := range entry.Steps {
		steps = append(steps, s.Value("rmse"))
	}
	return entry.Scores.Value("rmse"), steps, nil
}

func entrants() []entrant {
	return []entrant{
		{"RNN", "rnn", map[string]string{"hidden": "32"}, 0.003, report.Vermilion},
		{"LSTM", "lstm", map[string]string{"hidden": "32"}, 0.01, report.Green},
		{"ESN", "esn", map[string]string{"units": "300"}, 0, report.Blue},
	}
}

func runRNNLSTMESN(ctx context.Context, o Options) (*Result, error) {
	seeds := 10
	if o.Quick {
		seeds = 2
	}
	c, err := newContest(ctx, o)
	if err != nil {
		return nil, err
	}
	linear, linearSteps, err := c.test(ctx, "linear", c.linear)
	if err != nil {
		return nil, err
	}
	r := &Result{Rows: []string{"model     RMSE                   training, s    learnt numbers    MB held when learnt",
		fmt.Sprintf("%-8s  %.5f %33d", "linear", linear, c.linear.Parameters())}}
	byStep := report.Panel{X: report.Axis{Name: "steps ahead", Whole: true}, Y: report.Axis{Name: "RMSE", Log: true}}
	cost := report.Panel{X: report.Axis{Name: "seconds of training", Log: true}, Y: report.Axis{Name: "RMSE, all steps", Log: true}}
	ahead := func(name string, color report.Color, steps []float64) {
		l := report.Line{Name: name, Color: color, Y: steps}
		for h := range steps {
			l.X = append(l.X, float64(h+1))
		}
		byStep.Lines = append(byStep.Lines, l)
	}
	ahead("linear autoregression", report.Grey, linearSteps)
	for _, e := range entrants() {
		var rmse, seconds, held []float64
		beats, first := 0.0, (*outcome)(nil)
		for i := range seeds {
			o.Say("%s, run %d of %d", e.name, i+1, seeds)
			one, err := c.run(ctx, e, trialSeed(o.Seed, i))
			if err != nil {
				return nil, err
			}
			if first == nil {
				first = one
			}
			if rmse, seconds, held = append(rmse, one.rmse), append(seconds, one.seconds), append(held, one.held/1e6); one.rmse < linear {
				beats += 1 / float64(seeds)
			}
		}
		mean, spread := chaos.MeanError(rmse)
		r.Rows = append(r.Rows, fmt.Sprintf("%-8s  %-18s %14.2f %17d %22.1f", e.name, plusminus.Text(mean, spread), quantile(seconds, 0.5), first.trained, quantile(held, 0.5)))
		r.Checks = append(r.Checks, Check{What: "share of runs of the " + e.name + " that are better than a linear autoregression", Reference: 1, Source: "criterion", Value: beats, Tolerance: 1e-9})
		ahead(e.name, e.color, first.steps)
		for i := range seeds { // points alone
			cost.Lines = append(cost.Lines, report.Line{Name: e.name, Color: e.color, X: seconds[i : i+1], Y: rmse[i : i+1], Dots: true})
		}
	}
	r.Notes = []string{fmt.Sprintf("Mackey-Glass, tau = 17, 4000 rows 1 apart: 60 %% to learn, 15 %% to choose by, 25 %% to test; 64 rows in, 20 out; RNN and LSTM have 32 units and %d epochs of Adam, the ESN 300 units and one pass; medians of seconds and bytes, of %d runs", c.epochs, seeds)}
	r.Figures = []report.Figure{{Name: "comparison", Title: "Trained and fixed recurrence on the Mackey-Glass equation", Panels: []report.Panel{byStep, cost},
		Caption: "Errors of the first run by the step ahead, and of all runs over what training took."}}
	return r, nil
}
