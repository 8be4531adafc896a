package kernel

import "fmt"

// chunkRows is the number of batch rows that run through all time steps together. Chunks are the pieces of the
// parallel sweep, so this number decides how many processors a batch can occupy; it must depend on nothing else.
const chunkRows = 8

// sequence is what the cells share: the sizes, the packed weights, and what a forward pass keeps for
// the backward one. States are kept in T+1 slots: reading x[t] leads from slot before(t) to slot after(t).
type sequence[T Float] struct {
	Dims
	name    string
	n       int   // G*H, the width of a projection
	lengths []int // [B] of the last Forward
	ragged  bool
	ready   bool // a Forward has run
	wihT    []T  // [I, n]
	gates   []T  // [T, B, n] activations of the gates
	h       []T  // [T+1, B, H] hidden states
	stepBuf []T  // [B, n]

	masked []T // [T, B, I] copy of x with zeros beyond the lengths; made when first needed

	// Made by the first Backward, so that evaluation takes half the memory.
	whhT   []T // [H, n]
	dgates []T // [T, B, n] gradients before the activation
	dh     []T // [B, H]
	dgT    []T // [n, T*B] transpose of gradients such as dgates
	yT     []T // [max(I, H), T*B] transpose of what they multiply
	ones   []T // [T*B]
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
		wihT:    make([]T, d.I*n),
		gates:   make([]T, d.T*d.B*n),
		h:       make([]T, (d.T+1)*d.B*d.H),
		stepBuf: make([]T, d.B*n),
	}
}

// prepareBackward makes room for a backward pass and turns the recurrent weights.
func (s *sequence[T]) prepareBackward(whh []T) {
	if s.dgates == nil {
		s.whhT = make([]T, s.H*s.n)
		s.dgates = make([]T, s.T*s.B*s.n)
		s.dh = make([]T, s.B*s.H)
		s.dgT = make([]T, s.T*s.B*s.n)
		s.yT = make([]T, s.T*s.B*max(s.I, s.H))
		s.ones = make([]T, s.T*s.B)
		for i := range s.ones {
			s.ones[i] = 1
		}
	}
	transpose(s.whhT, whh, s.n, s.H)
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

// project computes gates = x Wihᵀ + b1 + b2 for all time steps.
func (s *sequence[T]) project(x, wih, b1, b2 []T) {
	transpose(s.wihT, wih, s.n, s.I)
	Parallel(s.T*s.B, 64, func(_, lo, hi int) {
		g := s.gates[lo*s.n : hi*s.n]
		fillRows(g, s.n, b1, b2)
		s.multiplyInput(hi-lo, x[lo*s.I:hi*s.I], wih, g)
	})
}

// multiplyInput computes g += x Wihᵀ for m rows, from whichever layout gives the longer inner loop.
func (s *sequence[T]) multiplyInput(m int, x, wih, g []T) {
	if s.I < 24 {
		Gemm(false, false, m, s.n, s.I, 1, x, s.I, s.wihT, s.n, 1, g, s.n)
		return
	}
	Gemm(false, true, m, s.n, s.I, 1, x, s.I, wih, s.I, 1, g, s.n)
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
func (s *sequence[T]) inputGrad(dx, dg []T) {
	if dx == nil {
		return
	}
	Parallel(s.T*s.B, 64, func(_, lo, hi int) {
		Gemm(false, true, hi-lo, s.I, s.n, 1, dg[lo*s.n:], s.n, s.wihT, s.n, 0, dx[lo*s.I:], s.I)
	})
}

// gradients computes what out asks for from dgates, for cells where all gates multiply x and the previous state.
func (s *sequence[T]) gradients(in Input[T], out Grad[T]) {
	s.inputGrad(out.X, s.dgates)
	s.turn(s.dgates)
	s.weightGrad(out.Wih, 0, s.n, s.readX(in), s.I)
	s.weightGrad(out.Whh, 0, s.n, s.previousStates(), s.H)
	s.biasGrad(out.Bih)
	s.biasGrad(out.Bhh)
}

// turn makes dg [T*B, n] the gradients that weightGrad and biasGrad use.
func (s *sequence[T]) turn(dg []T) { transposeParallel(s.dgT, dg, s.T*s.B, s.n) }

// weightGrad computes dw = dgᵀ y, [cols, width], for columns from to from+cols of the turned dg and y [T*B, width]:
// one product over all time steps and sequences. Both are transposed first, since long dot products are what gonum is
// fastest at.
func (s *sequence[T]) weightGrad(dw []T, from, cols int, y []T, width int) {
	if dw == nil {
		return
	}
	k := s.T * s.B
	transposeParallel(s.yT, y, k, width)
	GemmParallel(false, true, cols, width, k, 1, s.dgT[from*k:], k, s.yT, k, 0, dw, width)
}

// biasGrad computes db = the sum of the rows of the turned dg.
func (s *sequence[T]) biasGrad(db []T) {
	if db != nil {
		k := s.T * s.B
		GemmParallel(false, true, s.n, 1, k, 1, s.dgT, k, s.ones, k, 0, db, 1)
	}
}

// transpose writes src [rows, cols] to dst [cols, rows].
func transpose[T Float](dst, src []T, rows, cols int) {
	transposeRows(dst, src, rows, cols, 0, rows)
}

// transposeParallel is transpose on all processors.
func transposeParallel[T Float](dst, src []T, rows, cols int) {
	Parallel(rows, 512, func(_, lo, hi int) { transposeRows(dst, src, rows, cols, lo, hi) })
}

// transposeRows does rows lo to hi of a transpose, in square tiles that touch few cache lines and pages at a time.
func transposeRows[T Float](dst, src []T, rows, cols, lo, hi int) {
	const tile = 16
	for j0 := 0; j0 < cols; j0 += tile {
		j1 := min(j0+tile, cols)
		for i0 := lo; i0 < hi; i0 += tile {
			i1 := min(i0+tile, hi)
			for j := j0; j < j1; j++ {
				d := dst[j*rows+i0 : j*rows+i1]
				column := src[i0*cols+j:]
				for i := range d {
					d[i] = column[i*cols]
				}
			}
		}
	}
}

// fillRows sets each row of dst, n values wide, to b1 + b2; nil counts as zero.
func fillRows[T Float](dst []T, n int, b1, b2 []T) {
	row := dst[:n]
	clear(row)
	addTo(row, b1)
	addTo(row, b2)
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

// backThroughWhh computes dst += dg[t] Whh for rows lo to hi, dg [T, B, n], dst [B, H], counting only the gates
// whose columns of dg, rows of Whh, are from to to.
func (s *sequence[T]) backThroughWhh(dst, dg []T, t, lo, hi, from, to int) {
	d := s.block(dg, t, lo, hi, s.n)
	Gemm(false, true, hi-lo, s.H, to-from, 1, d[from:], s.n, s.whhT[from:], s.n, 1, dst[lo*s.H:hi*s.H], s.H)
}

// readX returns the x that the last Forward read.
func (s *sequence[T]) readX(in Input[T]) []T {
	if s.ragged {
		return s.masked
	}
	return in.X
}
