package train

import (
	"context"
	"errors"
	"fmt"

	"lenz/datasets"
	"lenz/internal/state"
)

// Stage is one part of a run that learns in stages.
type Stage struct {
	Name    string
	Epochs  int // at least 1
	Learner Learner
	// Transform turns a batch of the data into what this stage learns from, such as the activities of the layers below;
	// nil leaves it as it is.
	Transform func(ctx context.Context, b datasets.Batch) (datasets.Batch, error)
	// Begin is called once when the stage begins, such as to copy the weights that the stage before has learnt; nil for
	// nothing. A resumed run does not call it again: what it did is part of the learner's state.
	Begin func() error
}

// StagedLearner learns in stages: each runs for its epochs, with its learner and its optimizer, on what its transform makes of the
// data. Its metrics are those of the stage that runs and stage, its number from 1. Losses of different stages are in general not
// comparable, so that the best epoch of such a run says little: take the last weights.
type StagedLearner struct {
	stages []Stage
	at     int  // the stage that runs
	done   int  // its epochs that ended
	begun  bool // its Begin was called
}

var (
	_ Learner      = (*StagedLearner)(nil)
	_ Evaluator    = (*StagedLearner)(nil)
	_ Stateful     = (*StagedLearner)(nil)
	_ Needy        = (*StagedLearner)(nil)
	_ LossObserver = (*StagedLearner)(nil)
	_ Averager     = (*StagedLearner)(nil)
	_ Counter      = (*StagedLearner)(nil)
	_ Slower       = (*StagedLearner)(nil)
	_ auditor      = (*StagedLearner)(nil)
)

// Stages chains learners: layer-wise training of a deep belief network is one stage for each machine, and then fine-tuning. The
// run ends after the epochs of all stages. Every learner must be Stateful and an Evaluator.
func Stages(stages ...Stage) (*StagedLearner, error) {
	if len(stages) == 0 {
		return nil, errors.New("train: no stages; give at least one")
	}
	names := map[string]bool{}
	for i, s := range stages {
		_, stateful := s.Learner.(Stateful)
		_, evaluates := s.Learner.(Evaluator)
		switch {
		case s.Name == "" || names[s.Name]:
			return nil, fmt.Errorf("train: the name %q of stage %d is empty or taken", s.Name, i+1)
		case s.Epochs < 1:
			return nil, fmt.Errorf("train: stage %s has %d epochs; want at least 1", s.Name, s.Epochs)
		case !stateful || !evaluates:
			return nil, fmt.Errorf("train: the learner of stage %s (%T) must be Stateful and an Evaluator", s.Name, s.Learner)
		}
		names[s.Name] = true
	}
	return &StagedLearner{stages: stages}, nil
}

// Stage returns the name of the stage that runs and its number, from 1.
func (l *StagedLearner) Stage() (string, int) { return l.stages[l.at].Name, l.at + 1 }

// enter goes on to the next stage when the one that runs is at its end, and begins it.
func (l *StagedLearner) enter() error {
	if l.done == l.stages[l.at].Epochs && l.at+1 < len(l.stages) {
		l.at, l.done, l.begun = l.at+1, 0, false
	}
	s := l.stages[l.at]
	if l.begun || s.Begin == nil {
		l.begun = true
		return nil
	}
	l.begun = true
	return l.named(s.Begin())
}

func (l *StagedLearner) named(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("stage %s: %w", l.stages[l.at].Name, err)
}

func (l *StagedLearner) transform(ctx context.Context, b datasets.Batch) (datasets.Batch, error) {
	if f := l.stages[l.at].Transform; f != nil {
		return f(ctx, b)
	}
	return b, nil
}

// Learn gives the batch to the learner of the stage.
func (l *StagedLearner) Learn(ctx context.Context, b datasets.Batch) (Metrics, error) {
	if err := l.enter(); err != nil {
		return nil, err
	}
	b, err := l.transform(ctx, b)
	if err != nil {
		return nil, l.named(err)
	}
	m, err := l.stages[l.at].Learner.Learn(ctx, b)
	if err != nil {
		return nil, l.named(err)
	}
	m["stage"] = float64(l.at + 1)
	return m, nil
}

// EndEpoch ends the epoch of the stage's learner. The next stage begins with the next batch, so that validation still sees this one.
func (l *StagedLearner) EndEpoch(ctx context.Context) (Metrics, error) {
	m, err := l.stages[l.at].Learner.EndEpoch(ctx)
	l.done++
	return m, l.named(err)
}

// Evaluate measures the stage's learner.
func (l *StagedLearner) Evaluate(ctx context.Context, b datasets.Batch) (Metrics, error) {
	b, err := l.transform(ctx, b)
	if err != nil {
		return nil, l.named(err)
	}
	m, err := l.stages[l.at].Learner.(Evaluator).Evaluate(ctx, b)
	return m, l.named(err)
}

// Observe tells the stage's learner the loss, if it listens.
func (l *StagedLearner) Observe(loss float64) {
	if o, ok := l.stages[l.at].Learner.(LossObserver); ok {
		o.Observe(loss)
	}
}

// Evaluating swaps averaged weights in or out of the stage that runs.
func (l *StagedLearner) Evaluating(on bool) error {
	if a, ok := l.stages[l.at].Learner.(Averager); ok {
		return l.named(a.Evaluating(on))
	}
	return nil
}

// Needs asks for as many passes as the stages have epochs.
func (l *StagedLearner) Needs() Needs {
	n := Needs{}
	for _, s := range l.stages {
		n.Passes += s.Epochs
	}
	return n
}

// GradientEvaluations is the sum over the learners that count.
func (l *StagedLearner) GradientEvaluations() int {
	n := 0
	for _, s := range l.stages {
		if c, ok := s.Learner.(Counter); ok {
			n += c.GradientEvaluations()
		}
	}
	return n
}

// Slow multiplies the learning rates of the stage that runs and of those to come, as far as they have any.
func (l *StagedLearner) Slow(factor float64) error {
	slowed := 0
	for _, s := range l.stages[l.at:] {
		if slow, ok := s.Learner.(Slower); ok {
			if err := slow.Slow(factor); err != nil {
				return fmt.Errorf("stage %s: %w", s.Name, err)
			}
			slowed++
		}
	}
	if slowed == 0 {
		return l.named(errors.New("it has no learning rate that could be lowered: let the run stop instead"))
	}
	return nil
}

// audit audits the learners' states.
func (l *StagedLearner) audit(s State) error {
	learners, _ := s["learners"].(State)
	for _, stage := range l.stages {
		a, ok := stage.Learner.(auditor)
		of, saved := learners[stage.Name].(State)
		if !ok || !saved {
			continue
		}
		if err := a.audit(of); err != nil {
			return fmt.Errorf("stage %s: %w", stage.Name, err)
		}
	}
	return nil
}

// Close closes all learners.
func (l *StagedLearner) Close() error {
	var all []error
	for _, s := range l.stages {
		all = append(all, s.Learner.Close())
	}
	return errors.Join(all...)
}

// State returns the stage, its epochs, and the states of all learners.
func (l *StagedLearner) State() State {
	learners := State{}
	for _, s := range l.stages {
		learners[s.Name] = s.Learner.(Stateful).State()
	}
	return State{"stage": l.at, "epochs": l.done, "begun": l.begun, "learners": learners}
}

// Restore takes what State gave on the same stages.
func (l *StagedLearner) Restore(from State) error {
	at, err := state.Get[int](from, "stage")
	if err != nil {
		return err
	}
	done, err := state.Get[int](from, "epochs")
	if err != nil {
		return err
	}
	begun, err := state.Get[bool](from, "begun")
	if err != nil {
		return err
	}
	learners, err := state.Get[State](from, "learners")
	if err != nil {
		return err
	}
	if at < 0 || at >= len(l.stages) || done < 0 || done > l.stages[at].Epochs || len(learners) != len(l.stages) {
		return fmt.Errorf("the saved run is in epoch %d of stage %d of %d, this one has %d stages: resume with the settings of the saved run", done, at+1, len(learners), len(l.stages))
	}
	for _, s := range l.stages {
		if err := restorePart(learners, s.Name, s.Learner.(Stateful)); err != nil {
			return err
		}
	}
	l.at, l.done, l.begun = at, done, begun
	return nil
}
