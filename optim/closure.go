package optim

import (
	"fmt"

	"gorgonia.org/gorgonia"
)

// Closure evaluates the model at its present parameters on one batch: it fills the gradients and returns the loss. Called again, it
// uses the same batch and the same randomness.
type Closure func() (loss float64, err error)

// Reevaluator is an optimizer that evaluates the gradient itself, several times a step, as a line search does. The
// first evaluation is at the parameters that it finds.
type Reevaluator interface {
	Optimizer
	StepWith(model []gorgonia.ValueGrad, closure Closure) error
}

// needy is what makes an optimizer a true Reevaluator: all wrappers have StepWith, to hand it on.
type needy interface{ needsClosure() }

// NeedsClosure tells whether the optimizer, or one that it wraps, evaluates the gradient itself: StepWith then drives
// it, and Step is refused.
func NeedsClosure(o Optimizer) bool {
	_, ok := As[needy](o)
	return ok
}

// StepWith takes a step of any optimizer: one that evaluates the gradient itself gets the closure, for others it is called
// once.
func StepWith(o Optimizer, model []gorgonia.ValueGrad, closure Closure) error {
	if r, ok := o.(Reevaluator); ok && NeedsClosure(o) {
		return r.StepWith(model, closure)
	}
	if _, err := closure(); err != nil {
		return err
	}
	return o.Step(model)
}

func errNeedsClosure(name string) error {
	return fmt.Errorf("%s evaluates the gradient of a batch several times a step: give it the closure by StepWith", name)
}

// through hands a step of a wrapper on, with or without a closure.
func through(o Optimizer, model []gorgonia.ValueGrad, closure Closure) error {
	if closure == nil {
		return o.Step(model)
	}
	return StepWith(o, model, closure)
}
