package recurrent

import (
	"fmt"

	"lenz/graph/kernel"
)

// Stepper is a trained network in float64 as a state that is stepped, for diagnostics: the recurrent layers of one member, without
// head and dropout. It serves one goroutine at a time.
type Stepper struct {
	inputs, hidden int
	cells          []func(x, h, c []float64)
	cell           bool // LSTM: the state of a layer is h, then c
}

// Stepper returns the layers of the first member. A bidirectional network has no state that is stepped.
func (m *Model) Stepper() (*Stepper, error) {
	if m.settings.Bidirectional {
		return nil, fmt.Errorf("%s: a bidirectional network reads from both ends and has no state to step", m.name)
	}
	n := m.nets[0]
	s := &Stepper{inputs: n.rnn.Inputs, hidden: m.settings.Hidden, cell: n.rnn.HasCell()}
	all := m.params.CopyFloats()
	values, at := map[string][]float64{}, 0
	for _, q := range m.params.All() {
		values[q.Name()] = all[at : at+q.Size()]
		at += q.Size()
	}
	for l := range m.settings.Layers {
		of := func(kind string) []float64 { return values[fmt.Sprintf("%srnn.%s_l%d", n.prefix, kind, l)] }
		w := kernel.Weights[float64]{Wih: of("weight_ih"), Whh: of("weight_hh"), Bih: of("bias_ih"), Bhh: of("bias_hh")}
		inputs := s.hidden
		if l == 0 {
			inputs = s.inputs
		}
		s.cells = append(s.cells, m.cell.stepper(kernel.Dims{T: 1, B: 1, I: inputs, H: s.hidden}, w))
	}
	return s, nil
}

func (c cell) stepper(d kernel.Dims, w kernel.Weights[float64]) func(x, h, c []float64) {
	switch c.kind {
	case "lstm":
		k := kernel.NewLSTM[float64](d)
		k.Load(w)
		return k.Step
	case "gru":
		form := kernel.ResetAfter
		if c.original {
			form = kernel.ResetBefore
		}
		k := kernel.NewGRU[float64](d, form)
		k.Load(w)
		return func(x, h, _ []float64) { k.Step(x, h) }
	}
	act := kernel.ActTanh
	if c.relu {
		act = kernel.ActReLU
	}
	k := kernel.NewRNN[float64](d, act)
	k.Load(w)
	return func(x, h, _ []float64) { k.Step(x, h) }
}

// Inputs is the number of inputs of the first layer.
func (s *Stepper) Inputs() int { return s.inputs }

// StateSize is the hidden units of all layers, and the LSTM's cells.
func (s *Stepper) StateSize() int {
	n := len(s.cells) * s.hidden
	if s.cell {
		n *= 2
	}
	return n
}

// Step moves the state, layer by layer h and then c, by an input.
func (s *Stepper) Step(state, u []float64) {
	for _, step := range s.cells {
		h := state[:s.hidden]
		state = state[s.hidden:]
		var c []float64
		if s.cell {
			c, state = state[:s.hidden], state[s.hidden:]
		}
		step(u, h, c)
		u = h
	}
}
