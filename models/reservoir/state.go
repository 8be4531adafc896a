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
		switch {
		case r.online != nil:
			out[fmt.Sprintf("online%d", i)] = r.online.State()
		case r.moments != nil:
			out[fmt.Sprintf("moments%d", i)] = r.moments.State()
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
	walks, err := restoreWalks(m.net, from)
	if err != nil {
		return m.fail(err)
	}
	picked, err := restorePicks(from)
	if err != nil {
		return m.fail(err)
	}
	passed, err := state.Get[int](from, "passed")
	if err != nil {
		return m.fail(err)
	}
	every, err := state.Get[int](from, "every")
	if err != nil {
		return m.fail(err)
	}
	m.net.Forget()
	for i, r := range m.net.readouts() {
		if err := r.restore(m.net.o, from, i); err != nil {
			m.net.Forget()
			return m.fail(err)
		}
	}
	m.walks, m.picked, m.passed, m.every = walks, picked, passed, every
	return nil
}

// restore takes what a readout has learnt, if it had learnt anything.
func (r *readout) restore(o Options, from state.State, i int) error {
	key := fmt.Sprintf("moments%d", i)
	if o.Online != "" {
		key = fmt.Sprintf("online%d", i)
	}
	if _, ok := from[key]; !ok {
		return nil
	}
	s, err := state.Get[state.State](from, key)
	if err != nil {
		return err
	}
	if err := r.begin(o); err != nil {
		return err
	}
	if r.online != nil {
		return r.online.Restore(s)
	}
	return r.moments.Restore(s)
}

func restoreWalks(n *Network, from state.State) (walks []*Walk, err error) {
	count, err := state.Get[int](from, "walks")
	if err != nil {
		return nil, err
	}
	for i := range count {
		s, err := state.Get[state.State](from, fmt.Sprintf("walk%d", i))
		if err != nil {
			return nil, err
		}
		w := n.NewWalk()
		v, err := state.Slice[float64](s, "state", len(w.State))
		if err != nil {
			return nil, err
		}
		copy(w.State, v)
		if w.Seen, err = state.Get[int](s, "seen"); err != nil {
			return nil, err
		}
		walks = append(walks, w)
	}
	return walks, nil
}

func restorePicks(from state.State) (picked []pick, err error) {
	count, err := state.Get[int](from, "picked")
	if err != nil {
		return nil, err
	}
	for i := range count {
		s, err := state.Get[state.State](from, fmt.Sprintf("pick%d", i))
		if err != nil {
			return nil, err
		}
		var p pick
		for key, into := range map[string]*[]float64{"state": &p.state, "u": &p.u, "future": &p.future, "y": &p.y, "mask": &p.mask} {
			v, err := state.Get[[]float64](s, key)
			if err != nil {
				return nil, err
			}
			if len(v) > 0 { // without known columns or a mask there is none
				*into = slices.Clone(v)
			}
		}
		picked = append(picked, p)
	}
	return picked, nil
}
