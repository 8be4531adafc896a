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
	TEXT(name, NOSPLIT, fmt.Sprintf("func(dst, a, x *%s, rows, k, stride int)", p.element()))
	Pragma("noescape")
	Doc(fmt.Sprintf("%s computes dst[i] = the dot product of row i of a, whose rows are stride bytes apart, and x.", name),
		fmt.Sprintf("rows is a multiple of %d, and positive.", gemvRows))
	dst, a, x, rows, k, stride := RDI, RSI, RDX, RCX, RBX, R8
	loadParams([]string{"dst", "a", "x", "rows", "k", "stride"}, []GPPhysical{dst, a, x, rows, k, stride})
	restore := flushDenormals()
	width := s.bytes / p.bytes
	walk := []GPPhysical{R9, R10, R11, R12}
	acc, load := s.v[:gemvRows], s.v[gemvRows]
	at, left := RAX, R13
	MOVQ(rows, RAX) // in RCX, which the mask may destroy
	s.maskRest(p, k, left)
	MOVQ(RAX, rows)
	Label("rows")
	MOVQ(a, walk[0])
	for i := 1; i < gemvRows; i++ {
		LEAQ(Mem{Base: walk[i-1], Index: stride, Scale: 1}, walk[i])
	}
	LEAQ(Mem{Base: walk[3], Index: stride, Scale: 1}, a)
	for _, r := range acc {
		zero(r)
	}
	XORQ(at, at)
	MOVQ(k, left)
	SUBQ(I32(int32(width)), left)
	JL(LabelRef("rest"))
	Label("vectors")
	p.load(Mem{Base: x, Index: at, Scale: 1}, load)
	for i, r := range acc {
		p.fma231(Mem{Base: walk[i], Index: at, Scale: 1}, load, r)
	}
	ADDQ(I32(int32(s.bytes)), at)
	SUBQ(I32(int32(width)), left)
	JGE(LabelRef("vectors"))
	Label("rest")
	ADDQ(I32(int32(width)), left)
	JZ(LabelRef("sum"))
	s.loadRest(p, Mem{Base: x, Index: at, Scale: 1}, load)
	for i, r := range acc {
		t := s.v[gemvRows+1+i]
		s.loadRest(p, Mem{Base: walk[i], Index: at, Scale: 1}, t)
		p.fma231(t, load, r)
	}
	Label("sum")
	s.storeSums(p, acc, dst)
	ADDQ(I32(int32(gemvRows*p.bytes)), dst)
	SUBQ(I32(gemvRows), rows)
	JNZ(LabelRef("rows"))
	restore()
	VZEROUPPER()
	RET()
}

// loadRest loads the lanes of the mask, and zeros.
func (s isa) loadRest(p precision, m Mem, dst VecPhysical) {
	switch {
	case p.bytes == 4:
		s.load(m, dst, true)
	case s.bytes == 64:
		VMOVUPD_Z(m, K1, dst)
	default:
		VMASKMOVPD(m, s.mask(), dst)
	}
}

// storeSums stores the sums of the lanes of four registers.
func (s isa) storeSums(p precision, acc []VecPhysical, dst GPPhysical) {
	add, hadd, store := VADDPS, VHADDPS, VMOVUPS
	if p.bytes == 8 {
		add, hadd, store = VADDPD, VHADDPD, VMOVUPD
	}
	t := s.v[gemvRows+1]
	if s.bytes == 64 {
		for _, r := range acc {
			VEXTRACTF64X4(U8(1), r, t.AsY())
			add(t.AsY(), r.AsY(), r.AsY())
		}
	}
	pairs := []VecPhysical{acc[0], acc[2]}
	for i, r := range pairs {
		hadd(acc[2*i+1].AsY(), r.AsY(), r.AsY())
	}
	if p.bytes == 4 {
		hadd(acc[2].AsY(), acc[0].AsY(), acc[0].AsY())
		pairs = pairs[:1]
	}
	for i, r := range pairs {
		VEXTRACTF128(U8(1), r.AsY(), t.AsX())
		add(t.AsX(), r.AsX(), r.AsX())
		store(r.AsX(), Mem{Base: dst, Disp: 16 * i})
	}
}

// maskRest makes the mask of what whole vectors leave over of k; prepareMask wants it in 4-byte lanes.
func (s isa) maskRest(p precision, k, left GPPhysical) {
	MOVQ(k, left)
	ANDQ(I32(int32(s.bytes/p.bytes-1)), left)
	if s.bytes == 32 {
		IMUL3Q(I32(int32(p.bytes/4)), left, left)
	}
	s.prepareMask(left)
}
