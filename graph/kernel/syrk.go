package kernel

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
)

// Syrk computes one triangle of the symmetric C = alpha op(A) op(A)ᵀ + beta C, the upper or the lower one with its
// diagonal: op(A) is [n, k], the transpose of A if trans, and C is [n, n]. The other triangle of C is left as it
// is. With beta = 0, the triangle is overwritten whatever it held. It runs on the calling goroutine.
//
// With trans, C += Aᵀ A for one block of rows of A after another (alpha = beta = 1) adds up a Gram matrix, such as the normal
// equations of a readout. Each element of C has the bits that Gemm gives it.
//
// Source: Dongarra et al., "A set of level 3 basic linear algebra subprograms", ACM TOMS 16 (1990).
func Syrk[T Float](upper, trans bool, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int) {
	syrk(upper, trans, n, k, alpha, a, lda, beta, c, ldc, false)
}

// SyrkParallel is Syrk with the triangle cut into fixed tiles that run on all processors. Its bits are those of
// Syrk.
func SyrkParallel[T Float](upper, trans bool, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int) {
	syrk(upper, trans, n, k, alpha, a, lda, beta, c, ldc, true)
}

func syrk[T Float](upper, trans bool, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int, parallel bool) {
	checkSyrk(trans, n, k, len(a), lda, len(c), ldc)
	q := gram[T]{product[T]{trans, !trans, n, n, k, alpha, a, lda, a, lda, beta, c, ldc}, upper}
	switch {
	case n == 0:
	case k == 0 || alpha == 0:
		q.scale()
	case openBLAS:
		q.standard()
	case fast():
		q.run(parallel)
	default:
		q.inGo(parallel)
	}
}

func checkSyrk(trans bool, n, k, lenA, lda, lenC, ldc int) {
	if n < 0 || k < 0 {
		panic(fmt.Sprintf("kernel: Syrk of size n=%d k=%d, want none negative", n, k))
	}
	if trans {
		checkMatrix("A (transposed)", k, n, lenA, lda)
	} else {
		checkMatrix("A", n, k, lenA, lda)
	}
	checkMatrix("C", n, n, lenC, ldc)
}

// gram is a product of a matrix with its own transpose, of which one triangle is computed.
type gram[T Float] struct {
	product[T]
	upper bool
}

// scale computes C = beta C on the triangle.
func (q gram[T]) scale() {
	for i := range q.n {
		if q.upper {
			scaleRows(1, q.n-i, q.beta, q.c[i*q.ldc+i:], q.ldc)
		} else {
			scaleRows(1, i+1, q.beta, q.c[i*q.ldc:], q.ldc)
		}
	}
}

// packedValues is about how much of a long product is packed at a time: 4 or 8 MB, of a third-level cache.
const packedValues = 1 << 20

// run packs as many blocks of k as fit, multiplies, and goes on with the next.
func (q gram[T]) run(parallel bool) {
	depth := max(1, packedValues/(q.n*blockK)) * blockK
	b := borrow[T](packedSize[T](min(depth, q.k), q.n))
	defer giveBack(b)
	parallel = parallel && q.n*q.n/2*q.k >= worthSharing
	part := q
	for l := 0; l < q.k; l += depth {
		part.k = min(depth, q.k-l)
		part.a = from(!q.tA, q.a, q.lda, l)
		if parallel {
			b.PackParallel(q.tB, part.k, q.n, part.a, q.lda)
		} else {
			b.Pack(q.tB, part.k, q.n, part.a, q.lda)
		}
		part.share(b, parallel)
		part.beta = 1
	}
}

// share computes the triangle in pieces.
func (q gram[T]) share(b *Packed[T], parallel bool) {
	if parallel {
		Parallel(q.pieces(), 1, func(p, _, _ int) { q.pieceAt(b, p) })
		return
	}
	for p := range q.pieces() {
		q.pieceAt(b, p)
	}
}

// pieces is how many there are, those without a part of the triangle among them.
func (q gram[T]) pieces() int {
	rows := q.stripRows()
	return (q.n + rows - 1) / rows * ((q.n + pieceCols - 1) / pieceCols)
}

// stripRows is the height of pieces, of whole panels.
func (q gram[T]) stripRows() int {
	width := panelWidth[T]()
	return (q.pieceRows() + width - 1) / width * width
}

// pieceAt computes a piece. Those of long rows come first, so that processors end at nearly the same time.
func (q gram[T]) pieceAt(b *Packed[T], p int) {
	rows, columns := q.stripRows(), (q.n+pieceCols-1)/pieceCols
	strip, j := p/columns, p%columns*pieceCols
	if !q.upper {
		strip = (q.n+rows-1)/rows - 1 - strip
	}
	i := strip * rows
	q.piece(b, i, min(rows, q.n-i), j, min(j+pieceCols, q.n))
}

// gramCols is how many columns are computed for all rows of a piece before the next: their panels stay in the second-level cache.
const gramCols = 128

// piece computes what lies in the triangle of rows i to i+m and columns j0 to j1. Both factors are read from b: the rows of a panel are
// one factor as they are, a column of C for each.
func (q gram[T]) piece(b *Packed[T], i, m, j0, j1 int) {
	if q.upper && j1 <= i || !q.upper && j0 >= i+m {
		return
	}
	beta, width := q.beta, panelWidth[T]()
	for l := 0; l < q.k; l += blockK {
		for j := j0; j < j1; j += gramCols {
			for r := i; r < i+m; r += width {
				q.part(b, l, b.columns(l, r), beta, r, min(width, i+m-r), j, min(j+gramCols, j1))
			}
		}
		beta = 1
	}
}

// part adds one block of k to what lies in the triangle of rows i to i+m, which a begins with, and columns j0 to j1,
// of which j0 begins a panel.
func (q gram[T]) part(b *Packed[T], l int, a matrix[T], beta T, i, m, j0, j1 int) {
	if q.upper && j1 <= i || !q.upper && j0 >= i+m {
		return
	}
	width := panelWidth[T]()
	lo, hi := i/width*width, min(q.n, (i+m+width-1)/width*width) // the panels that the diagonal crosses
	if q.upper {
		q.rectangle(b, l, a, beta, i, m, max(j0, hi), j1)
	} else {
		q.rectangle(b, l, a, beta, i, m, j0, min(j1, lo))
	}
	j0, j1 = max(j0, lo), min(j1, hi)
	if j0 >= j1 {
		return
	}
	if m <= maxRows() {
		q.diagonal(b, l, a, beta, i, m, j0, j1)
		return
	}
	for r := 0; r < m; r += maxRows() {
		q.part(b, l, a.below(r), beta, i+r, min(maxRows(), m-r), j0, j1)
	}
}

func (q gram[T]) rectangle(b *Packed[T], l int, a matrix[T], beta T, i, m, j0, j1 int) {
	if j0 < j1 {
		c := q.c[i*q.ldc+j0:]
		b.mulBlock(l, m, j0, j1, q.alpha, a, beta, c, q.ldc, c, q.ldc)
	}
}

// diagonal computes tiles that the diagonal crosses on the side, and copies what belongs to the triangle.
func (q gram[T]) diagonal(b *Packed[T], l int, a matrix[T], beta T, i, m, j0, j1 int) {
	var room [2 * maxTile / 8]uint64 // rows fewer than a panel's columns touch two panels at most
	side, width := tileOf[T](room[:]), 2*panelWidth[T]()
	// Row i+r has columns first(r) to last(r) of the triangle.
	first := func(r int) int {
		if q.upper {
			return max(j0, i+r)
		}
		return j0
	}
	last := func(r int) int {
		if q.upper {
			return j1
		}
		return min(j1, i+r+1)
	}
	if beta != 0 {
		for r := range m {
			if j, end := first(r), last(r); j < end {
				copy(side[r*width+j-j0:r*width+end-j0], q.c[(i+r)*q.ldc+j:])
			}
		}
	}
	b.mulBlock(l, m, j0, j1, q.alpha, a, beta, side, width, side, width)
	for r := range m {
		if j, end := first(r), last(r); j < end {
			copy(q.c[(i+r)*q.ldc+j:(i+r)*q.ldc+end], side[r*width+j-j0:])
		}
	}
}

// standard hands the product to the standard BLAS.
func (q gram[T]) standard() {
	uplo, op := blas.Lower, blas.NoTrans
	if q.upper {
		uplo = blas.Upper
	}
	if q.tA {
		op = blas.Trans
	}
	var impl standard
	switch c := any(q.c).(type) {
	case []float32:
		impl.Ssyrk(uplo, op, q.n, q.k, float32(q.alpha), any(q.a).([]float32), q.lda, float32(q.beta), c, q.ldc)
	case []float64:
		impl.Dsyrk(uplo, op, q.n, q.k, float64(q.alpha), any(q.a).([]float64), q.lda, float64(q.beta), c, q.ldc)
	}
}

// inGo is run without assembly: rectangles beside the diagonal, and squares on it on the side.
func (q gram[T]) inGo(parallel bool) {
	strips := (q.n + tileM - 1) / tileM
	if parallel {
		Parallel(strips, 1, func(p, _, _ int) { q.stripInGo(p) })
		return
	}
	for p := range strips {
		q.stripInGo(p)
	}
}

// stripInGo computes tileM rows of the triangle, the long rows first.
func (q gram[T]) stripInGo(p int) {
	if !q.upper {
		p = (q.n+tileM-1)/tileM - 1 - p
	}
	i := p * tileM
	m := min(tileM, q.n-i)
	a := from(q.tA, q.a, q.lda, i)
	if q.upper {
		if j := i + m; j < q.n {
			Gemm(q.tA, q.tB, m, q.n-j, q.k, q.alpha, a, q.lda, from(!q.tB, q.a, q.lda, j), q.lda, q.beta, q.c[i*q.ldc+j:], q.ldc)
		}
	} else {
		Gemm(q.tA, q.tB, m, i, q.k, q.alpha, a, q.lda, q.a, q.lda, q.beta, q.c[i*q.ldc:], q.ldc)
	}
	q.square(i, m, a)
}

// square computes the triangle of rows and columns i to i+m, of which a holds the rows.
func (q gram[T]) square(i, m int, a []T) {
	side := borrow[T](m * m)
	defer giveBack(side)
	c := q.c[i*q.ldc+i:]
	triangle := func(f func(side, c []T)) {
		for r := range m {
			lo, hi := 0, r+1
			if q.upper {
				lo, hi = r, m
			}
			f(side.data[r*m+lo:r*m+hi], c[r*q.ldc+lo:r*q.ldc+hi])
		}
	}
	clear(side.data)
	triangle(func(side, c []T) { copy(side, c) })
	Gemm(q.tA, q.tB, m, m, q.k, q.alpha, a, q.lda, a, q.lda, q.beta, side.data, m)
	triangle(func(side, c []T) { copy(c, side) })
}
