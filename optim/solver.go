package optim

import (
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"lenz/internal/settings"
	"lenz/internal/state"
)

// method is what an optimizer's own file says: which state each parameter has, and one update of it.
// One generic function with a name of its own serves both precisions (in a closure inside a generic function, the compiler
// leaves math.Sqrt a call).
type method struct {
	slots []string // slices of the parameter's length, zero at the start, saved by these names
	f32   func(param[float32])
	f64   func(param[float64])
}

// param is a parameter within one update.
type param[T float] struct {
	name  string
	shape tensor.Shape
	x, g  []T     // value, to be changed in place; gradient
	slot  [][]T   // state, in the order of method.slots, each as long as x
	t     int     // updates of this parameter, this one counted
	rate  float64 // learning rate in force
}

// solver carries a method out over all parameters: it finds and checks them, keeps their state by name, and
// saves and restores it.
type solver struct {
	name    string
	method  method
	rate    float64
	entries map[string]*entry
	now     []*entry // parameters of the current step, in the caller's order; reused
	step    uint64
}

// entry is the state of one parameter.
type entry struct {
	view
	t    int
	seen uint64 // the step that last named it, to find two parameters of one name
	s32  [][]float32
	s64  [][]float64
}

var _ Optimizer = (*solver)(nil)

// newSolver is how an optimizer's New ends: the settings are held against their tags and Validate method.
func newSolver(name string, config any, rate float64, m method) (Optimizer, error) {
	if err := settings.Check(config); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &solver{name: name, method: m, rate: rate, entries: map[string]*entry{}}, nil
}

// Rate is the learning rate in force.
func (s *solver) Rate() float64 { return s.rate }

// SetRate sets the learning rate of the steps to come.
func (s *solver) SetRate(rate float64) { s.rate = rate }

// Step updates all parameters, or none.
func (s *solver) Step(model []gorgonia.ValueGrad) error {
	if err := s.gather(model); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	for _, e := range s.now {
		e.t++
		if e.x32 != nil {
			s.method.f32(param[float32]{e.name, e.shape, e.x32, e.g32, e.s32, e.t, s.rate})
		} else {
			s.method.f64(param[float64]{e.name, e.shape, e.x64, e.g64, e.s64, e.t, s.rate})
		}
	}
	return nil
}

// gather fills s.now, and returns an error before anything has changed.
func (s *solver) gather(model []gorgonia.ValueGrad) error {
	if err := finiteRate(s.rate); err != nil {
		return err
	}
	s.step++
	s.now = s.now[:0]
	for _, vg := range model {
		v, err := look(vg)
		if err != nil {
			return err
		}
		e := s.entries[v.name]
		if e == nil {
			e = &entry{}
			s.entries[v.name] = e
		}
		if e.seen == s.step {
			return fmt.Errorf("two parameters have the name %s: state is kept by name", v.name)
		}
		e.seen = s.step
		if err := v.finite(); err != nil {
			return err
		}
		if err := e.fit(v, s.method.slots); err != nil {
			return err
		}
		s.now = append(s.now, e)
	}
	return nil
}

// fit gives the entry this step's memory and, the first time, its state.
func (e *entry) fit(v view, slots []string) error {
	e.view = v
	if e.t == 0 { // state of no update is all zeros, of whatever length and precision a refused step may have left
		e.s32, e.s64 = nil, nil
	}
	if v.x32 != nil {
		return grow(&e.s32, e.s64, v.name, slots, len(v.x32))
	}
	return grow(&e.s64, e.s32, v.name, slots, len(v.x64))
}

func grow[T, Other float](have *[][]T, other [][]Other, name string, slots []string, n int) error {
	if other != nil {
		return fmt.Errorf("parameter %s is in %T, its state in %T: it was saved in another precision", name, *have, other)
	}
	if *have == nil {
		*have = make([][]T, len(slots))
		for i := range slots {
			(*have)[i] = make([]T, n)
		}
	}
	for i, s := range *have {
		if len(s) != n {
			return fmt.Errorf("parameter %s has %d values, its state %s has %d: it was saved for another model",
				name, n, slots[i], len(s))
		}
	}
	return nil
}

// State returns the rate and, for each parameter by name, its count of updates and its state.
func (s *solver) State() state.State {
	params := state.State{}
	for name, e := range s.entries {
		if e.t == 0 { // named by a step that was refused
			continue
		}
		p := state.State{"t": e.t}
		for i, slot := range s.method.slots {
			if e.s32 != nil {
				p[slot] = slices.Clone(e.s32[i])
			} else {
				p[slot] = slices.Clone(e.s64[i])
			}
		}
		params[name] = p
	}
	return state.State{"rate": s.rate, "params": params}
}

// Restore takes what State gave on an optimizer of the same kind. Lengths and precision are held against the
// parameters at the next Step, since only that brings them.
func (s *solver) Restore(from state.State) error {
	rate, err := state.Get[float64](from, "rate")
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	params, err := state.Get[state.State](from, "params")
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	entries := make(map[string]*entry, len(params))
	for _, name := range state.Keys(params) {
		p, err := state.Get[state.State](params, name)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if entries[name], err = restoreEntry(p, s.method.slots); err != nil {
			return fmt.Errorf("%s: parameter %s: %w", s.name, name, err)
		}
	}
	s.rate, s.entries, s.now, s.step = rate, entries, nil, 0
	return nil
}

func restoreEntry(p state.State, slots []string) (*entry, error) {
	t, err := state.Get[int](p, "t")
	if err != nil {
		return nil, err
	}
	if t < 1 {
		return nil, fmt.Errorf("it has state of %d updates, want at least 1", t)
	}
	if len(p) != len(slots)+1 {
		return nil, fmt.Errorf("its saved state has the keys %v, want t and %v: another optimizer saved it", state.Keys(p), slots)
	}
	e := &entry{t: t}
	for _, slot := range slots {
		switch v := p[slot].(type) {
		case []float32:
			e.s32 = append(e.s32, slices.Clone(v))
		case []float64:
			e.s64 = append(e.s64, slices.Clone(v))
		default:
			return nil, fmt.Errorf("its saved state %s is %T, want []float32 or []float64", slot, v)
		}
	}
	if e.s32 != nil && e.s64 != nil {
		return nil, errors.New("its saved state mixes []float32 and []float64")
	}
	return e, nil
}
