package kernel

import "gonum.org/v1/gonum/blas"

// Ssyrk computes a triangle of C = alpha op(A) op(A)ᵀ + beta C.
func (s BLAS) Ssyrk(uplo blas.Uplo, t blas.Transpose, n, k int, alpha float32, a []float32, lda int, beta float32, c []float32, ldc int) {
	if !syrkFits(uplo, t, n, k, len(a), lda, len(c), ldc) {
		s.standard.Ssyrk(uplo, t, n, k, alpha, a, lda, beta, c, ldc)
		return
	}
	SyrkParallel(uplo == blas.Upper, t != blas.NoTrans, n, k, alpha, a, lda, beta, c, ldc)
}

// Dsyrk computes a triangle of C = alpha op(A) op(A)ᵀ + beta C.
func (s BLAS) Dsyrk(uplo blas.Uplo, t blas.Transpose, n, k int, alpha float64, a []float64, lda int, beta float64, c []float64, ldc int) {
	if !syrkFits(uplo, t, n, k, len(a), lda, len(c), ldc) {
		s.standard.Dsyrk(uplo, t, n, k, alpha, a, lda, beta, c, ldc)
		return
	}
	SyrkParallel(uplo == blas.Upper, t != blas.NoTrans, n, k, alpha, a, lda, beta, c, ldc)
}

// Strsm solves op(A) X = alpha B or X op(A) = alpha B for a triangular A.
func (s BLAS) Strsm(side blas.Side, uplo blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float32, a []float32, lda int, b []float32, ldb int) {
	if !trsmFits(side, uplo, tA, d, m, n, len(a), lda, len(b), ldb) {
		s.standard.Strsm(side, uplo, tA, d, m, n, alpha, a, lda, b, ldb)
		return
	}
	TrsmParallel(side == blas.Right, Triangle{uplo == blas.Upper, tA != blas.NoTrans, d == blas.Unit}, m, n, alpha, a, lda, b, ldb)
}

// Dtrsm solves op(A) X = alpha B or X op(A) = alpha B for a triangular A.
func (s BLAS) Dtrsm(side blas.Side, uplo blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	if !trsmFits(side, uplo, tA, d, m, n, len(a), lda, len(b), ldb) {
		s.standard.Dtrsm(side, uplo, tA, d, m, n, alpha, a, lda, b, ldb)
		return
	}
	TrsmParallel(side == blas.Right, Triangle{uplo == blas.Upper, tA != blas.NoTrans, d == blas.Unit}, m, n, alpha, a, lda, b, ldb)
}

// Dtrsv solves op(A) x = b for a triangular A; condition estimates call it again and again.
func (s BLAS) Dtrsv(uplo blas.Uplo, tA blas.Transpose, d blas.Diag, n int, a []float64, lda int, x []float64, incX int) {
	if openBLAS || incX != 1 || n <= vectorBlock || !trsmFits(blas.Left, uplo, tA, d, n, 1, len(a), lda, len(x), 1) {
		s.standard.Dtrsv(uplo, tA, d, n, a, lda, x, incX)
		return
	}
	t := triangular[float64]{Triangle{uplo == blas.Upper, tA != blas.NoTrans, d == blas.Unit}, n, a, lda}
	t.vector(x, func(i, m int) {
		s.standard.Dtrsv(uplo, tA, d, m, a[i*lda+i:], lda, x[i:], 1)
	})
}

// syrkFits tells whether a product is valid and not empty. The standard BLAS has the words for what is wrong with any other.
func syrkFits(uplo blas.Uplo, t blas.Transpose, n, k, lenA, lda, lenC, ldc int) bool {
	rows, cols := n, k
	if t != blas.NoTrans {
		rows, cols = k, n
	}
	return (uplo == blas.Upper || uplo == blas.Lower) && transposes(t) && n > 0 && k > 0 &&
		holds(rows, cols, lenA, lda) && holds(n, n, lenC, ldc)
}

// trsmFits is syrkFits for triangular systems.
func trsmFits(side blas.Side, uplo blas.Uplo, tA blas.Transpose, d blas.Diag, m, n, lenA, lda, lenB, ldb int) bool {
	order := m
	if side == blas.Right {
		order = n
	}
	return (side == blas.Left || side == blas.Right) && (uplo == blas.Upper || uplo == blas.Lower) && transposes(tA) &&
		(d == blas.Unit || d == blas.NonUnit) && m > 0 && n > 0 && holds(order, order, lenA, lda) && holds(m, n, lenB, ldb)
}

func transposes(t blas.Transpose) bool {
	return t == blas.NoTrans || t == blas.Trans || t == blas.ConjTrans
}

func holds(rows, cols, length, stride int) bool {
	return stride >= cols && length >= (rows-1)*stride+cols
}
