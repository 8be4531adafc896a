package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// turn emits a transposition in squares of one 256-bit vector: dst[j, i] = src[i, j].
func turn(p precision) {
	side := 32 / p.bytes
	name := p.letter + "turnAVX2"
	TEXT(name, NOSPLIT, fmt.Sprintf("func(dst, src *%s, rows, cols, dstStride, srcStride int)", p.element()))
	Pragma("noescape")
	Doc(fmt.Sprintf("%s computes dst[j, i] = src[i, j] for i < rows and j < cols, both positive multiples of %d; strides are in bytes.", name, side))
	dst, src, rows, left, dstStride, srcStride := RDI, RSI, RDX, RCX, R8, R9
	Load(Param("dst"), dst)
	Load(Param("src"), src)
	Load(Param("rows"), rows)
	Load(Param("dstStride"), dstStride)
	Load(Param("srcStride"), srcStride)
	Label("rows")
	Load(Param("cols"), left)
	read, write := R10, R11
	MOVQ(src, read)
	MOVQ(dst, write)
	Label("square")
	v := avx2.v
	at := R12
	MOVQ(read, at)
	for i := range side {
		p.load(Mem{Base: at}, v[i])
		if i < side-1 {
			ADDQ(srcStride, at)
		}
	}
	var out []VecPhysical
	if side == 8 {
		out = turned8(v)
	} else {
		out = turned4(v)
	}
	for _, r := range out {
		p.load(r, Mem{Base: write})
		ADDQ(dstStride, write)
	}
	ADDQ(I32(32), read)
	SUBQ(I32(int32(side)), left)
	JNZ(LabelRef("square"))
	ADDQ(I32(32), dst)
	for range side {
		ADDQ(srcStride, src)
	}
	SUBQ(I32(int32(side)), rows)
	JNZ(LabelRef("rows"))
	VZEROUPPER()
	RET()
}

// turned4 transposes four vectors of four float64 in v[0:4]; it returns the registers of the result.
func turned4(v []VecPhysical) []VecPhysical {
	for i := 0; i < 4; i += 2 { // pairs within halves of vectors
		VUNPCKLPD(v[i+1], v[i], v[4+i])
		VUNPCKHPD(v[i+1], v[i], v[5+i])
	}
	for i := range 2 { // halves
		VPERM2F128(U8(0x20), v[6+i], v[4+i], v[i])
		VPERM2F128(U8(0x31), v[6+i], v[4+i], v[2+i])
	}
	return v[:4]
}

// turned8 transposes eight vectors of eight float32 in v[0:8].
func turned8(v []VecPhysical) []VecPhysical {
	for i := 0; i < 8; i += 2 {
		VUNPCKLPS(v[i+1], v[i], v[8+i])
		VUNPCKHPS(v[i+1], v[i], v[9+i])
	}
	for i := 0; i < 8; i += 4 { // pairs of pairs: columns 0 to 3 (and 4 to 7 in the upper half) of four rows
		for j := range 2 {
			VSHUFPS(U8(0x44), v[8+i+2+j], v[8+i+j], v[i+2*j])
			VSHUFPS(U8(0xee), v[8+i+2+j], v[8+i+j], v[i+2*j+1])
		}
	}
	for i := range 4 {
		VPERM2F128(U8(0x20), v[4+i], v[i], v[8+i])
		VPERM2F128(U8(0x31), v[4+i], v[i], v[12+i])
	}
	return v[8:16]
}

// turnedWords transposes eight vectors of eight words of 64 bits in v[0:8], in registers of 512 bits.
func turnedWords(v []VecPhysical) []VecPhysical {
	even, odd := v[8:12], v[12:16] // columns, in pairs of rows
	for i := range 4 {
		VUNPCKLPD(v[2*i+1], v[2*i], even[i])
		VUNPCKHPD(v[2*i+1], v[2*i], odd[i])
	}
	for half, pairs := range [][]VecPhysical{even, odd} {
		t := v[4*half:] // four registers, those of the result of this half
		for i := range 2 {
			VSHUFF64X2(U8(0x88), pairs[2*i+1], pairs[2*i], t[i])   // columns 0 and 4 of four rows (or 1 and 5)
			VSHUFF64X2(U8(0xdd), pairs[2*i+1], pairs[2*i], t[2+i]) // columns 2 and 6
		}
		for i := range 2 {
			a, b := t[2*i], t[2*i+1]
			VSHUFF64X2(U8(0x88), b, a, pairs[i])
			VSHUFF64X2(U8(0xdd), b, a, pairs[2+i])
		}
	}
	// even holds columns 0, 2, 4, 6; odd 1, 3, 5, 7
	return []VecPhysical{even[0], odd[0], even[1], odd[1], even[2], odd[2], even[3], odd[3]}
}

// pack emits a copy of rows of panels, of two vectors each, to one panel after another.
func pack(s isa) {
	name := "pack" + s.name
	TEXT(name, NOSPLIT, "func(dst, src *uint64, rows, panels, stride int)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s copies panels of %d bytes side by side, whose rows are stride bytes apart, to panels one after another.", name, vectors*s.bytes))
	dst, src, rows, panels, stride, read, left := RDI, RSI, RDX, RCX, R8, R9, R10
	Load(Param("dst"), dst)
	Load(Param("src"), src)
	Load(Param("rows"), rows)
	Load(Param("panels"), panels)
	Load(Param("stride"), stride)
	Label("panel")
	MOVQ(src, read)
	MOVQ(rows, left)
	Label("row")
	for v := range vectors {
		VMOVUPS(Mem{Base: read, Disp: v * s.bytes}, s.v[v])
	}
	for v := range vectors {
		VMOVUPS(s.v[v], Mem{Base: dst, Disp: v * s.bytes})
	}
	ADDQ(stride, read)
	ADDQ(I32(int32(vectors*s.bytes)), dst)
	DECQ(left)
	JNZ(LabelRef("row"))
	ADDQ(I32(int32(vectors*s.bytes)), src)
	DECQ(panels)
	JNZ(LabelRef("panel"))
	VZEROUPPER()
	RET()
}
