package kernel

import (
	"math"
	"unsafe"
)

// instructions is the set of vector instructions in use.
type instructions int

const (
	pureGo instructions = iota
	withAVX2
	withAVX512
)

// active is fixed when the program starts; tests change it to compare one set with another.
var active = detect()

func fast() bool { return active != pureGo }

// maxRows is the height of the largest tile.
func maxRows() int {
	if active == withAVX512 {
		return 12
	}
	return 6
}

// panelWidth is the width of a tile, two vectors, in elements.
func panelWidth[T Float]() int {
	bytes := 64
	if active == withAVX512 {
		bytes = 128
	}
	return bytes / sizeOf[T]()
}

// widePanels is how many panels a tile of one row spans.
const widePanels = 4

func sizeOf[T Float]() int {
	var v T
	return int(unsafe.Sizeof(v))
}

// blockK cuts sums: one panel of B, blockK deep, stays in the first-level cache.
const blockK = 256

// tiles tells assembly what to compute: for panels side by side, and in each for tiles one below another,
// c = alpha a b + beta cin. Strides are in bytes; beta = 0 reads nothing of cin. The generator knows the offsets.
type tiles struct {
	a, b, c, cin unsafe.Pointer
	k            int
	rs, cs       int // from one row of a to the next, and from one column
	bs           int // from one row of b to the next
	panel        int // from one panel of b to the next
	ldc, ldcin   int
	tiles        int // one below another
	panels       int
	alpha, beta  uint64     // their bits, float32 in the lower half
	_            [8]uintptr // where assembly keeps its place
}

func bitsOf[T Float](v T) uint64 {
	if f, ok := any(v).(float32); ok {
		return uint64(math.Float32bits(f))
	}
	return math.Float64bits(float64(v))
}

// matrix is a view with strides in elements: element (i, j) is data[i*rs + j*cs].
type matrix[T Float] struct {
	data   []T
	rs, cs int
}

func (m matrix[T]) below(i int) matrix[T] { return matrix[T]{m.data[i*m.rs:], m.rs, m.cs} }

func (m matrix[T]) rightOf(j int) matrix[T] { return matrix[T]{m.data[j*m.cs:], m.rs, m.cs} }

// block is one product of tiles: c = alpha a b + beta cin, [m, n], of a [m, k] and b, which is k deep and n wide in
// panels: panel p begins at b[p*panel], its rows bs apart. The last panel may be padded.
type block[T Float] struct {
	m, n, k     int
	alpha, beta T
	a           matrix[T]
	b           []T
	bs, panel   int
	cin         []T
	ldcin       int
	c           []T
	ldc         int
}

// run does the whole panels in place and the last, narrower one on the side.
func (b *block[T]) run() {
	width := panelWidth[T]()
	whole := b.n / width
	if whole > 0 {
		b.rows(whole)
	}
	if rest := b.n % width; rest > 0 {
		b.edge(whole, rest, width)
	}
}

// rows covers m rows of some panels with tiles whose heights differ by one at most.
func (b *block[T]) rows(panels int) {
	size := sizeOf[T]()
	t := tiles{
		a: unsafe.Pointer(unsafe.SliceData(b.a.data)), b: unsafe.Pointer(unsafe.SliceData(b.b)),
		c: unsafe.Pointer(unsafe.SliceData(b.c)), cin: unsafe.Pointer(unsafe.SliceData(b.cin)),
		k: b.k, rs: b.a.rs * size, cs: b.a.cs * size, bs: b.bs * size, panel: b.panel * size,
		ldc: b.ldc * size, ldcin: b.ldcin * size, panels: panels, alpha: bitsOf(b.alpha), beta: bitsOf(b.beta),
	}
	if b.m == 1 && panels >= widePanels {
		t.panels = panels / widePanels
		runWide(size, &t)
		done := t.panels * widePanels
		t.panels = panels - done
		if t.panels == 0 {
			return
		}
		columns := done * panelWidth[T]()
		t.b = unsafe.Pointer(unsafe.SliceData(b.b[done*b.panel:]))
		t.c = unsafe.Pointer(unsafe.SliceData(b.c[columns:]))
		if b.beta != 0 {
			t.cin = unsafe.Pointer(unsafe.SliceData(b.cin[columns:]))
		}
	}
	number := (b.m + maxRows() - 1) / maxRows()
	height, higher := b.m/number, b.m%number
	if higher > 0 {
		t.tiles = higher
		runTiles[T](height+1, &t)
		done := higher * (height + 1)
		t.a = unsafe.Pointer(unsafe.SliceData(b.a.data[done*b.a.rs:]))
		t.c = unsafe.Pointer(unsafe.SliceData(b.c[done*b.ldc:]))
		if b.beta != 0 {
			t.cin = unsafe.Pointer(unsafe.SliceData(b.cin[done*b.ldcin:]))
		}
	}
	t.tiles = number - higher
	runTiles[T](height, &t)
}

func runTiles[T Float](rows int, t *tiles) {
	if sizeOf[T]() == 4 {
		runTiles32(rows, t)
		return
	}
	runTiles64(rows, t)
}

// maxTile is the number of bytes of the largest tile.
const maxTile = 12 * 128

// tileOf returns room for a tile, or two, as a slice.
func tileOf[T Float](room []uint64) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(&room[0])), 8*len(room)/sizeOf[T]())
}

// edge computes the last rest columns on a tile of their own and copies what belongs to c.
func (b *block[T]) edge(panel, rest, width int) {
	var room [maxTile / 8]uint64
	side := tileOf[T](room[:])
	column := panel * width
	for i := 0; i < b.m; i += maxRows() {
		rows := min(maxRows(), b.m-i)
		if b.beta != 0 {
			for r := range rows {
				copy(side[r*width:r*width+rest], b.cin[(i+r)*b.ldcin+column:])
			}
		}
		e := *b
		e.m, e.n, e.a, e.b = rows, width, b.a.below(i), b.b[panel*b.panel:]
		e.cin, e.ldcin, e.c, e.ldc = side, width, side, width
		e.rows(1)
		for r := range rows {
			copy(b.c[(i+r)*b.ldc+column:][:rest], side[r*width:])
		}
	}
}
