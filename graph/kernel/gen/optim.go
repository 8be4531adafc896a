package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// optimSet emits fused optimizer updates, and the check before them.
func optimSet() {
	for _, s := range isas {
		s.adam()
		s.finite()
	}
}

// adam emits one update of Adam: the operations of the Go twin in its order, without fusing, so that the bits agree.
func (s isa) adam() {
	name := "adam32" + s.name
	TEXT(name, NOSPLIT, "func(x, grad, m, v *float32, n int, scalars *float32)")
	Pragma("noescape")
	Doc(name+" updates n values, n at least 1. scalars are beta1, 1 - beta1, beta2, 1 - beta2, alpha,",
		"the factor of the root, and epsilon.")
	x, g, m, v, n, scalars := RDI, RSI, R8, R9, RDX, R10
	for _, p := range []struct {
		name string
		r    GPPhysical
	}{{"x", x}, {"grad", g}, {"m", m}, {"v", v}, {"n", n}, {"scalars", scalars}} {
		Load(Param(p.name), p.r)
	}
	restore := flushDenormals()
	for i := range 7 {
		VBROADCASTSS(Mem{Base: scalars, Disp: 4 * i}, s.v[8+i])
	}
	SUBQ(I32(int32(s.lanes())), n)
	JL(LabelRef("rest"))
	Label("vectors")
	s.adamStep(x, g, m, v, false)
	for _, r := range []GPPhysical{x, g, m, v} {
		ADDQ(I32(int32(s.bytes)), r)
	}
	SUBQ(I32(int32(s.lanes())), n)
	JGE(LabelRef("vectors"))
	Label("rest")
	ADDQ(I32(int32(s.lanes())), n)
	JZ(LabelRef("done"))
	s.prepareMask(n)
	s.adamStep(x, g, m, v, true)
	Label("done")
	restore()
	VZEROUPPER()
	RET()
}

func (s isa) adamStep(x, g, m, v GPPhysical, masked bool) {
	beta1, rest1, beta2, rest2, alpha, root, epsilon := s.v[8], s.v[9], s.v[10], s.v[11], s.v[12], s.v[13], s.v[14]
	gv, mv, vv, t := s.v[0], s.v[1], s.v[2], s.v[3]
	s.load(Mem{Base: g}, gv, masked)
	s.load(Mem{Base: m}, mv, masked)
	VMULPS(mv, beta1, mv)
	VMULPS(gv, rest1, t)
	VADDPS(t, mv, mv)
	s.store(mv, Mem{Base: m}, masked)
	s.load(Mem{Base: v}, vv, masked)
	VMULPS(vv, beta2, vv)
	VMULPS(gv, rest2, t)
	VMULPS(gv, t, t)
	VADDPS(t, vv, vv)
	s.store(vv, Mem{Base: v}, masked)
	VSQRTPS(vv, vv)
	VMULPS(root, vv, vv)
	VADDPS(epsilon, vv, vv)
	VMULPS(alpha, mv, mv)
	VDIVPS(vv, mv, mv)
	s.load(Mem{Base: x}, t, masked)
	VSUBPS(mv, t, t)
	s.store(t, Mem{Base: x}, masked)
}
