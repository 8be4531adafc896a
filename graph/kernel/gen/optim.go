package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// optimSet emits fused optimizer updates, and the check before them.
func optimSet() {
	for _, s := range isas {
		for _, a := range []arith{arith32, arith64} {
			s.updates(a)
		}
		s.finite()
	}
}

// updates emits one function that carries out any of the rules.
func (s isa) updates(a arith) {
	name := "update" + a.suffix + s.name
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
		s.loop(a, r)
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
func (s isa) loop(a arith, r rule) {
	lanes := I32(int32(s.bytes / a.bytes))
	u := update{isa: s, arith: a}
	broadcast := VBROADCASTSS
	if a.bytes == 8 {
		broadcast = VBROADCASTSD
	}
	for i := range r.factors {
		u.factors = append(u.factors, u.fresh())
		broadcast(Mem{Base: factorBase, Disp: i * a.bytes}, u.factors[i])
	}
	vectors, rest := r.name+"_vectors", r.name+"_rest"
	SUBQ(lanes, count)
	JL(LabelRef(rest))
	Label(vectors)
	r.step(&u)
	ADDQ(I32(int32(s.bytes)), index)
	SUBQ(lanes, count)
	JGE(LabelRef(vectors))
	Label(rest)
	ADDQ(lanes, count)
	JZ(LabelRef("done"))
	s.prepareTail(a, count)
	u.masked = true
	r.step(&u)
}

// update writes the vector code of a rule: each method emits an operation and returns the register of its result, which
// avo chooses.
type update struct {
	isa
	arith
	factors []VecVirtual
	masked  bool
}

func (u *update) fresh() VecVirtual {
	if u.isa.bytes == 64 {
		return ZMM()
	}
	return YMM()
}

func (u *update) at(place int) Mem { return Mem{Base: addresses[place], Index: index, Scale: 1} }

func (u *update) load(place int) Op {
	r := u.fresh()
	u.loadTail(u.arith, u.at(place), r, u.masked)
	return r
}

func (u *update) x() Op         { return u.load(0) }
func (u *update) g() Op         { return u.load(1) }
func (u *update) slot(i int) Op { return u.load(2 + i) }

func (u *update) store(v Op, place int) { u.storeTail(u.arith, v, u.at(place), u.masked) }

func (u *update) setX(v Op)           { u.store(v, 0) }
func (u *update) setSlot(i int, v Op) { u.store(v, 2+i) }

// binary emits a op b; the instructions take b first.
func (u *update) binary(op func(...Op), a, b Op) Op {
	r := u.fresh()
	op(b, a, r)
	return r
}

func (u *update) mul(a, b Op) Op { return u.binary(u.arith.mul, a, b) }
func (u *update) add(a, b Op) Op { return u.binary(u.arith.add, a, b) }
func (u *update) sub(a, b Op) Op { return u.binary(u.arith.sub, a, b) }
func (u *update) div(a, b Op) Op { return u.binary(u.arith.div, a, b) }
func (u *update) max(a, b Op) Op { return u.binary(u.arith.max, a, b) }
func (u *update) min(a, b Op) Op { return u.binary(u.arith.min, a, b) }

func (u *update) sqrt(a Op) Op {
	r := u.fresh()
	if u.arith.bytes == 8 {
		VSQRTPD(a, r)
	} else {
		VSQRTPS(a, r)
	}
	return r
}

// mix is a v + b w.
func (u *update) mix(a, v, b, w Op) Op { return u.add(u.mul(a, v), u.mul(b, w)) }

// abs is max(a, 0 - a).
func (u *update) abs(a Op) Op { return u.max(a, u.sub(u.zero(), a)) }

func (u *update) zero() Op {
	r := u.fresh()
	if u.isa.bytes == 64 {
		VPXORD(r, r, r)
	} else {
		VPXOR(r, r, r)
	}
	return r
}
