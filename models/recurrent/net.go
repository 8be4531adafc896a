package recurrent

import (
	"fmt"

	"lenz/datasets"
	"lenz/graph"
	"lenz/layers"
)

// cell is what the three kinds of networks differ in.
type cell struct {
	kind           string
	relu, original bool
	forgetBias     float64
}

// net is one member of the ensemble.
type net struct {
	prefix  string // of its parameters
	rnn     *layers.Recurrent
	head    *layers.Linear
	highway *layers.Linear // nil for none
	// known and join are the two maps of the network that brings the known future into a direct forecast; nil without
	// known columns.
	known, join *layers.Linear
}

// declare adds the parameters of one member.
func (m *Model) declare(prefix string) (*net, error) {
	s, l := m.settings, m.layout
	n := &net{prefix: prefix}
	c := layers.DefaultConfig(len(l.Inputs), s.Hidden)
	if m.recursive() {
		c.Inputs += len(l.Future)
	}
	c.Layers, c.Dropout, c.Bidirectional, c.Unrolled = s.Layers, s.Dropout, s.Bidirectional, s.Unrolled
	c.Init, c.ForgetBias = layers.Init(s.Init), m.cell.forgetBias
	var err error
	switch m.cell.kind {
	case "lstm":
		n.rnn, err = layers.NewLSTM(m.params, prefix+"rnn", c)
	case "gru":
		n.rnn, err = layers.NewGRU(m.params, prefix+"rnn", m.cell.original, c)
	default:
		n.rnn, err = layers.NewRNN(m.params, prefix+"rnn", m.cell.relu, c)
	}
	if err != nil {
		return nil, err
	}
	linear := func(name string, inputs, outputs int, init layers.Init) *layers.Linear {
		if err != nil {
			return nil
		}
		var made *layers.Linear
		made, err = layers.NewLinear(m.params, prefix+name, inputs, outputs, true, init)
		return made
	}
	steps := 1 // forecast steps of one readout
	if l.Kind == datasets.Forecast && !m.recursive() {
		steps = l.Horizon
	}
	n.head = linear("head", n.rnn.Outputs(), steps*m.width, c.Init)
	if s.Highway > 0 {
		// It begins silent: random weights on raw values would first have to be unlearnt.
		n.highway = linear("highway", s.Highway, steps, layers.Zero)
	}
	if l.Kind == datasets.Forecast && !m.recursive() && len(l.Future) > 0 {
		n.known = linear("known.0", n.rnn.Outputs()+len(l.Future), s.Hidden, c.Init)
		n.join = linear("known.2", s.Hidden, m.width, c.Init)
	}
	return n, err
}

// inputs are the nodes that all members read.
type inputs struct {
	x, future, recent, lengths *graph.Node
	initial                    []layers.State // of this member
}

// direct returns the forecast of the whole horizon, [H, B, width]:
//
//	out[h] = head(encoder)[h] + known.2(relu(known.0(encoder, future[h]))) + highway(recent)[h]
//
// The encoder is the top layer's final state.
func (n *net) direct(b *graph.Builder, m *Model, in inputs) *graph.Node {
	h := m.layout.Horizon
	_, final := n.rnn.Apply(b, in.x, nil, nil)
	encoder := final[len(final)-1].H                    // [B, hidden]
	out := horizonFirst(b, n.head.Apply(b, encoder), h) // [H, B, width]
	if n.known != nil {
		z := n.known.Apply(b, b.Concat(repeat(b, encoder, h), in.future)) // [H, B, hidden]
		out = add(b, out, n.join.Apply(b, relu(b, z)))
	}
	if n.highway != nil {
		linear := horizonFirst(b, n.highway.Apply(b, in.recent), h) // [H, B*D, 1]
		out = addPoint(b, out, linear, m.outputs, m.pointOutputs())
	}
	return out
}

// steps returns the outputs of the steps from skip on, [T-skip, B, width], and the final states.
func (n *net) steps(b *graph.Builder, m *Model, in inputs, k key) (*graph.Node, []layers.State) {
	hs, final := n.rnn.Apply(b, in.x, in.initial, in.lengths)
	if k.skip > 0 {
		row := k.B * n.rnn.Outputs()
		hs = b.Part(hs, k.skip*row, k.T-k.skip, k.B, n.rnn.Outputs())
	}
	out := n.head.Apply(b, hs)
	if n.highway != nil {
		out = addPoint(b, out, n.highway.Apply(b, in.recent), m.outputs, m.pointOutputs())
	}
	return out, final
}

// sequence returns the outputs for whole sequences, [B, width], from the final states of the top layer's directions.
func (n *net) sequence(b *graph.Builder, in inputs) *graph.Node {
	_, final := n.rnn.Apply(b, in.x, nil, in.lengths)
	top := final[len(final)-n.rnn.Directions():]
	state := top[0].H
	if len(top) == 2 {
		state = b.Concat(top[0].H, top[1].H)
	}
	return n.head.Apply(b, state)
}

// stateNames lists the inputs and outputs that hold the states of member i.
func (n *net) stateNames(i int) []string {
	var names []string
	for j := range n.rnn.States() {
		names = append(names, fmt.Sprintf("member %d h%d", i, j))
		if n.rnn.HasCell() {
			names = append(names, fmt.Sprintf("member %d c%d", i, j))
		}
	}
	return names
}
