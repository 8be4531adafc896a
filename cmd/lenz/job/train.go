package job

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"lenz/datasets"
	"lenz/internal/atomicfile"
	"lenz/models"
	"lenz/models/catalog"
	"lenz/train"
)

// Request is one call of lenz train.
type Request struct {
	Config   *Config
	Source   string            // the config.toml that Config was read from, for its checksums; "" for none
	Out      string            // run directory; "" chooses one
	Resume   string            // run directory to go on with; then Config is its own
	Version  string            // of the program
	Modules  map[string]string // versions of the engines
	Observer train.Observer    // progress; nil for none
	Say      func(format string, args ...any)
}

// Outcome is result.json, and what lenz train --json prints.
type Outcome struct {
	Status              train.Status            `json:"status"`
	Reason              string                  `json:"reason"`
	Model               string                  `json:"model"`
	Data                string                  `json:"data"`
	Epochs              int                     `json:"epochs"`
	BestEpoch           int                     `json:"best_epoch"`
	Steps               int                     `json:"steps"`
	GradientEvaluations int                     `json:"gradient_evaluations"`
	Seconds             float64                 `json:"seconds"`
	TrainLoss           *float64                `json:"train_loss"` // of the kept epoch
	ValLoss             *float64                `json:"val_loss"`
	Test                train.Scores            `json:"test"`
	Baselines           map[string]train.Scores `json:"baselines"`
	Verdict             string                  `json:"verdict"`
	Parameters          int                     `json:"parameters"`
	Out                 string                  `json:"out"`
	Notes               []string                `json:"notes,omitempty"`   // what to look at
	Remarks             []string                `json:"remarks,omitempty"` // how to read the scores
}

// session is a run under way.
type session struct {
	Request
	task    *Task
	model   models.GradientModel
	learner *train.GradientLearner
	best    *train.BestWeights
	dir     *Dir
	result  train.Result
	notes   []string
}

// Train runs a configuration into a run directory. The outcome is nil only when nothing was begun, and then no directory
// is left; otherwise the error says why a run did not end well, and the outcome is complete.
func Train(ctx context.Context, r Request) (*Outcome, error) {
	if r.Say == nil {
		r.Say = func(string, ...any) {}
	}
	s := &session{Request: r}
	if err := s.prepare(); err != nil {
		return nil, err
	}
	defer s.learner.Close()
	var checkpoint *train.Checkpoint
	var err error
	if r.Resume != "" {
		if checkpoint, err = s.reopen(); err != nil {
			return nil, err
		}
	} else if err = s.open(); err != nil {
		return nil, err
	}
	defer s.dir.Close()
	return s.run(ctx, checkpoint)
}

// prepare opens data and builds model and learner, before anything is written.
func (s *session) prepare() error {
	c := s.Config
	data, err := c.Data.Load()
	if err != nil {
		return err
	}
	if err := s.verify(data); err != nil {
		return err
	}
	if s.task, err = c.Task(data); err != nil {
		return err
	}
	model, missing, err := c.Build(s.task)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		s.note("%s has no weights for %s: these start from random values", c.Model.Init, strings.Join(missing, ", "))
	}
	solver, err := c.Optimizer.Solver(c.Train.Epochs * s.task.Train.Len())
	if err != nil {
		return errors.Join(err, model.Close())
	}
	notes, err := c.suits(model.Params(), model, solver, s.task.Train.Len())
	if err != nil {
		return errors.Join(err, model.Close())
	}
	s.model, s.learner = model, train.Gradient(model, solver)
	s.best = train.NewBestWeights(model.Params())
	for _, n := range slices.Concat(data.Notes, s.task.Notes, notes) {
		s.note("%s", n)
	}
	s.Say("%s", s.task)
	return nil
}

// absolute makes the paths of files independent of the folder that the command is called from.
func (c *Config) absolute() error {
	for _, p := range []*string{&c.Data.Data, &c.Data.Valid, &c.Data.Test, &c.Model.Init} {
		if *p == "" || p == &c.Data.Data && !IsFile(*p) {
			continue
		}
		path, err := filepath.Abs(*p)
		if err != nil {
			return err
		}
		*p = path
	}
	return nil
}

// verify holds the data against the checksums of the configuration that is run again.
func (s *session) verify(d *Data) error {
	sums, err := Checksums(s.Source)
	if err != nil {
		return err
	}
	for name, want := range sums {
		if got, ok := d.Checksums[name]; ok && got != want {
			return fmt.Errorf("%s has changed since %s was written (its SHA-256 is %.12s..., not %.12s...): restore it, or delete the table [run] to train on the new data",
				name, s.Source, got, want)
		}
	}
	return nil
}

func (s *session) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	s.notes = append(s.notes, text)
	s.Say("note: %s", text)
}

// open makes the run directory and writes its configuration, with all settings resolved.
func (s *session) open() error {
	c := s.Config
	entry, err := catalog.Lookup(c.Model.Model)
	if err != nil {
		return err
	}
	if c.Model.Set, err = entry.Resolve(withStrategy(c)); err != nil {
		return err
	}
	if err := c.Optimizer.resolve(); err != nil {
		return err
	}
	if err := c.absolute(); err != nil {
		return err
	}
	text, err := c.TOML(facts(s.task.Data, s.Version, s.Modules))
	if err != nil {
		return err
	}
	stem := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(c.Data.Data), ".gz"), ".csv") + "-" + c.Model.Model
	dir, note, err := NewDir(s.Out, stem)
	if err != nil {
		return err
	}
	s.dir = dir
	if note != "" {
		s.note("%s", note)
	}
	if err := dir.WriteText(fileConfig, text); err != nil {
		dir.Discard()
		return err
	}
	return nil
}

func withStrategy(c *Config) map[string]string {
	if c.Window.TBPTT > 0 {
		return withDefault(c.Model.Set, "strategy", "recursive")
	}
	return c.Model.Set
}

// reopen takes the directory of a run that stopped, and its newest sound checkpoint.
func (s *session) reopen() (*train.Checkpoint, error) {
	dir, note, err := OpenDir(s.Resume)
	if err != nil {
		return nil, err
	}
	s.dir = dir
	if note != "" {
		s.note("%s", note)
	}
	checkpoint, notes, err := train.Latest(dir.File(dirCheckpoints))
	for _, n := range notes {
		s.note("%s", n)
	}
	if errors.Is(err, train.ErrNoCheckpoint) { // the notes say what is wrong with each
		err = fmt.Errorf("there is no sound checkpoint in %s to go on from; begin again with lenz train --config %s",
			dir.File(dirCheckpoints), dir.File(fileConfig))
	}
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	if err := s.extend(checkpoint); err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	s.Say("going on from step %d, epoch %d", checkpoint.Step, checkpoint.Epoch)
	return checkpoint, nil
}

// extend writes down what a resumed run changes: config.toml always says what the run is.
func (s *session) extend(from *train.Checkpoint) error {
	c := s.Config
	if from.Epoch > c.Train.Epochs {
		return fmt.Errorf("the run has %d epochs behind it, more than the %d asked for; give --epochs %d or more", from.Epoch, c.Train.Epochs, from.Epoch)
	}
	was, err := Layers{File: s.dir.File(fileConfig)}.Resolve()
	if err != nil {
		return err
	}
	if was.Train == c.Train {
		return nil
	}
	if was.Train.Epochs != c.Train.Epochs && !slices.Contains([]string{"constant", "step", "multistep", "exponential", "invsqrt", "sgdr", "plateau"}, c.Optimizer.Schedule) {
		s.note("the schedule %s is stretched from %d to %d epochs: the learning rate jumps here, and the result differs from a run of %d epochs from the beginning",
			c.Optimizer.Schedule, was.Train.Epochs, c.Train.Epochs, c.Train.Epochs)
	}
	if was.Train.Epochs != c.Train.Epochs && c.Optimizer.SWA != "" {
		s.note("the average of the weights begins at a share of the run, which is now %d epochs long: the result differs from a run of that length from the beginning", c.Train.Epochs)
	}
	text, err := c.TOML(facts(s.task.Data, s.Version, s.Modules))
	if err != nil {
		return err
	}
	return s.dir.WriteText(fileConfig, text)
}

// run trains, tests and writes everything down.
func (s *session) run(ctx context.Context, from *train.Checkpoint) (*Outcome, error) {
	c := s.Config.Train
	observers := []train.Observer{train.NewMetricsLog(s.dir.File(fileMetrics)), s.best}
	if c.Patience > 0 && s.task.Valid != nil {
		observers = append(observers, train.NewEarlyStopping(c.Patience))
	}
	observers = append(observers, train.Every(c.CheckpointEvery, train.EpochEnd, train.NewCheckpoints(s.dir.File(dirCheckpoints))))
	if s.Observer != nil {
		observers = append(observers, s.Observer)
	}
	result, fitErr := s.fit(ctx, train.Epochs(c.Epochs), train.Watch(observers...), train.Resume(from))
	s.result = result
	out := s.outcome()
	if s.best.Epoch() > 0 {
		if err := s.finish(context.WithoutCancel(ctx), out); err != nil {
			return out, errors.Join(fitErr, err)
		}
	}
	out.Notes = s.notes
	if err := s.dir.WriteJSON(fileResult, out); err != nil {
		return out, errors.Join(fitErr, err)
	}
	return out, fitErr
}

// fit trains, with what is to be done when the run diverges.
func (s *session) fit(ctx context.Context, opts ...train.Option) (train.Result, error) {
	data := train.Data{Train: s.task.Train, Valid: s.task.Valid}
	c := s.Config.Train
	if c.OnNaN != "rollback" {
		return train.Fit(ctx, s.learner, data, opts...)
	}
	back := &train.Rollback{Dir: s.dir.File(dirCheckpoints), Tries: c.Rollbacks, Factor: c.RollbackRate, Say: s.note}
	return train.FitRollback(ctx, s.learner, data, back, opts...)
}

// finish keeps the weights and, of a run that ended well, tests them and draws the report.
func (s *session) finish(ctx context.Context, out *Outcome) error {
	spec, err := s.spec()
	if err != nil {
		return err
	}
	params := s.model.Params()
	if err := s.learner.Evaluating(true); err != nil { // averages, where there are any, are what is used
		return err
	}
	if err := models.Save(s.dir.File(fileLast), params, spec); err != nil {
		return err
	}
	if err := s.best.Apply(); err != nil {
		return err
	}
	p := &models.Pipeline{Spec: spec, Model: s.model}
	if s.task.Windows != nil && s.task.Valid != nil {
		if err := s.calibrate(ctx, p); err != nil {
			return err
		}
	}
	if err := models.Save(s.dir.File(fileBest), params, p.Spec); err != nil {
		return err
	}
	if err := s.draw(); err != nil {
		return err
	}
	if s.result.Status != train.Completed && s.result.Status != train.Stopped {
		return nil
	}
	test, err := Test(ctx, s.Config, s.task, p, TestOptions{Part: datasets.Test})
	if err != nil {
		return err
	}
	out.Test, out.Baselines, out.Verdict, out.Remarks = test.Scores, test.Baselines, test.Verdict, test.Notes
	for _, n := range test.Notes {
		s.Say("note: %s", n)
	}
	return s.report(ctx, p, test, out)
}

// draw writes the graph of a training step, for Graphviz.
func (s *session) draw() error {
	g, ok := s.model.(interface{ WriteDOT(w io.Writer) error })
	if !ok {
		return nil
	}
	return atomicfile.Write(s.dir.File(fileGraph), g.WriteDOT)
}

// calibrate fits conformal intervals on the validation part.
func (s *session) calibrate(ctx context.Context, p *models.Pipeline) error {
	cal := models.NewCalibration(s.task.Layout.Horizon, len(s.task.Layout.Targets))
	s.task.Valid.Reset(0)
	for b, ok := s.task.Valid.Next(); ok; b, ok = s.task.Valid.Next() {
		pred, err := s.model.Predict(ctx, b)
		if err != nil {
			return err
		}
		if len(pred.Levels) > 0 {
			return nil // the head has intervals of its own
		}
		if err := cal.Add(pred, b); err != nil {
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
func (s *session) spec() (models.Spec, error) {
	c := s.Config
	spec := models.Spec{
		Version: models.SpecVersion, Model: c.Model.Model, Settings: maps.Clone(c.Model.Set), Seed: c.Train.Seed, Layout: s.task.Layout,
	}
	if s.task.Windows == nil {
		return spec, nil
	}
	spec.Window, spec.Scaler = s.task.Windows.Spec(), s.task.Windows.Scaler()
	for _, series := range s.task.Data.Series {
		h, err := models.NewHistory(series, max(4*c.Window.Horizon, c.Window.Input))
		if err != nil {
			return spec, err
		}
		spec.History = append(spec.History, h)
	}
	return spec, nil
}

// outcome is what the trainer found.
func (s *session) outcome() *Outcome {
	r := s.result
	out := &Outcome{
		Status: r.Status, Reason: r.Reason, Model: s.Config.Model.Model, Data: s.Config.Data.Data, Epochs: r.Epochs,
		BestEpoch: r.BestEpoch, Steps: r.Steps, GradientEvaluations: r.GradientEvaluations, Seconds: r.Seconds,
		Test: train.Scores{}, Baselines: map[string]train.Scores{}, Parameters: s.model.Params().Count(), Out: s.dir.Path,
	}
	curve, err := readCurve(s.dir.File(fileMetrics))
	if err != nil {
		s.note("%v", err)
		return out
	}
	out.TrainLoss, out.ValLoss = curve.at(r.BestEpoch)
	return out
}
