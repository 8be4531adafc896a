package kernel

import (
	"fmt"
	"unsafe"

	"gonum.org/v1/gonum/blas"
)

// Triangle tells which triangle of a square matrix counts, and how.
type Triangle struct {
	Upper bool // the upper triangle, not the lower
	Trans bool // its transpose
	Unit  bool // with ones for a diagonal, whatever the matrix holds there
}

// lower tells whether op(A) is a lower triangle, which is solved from its first row on.
func (t Triangle) lower() bool { return t.Upper == t.Trans }

// Trsm solves op(A) X = alpha B, or X op(A) = alpha B if right, in place of B [m, n]. op(A) is the triangle of A that t
// describes, [m, m], or [n, n] if right. It runs on the calling goroutine. A zero on the diagonal gives infinities, not a panic.
//
// Source: Dongarra et al., "A set of level 3 basic linear algebra subprograms", ACM TOMS 16 (1990).
func Trsm[T Float](right bool, t Triangle, m, n int, alpha T, a []T, lda int, b []T, ldb int) {
	trsm(right, t, m, n, alpha, a, lda, b, ldb, false)
}

// TrsmParallel is Trsm with B cut into fixed strips, each of which is solved on one processor. Its bits are those of
// Trsm.
func TrsmParallel[T Float](right bool, t Triangle, m, n int, alpha T, a []T, lda int, b []T, ldb int) {
	trsm(right, t, m, n, alpha, a, lda, b, ldb, true)
}

func trsm[T Float](right bool, t Triangle, m, n int, alpha T, a []T, lda int, b []T, ldb int, parallel bool) {
	if m < 0 || n < 0 {
		panic(fmt.Sprintf("kernel: Trsm of size m=%d n=%d, want none negative", m, n))
	}
	order, length := m, n
	if right {
		order, length = n, m
	}
	checkMatrix("A", order, order, len(a), lda)
	checkMatrix("B", m, n, len(b), ldb)
	if m == 0 || n == 0 {
		return
	}
	if alpha == 0 {
		scaleRows(m, n, 0, b, ldb)
		return
	}
	if openBLAS || !fast() {
		trsmStandard(right, t, m, n, alpha, a, lda, b, ldb)
		return
	}
	scaleRows(m, n, alpha, b, ldb)
	s := triangular[T]{t, order, a, lda}
	strip := func(_, lo, hi int) { s.solve(hi-lo, b[lo:], ldb) }
	if right { // op(A)ᵀ Xᵀ = alpha Bᵀ
		s.Trans = !s.Trans
		strip = func(_, lo, hi int) { s.solveTurned(hi-lo, b[lo*ldb:], ldb) }
	}
	if parallel && order*order*length >= worthSharing {
		Parallel(length, stripSize, strip)
		return
	}
	for lo := 0; lo < length; lo += stripSize {
		strip(0, lo, min(length, lo+stripSize))
	}
}

const (
	// stripSize is how many right-hand sides are solved at a time, a multiple of every panel's width.
	stripSize = 128
	// solveRows is the height of the largest triangle that assembly solves. It is the same for all vectors, so that
	// their bits are.
	solveRows = 6
	// solveBlock is the height of a block whose terms with those before it are one product.
	solveBlock = 16 * solveRows
)

// triangular is a matrix of coefficients.
type triangular[T Float] struct {
	Triangle
	order int
	a     []T
	lda   int
}

// at returns op(A) without its first i rows and j columns.
func (s *triangular[T]) at(i, j int) matrix[T] {
	if s.Trans {
		return matrix[T]{s.a[j*s.lda+i:], 1, s.lda}
	}
	return matrix[T]{s.a[i*s.lda+j:], s.lda, 1}
}

// solveTurned solves for n rows of b.
func (s *triangular[T]) solveTurned(n int, b []T, ldb int) {
	width := panelWidth[T]()
	n2 := (n + width - 1) / width * width
	side := borrow[T](s.order * n2)
	defer giveBack(side)
	clear(side.data)
	transpose(side.data, n2, b, ldb, n, s.order)
	s.panels(n2, side.data, n2)
	transpose(b, ldb, side.data, n2, s.order, n)
}

// solve solves for n columns of b: whole panels in place, and the last, narrower one on the side.
func (s *triangular[T]) solve(n int, b []T, ldb int) {
	width := panelWidth[T]()
	whole := n / width * width
	if whole > 0 {
		s.panels(whole, b, ldb)
	}
	if whole == n {
		return
	}
	side := borrow[T](s.order * width)
	defer giveBack(side)
	clear(side.data)
	for i := range s.order {
		copy(side.data[i*width:], b[i*ldb+whole:i*ldb+n])
	}
	s.panels(width, side.data, width)
	for i := range s.order {
		copy(b[i*ldb+whole:i*ldb+n], side.data[i*width:])
	}
}

// panels solves for n columns of b, whole panels: block after block, in the order in which they depend on each other.
func (s *triangular[T]) panels(n int, b []T, ldb int) {
	for done := 0; done < s.order; done += solveBlock {
		m := min(solveBlock, s.order-done)
		if s.lower() {
			s.subtract(done, m, 0, done, n, b, ldb)
			s.block(done, m, n, b, ldb)
		} else {
			i := s.order - done - m
			s.subtract(i, m, i+m, done, n, b, ldb)
			s.block(i, m, n, b, ldb)
		}
	}
}

// subtract computes rows i to i+m of b -= op(A) b, for k columns of op(A) from l on.
func (s *triangular[T]) subtract(i, m, l, k, n int, b []T, ldb int) {
	if k == 0 {
		return
	}
	a, lda := s.at(i, l).data, s.lda
	product[T]{s.Trans, false, m, n, k, -1, a, lda, b[l*ldb:], ldb, 1, b[i*ldb:], ldb}.run(false)
}

// block solves rows i to i+m, which depend on no others any more, a few at a time.
func (s *triangular[T]) block(i, m, n int, b []T, ldb int) {
	width := panelWidth[T]()
	for done := 0; done < m; done += solveRows {
		rows := min(solveRows, m-done)
		first, known := i+done, i // the rows to solve, and those that are
		if !s.lower() {
			first = i + m - done - rows
			known = first + rows
		}
		if done > 0 {
			c := b[first*ldb:]
			terms := block[T]{
				m: rows, n: n, k: done, alpha: -1, beta: 1, a: s.at(first, known), b: b[known*ldb:], bs: ldb, panel: width,
				cin: c, ldcin: ldb, c: c, ldc: ldb,
			}
			terms.run()
		}
		s.substitute(first, rows, n/width, b, ldb)
	}
}

// substitute solves a triangle of at most solveRows rows from row i on. An upper one is turned to a lower one, with its
// rows in reverse.
func (s *triangular[T]) substitute(i, rows, panels int, b []T, ldb int) {
	var tri [solveRows * solveRows]T
	a := s.at(i, i)
	for r := range rows {
		for c := range r + 1 {
			row, column := r, c
			if !s.lower() {
				row, column = rows-1-r, rows-1-c
			}
			v := a.data[row*a.rs+column*a.cs]
			if r == c && s.Unit {
				v = 1
			} else if r == c {
				v = 1 / v
			}
			tri[r*solveRows+c] = v
		}
	}
	if s.lower() {
		callSolve(rows, &tri[0], &b[i*ldb], ldb, panels)
	} else {
		callSolve(rows, &tri[0], &b[(i+rows-1)*ldb], -ldb, panels)
	}
}

func callSolve[T Float](rows int, tri, c *T, ldc, panels int) {
	t, p := unsafe.Pointer(tri), unsafe.Pointer(c)
	if sizeOf[T]() == 4 {
		solve32(rows, (*float32)(t), (*float32)(p), 4*ldc, panels)
		return
	}
	solve64(rows, (*float64)(t), (*float64)(p), 8*ldc, panels)
}

// trsmStandard is Trsm of the standard BLAS.
func trsmStandard[T Float](right bool, t Triangle, m, n int, alpha T, a []T, lda int, b []T, ldb int) {
	side, uplo, trans, diag := blas.Left, blas.Lower, blas.NoTrans, blas.NonUnit
	if right {
		side = blas.Right
	}
	if t.Upper {
		uplo = blas.Upper
	}
	if t.Trans {
		trans = blas.Trans
	}
	if t.Unit {
		diag = blas.Unit
	}
	var impl standard
	switch b := any(b).(type) {
	case []float32:
		impl.Strsm(side, uplo, trans, diag, m, n, float32(alpha), any(a).([]float32), lda, b, ldb)
	case []float64:
		impl.Dtrsm(side, uplo, trans, diag, m, n, float64(alpha), any(a).([]float64), lda, b, ldb)
	}
}

// vector solves op(A) x = b for one vector, in place; diagonal solves rows i to i+m, which depend on no others any more.
func (s *triangular[T]) vector(x []T, diagonal func(i, m int)) {
	for done := 0; done < s.order; done += vectorBlock {
		m := min(vectorBlock, s.order-done)
		i, l := done, 0
		if !s.lower() {
			i, l = s.order-done-m, s.order-done
		}
		if done > 0 {
			a := s.at(i, l).data
			if s.Trans {
				Gemm(false, false, 1, m, done, -1, x[l:], done, a, s.lda, 1, x[i:], m)
			} else {
				Gemm(false, false, m, 1, done, -1, a, s.lda, x[l:], 1, 1, x[i:], 1)
			}
		}
		diagonal(i, m)
	}
}

// vectorBlock is the height of a block whose terms with those before it are one product with a vector.
const vectorBlock = 64
