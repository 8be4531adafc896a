package kernel

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"
)

// run does a forward and a backward pass and returns all results in a fixed order.
func (p *problem[T]) run(k cell[T]) [][]T {
	k.forward(p.in, p.hs, p.hT, p.cT)
	k.backward(p.in, p.dhs, p.dhT, p.dcT, p.out)
	o := p.out
	all := [][]T{p.hs, p.hT, p.cT, o.X, o.H0, o.C0, o.Wih, o.Whh, o.Bih, o.Bhh}
	for i := range all {
		all[i] = slices.Clone(all[i])
	}
	return all
}

func checkSameBits[T Float](t *testing.T, what string, got, want [][]T) {
	t.Helper()
	for i := range want {
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("%s: result %d has other bits", what, i)
		}
	}
}

func TestSameBitsOnAnyNumberOfProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			d := Dims{T: 9, B: 37, I: 5, H: 33}
			p := newProblem[float32](newRand(3), kind, d, nil, false)
			k := newCell[float32](kind, d)
			runtime.GOMAXPROCS(1)
			want := p.run(k)
			for _, procs := range []int{2, 8} {
				runtime.GOMAXPROCS(procs)
				checkSameBits(t, fmt.Sprintf("GOMAXPROCS=%d", procs), p.run(k), want)
			}
		})
	}
}

// Backward may run again, and neither an earlier batch, nor the caller's use of hs, nor a Step may show in its
// result.
func TestWorkspaceCarriesNothingOver(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			d := Dims{T: 5, B: 4, I: 3, H: 6}
			p := newProblem[float64](newRand(4), kind, d, []int{5, 2, 0, 4}, false)
			want := p.run(newCell[float64](kind, d))

			k := newCell[float64](kind, d)
			other := newProblem[float64](newRand(5), kind, d, nil, false)
			other.run(k)
			checkSameBits(t, "after another batch", p.run(k), want)

			k.forward(p.in, p.hs, p.hT, p.cT)
			for i := range p.hs {
				p.hs[i] = math.NaN()
			}
			k.load(other.in.Weights)
			k.step(other.in.X[:d.B*d.I], other.hT, other.cT)
			for range 2 {
				k.backward(p.in, p.dhs, p.dhT, p.dcT, p.out)
				checkSameBits(t, "backward", [][]float64{p.out.X, p.out.H0, p.out.Wih, p.out.Whh, p.out.Bhh},
					[][]float64{want[3], want[4], want[6], want[7], want[9]})
			}
		})
	}
}

// What lies beyond a sequence's length must not matter, even if it is NaN; outputs there are zero.
func TestNothingIsReadBeyondALength(t *testing.T) {
	for _, kind := range kinds {
		for _, reverse := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/reverse=%t", kind, reverse), func(t *testing.T) {
				d := Dims{T: 4, B: 3, I: 2, H: 3, Reverse: reverse}
				lengths := []int{2, 4, 0}
				p := newProblem[float64](newRand(6), kind, d, lengths, false)
				k := newCell[float64](kind, d)
				want := p.run(k)
				for step := range d.T {
					for b, n := range lengths {
						if step < n {
							continue
						}
						row := step*d.B + b
						fill(p.in.X[row*d.I:(row+1)*d.I], math.NaN())
						fill(p.dhs[row*d.H:(row+1)*d.H], math.NaN())
						for _, zero := range [][]float64{want[0][row*d.H:][:d.H], want[3][row*d.I:][:d.I]} {
							if slices.ContainsFunc(zero, func(v float64) bool { return v != 0 }) {
								t.Errorf("step %d of sequence %d, length %d: %v, want zeros", step, b, n, zero)
							}
						}
					}
				}
				checkSameBits(t, "NaN beyond the lengths", p.run(k), want)
				if last := d.B - 1; !slices.Equal(p.hT[last*d.H:], p.in.H0[last*d.H:]) || !slices.Equal(p.out.H0[last*d.H:], p.dhT[last*d.H:]) {
					t.Error("a sequence of length 0 must hand h0 to hT and dhT to dh0")
				}
			})
		}
	}
}

func fill[T Float](s []T, v T) {
	for i := range s {
		s[i] = v
	}
}

// Steps taken one by one lead through the states of Forward, to the bit where products run on tiles.
func TestStepsAgreeWithForward(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, kind := range kinds {
			t.Run(kind, func(t *testing.T) {
				testSteps[float32](t, kind, 0x1p-20)
				testSteps[float64](t, kind, 1e-14)
			})
		}
	})
}

func testSteps[T Float](t *testing.T, kind string, tolerance float64) {
	for _, d := range []Dims{{T: 6, B: 3, I: 2, H: 5}, {T: 4, B: 2, I: 1, H: 67}, {T: 3, B: 1, I: 9, H: 270}} {
		p := newProblem[T](newRand(7), kind, d, nil, false)
		scale(p.in.Whh, 1/T(d.H))
		k := newCell[T](kind, d)
		k.forward(p.in, p.hs, p.hT, p.cT)
		k = newCell[T](kind, Dims{T: 1, B: d.B, I: d.I, H: d.H})
		k.load(p.in.Weights)
		for _, rows := range []int{d.B, 1} { // fewer sequences than the workspace holds will do
			h, c := slices.Clone(p.in.H0[:rows*d.H]), slices.Clone(p.in.C0[:min(len(p.in.C0), rows*d.H)])
			for step := range d.T {
				k.step(p.in.X[step*d.B*d.I:][:rows*d.I], h, c)
				want := p.hs[step*d.B*d.H:][:rows*d.H]
				if fast() && !slices.Equal(h, want) {
					t.Fatalf("%+v step %d with %d rows: not the bits of Forward", d, step, rows)
				}
				// In Go the products run in another order: a few roundings of values below 10.
				if diff := worstRelative(h, widen(want)); !(diff <= tolerance*float64(d.T)) {
					t.Fatalf("%+v step %d with %d rows: largest difference over largest value %g", d, step, rows, diff)
				}
			}
		}
		if n := testing.AllocsPerRun(10, func() { k.step(p.in.X[:d.I], p.hT[:d.H], p.cT[:min(len(p.cT), d.H)]) }); n != 0 {
			t.Errorf("a step makes %v allocations, want none", n)
		}
	}
}

// Float32 agrees with float64 at sizes that use whole tiles, where golden values would be too large to keep.
func TestFloat32AgreesWithFloat64AtSize(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			d := Dims{T: 40, B: 20, I: 30, H: 50}
			p := newProblem[float64](newRand(8), kind, d, nil, false)
			scale(p.in.Wih, 0.1) // far from chaos, which would magnify any difference
			scale(p.in.Whh, 0.1)
			q := newProblem[float32](newRand(8), kind, d, nil, false)
			scale(q.in.Wih, 0.1)
			scale(q.in.Whh, 0.1)
			want, got := p.run(newCell[float64](kind, d)), q.run(newCell[float32](kind, d))
			for i := range want {
				if want[i] == nil {
					continue
				}
				// Sums of 800 terms in float32: 800 * 2^-24 at the very worst, by chance the root of it.
				if diff := worstRelative(got[i], want[i]); !(diff <= 1e-5) {
					t.Errorf("result %d: largest difference over largest value %.2g", i, diff)
				}
			}
		})
	}
}

// A training step allocates what its goroutines need, a bounded amount whatever T, B and H are.
func TestAllocationsDoNotGrow(t *testing.T) {
	count := func(kind string, d Dims) float64 {
		p := newProblem[float32](newRand(9), kind, d, nil, false)
		k := newCell[float32](kind, d)
		return testing.AllocsPerRun(5, func() {
			k.forward(p.in, p.hs, p.hT, p.cT)
			k.backward(p.in, p.dhs, p.dhT, p.dcT, p.out)
		})
	}
	for _, kind := range kinds {
		small, large := count(kind, Dims{T: 2, B: 2, I: 2, H: 2}), count(kind, Dims{T: 50, B: 64, I: 16, H: 96})
		if larger := count(kind, Dims{T: 100, B: 64, I: 16, H: 96}); larger > large || max(small, large) > 20 {
			t.Errorf("%s: %v allocations for a small step, %v for a large one, %v for a longer one, want few and no growth", kind, small, large, larger)
		}
	}
}

func TestCellsRefuseWrongSizes(t *testing.T) {
	d := Dims{T: 2, B: 2, I: 3, H: 4}
	p := newProblem[float64](newRand(10), "lstm", d, nil, false)
	k := newCell[float64]("lstm", d)
	with := func(change func(in *Input[float64])) func() {
		in := p.in
		change(&in)
		return func() { k.forward(in, p.hs, p.hT, p.cT) }
	}
	mustPanic(t, "LSTM: X has 11 values, want 12", with(func(in *Input[float64]) { in.X = in.X[:11] }))
	mustPanic(t, "Whh has 63 values, want 64", with(func(in *Input[float64]) { in.Whh = in.Whh[:63] }))
	mustPanic(t, "Wih has 0", with(func(in *Input[float64]) { in.Wih = nil }))
	mustPanic(t, "length of sequence 1 is 3, want 0 to T=2", with(func(in *Input[float64]) { in.Lengths = []int{0, 3} }))
	mustPanic(t, "Lengths has 1", with(func(in *Input[float64]) { in.Lengths = []int{1} }))
	mustPanic(t, "call Forward first", func() { k.backward(p.in, p.dhs, p.dhT, p.dcT, p.out) })
	k.forward(p.in, p.hs, p.hT, p.cT)
	mustPanic(t, "hs has 15", func() { k.forward(p.in, p.hs[:15], p.hT, p.cT) })
	mustPanic(t, "dcT has 7", func() { k.backward(p.in, p.dhs, p.dhT, p.dcT[:7], p.out) })
	fresh := newCell[float64]("lstm", d)
	mustPanic(t, "call Load first", func() { fresh.step(p.in.X[:2*d.I], p.hT, p.cT) })
	mustPanic(t, "Whh has 0", func() { fresh.load(Weights[float64]{Wih: p.in.Wih}) })
	k.load(p.in.Weights)
	mustPanic(t, "b at most 2", func() { k.step(make([]float64, 9), make([]float64, 12), make([]float64, 12)) })
	mustPanic(t, "no cell state", func() {
		in := newProblem[float64](newRand(1), "gru", d, nil, false).in
		in.C0 = make([]float64, 8)
		newCell[float64]("gru", d).forward(in, p.hs, p.hT, nil)
	})
	mustPanic(t, "activation 7", func() { NewRNN[float64](d, 7) })
	mustPanic(t, "form -1", func() { NewGRU[float64](d, -1) })
	mustPanic(t, "T=0", func() { NewLSTM[float64](Dims{B: 1, I: 1, H: 1}) })
}
