package kernel

import "unsafe"

// dotRows is how many rows the assembly of dot products takes at once.
const dotRows = 4

// product holds the arguments of a Gemm that goes to assembly.
type product[T Float] struct {
	tA, tB  bool
	m, n, k int
	alpha   T
	a       []T
	lda     int
	b       []T
	ldb     int
	beta    T
	c       []T
	ldc     int
}

// fewRows is the height up to which B is read as it lies: copying it would cost more than it gives.
const fewRows = 128

// run computes the product. On tiles, every element is one chain of fused multiply-adds for each blockK terms,
// whatever tile it falls on, so that a piece of a product has the bits of the whole.
func (q product[T]) run(parallel bool) {
	switch {
	case q.n == 1 && !q.tA:
		q.matrixVector()
	case q.m <= 2 && q.tB && !q.tA:
		q.vectorMatrix()
	case q.n == 1 && q.m > 1 && q.ldc == 1: // cᵀ = bᵀ op(A)ᵀ, which is long where c is high
		turned := q
		turned.tA, turned.tB, turned.m, turned.n = !q.tB, !q.tA, 1, q.m
		turned.a, turned.lda, turned.b, turned.ldb, turned.ldc = q.b, q.ldb, q.a, q.lda, q.m
		turned.run(parallel)
	case q.m <= fewRows && !q.tB:
		q.unpacked(parallel)
	default:
		q.packed(parallel)
	}
}

func (q product[T]) viewA() matrix[T] {
	if q.tA {
		return matrix[T]{q.a, 1, q.lda}
	}
	return matrix[T]{q.a, q.lda, 1}
}

// Pieces of a packed product: pieceRows x pieceCols results, or half or a quarter as high for the small results of small
// layers, so that they occupy more than one processor.
const (
	pieceRows = 96
	pieceCols = 512
	// worthSharing is the number of multiplications from which a second goroutine pays.
	worthSharing = 1 << 18
)

func (q product[T]) packed(parallel bool) {
	b := borrow[T](packedSize[T](q.k, q.n))
	defer giveBack(b)
	parallel = parallel && q.m*q.n*q.k >= worthSharing
	rows := q.pieceRows()
	if !parallel {
		b.Pack(q.tB, q.k, q.n, q.b, q.ldb)
		for j := 0; j < q.n; j += pieceCols {
			for i := 0; i < q.m; i += rows {
				q.piece(b, i, min(rows, q.m-i), j, min(pieceCols, q.n-j))
			}
		}
		return
	}
	b.PackParallel(q.tB, q.k, q.n, q.b, q.ldb)
	q.share(b, rows)
}

// pieceRows is the height of the pieces that this product is cut into.
func (q product[T]) pieceRows() int {
	rows := pieceRows
	for q.m < 4*rows && rows > pieceRows/4 {
		rows /= 2
	}
	return rows
}

func (q product[T]) share(b *Packed[T], rows int) {
	columns := (q.n + pieceCols - 1) / pieceCols
	Parallel((q.m+rows-1)/rows*columns, 1, func(p, _, _ int) {
		i, j := p/columns*rows, p%columns*pieceCols
		q.piece(b, i, min(rows, q.m-i), j, min(pieceCols, q.n-j))
	})
}

// piece computes rows i to i+m and columns j to j+n of the result.
func (q product[T]) piece(b *Packed[T], i, m, j, n int) {
	c := q.c[i*q.ldc+j:]
	q.eachBlock(i, m, func(l int, a matrix[T], beta T) {
		b.mulBlock(l, m, j, j+n, q.alpha, a, beta, c, q.ldc, c, q.ldc)
	})
}

// eachBlock calls f with each block of k of rows i to i+m of op(A), at most pieceRows, and the beta that goes with it.
func (q product[T]) eachBlock(i, m int, f func(l int, a matrix[T], beta T)) {
	var side *Packed[T]
	if q.tA {
		side = borrow[T](blockK * pieceRows)
		defer giveBack(side)
	}
	beta := q.beta
	for l := 0; l < q.k; l += blockK {
		a := q.viewA().below(i).rightOf(l)
		if q.tA {
			// The columns of a tall matrix share few sets of the cache; a copy of the block uses all.
			k := min(blockK, q.k-l)
			for r := range k {
				copy(side.data[r*m:(r+1)*m], a.data[r*q.lda:])
			}
			a = matrix[T]{side.data, 1, m}
		}
		f(l, a, beta)
		beta = 1
	}
}

// Pieces of a product whose B is read as it lies; their columns are a multiple of every panel's width.
const (
	unpackedRows = 48
	unpackedCols = 128
)

// unpacked reads B where it lies.
func (q product[T]) unpacked(parallel bool) {
	if parallel && q.m*q.n*q.k >= worthSharing {
		q.shareUnpacked()
		return
	}
	q.inPlace()
}

func (q product[T]) shareUnpacked() {
	columns := (q.n + unpackedCols - 1) / unpackedCols
	Parallel((q.m+unpackedRows-1)/unpackedRows*columns, 1, func(p, _, _ int) {
		i, j := p/columns*unpackedRows, p%columns*unpackedCols
		part := q
		part.m, part.n = min(unpackedRows, q.m-i), min(unpackedCols, q.n-j)
		part.a, part.b, part.c = from(q.tA, q.a, q.lda, i), q.b[j:], q.c[i*q.ldc+j:]
		part.inPlace()
	})
}

// inPlace is unpacked on one goroutine. It packs the last columns, which do not fill a panel.
func (q product[T]) inPlace() {
	width := panelWidth[T]()
	whole := q.n / width * width
	beta := q.beta
	for l := 0; l < q.k; l += blockK {
		k := min(blockK, q.k-l)
		b := block[T]{
			m: q.m, n: whole, k: k, alpha: q.alpha, beta: beta, a: q.viewA().rightOf(l),
			b: q.b[l*q.ldb:], bs: q.ldb, panel: width, cin: q.c, ldcin: q.ldc, c: q.c, ldc: q.ldc,
		}
		b.run()
		beta = 1
	}
	if whole == q.n {
		return
	}
	rest := borrow[T](packedSize[T](q.k, q.n-whole))
	defer giveBack(rest)
	rest.Pack(false, q.k, q.n-whole, q.b[whole:], q.ldb)
	rest.mul(q.m, q.alpha, q.viewA(), q.beta, q.c[whole:], q.ldc, q.c[whole:], q.ldc)
}

// matrixVector computes c = alpha A b + beta c for one column b.
func (q product[T]) matrixVector() {
	x := q.b[:q.k]
	if !q.tB && q.ldb != 1 {
		side := borrow[T](q.k)
		defer giveBack(side)
		x = side.data
		for l := range x {
			x[l] = q.b[l*q.ldb]
		}
	}
	dotsInto(q.c, q.ldc, q.a, q.lda, x, q.m, q.alpha, q.beta)
}

// vectorMatrix computes c = alpha A Bᵀ + beta c row by row.
func (q product[T]) vectorMatrix() {
	for i := range q.m {
		dotsInto(q.c[i*q.ldc:], 1, q.b, q.ldb, q.a[i*q.lda:i*q.lda+q.k], q.n, q.alpha, q.beta)
	}
}

// dotsInto computes c[i*step] = alpha (row i of a) x + beta c[i*step].
func dotsInto[T Float](c []T, step int, a []T, lda int, x []T, rows int, alpha, beta T) {
	var sums [64]T
	for i := 0; i < rows; i += len(sums) {
		some := min(len(sums), rows-i)
		dots(&sums, a[i*lda:], lda, x, some)
		if step == 1 && alpha == 1 && beta == 1 {
			addTo(c[i:i+some], sums[:])
			continue
		}
		for r := range some {
			at := &c[(i+r)*step]
			if beta == 0 {
				*at = alpha * sums[r]
			} else {
				*at = alpha*sums[r] + beta**at
			}
		}
	}
}

// dots computes up to len(sums) dot products.
func dots[T Float](sums *[64]T, a []T, lda int, x []T, rows int) {
	whole := rows / dotRows * dotRows
	if whole > 0 {
		callDots(&sums[0], &a[0], &x[0], whole, len(x), lda)
	}
	for i := whole; i < rows; i++ { // the same sums in the same order, three of them for nothing
		var four [dotRows]T
		callDots(&four[0], &a[i*lda], &x[0], dotRows, len(x), 0)
		sums[i] = four[0]
	}
}

func callDots[T Float](dst, a, x *T, rows, k, lda int) {
	d, p, v := unsafe.Pointer(dst), unsafe.Pointer(a), unsafe.Pointer(x)
	if sizeOf[T]() == 4 {
		dots32((*float32)(d), (*float32)(p), (*float32)(v), rows, k, lda)
		return
	}
	dots64((*float64)(d), (*float64)(p), (*float64)(v), rows, k, lda)
}
