package kernel

import "fmt"

// Activation is the nonlinearity of an RNN.
type Activation int

// The activations of PyTorch's RNN.
const (
	ActTanh Activation = iota
	ActReLU
)

// RNN is the simple recurrent cell over whole sequences:
//
//	h[t] = act(Wih x[t] + bih + Whh h[t-1] + bhh)
//
// Source: Elman, "Finding structure in time", Cognitive Science 14 (1990), in the form of torch.nn.RNN. A value holds
// the workspace of its sizes and serves one goroutine at a time.
type RNN[T Float] struct {
	s   sequence[T]
	act Activation
}

// NewRNN allocates a cell for the given sizes. It panics if a size is less than 1 or the activation unknown.
func NewRNN[T Float](d Dims, act Activation) *RNN[T] {
	if act != ActTanh && act != ActReLU {
		panic(fmt.Sprintf("kernel: RNN activation %d, want ActTanh or ActReLU", act))
	}
	return &RNN[T]{s: newSequence[T]("RNN", d, 1), act: act}
}

// Forward runs the cell over all time steps. It writes the states hs [T, B, H], zero beyond a sequence's length, and
// the final state hT [B, H] of each sequence (with Reverse the one after reading step 0; for length 0 the initial
// one). Either may be nil. What Backward needs is kept.
func (k *RNN[T]) Forward(in Input[T], hs, hT []T) {
	s := &k.s
	s.checkInput(in)
	s.checkNoCell(in.C0)
	s.checkOutputs(hs, hT, nil)
	x := s.prepare(in)
	s.pack(in.Weights, in.Bih, in.Bhh)
	Parallel(s.B, chunkRows(s.B), func(_, lo, hi int) {
		s.begin(s.h, in.H0, lo, hi)
		for i := range s.T {
			k.forwardStep(x, s.at(i), lo, hi)
		}
		s.finish(hs, lo, hi)
		s.final(hT, s.h, lo, hi)
	})
}

func (k *RNN[T]) forwardStep(x []T, t, lo, hi int) {
	s := &k.s
	prev := s.state(s.h, s.before(t), lo, hi)
	next := s.state(s.h, s.after(t), lo, hi)
	g := s.project(x, t, lo, hi)
	s.whh.Mul(hi-lo, prev, s.H, 1, g, s.n, g, s.n)
	k.activate(next, g)
	s.keepEnded(next, prev, t, lo, hi)
}

// activate computes dst = act(src).
func (k *RNN[T]) activate(dst, src []T) {
	if k.act == ActTanh {
		Tanh(dst, src)
		return
	}
	for i, v := range src {
		// Written so that NaN passes.
		if v < 0 {
			v = 0
		}
		dst[i] = v
	}
}

// Backward computes the gradients of a scalar with respect to the input of the last Forward, given those with
// respect to its outputs: dhs [T, B, H] (ignored beyond a sequence's length) and dhT [B, H]; nil = zero. It may be
// called several times; in must be what Forward was given.
func (k *RNN[T]) Backward(in Input[T], dhs, dhT []T, out Grad[T]) {
	s := &k.s
	s.checkGrads(in, dhs, dhT, nil, out)
	s.checkNoCell(out.C0)
	s.prepareBackward(in.Whh)
	Parallel(s.B, chunkRows(s.B), func(_, lo, hi int) {
		s.seed(s.dh, dhT, lo, hi)
		for i := s.T - 1; i >= 0; i-- {
			t := s.at(i)
			k.backwardRows(t, lo, hi, dhs)
			s.backThroughWhh(s.dgates, t, lo, hi)
		}
		s.deliver(out.H0, s.dh, lo, hi)
	})
	s.gradients(in, out)
}

// backwardRows is backwardRow for rows lo to hi; rows without a step t get no gradient.
func (k *RNN[T]) backwardRows(t, lo, hi int, dhs []T) {
	s := &k.s
	s.activeRuns(t, lo, hi, func(lo, hi int) {
		if hasCells[T]() && k.act == ActTanh {
			runCell(rnnBackward, hi-lo, s.H, s.state(s.h, s.after(t), lo, hi), s.block(s.dgates, t, lo, hi, s.n),
				s.outputGrad(dhs, t, lo, hi), s.dh[lo*s.H:hi*s.H])
			return
		}
		for b := lo; b < hi; b++ {
			k.backwardRow(t, b, dhs)
		}
	}, func(b int) { clear(s.block(s.dgates, t, b, b+1, s.n)) })
}

// backwardRow moves the gradient of one sequence's state through the activation: it consumes dh and fills dgates.
func (k *RNN[T]) backwardRow(t, b int, dhs []T) {
	s := &k.s
	dg := s.block(s.dgates, t, b, b+1, s.n)
	h := s.state(s.h, s.after(t), b, b+1)[:len(dg)]
	dh := s.takeGrad(dhs, t, b)[:len(dg)]
	for j, d := range dh {
		v := h[j]
		if k.act == ActTanh {
			d *= 1 - v*v // tanh' = 1 - tanh²
		} else if v == 0 {
			d = 0
		}
		dg[j] = d
		dh[j] = 0
	}
}

// Load makes the weights ready for Step, which does not read w again: load them again when they have changed. Forward
// loads those that it is given.
func (k *RNN[T]) Load(w Weights[T]) { k.s.load(w, func() { k.s.pack(w, w.Bih, w.Bhh) }) }

// Step reads one time step of up to B sequences with the loaded weights: x [b, I], and h [b, H], which it advances in
// place. It allocates nothing, gives the bits of Forward, and leaves what Forward kept alone.
func (k *RNN[T]) Step(x, h []T) {
	s := &k.s
	b := s.checkStep(x, h, h)
	g := s.stepBuf[:b*s.n]
	s.wih.Mul(b, x, s.I, 1, s.bias, 0, g, s.n)
	s.recur(g, h, b)
	k.activate(h, g)
}
