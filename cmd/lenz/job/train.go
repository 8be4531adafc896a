package job

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

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
	Seconds             float64                 `json:"seconds"`         // of training
	MeasureSeconds      float64                 `json:"measure_seconds"` // of what came after: measuring, pictures and the page
	TrainLoss           *float64                `json:"train_loss"`      // of the kept epoch
	ValLoss             *float64                `json:"val_loss"`
	Test                train.Scores            `json:"test"`
	Baselines           map[string]train.Scores `json:"baselines"`
	Verdict             string                  `json:"verdict"`
	Parameters          int                     `json:"parameters"`
	Out                 string                  `json:"out"`
	Notes               []string                `json:"notes,omitempty"`   // what to look at
	Remarks             []string                `json:"remarks,omitempty"` // how to read the scores
	*Samples                                    // of a sampler

	lost error // forecasts that the model did not have
}

// session is a run under way.
type session struct {
	Request
	kind   kind
	plan   *plan
	dir    *Dir
	result train.Result
	notes  []string

	resumed map[string]string // see Facts
}

// Train runs a configuration into a run directory. The outcome is nil only when nothing was begun, and then no directory
// is left; otherwise the error says why a run did not end well, and the outcome is complete.
func Train(ctx context.Context, r Request) (*Outcome, error) {
	if r.Say == nil {
		r.Say = func(string, ...any) {}
	}
	s := &session{Request: r, kind: kindOf(r.Config.Model.Model)}
	var err error
	if s.plan, err = s.kind.prepare(ctx, s); err != nil {
		return nil, err
	}
	defer s.plan.learner.Close()
	for _, n := range s.plan.notes {
		s.note("%s", n)
	}
	s.Say("%s", s.plan.what)
	var checkpoint *train.Checkpoint
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
func (s *session) verify(checksums map[string]string) error {
	sums, err := Checksums(s.Source)
	if err != nil {
		return err
	}
	for name, want := range sums {
		if got, ok := checksums[name]; ok && got != want {
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
	if err := s.kind.settle(c); err != nil {
		return err
	}
	if err := c.absolute(); err != nil {
		return err
	}
	text, err := c.TOML(s.facts())
	if err != nil {
		return err
	}
	dir, note, err := NewDir(s.Out, s.plan.stem, contents{})
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

// facts are those of this program and of the data.
func (s *session) facts() Facts {
	f := facts(s.plan.checksums, s.Version, s.Modules)
	f.Resumed = s.resumed
	return f
}

// stem is the name of a run of a model on data: what a file is called without the endings that say how it is written.
func stem(data, model string) string {
	base := filepath.Base(data)
	for {
		ext := filepath.Ext(base)
		if ext == base || !slices.Contains(dataEndings, strings.ToLower(ext)) {
			return base + "-" + model
		}
		base = strings.TrimSuffix(base, ext)
	}
}

// dataEndings are those of files of data, which say nothing about what is in them.
var dataEndings = []string{".csv", ".txt", ".npy", ".npz", ".json", ".idx", ".data", ".ubyte", ".idx1-ubyte", ".idx3-ubyte", ".gz"}

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
		why := ""
		if len(notes) > 0 {
			why = " (" + notes[0] + ")"
		}
		err = fmt.Errorf("there is no sound checkpoint in %s to go on from%s; begin again with lenz train --config %s",
			dir.File(dirCheckpoints), why, dir.File(fileConfig))
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
		return usage{fmt.Errorf("the run has %d epochs behind it, more than the %d asked for; give --epochs %d or more", from.Epoch, c.Train.Epochs, from.Epoch)}
	}
	was, err := Layers{File: s.dir.File(fileConfig), Past: true}.Resolve()
	if err != nil {
		return err
	}
	if s.resumed, err = resumptions(s.dir.File(fileConfig)); err != nil {
		return err
	}
	if was.Train == c.Train {
		return nil
	}
	var changed []string
	notes := s.kind.extended(was, c)
	for _, note := range notes {
		s.note("%s", note)
	}
	if len(notes) > 0 {
		changed = append(changed, fmt.Sprintf("epochs = %d in place of %d", c.Train.Epochs, was.Train.Epochs))
	}
	if p := c.Train.Patience; p < was.Train.Patience && p > 0 { // from the beginning, it might have ended before
		changed = append(changed, fmt.Sprintf("patience = %d in place of %d", p, was.Train.Patience))
	}
	if len(changed) > 0 {
		if s.resumed == nil {
			s.resumed = map[string]string{}
		}
		s.resumed[fmt.Sprintf("%02d", len(s.resumed)+1)] = fmt.Sprintf("at step %d, after epoch %d, with %s", from.Step, from.Epoch, strings.Join(changed, " and "))
	}
	text, err := c.TOML(s.facts())
	if err != nil {
		return err
	}
	return s.dir.WriteText(fileConfig, text)
}

// run trains, tests and writes everything down.
func (s *session) run(ctx context.Context, from *train.Checkpoint) (*Outcome, error) {
	c := s.Config.Train
	observers := append([]train.Observer{train.NewMetricsLog(s.dir.File(fileMetrics))}, s.plan.observers...)
	observers = append(observers, train.Every(c.CheckpointEvery, train.EpochEnd, train.NewCheckpoints(s.dir.File(dirCheckpoints))))
	if s.Observer != nil {
		observers = append(observers, s.Observer)
	}
	result, fitErr := s.fit(ctx, train.Epochs(c.Epochs), train.Watch(observers...), train.Resume(from))
	s.result = result
	out := s.outcome()
	finishing := context.WithoutCancel(ctx) // what was learnt is kept, however the run ended
	if s.ended() {
		finishing = ctx // measuring a run that ended well may take long; going on with it begins there
	}
	began := time.Now()
	draw, err := s.kind.finish(finishing, s, out)
	out.MeasureSeconds = time.Since(began).Seconds()
	if err != nil && !(s.ended() && Interrupted(err)) {
		return out, errors.Join(fitErr, err)
	}
	if err == nil {
		if err = s.writeResult(out); err != nil { // before what is only to be looked at, which takes far more room
			return out, errors.Join(fitErr, err)
		}
		if draw != nil {
			err = draw()
		}
	}
	switch {
	case err != nil && s.ended() && Interrupted(err):
		out.Status, out.Reason = train.Interrupted, "interrupted while it was measured: "+out.Reason
		return out, errors.Join(err, s.writeResult(out))
	case err != nil:
		return out, errors.Join(fitErr, out.lost, unpictured(err, s.dir.Path))
	}
	return out, errors.Join(fitErr, out.lost)
}

// writeResult writes result.json.
func (s *session) writeResult(out *Outcome) error {
	out.Notes = s.notes
	return s.dir.WriteJSON(fileResult, out)
}

// unpictured says of a picture or page that cannot be written what there is without it.
func unpictured(err error, dir string) error {
	return fmt.Errorf("%w; this picture or page is missing, and those after it, but all numbers are in %s", err, filepath.Join(dir, fileResult))
}

// fit trains, with what is to be done when the run diverges.
func (s *session) fit(ctx context.Context, opts ...train.Option) (train.Result, error) {
	c := s.Config.Train
	if c.OnNaN != "rollback" {
		return train.Fit(ctx, s.plan.learner, s.plan.data, opts...)
	}
	back := &train.Rollback{Dir: s.dir.File(dirCheckpoints), Tries: c.Rollbacks, Factor: c.RollbackRate, Say: s.note}
	return train.FitRollback(ctx, s.plan.learner, s.plan.data, back, opts...)
}

// ended tells whether the run ended well.
func (s *session) ended() bool {
	return s.result.Status == train.Completed || s.result.Status == train.Stopped
}

// outcome is what the trainer found.
func (s *session) outcome() *Outcome {
	r := s.result
	out := &Outcome{
		Status: r.Status, Reason: r.Reason, Model: s.Config.Model.Model, Data: s.Config.Data.Data, Epochs: r.Epochs,
		BestEpoch: r.BestEpoch, Steps: r.Steps, GradientEvaluations: r.GradientEvaluations, Seconds: r.Seconds,
		Test: train.Scores{}, Baselines: map[string]train.Scores{}, Parameters: s.plan.parameters, Out: s.dir.Path,
	}
	curve, err := readCurve(s.dir.File(fileMetrics))
	if err != nil {
		s.note("%v", err)
		return out
	}
	out.TrainLoss, out.ValLoss = curve.at(r.BestEpoch)
	return out
}
