package graph

import (
	"gorgonia.org/gorgonia"

	"lenz/graph/kernel"
)

// unrolled builds the recurrence step by step from Gorgonia's primitive ops. It computes what the fused op
// computes, in about twenty nodes a step: it is what the fused op is tested against, and where a new cell starts.
func (b *Builder) unrolled(s sequence) (hs *Node, final SeqState) {
	r := b.recurrence(s)
	state := s.s0
	if state.H == nil {
		state.H = b.Zeros(s.B, s.H)
	}
	if state.C == nil && s.Cell == LSTM {
		state.C = b.Zeros(s.B, s.H)
	}
	all := make([]*Node, s.T)
	for i := range s.T {
		t := i
		if s.SeqConfig.Reverse {
			t = s.T - 1 - i
		}
		next := r.step(b.Step(s.x, t), state)
		all[t] = next.H
		if s.lengths == nil {
			state = next
			continue
		}
		on := b.stepMask(s, t) // 1 within the sequence, 0 beyond its length
		off := b.OneMinus(on)
		all[t] = b.Mul(on, next.H)
		state.H = b.Add(all[t], b.Mul(off, state.H))
		if s.Cell == LSTM {
			state.C = b.Add(b.Mul(on, next.C), b.Mul(off, state.C))
		}
	}
	return b.Stack(all...), state
}

// recurrence holds the weights of each gate.
type recurrence struct {
	b      *Builder
	cell   string
	wx, wh []*Node // [I, H], [H, H]
	bx, bh []*Node // [B, H], nil for none
}

func (b *Builder) recurrence(s sequence) recurrence {
	r := recurrence{b: b, cell: s.Cell, bx: make([]*Node, s.gates), bh: make([]*Node, s.gates)}
	transpose := func(n *Node) *Node {
		return b.unary("Transpose", func(n *Node) (*Node, error) { return gorgonia.Transpose(n) }, n)
	}
	for g := range s.gates {
		r.wx = append(r.wx, transpose(b.Part(s.w.WIH, g*s.H*s.I, s.H, s.I)))
		r.wh = append(r.wh, transpose(b.Part(s.w.WHH, g*s.H*s.H, s.H, s.H)))
		if s.w.BIH != nil {
			r.bx[g] = b.rows(s, b.Part(s.w.BIH, g*s.H, s.H))
			r.bh[g] = b.rows(s, b.Part(s.w.BHH, g*s.H, s.H))
		}
	}
	return r
}

// step is one time step, as the equations stand in the papers.
func (r recurrence) step(x *Node, s SeqState) SeqState {
	b := r.b
	fromX := func(g int) *Node { return r.affine(x, r.wx[g], r.bx[g]) }
	fromH := func(g int) *Node { return r.affine(s.H, r.wh[g], r.bh[g]) }
	sum := func(g int) *Node { return b.Add(fromX(g), fromH(g)) }
	switch r.cell {
	case RNNTanh:
		return SeqState{H: b.Tanh(sum(0))}
	case RNNRelu:
		return SeqState{H: b.Relu(sum(0))}
	case LSTM:
		i, f, g, o := b.Sigmoid(sum(0)), b.Sigmoid(sum(1)), b.Tanh(sum(2)), b.Sigmoid(sum(3))
		c := b.Add(b.Mul(f, s.C), b.Mul(i, g))
		return SeqState{H: b.Mul(o, b.Tanh(c)), C: c}
	case GRU:
		rg, z := b.Sigmoid(sum(0)), b.Sigmoid(sum(1))
		n := b.Tanh(b.Add(fromX(2), b.Mul(rg, fromH(2))))
		return SeqState{H: b.Add(b.Mul(b.OneMinus(z), n), b.Mul(z, s.H))}
	default: // GRUOriginal
		rg, z := b.Sigmoid(sum(0)), b.Sigmoid(sum(1))
		n := b.Tanh(b.Add(fromX(2), r.affine(b.Mul(rg, s.H), r.wh[2], r.bh[2])))
		return SeqState{H: b.Add(b.Mul(b.OneMinus(z), n), b.Mul(z, s.H))}
	}
}

func (r recurrence) affine(x, w, bias *Node) *Node {
	y := r.b.MatMul(x, w)
	if bias != nil {
		y = r.b.Add(y, bias)
	}
	return y
}

// rows repeats a bias [H] for each sequence: [B, H].
func (b *Builder) rows(s sequence, bias *Node) *Node {
	ones := make([]*Node, s.B)
	for i := range ones {
		ones[i] = bias
	}
	return b.Stack(ones...)
}

// stepMask is [B, H]: 1 where step t lies within the sequence, else 0.
func (b *Builder) stepMask(s sequence, t int) *Node {
	if b.params.dtype == Float32 {
		return stepMask[float32](b, s, t)
	}
	return stepMask[float64](b, s, t)
}

func stepMask[T kernel.Float](b *Builder, s sequence, t int) *Node {
	return Apply(b, Custom[T]{
		Name: "within", Shape: []int{s.B, s.H}, Diff: []bool{false},
		Forward: func(out []T, in [][]T) error {
			for i := range out {
				out[i] = 0
				if float64(t) < float64(in[0][i/s.H]) {
					out[i] = 1
				}
			}
			return nil
		},
	}, s.lengths)
}
