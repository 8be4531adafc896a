package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// finite emits a search for NaN and infinities: x - x is 0 for a finite x, and NaN, whose bits are not zero, otherwise.
func (s isa) finite() {
	name := "nonfinite32" + s.name
	TEXT(name, NOSPLIT, "func(src *float32, n int) uint64")
	Pragma("noescape")
	Doc(name + " is 0 if all of n values, n at least 1, are finite.")
	src, n := RSI, RDX
	Load(Param("src"), src)
	Load(Param("n"), n)
	const streams = 4
	for i := range streams {
		zero(s.v[i])
	}
	SUBQ(I32(int32(streams*s.lanes())), n)
	JL(LabelRef("few"))
	Label("streams")
	for i := range streams {
		s.notFinite(Mem{Base: src, Disp: i * s.bytes}, s.v[i], s.v[streams+i], false)
	}
	ADDQ(I32(int32(streams*s.bytes)), src)
	SUBQ(I32(int32(streams*s.lanes())), n)
	JGE(LabelRef("streams"))
	Label("few")
	ADDQ(I32(int32((streams-1)*s.lanes())), n)
	JL(LabelRef("rest"))
	Label("vectors")
	s.notFinite(Mem{Base: src}, s.v[0], s.v[streams], false)
	ADDQ(I32(int32(s.bytes)), src)
	SUBQ(I32(int32(s.lanes())), n)
	JGE(LabelRef("vectors"))
	Label("rest")
	ADDQ(I32(int32(s.lanes())), n)
	JZ(LabelRef("done"))
	s.prepareMask(n)
	s.notFinite(Mem{Base: src}, s.v[0], s.v[streams], true)
	Label("done")
	for i := 1; i < streams; i++ {
		VORPS(s.v[i], s.v[0], s.v[0])
	}
	s.foldOr(s.v[0], s.v[1])
	XORQ(RAX, RAX)
	VPTEST(s.v[0].AsY(), s.v[0].AsY())
	SETNE(AL)
	Store(RAX, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

func (s isa) notFinite(m Mem, found, t VecPhysical, masked bool) {
	s.load(m, t, masked)
	VSUBPS(t, t, t)
	VORPS(t, found, found)
}

// foldOr brings all bits of v into its lower 256.
func (s isa) foldOr(v, t VecPhysical) {
	if s.bytes == 64 {
		VEXTRACTF64X4(U8(1), v, t.AsY())
		VORPS(t.AsY(), v.AsY(), v.AsY())
	}
}
