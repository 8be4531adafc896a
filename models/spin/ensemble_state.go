package spin

import (
	"fmt"

	"lenz/internal/state"
)

// State returns spins, generators, measurements and counts.
func (e *Ensemble) State() state.State {
	s := state.State{
		"sweeps": e.n, "exchange": e.exchange.State(), "tried": append([]int{}, e.tried...), "taken": append([]int{}, e.taken...),
		"best": packed(e.best), "best_energy": e.bestEnergy,
	}
	var spins []bool
	var words []uint64
	for k, row := range e.replicas {
		for _, p := range row {
			spins, words = append(spins, packed(p.s)...), append(words, p.r.Words()...)
		}
		s[fmt.Sprintf("tally %d", k)] = e.tallies[k].State()
	}
	s["spins"], s["generators"] = spins, words
	return s
}

// Restore takes what State gave on an ensemble of the same coupling, plan and seed.
func (e *Ensemble) Restore(from state.State) error {
	if err := e.restoreReplicas(from); err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	var err error
	if e.n, err = state.Get[int](from, "sweeps"); err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	exchange, err := state.Get[state.State](from, "exchange")
	if err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	if err := e.exchange.Restore(exchange); err != nil {
		return err
	}
	for key, counts := range map[string][]int{"tried": e.tried, "taken": e.taken} {
		saved, err := state.Slice[int](from, key, len(counts))
		if err != nil {
			return fmt.Errorf("spin: %w", err)
		}
		copy(counts, saved)
	}
	for k, t := range e.tallies {
		saved, err := state.Get[state.State](from, fmt.Sprintf("tally %d", k))
		if err != nil {
			return fmt.Errorf("spin: %w", err)
		}
		if err := t.Restore(saved); err != nil {
			return err
		}
	}
	return e.restoreBest(from)
}

func (e *Ensemble) restoreBest(from state.State) error {
	best, err := state.Slice[bool](from, "best", e.c.n)
	if err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	e.best = unpacked(e.best, best)
	if e.bestEnergy, err = state.Get[float64](from, "best_energy"); err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	return nil
}

func (e *Ensemble) restoreReplicas(from state.State) error {
	all := len(e.replicas) * e.plan.Copies
	spins, err := state.Slice[bool](from, "spins", all*e.c.n)
	if err != nil {
		return err
	}
	words, err := state.Slice[uint64](from, "generators", 4*all)
	if err != nil {
		return err
	}
	at := 0
	for _, row := range e.replicas {
		for _, p := range row {
			p.s = unpacked(p.s, spins[at*e.c.n:(at+1)*e.c.n])
			if err := p.r.SetWords(words[4*at : 4*at+4]); err != nil {
				return err
			}
			p.refresh()
			at++
		}
	}
	return nil
}

func packed(s []int8) []bool {
	b := make([]bool, len(s))
	for i, v := range s {
		b[i] = v > 0
	}
	return b
}

func unpacked(into []int8, b []bool) []int8 {
	into = into[:0]
	for _, up := range b {
		v := int8(-1)
		if up {
			v = 1
		}
		into = append(into, v)
	}
	return into
}
