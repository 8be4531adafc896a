package kernel

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// Gates in assembly agree with those in Go, on whole vectors and on rests.
func TestCellsAgreeOnEachInstructionSet(t *testing.T) {
	for _, kind := range kinds {
		for _, d := range []Dims{{T: 3, B: 5, I: 2, H: 7}, {T: 4, B: 18, I: 3, H: 16}, {T: 3, B: 9, I: 20, H: 37, Reverse: true}} {
			for _, lengths := range [][]int{nil, {2, 0, 3, 1, 3}} {
				var full []int
				for b := 0; lengths != nil && b < d.B; b++ {
					full = append(full, lengths[b%len(lengths)])
				}
				results := map[instructions][][]float32{}
				onEach(t, func(t *testing.T) {
					p := newProblem[float32](newRand(12), kind, d, full, false)
					results[active] = p.run(newCell[float32](kind, d))
				})
				for set, got := range results {
					for i, want := range results[pureGo] {
						if len(want) == 0 {
							continue
						}
						// tanh within 6 ulp, through a few steps whose weights magnify
						if diff := worstRelative(got[i], widen(want)); !(diff <= 3e-5) {
							t.Errorf("%s %+v lengths=%v, set %d: result %d differs by %.2g of its largest value", kind, d, full, set, i, diff)
						}
					}
				}
			}
		}
	}
}

// Both widths are written by one generator and run the same operations on each element.
func TestWidthsHaveTheSameBits(t *testing.T) {
	if active != withAVX512 {
		t.Skip("needs AVX-512")
	}
	var first [][]float32
	onEach(t, func(t *testing.T) {
		if active == pureGo {
			return
		}
		d := Dims{T: 4, B: 18, I: 3, H: 32}
		got := newProblem[float32](newRand(13), "lstm", d, nil, false).run(newCell[float32]("lstm", d))
		if first == nil {
			first = got
		}
		checkSameBits(t, "AVX-512", got, first)
	})
}

func TestAdamHasTheBitsOfTheLoop(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 33, 100} {
		results := [][]float32{}
		onEach(t, func(t *testing.T) {
			r := newRand(14)
			x, m, v := randomSlice[float32](r, n), make([]float32, n), make([]float32, n)
			for step := range 5 {
				g := randomSlice[float32](r, n)
				AdamUpdate[float32]{0.9, 0.1, 0.999, 0.001, 0.01 / float32(step+1), 3, 1e-8}.Apply(x, g, m, v)
			}
			results = append(results, slices.Concat(x, m, v))
		})
		for _, got := range results {
			if !slices.Equal(got, results[0]) {
				t.Errorf("n=%d: assembly has other bits than the loop", n)
			}
		}
	}
}

// The mode of the floating-point unit is the caller's again after each kernel.
func TestDenormalsAreFlushedInsideOnly(t *testing.T) {
	const tiny64 = 0x1p-1074
	src64, dst64 := slices.Repeat([]float64{tiny64}, 40), make([]float64, 40)
	tiny := math.Float32frombits(1)
	src, dst := slices.Repeat([]float32{tiny}, 40), make([]float32, 40)
	onEach(t, func(t *testing.T) {
		Tanh(dst, src)
		if fast() && dst[0] != 0 {
			t.Errorf("tanh(%g) = %g, want it flushed", tiny, dst[0])
		}
		for _, c := range vectorCases() {
			c.f32(dst, src)
			c.f64(dst64, src64)
			if half := src64[0] + src64[1]; half != 2*tiny64 {
				t.Errorf("after %s, twice the smallest number is %g", c.name, half)
			}
		}
		Gemm(false, true, 8, 5, 5, 1, src, 5, src, 5, 0, dst, 5)
		if half := src[0] + src[1]; half != 2*tiny {
			t.Errorf("after a kernel, twice the smallest number is %g", half)
		}
	})
}

func TestBLASAgreesWithGonum(t *testing.T) {
	var ours BLAS
	var theirs gonum.Implementation
	r := newRand(15)
	const m, n = 21, 34
	a, x := randomSlice[float64](r, m*n), randomSlice[float64](r, n)
	for _, op := range []blas.Transpose{blas.NoTrans, blas.Trans} {
		got := randomSlice[float64](r, n)
		want := slices.Clone(got)
		ours.Dgemv(op, m, n, 2, a, n, x, 1, -1, got, 1)
		theirs.Dgemv(op, m, n, 2, a, n, x, 1, -1, want, 1)
		if diff := worstRelative(got, want); !(diff < 1e-14) {
			t.Errorf("Dgemv %c: largest difference %g", op, diff)
		}
	}
	got, want := make([]float64, m*m), make([]float64, m*m)
	ours.Dgemm(blas.NoTrans, blas.ConjTrans, m, m, n, 1, a, n, a, n, 0, got, m)
	theirs.Dgemm(blas.NoTrans, blas.Trans, m, m, n, 1, a, n, a, n, 0, want, m)
	if diff := worstRelative(got, want); !(diff < 1e-14) {
		t.Errorf("Dgemm: largest difference %g", diff)
	}
	Install()
	Install()
}

func TestFiniteFindsEveryOtherNumber(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, n := range []int{0, 1, 7, 8, 15, 16, 33, 64, 100, 131} {
			x := randomSlice[float32](newRand(16), n)
			if !Finite(x) {
				t.Errorf("%d finite values: Finite is false", n)
			}
			for i := range x {
				for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
					old := x[i]
					x[i] = float32(bad)
					if Finite(x) {
						t.Errorf("%v at %d of %d: Finite is true", bad, i, n)
					}
					x[i] = old
				}
			}
		}
	})
}
