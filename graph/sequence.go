package graph

import (
	"fmt"
	"math"
	"slices"

	"lenz/graph/kernel"
)

// The cells of Sequence. Gates stand in PyTorch's order: i f g o in the LSTM, r z n in the GRU.
const (
	RNNTanh     = "rnn_tanh"     // h' = tanh(Wih x + bih + Whh h + bhh)
	RNNRelu     = "rnn_relu"     // h' = max(0, Wih x + bih + Whh h + bhh)
	LSTM        = "lstm"         // Hochreiter, Schmidhuber 1997, with a forget gate; no peepholes
	GRU         = "gru"          // PyTorch's form: the reset gate after the recurrent product
	GRUOriginal = "gru_original" // Cho et al. 2014: the reset gate on the state, before the product
)

// SeqConfig says which recurrence Sequence runs.
type SeqConfig struct {
	Cell     string // RNNTanh, RNNRelu, LSTM, GRU or GRUOriginal
	Reverse  bool   // read each sequence from its own end
	Unrolled bool   // T steps of Gorgonia's primitive ops in place of one fused op: the reference, and slow
}

// SeqWeights are the weights of a recurrent layer, with G gates (1, 4 or 3): WIH [G*H, I], WHH [G*H, H] and the biases
// BIH and BHH [G*H], both nil for none.
type SeqWeights struct{ WIH, WHH, BIH, BHH *Node }

// SeqState is a state [B, H], nil for zeros; only the LSTM has a C.
type SeqState struct{ H, C *Node }

// Gates is the number of gates of a cell, or an error that lists the cells.
func Gates(cell string) (int, error) {
	switch cell {
	case RNNTanh, RNNRelu:
		return 1, nil
	case LSTM:
		return 4, nil
	case GRU, GRUOriginal:
		return 3, nil
	}
	return 0, fmt.Errorf("graph: unknown cell %q; want %s, %s, %s, %s or %s", cell, RNNTanh, RNNRelu, LSTM, GRU, GRUOriginal)
}

// Sequence runs a recurrent layer over x [T, B, I], as one node with an exact derivative with respect to x, the initial state, the
// weights and both biases. It returns all hidden states [T, B, H] and the final state. With lengths [B]
// (a node, nil for all T) a sequence stops at its own length: its final state is the state there, later hidden
// states are zero.
func (b *Builder) Sequence(c SeqConfig, x *Node, w SeqWeights, s0 SeqState, lengths *Node) (hs *Node, final SeqState) {
	s, err := b.checkSequence(c, x, w, s0, lengths)
	if err != nil {
		n := b.Fail(err)
		return n, SeqState{H: n, C: n}
	}
	if c.Unrolled {
		return b.unrolled(s)
	}
	var packed *Node
	if b.params.dtype == Float32 {
		packed = applySequence[float32](b, s)
	} else {
		packed = applySequence[float64](b, s)
	}
	states := s.T * s.B * s.H
	hs = b.Part(packed, 0, s.T, s.B, s.H)
	final.H = b.Part(packed, states, s.B, s.H)
	if c.Cell == LSTM {
		final.C = b.Part(packed, states+s.B*s.H, s.B, s.H)
	}
	return hs, final
}

// sequence is a checked call of Sequence.
type sequence struct {
	SeqConfig
	kernel.Dims
	gates   int
	x       *Node
	w       SeqWeights
	s0      SeqState
	lengths *Node
}

func (b *Builder) checkSequence(c SeqConfig, x *Node, w SeqWeights, s0 SeqState, lengths *Node) (sequence, error) {
	s := sequence{SeqConfig: c, x: x, w: w, s0: s0, lengths: lengths}
	if b.err != nil {
		return s, b.err
	}
	var err error
	if s.gates, err = Gates(c.Cell); err != nil {
		return s, err
	}
	if x == nil || w.WIH == nil || w.WHH == nil || (w.BIH == nil) != (w.BHH == nil) {
		return s, fmt.Errorf("graph: %s needs x, WIH, WHH, and both biases or none", c.Cell)
	}
	xs, ws := x.Shape(), w.WHH.Shape()
	if len(xs) != 3 || len(ws) != 2 {
		return s, fmt.Errorf("graph: %s: x is %v, want [T, B, I]; weight_hh is %v, want [%d*H, H]", c.Cell, xs, ws, s.gates)
	}
	s.Dims = kernel.Dims{T: xs[0], B: xs[1], I: xs[2], H: ws[1], Reverse: c.Reverse}
	rows := s.gates * s.H
	for _, e := range []struct {
		name string
		n    *Node
		want []int
	}{
		{"weight_ih", w.WIH, []int{rows, s.I}}, {"weight_hh", w.WHH, []int{rows, s.H}},
		{"bias_ih", w.BIH, []int{rows}}, {"bias_hh", w.BHH, []int{rows}},
		{"h0", s0.H, []int{s.B, s.H}}, {"c0", s0.C, []int{s.B, s.H}}, {"lengths", lengths, []int{s.B}},
	} {
		if e.n != nil && !slices.Equal(e.n.Shape(), e.want) {
			return s, fmt.Errorf("graph: %s: %s is %v, want %v for x %v and hidden size %d", c.Cell, e.name, e.n.Shape(), e.want, xs, s.H)
		}
	}
	if s0.C != nil && c.Cell != LSTM {
		return s, fmt.Errorf("graph: %s has no cell state; c0 is for the LSTM", c.Cell)
	}
	return s, nil
}

// cell is what the three kernels have in common.
type cell[T kernel.Float] interface {
	Forward(in kernel.Input[T], out []T)
	Backward(in kernel.Input[T], dout []T, grad kernel.Grad[T])
}

// applySequence adds the fused op. Its value packs the hidden states [T, B, H], the final state [B, H] and, for the LSTM, the
// final cell state [B, H].
func applySequence[T kernel.Float](b *Builder, s sequence) *Node {
	var k cell[T]
	parts := 1
	switch s.Cell {
	case LSTM:
		k, parts = lstmCell[T]{kernel.NewLSTM[T](s.Dims), s.Dims}, 2
	case GRU:
		k = gruCell[T]{kernel.NewGRU[T](s.Dims, kernel.ResetAfter), s.Dims}
	case GRUOriginal:
		k = gruCell[T]{kernel.NewGRU[T](s.Dims, kernel.ResetBefore), s.Dims}
	case RNNTanh:
		k = rnnCell[T]{kernel.NewRNN[T](s.Dims, kernel.ActTanh), s.Dims}
	case RNNRelu:
		k = rnnCell[T]{kernel.NewRNN[T](s.Dims, kernel.ActReLU), s.Dims}
	}
	nodes, slots, diff := s.inputs()
	lengths := make([]int, s.B)
	gather := func(v [][]T) (in kernel.Input[T], err error) {
		for i, slot := range slots {
			if slot == slotLengths {
				in.Lengths = lengths
				err = readLengths(lengths, v[i], s.T)
				continue
			}
			*field(&in, slot) = v[i]
		}
		return in, err
	}
	return Apply(b, Custom[T]{
		Name: s.Cell, Attrs: fmt.Sprintf("%+v", s.Dims), Shape: []int{s.B * s.H * (s.T + parts)}, Diff: diff,
		Forward: func(out []T, v [][]T) error {
			in, err := gather(v)
			if err != nil {
				return err
			}
			k.Forward(in, out)
			return nil
		},
		Backward: func(din, v [][]T, _, dout []T) error {
			in, err := gather(v)
			if err != nil {
				return err
			}
			var d kernel.Input[T]
			for i, slot := range slots {
				if slot != slotLengths {
					*field(&d, slot) = din[i]
				}
			}
			k.Backward(in, dout, kernel.Grad[T]{X: d.X, H0: d.H0, C0: d.C0, Weights: d.Weights})
			return nil
		},
	}, nodes...)
}

// The inputs that a sequence op may have, in the order in which it takes them.
const (
	slotX = iota
	slotWIH
	slotWHH
	slotBIH
	slotBHH
	slotH0
	slotC0
	slotLengths
)

// inputs returns the nodes that are there, which input each is, and whether it has a derivative.
func (s sequence) inputs() (nodes []*Node, slots []int, diff []bool) {
	for slot, n := range []*Node{s.x, s.w.WIH, s.w.WHH, s.w.BIH, s.w.BHH, s.s0.H, s.s0.C, s.lengths} {
		if n != nil {
			nodes, slots, diff = append(nodes, n), append(slots, slot), append(diff, slot != slotLengths)
		}
	}
	return nodes, slots, diff
}

// field is where an input goes.
func field[T kernel.Float](in *kernel.Input[T], slot int) *[]T {
	return [...]*[]T{&in.X, &in.Wih, &in.Whh, &in.Bih, &in.Bhh, &in.H0, &in.C0}[slot]
}

// readLengths checks lengths that come as numbers of the program's precision.
func readLengths[T kernel.Float](dst []int, v []T, steps int) error {
	for i, l := range v {
		f := float64(l)
		if f != math.Trunc(f) || f < 0 || f > float64(steps) {
			return fmt.Errorf("length of sequence %d is %v, want a whole number in [0, %d]", i, f, steps)
		}
		dst[i] = int(f)
	}
	return nil
}

// The adapters cut a packed vector for their kernels.
type (
	lstmCell[T kernel.Float] struct {
		k *kernel.LSTM[T]
		d kernel.Dims
	}
	gruCell[T kernel.Float] struct {
		k *kernel.GRU[T]
		d kernel.Dims
	}
	rnnCell[T kernel.Float] struct {
		k *kernel.RNN[T]
		d kernel.Dims
	}
)

// unpack cuts [hs | hT | cT]; cT is empty where there is none.
func unpack[T kernel.Float](d kernel.Dims, v []T) (hs, hT, cT []T) {
	n, m := d.T*d.B*d.H, d.B*d.H
	return v[:n], v[n : n+m], v[n+m:]
}

func (c lstmCell[T]) Forward(in kernel.Input[T], out []T) {
	hs, hT, cT := unpack(c.d, out)
	c.k.Forward(in, hs, hT, cT)
}

func (c lstmCell[T]) Backward(in kernel.Input[T], dout []T, g kernel.Grad[T]) {
	dhs, dhT, dcT := unpack(c.d, dout)
	c.k.Backward(in, dhs, dhT, dcT, g)
}

func (c gruCell[T]) Forward(in kernel.Input[T], out []T) {
	hs, hT, _ := unpack(c.d, out)
	c.k.Forward(in, hs, hT)
}

func (c gruCell[T]) Backward(in kernel.Input[T], dout []T, g kernel.Grad[T]) {
	dhs, dhT, _ := unpack(c.d, dout)
	c.k.Backward(in, dhs, dhT, g)
}

func (c rnnCell[T]) Forward(in kernel.Input[T], out []T) {
	hs, hT, _ := unpack(c.d, out)
	c.k.Forward(in, hs, hT)
}

func (c rnnCell[T]) Backward(in kernel.Input[T], dout []T, g kernel.Grad[T]) {
	dhs, dhT, _ := unpack(c.d, dout)
	c.k.Backward(in, dhs, dhT, g)
}
