package ridge

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// The norm has LAPACK's bits, and the condition number is LAPACK's but for rounding, which a solution has condition x epsilon of.
func TestConditionIsThatOfLAPACK(t *testing.T) {
	for _, p := range []int{1, 2, 3, 4, 5, 64, 131} {
		for _, ridge := range []float64{1e-9, 1e-3, 1} {
			x, y := problem(p+1, p, 1, 1.02)
			m := moments(t, x, y, p, 1)
			m.flush()
			for i := range p {
				m.gram[i*p+i] += ridge
			}
			sym := blas64.Symmetric{N: p, Stride: p, Data: m.gram, Uplo: blas.Upper}
			norm := symmetricNorm(m.gram, p)
			if want := lapack64.Lansy(lapack.MaxColumnSum, sym, make([]float64, p)); norm != want {
				t.Errorf("p=%d: the norm is %v, want %v", p, norm, want)
			}
			tri, ok := lapack64.Potrf(sym)
			if !ok {
				t.Fatalf("p=%d, ridge %g: not positive definite", p, ridge)
			}
			want := 1 / lapack64.Pocon(sym, norm, make([]float64, 3*p), make([]int, p))
			if got := condition(tri, norm); !(math.Abs(got/want-1) < 10*float64(p)*want*epsilon) {
				t.Errorf("p=%d, ridge %g: the condition number is %v, want %v", p, ridge, got, want)
			}
		}
	}
}

// What is not finite is a condition beyond all bounds, not a small one.
func TestConditionBeyondAllBounds(t *testing.T) {
	factor := blas64.Triangular{N: 2, Stride: 2, Data: []float64{1, 0, 0, 1e-160}, Uplo: blas.Upper, Diag: blas.NonUnit}
	if got := condition(factor, 1); !(got > 1e300) {
		t.Errorf("a factor with %v on its diagonal has the condition number %v", factor.Data[3], got)
	}
	if got := symmetricNorm([]float64{1, math.NaN(), 0, 1}, 2); !math.IsNaN(got) {
		t.Errorf("a matrix with NaN has the norm %v", got)
	}
}
