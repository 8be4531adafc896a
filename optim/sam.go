package optim

import (
	"errors"
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
)

// sam steps an optimizer with the gradient a little uphill.
type sam struct {
	Optimizer
	rho   float64
	start shelf // the weights, while the gradient is taken elsewhere
}

var (
	_ Wrapper     = (*sam)(nil)
	_ Reevaluator = (*sam)(nil)
	_ needy       = (*sam)(nil)
)

// NewSAM steps the optimizer with the gradient at the worst place nearby, to find flat minima (sharpness-aware minimization:
// Foret, Kleiner, Mobahi & Neyshabur 2021, "Sharpness-aware minimization for efficiently improving generalization",
// algorithm 1):
//
//	e = rho g(x) / |g(x)|,   x is stepped with g(x + e)
//
// The norm is that of all parameters. Each step costs two evaluations of the gradient on the same batch, so it is driven by
// StepWith. Transforms belong within: they act on the second gradient. The paper's rho is 0.05.
func NewSAM(o Optimizer, rho float64) (Optimizer, error) {
	switch {
	case !(rho > 0) || math.IsInf(rho, 1):
		return nil, fmt.Errorf("sam: rho is %v, want a finite number above 0", rho)
	case NeedsClosure(o):
		return nil, errors.New("sam: the optimizer evaluates the gradient itself: SAM cannot give it one from elsewhere")
	}
	return &sam{Optimizer: o, rho: rho, start: newShelf("sam")}, nil
}

func (s *sam) needsClosure() {}

// Unwrap returns the optimizer that is stepped.
func (s *sam) Unwrap() Optimizer { return s.Optimizer }

// Step is refused: SAM needs the closure.
func (s *sam) Step([]gorgonia.ValueGrad) error { return errNeedsClosure("sam") }

// StepWith evaluates here, then uphill, and steps from here. After an error the weights are what they were.
func (s *sam) StepWith(model []gorgonia.ValueGrad, closure Closure) error {
	if _, err := closure(); err != nil {
		return err
	}
	if err := s.start.gather(model, look); err != nil {
		return err
	}
	sum := 0.0
	for _, k := range s.start.now {
		if err := k.finite(); err != nil {
			return fmt.Errorf("sam: %w", err)
		}
		sum += squares(k.g32) + squares(k.g64)
	}
	if math.IsInf(sum, 1) {
		return errors.New("sam: the squares of the gradients overflow: lower the rate")
	}
	if sum > 0 {
		s.start.mix(1)
		uphill := s.rho / math.Sqrt(sum)
		for _, k := range s.start.now {
			addScaled(k.x32, k.g32, uphill)
			addScaled(k.x64, k.g64, uphill)
		}
		_, err := closure()
		s.start.take()
		if err != nil {
			return err
		}
	}
	return s.Optimizer.Step(model)
}
