package train

import (
	"errors"
	"fmt"

	"lenz/internal/state"
)

// snapshot is state, unless a number in it is not finite: a moment of an optimizer that has overflowed, say, stops its parameter for
// good and shows nowhere else.
func (r *run) snapshot() (State, error) {
	s, err := r.state()
	if err != nil {
		return nil, err
	}
	if a, ok := r.learner.(auditor); ok {
		if err := a.audit(s["learner"].(State)); err != nil {
			return nil, fmt.Errorf("train: step %d, after epoch %d: %w", r.step, r.epoch, err)
		}
	}
	return s, nil
}

// state gathers everything that a resumed run must have again.
func (r *run) state() (State, error) {
	learner, ok := r.learner.(Stateful)
	if !ok {
		return nil, fmt.Errorf("train: the learner %T has no State and Restore, so that the run cannot be saved: train it without checkpoints", r.learner)
	}
	observers := State{}
	for _, o := range r.observers {
		if n, ok := o.(NamedObserver); ok {
			observers[n.Name()] = n.State()
		}
	}
	return State{
		"learner": learner.State(), "data": r.data.Train.State(), "observers": observers,
		"trainer": State{
			"epoch": r.epoch, "step": r.step, "inside": r.inEpoch, "seconds": r.seconds(),
			"train": r.train.State(), "watch": r.watch.State(), "best": r.best.State(), "last": stateOf(r.last),
		},
	}, nil
}

// restore takes what state gave.
func (r *run) restore(from State) error {
	learner, ok := r.learner.(Stateful)
	if !ok {
		return fmt.Errorf("the learner %T has no State and Restore", r.learner)
	}
	trainer, err := state.Get[State](from, "trainer")
	if err != nil {
		return err
	}
	if err := r.restoreTrainer(trainer); err != nil {
		return fmt.Errorf("trainer: %w", err)
	}
	if err := r.beyond(); err != nil {
		return err
	}
	if err := restorePart(from, "learner", learner); err != nil {
		return err
	}
	if err := restorePart(from, "data", r.data.Train); err != nil {
		return err
	}
	return r.restoreObservers(from)
}

// beyond refuses a checkpoint that has learnt more than is asked for: the weights would not be those of the asked run.
func (r *run) beyond() error {
	inside := r.inEpoch && r.train.batches > 0
	switch {
	case r.epoch > r.epochs:
		return fmt.Errorf("it stands after epoch %d, but only %d epochs are asked for: ask for more (--epochs %d)", r.epoch, r.epochs, r.epoch)
	case r.epoch == r.epochs && inside:
		return fmt.Errorf("it stands at step %d, inside epoch %d, but only %d epochs are asked for: ask for more (--epochs %d)",
			r.step, r.epoch+1, r.epochs, r.epoch+1)
	}
	return nil
}

func restorePart(from State, key string, to Stateful) error {
	s, err := state.Get[State](from, key)
	if err != nil {
		return err
	}
	if err := to.Restore(s); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

func (r *run) restoreObservers(from State) error {
	saved, err := state.Get[State](from, "observers")
	if err != nil {
		return err
	}
	found := 0
	for _, o := range r.observers {
		n, ok := o.(NamedObserver)
		if !ok {
			continue
		}
		if err := restorePart(saved, n.Name(), n); err != nil {
			return fmt.Errorf("observers: %w", err)
		}
		found++
	}
	if found != len(saved) {
		return fmt.Errorf("the checkpoint was kept by a run with the observers %q, this one has %d of them: build the same", state.Keys(saved), found)
	}
	return nil
}

func (r *run) restoreTrainer(from State) (err error) {
	if r.epoch, err = state.Get[int](from, "epoch"); err != nil {
		return err
	}
	if r.step, err = state.Get[int](from, "step"); err != nil {
		return err
	}
	if r.inEpoch, err = state.Get[bool](from, "inside"); err != nil {
		return err
	}
	if r.before, err = state.Get[float64](from, "seconds"); err != nil {
		return err
	}
	if r.last, err = metricsOf(from, "last"); err != nil {
		return err
	}
	for key, part := range map[string]Stateful{"train": &r.train, "watch": &r.watch, "best": &r.best} {
		if err := restorePart(from, key, part); err != nil {
			return err
		}
	}
	if r.epoch < 0 || r.step < 0 {
		return errors.New("its epoch or step is negative")
	}
	return nil
}
