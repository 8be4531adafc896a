package optim

import (
	"errors"
	"fmt"

	"gorgonia.org/gorgonia"

	"lenz/internal/state"
)

// accumulate steps an optimizer once in k gradients, with their mean.
type accumulate struct {
	Optimizer
	k, n int // gradients a step; in the sum
	sum  shelf
}

var _ Wrapper = (*accumulate)(nil)

// NewAccumulate lets k gradients come together, with which the optimizer then takes one step along their mean: the gradient of a
// batch k times as large, for losses that are means over batches of one size. Steps between change nothing but the sum. Schedules and
// averages within count the optimizer's steps. A sum that is begun when an epoch ends goes on in the next. An optimizer
// that evaluates the gradient itself is refused: it would do so on the last batch alone.
func NewAccumulate(o Optimizer, k int) (Optimizer, error) {
	switch {
	case k < 1:
		return nil, fmt.Errorf("accumulate: %d gradients a step, want at least 1", k)
	case k == 1:
		return o, nil
	case NeedsClosure(o):
		return nil, errors.New("accumulate: the optimizer evaluates the gradient itself, on one batch: put SAM outside, and make the batches of L-BFGS larger")
	}
	return &accumulate{Optimizer: o, k: k, sum: newShelf("accumulate")}, nil
}

// Unwrap returns the optimizer that is stepped.
func (a *accumulate) Unwrap() Optimizer { return a.Optimizer }

// Step adds the gradients up, and with the last of k puts their mean in their place and steps.
func (a *accumulate) Step(model []gorgonia.ValueGrad) error {
	if err := finiteRate(a.Rate()); err != nil {
		return fmt.Errorf("accumulate: %w", err)
	}
	if isEvaluating(a.Optimizer) {
		return fmt.Errorf("accumulate: %w", errEvaluating)
	}
	if err := a.sum.gather(model, look); err != nil {
		return err
	}
	for _, k := range a.sum.now {
		if err := k.finite(); err != nil {
			return fmt.Errorf("accumulate: %w", err)
		}
	}
	if a.n < a.k-1 {
		for _, k := range a.sum.now {
			addScaled(k.v32, k.g32, 1)
			addScaled(k.v64, k.g64, 1)
		}
		a.n++
		return nil
	}
	for _, k := range a.sum.now {
		addScaled(k.g32, k.v32, 1)
		addScaled(k.g64, k.v64, 1)
		scale(k.g32, 1/float64(a.k))
		scale(k.g64, 1/float64(a.k))
	}
	if err := a.Optimizer.Step(model); err != nil {
		return err
	}
	for _, k := range a.sum.now {
		clear(k.v32)
		clear(k.v64)
	}
	a.n = 0
	return nil
}

// State returns the optimizer's state and the sum so far.
func (a *accumulate) State() state.State {
	s := state.State{"optimizer": a.Optimizer.State(), "count": a.n}
	if a.n > 0 {
		s["sum"] = a.sum.State()
	}
	return s
}

// Restore takes what State gave.
func (a *accumulate) Restore(from state.State) error {
	inner, err := state.Get[state.State](from, "optimizer")
	if err != nil {
		return fmt.Errorf("accumulate: %w", err)
	}
	n, err := state.Get[int](from, "count")
	if err != nil {
		return fmt.Errorf("accumulate: %w", err)
	}
	sum := state.State{}
	if n > 0 {
		if sum, err = state.Get[state.State](from, "sum"); err != nil {
			return fmt.Errorf("accumulate: %w", err)
		}
	}
	if err := a.sum.Restore(sum); err != nil {
		return err
	}
	a.n = n
	return a.Optimizer.Restore(inner)
}
