package optim

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"

	"lenz/internal/state"
)

// shelf holds a slice for each parameter, by name: averages, slow weights, sums of gradients.
type shelf struct {
	who   string
	kept  map[string]*kept
	now   []*kept // of the present step, in the caller's order; reused
	round uint64
}

// kept is the slice of one parameter, in its precision.
type kept struct {
	view
	v32  []float32
	v64  []float64
	seen uint64 // the round that last named it
}

func newShelf(who string) shelf { return shelf{who: who, kept: map[string]*kept{}} }

// gather finds the parameters and their slices; the first time, a slice is zeros. look is look or lookAtValue.
func (s *shelf) gather(model []gorgonia.ValueGrad, look func(gorgonia.ValueGrad) (view, error)) error {
	s.round++
	s.now = s.now[:0]
	for _, vg := range model {
		v, err := look(vg)
		if err != nil {
			return fmt.Errorf("%s: %w", s.who, err)
		}
		k := s.kept[v.name]
		if k == nil {
			k = &kept{v32: make([]float32, len(v.x32)), v64: make([]float64, len(v.x64))}
			s.kept[v.name] = k
		}
		if k.seen == s.round {
			return fmt.Errorf("%s: two parameters have the name %s: state is kept by name", s.who, v.name)
		}
		k.seen = s.round
		if len(k.v32) != len(v.x32) || len(k.v64) != len(v.x64) {
			return fmt.Errorf("%s: parameter %s has %d values of float32 and %d of float64, %d and %d are kept of it: they were saved for another model or precision",
				s.who, v.name, len(v.x32), len(v.x64), len(k.v32), len(k.v64))
		}
		k.view = v
		s.now = append(s.now, k)
	}
	return nil
}

// mix is kept = kept + share (value - kept); a share of 1 copies.
func (s *shelf) mix(share float64) {
	for _, k := range s.now {
		mixTo(k.v32, k.x32, share)
		mixTo(k.v64, k.x64, share)
	}
}

func mixTo[T float](kept, x []T, share float64) {
	if share == 1 {
		copy(kept, x)
		return
	}
	s := T(share)
	for i, x := range x {
		kept[i] += s * (x - kept[i])
	}
}

// take copies what is kept into the parameters.
func (s *shelf) take() {
	for _, k := range s.now {
		copy(k.x32, k.v32)
		copy(k.x64, k.v64)
	}
}

// swap exchanges the parameters with what is kept.
func (s *shelf) swap() {
	for _, k := range s.now {
		exchange(k.x32, k.v32)
		exchange(k.x64, k.v64)
	}
}

func exchange[T float](a, b []T) {
	for i := range a {
		a[i], b[i] = b[i], a[i]
	}
}

// State is a copy of what is kept.
func (s *shelf) State() state.State {
	out := state.State{}
	for name, k := range s.kept {
		if len(k.v32) > 0 {
			out[name] = slices.Clone(k.v32)
		} else {
			out[name] = slices.Clone(k.v64)
		}
	}
	return out
}

// Restore takes what State gave.
func (s *shelf) Restore(from state.State) error {
	again := map[string]*kept{}
	for _, name := range state.Keys(from) {
		switch v := from[name].(type) {
		case []float32:
			again[name] = &kept{v32: slices.Clone(v)}
		case []float64:
			again[name] = &kept{v64: slices.Clone(v)}
		default:
			return fmt.Errorf("%s: what was saved of parameter %s is %T, want []float32 or []float64", s.who, name, v)
		}
	}
	s.kept, s.now, s.round = again, nil, 0
	return nil
}
