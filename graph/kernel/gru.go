package kernel

import "fmt"

// GRUForm says where a GRU's reset gate acts.
type GRUForm int

const (
	// ResetAfter applies the reset gate to the recurrent product, as PyTorch and cuDNN do (ONNX: linear_before_reset
	// = 1).
	ResetAfter GRUForm = iota
	// ResetBefore applies it to the state, before the product: the original form (ONNX: linear_before_reset = 0).
	ResetBefore
)

// GRU is the gated recurrent unit over whole sequences, gates in PyTorch's order r z n:
//
//	r = sigmoid(Wir x + bir + Whr h + bhr)          reset gate
//	z = sigmoid(Wiz x + biz + Whz h + bhz)          update gate
//	n = tanh(Win x + bin + r (Whn h + bhn))         candidate, ResetAfter
//	n = tanh(Win x + bin + Whn (r h) + bhn)         candidate, ResetBefore
//	h' = (1 - z) n + z h
//
// Sources: Cho et al., "Learning phrase representations using RNN encoder-decoder", EMNLP 2014, equations 5 to 8,
// which has ResetBefore; torch.nn.GRU, which has ResetAfter. A value holds the workspace of its sizes and serves one
// goroutine at a time.
type GRU[T Float] struct {
	s    sequence[T]
	form GRUForm
	// kept is what the reset gate met or made: Whn h + bhn (ResetAfter) or r h (ResetBefore), [T, B, H].
	kept []T
	// hgates is scratch for the recurrent projection, [B, 3H], dhgates its gradient, [T, B, 3H], made by the first
	// Backward; ResetAfter only.
	hgates, dhgates []T
	bhh             []T // [3H]; ResetAfter only
	// The rows of Whh for the candidate stand alone; ResetBefore only.
	candidate, candidateBack Packed[T]
	// drh is scratch for the gradient of r h: [B, H]; ResetBefore only.
	drh []T
	// stepKept takes the place of kept in Step: [B, H].
	stepKept []T
}

// NewGRU allocates a cell for the given sizes. It panics if a size is less than 1 or the form unknown.
func NewGRU[T Float](d Dims, form GRUForm) *GRU[T] {
	if form != ResetAfter && form != ResetBefore {
		panic(fmt.Sprintf("kernel: GRU form %d, want ResetAfter or ResetBefore", form))
	}
	s := newSequence[T]("GRU", d, 3)
	k := &GRU[T]{s: s, form: form, kept: make([]T, d.T*d.B*d.H), stepKept: make([]T, d.B*d.H)}
	if form == ResetAfter {
		k.hgates = make([]T, d.B*s.n)
		k.bhh = make([]T, s.n)
	} else {
		k.drh = make([]T, d.B*d.H)
	}
	return k
}

// Forward runs the cell over all time steps. It writes the states hs [T, B, H], zero beyond a sequence's length, and
// the final state hT [B, H] of each sequence (with Reverse the one after reading step 0; for length 0 the initial
// one). Either may be nil. What Backward needs is kept.
func (k *GRU[T]) Forward(in Input[T], hs, hT []T) {
	s := &k.s
	s.checkInput(in)
	s.checkNoCell(in.C0)
	s.checkOutputs(hs, hT, nil)
	x := s.prepare(in)
	k.pack(in.Weights)
	Parallel(s.B, chunkRows(s.B), func(_, lo, hi int) {
		s.begin(s.h, in.H0, lo, hi)
		for i := range s.T {
			t := s.at(i)
			prev, next := s.state(s.h, s.before(t), lo, hi), s.state(s.h, s.after(t), lo, hi)
			k.advance(lo, s.project(x, t, lo, hi), prev, s.state(k.kept, t, lo, hi), next)
			s.keepEnded(next, prev, t, lo, hi)
		}
		s.finish(hs, lo, hi)
		s.final(hT, s.h, lo, hi)
	})
}

// advance takes the rows from lo on from prev to next, which may be the same, given their inputs' part of the gates, g
// [rows, 3H].
func (k *GRU[T]) advance(lo int, g, prev, kept, next []T) {
	s := &k.s
	rows := len(prev) / s.H
	if k.form == ResetAfter {
		hg := k.hgates[lo*s.n : (lo+rows)*s.n]
		s.whh.Mul(rows, prev, s.H, 1, k.bhh, 0, hg, s.n)
		gruRows(s.H, g, hg, prev, kept, next)
		return
	}
	s.whh.Mul(rows, prev, s.H, 1, g, s.n, g, s.n)
	k.resetRows(g, prev, kept)
	c := g[2*s.H:]
	k.candidate.Mul(rows, kept, s.H, 1, c, s.n, c, s.n)
	k.candidateRows(g, prev, next)
}

// pack makes the weights ready for a forward pass.
func (k *GRU[T]) pack(w Weights[T]) {
	s := &k.s
	if k.form == ResetAfter {
		s.pack(w, w.Bih, nil)
		fillRows(k.bhh, s.n, w.Bhh, nil)
		return
	}
	s.pack(w, w.Bih, w.Bhh)
	rz := 2 * s.H
	s.whh.Pack(true, s.H, rz, w.Whh, s.H)
	k.candidate.Pack(true, s.H, s.H, w.Whh[rz*s.H:], s.H)
}

// gruRows advances some rows by one step, for ResetAfter. g [rows, 3H] holds Wih x + bih and is activated in place; hg
// [rows, 3H] holds Whh h + bhh, whose last part, Whn h + bhn, hn takes. next may be prev.
func gruRows[T Float](n int, g, hg, prev, hn, next []T) {
	rows, width := len(prev)/n, 3*n
	if hasCells[T]() {
		runCell(gruForward, rows, n, g, hg, prev, hn, next)
		return
	}
	for b := range rows {
		g, hg := g[b*width:(b+1)*width], hg[b*width:(b+1)*width]
		addTo(g[:2*n], hg[:2*n])
		Sigmoid(g[:2*n], g[:2*n])
		r, candidate := g[:n], g[2*n:3*n]
		kept := hn[b*n : (b+1)*n]
		copy(kept, hg[2*n:])
		for j, v := range kept {
			candidate[j] += r[j] * v
		}
		Tanh(candidate, candidate)
		gruBlend(g, prev[b*n:(b+1)*n], next[b*n:(b+1)*n])
	}
}

// resetRows activates the first two gates of g [rows, 3H], for ResetBefore; rh takes r h.
func (k *GRU[T]) resetRows(g, prev, rh []T) {
	n, width := k.s.H, k.s.n
	for b := range len(prev) / n {
		rz := g[b*width : b*width+2*n]
		Sigmoid(rz, rz)
		r, h, dst := rz[:n], prev[b*n:(b+1)*n], rh[b*n:(b+1)*n]
		for j := range dst {
			dst[j] = r[j] * h[j]
		}
	}
}

// candidateRows activates the last gate of g [rows, 3H], and makes the next state, for ResetBefore.
func (k *GRU[T]) candidateRows(g, prev, next []T) {
	n, width := k.s.H, k.s.n
	for b := range len(prev) / n {
		g := g[b*width : (b+1)*width]
		Tanh(g[2*n:], g[2*n:])
		gruBlend(g, prev[b*n:(b+1)*n], next[b*n:(b+1)*n])
	}
}

// gruBlend computes h' = (1 - z) n + z h, as n + z (h - n), for one sequence.
func gruBlend[T Float](gates, prev, next []T) {
	n := len(next)
	z, candidate, prev := gates[n:2*n], gates[2*n:3*n], prev[:n]
	for j := range next {
		next[j] = candidate[j] + z[j]*(prev[j]-candidate[j])
	}
}

// Backward computes the gradients of a scalar with respect to the input of the last Forward, given those with
// respect to its outputs: dhs [T, B, H] (ignored beyond a sequence's length) and dhT [B, H]; nil = zero. It may be
// called several times; in must be what Forward was given.
func (k *GRU[T]) Backward(in Input[T], dhs, dhT []T, out Grad[T]) {
	s := &k.s
	s.checkGrads(in, dhs, dhT, nil, out)
	s.checkNoCell(out.C0)
	if k.form == ResetBefore {
		rz := 2 * s.H * s.H
		s.prepareBackward(in.Whh[:rz])
		k.candidateBack.Pack(false, s.H, s.H, in.Whh[rz:], s.H)
	} else {
		s.prepareBackward(in.Whh)
		if k.dhgates == nil {
			k.dhgates = make([]T, len(s.dgates))
		}
	}
	Parallel(s.B, chunkRows(s.B), func(_, lo, hi int) {
		s.seed(s.dh, dhT, lo, hi)
		for i := s.T - 1; i >= 0; i-- {
			if k.form == ResetAfter {
				k.backAfter(s.at(i), lo, hi, dhs)
			} else {
				k.backBefore(s.at(i), lo, hi, dhs)
			}
		}
		s.deliver(out.H0, s.dh, lo, hi)
	})
	s.inputGrad(out.X, s.dgates, in.Wih)
	s.inputWeightGrad(out.Wih, out.Bih, s.readX(in))
	if k.form == ResetAfter {
		s.weightGrad(out.Whh, 0, s.n, k.dhgates, s.previousStates(), s.H)
		s.biasGrad(out.Bhh, k.dhgates)
		return
	}
	s.biasGrad(out.Bhh, s.dgates)
	if out.Whh != nil {
		rz := 2 * s.H // the rows of Whh that meet h; the others meet r h
		s.weightGrad(out.Whh[:rz*s.H], 0, rz, s.dgates, s.previousStates(), s.H)
		s.weightGrad(out.Whh[rz*s.H:], rz, s.H, s.dgates, k.kept, s.H)
	}
}

// backAfter moves the gradient of the states of rows lo to hi back over step t, for ResetAfter.
func (k *GRU[T]) backAfter(t, lo, hi int, dhs []T) {
	s := &k.s
	n := s.H
	s.activeRuns(t, lo, hi, func(lo, hi int) {
		dgates, dhgates := s.block(s.dgates, t, lo, hi, s.n), s.block(k.dhgates, t, lo, hi, s.n)
		if hasCells[T]() {
			runCell(gruBackward, hi-lo, n, s.block(s.gates, t, lo, hi, s.n), dgates, dhgates, s.state(s.h, s.before(t), lo, hi),
				s.state(k.kept, t, lo, hi), s.outputGrad(dhs, t, lo, hi), s.dh[lo*n:hi*n])
			return
		}
		for b := lo; b < hi; b++ {
			k.backAfterRow(t, b, dhs)
		}
	}, func(b int) {
		clear(s.block(s.dgates, t, b, b+1, s.n))
		clear(s.block(k.dhgates, t, b, b+1, s.n))
	})
	s.backThroughWhh(k.dhgates, t, lo, hi)
}

// backAfterRow is backAfter for one sequence, up to the product with Whh.
func (k *GRU[T]) backAfterRow(t, b int, dhs []T) {
	s := &k.s
	n := s.H
	dh := k.backBlend(t, b, dhs)
	dgates, dhgates := s.block(s.dgates, t, b, b+1, s.n), s.block(k.dhgates, t, b, b+1, s.n)
	gates, hn := s.block(s.gates, t, b, b+1, s.n), s.state(k.kept, t, b, b+1)[:n]
	r := gates[:n]
	dr, dn := dgates[:n], dgates[2*n : 3*n][:n]
	dhn := dhgates[2*n : 3*n][:n]
	for j := range dh {
		dhn[j] = dn[j] * r[j]
		dr[j] = dn[j] * hn[j] * r[j] * (1 - r[j])
	}
	copy(dhgates, dgates[:2*n])
}

// backBefore moves the gradient of the states of rows lo to hi back over step t, for ResetBefore.
func (k *GRU[T]) backBefore(t, lo, hi int, dhs []T) {
	s := &k.s
	n := s.H
	for b := lo; b < hi; b++ {
		if !s.active(t, b) {
			clear(s.block(s.dgates, t, b, b+1, s.n))
			continue
		}
		k.backBlend(t, b, dhs)
	}
	dc := s.block(s.dgates, t, lo, hi, s.n)[2*n:]
	k.candidateBack.Mul(hi-lo, dc, s.n, 0, nil, 0, k.drh[lo*n:hi*n], n)
	for b := lo; b < hi; b++ {
		if !s.active(t, b) {
			continue
		}
		r, dr := s.block(s.gates, t, b, b+1, s.n)[:n], s.block(s.dgates, t, b, b+1, s.n)[:n]
		prev := s.state(s.h, s.before(t), b, b+1)[:n]
		dh, drh := s.dh[b*n : (b+1)*n][:n], k.drh[b*n : (b+1)*n][:n]
		for j := range dh {
			dr[j] = drh[j] * prev[j] * r[j] * (1 - r[j])
			dh[j] += drh[j] * r[j]
		}
	}
	s.backThroughWhh(s.dgates, t, lo, hi)
}

// backBlend moves the gradient of one sequence's state through h' = (1 - z) n + z h: it fills the update gate's and
// the candidate's parts of dgates, leaves in dh what goes directly to h, and returns dh.
func (k *GRU[T]) backBlend(t, b int, dhs []T) []T {
	s := &k.s
	n := s.H
	gates, dgates := s.block(s.gates, t, b, b+1, s.n), s.block(s.dgates, t, b, b+1, s.n)
	z, candidate := gates[n:2*n], gates[2*n : 3*n][:n]
	dz, dn := dgates[n:2*n], dgates[2*n : 3*n][:n]
	prev := s.state(s.h, s.before(t), b, b+1)[:n]
	dh := s.takeGrad(dhs, t, b)[:n]
	for j, d := range dh {
		zj, nj := z[j], candidate[j]
		dz[j] = d * (prev[j] - nj) * zj * (1 - zj)
		dn[j] = d * (1 - zj) * (1 - nj*nj)
		dh[j] = d * zj
	}
	return dh
}

// Load makes the weights ready for Step, which does not read w again: load them again when they have changed. Forward
// loads those that it is given.
func (k *GRU[T]) Load(w Weights[T]) { k.s.load(w, func() { k.pack(w) }) }

// Step reads one time step of up to B sequences with the loaded weights: x [b, I], and h [b, H], which it advances in
// place. It allocates nothing, gives the bits of Forward, and leaves what Forward kept alone.
func (k *GRU[T]) Step(x, h []T) {
	s := &k.s
	b := s.checkStep(x, h, h)
	g, kept := s.stepBuf[:b*s.n], k.stepKept[:b*s.H]
	s.wih.Mul(b, x, s.I, 1, s.bias, 0, g, s.n)
	k.advance(0, g, h, kept, h)
}
