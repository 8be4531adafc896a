package optim

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"lenz/internal/state"
)

// Scheduled is an optimizer whose rate follows a schedule:
//
//	rate = base rate * factor(updates, epochs)
//
// Rate is what the next Step will use, Unwrap().Rate() what the last one used. Step counts the updates; the caller says when an epoch ends and what the validation loss was.
type Scheduled struct {
	inner    Optimizer
	schedule Schedule
	base     float64
	at       Progress
}

var (
	_ Wrapper     = (*Scheduled)(nil)
	_ Observer    = (*Scheduled)(nil)
	_ Reevaluator = (*Scheduled)(nil)
)

// WithSchedule puts the optimizer under the schedule. Its present rate becomes the base rate. total is the number
// of updates planned for the whole run; after that many, schedules that end keep their last factor.
func WithSchedule(o Optimizer, s Schedule, total int) (*Scheduled, error) {
	if total < 1 {
		return nil, fmt.Errorf("schedule: %d updates are planned, want at least 1", total)
	}
	w := &Scheduled{inner: o, schedule: s, base: o.Rate(), at: Progress{Total: total}}
	o.SetRate(w.Rate())
	return w, nil
}

// Unwrap returns the optimizer under the schedule.
func (w *Scheduled) Unwrap() Optimizer { return w.inner }

// Rate is the rate of the next Step.
func (w *Scheduled) Rate() float64 { return w.base * w.schedule.Factor(w.at) }

// Base is the rate that the schedule's factor multiplies.
func (w *Scheduled) Base() float64 { return w.base }

// SetRate sets the base rate.
func (w *Scheduled) SetRate(base float64) {
	w.base = base
	w.inner.SetRate(w.Rate())
}

// Progress is where the run stands.
func (w *Scheduled) Progress() Progress { return w.at }

// Step updates the parameters at the scheduled rate. A step that fails is not counted.
func (w *Scheduled) Step(model []gorgonia.ValueGrad) error { return w.StepWith(model, nil) }

// StepWith is Step with a closure for the optimizer within.
func (w *Scheduled) StepWith(model []gorgonia.ValueGrad, closure Closure) error {
	w.inner.SetRate(w.Rate())
	if err := through(w.inner, model, closure); err != nil {
		return err
	}
	w.at.Update++
	return nil
}

// EndEpoch counts an epoch.
func (w *Scheduled) EndEpoch() { w.at.Epoch++ }

// Observe tells the schedule the validation loss, if it listens.
func (w *Scheduled) Observe(loss float64) { observe(w.schedule, loss) }

// State returns the optimizer's and the schedule's state and the position. The number of planned updates is a setting, not
// state: a resumed run may be longer.
func (w *Scheduled) State() state.State {
	return state.State{
		"optimizer": w.inner.State(), "schedule": stateOf(w.schedule),
		"base": w.base, "update": w.at.Update, "epoch": w.at.Epoch,
	}
}

// Restore takes what State gave on the same optimizer and schedule.
func (w *Scheduled) Restore(from state.State) error {
	inner, err := state.Get[state.State](from, "optimizer")
	if err != nil {
		return fmt.Errorf("schedule: %w", err)
	}
	schedule, err := state.Get[state.State](from, "schedule")
	if err != nil {
		return fmt.Errorf("schedule: %w", err)
	}
	base, err := state.Get[float64](from, "base")
	if err != nil {
		return fmt.Errorf("schedule: %w", err)
	}
	at := Progress{Total: w.at.Total}
	if at.Update, err = state.Get[int](from, "update"); err != nil {
		return fmt.Errorf("schedule: %w", err)
	}
	if at.Epoch, err = state.Get[int](from, "epoch"); err != nil {
		return fmt.Errorf("schedule: %w", err)
	}
	if err := restoreTo(w.schedule, schedule); err != nil {
		return err
	}
	if err := w.inner.Restore(inner); err != nil {
		return err
	}
	w.base, w.at = base, at
	return nil
}
