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

// checkInput panics when an input does not have the cell's sizes.
func (s *sequence[T]) checkInput(in Input[T]) {
	s.check("X", len(in.X), s.T*s.B*s.I, false)
	s.check("H0", len(in.H0), s.B*s.H, in.H0 == nil)
	s.check("C0", len(in.C0), s.B*s.H, in.C0 == nil)
	s.checkWeights(in.Weights)
	s.check("Lengths", len(in.Lengths), s.B, in.Lengths == nil)
	for b, n := range in.Lengths {
		if n < 0 || n > s.T {
			panic(fmt.Sprintf("kernel: %s: length of sequence %d is %d, want 0 to T=%d", s.name, b, n, s.T))
		}
	}
}

// checkGrads panics when what Backward is given, or asked for, does not have the cell's sizes.
func (s *sequence[T]) checkGrads(in Input[T], dhs, dhT, dcT []T, out Grad[T]) {
	if !s.ready {
		panic(fmt.Sprintf("kernel: %s: Backward needs what a Forward keeps: call Forward first", s.name))
	}
	s.checkInput(in)
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

// checkStep validates the arguments of a Step and returns the number of sequences. Cells without a cell state pass h
// twice.
func (s *sequence[T]) checkStep(x, h, c []T) int {
	if !s.loaded {
		panic(fmt.Sprintf("kernel: %s: Step needs weights: call Load first", s.name))
	}
	b := len(x) / s.I
	if b > s.B || len(x) != b*s.I || len(h) != b*s.H || len(c) != b*s.H {
		panic(fmt.Sprintf("kernel: %s: Step with %d values of x, %d of h and %d of c, want b*I, b*H and b*H with I=%d H=%d and b at most %d", s.name, len(x), len(h), len(c), s.I, s.H, s.B))
	}
	return b
}
