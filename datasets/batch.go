package datasets

import (
	"fmt"
	"slices"
)

// Array is a dense row-major array of float64.
type Array struct {
	Shape []int
	Data  []float64
}

// NewArray returns an array of zeros.
func NewArray(shape ...int) Array {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return Array{Shape: slices.Clone(shape), Data: make([]float64, n)}
}

// IsZero tells whether the array is absent: it has no shape.
func (a Array) IsZero() bool { return len(a.Shape) == 0 }

// Offset returns where in Data the element of the indices is, one index for each dimension.
func (a Array) Offset(indices ...int) int {
	if len(indices) != len(a.Shape) {
		panic(fmt.Sprintf("datasets: %d indices for an array of shape %v", len(indices), a.Shape))
	}
	at := 0
	for d, i := range indices {
		if i < 0 || i >= a.Shape[d] {
			panic(fmt.Sprintf("datasets: index %v of an array of shape %v", indices, a.Shape))
		}
		at = at*a.Shape[d] + i
	}
	return at
}

// At returns the element of the indices.
func (a Array) At(indices ...int) float64 { return a.Data[a.Offset(indices...)] }

// Clone returns a copy that shares nothing.
func (a Array) Clone() Array { return Array{Shape: slices.Clone(a.Shape), Data: slices.Clone(a.Data)} }

// reshape makes a an array of zeros of the shape and keeps its memory where it is large enough.
func (a *Array) reshape(shape ...int) {
	n := 1
	for _, d := range shape {
		n *= d
	}
	a.Shape = append(a.Shape[:0], shape...)
	a.Data = slices.Grow(a.Data[:0], n)[:n]
	clear(a.Data)
}

// Batch is what one step of learning takes, time-major: T time steps, B sequences, I inputs, H horizon (forecast
// steps), F known-future columns, D targets. Its slices are valid until the next call of the source that gave it;
// Clone keeps them.
type Batch struct {
	T, B int
	// X holds the inputs, [T, B, I]: past values of all input columns, scaled; the past of known covariates and of
	// calendar features are columns of X too.
	X Array
	// Future holds the known covariates at the forecast steps, [H, B, F]; absent if there are none.
	Future Array
	// Y holds the targets, scaled: [H, B, D] for a forecast, [T, B, D] for one label a step, [B, D] for one label
	// a sequence. For classification D is 1 and the value is the index of the class. Absent where the truth lies in
	// the future.
	Y Array
	// Mask is the weight of each element of Y, of its shape (0 = ignore); absent means all ones.
	Mask Array
	// Lengths holds the length of each sequence, [B]; nil means that all have length T.
	Lengths []int
	// Level and Spread are reserved and nil.
	Level, Spread []float64
	// Series tells which series each window comes from, [B]; nil for sequences that are not windows.
	Series []int
	// Origin is the row in the series of each window's first forecast step, [B].
	Origin []int
	// Carry says that the state at the end of the previous batch is the initial state of this one (truncated BPTT).
	Carry bool
	// Reset marks, with Carry, the sequences whose state starts at zero, [B].
	Reset []bool
}

// Clone returns a copy that stays valid.
func (b Batch) Clone() Batch {
	b.X, b.Future, b.Y, b.Mask = b.X.Clone(), b.Future.Clone(), b.Y.Clone(), b.Mask.Clone()
	b.Lengths, b.Series, b.Origin = slices.Clone(b.Lengths), slices.Clone(b.Series), slices.Clone(b.Origin)
	b.Level, b.Spread, b.Reset = slices.Clone(b.Level), slices.Clone(b.Spread), slices.Clone(b.Reset)
	return b
}

// Pick returns a copy of some windows of a batch of forecasts, in the order of their indices.
func (b Batch) Pick(windows []int) Batch {
	p := Batch{T: b.T, B: len(windows), X: b.X.pick(windows), Future: b.Future.pick(windows), Y: b.Y.pick(windows), Mask: b.Mask.pick(windows), Carry: b.Carry}
	for _, k := range windows {
		if b.Lengths != nil {
			p.Lengths = append(p.Lengths, b.Lengths[k])
		}
		if b.Series != nil {
			p.Series = append(p.Series, b.Series[k])
		}
		if b.Origin != nil {
			p.Origin = append(p.Origin, b.Origin[k])
		}
		if b.Reset != nil {
			p.Reset = append(p.Reset, b.Reset[k])
		}
	}
	return p
}

// pick copies some of B in an array [N, B, M].
func (a Array) pick(windows []int) Array {
	if a.IsZero() {
		return a
	}
	n, b, m := a.Shape[0], a.Shape[1], a.Shape[2]
	out := NewArray(n, len(windows), m)
	for i := range n {
		for j, k := range windows {
			copy(out.Data[(i*len(windows)+j)*m:][:m], a.Data[(i*b+k)*m:])
		}
	}
	return out
}

// Weight returns the sum of the mask, or the number of targets when there is no mask.
func (b Batch) Weight() float64 {
	if b.Mask.IsZero() {
		return float64(len(b.Y.Data))
	}
	sum := 0.0
	for _, m := range b.Mask.Data {
		sum += m
	}
	return sum
}
