package kernel

import (
	"fmt"
	"sync"
	"unsafe"

	"gonum.org/v1/gonum/blas"
)

// Tiles of one call into gonum. Gonum starts goroutines, and allocates, once a result has four or more blocks of
// 64x64; a tile of tileM x tileN has three at most. Long rows make gonum's inner loop (y += a x) efficient, and
// tileM rows of the result stay in the first-level cache while k runs.
const (
	tileM = 32
	tileN = 192
	// tileK cuts dot products, for the cache's sake and so that alignedRow has a bound.
	tileK = 512
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
	if openBLAS {
		gemmStandard(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	if fast() {
		product[T]{tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc}.run(false)
		return
	}
	gemmGo(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// gemmGo is Gemm without assembly, for sizes and factors other than zero.
func gemmGo[T Float](tA, tB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	if !tA && tB && k < smallK {
		gemmSmallK(m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	for j := 0; j < n; j += tileN {
		nj := min(tileN, n-j)
		bj := from(!tB, b, ldb, j)
		for i := 0; i < m; i += tileM {
			mi := min(tileM, m-i)
			ai, ci := from(tA, a, lda, i), c[i*ldc+j:]
			if !tA && tB {
				gemmDots(mi, nj, k, alpha, ai, lda, bj, ldb, beta, ci, ldc)
				continue
			}
			gemmStandard(tA, tB, mi, nj, k, alpha, ai, lda, bj, ldb, beta, ci, ldc)
		}
	}
}

// from returns a matrix without its first i columns, or rows.
func from[T Float](columns bool, a []T, stride, i int) []T {
	if columns {
		return a[i:]
	}
	return a[i*stride:]
}

// gemmDots computes a tile of C = alpha A Bᵀ + beta C, whose elements are dot products of rows. Gonum's float32 dot
// product sums in an order that depends on the address of B's row modulo 16, which would make the bits depend on
// where an allocation landed. When B does not start on such a border, its rows are copied to where they would be if
// it did.
func gemmDots[T Float](m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	for l := 0; l < k; l += tileK {
		kl := min(tileK, k-l)
		if b32, ok := any(b).([]float32); ok && misaligned(b32) {
			row := alignedRows.Get().(*alignedRow)
			for j := range n {
				y := any(row.place(b32[j*ldb+l:j*ldb+l+kl], j*ldb+l)).([]T)
				gemmStandard(false, true, m, 1, kl, alpha, a[l:], lda, y, kl, beta, c[j:], ldc)
			}
			alignedRows.Put(row)
		} else {
			gemmStandard(false, true, m, n, kl, alpha, a[l:], lda, b[l:], ldb, beta, c, ldc)
		}
		beta = 1
	}
}

// border is the alignment, in bytes, that gonum's assembly distinguishes.
const border = 16

func offBorder(s []float32) int { return int(uintptr(unsafe.Pointer(&s[0])) % border) }

func misaligned(s []float32) bool { return offBorder(s) != 0 }

// alignedRow is room for tileK values at any address modulo border.
type alignedRow [tileK + 2*border/4]float32

// alignedRows is a pool because gonum's arguments escape, so that a local array would be allocated on every call.
var alignedRows = sync.Pool{New: func() any { return new(alignedRow) }}

// place copies src to where element index of a slice on a border would be, modulo border, and returns the copy.
func (r *alignedRow) place(src []float32, index int) []float32 {
	first := (border-offBorder(r[:]))%border/4 + index%(border/4)
	dst := r[first : first+len(src)]
	copy(dst, src)
	return dst
}

// gemmStandard hands a product, such as one tile, to the standard BLAS.
func gemmStandard[T Float](tA, tB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	opA, opB := blas.NoTrans, blas.NoTrans
	if tA {
		opA = blas.Trans
	}
	if tB {
		opB = blas.Trans
	}
	var impl standard
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
	if m == 0 || n == 0 || k == 0 || alpha == 0 || openBLAS {
		Gemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	if fast() {
		product[T]{tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc}.run(true)
		return
	}
	// Half a tile's rows: the small results of small layers should still occupy more than one processor.
	const rows = tileM / 2
	columns := (n + tileN - 1) / tileN
	tiles := (m + rows - 1) / rows * columns
	if tiles == 1 { // nothing to share, and no closure to allocate
		Gemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	Parallel(tiles, 1, func(p, _, _ int) {
		i, j := p/columns*rows, p%columns*tileN
		ai, bj := from(tA, a, lda, i), from(!tB, b, ldb, j)
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
