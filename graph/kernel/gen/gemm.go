package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The fields of kernel.tiles, by their offsets. A test in package kernel holds the two together.
const (
	fieldA, fieldB, fieldC, fieldCin    = 0, 8, 16, 24
	fieldK, fieldRS, fieldCS, fieldBS   = 32, 40, 48, 56
	fieldPanel, fieldLDC, fieldLDCin    = 64, 72, 80
	fieldTiles, fieldPanels             = 88, 96
	fieldAlpha, fieldBeta               = 104, 112
	fieldAt, fieldC0, fieldCin0         = 120, 128, 136
	fieldTilesLeft, fieldPanelsLeft     = 144, 152
	fieldTileC, fieldTileCin, fieldLast = 160, 168, 176
)

// vectors is the width of a tile in registers.
const vectors = 2

// gemmSet emits a kernel for every number of rows that leaves the accumulators of a tile in registers.
func gemmSet() {
	for _, p := range []precision{single, double} {
		for rows := 1; rows <= 6; rows++ {
			tile{isa: avx2, p: p, rows: rows}.emit()
		}
		for rows := 1; rows <= 12; rows++ {
			tile{isa: avx512, p: p, rows: rows}.emit()
		}
	}
	for _, s := range isas {
		pack(s)
		for _, p := range []precision{single, double} {
			gemv(s, p)
			for rows := 1; rows <= solveRows; rows++ {
				solver{isa: s, p: p, rows: rows}.emit()
			}
		}
	}
	turn(single)
	turn(double)
}

// tile is a micro-kernel of rows x (vectors registers) results, and the loops that move it over a block.
type tile struct {
	isa
	p    precision
	rows int
}

// The registers of a tile: bases holds the address of every third row of A.
var (
	args, panelB, walkB, steps  = RDI, RSI, RBX, RCX
	rowStride, colStride, bStep = RAX, RDX, R8
	bases                       = []GPPhysical{R9, R10, R11, R12}
)

func (t tile) acc(r, v int) VecPhysical { return t.v[r*vectors+v] }

func (t tile) arg(offset int) Mem { return Mem{Base: args, Disp: offset} }

func (t tile) emit() {
	name := fmt.Sprintf("%sgemm%d%s", t.p.letter, t.rows, t.isa.name)
	TEXT(name, NOSPLIT, "func(t *uint64)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s computes the tiles of %d rows and %d columns that t, a *tiles, describes.", name, t.rows, vectors*t.bytes/t.p.bytes))
	Load(Param("t"), args)
	restore := flushDenormals()
	MOVQ(t.arg(fieldB), panelB)
	MOVQ(t.arg(fieldRS), rowStride)
	MOVQ(t.arg(fieldCS), colStride)
	MOVQ(t.arg(fieldBS), bStep)
	for _, f := range [][2]int{{fieldC, fieldC0}, {fieldCin, fieldCin0}, {fieldPanels, fieldPanelsLeft}} {
		MOVQ(t.arg(f[0]), R13)
		MOVQ(R13, t.arg(f[1]))
	}
	Label("panel")
	for _, f := range [][2]int{{fieldA, fieldAt}, {fieldC0, fieldTileC}, {fieldCin0, fieldTileCin}, {fieldTiles, fieldTilesLeft}} {
		MOVQ(t.arg(f[0]), R13)
		MOVQ(R13, t.arg(f[1]))
	}
	Label("tile")
	t.multiply()
	t.write()
	t.nextTile()
	DECQ(t.arg(fieldTilesLeft))
	JNZ(LabelRef("tile"))
	ADDQ(t.arg(fieldPanel), panelB)
	ADDQ(I32(int32(vectors*t.bytes)), t.arg(fieldC0))
	ADDQ(I32(int32(vectors*t.bytes)), t.arg(fieldCin0))
	DECQ(t.arg(fieldPanelsLeft))
	JNZ(LabelRef("panel"))
	restore()
	VZEROUPPER()
	RET()
}

// multiply sums the products of one tile over k.
func (t tile) multiply() {
	MOVQ(t.arg(fieldAt), bases[0])
	for i := 1; i*3 < t.rows; i++ {
		LEAQ(Mem{Base: bases[i-1], Index: rowStride, Scale: 2}, bases[i])
		ADDQ(rowStride, bases[i])
	}
	t.fetch()
	MOVQ(panelB, walkB)
	MOVQ(t.arg(fieldK), steps)
	for r := range t.rows * vectors {
		zeroAny(t.v[r])
	}
	b := t.v[t.rows*vectors : t.rows*vectors+vectors]
	free := t.v[t.rows*vectors+vectors:]
	Label("k")
	for v := range vectors {
		t.p.load(Mem{Base: walkB, Disp: v * t.bytes}, b[v])
	}
	for r := range t.rows {
		a := free[r%len(free)]
		row := Mem{Base: bases[r/3]}
		if r%3 > 0 {
			row.Index, row.Scale = rowStride, uint8(r%3)
		}
		t.p.broadcast(row, a)
		for v := range vectors {
			t.p.fma231(a, b[v], t.acc(r, v))
		}
	}
	ADDQ(bStep, walkB)
	for i := 0; i*3 < t.rows; i++ {
		ADDQ(colStride, bases[i])
	}
	DECQ(steps)
	JNZ(LabelRef("k"))
}

// fetch calls for the rows of C, which are to be at hand when the sums are done: those of a large C lie far apart, in pages that no
// hardware prefetcher follows.
func (t tile) fetch() {
	MOVQ(t.arg(fieldTileC), R13)
	MOVQ(t.arg(fieldLDC), R14)
	for r := range t.rows {
		for line := 0; line < vectors*t.bytes; line += 64 {
			PREFETCHT0(Mem{Base: R13, Disp: line})
		}
		if r < t.rows-1 {
			ADDQ(R14, R13)
		}
	}
}

// write computes c = alpha acc + beta cin, where beta = 0 reads nothing.
func (t tile) write() {
	c, ldc, cin, ldcin := R9, R10, R11, R12
	alpha, beta := t.v[t.rows*vectors], t.v[t.rows*vectors+1]
	MOVQ(t.arg(fieldTileC), c)
	MOVQ(t.arg(fieldLDC), ldc)
	t.p.broadcast(t.arg(fieldAlpha), alpha)
	for r := range t.rows * vectors {
		t.p.mul(alpha, t.v[r], t.v[r])
	}
	MOVQ(t.arg(fieldBeta), R13)
	TESTQ(R13, R13)
	JZ(LabelRef("store"))
	MOVQ(t.arg(fieldTileCin), cin)
	MOVQ(t.arg(fieldLDCin), ldcin)
	t.p.broadcast(t.arg(fieldBeta), beta)
	for r := range t.rows {
		for v := range vectors {
			t.p.fma231(Mem{Base: cin, Disp: v * t.bytes}, beta, t.acc(r, v))
		}
		ADDQ(ldcin, cin)
	}
	MOVQ(cin, t.arg(fieldTileCin))
	Label("store")
	for r := range t.rows {
		for v := range vectors {
			t.p.load(t.acc(r, v), Mem{Base: c, Disp: v * t.bytes})
		}
		ADDQ(ldc, c)
	}
	MOVQ(c, t.arg(fieldTileC))
}

// nextTile moves A down by the tile's rows.
func (t tile) nextTile() {
	IMUL3Q(I32(int32(t.rows)), rowStride, R13)
	ADDQ(R13, t.arg(fieldAt))
}
