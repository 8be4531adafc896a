package optim

import (
	"errors"
	"fmt"

	"gorgonia.org/gorgonia"
)

// Averager is an optimizer whose weights for use are not those that it trains: averages, or the slow weights of
// Lookahead. Evaluating with on = true swaps them in, with false it puts those of training back, to the bit; saying it twice does
// nothing. Between the two a Step is refused and the state cannot change. Weights that have no average yet stay.
//
// As finds the outermost Averager: where averages are nested, the outer one counts.
type Averager interface {
	Evaluating(model []gorgonia.ValueGrad, on bool) error
}

// Evaluating swaps weights of an optimizer that is an Averager; with others nothing happens.
func Evaluating(o Optimizer, model []gorgonia.ValueGrad, on bool) error {
	if a, ok := As[Averager](o); ok {
		return a.Evaluating(model, on)
	}
	return nil
}

// isEvaluating tells whether other weights are in place; it is that of the outermost Averager.
func isEvaluating(o Optimizer) bool {
	a, ok := As[interface{ inEvaluation() bool }](o)
	return ok && a.inEvaluation()
}

func (s *solver) inEvaluation() bool   { return s.evaluating }
func (a *averaged) inEvaluation() bool { return a.evaluating }

// Evaluating swaps in the weights to be used, where the method has such.
func (s *solver) Evaluating(model []gorgonia.ValueGrad, on bool) error {
	if s.method.evaluated32 == nil || on == s.evaluating {
		return nil
	}
	for _, vg := range model {
		v, err := lookAtValue(vg)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		e := s.entries[v.name]
		switch {
		case e == nil || e.t == 0:
			continue
		case on && e.saved != nil: // restored, and not stepped yet
			if err := e.fit(v, &s.method); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		default:
			e.x32, e.x64 = v.x32, v.x64
		}
		if e.x32 != nil {
			e.part32.swap(e.param32(s), on, s.method.evaluated32)
		} else {
			e.part64.swap(e.param64(s), on, s.method.evaluated64)
		}
	}
	s.evaluating = on
	return nil
}

// swap puts the values aside and computes those to be used in their place, or puts them back.
func (p *parts[T]) swap(q param[T], on bool, evaluated func(param[T], []T)) {
	if !on {
		copy(q.x, p.shadow)
		return
	}
	if p.shadow == nil {
		p.shadow = make([]T, len(q.x))
	}
	copy(p.shadow, q.x)
	evaluated(q, q.x)
}

var errEvaluating = errors.New("the averaged weights are in place for evaluation: put those of training back with Evaluating(model, false) before a step")
