package kernel

// LSTM is the long short-term memory cell over whole sequences, gates in PyTorch's order i f g o:
//
//	i = sigmoid(Wii x + bii + Whi h + bhi)    input gate
//	f = sigmoid(Wif x + bif + Whf h + bhf)    forget gate
//	g = tanh   (Wig x + big + Whg h + bhg)    candidate
//	o = sigmoid(Wio x + bio + Who h + bho)    output gate
//	c' = f c + i g
//	h' = o tanh(c')
//
// Sources: Hochreiter, Schmidhuber, "Long short-term memory", Neural Computation 9 (1997); the forget gate: Gers,
// Schmidhuber, Cummins, "Learning to forget", Neural Computation 12 (2000). No peepholes, as in torch.nn.LSTM. A
// value holds the workspace of its sizes and serves one goroutine at a time.
type LSTM[T Float] struct {
	s  sequence[T]
	c  []T // [T+1, B, H] cell states
	tc []T // [T, B, H] their hyperbolic tangents
	dc []T // [B, H]
	// stepTC is scratch for Step: [B, H].
	stepTC []T
}

// NewLSTM allocates a cell for the given sizes. It panics if a size is less than 1.
func NewLSTM[T Float](d Dims) *LSTM[T] {
	return &LSTM[T]{
		s:      newSequence[T]("LSTM", d, 4),
		c:      make([]T, (d.T+1)*d.B*d.H),
		tc:     make([]T, d.T*d.B*d.H),
		dc:     make([]T, d.B*d.H),
		stepTC: make([]T, d.B*d.H),
	}
}

// Forward runs the cell over all time steps. It writes the states hs [T, B, H], zero beyond a sequence's length, and
// each sequence's final states hT and cT [B, H] (with Reverse those after reading step 0; for length 0 the initial
// ones). Each may be nil. What Backward needs is kept.
func (k *LSTM[T]) Forward(in Input[T], hs, hT, cT []T) {
	s := &k.s
	s.checkInput(in)
	s.checkOutputs(hs, hT, cT)
	x := s.prepare(in)
	s.pack(in.Weights, in.Bih, in.Bhh)
	Parallel(s.B, chunkRows(s.B), func(_, lo, hi int) {
		s.begin(s.h, in.H0, lo, hi)
		s.begin(k.c, in.C0, lo, hi)
		for i := range s.T {
			k.forwardStep(x, s.at(i), lo, hi)
		}
		s.finish(hs, lo, hi)
		s.final(hT, s.h, lo, hi)
		s.final(cT, k.c, lo, hi)
	})
}

func (k *LSTM[T]) forwardStep(x []T, t, lo, hi int) {
	s := &k.s
	hPrev, cPrev := s.state(s.h, s.before(t), lo, hi), s.state(k.c, s.before(t), lo, hi)
	h, c := s.state(s.h, s.after(t), lo, hi), s.state(k.c, s.after(t), lo, hi)
	tc := s.state(k.tc, t, lo, hi)
	g := s.project(x, t, lo, hi)
	s.whh.Mul(hi-lo, hPrev, s.H, 1, g, s.n, g, s.n)
	lstmRows(s.H, g, cPrev, c, tc, h)
	s.keepEnded(h, hPrev, t, lo, hi)
	s.keepEnded(c, cPrev, t, lo, hi)
}

// lstmRows applies the gates [4H] to each row. c may be cPrev.
func lstmRows[T Float](n int, gates, cPrev, c, tc, h []T) {
	rows := len(h) / n
	if hasCells[T]() {
		runCell(lstmForward, rows, n, gates, cPrev, c, tc, h)
		return
	}
	for r := range rows {
		a, b := r*n, (r+1)*n
		lstmRow(gates[4*a:4*b], cPrev[a:b], c[a:b], tc[a:b], h[a:b])
	}
}

// lstmRow applies the gates to one sequence. gates [4H] is activated in place; c may be cPrev.
func lstmRow[T Float](gates, cPrev, c, tc, h []T) {
	n := len(h)
	Sigmoid(gates[:2*n], gates[:2*n])
	Tanh(gates[2*n:3*n], gates[2*n:3*n])
	Sigmoid(gates[3*n:], gates[3*n:])
	i, f, g, o := gates[:n], gates[n:2*n], gates[2*n:3*n], gates[3*n:4*n]
	cPrev, c, tc = cPrev[:n], c[:n], tc[:n]
	for j := range n {
		c[j] = f[j]*cPrev[j] + i[j]*g[j] // c' = f c + i g
	}
	Tanh(tc, c)
	for j := range n {
		h[j] = o[j] * tc[j] // h' = o tanh(c')
	}
}

// Backward computes the gradients of a scalar with respect to the input of the last Forward, given those with
// respect to its outputs: dhs [T, B, H] (ignored beyond a sequence's length), dhT and dcT [B, H]; nil = zero. It may
// be called several times; in must be what Forward was given.
func (k *LSTM[T]) Backward(in Input[T], dhs, dhT, dcT []T, out Grad[T]) {
	s := &k.s
	s.checkGrads(in, dhs, dhT, dcT, out)
	s.prepareBackward(in.Whh)
	Parallel(s.B, chunkRows(s.B), func(_, lo, hi int) {
		s.seed(s.dh, dhT, lo, hi)
		s.seed(k.dc, dcT, lo, hi)
		for i := s.T - 1; i >= 0; i-- {
			t := s.at(i)
			k.backwardRows(t, lo, hi, dhs)
			s.backThroughWhh(s.dgates, t, lo, hi)
		}
		s.deliver(out.H0, s.dh, lo, hi)
		s.deliver(out.C0, k.dc, lo, hi)
	})
	s.gradients(in, out)
}

// backwardRows is backwardRow for rows lo to hi; rows without a step t get no gradient.
func (k *LSTM[T]) backwardRows(t, lo, hi int, dhs []T) {
	s := &k.s
	s.activeRuns(t, lo, hi, func(lo, hi int) {
		if hasCells[T]() {
			runCell(lstmBackward, hi-lo, s.H, s.block(s.gates, t, lo, hi, s.n), s.block(s.dgates, t, lo, hi, s.n),
				s.state(k.c, s.before(t), lo, hi), s.state(k.tc, t, lo, hi), s.outputGrad(dhs, t, lo, hi),
				s.dh[lo*s.H:hi*s.H], k.dc[lo*s.H:hi*s.H])
			return
		}
		for b := lo; b < hi; b++ {
			k.backwardRow(t, b, dhs)
		}
	}, func(b int) { clear(s.block(s.dgates, t, b, b+1, s.n)) })
}

// backwardRow moves the gradients of one sequence's states through the gates: it consumes dh, advances dc, and fills
// dgates.
func (k *LSTM[T]) backwardRow(t, b int, dhs []T) {
	s := &k.s
	dgates := s.block(s.dgates, t, b, b+1, s.n)
	n := s.H
	gates := s.block(s.gates, t, b, b+1, s.n)
	i, f, g, o := gates[:n], gates[n:2*n], gates[2*n:3*n], gates[3*n:4*n]
	di, df, dg, do := dgates[:n], dgates[n:2*n], dgates[2*n:3*n], dgates[3*n:4*n]
	cPrev, tc := s.state(k.c, s.before(t), b, b+1)[:n], s.state(k.tc, t, b, b+1)[:n]
	dh, dc := s.takeGrad(dhs, t, b)[:n], k.dc[b*n : (b+1)*n][:n]
	for j := range n {
		ij, fj, gj, oj, tj, dhj := i[j], f[j], g[j], o[j], tc[j], dh[j]
		dcj := dc[j] + dhj*oj*(1-tj*tj)  // dc' += dh' o tanh'(c')
		di[j] = dcj * gj * ij * (1 - ij) // sigmoid' = i (1 - i)
		df[j] = dcj * cPrev[j] * fj * (1 - fj)
		dg[j] = dcj * ij * (1 - gj*gj)
		do[j] = dhj * tj * oj * (1 - oj)
		dc[j] = dcj * fj
		dh[j] = 0
	}
}

// Load makes the weights ready for Step, which does not read w again: load them again when they have changed. Forward
// loads those that it is given.
func (k *LSTM[T]) Load(w Weights[T]) { k.s.load(w, func() { k.s.pack(w, w.Bih, w.Bhh) }) }

// Step reads one time step of up to B sequences with the loaded weights: x [b, I], and h and c [b, H], which it
// advances in place. It allocates nothing, gives the bits of Forward, and leaves what Forward kept alone.
func (k *LSTM[T]) Step(x, h, c []T) {
	s := &k.s
	b := s.checkStep(x, h, c)
	g := s.stepBuf[:b*s.n]
	s.wih.Mul(b, x, s.I, 1, s.bias, 0, g, s.n)
	s.recur(g, h, b)
	lstmRows(s.H, g, c, c, k.stepTC[:b*s.H], h)
}
