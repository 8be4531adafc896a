package kernel

import (
	"sync"
	"unsafe"
)

// Packed is a matrix op(B) [k, n] in the order in which a product reads it. Packing pays for a matrix that is
// multiplied many times, such as a recurrent weight over a sequence. The zero value is empty; Pack fills it and
// reuses its memory.
type Packed[T Float] struct {
	k, n int
	// With assembly: for each blockK rows, panels of panelWidth columns, the last padded with zeros. Without:
	// op(B) as it is when k is small, and transposed when dot products are long.
	data       []T
	transposed bool
}

// Pack copies op(B) [k, n], where op transposes if tB.
func (p *Packed[T]) Pack(tB bool, k, n int, b []T, ldb int) {
	p.resize(k, n)
	if !fast() {
		p.packGo(tB, b, ldb)
		return
	}
	for l := 0; l < k; l += blockK {
		p.packBlock(tB, l, b, ldb)
	}
}

// PackParallel is Pack on all processors.
func (p *Packed[T]) PackParallel(tB bool, k, n int, b []T, ldb int) {
	if !fast() || k < 2*blockK {
		p.Pack(tB, k, n, b, ldb)
		return
	}
	p.resize(k, n)
	Parallel(k, blockK, func(_, lo, _ int) { p.packBlock(tB, lo, b, ldb) })
}

func (p *Packed[T]) resize(k, n int) {
	p.k, p.n = k, n
	p.grow(packedSize[T](k, n))
}

func packedSize[T Float](k, n int) int {
	if !fast() {
		return k * n
	}
	width := panelWidth[T]()
	return k * ((n + width - 1) / width * width)
}

// grow makes room for size values.
func (p *Packed[T]) grow(size int) {
	if cap(p.data) < size {
		p.data = make([]T, size)
	}
	p.data = p.data[:size]
}

// packBlock packs up to blockK rows of op(B), from row l on.
func (p *Packed[T]) packBlock(tB bool, l int, b []T, ldb int) {
	rows, width := min(blockK, p.k-l), panelWidth[T]()
	dst := p.data[l*((p.n+width-1)/width*width):]
	packPanels(dst, tB, rows, p.n, from(tB, b, ldb, l), ldb)
}

// packPanels writes op(B) [k, n] to dst in panels.
func packPanels[T Float](dst []T, tB bool, k, n int, b []T, ldb int) {
	width := panelWidth[T]()
	whole := n / width * width
	if whole > 0 && !tB {
		size := sizeOf[T]()
		packWhole((*uint64)(unsafe.Pointer(&dst[0])), (*uint64)(unsafe.Pointer(&b[0])), k, whole/width, ldb*size)
	}
	for j := 0; j < whole && tB; j += width {
		transpose(dst[j*k:], width, b[j*ldb:], ldb, width, k)
	}
	if whole == n {
		return
	}
	panel := dst[whole*k : whole*k+k*width]
	clear(panel)
	if tB {
		transpose(panel, width, b[whole*ldb:], ldb, n-whole, k)
		return
	}
	for l := range k {
		copy(panel[l*width:], b[l*ldb+whole:l*ldb+n])
	}
}

// smallPackedK is the depth from which gonum's dot products beat its sums of rows.
const smallPackedK = 24

func (p *Packed[T]) packGo(tB bool, b []T, ldb int) {
	p.transposed = p.k >= smallPackedK
	rows, cols := p.k, p.n
	if p.transposed {
		rows, cols = cols, rows
	}
	for i := range rows {
		dst := p.data[i*cols : (i+1)*cols]
		if p.transposed == tB {
			copy(dst, b[i*ldb:])
			continue
		}
		for j := range dst {
			dst[j] = b[j*ldb+i]
		}
	}
}

// Mul computes C = A op(B) + beta Cin for A [m, k] and C, Cin [m, n]; ldcin = 0 takes one row of Cin for all. With
// beta = 0, Cin may be nil. C may be Cin.
func (p *Packed[T]) Mul(m int, a []T, lda int, beta T, cin []T, ldcin int, c []T, ldc int) {
	checkMatrix("A", m, p.k, len(a), lda)
	checkMatrix("C", m, p.n, len(c), ldc)
	if beta != 0 && ldcin != 0 {
		checkMatrix("Cin", m, p.n, len(cin), ldcin)
	}
	if m == 0 {
		return
	}
	if !fast() {
		p.mulGo(m, a, lda, beta, cin, ldcin, c, ldc)
		return
	}
	p.mul(m, 1, matrix[T]{a, lda, 1}, beta, cin, ldcin, c, ldc)
}

// mul computes C = alpha A op(B) + beta Cin.
func (p *Packed[T]) mul(m int, alpha T, a matrix[T], beta T, cin []T, ldcin int, c []T, ldc int) {
	for l := 0; l < p.k; l += blockK {
		p.mulBlock(l, m, 0, p.n, alpha, a.rightOf(l), beta, cin, ldcin, c, ldc)
		beta, cin, ldcin = 1, c, ldc
	}
}

// mulRow computes c = a op(B) + c for one row a [k] and c [n], in groups of columns. Backwards it begins with the last ones: calls
// that take turns find in the cache what the call before read last. The bits are those of Mul.
func (p *Packed[T]) mulRow(a, c []T, backwards bool) {
	group := widePanels * panelWidth[T]()
	if !fast() || p.k > blockK || p.n <= group {
		p.Mul(1, a, p.k, 1, c, p.n, c, p.n)
		return
	}
	groups := (p.n + group - 1) / group
	for i := range groups {
		if backwards {
			i = groups - 1 - i
		}
		j := i * group
		p.mulBlock(0, 1, j, min(j+group, p.n), 1, matrix[T]{a, p.k, 1}, 1, c[j:], p.n, c[j:], p.n)
	}
}

// mulBlock adds the terms of the block of k that begins at l, for columns j0 to j1, where j0 begins a panel: a begins
// at column l, cin and c at column j0.
func (p *Packed[T]) mulBlock(l, m, j0, j1 int, alpha T, a matrix[T], beta T, cin []T, ldcin int, c []T, ldc int) {
	width := panelWidth[T]()
	padded := (p.n + width - 1) / width * width
	k := min(blockK, p.k-l)
	b := block[T]{
		m: m, n: j1 - j0, k: k, alpha: alpha, beta: beta, a: a,
		b: p.data[l*padded+j0*k:], bs: width, panel: k * width, cin: cin, ldcin: ldcin, c: c, ldc: ldc,
	}
	b.run()
}

// columns is the transpose of the block of k that begins at l, from the column j on, which begins a panel, to that panel's end.
func (p *Packed[T]) columns(l, j int) matrix[T] {
	width := panelWidth[T]()
	padded := (p.n + width - 1) / width * width
	return matrix[T]{p.data[l*padded+j*min(blockK, p.k-l):], 1, width}
}

func (p *Packed[T]) mulGo(m int, a []T, lda int, beta T, cin []T, ldcin int, c []T, ldc int) {
	if beta != 0 {
		for i := range m {
			copy(c[i*ldc:i*ldc+p.n], cin[i*ldcin:])
		}
	}
	ldb := p.n
	if p.transposed {
		ldb = p.k
	}
	Gemm(false, p.transposed, m, p.n, p.k, 1, a, lda, p.data, ldb, beta, c, ldc)
}

// shelf keeps the buffers of products that pack their operands for themselves. Unlike a sync.Pool it finds what
// another processor put back, and outlives collections, so that a repeated computation soon allocates nothing.
type shelf[T Float] struct {
	mu   sync.Mutex
	free []*Packed[T]
}

// keepValues is the size of the largest buffer that is kept.
const keepValues = 1 << 24

var (
	shelf32 shelf[float32]
	shelf64 shelf[float64]
)

func shelfOf[T Float]() *shelf[T] {
	if sizeOf[T]() == 4 {
		return any(&shelf32).(*shelf[T])
	}
	return any(&shelf64).(*shelf[T])
}

// borrow returns the smallest buffer with room for the given values, or else grows the largest.
func borrow[T Float](values int) *Packed[T] {
	s := shelfOf[T]()
	s.mu.Lock()
	best := -1
	for i, p := range s.free {
		if best < 0 {
			best = i
			continue
		}
		have, other := cap(s.free[best].data), cap(p.data)
		if (have < values && other > have) || (other >= values && other < have) {
			best = i
		}
	}
	var p *Packed[T]
	if best < 0 {
		p = new(Packed[T])
	} else {
		last := len(s.free) - 1
		p, s.free[best] = s.free[best], s.free[last]
		s.free = s.free[:last]
	}
	s.mu.Unlock()
	p.grow(values)
	return p
}

func giveBack[T Float](p *Packed[T]) {
	if cap(p.data) > keepValues {
		return
	}
	s := shelfOf[T]()
	s.mu.Lock()
	s.free = append(s.free, p)
	s.mu.Unlock()
}

// Borrow returns n values, whatever they hold, in memory that was given back, if there is some of about that size. Memory of its own that a
// computation needs again and again may cost more than its arithmetic: the system clears each page when it is first touched.
func Borrow[T Float](n int) []T {
	b := borrow[T](n)
	if cap(b.data) > 4*n { // whoever needs that much may come soon
		giveBack(b)
		return make([]T, n)
	}
	return b.data
}

// GiveBack keeps what Borrow returned for others. Nobody may use it after that.
func GiveBack[T Float](values []T) {
	if cap(values) > 0 {
		giveBack(&Packed[T]{data: values})
	}
}
