package optim

import (
	"gorgonia.org/gorgonia"

	"lenz/internal/state"
)

// Optimizer changes parameters in place, a step at a time, from their gradients.
//
// Step holds every parameter against what it needs first (a name, a gradient, finite numbers, matching lengths):
// on an error, which names the parameter, no parameter and no state has changed. State and Restore carry
// what a resumed run needs, keyed by the parameters' names.
type Optimizer interface {
	gorgonia.Solver
	state.Stateful

	// Rate is the learning rate in force, that of the next Step.
	Rate() float64
	// SetRate sets the learning rate; Step refuses one that is negative or not finite. On an optimizer under
	// a schedule it sets the base rate that the schedule's factor multiplies.
	SetRate(float64)
}

// Wrapper is an optimizer around another one, such as what Chain and WithSchedule return.
type Wrapper interface {
	Optimizer
	Unwrap() Optimizer
}

// As finds a capability: the first of the optimizer, the one that it wraps, and so on inwards, that is a C.
//
//	if s, ok := optim.As[*optim.Scheduled](o); ok {
//		s.EndEpoch()
//	}
func As[C any](o Optimizer) (C, bool) {
	for {
		if c, ok := o.(C); ok {
			return c, true
		}
		w, ok := o.(Wrapper)
		if !ok {
			var none C
			return none, false
		}
		o = w.Unwrap()
	}
}
