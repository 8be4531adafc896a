package layers

import (
	"fmt"

	"lenz/graph"
)

// Config says how a recurrent layer is built. Begin with DefaultConfig.
type Config struct {
	Inputs, Hidden int
	Layers         int     // stacked layers, each reading the one below
	Dropout        float64 // between layers, in training: on the output of every layer but the last, as PyTorch does
	Bidirectional  bool    // a second direction reads from the end; the outputs of both are joined
	Bias           bool    // with bias_ih and bias_hh
	Unrolled       bool    // from single steps instead of one op a layer: slow, the reference
	Init           Init
	// ForgetBias is added to the initial bias of the LSTM's forget gate, in bias_ih: 1 makes it remember from the start
	// (Jozefowicz, Zaremba, Sutskever 2015). Other cells take 0 only.
	ForgetBias float64
}

// DefaultConfig returns one layer in one direction with biases and PyTorch's initial values.
func DefaultConfig(inputs, hidden int) Config {
	return Config{Inputs: inputs, Hidden: hidden, Layers: 1, Bias: true, Init: Torch}
}

// State is a state of one layer and direction: H and, for the LSTM, C, both [B, hidden]. A nil node stands for zeros.
type State = graph.SeqState

// Recurrent is a stack of recurrent layers: what NewRNN, NewLSTM and NewGRU return.
type Recurrent struct {
	Config
	name, cell string
	parts      []part // layer by layer, forward before backward
}

// part holds the weights of one layer and direction.
type part struct {
	wih, whh, bih, bhh *graph.Param
}

// NewLSTM declares a long short-term memory (Hochreiter, Schmidhuber 1997; forget gate: Gers et al. 2000) in PyTorch's
// form, with gates i f g o:
//
//	c = f*c + i*g,  h = o*tanh(c)
func NewLSTM(p *graph.Params, name string, c Config) (*Recurrent, error) {
	return newRecurrent(p, name, "lstm", 4, c)
}

// NewGRU declares a gated recurrent unit (Cho et al. 2014) with gates r z n:
//
//	n = tanh(Wx + b + r*(Uh + b')),  h = (1-z)*n + z*h
//
// With original, the reset gate comes before the product, U(r*h), as in the paper; PyTorch has the other form.
func NewGRU(p *graph.Params, name string, original bool, c Config) (*Recurrent, error) {
	cell := "gru"
	if original {
		cell = "gru_original"
	}
	return newRecurrent(p, name, cell, 3, c)
}

// NewRNN declares an Elman network (Elman 1990), h = tanh(Wx + b + Uh + b'); with relu, max(0, .) takes tanh's place.
func NewRNN(p *graph.Params, name string, relu bool, c Config) (*Recurrent, error) {
	cell := "rnn_tanh"
	if relu {
		cell = "rnn_relu"
	}
	return newRecurrent(p, name, cell, 1, c)
}

func (c Config) check(cell string) error {
	switch {
	case c.Inputs < 1 || c.Hidden < 1 || c.Layers < 1:
		return fmt.Errorf("inputs %d, hidden %d and layers %d must all be at least 1", c.Inputs, c.Hidden, c.Layers)
	case !(c.Dropout >= 0 && c.Dropout < 1):
		return fmt.Errorf("dropout is %v, want at least 0 and below 1", c.Dropout)
	case c.Dropout > 0 && c.Layers == 1:
		return fmt.Errorf("dropout %v is between layers, but there is one layer; use dropout 0 or more layers", c.Dropout)
	case c.Init == Zero:
		return fmt.Errorf("init is %s, with which all hidden units stay alike and do not learn; use %s", Zero, Torch)
	case c.ForgetBias != 0 && (cell != "lstm" || !c.Bias):
		return fmt.Errorf("a forget bias of %v needs an LSTM with biases; use 0", c.ForgetBias)
	}
	return c.Init.check()
}

func newRecurrent(p *graph.Params, name, cell string, gates int, c Config) (*Recurrent, error) {
	if err := c.check(cell); err != nil {
		return nil, fmt.Errorf("layers: %s (%s): %w", name, cell, err)
	}
	r := &Recurrent{Config: c, name: name, cell: cell}
	inputs := c.Inputs
	for l := range c.Layers {
		for _, suffix := range []string{"", "_reverse"}[:r.Directions()] {
			q, err := c.declare(p, name, fmt.Sprintf("_l%d%s", l, suffix), gates, inputs)
			if err != nil {
				return nil, err
			}
			r.parts = append(r.parts, q)
		}
		inputs = c.Hidden * r.Directions()
	}
	return r, nil
}

// declare adds the weights of one layer and direction.
func (c Config) declare(p *graph.Params, name, suffix string, gates, inputs int) (q part, err error) {
	rows := gates * c.Hidden
	add := func(kind string, init graph.Init, shape ...int) *graph.Param {
		if err != nil {
			return nil
		}
		var added *graph.Param
		added, err = p.Add(name+"."+kind+suffix, init, shape...)
		return added
	}
	q.wih = add("weight_ih", c.Init.input(gates, c.Hidden), rows, inputs)
	q.whh = add("weight_hh", c.Init.recurrent(gates, c.Hidden), rows, c.Hidden)
	if c.Bias {
		bias := c.Init.bias(c.Hidden)
		q.bih = add("bias_ih", raised(bias, c.ForgetBias, c.forgetRows(gates), c.Hidden), rows)
		q.bhh = add("bias_hh", bias, rows)
	}
	return q, err
}

// forgetRows is where the forget gate's rows begin; for other cells, whose forget bias is 0, any rows do.
func (c Config) forgetRows(gates int) int {
	if gates == 4 {
		return c.Hidden
	}
	return 0
}

// Directions is 2 for a bidirectional layer, 1 for others.
func (r *Recurrent) Directions() int {
	if r.Bidirectional {
		return 2
	}
	return 1
}

// Outputs is the width of the output, hidden times directions.
func (r *Recurrent) Outputs() int { return r.Hidden * r.Directions() }

// States is the number of states, layers times directions.
func (r *Recurrent) States() int { return len(r.parts) }

// HasCell tells whether a state has a C beside its H.
func (r *Recurrent) HasCell() bool { return r.cell == "lstm" }

// Apply runs the stack over x [T, B, inputs]. Initial has one state for each layer and direction, in PyTorch's order:
// layer 0 forward, layer 0 backward, layer 1 forward, ...; nil means zeros. Lengths is a node [B] with each sequence's
// length, or nil. It returns the outputs of the last layer at every step, [T, B, Outputs()], and the final states in
// the order of initial: those at each sequence's length, and at step 0 for the backward direction.
func (r *Recurrent) Apply(b *graph.Builder, x *graph.Node, initial []State, lengths *graph.Node) (*graph.Node, []State) {
	if initial != nil && len(initial) != r.States() {
		return b.Fail(fmt.Errorf("layers: %s has %d states (layers times directions), got %d initial ones", r.name, r.States(), len(initial))), make([]State, r.States())
	}
	final := make([]State, 0, r.States())
	dirs := r.Directions()
	for l := range r.Layers {
		outs := make([]*graph.Node, dirs)
		for d := range dirs {
			var s0 State
			if initial != nil {
				s0 = initial[l*dirs+d]
			}
			var s State
			outs[d], s = r.run(b, x, l*dirs+d, s0, lengths)
			final = append(final, s)
		}
		x = outs[0] // [T, B, hidden]
		if dirs == 2 {
			x = b.Concat(outs...) // [T, B, 2*hidden]
		}
		if l < r.Layers-1 {
			x = b.Dropout(x, fmt.Sprintf("%s.dropout_l%d", r.name, l), r.Dropout)
		}
	}
	return x, final
}

func (r *Recurrent) run(b *graph.Builder, x *graph.Node, i int, s0 State, lengths *graph.Node) (*graph.Node, State) {
	q := r.parts[i]
	w := graph.SeqWeights{WIH: b.Param(q.wih), WHH: b.Param(q.whh)}
	if r.Bias {
		w.BIH, w.BHH = b.Param(q.bih), b.Param(q.bhh)
	}
	reverse := r.Bidirectional && i%2 == 1
	return b.Sequence(graph.SeqConfig{Cell: r.cell, Reverse: reverse, Unrolled: r.Unrolled}, x, w, s0, lengths)
}
