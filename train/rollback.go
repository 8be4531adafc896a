package train

import (
	"context"
	"errors"
	"fmt"
	"math"

	"lenz/internal/state"
)

// Slower is a Learner whose steps can be made smaller in the course of a run.
type Slower interface {
	// Slow multiplies the learning rate, or the base rate of a schedule, for all steps to come. It is part of the state.
	Slow(factor float64) error
}

// Rollback says what happens when a run diverges: it goes back to the newest sound checkpoint in Dir, its learning rate is multiplied
// by Factor, and it goes on; after Tries of these the run ends as diverged. A second divergence after the same checkpoint
// lowers the rate by Factor once more.
//
// How often it happened is part of each checkpoint, as is the rate. A run that is stopped after it went back, and before the
// next checkpoint, diverges again when it is resumed, at the same step, and goes back again: to the same bits.
type Rollback struct {
	Dir    string                           // of the checkpoints that the run keeps
	Tries  int                              // at least 1
	Factor float64                          // above 0 and below 1
	Say    func(format string, args ...any) // told of each; may be nil

	tries   int // so far
	kept    int // of them before the checkpoint that the run goes on from
	learner Learner
}

var _ NamedObserver = (*Rollback)(nil)

// FitRollback is Fit with a Rollback. The options must have an observer that keeps checkpoints in its folder; the rollback
// must not be given to two runs.
func FitRollback(ctx context.Context, learner Learner, data Data, back *Rollback, opts ...Option) (Result, error) {
	if err := back.check(learner); err != nil {
		return Result{Status: Failed, Reason: err.Error()}, err
	}
	back.learner = learner
	opts = append(opts, Watch(back))
	for {
		result, err := Fit(ctx, learner, data, opts...)
		if result.Status != Diverged {
			return result, err
		}
		if back.tries >= back.Tries {
			return result, fmt.Errorf("%w (the run has gone back %d times, which is all that it may)", err, back.tries)
		}
		from, notes, missing := Latest(back.Dir)
		for _, n := range notes {
			back.say("%s", n)
		}
		if missing != nil {
			return result, errors.Join(err, missing)
		}
		back.tries++
		back.say("%v; the run goes back to step %d, epoch %d (%d of %d)", err, from.Step, from.Epoch, back.tries, back.Tries)
		opts = append(opts, Resume(from))
	}
}

func (r *Rollback) check(learner Learner) error {
	_, slows := learner.(Slower)
	switch {
	case !(r.Factor > 0 && r.Factor < 1):
		return fmt.Errorf("train: rollback: the rate is multiplied by %v, want a number above 0 and below 1", r.Factor)
	case r.Tries < 1:
		return fmt.Errorf("train: rollback: %d tries, want at least 1", r.Tries)
	case learner != nil && !slows:
		return fmt.Errorf("train: rollback: the learner %T has no learning rate that could be lowered: let the run stop instead", learner)
	}
	return nil
}

func (r *Rollback) say(format string, args ...any) {
	if r.Say != nil {
		r.Say(format, args...)
	}
}

// Name is "rollback".
func (r *Rollback) Name() string { return "rollback" }

// Observe lowers the rate when the run begins again.
func (r *Rollback) Observe(e Event) error {
	if e.Kind != Start || !e.Resumed || r.tries == r.kept {
		return nil
	}
	factor := math.Pow(r.Factor, float64(r.tries-r.kept))
	r.kept = r.tries
	r.say("the learning rate is multiplied by %v", factor)
	return r.learner.(Slower).Slow(factor)
}

// State returns how often the run has gone back.
func (r *Rollback) State() State { return State{"tries": r.tries} }

// Restore takes what State gave. What happened since in this process still counts.
func (r *Rollback) Restore(from State) error {
	kept, err := state.Get[int](from, "tries")
	if err == nil && kept < 0 {
		err = fmt.Errorf("train: rollback: %d tries", kept)
	}
	if err != nil {
		return err
	}
	r.kept, r.tries = kept, max(kept, r.tries)
	return nil
}
