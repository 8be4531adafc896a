package ridge

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/lapack64"

	"lenz/graph/kernel"
)

// Rows solves the problem of Moments.Solve from the rows x [n, p], y [n, q] themselves, by Householder's QR of [X; sqrt(ridge) I]: rounding is
// multiplied by the root of the condition number that the sums have. It is for rows without noise, where what matters may be a
// billionth of the features, and takes 8 (n+p)(p+q) bytes. An error is a *SingularError or says what does not fit.
func Rows(x, y []float64, p, q int, ridge float64) (*Solution, error) {
	n := 0
	if p > 0 && q > 0 {
		n = len(x) / p
	}
	switch {
	case n < 1 || n*p != len(x) || n*q != len(y):
		return nil, fmt.Errorf("ridge: %d and %d numbers for rows of %d features and %d responses: give equal numbers of rows, at least one", len(x), len(y), p, q)
	case !(ridge >= 0) || math.IsInf(ridge, 0):
		return nil, fmt.Errorf("ridge: a penalty of %v: give a number >= 0", ridge)
	}
	kernel.Install()
	rows := n + p // LAPACK wants no fewer rows than columns
	a := blas64.General{Rows: rows, Cols: p, Stride: p, Data: make([]float64, rows*p)}
	b := blas64.General{Rows: rows, Cols: q, Stride: q, Data: make([]float64, rows*q)}
	copy(a.Data, x)
	copy(b.Data, y)
	scale := 0.0
	for _, v := range x {
		scale += v * v / float64(p)
	}
	for i := range p {
		a.Data[(n+i)*p+i] = math.Sqrt(ridge)
	}
	tau, work := make([]float64, p), make([]float64, 1)
	lapack64.Geqrf(a, tau, work, -1)
	work = make([]float64, int(work[0]))
	lapack64.Geqrf(a, tau, work, len(work))
	lapack64.Ormqr(blas.Left, blas.Trans, a, tau, b, work[:1], -1)
	work = make([]float64, max(int(work[0]), q))
	lapack64.Ormqr(blas.Left, blas.Trans, a, tau, b, work, len(work))
	r := blas64.Triangular{N: p, Stride: p, Data: a.Data[:p*p], Uplo: blas.Upper, Diag: blas.NonUnit}
	condition := math.Inf(1)
	if c := lapack64.Trcon(lapack.MaxColumnSum, r, make([]float64, 3*p), make([]int, p)); c > 0 {
		condition = 1 / c
	}
	if !(condition <= 1/epsilon) {
		return nil, &SingularError{Ridge: ridge, Condition: condition, Scale: epsilon * scale} // of the rows, whose penalties are roots
	}
	w := blas64.General{Rows: p, Cols: q, Stride: q, Data: clone(b.Data[:p*q])}
	lapack64.Trtrs(blas.NoTrans, r, w)
	return &Solution{Weights: w.Data, Ridge: ridge, Condition: condition * condition, MSE: residual(x, y, w.Data, p, q)}, nil
}

// residual is the mean squared error of weights on rows.
func residual(x, y, w []float64, p, q int) float64 {
	n := len(y) / q
	e := clone(y)
	kernel.GemmParallel(false, false, n, q, p, -1, x, p, w, q, 1, e, q)
	sum := 0.0
	for _, v := range e {
		sum += v * v
	}
	return sum / float64(n*q)
}
