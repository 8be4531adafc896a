package kernel

import "fmt"

// Dims are the sizes of a cell that runs over whole sequences: T time steps, B sequences, I inputs, H hidden units.
//
// With Reverse each sequence is read from its own end, step length-1, down to step 0, as PyTorch's backward
// direction does with packed sequences. Inputs and outputs stay in their places: hs[t] is the state after reading
// x[t].
type Dims struct {
	T, B, I, H int
	Reverse    bool
}

// Weights are a cell's parameters, in PyTorch's layouts; G is the cell's number of gates (RNN 1, GRU 3, LSTM 4),
// stacked along the rows.
type Weights[T Float] struct {
	Wih []T // [G*H, I]
	Whh []T // [G*H, H]
	Bih []T // [G*H], nil = none
	Bhh []T // [G*H], nil = none
}

// Input is what a cell reads.
type Input[T Float] struct {
	X  []T // [T, B, I]; values beyond a sequence's length are never used
	H0 []T // [B, H], nil = zero
	C0 []T // [B, H], nil = zero; LSTM only, nil for the others
	Weights[T]
	Lengths []int // [B], 0 <= length <= T; nil = all T
}

// Grad is where Backward writes the gradients with respect to an Input. Each field has the shape of
// its namesake and is overwritten; nil = not wanted.
type Grad[T Float] struct {
	X, H0, C0 []T
	Weights[T]
}

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
	masked  []T // [T, B, I] copy of x with zeros beyond the lengths; made when first needed
	wihT    []T // [I, n]
	whhT    []T // [H, n]
	gates   []T // [T, B, n] activations of the gates
	h       []T // [T+1, B, H] hidden states
	dgates  []T // [T, B, n] gradients before the activation
	dh      []T // [B, H]
	dwT     []T // [max(I, H), n]
	ones    []T // [T*B]
	stepBuf []T // [B, n]
}

func newSequence[T Float](name string, d Dims, gates int) sequence[T] {
	if d.T < 1 || d.B < 1 || d.I < 1 || d.H < 1 {
		panic(fmt.Sprintf("kernel: %s with T=%d B=%d I=%d H=%d, want all at least 1", name, d.T, d.B, d.I, d.H))
	}
	n := gates * d.H
	s := sequence[T]{
		Dims:    d,
		name:    name,
		n:       n,
		lengths: make([]int, d.B),
		wihT:    make([]T, d.I*n),
		whhT:    make([]T, d.H*n),
		gates:   make([]T, d.T*d.B*n),
		h:       make([]T, (d.T+1)*d.B*d.H),
		dgates:  make([]T, d.T*d.B*n),
		dh:      make([]T, d.B*d.H),
		dwT:     make([]T, max(d.I, d.H)*n),
		ones:    make([]T, d.T*d.B),
		stepBuf: make([]T, d.B*n),
	}
	for i := range s.ones {
		s.ones[i] = 1
	}
	return s
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

// prepare validates the input and takes the lengths in; project then needs nothing else. It returns the x to be read.
func (s *sequence[T]) prepare(in Input[T]) []T {
	s.check("X", len(in.X), s.T*s.B*s.I, false)
	s.check("H0", len(in.H0), s.B*s.H, in.H0 == nil)
	s.check("C0", len(in.C0), s.B*s.H, in.C0 == nil)
	s.checkWeights(in.Weights)
	s.check("Lengths", len(in.Lengths), s.B, in.Lengths == nil)
	s.ragged = false
	for b := range s.lengths {
		s.lengths[b] = s.T
		if in.Lengths == nil {
			continue
		}
		n := in.Lengths[b]
		if n < 0 || n > s.T {
			panic(fmt.Sprintf("kernel: %s: length of sequence %d is %d, want 0 to T=%d", s.name, b, n, s.T))
		}
		s.lengths[b] = n
		s.ragged = s.ragged || n < s.T
	}
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

func (s *sequence[T]) checkWeights(w Weights[T]) {
	s.check("Wih", len(w.Wih), s.n*s.I, false)
	s.check("Whh", len(w.Whh), s.n*s.H, false)
	s.check("Bih", len(w.Bih), s.n, w.Bih == nil)
	s.check("Bhh", len(w.Bhh), s.n, w.Bhh == nil)
}

func (s *sequence[T]) check(what string, got, want int, absent bool) {
	if got != want && !absent {
		panic(fmt.Sprintf("kernel: %s: %s has %d values, want %d for T=%d B=%d I=%d H=%d", s.name, what, got, want, s.T, s.B, s.I, s.H))
	}
}

// checkGrads validates what Backward is given and asked for.
func (s *sequence[T]) checkGrads(dhs, dhT, dcT []T, out Grad[T]) {
	for _, c := range []struct {
		what string
		got  []T
		want int
	}{
		{"dhs", dhs, s.T * s.B * s.H}, {"dhT", dhT, s.B * s.H}, {"dcT", dcT, s.B * s.H},
		{"gradient X", out.X, s.T * s.B * s.I}, {"gradient H0", out.H0, s.B * s.H}, {"gradient C0", out.C0, s.B * s.H},
		{"gradient Wih", out.Wih, s.n * s.I}, {"gradient Whh", out.Whh, s.n * s.H},
		{"gradient Bih", out.Bih, s.n}, {"gradient Bhh", out.Bhh, s.n},
	} {
		s.check(c.what, len(c.got), c.want, c.got == nil)
	}
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

// weightGrad computes dw = dgᵀ y, [cols, width], for columns from to from+cols of dg [T*B, n] and y [T*B, width]: one
// product over all time steps and sequences.
func (s *sequence[T]) weightGrad(dw, dg []T, from, cols int, y []T, width int) {
	if dw == nil {
		return
	}
	// The transposed product yᵀ dg has the longer rows.
	GemmParallel(true, false, width, cols, s.T*s.B, 1, y, width, dg[from:], s.n, 0, s.dwT, cols)
	transpose(dw, s.dwT, width, cols)
}

// biasGrad computes db = the sum of the rows of dg [T*B, n].
func (s *sequence[T]) biasGrad(db, dg []T) {
	if db != nil {
		GemmParallel(false, false, 1, s.n, s.T*s.B, 1, s.ones, s.T*s.B, dg, s.n, 0, db, s.n)
	}
}

// transpose writes src [rows, cols] to dst [cols, rows].
func transpose[T Float](dst, src []T, rows, cols int) {
	const tile = 16
	for i0 := 0; i0 < rows; i0 += tile {
		i1 := min(i0+tile, rows)
		for j := range cols {
			d := dst[j*rows+i0 : j*rows+i1]
			for i := range d {
				d[i] = src[(i0+i)*cols+j]
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

func (s *sequence[T]) checkOutputs(hs, hT, cT []T) {
	s.check("hs", len(hs), s.T*s.B*s.H, hs == nil)
	s.check("hT", len(hT), s.B*s.H, hT == nil)
	s.check("cT", len(cT), s.B*s.H, cT == nil)
}

func (s *sequence[T]) checkNoCell(c []T) {
	if c != nil {
		panic(fmt.Sprintf("kernel: %s has no cell state: leave C0 nil", s.name))
	}
}

// checkStep validates the arguments of a Step and returns the number of sequences.
func (s *sequence[T]) checkStep(w Weights[T], x, h, c []T) int {
	s.checkWeights(w)
	b := len(x) / s.I
	if b > s.B || len(x) != b*s.I || len(h) != b*s.H || (c != nil && len(c) != b*s.H) {
		panic(fmt.Sprintf("kernel: %s: Step with %d values of x and %d of h (c %d), want b*I and b*H with I=%d H=%d and b at most %d", s.name, len(x), len(h), len(c), s.I, s.H, s.B))
	}
	return b
}
