package kernel

import (
	"fmt"
	"sync/atomic"
	"unsafe"
)

// GemmBinary computes C = start + op(A) op(B) on all processors if all numbers of A are 0 or 1, as samples of binary units and one-hot
// vectors are, and returns true. It returns false, and leaves C as it is, if A has other numbers, if they are float64, or if the product
// is so small that Gemm is as fast.
//
// Shapes are op(A) [m, k], op(B) [k, n] and C [m, n], or [n, m], written transposed, if tC. start [n] is added to each row of the product;
// nil stands for zeros.
//
// The product needs no multiplications, and a quarter of the additions: of every four rows of op(B) the sums of all sixteen subsets are
// tabulated once, and each row of the product adds those that its bits choose (the method of four Russians: Arlazarov, Dinic, Kronrod
// and Faradzev 1970, there for matrices of bits alone). Sums have an order of their own, so that they differ from Gemm's by rounding;
// the bits are the same on every processor. What no bit chooses is left out, where Gemm would make NaN of zero times infinity.
func GemmBinary[T Float](tA, tB, tC bool, m, n, k int, a []T, lda int, b []T, ldb int, start, c []T, ldc int) bool {
	checkOperand("A", tA, m, k, len(a), lda)
	checkOperand("B", tB, k, n, len(b), ldb)
	checkOperand("C", tC, m, n, len(c), ldc)
	if start != nil && len(start) != n {
		panic(fmt.Sprintf("kernel: Gemm: start has %d values, want %d", len(start), n))
	}
	bits, ok := any(a).([]float32)
	if !ok || m < leastBinary || min(n, k) < wordBits {
		return false
	}
	room := borrow[float32]((k + wordBits - 1) / wordBits * m)
	defer giveBack(room)
	p := binary{rows: m, cols: k, words: unsafe.Slice((*uint32)(unsafe.Pointer(&room.data[0])), len(room.data))}
	if !p.pack(tA, bits, lda) {
		return false
	}
	q := binaryProduct{a: &p, tB: tB, tC: tC, n: n, b: any(b).([]float32), ldb: ldb, c: any(c).([]float32), ldc: ldc}
	q.start, _ = any(start).([]float32)
	q.run()
	return true
}

const (
	wordBits    = 32  // columns of A that one word holds: eight tables
	subsetCount = 16  // subsets of four rows, the rows of a table
	restTables  = 2   // tables that a lookup takes where a word is not full
	mostBinary  = 512 // rows of C that one piece of work takes
	leastBinary = 48  // fewer rows, or fewer than 32 columns of A or B, do not pay for tables
)

// tableWidth is how many columns a table has: four registers.
func tableWidth() int {
	if active == withAVX2 {
		return 32
	}
	return 64
}

func checkOperand(name string, transposed bool, rows, cols, length, stride int) {
	if transposed {
		name, rows, cols = name+" (transposed)", cols, rows
	}
	checkMatrix(name, rows, cols, length, stride)
}

// binary is a matrix of zeros and ones [rows, cols].
type binary struct {
	rows, cols int
	words      []uint32 // [ceil(cols/32), rows]: bit i of word (p, r) is element (r, 32p + i)
}

// pack takes op(A) [rows, cols]; it returns false if there are other numbers than 0 and 1.
func (p *binary) pack(tA bool, a []float32, lda int) bool {
	rows, cols := p.rows, p.cols
	var others atomic.Bool
	if tA {
		Parallel((cols+wordBits-1)/wordBits, 1, func(w, _, _ int) {
			lo, hi := w*wordBits, min(cols, (w+1)*wordBits)
			if !others.Load() && !packColumns(p.words[w*rows:(w+1)*rows], a[lo*lda:], hi-lo, lda) {
				others.Store(true)
			}
		})
	} else {
		Parallel(rows, wordBits, func(_, lo, hi int) {
			for r := lo; r < hi && !others.Load(); r++ {
				if !p.packRow(r, a[r*lda:][:cols]) {
					others.Store(true)
				}
			}
		})
	}
	return !others.Load()
}

func (p *binary) packRow(r int, x []float32) bool {
	whole := len(x) / wordBits
	if !fast() {
		whole = 0
	} else if bitsOfRow(&p.words[r], &x[0], whole, 4*p.rows) != 0 {
		return false
	}
	for w := whole; w*wordBits < len(x); w++ {
		var word uint32
		for i, v := range x[w*wordBits : min(len(x), (w+1)*wordBits)] {
			if v != 0 && v != 1 {
				return false
			}
			word |= uint32(v) << i
		}
		p.words[w*p.rows+r] = word
	}
	return true
}

// packColumns packs rows, at most 32, of x into a word for each column.
func packColumns(words []uint32, x []float32, rows, stride int) bool {
	first := 0
	if lanes := tableWidth() / 4; fast() && len(words) >= lanes {
		first = len(words) / lanes * lanes
		if bitsOfColumns(&words[0], &x[0], rows, first/lanes, 4*stride) != 0 {
			return false
		}
	}
	for i := first; i < len(words); i++ {
		words[i] = 0
		for r := range rows {
			v := x[r*stride+i]
			if v != 0 && v != 1 {
				return false
			}
			words[i] |= uint32(v) << r
		}
	}
	return true
}

// binaryProduct is C = start + A op(B).
type binaryProduct struct {
	a        *binary
	tB, tC   bool
	n        int
	b        []float32
	ldb      int
	start, c []float32
	ldc      int
}

func (q binaryProduct) run() {
	width, rows := tableWidth(), q.a.rows
	// Pieces run down the columns: a product after this one that is cut likewise finds its columns in the same core.
	down := (rows + mostBinary - 1) / mostBinary
	Parallel((q.n+width-1)/width*down, 1, func(piece, _, _ int) {
		t := binaryTile{product: q, first: piece % down * mostBinary, column: piece / down * width, width: width}
		t.rows, t.columns = min(mostBinary, rows-t.first), min(width, q.n-t.column)
		room := borrow[float32](width * (wordBits/4*subsetCount + wordBits + t.rows))
		t.place(room.data)
		t.begin()
		for w := range (q.a.cols + wordBits - 1) / wordBits {
			t.add(w)
		}
		t.end()
		giveBack(room)
	})
}

// binaryTile is a piece of a product: rows of A and C, and as many columns of op(B) and C as a table has.
type binaryTile struct {
	product         binaryProduct
	first, rows     int
	column, columns int
	width           int
	tables          []float32 // [8, 16, width]
	panel           []float32 // [32, width], rows of op(B) that cannot be read in their place
	sums            []float32 // [rows, width]
}

func (t *binaryTile) place(room []float32) {
	tables, panel := wordBits/4*subsetCount*t.width, wordBits*t.width
	t.tables, t.panel, t.sums = room[:tables], room[tables:tables+panel], room[tables+panel:]
}

func (t *binaryTile) begin() {
	if t.product.start == nil {
		clear(t.sums)
		return
	}
	start := t.product.start[t.column:][:t.columns]
	for r := range t.rows {
		row := t.sums[r*t.width:][:t.width]
		clear(row[copy(row, start):])
	}
}

// add adds what word w of each row chooses.
func (t *binaryTile) add(w int) {
	first := w * wordBits
	depth := min(wordBits, t.product.a.cols-first)
	groups, step := (depth+7)/8*2, restTables
	if depth == wordBits {
		step = groups
	}
	t.tabulate(first, depth, groups)
	for g := 0; g < groups; g += step {
		t.lookup(w, g, step)
	}
}

// tabulate fills the tables of groups of four rows of op(B); those beyond depth are zeros.
func (t *binaryTile) tabulate(first, depth, groups int) {
	q := &t.product
	panel, stride := t.panel, t.width
	whole := depth == 4*groups && t.columns == t.width
	if !whole {
		clear(panel)
	}
	switch {
	case q.tB:
		transpose(panel, t.width, q.b[t.column*q.ldb+first:], q.ldb, t.columns, depth)
	case whole:
		panel, stride = q.b[first*q.ldb+t.column:], q.ldb
	default:
		for i := range depth {
			copy(panel[i*t.width:], q.b[(first+i)*q.ldb+t.column:][:t.columns])
		}
	}
	if fast() {
		subsets(&t.tables[0], &panel[0], groups, 4*stride)
		return
	}
	subsetsGo(t.tables, panel, groups, stride, t.width)
}

// lookup adds what word w of each row chooses from groups of tables, from first on.
func (t *binaryTile) lookup(w, first, groups int) {
	words, tables := t.product.a.words[w*t.product.a.rows+t.first:][:t.rows], t.tables[first*subsetCount*t.width:]
	if fast() {
		lookup(groups, &t.sums[0], (*byte)(unsafe.Add(unsafe.Pointer(&words[0]), first/2)), &tables[0], t.rows)
		return
	}
	lookupGo(t.sums, words, 4*first, tables, groups, t.width)
}

// end writes the sums to C.
func (t *binaryTile) end() {
	c, ldc := t.product.c, t.product.ldc
	if t.product.tC {
		transpose(c[t.column*ldc+t.first:], ldc, t.sums, t.width, t.rows, t.columns)
		return
	}
	for r := range t.rows {
		copy(c[(t.first+r)*ldc+t.column:][:t.columns], t.sums[r*t.width:])
	}
}

// subsetsGo and lookupGo are the twins of the assembly.
func subsetsGo(tables, x []float32, groups, stride, width int) {
	for g := range groups {
		table := tables[g*subsetCount*width:][:subsetCount*width]
		clear(table[:width])
		for i := range 4 {
			row, size := x[(4*g+i)*stride:][:width], 1<<i
			copy(table[size*width:], row)
			for other := 1; other < size; other++ {
				sum, rest := table[(size+other)*width:][:width], table[other*width:][:width]
				for j, v := range row {
					sum[j] = rest[j] + v
				}
			}
		}
	}
}

func lookupGo(sums []float32, words []uint32, shift int, tables []float32, groups, width int) {
	chosen := make([]float32, width)
	for r, word := range words {
		clear(chosen)
		for g := range groups {
			for j, v := range tables[(g*subsetCount+int(word>>(shift+4*g)&15))*width:][:width] {
				chosen[j] += v
			}
		}
		for j, v := range chosen {
			sums[r*width+j] += v
		}
	}
}
