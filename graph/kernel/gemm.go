package kernel

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// Tiles of one call into gonum. Gonum starts goroutines, and allocates, once a result has four or more blocks of
// 64x64; a tile of tileM x tileN has three at most. Long rows make gonum's inner loop (y += a x) efficient, and
// tileM rows of the result stay in the first-level cache while k runs.
const (
	tileM = 32
	tileN = 192
	// smallK is the length under which a dot product is not worth a call into assembly.
	smallK = 8
)

// Gemm computes C = alpha op(A) op(B) + beta C, where op transposes if its flag (tA, tB) is set:
// op(A) is [m, k], op(B) is [k, n], C is [m, n], all row-major with row strides lda, ldb, ldc. With beta = 0, C is
// overwritten whatever it held, NaN included. It runs on the calling goroutine, allocates nothing,
// and its bits depend on nothing but its arguments.
//
// As in the reference BLAS, terms whose factor from A is zero may be skipped, so a NaN in B need not spread.
//
// Source: Dongarra et al., "A set of level 3 basic linear algebra subprograms", ACM TOMS 16 (1990); the inner
// loops are gonum's.
func Gemm[T Float](tA, tB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	checkGemm(tA, tB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	if m == 0 || n == 0 {
		return
	}
	if k == 0 || alpha == 0 {
		scaleRows(m, n, beta, c, ldc)
		return
	}
	if !tA && tB && k < smallK {
		gemmSmallK(m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	for j := 0; j < n; j += tileN {
		nj := min(tileN, n-j)
		bj := b[j:]
		if tB {
			bj = b[j*ldb:]
		}
		for i := 0; i < m; i += tileM {
			ai := a[i*lda:]
			if tA {
				ai = a[i:]
			}
			gemmTile(tA, tB, min(tileM, m-i), nj, k, alpha, ai, lda, bj, ldb, beta, c[i*ldc+j:], ldc)
		}
	}
}

// gemmTile hands one tile to gonum.
func gemmTile[T Float](tA, tB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	opA, opB := blas.NoTrans, blas.NoTrans
	if tA {
		opA = blas.Trans
	}
	if tB {
		opB = blas.Trans
	}
	var impl gonum.Implementation
	switch c := any(c).(type) {
	case []float32:
		impl.Sgemm(opA, opB, m, n, k, float32(alpha), any(a).([]float32), lda, any(b).([]float32), ldb, float32(beta), c, ldc)
	case []float64:
		impl.Dgemm(opA, opB, m, n, k, float64(alpha), any(a).([]float64), lda, any(b).([]float64), ldb, float64(beta), c, ldc)
	}
}

// gemmSmallK computes C = alpha A Bᵀ + beta C for short rows of A and B.
func gemmSmallK[T Float](m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	scaleRows(m, n, beta, c, ldc)
	for i := range m {
		row := a[i*lda : i*lda+k]
		ci := c[i*ldc : i*ldc+n]
		for j := range ci {
			bj := b[j*ldb:][:len(row)]
			var sum T
			for l, v := range row {
				sum += v * bj[l]
			}
			ci[j] += alpha * sum
		}
	}
}

// scaleRows computes C = beta C, where zero times anything is zero.
func scaleRows[T Float](m, n int, beta T, c []T, ldc int) {
	if beta == 1 {
		return
	}
	for i := range m {
		row := c[i*ldc : i*ldc+n]
		if beta == 0 {
			clear(row)
			continue
		}
		for j := range row {
			row[j] *= beta
		}
	}
}

// GemmParallel is Gemm with the result cut into fixed tiles that run on all processors. Each element of C is
// summed by one goroutine in Gemm's order, so the bits are those of Gemm.
func GemmParallel[T Float](tA, tB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	checkGemm(tA, tB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	if m == 0 || n == 0 {
		return
	}
	// Half a tile's rows: the small results of small layers should still occupy more than one processor.
	const rows = tileM / 2
	columns := (n + tileN - 1) / tileN
	Parallel((m+rows-1)/rows*columns, 1, func(p, _, _ int) {
		i, j := p/columns*rows, p%columns*tileN
		ai, bj := a[min(i*lda, len(a)):], b[min(j, len(b)):]
		if tA {
			ai = a[min(i, len(a)):]
		}
		if tB {
			bj = b[min(j*ldb, len(b)):]
		}
		Gemm(tA, tB, min(rows, m-i), min(tileN, n-j), k, alpha, ai, lda, bj, ldb, beta, c[i*ldc+j:], ldc)
	})
}

// checkGemm panics when a matrix does not fit its slice.
func checkGemm(tA, tB bool, m, n, k, lenA, lda, lenB, ldb, lenC, ldc int) {
	if m < 0 || n < 0 || k < 0 {
		panic(fmt.Sprintf("kernel: Gemm of size m=%d n=%d k=%d, want none negative", m, n, k))
	}
	if tA {
		checkMatrix("A (transposed)", k, m, lenA, lda)
	} else {
		checkMatrix("A", m, k, lenA, lda)
	}
	if tB {
		checkMatrix("B (transposed)", n, k, lenB, ldb)
	} else {
		checkMatrix("B", k, n, lenB, ldb)
	}
	checkMatrix("C", m, n, lenC, ldc)
}

func checkMatrix(name string, rows, cols, length, stride int) {
	if rows == 0 || cols == 0 {
		return
	}
	if stride < cols {
		panic(fmt.Sprintf("kernel: Gemm: row stride of %s is %d, want at least its %d columns", name, stride, cols))
	}
	if want := (rows-1)*stride + cols; length < want {
		panic(fmt.Sprintf("kernel: Gemm: %s has %d values, want at least %d for [%d, %d] with row stride %d", name, length, want, rows, cols, stride))
	}
}
