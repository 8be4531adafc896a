package kernel

import "fmt"

// chunkRows is the number of the batch's rows that run through all time steps together. Chunks are the pieces of the
// parallel sweep, so this number decides how many processors a batch can occupy; it must depend on B alone. Eight rows
// fill a tile; sixteen would read the recurrent weights half as often, and gain a fiftieth. The smallest batches stay whole.
func chunkRows(b int) int { return min(max((b+1)/2, 4), 8) }

// sequence is what the cells share: the sizes, the packed weights, and what a forward pass keeps for
// the backward one. States are kept in T+1 slots: reading x[t] leads from slot before(t) to slot after(t).
type sequence[T Float] struct {
	Dims
	name    string
	n       int   // G*H, the width of a projection
	lengths []int // [B] of the last Forward
	ragged  bool
	ready   bool // a Forward has run
	loaded  bool // weights are ready for a step
	turn    bool // the end at which the next step of one row begins with the recurrent weights
	wih     Packed[T]
	whh     Packed[T]
	bias    []T // [n]
	gates   []T // [T, B, n] activations of the gates
	h       []T // [T+1, B, H] hidden states
	stepBuf []T // [B, n]

	masked []T // [T, B, I] copy of x with zeros beyond the lengths; made when first needed

	// Made by the first Backward, so that evaluation takes half the memory.
	whhBack Packed[T]
	wihBack Packed[T]
	dgates  []T // [T, B, n] gradients before the activation
	dh      []T // [B, H]
	none    []T // [B, H] zeros, where there is no gradient of hs
	inputs  []T // [T*B, I+1] x with ones beside it, for few inputs
	sums    []T // [I+1, n] the gradients of weights and bias, turned
	ones    []T // [T*B], for many inputs
}

func newSequence[T Float](name string, d Dims, gates int) sequence[T] {
	if d.T < 1 || d.B < 1 || d.I < 1 || d.H < 1 {
		panic(fmt.Sprintf("kernel: %s with T=%d B=%d I=%d H=%d, want all at least 1", name, d.T, d.B, d.I, d.H))
	}
	n := gates * d.H
	return sequence[T]{
		Dims:    d,
		name:    name,
		n:       n,
		lengths: make([]int, d.B),
		bias:    make([]T, n),
		gates:   make([]T, d.T*d.B*n),
		h:       make([]T, (d.T+1)*d.B*d.H),
		stepBuf: make([]T, d.B*n),
	}
}

// prepareBackward makes room for a backward pass and packs the recurrent weights, wanted from the other side.
func (s *sequence[T]) prepareBackward(whh []T) {
	if s.dgates == nil {
		s.dgates = make([]T, s.T*s.B*s.n)
		s.dh = make([]T, s.B*s.H)
		s.none = make([]T, s.B*s.H)
		s.sums = make([]T, (s.I+1)*s.n)
		if s.I < fewInputs {
			s.inputs = make([]T, s.T*s.B*(s.I+1))
		}
		s.ones = make([]T, s.T*s.B)
		for i := range s.ones {
			s.ones[i] = 1
		}
	}
	s.whhBack.Pack(false, len(whh)/s.H, s.H, whh, s.H)
}

// at returns the time index that is read i-th.
func (s *sequence[T]) at(i int) int {
	if s.Reverse {
		return s.T - 1 - i
	}
	return i
}

// before returns the slot of the state that x[t] meets.
func (s *sequence[T]) before(t int) int {
	if s.Reverse {
		return t + 1
	}
	return t
}

// after returns the slot of the state that x[t] leaves.
func (s *sequence[T]) after(t int) int {
	if s.Reverse {
		return t
	}
	return t + 1
}

// active reports whether sequence b has a step t.
func (s *sequence[T]) active(t, b int) bool { return t < s.lengths[b] }

// block returns rows lo to hi of matrix i of a stack of [B, width] matrices.
func (s *sequence[T]) block(stack []T, i, lo, hi, width int) []T {
	return stack[(i*s.B+lo)*width : (i*s.B+hi)*width]
}

// state returns rows lo to hi of a slot.
func (s *sequence[T]) state(states []T, slot, lo, hi int) []T {
	return s.block(states, slot, lo, hi, s.H)
}

// prepare takes the lengths of a validated input in and returns the x to be read: in.X, or a copy with zeros beyond
// the lengths, since whatever stands there would meet zero gradients in products, and 0 * NaN is NaN.
func (s *sequence[T]) prepare(in Input[T]) []T {
	s.ragged = false
	for b := range s.lengths {
		s.lengths[b] = s.T
		if in.Lengths != nil {
			s.lengths[b] = in.Lengths[b]
		}
		s.ragged = s.ragged || s.lengths[b] < s.T
	}
	s.ready = true
	if !s.ragged {
		return in.X
	}
	if s.masked == nil {
		s.masked = make([]T, s.T*s.B*s.I)
	}
	for t := range s.T {
		for b := range s.B {
			row := s.block(s.masked, t, b, b+1, s.I)
			if s.active(t, b) {
				copy(row, s.block(in.X, t, b, b+1, s.I))
			} else {
				clear(row)
			}
		}
	}
	return s.masked
}

// pack makes the weights ready for a forward pass; the projection of x adds b1 + b2.
func (s *sequence[T]) pack(w Weights[T], b1, b2 []T) {
	s.wih.Pack(true, s.I, s.n, w.Wih, s.I)
	s.whh.Pack(true, s.H, s.n, w.Whh, s.H)
	fillRows(s.bias, s.n, b1, b2)
}

// load checks weights and packs them for steps.
func (s *sequence[T]) load(w Weights[T], pack func()) {
	s.checkWeights(w)
	pack()
	s.loaded = true
}

// recur computes g += h Whhᵀ for the rows of a step.
func (s *sequence[T]) recur(g, h []T, rows int) {
	if rows == 1 {
		s.turn = !s.turn
		s.whh.mulRow(h, g[:s.whh.n], s.turn)
		return
	}
	s.whh.Mul(rows, h, s.H, 1, g, s.n, g, s.n)
}

// project computes gates[t] = x[t] Wihᵀ + bias for rows lo to hi, and returns them.
func (s *sequence[T]) project(x []T, t, lo, hi int) []T {
	g := s.block(s.gates, t, lo, hi, s.n)
	s.wih.Mul(hi-lo, s.block(x, t, lo, hi, s.I), s.I, 1, s.bias, 0, g, s.n)
	return g
}

// begin puts the initial state of rows lo to hi in its slot.
func (s *sequence[T]) begin(states, initial []T, lo, hi int) {
	first := s.state(states, s.before(s.at(0)), lo, hi)
	if initial == nil {
		clear(first)
		return
	}
	copy(first, initial[lo*s.H:hi*s.H])
}

// finish copies rows lo to hi of the states to hs [T, B, H], with zeros beyond the lengths.
func (s *sequence[T]) finish(hs []T, lo, hi int) {
	if hs == nil {
		return
	}
	for t := range s.T {
		copy(s.state(hs, t, lo, hi), s.state(s.h, s.after(t), lo, hi))
		for b := lo; s.ragged && b < hi; b++ {
			if !s.active(t, b) {
				clear(s.state(hs, t, b, b+1))
			}
		}
	}
}

// final copies rows lo to hi of the last slot to dst [B, H].
func (s *sequence[T]) final(dst, states []T, lo, hi int) {
	if dst != nil {
		copy(dst[lo*s.H:hi*s.H], s.state(states, s.after(s.at(s.T-1)), lo, hi))
	}
}

// seed starts the gradient of a state in rows lo to hi from that of the final state.
func (s *sequence[T]) seed(d, final []T, lo, hi int) {
	if final == nil {
		clear(d[lo*s.H : hi*s.H])
		return
	}
	copy(d[lo*s.H:hi*s.H], final[lo*s.H:hi*s.H])
}

// deliver copies rows lo to hi of the gradient of an initial state to dst [B, H], if it is wanted.
func (s *sequence[T]) deliver(dst, d []T, lo, hi int) {
	if dst != nil {
		copy(dst[lo*s.H:hi*s.H], d[lo*s.H:hi*s.H])
	}
}

// previousStates returns, for all (t, b) in order, the state that x[t] met: [T*B, H].
func (s *sequence[T]) previousStates() []T {
	first := min(s.before(0), s.before(s.T-1))
	return s.h[first*s.B*s.H : (first+s.T)*s.B*s.H]
}

// inputGrad computes dx = dg Wih for dg [T*B, n].
func (s *sequence[T]) inputGrad(dx, dg, wih []T) {
	if dx == nil {
		return
	}
	s.wihBack.Pack(false, s.n, s.I, wih, s.I)
	Parallel(s.T*s.B, 64, func(_, lo, hi int) {
		s.wihBack.Mul(hi-lo, dg[lo*s.n:], s.n, 0, nil, 0, dx[lo*s.I:], s.I)
	})
}

// gradients computes what out asks for from dgates, for cells where all gates multiply x and the previous state.
func (s *sequence[T]) gradients(in Input[T], out Grad[T]) {
	s.inputGrad(out.X, s.dgates, in.Wih)
	s.weightGrad(out.Whh, 0, s.n, s.dgates, s.previousStates(), s.H)
	s.inputWeightGrad(out.Wih, out.Bih, s.readX(in))
	if out.Bhh != nil && out.Bih != nil {
		copy(out.Bhh, out.Bih)
	} else {
		s.biasGrad(out.Bhh, s.dgates)
	}
}

// weightGrad computes dw = dgᵀ y, [cols, width], for columns from to from+cols of dg [T*B, n] and y [T*B, width]: one
// product over all time steps and sequences.
func (s *sequence[T]) weightGrad(dw []T, from, cols int, dg, y []T, width int) {
	if dw != nil {
		GemmParallel(true, false, cols, width, s.T*s.B, 1, dg[from:], s.n, y, width, 0, dw, width)
	}
}

// fewInputs is the number of inputs from which they fill a tile. Fewer would leave most of a panel empty: then the
// turned product is computed, of x with ones beside it, which gives the gradient of the bias too.
const fewInputs = 12

// inputWeightGrad computes dw = dgatesᵀ x and db = the sum of the rows of dgates, where wanted.
func (s *sequence[T]) inputWeightGrad(dw, db, x []T) {
	if s.I >= fewInputs {
		s.weightGrad(dw, 0, s.n, s.dgates, x, s.I)
		s.biasGrad(db, s.dgates)
		return
	}
	width := s.I + 1
	for i := range s.T * s.B {
		copy(s.inputs[i*width:], x[i*s.I:(i+1)*s.I])
		s.inputs[(i+1)*width-1] = 1
	}
	s.sumRows(s.sums, s.inputs, width, s.dgates)
	if db != nil {
		copy(db, s.sums[s.I*s.n:])
	}
	for j := range len(dw) / s.I {
		for i := range s.I {
			dw[j*s.I+i] = s.sums[i*s.n+j]
		}
	}
}

// biasGrad computes db = the sum of the rows of dg [T*B, n].
func (s *sequence[T]) biasGrad(db, dg []T) {
	if db != nil {
		s.sumRows(db, s.ones, 1, dg)
	}
}

// sumRows computes dst = yᵀ dg, [width, n], for y [T*B, width] and dg [T*B, n].
func (s *sequence[T]) sumRows(dst, y []T, width int, dg []T) {
	Parallel(s.n, 128, func(_, lo, hi int) {
		Gemm(true, false, width, hi-lo, s.T*s.B, 1, y, width, dg[lo:], s.n, 0, dst[lo:], s.n)
	})
}

// fillRows sets each row of dst, n values wide, to b1 + b2; nil counts as zero.
func fillRows[T Float](dst []T, n int, b1, b2 []T) {
	row := dst[:n]
	if b1 == nil {
		b1, b2 = b2, nil
	}
	switch {
	case b1 == nil:
		clear(row)
	case b2 == nil:
		copy(row, b1)
	default:
		b1, b2 = b1[:len(row)], b2[:len(row)]
		for i := range row {
			row[i] = b1[i] + b2[i]
		}
	}
	for i := n; i < len(dst); i += n {
		copy(dst[i:i+n], row)
	}
}

// addTo computes dst += src; nil counts as zero.
func addTo[T Float](dst, src []T) {
	if src == nil {
		return
	}
	src = src[:len(dst)]
	for i := range dst {
		dst[i] += src[i]
	}
}

// keepEnded carries the state of the sequences without a step t over: next = prev.
func (s *sequence[T]) keepEnded(next, prev []T, t, lo, hi int) {
	for b := lo; s.ragged && b < hi; b++ {
		if !s.active(t, b) {
			copy(next[(b-lo)*s.H:][:s.H], prev[(b-lo)*s.H:][:s.H])
		}
	}
}

// takeGrad adds the gradient of output hs[t, b] to that of the state and returns the sum, in place.
func (s *sequence[T]) takeGrad(dhs []T, t, b int) []T {
	dh := s.dh[b*s.H : (b+1)*s.H]
	if dhs != nil {
		addTo(dh, s.state(dhs, t, b, b+1))
	}
	return dh
}

// outputGrad returns rows lo to hi of the gradient of hs[t], or zeros.
func (s *sequence[T]) outputGrad(dhs []T, t, lo, hi int) []T {
	if dhs == nil {
		return s.none[lo*s.H : hi*s.H]
	}
	return s.state(dhs, t, lo, hi)
}

// backThroughWhh computes dh += dg[t] Whh for rows lo to hi, dg [T, B, n], and the rows of Whh that were packed.
func (s *sequence[T]) backThroughWhh(dg []T, t, lo, hi int) {
	dh := s.dh[lo*s.H : hi*s.H]
	s.whhBack.Mul(hi-lo, s.block(dg, t, lo, hi, s.n), s.n, 1, dh, s.H, dh, s.H)
}

// activeRuns calls f for each run of rows in lo to hi with a step t, and clear for each row without one.
func (s *sequence[T]) activeRuns(t, lo, hi int, f func(lo, hi int), clear func(b int)) {
	for lo < hi {
		end := lo
		for end < hi && s.active(t, end) {
			end++
		}
		if end > lo {
			f(lo, end)
		}
		for lo = end; lo < hi && !s.active(t, lo); lo++ {
			clear(lo)
		}
	}
}

// readX returns the x that the last Forward read.
func (s *sequence[T]) readX(in Input[T]) []T {
	if s.ragged {
		return s.masked
	}
	return in.X
}
