package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// dotLanes is how many sums run side by side, whatever the width of registers.
const dotLanes = 32

// dot emits sums of products of float32, which are exact in float64.
func (s isa) dot() {
	name := "dot32" + s.name
	TEXT(name, NOSPLIT, "func(sums *float64, x, y *float32, blocks int)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s adds, for l < %d, to sums[l] the products of x and y at l, %d + l, and so on, of so many blocks, at least 1.", name, dotLanes, dotLanes))
	sums, x, y, blocks := RDI, RSI, RDX, R8
	loadParams([]string{"sums", "x", "y", "blocks"}, []GPPhysical{sums, x, y, blocks})
	registers := 8 * dotLanes / s.bytes
	a, b := s.v[registers], s.v[registers+1]
	for i := range registers {
		VMOVUPD(Mem{Base: sums, Disp: i * s.bytes}, s.v[i])
	}
	Label("block")
	for i := range registers {
		VCVTPS2PD(Mem{Base: x, Disp: i * s.bytes / 2}, a)
		VCVTPS2PD(Mem{Base: y, Disp: i * s.bytes / 2}, b)
		VFMADD231PD(a, b, s.v[i])
	}
	ADDQ(I32(4*dotLanes), x)
	ADDQ(I32(4*dotLanes), y)
	DECQ(blocks)
	JNZ(LabelRef("block"))
	for i := range registers {
		VMOVUPD(s.v[i], Mem{Base: sums, Disp: i * s.bytes})
	}
	VZEROUPPER()
	RET()
}
