package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// cell gives the three cells one face, so that each test serves all of them.
type cell[T Float] interface {
	forward(in Input[T], hs, hT, cT []T)
	backward(in Input[T], dhs, dhT, dcT []T, out Grad[T])
	load(w Weights[T])
	step(x, h, c []T)
}

type (
	rnnCell[T Float]  struct{ *RNN[T] }
	gruCell[T Float]  struct{ *GRU[T] }
	lstmCell[T Float] struct{ *LSTM[T] }
)

func (c rnnCell[T]) forward(in Input[T], hs, hT, _ []T) { c.Forward(in, hs, hT) }
func (c rnnCell[T]) backward(in Input[T], dhs, dhT, _ []T, out Grad[T]) {
	c.Backward(in, dhs, dhT, out)
}
func (c rnnCell[T]) load(w Weights[T])                  { c.Load(w) }
func (c rnnCell[T]) step(x, h, _ []T)                   { c.Step(x, h) }
func (c gruCell[T]) forward(in Input[T], hs, hT, _ []T) { c.Forward(in, hs, hT) }
func (c gruCell[T]) backward(in Input[T], dhs, dhT, _ []T, out Grad[T]) {
	c.Backward(in, dhs, dhT, out)
}
func (c gruCell[T]) load(w Weights[T])                    { c.Load(w) }
func (c gruCell[T]) step(x, h, _ []T)                     { c.Step(x, h) }
func (c lstmCell[T]) forward(in Input[T], hs, hT, cT []T) { c.Forward(in, hs, hT, cT) }
func (c lstmCell[T]) backward(in Input[T], dhs, dhT, dcT []T, out Grad[T]) {
	c.Backward(in, dhs, dhT, dcT, out)
}
func (c lstmCell[T]) load(w Weights[T]) { c.Load(w) }
func (c lstmCell[T]) step(x, h, cs []T) { c.Step(x, h, cs) }

var kinds = []string{"rnn_tanh", "rnn_relu", "lstm", "gru", "gru_before"}

func gatesOf(kind string) int { return map[string]int{"lstm": 4, "gru": 3, "gru_before": 3}[kind] }

func newCell[T Float](kind string, d Dims) cell[T] {
	switch kind {
	case "rnn_tanh":
		return rnnCell[T]{NewRNN[T](d, ActTanh)}
	case "rnn_relu":
		return rnnCell[T]{NewRNN[T](d, ActReLU)}
	case "lstm":
		return lstmCell[T]{NewLSTM[T](d)}
	case "gru":
		return gruCell[T]{NewGRU[T](d, ResetAfter)}
	case "gru_before":
		return gruCell[T]{NewGRU[T](d, ResetBefore)}
	}
	panic("unknown kind " + kind)
}

// problem is an input, what came of it, and gradients to send back.
type problem[T Float] struct {
	d             Dims
	in            Input[T]
	hs, hT, cT    []T
	dhs, dhT, dcT []T
	out           Grad[T]
}

// newProblem draws a problem. With bare there are neither biases nor initial states.
func newProblem[T Float](r *rand.Rand, kind string, d Dims, lengths []int, bare bool) *problem[T] {
	n := max(1, gatesOf(kind)) * d.H
	p := &problem[T]{d: d}
	p.in = Input[T]{X: randomSlice[T](r, d.T*d.B*d.I), Lengths: lengths}
	p.in.Weights = Weights[T]{Wih: randomSlice[T](r, n*d.I), Whh: randomSlice[T](r, n*d.H)}
	if !bare {
		p.in.Bih, p.in.Bhh, p.in.H0 = randomSlice[T](r, n), randomSlice[T](r, n), randomSlice[T](r, d.B*d.H)
		if kind == "lstm" {
			p.in.C0 = randomSlice[T](r, d.B*d.H)
		}
	}
	bh := d.B * d.H
	p.hs, p.hT = make([]T, d.T*bh), make([]T, bh)
	p.dhs, p.dhT = randomSlice[T](r, d.T*bh), randomSlice[T](r, bh)
	if kind == "lstm" {
		p.cT, p.dcT = make([]T, bh), randomSlice[T](r, bh)
	}
	p.out = Grad[T]{X: garbage(p.in.X), H0: garbage(p.in.H0), C0: garbage(p.in.C0)}
	p.out.Weights = Weights[T]{Wih: garbage(p.in.Wih), Whh: garbage(p.in.Whh), Bih: garbage(p.in.Bih), Bhh: garbage(p.in.Bhh)}
	return p
}

// garbage returns a slice like s full of NaN, which a kernel must overwrite.
func garbage[T Float](s []T) []T {
	if s == nil {
		return nil
	}
	g := make([]T, len(s))
	for i := range g {
		g[i] = T(math.NaN())
	}
	return g
}

// loss is the linear functional of the outputs whose gradients with respect to them are dhs, dhT and dcT.
func (p *problem[T]) loss(c cell[T]) float64 {
	c.forward(p.in, p.hs, p.hT, p.cT)
	return dot(p.hs, p.dhs) + dot(p.hT, p.dhT) + dot(p.cT, p.dcT)
}

func dot[T Float](a, b []T) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// pairs lists the inputs beside their gradients.
func (p *problem[T]) pairs() map[string][2][]T {
	return map[string][2][]T{
		"x": {p.in.X, p.out.X}, "h0": {p.in.H0, p.out.H0}, "c0": {p.in.C0, p.out.C0},
		"wih": {p.in.Wih, p.out.Wih}, "whh": {p.in.Whh, p.out.Whh},
		"bih": {p.in.Bih, p.out.Bih}, "bhh": {p.in.Bhh, p.out.Bhh},
	}
}

func TestGradientsAgreeWithCentralDifferences(t *testing.T) {
	cases := []struct {
		d       Dims
		lengths []int
		bare    bool
	}{
		{Dims{T: 1, B: 1, I: 1, H: 1}, nil, false},
		{Dims{T: 1, B: 1, I: 1, H: 3}, nil, true},
		{Dims{T: 4, B: 1, I: 2, H: 3}, nil, false},
		{Dims{T: 5, B: 3, I: 1, H: 3}, []int{5, 0, 2}, false},
		{Dims{T: 5, B: 3, I: 2, H: 3, Reverse: true}, []int{3, 5, 0}, false},
		{Dims{T: 3, B: 2, I: 9, H: 2, Reverse: true}, nil, true},
		{Dims{T: 3, B: 10, I: 25, H: 2}, []int{1, 2, 3, 3, 3, 0, 0, 1, 2, 3}, false}, // two chunks
		{Dims{T: 2, B: 1, I: 2, H: 2}, []int{0}, false},
	}
	for _, kind := range kinds {
		for i, c := range cases {
			t.Run(fmt.Sprintf("%s/%+v/bare=%t", kind, c.d, c.bare), func(t *testing.T) {
				p := newProblem[float64](newRand(uint64(i)), kind, c.d, c.lengths, c.bare)
				k := newCell[float64](kind, c.d)
				p.loss(k)
				k.backward(p.in, p.dhs, p.dhT, p.dcT, p.out)
				for name, pair := range p.pairs() {
					for j := range pair[0] {
						want := p.slope(k, &pair[0][j])
						// The step's rounding and truncation errors are both near 1e-10; gradients are of order 1.
						if got := pair[1][j]; !(math.Abs(got-want) <= 1e-8*max(1, math.Abs(want))) {
							t.Fatalf("d%s[%d] = %v, central difference %v", name, j, got, want)
						}
					}
				}
			})
		}
	}
}

// slope estimates the derivative of the loss with respect to *v: five-point central difference, error O(step⁴).
func (p *problem[T]) slope(k cell[T], v *T) float64 {
	const step = 1e-4
	was := *v
	at := func(d float64) float64 {
		*v = was + T(d)
		return p.loss(k)
	}
	s := (8*(at(step)-at(-step)) - (at(2*step) - at(-2*step))) / (12 * step)
	*v = was
	return s
}
