package optim

import (
	"fmt"

	"lenz/internal/state"
)

// State returns the rate and, for each parameter by name, its count of updates and its state.
func (s *solver) State() state.State {
	params := state.State{}
	for name, e := range s.entries {
		if e.t > 0 { // not one that only a refused step has named
			params[name] = e.state(&s.method)
		}
	}
	out := state.State{"rate": s.rate, "params": params}
	if len(s.shared) > 0 {
		shared := state.State{}
		for i, n := range s.method.shared {
			shared[n.name] = s.shared[i]
		}
		out["shared"] = shared
	}
	return out
}

// Restore takes what State gave on an optimizer of the same kind. Lengths and precision are held against the
// parameters at the next Step, since only that brings them.
func (s *solver) Restore(from state.State) error {
	if err := s.restore(from); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	return nil
}

func (s *solver) restore(from state.State) error {
	rate, err := state.Get[float64](from, "rate")
	if err != nil {
		return err
	}
	params, err := state.Get[state.State](from, "params")
	if err != nil {
		return err
	}
	entries := make(map[string]*entry, len(params))
	for _, name := range state.Keys(params) {
		p, err := state.Get[state.State](params, name)
		if err != nil {
			return err
		}
		if entries[name], err = restored(p, &s.method); err != nil {
			return fmt.Errorf("parameter %s: %w", name, err)
		}
	}
	shared := make([]float64, len(s.method.shared))
	if len(shared) > 0 {
		saved, err := state.Get[state.State](from, "shared")
		if err != nil {
			return err
		}
		for i, n := range s.method.shared {
			if shared[i], err = state.Get[float64](saved, n.name); err != nil {
				return err
			}
		}
	}
	s.rate, s.entries, s.shared, s.now, s.step, s.evaluating = rate, entries, shared, nil, 0, false
	return nil
}
