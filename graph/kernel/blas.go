package kernel

import (
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
)

// BLAS is gonum's implementation with this package's products of real matrices, for gonum/mat and other libraries. With the
// build tag openblas it is OpenBLAS.
type BLAS struct{ standard }

var (
	_ blas.Float32    = BLAS{}
	_ blas.Float64    = BLAS{}
	_ blas.Complex64  = BLAS{}
	_ blas.Complex128 = BLAS{}
)

var install sync.Once

// Install makes gonum's blas32 and blas64, and with them mat, use BLAS. It changes them once, however often it is
// called, and leaves them alone on machines where BLAS is no faster.
func Install() {
	install.Do(func() {
		if fast() || openBLAS {
			blas32.Use(BLAS{})
			blas64.Use(BLAS{})
		}
	})
}

// Sgemm computes C = alpha op(A) op(B) + beta C.
func (BLAS) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	GemmParallel(tA != blas.NoTrans, tB != blas.NoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dgemm computes C = alpha op(A) op(B) + beta C.
func (BLAS) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	GemmParallel(tA != blas.NoTrans, tB != blas.NoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Sgemv computes y = alpha op(A) x + beta y.
func (s BLAS) Sgemv(tA blas.Transpose, m, n int, alpha float32, a []float32, lda int, x []float32, incX int, beta float32, y []float32, incY int) {
	if !gemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY) {
		s.standard.Sgemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
	}
}

// Dgemv computes y = alpha op(A) x + beta y.
func (s BLAS) Dgemv(tA blas.Transpose, m, n int, alpha float64, a []float64, lda int, x []float64, incX int, beta float64, y []float64, incY int) {
	if !gemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY) {
		s.standard.Dgemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
	}
}

// gemv is a product with a vector as a product of matrices, if the vectors are dense.
func gemv[T Float](tA blas.Transpose, m, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int) bool {
	if openBLAS || incX != 1 || incY != 1 || m == 0 || n == 0 {
		return false
	}
	if tA == blas.NoTrans {
		Gemm(false, false, m, 1, n, alpha, a, lda, x, 1, beta, y, 1)
	} else {
		Gemm(false, false, 1, n, m, alpha, x, m, a, lda, beta, y, n)
	}
	return true
}
