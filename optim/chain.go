package optim

import (
	"errors"
	"fmt"
	"strconv"

	"gorgonia.org/gorgonia"

	"lenz/internal/state"
)

// Transform changes gradients in place before an optimizer takes them. One that keeps something from step to
// step is state.Stateful as well.
type Transform interface {
	Transform(model []gorgonia.ValueGrad) error
}

// Chain puts transforms, carried out in order, before the optimizer. The result is an optimizer again: it shares the
// given one's rate, and saves its state together with that of the stateful transforms. Gradients are
// changed in place.
func Chain(o Optimizer, transforms ...Transform) Optimizer {
	if len(transforms) == 0 {
		return o
	}
	return &chain{Optimizer: o, transforms: transforms}
}

type chain struct {
	Optimizer
	transforms []Transform
}

var (
	_ Wrapper     = (*chain)(nil)
	_ Reevaluator = (*chain)(nil)
)

// Unwrap returns the optimizer behind the transforms.
func (c *chain) Unwrap() Optimizer { return c.Optimizer }

// Step transforms the gradients and steps the optimizer.
func (c *chain) Step(model []gorgonia.ValueGrad) error {
	for _, t := range c.transforms {
		if err := t.Transform(model); err != nil {
			return err
		}
	}
	return c.Optimizer.Step(model)
}

// StepWith is refused by an optimizer that evaluates the gradient itself: what it would find is no longer that of the loss. SAM goes
// around the chain instead.
func (c *chain) StepWith([]gorgonia.ValueGrad, Closure) error {
	return errors.New("transforms such as clipping and l2 cannot stand before an optimizer that evaluates the gradient itself, such as lbfgs: " +
		"its line search needs the gradient of the loss as it is; leave them out")
}

// State returns the optimizer's state and that of each stateful transform.
func (c *chain) State() state.State {
	s := state.State{"optimizer": c.Optimizer.State()}
	for i, t := range c.transforms {
		if t, ok := t.(state.Stateful); ok {
			s["transform"+strconv.Itoa(i)] = t.State()
		}
	}
	return s
}

// Restore takes what State gave on a chain of the same transforms.
func (c *chain) Restore(from state.State) error {
	inner, err := state.Get[state.State](from, "optimizer")
	if err != nil {
		return fmt.Errorf("chain: %w", err)
	}
	for i, t := range c.transforms {
		t, ok := t.(state.Stateful)
		if !ok {
			continue
		}
		saved, err := state.Get[state.State](from, "transform"+strconv.Itoa(i))
		if err != nil {
			return fmt.Errorf("chain: %w", err)
		}
		if err := t.Restore(saved); err != nil {
			return err
		}
	}
	return c.Optimizer.Restore(inner)
}

// Norm returns the norm of all gradients that the optimizer's ClipNorm saw at the last step, before clipping.
// It is false without a ClipNorm.
func Norm(o Optimizer) (norm float64, ok bool) {
	for {
		if c, isChain := o.(*chain); isChain {
			for _, t := range c.transforms {
				if t, isNorm := t.(*ClipNorm); isNorm {
					return t.Norm(), true
				}
			}
		}
		w, isWrapper := o.(Wrapper)
		if !isWrapper {
			return 0, false
		}
		o = w.Unwrap()
	}
}
