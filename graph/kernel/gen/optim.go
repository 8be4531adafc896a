package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// optimSet emits fused optimizer updates, and the check before them.
func optimSet() {
	for _, s := range isas {
		for _, p := range []width{{s, single32}, {s, double64}} {
			p.updates()
		}
		s.finite()
	}
}

// lane is an element type, with the instructions on vectors of it.
type lane struct {
	suffix                                   string
	log2                                     uint8 // of its bytes
	move, broadcast, sqrtOp                  func(...Op)
	maskMove, zeroMove                       func(_, _, _ Op)
	mulOp, addOp, subOp, divOp, maxOp, minOp func(...Op)
}

var (
	single32 = lane{"32", 2, VMOVUPS, VBROADCASTSS, VSQRTPS, VMASKMOVPS, VMOVUPS_Z, VMULPS, VADDPS, VSUBPS, VDIVPS, VMAXPS, VMINPS}
	double64 = lane{"64", 3, VMOVUPD, VBROADCASTSD, VSQRTPD, VMASKMOVPD, VMOVUPD_Z, VMULPD, VADDPD, VSUBPD, VDIVPD, VMAXPD, VMINPD}
)

// width is an element type in registers of an instruction set.
type width struct {
	isa
	lane
}

// updates emits one function that carries out any of the rules.
func (w width) updates() {
	name := "update" + w.suffix + w.name
	TEXT(name, NOSPLIT, "func(rule int, args *uint64)")
	Pragma("noescape")
	Doc(name+" updates n values, n at least 1, by the rule of that number. args are the addresses of the values, the",
		"gradient, three slots of state, n, and the address of the rule's factors.")
	rule, args := RBX, RAX
	Load(Param("rule"), rule)
	Load(Param("args"), args)
	for i, r := range addresses {
		MOVQ(Mem{Base: args, Disp: 8 * i}, r)
	}
	MOVQ(Mem{Base: args, Disp: 40}, count)
	MOVQ(Mem{Base: args, Disp: 48}, factorBase)
	restore := flushDenormals()
	XORQ(index, index)
	for i, r := range rules {
		CMPQ(rule, U8(i))
		JEQ(LabelRef(r.name))
	}
	JMP(LabelRef("done"))
	for _, r := range rules {
		Label(r.name)
		w.loop(r)
		JMP(LabelRef("done"))
	}
	Label("done")
	restore()
	VZEROUPPER()
	RET()
}

// Registers with a fixed task. R15, RCX and, with AVX2, the last vector register serve the mask; avo hands out the others.
var (
	addresses  = []GPPhysical{RDI, RSI, R8, R9, R10} // x, g, slots
	count      = RDX
	factorBase = R11
	index      = R12 // in bytes
)

// loop goes over the values a vector at a time, and over the rest under a mask.
func (w width) loop(r rule) {
	lanes := int32(w.bytes >> w.log2)
	f := formula{width: w}
	for i := range r.factors {
		f.factors = append(f.factors, f.fresh())
		w.broadcast(Mem{Base: factorBase, Disp: i << w.log2}, f.factors[i])
	}
	vectors, rest := r.name+"_vectors", r.name+"_rest"
	SUBQ(I32(lanes), count)
	JL(LabelRef(rest))
	Label(vectors)
	r.step(&f)
	ADDQ(I32(int32(w.bytes)), index)
	SUBQ(I32(lanes), count)
	JGE(LabelRef(vectors))
	Label(rest)
	ADDQ(I32(lanes), count)
	JZ(LabelRef("done"))
	w.maskFirst(count)
	f.masked = true
	r.step(&f)
}

// maskFirst masks the first lanes; it destroys the count, RCX and R15.
func (w width) maskFirst(lanes GPPhysical) {
	if w.bytes == 64 {
		MOVQ(lanes, RCX)
		MOVQ(U32(1), R15)
		SHLQ(CL, R15)
		DECQ(R15)
		KMOVW(R15L, K1)
		return
	}
	LEAQ(masks().Offset(32), R15)
	SHLQ(U8(w.log2), lanes)
	SUBQ(lanes, R15)
	VMOVUPS(Mem{Base: R15}, w.mask())
}

// formula writes the vector code of a rule: each method emits an operation and returns the register of its result, which
// avo chooses.
type formula struct {
	width
	factors []VecVirtual
	masked  bool
}

func (f *formula) fresh() VecVirtual {
	if f.bytes == 64 {
		return ZMM()
	}
	return YMM()
}

func (f *formula) at(place int) Mem { return Mem{Base: addresses[place], Index: index, Scale: 1} }

func (f *formula) load(place int) Op {
	r := f.fresh()
	switch {
	case !f.masked:
		f.move(f.at(place), r)
	case f.bytes == 64:
		f.zeroMove(f.at(place), K1, r)
	default:
		f.maskMove(f.at(place), f.mask(), r)
	}
	return r
}

func (f *formula) x() Op         { return f.load(0) }
func (f *formula) g() Op         { return f.load(1) }
func (f *formula) slot(i int) Op { return f.load(2 + i) }

func (f *formula) store(v Op, place int) {
	switch {
	case !f.masked:
		f.move(v, f.at(place))
	case f.bytes == 64:
		f.move(v, K1, f.at(place))
	default:
		f.maskMove(v, f.mask(), f.at(place))
	}
}

func (f *formula) setX(v Op)           { f.store(v, 0) }
func (f *formula) setSlot(i int, v Op) { f.store(v, 2+i) }

// binary emits a op b; the instructions take b first.
func (f *formula) binary(op func(...Op), a, b Op) Op {
	r := f.fresh()
	op(b, a, r)
	return r
}

func (f *formula) mul(a, b Op) Op { return f.binary(f.mulOp, a, b) }
func (f *formula) add(a, b Op) Op { return f.binary(f.addOp, a, b) }
func (f *formula) sub(a, b Op) Op { return f.binary(f.subOp, a, b) }
func (f *formula) div(a, b Op) Op { return f.binary(f.divOp, a, b) }
func (f *formula) max(a, b Op) Op { return f.binary(f.maxOp, a, b) }
func (f *formula) min(a, b Op) Op { return f.binary(f.minOp, a, b) }

func (f *formula) sqrt(a Op) Op {
	r := f.fresh()
	f.sqrtOp(a, r)
	return r
}

// mix is a u + b v.
func (f *formula) mix(a, u, b, v Op) Op { return f.add(f.mul(a, u), f.mul(b, v)) }

// abs is max(a, 0 - a).
func (f *formula) abs(a Op) Op { return f.max(a, f.sub(f.zero(), a)) }

func (f *formula) zero() Op {
	r := f.fresh()
	if f.bytes == 64 {
		VPXORD(r, r, r)
	} else {
		VPXOR(r, r, r)
	}
	return r
}
