package train

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lenz/datasets"
)

// Data is what a run learns from and, unless Valid is nil, is validated on after each epoch. The validation source
// is gone through from its epoch 0 each time. A learner that needs none (Needs.Steps) is given an empty Data.
type Data struct{ Train, Valid datasets.Source }

// Option changes how Fit runs.
type Option func(*options)

type options struct {
	epochs    int
	observers []Observer
	resume    *Checkpoint
}

// Epochs sets the number of epochs of the whole run, those before a checkpoint included. The default is 1.
func Epochs(n int) Option { return func(o *options) { o.epochs = n } }

// Watch adds observers. They are told of each event in the order given.
func Watch(observers ...Observer) Option {
	return func(o *options) { o.observers = append(o.observers, observers...) }
}

// Resume goes on from a checkpoint, to the same bits as a run that was never stopped. The learner, the data and the
// observers must be built as they were for the run that kept it. Nil starts from the beginning. Fit refuses a checkpoint
// that has learnt more than the epochs asked for; one that has learnt just as much is completed.
func Resume(c *Checkpoint) Option { return func(o *options) { o.resume = c } }

// Fit teaches the learner: epochs of the training data, validation and observers between them. It never asks which kind of
// learner it has.
//
// When the context is cancelled, Fit finishes the step (or, at the end of an epoch, the validation), lets observers
// save, and returns. The result is complete in every case; the error is nil when the status is Completed or
// Stopped, and wraps the context's when it is Interrupted.
func Fit(ctx context.Context, learner Learner, data Data, opts ...Option) (Result, error) {
	o := options{epochs: 1}
	for _, opt := range opts {
		opt(&o)
	}
	r := &run{learner: learner, data: data, options: o, started: time.Now(), train: newAverages()}
	end := r.prepare()
	if end == nil {
		end = r.loop(ctx)
	}
	result := r.result(end)
	e := r.event(End)
	e.Result = &result
	if err := r.tellAll(e); err != nil {
		end.err = errors.Join(end.err, err)
		if result.Status == Completed || result.Status == Stopped {
			result.Status, result.Reason = Failed, err.Error()
		}
	}
	return result, end.err
}

// outcome is how a run ended; nil means that it goes on.
type outcome struct {
	status Status
	reason string
	err    error
}

func failed(err error) *outcome {
	var diverged *DivergedError
	if errors.As(err, &diverged) {
		return &outcome{Diverged, err.Error(), err}
	}
	return &outcome{Failed, err.Error(), err}
}

// prepare checks what can be known beforehand, goes to the checkpoint if there is one, and tells the observers.
func (r *run) prepare() *outcome {
	n, needy := r.learner.(Needy)
	if needy && n.Needs().Steps > 0 && r.data.Train == nil {
		r.data.Train = Ticks(n.Needs().Steps)
	}
	if err := r.check(); err != nil {
		return failed(fmt.Errorf("train: %w", err))
	}
	if needy && n.Needs().Passes > 0 {
		r.epochs = min(r.epochs, n.Needs().Passes)
	}
	if r.resume != nil {
		if err := r.restore(r.resume.State); err != nil {
			return failed(fmt.Errorf("train: resume from %s: %w", r.resume.Path, err))
		}
	}
	e := r.event(Start)
	e.Resumed = r.resume != nil
	if end := r.tell(e); end != nil {
		return end
	}
	if r.resume != nil {
		return nil
	}
	// A run that diverges in its first epoch has a good checkpoint too: its beginning.
	return r.save(false)
}

func (r *run) check() error {
	_, evaluates := r.learner.(Evaluator)
	_, tunes := r.learner.(Tuner)
	switch {
	case r.learner == nil:
		return errors.New("there is no learner")
	case r.data.Train == nil:
		return errors.New("there is no training data")
	case r.data.Train.Len() < 1:
		return errors.New("the training data has no batch: the series is too short for a window, or the part is empty")
	case r.data.Valid != nil && r.data.Valid.Len() < 1:
		return errors.New("the validation data has no batch: make the part longer, or train without validation")
	case r.data.Valid != nil && !evaluates && !tunes:
		return fmt.Errorf("there is validation data, but the learner %T can neither Evaluate nor Tune", r.learner)
	case r.epochs < 1:
		return fmt.Errorf("%d epochs are asked for, want at least 1", r.epochs)
	}
	seen := map[string]bool{}
	for _, o := range r.observers {
		if o == nil {
			return errors.New("an observer is nil")
		}
		if n, ok := o.(NamedObserver); ok {
			if seen[n.Name()] {
				return fmt.Errorf("two observers are named %q: their states would be mixed up in a checkpoint", n.Name())
			}
			seen[n.Name()] = true
		}
	}
	return nil
}
