package job

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"lenz/datasets"
	"lenz/internal/atomicfile"
	"lenz/models"
	"lenz/models/catalog"
	"lenz/train"
)

// forecasting trains forecasters and labellers: by gradients, from windows of series or from whole sequences, and measured beside
// baselines on the test part.
type forecasting struct {
	task    *Task
	model   models.Model
	learner *train.GradientLearner // nil for models that are solved
	best    *train.BestWeights
}

// ofRows are settings that mean something to rows alone.
var ofRows = []string{"binarize", "ais"}

func (f *forecasting) uses(option string) bool { return !slices.Contains(ofRows, option) }

func (f *forecasting) prepare(_ context.Context, s *session) (*plan, error) {
	c := s.Config
	data, err := c.Data.Load()
	if err != nil {
		return nil, err
	}
	if err := s.verify(data.Checksums); err != nil {
		return nil, err
	}
	if f.task, err = c.Task(data); err != nil {
		return nil, err
	}
	model, missing, err := c.Build(f.task)
	if err != nil {
		return nil, err
	}
	solver, err := c.Optimizer.Solver(c.Train.Epochs * f.task.Train.Len())
	if err != nil {
		return nil, errors.Join(err, model.Close())
	}
	notes, err := c.suits(model.Params(), model, solver, f.task.Train.Len())
	if err != nil {
		return nil, errors.Join(err, model.Close())
	}
	f.model, f.best, f.learner = model, train.NewBestWeights(model.Params()), train.Gradient(model, solver)
	p := &plan{
		learner: f.learner, data: train.Data{Train: f.task.Train, Valid: f.task.Valid}, observers: []train.Observer{f.best},
		what: f.task.String(), stem: stem(c.Data.Data, c.Model.Model), checksums: data.Checksums, parameters: model.Params().Count(),
	}
	if c.Train.Patience > 0 && f.task.Valid != nil {
		p.observers = append(p.observers, train.NewEarlyStopping(c.Train.Patience))
	}
	if len(missing) > 0 {
		p.notes = append(p.notes, fmt.Sprintf("%s has no weights for %s: these start from random values", c.Model.Init, strings.Join(missing, ", ")))
	}
	p.notes = slices.Concat(p.notes, data.Notes, f.task.Notes, notes)
	return p, nil
}

func (f *forecasting) settle(c *Config) error {
	entry, err := catalog.Lookup(c.Model.Model)
	if err != nil {
		return err
	}
	if c.Model.Set, err = entry.Resolve(withStrategy(c)); err != nil {
		return err
	}
	return c.Optimizer.resolve()
}

func withStrategy(c *Config) map[string]string {
	if c.Window.TBPTT > 0 {
		return withDefault(c.Model.Set, "strategy", "recursive")
	}
	return c.Model.Set
}

func (f *forecasting) extended(was, now *Config) []string {
	if was.Train.Epochs == now.Train.Epochs {
		return nil
	}
	var notes []string
	if !slices.Contains([]string{"constant", "step", "multistep", "exponential", "invsqrt", "sgdr", "plateau"}, now.Optimizer.Schedule) {
		notes = append(notes, fmt.Sprintf("the schedule %s is stretched from %d to %d epochs: the learning rate jumps here, and the result differs from a run of %d epochs from the beginning",
			now.Optimizer.Schedule, was.Train.Epochs, now.Train.Epochs, now.Train.Epochs))
	}
	if now.Optimizer.SWA != "" {
		notes = append(notes, fmt.Sprintf("the average of the weights begins at a share of the run, which is now %d epochs long: the result differs from a run of that length from the beginning", now.Train.Epochs))
	}
	return notes
}

// finish keeps the weights and, of a run that ended well, tests them; what is drawn is the graph and, then, the report.
func (f *forecasting) finish(ctx context.Context, s *session, out *Outcome) (func() error, error) {
	if f.best.Epoch() == 0 {
		return nil, nil
	}
	p, err := f.keep(ctx, s)
	if err != nil {
		return nil, err
	}
	if !s.ended() {
		return func() error { return f.draw(s.dir) }, nil
	}
	test, err := Test(ctx, s.Config, f.task, p, TestOptions{Part: datasets.Test})
	if err != nil {
		return nil, err
	}
	out.Test, out.Baselines, out.Verdict, out.Remarks = test.Scores, test.Baselines, test.Verdict, test.Notes
	for _, n := range test.Notes {
		s.Say("note: %s", n)
	}
	if out.lost = test.Runaway(); out.lost != nil {
		s.note("%v", out.lost)
	}
	return func() error {
		if err := f.draw(s.dir); err != nil {
			return err
		}
		return f.report(ctx, s, p, test, out)
	}, nil
}

// keep saves the last weights and the best ones, with which the model goes on.
func (f *forecasting) keep(ctx context.Context, s *session) (*models.Pipeline, error) {
	spec, err := f.spec(s.Config)
	if err != nil {
		return nil, err
	}
	params := f.model.Params()
	if f.learner != nil {
		if err := f.learner.Evaluating(true); err != nil { // averages, where there are any, are what is used
			return nil, err
		}
	}
	if err := models.Save(s.dir.File(fileLast), params, spec); err != nil {
		return nil, err
	}
	if err := f.best.Apply(); err != nil {
		return nil, err
	}
	p := &models.Pipeline{Spec: spec, Model: f.model}
	if f.task.Windows != nil && f.task.Valid != nil {
		if err := f.calibrate(ctx, p); err != nil {
			return nil, err
		}
	}
	return p, models.Save(s.dir.File(fileBest), params, p.Spec)
}

// draw writes the graph of a training step, for Graphviz.
func (f *forecasting) draw(dir *Dir) error {
	g, ok := f.model.(interface{ WriteDOT(w io.Writer) error })
	if !ok {
		return nil
	}
	return atomicfile.Write(dir.File(fileGraph), g.WriteDOT)
}

// calibrate fits conformal intervals on the validation part.
func (f *forecasting) calibrate(ctx context.Context, p *models.Pipeline) error {
	cal := models.NewCalibration(f.task.Layout.Horizon, len(f.task.Layout.Targets))
	f.task.Valid.Reset(0)
	for b, ok := f.task.Valid.Next(); ok; b, ok = f.task.Valid.Next() {
		all, err := train.Together(ctx, b, train.Contender{Name: "calibration", Forecaster: f.model})
		if err != nil {
			return err
		}
		if all.Batch.B == 0 {
			continue
		}
		pred := all.Predictions[0]
		if len(pred.Levels) > 0 {
			return nil // the head has intervals of its own
		}
		if err := cal.Add(pred, all.Batch); err != nil {
			return err
		}
	}
	conformal, err := cal.Fit(0.8, 0.95)
	if err != nil {
		return err
	}
	if len(conformal.Coverages) > 0 {
		p.Spec.Conformal = conformal
	}
	return nil
}

// spec describes the model for its file.
func (f *forecasting) spec(c *Config) (models.Spec, error) {
	spec := models.Spec{
		Version: models.SpecVersion, Model: c.Model.Model, Settings: maps.Clone(c.Model.Set), Seed: c.Train.Seed, Layout: f.task.Layout,
	}
	if f.task.Windows == nil {
		return spec, nil
	}
	spec.Window, spec.Scaler = f.task.Windows.Spec(), f.task.Windows.Scaler()
	for _, series := range f.task.Data.Series {
		h, err := models.NewHistory(series, max(4*c.Window.Horizon, c.Window.Input))
		if err != nil {
			return spec, err
		}
		spec.History = append(spec.History, h)
	}
	return spec, nil
}
