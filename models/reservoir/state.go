package reservoir

import (
	"fmt"
	"slices"

	"lenz/internal/state"
)

// State returns the sums and states of an epoch under way. The readouts have their own (Params).
func (m *Model) State() state.State {
	out := state.State{"walks": len(m.walks), "picked": len(m.picked), "passed": m.passed, "every": m.every}
	for i, r := range m.net.readouts() {
		if r.moments != nil {
			out[fmt.Sprintf("moments%d", i)] = r.moments.State()
		}
		if r.online != nil {
			out[fmt.Sprintf("online%d", i)] = r.online.State()
		}
	}
	for i, w := range m.walks {
		out[fmt.Sprintf("walk%d", i)] = state.State{"state": slices.Clone(w.State), "seen": w.Seen}
	}
	for i, p := range m.picked {
		out[fmt.Sprintf("pick%d", i)] = state.State{"state": slices.Clone(p.state), "u": slices.Clone(p.u),
			"future": append([]float64{}, p.future...), "y": append([]float64{}, p.y...), "mask": append([]float64{}, p.mask...)}
	}
	return out
}

// Restore takes what State gave, on a model made with the same settings.
func (m *Model) Restore(from state.State) error {
	fresh := Model{net: m.net, training: m.training, layout: m.layout}
	var err error
	get := func(key string) (n int) {
		if err == nil {
			n, err = state.Get[int](from, key)
		}
		return n
	}
	walks, picked := get("walks"), get("picked")
	fresh.passed, fresh.every = get("passed"), get("every")
	for i := range walks {
		var s state.State
		if s, err = part1(from, "walk", i, err); err != nil {
			break
		}
		w := m.net.NewWalk()
		var v []float64
		if v, err = state.Slice[float64](s, "state", len(w.State)); err == nil {
			copy(w.State, v)
			w.Seen, err = state.Get[int](s, "seen")
		}
		fresh.walks = append(fresh.walks, w)
	}
	for i := range picked {
		var s state.State
		if s, err = part1(from, "pick", i, err); err != nil {
			break
		}
		var p pick
		for key, into := range map[string]*[]float64{"state": &p.state, "u": &p.u, "future": &p.future, "y": &p.y, "mask": &p.mask} {
			var v []float64
			if v, err = state.Get[[]float64](s, key); err != nil {
				return m.fail(err)
			}
			if len(v) > 0 {
				*into = slices.Clone(v)
			}
		}
		fresh.picked = append(fresh.picked, p)
	}
	if err != nil {
		return m.fail(err)
	}
	m.net.Forget()
	for i, r := range m.net.readouts() {
		if err := r.restore(from, i, m.net.o); err != nil {
			return m.fail(err)
		}
	}
	m.walks, m.picked, m.passed, m.every = fresh.walks, fresh.picked, fresh.passed, fresh.every
	return nil
}

// restore takes up the sums, or the online learner, of readout i where the saved epoch was under way.
func (r *readout) restore(from state.State, i int, o Options) error {
	key := fmt.Sprintf("moments%d", i)
	if o.Online != "" {
		key = fmt.Sprintf("online%d", i)
	}
	if _, ok := from[key]; !ok {
		return nil
	}
	s, err := state.Get[state.State](from, key)
	if err == nil {
		err = r.begin(o)
	}
	switch {
	case err != nil:
		return err
	case r.online != nil:
		return r.online.Restore(s)
	}
	return r.moments.Restore(s)
}

func part1(from state.State, stem string, i int, err error) (state.State, error) {
	if err != nil {
		return nil, err
	}
	return state.Get[state.State](from, fmt.Sprintf("%s%d", stem, i))
}
