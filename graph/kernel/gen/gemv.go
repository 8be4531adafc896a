package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// gemvRows is how many rows gemv takes at once, to hide the latency of its sums.
const gemvRows = 4

// gemv emits dots of rows of a matrix with a vector, for products with batch 1.
func gemv(s isa, p precision) {
	name := fmt.Sprintf("%sdots%s", p.letter, s.name)
	element := map[string]string{"s": "float32", "d": "float64"}[p.letter]
	TEXT(name, NOSPLIT, fmt.Sprintf("func(dst, a, x *%s, rows, k, stride int)", element))
	Pragma("noescape")
	Doc(fmt.Sprintf("%s computes dst[i] = the dot product of row i of a, whose rows are stride bytes apart, and x.", name),
		fmt.Sprintf("rows is a multiple of %d, and positive.", gemvRows))
	dst, a, x, rows, k, stride := RDI, RSI, RDX, RCX, RBX, R8
	Load(Param("dst"), dst)
	Load(Param("a"), a)
	Load(Param("x"), x)
	Load(Param("rows"), rows)
	Load(Param("k"), k)
	Load(Param("stride"), stride)
	restore := flushDenormals()
	width := s.bytes / p.bytes
	walk := []GPPhysical{R9, R10, R11, R12}
	acc, load := s.v[:gemvRows], s.v[gemvRows]
	Label("rows")
	MOVQ(a, walk[0])
	for i := 1; i < gemvRows; i++ {
		LEAQ(Mem{Base: walk[i-1], Index: stride, Scale: 1}, walk[i])
	}
	LEAQ(Mem{Base: walk[3], Index: stride, Scale: 1}, a)
	for _, r := range acc {
		zero(r)
	}
	at, left := RAX, R13
	XORQ(at, at)
	MOVQ(k, left)
	SUBQ(I32(int32(width)), left)
	JL(LabelRef("sum"))
	Label("vectors")
	p.load(Mem{Base: x, Index: at, Scale: 1}, load)
	for i, r := range acc {
		p.fma231(Mem{Base: walk[i], Index: at, Scale: 1}, load, r)
	}
	ADDQ(I32(int32(s.bytes)), at)
	SUBQ(I32(int32(width)), left)
	JGE(LabelRef("vectors"))
	Label("sum")
	sumLanes(s, p, acc)
	ADDQ(I32(int32(width)), left)
	JZ(LabelRef("store"))
	Label("rest")
	scalarFMA(p, Mem{Base: x, Index: at, Scale: 1}, walk, at, acc, load)
	ADDQ(I32(int32(p.bytes)), at)
	DECQ(left)
	JNZ(LabelRef("rest"))
	Label("store")
	for i, r := range acc {
		scalarMove(p, r, Mem{Base: dst, Disp: i * p.bytes})
	}
	ADDQ(I32(int32(gemvRows*p.bytes)), dst)
	SUBQ(I32(gemvRows), rows)
	JNZ(LabelRef("rows"))
	restore()
	VZEROUPPER()
	RET()
}

// sumLanes leaves the sum of each register's lanes in its lowest.
func sumLanes(s isa, p precision, acc []VecPhysical) {
	t := s.v[len(acc)+1]
	add, permute := VADDPS, VPERMILPS
	if p.bytes == 8 {
		add, permute = VADDPD, VPERMILPD
	}
	for _, r := range acc {
		if s.bytes == 64 {
			VEXTRACTF64X4(U8(1), r, t.AsY())
			add(t.AsY(), r.AsY(), r.AsY())
		}
		VEXTRACTF128(U8(1), r.AsY(), t.AsX())
		add(t.AsX(), r.AsX(), r.AsX())
		if p.bytes == 4 {
			permute(U8(0b1110), r.AsX(), t.AsX())
			add(t.AsX(), r.AsX(), r.AsX())
		}
		permute(U8(1), r.AsX(), t.AsX())
		add(t.AsX(), r.AsX(), r.AsX())
	}
}

func scalarFMA(p precision, x Mem, walk []GPPhysical, at GPPhysical, acc []VecPhysical, load VecPhysical) {
	move, fma := VMOVSS, VFMADD231SS
	if p.bytes == 8 {
		move, fma = VMOVSD, VFMADD231SD
	}
	move(x, load.AsX())
	for i, r := range acc {
		fma(Mem{Base: walk[i], Index: at, Scale: 1}, load.AsX(), r.AsX())
	}
}

func scalarMove(p precision, r VecPhysical, m Mem) {
	if p.bytes == 8 {
		VMOVSD(r.AsX(), m)
		return
	}
	VMOVSS(r.AsX(), m)
}
