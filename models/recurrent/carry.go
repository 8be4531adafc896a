package recurrent

import (
	"fmt"
	"slices"

	"lenz/datasets"
	"lenz/internal/state"
)

// carried is what truncated BPTT carries from the end of one batch to the beginning of the next.
type carried struct {
	sequences int         // B; 0 before the first batch
	states    [][]float64 // [B, hidden] of each member, layer, direction, and h or c
	track     []float64   // [K-1, B, D]: the targets' last inputs, for a highway of K
}

// sizes says how much is carried for each sequence.
type sizes struct{ states, hidden, lag, targets int }

func (m *Model) sizes() sizes {
	z := sizes{hidden: m.settings.Hidden, lag: max(0, m.settings.Highway-1), targets: len(m.layout.Targets)}
	for i, n := range m.nets {
		z.states += len(n.stateNames(i))
	}
	return z
}

// begin makes the states ready for a batch: zeros where its sequences begin.
func (c *carried) begin(b datasets.Batch, z sizes) error {
	if b.Reset != nil && len(b.Reset) != b.B {
		return fmt.Errorf("the batch has %d sequences and %d marks in Reset; they must agree", b.B, len(b.Reset))
	}
	if c.sequences != b.B || len(c.states) != z.states {
		if b.Reset == nil || slices.Contains(b.Reset, false) {
			return fmt.Errorf("the batch goes on with the states of %d sequences, but %d are carried; begin with a batch that resets all", b.B, c.sequences)
		}
		*c = carried{sequences: b.B, states: make([][]float64, z.states), track: make([]float64, z.lag*b.B*z.targets)}
		for i := range c.states {
			c.states[i] = make([]float64, b.B*z.hidden)
		}
		return nil
	}
	for i, reset := range b.Reset {
		if !reset {
			continue
		}
		for _, s := range c.states {
			clear(s[i*z.hidden : (i+1)*z.hidden])
		}
		for j := range z.lag {
			clear(c.track[(j*b.B+i)*z.targets:][:z.targets])
		}
	}
	return nil
}

// end keeps the states that came out, and the end of the track [K-1+T, B, D] that the batch was fed with.
func (c *carried) end(b datasets.Batch, z sizes, out [][]float64, track []float64) {
	for i, s := range out {
		copy(c.states[i], s)
	}
	for i := range b.B {
		length := b.T
		if b.Lengths != nil {
			length = b.Lengths[i]
		}
		for j := range z.lag {
			copy(c.track[(j*b.B+i)*z.targets:][:z.targets], track[((length+j)*b.B+i)*z.targets:])
		}
	}
}

func (c *carried) state() state.State {
	s := state.State{"sequences": c.sequences, "arrays": len(c.states), "track": append([]float64{}, c.track...)}
	for i, v := range c.states {
		s[fmt.Sprint(i)] = slices.Clone(v)
	}
	return s
}

func (c *carried) restore(s state.State, z sizes) error {
	n, err := state.Get[int](s, "sequences")
	if err != nil {
		return err
	}
	arrays, err := state.Get[int](s, "arrays")
	if err != nil {
		return err
	}
	if n < 0 || arrays != 0 && arrays != z.states {
		return fmt.Errorf("the saved run carries %d states of %d sequences, the model has %d states; resume with the saved run's settings", arrays, n, z.states)
	}
	fresh := carried{sequences: n, states: make([][]float64, arrays)}
	track := z.lag * n * z.targets
	if fresh.track, err = state.Slice[float64](s, "track", track); err != nil {
		return err
	}
	fresh.track = slices.Clone(fresh.track)
	for i := range fresh.states {
		v, err := state.Slice[float64](s, fmt.Sprint(i), n*z.hidden)
		if err != nil {
			return err
		}
		fresh.states[i] = slices.Clone(v)
	}
	*c = fresh
	return nil
}
