package optim

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"lenz/internal/state"
)

// averaged is an optimizer with an average of the weights beside it, as EMA, SWA and Lookahead keep one. count counts
// updates; rule says what happens to the average after each.
type averaged struct {
	Optimizer
	average    shelf
	count      int
	taken      int // updates that went into the average
	evaluating bool
	rule       func(*averaged)
	before     bool // the average begins with the weights before the first update
}

var (
	_ Wrapper     = (*averaged)(nil)
	_ Averager    = (*averaged)(nil)
	_ Reevaluator = (*averaged)(nil)
)

func newAveraged(who string, o Optimizer, before bool, rule func(*averaged)) Optimizer {
	return &averaged{Optimizer: o, average: newShelf(who), rule: rule, before: before}
}

// Unwrap returns the optimizer whose weights are averaged.
func (a *averaged) Unwrap() Optimizer { return a.Optimizer }

// Step steps the optimizer and brings the average up to date.
func (a *averaged) Step(model []gorgonia.ValueGrad) error { return a.StepWith(model, nil) }

// StepWith is Step with a closure for the optimizer within.
func (a *averaged) StepWith(model []gorgonia.ValueGrad, closure Closure) error {
	if a.evaluating {
		return fmt.Errorf("%s: %w", a.average.who, errEvaluating)
	}
	if err := a.average.gather(model, lookAtValue); err != nil {
		return err
	}
	if a.before && a.count == 0 {
		a.average.mix(1)
	}
	if err := through(a.Optimizer, model, closure); err != nil {
		return err
	}
	a.count++
	a.rule(a)
	return nil
}

// Evaluating swaps the average in, or the weights of training back.
func (a *averaged) Evaluating(model []gorgonia.ValueGrad, on bool) error {
	if on == a.evaluating || a.taken == 0 {
		return nil
	}
	if err := a.average.gather(model, lookAtValue); err != nil {
		return err
	}
	a.average.swap()
	a.evaluating = on
	return nil
}

// State returns the optimizer's state, the average and the counts.
func (a *averaged) State() state.State {
	s := state.State{"optimizer": a.Optimizer.State(), "count": a.count, "taken": a.taken}
	if a.count > 0 {
		s["average"] = a.average.State()
	}
	return s
}

// Restore takes what State gave on the same wrapper of the same optimizer.
func (a *averaged) Restore(from state.State) error {
	inner, err := state.Get[state.State](from, "optimizer")
	if err != nil {
		return fmt.Errorf("%s: %w", a.average.who, err)
	}
	count, err := state.Get[int](from, "count")
	if err != nil {
		return fmt.Errorf("%s: %w", a.average.who, err)
	}
	taken, err := state.Get[int](from, "taken")
	if err != nil {
		return fmt.Errorf("%s: %w", a.average.who, err)
	}
	average := state.State{}
	if count > 0 {
		if average, err = state.Get[state.State](from, "average"); err != nil {
			return fmt.Errorf("%s: %w", a.average.who, err)
		}
	}
	if err := a.average.Restore(average); err != nil {
		return err
	}
	a.count, a.taken, a.evaluating = count, taken, false
	return a.Optimizer.Restore(inner)
}
