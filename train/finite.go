package train

import (
	"lenz/graph"
	"lenz/graph/kernel"
	"lenz/internal/state"
)

// An auditor looks through its state before it is saved, for tensors that are not finite: a DivergedError names the first.
type auditor interface{ audit(State) error }

// audit looks through the optimizer's tensors and those that the source carries from batch to batch; the parameters are looked through
// in each step.
func (l *GradientLearner) audit(s State) error {
	for _, key := range []string{"parameters", "optimizer", "source"} {
		part, _ := s[key].(State)
		if path, v, bad := nonFiniteState(part); bad {
			return &DivergedError{What: "before it was saved, the state", Parameter: key + "/" + path, Value: v, Rate: l.optimizer.Rate()}
		}
	}
	return nil
}

// nonFiniteState finds the first value of the tensors of a tree that is NaN or infinite, by the order of their paths.
func nonFiniteState(s State) (path string, value float64, bad bool) {
	for _, key := range state.Keys(s) {
		switch v := s[key].(type) {
		case State:
			if path, value, bad = nonFiniteState(v); bad {
				return key + "/" + path, value, true
			}
		case []float32:
			if value, bad = firstBad(v); bad {
				return key, value, true
			}
		case []float64:
			if value, bad = firstBad(v); bad {
				return key, value, true
			}
		}
	}
	return "", 0, false
}

func firstBad[T kernel.Float](values []T) (float64, bool) {
	for _, v := range values {
		if v-v != 0 {
			return float64(v), true
		}
	}
	return 0, false
}

// sumSquares adds the squares of all gradients in float64, in a fixed order.
func sumSquares(p *graph.Params) float64 {
	if p.Dtype() == graph.Float32 {
		g := graph.Grads[float32](p)
		return kernel.Dot(g, g)
	}
	g := graph.Grads[float64](p)
	return kernel.Dot(g, g)
}

// nonFinite finds the first value (or gradient) that is NaN or infinite, and its parameter.
func nonFinite(p *graph.Params, grads bool) (name string, value float64, bad bool) {
	if p.Dtype() == graph.Float32 {
		if grads {
			return firstNonFinite(p, graph.Grads[float32](p))
		}
		return firstNonFinite(p, graph.Values[float32](p))
	}
	if grads {
		return firstNonFinite(p, graph.Grads[float64](p))
	}
	return firstNonFinite(p, graph.Values[float64](p))
}

func firstNonFinite[T kernel.Float](p *graph.Params, arena []T) (name string, value float64, bad bool) {
	if kernel.Finite(arena) {
		return "", 0, false
	}
	at := 0
	for _, q := range p.All() {
		if v, bad := firstBad(arena[at : at+q.Size()]); bad {
			return q.Name(), v, true
		}
		at += q.Size()
	}
	panic("train: what is not finite is in no parameter")
}
