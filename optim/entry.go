package optim

import (
	"fmt"
	"slices"

	"lenz/internal/state"
)

// entry is the state of one parameter.
type entry struct {
	view
	t             int
	seen          uint64  // the step that last named it, to find two parameters of one name
	factor, decay float64 // its group's
	grouped       bool
	numbers       []float64
	part32        *parts[float32] // one of the two, made when the parameter is first seen
	part64        *parts[float64]
	saved         state.State // what was restored and not yet seen with its parameter
}

// parts are the slots of an entry.
type parts[T float] struct {
	slot   [][]T
	shadow []T // values that evaluating has put aside
}

func (e *entry) param32(s *solver) param[float32] {
	return param[float32]{e.name, e.shape, e.x32, e.g32, e.part32.slot, e.t, s.rate * e.factor, e.decay, e.numbers, s.shared}
}

func (e *entry) param64(s *solver) param[float64] {
	return param[float64]{e.name, e.shape, e.x64, e.g64, e.part64.slot, e.t, s.rate * e.factor, e.decay, e.numbers, s.shared}
}

// fit gives the entry this step's memory and, the first time, its state.
func (e *entry) fit(v view, m *method) error {
	before := e.view
	e.view = v
	switch {
	case e.t == 0 || e.saved != nil: // new, or new to this process; a refused step leaves no trace
		if v.x32 != nil {
			return build(e, &e.part32, v.x32, m)
		}
		return build(e, &e.part64, v.x64, m)
	case (e.part32 != nil) != (v.x32 != nil):
		return fmt.Errorf("parameter %s has changed its precision from one step to the next", v.name)
	case len(v.x32) != len(before.x32) || len(v.x64) != len(before.x64):
		return fmt.Errorf("parameter %s has %d values, it had %d at the last step", v.name, len(v.x32)+len(v.x64), len(before.x32)+len(before.x64))
	}
	return nil
}

// build makes the state of a parameter: from what was saved, if anything was.
func build[T float](e *entry, into **parts[T], x []T, m *method) error {
	e.part32, e.part64 = nil, nil
	p := &parts[T]{slot: make([][]T, len(m.slots))}
	for i, s := range m.slots {
		n := len(x)
		if s.size != nil {
			n = s.size(e.shape)
		}
		if n == 0 {
			continue
		}
		if e.saved != nil && !s.scratch {
			v, err := savedSlot[T](e, s.name, n)
			if err != nil {
				return err
			}
			p.slot[i] = v
			continue
		}
		p.slot[i] = make([]T, n)
		switch {
		case s.copied:
			copy(p.slot[i], x)
		case s.start != 0:
			for j := range p.slot[i] {
				p.slot[i][j] = T(s.start)
			}
		}
	}
	if e.saved == nil {
		e.numbers = make([]float64, len(m.numbers))
	}
	*into = p
	e.saved = nil
	return nil
}

// savedSlot is what was saved of a slot of n values.
func savedSlot[T float](e *entry, name string, n int) ([]T, error) {
	switch v := e.saved[name].(type) {
	case []T:
		if len(v) != n {
			return nil, fmt.Errorf("parameter %s has %d values, its state %s has %d, want %d: it was saved for another model",
				e.name, len(e.x32)+len(e.x64), name, len(v), n)
		}
		return slices.Clone(v), nil
	case nil:
		return nil, fmt.Errorf("parameter %s of shape %v has no saved state %s: it was saved for another model", e.name, e.shape, name)
	default:
		var want []T
		return nil, fmt.Errorf("parameter %s is in %T, its state %s in %T: it was saved in another precision", e.name, want, name, v)
	}
}

// state is what is saved of the entry.
func (e *entry) state(m *method) state.State {
	if e.saved != nil {
		return cloned(e.saved)
	}
	s := state.State{"t": e.t}
	for i, name := range m.numbers {
		s[name] = e.numbers[i]
	}
	for i, slot := range m.slots {
		switch {
		case slot.scratch:
		case e.part32 != nil && e.part32.slot[i] != nil:
			s[slot.name] = slices.Clone(e.part32.slot[i])
		case e.part64 != nil && e.part64.slot[i] != nil:
			s[slot.name] = slices.Clone(e.part64.slot[i])
		}
	}
	return s
}

func cloned(s state.State) state.State {
	out := state.State{}
	for k, v := range s {
		switch v := v.(type) {
		case []float32:
			out[k] = slices.Clone(v)
		case []float64:
			out[k] = slices.Clone(v)
		default:
			out[k] = v
		}
	}
	return out
}

// restored reads what state gave as far as that goes without the parameter.
func restored(p state.State, m *method) (*entry, error) {
	t, err := state.Get[int](p, "t")
	if err != nil {
		return nil, err
	}
	if t < 1 {
		return nil, fmt.Errorf("it has state of %d updates, want at least 1", t)
	}
	e := &entry{t: t, saved: cloned(p), numbers: make([]float64, len(m.numbers))}
	known := map[string]bool{"t": true}
	for i, name := range m.numbers {
		known[name] = true
		if e.numbers[i], err = state.Get[float64](p, name); err != nil {
			return nil, err
		}
	}
	var wanted []string
	for _, s := range m.slots {
		if s.scratch {
			continue
		}
		known[s.name] = true
		wanted = append(wanted, s.name)
		if _, ok := p[s.name]; !ok && s.size == nil {
			return nil, fmt.Errorf("its saved state has the keys %v, want t, %v and %v: another optimizer saved it", state.Keys(p), m.numbers, wanted)
		}
	}
	for _, key := range state.Keys(p) {
		if !known[key] {
			return nil, fmt.Errorf("its saved state has the keys %v, want t, %v and %v: another optimizer saved it", state.Keys(p), m.numbers, wanted)
		}
	}
	return e, nil
}
