package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// arith is the arithmetic of an element type in vector code. Go's operand order holds: what is subtracted, divided by
// or compared with comes first, and the destination last; fma231(a, b, c) is c += a b, fma213(a, b, c) is c = b c + a.
type arith struct {
	suffix         string // of names: 32 or 64
	bytes          int
	mantissa, bias int // bits of the mantissa, and the bias of the exponent

	move, moveTail, moveMasked, maskMove          func(...Op)
	add, sub, mul, div, min, max, and, or, xor    func(...Op)
	fma213, fma231, fnma213, fnma231              func(...Op)
	cmp, blendVector, blendMask, scale            func(...Op)
	shiftLeft, shiftRight, subInteger, addInteger func(...Op)
}

var (
	arith32 = arith{suffix: "32", bytes: 4, mantissa: 23, bias: 127,
		move: VMOVUPS, moveTail: fixed3(VMOVUPS_Z), moveMasked: VMOVUPS, maskMove: fixed3(VMASKMOVPS),
		add: VADDPS, sub: VSUBPS, mul: VMULPS, div: VDIVPS, min: VMINPS, max: VMAXPS, and: VANDPS, or: VORPS, xor: VXORPS,
		fma213: VFMADD213PS, fma231: VFMADD231PS, fnma213: VFNMADD213PS, fnma231: VFNMADD231PS,
		cmp: VCMPPS, blendVector: fixed4(VBLENDVPS), blendMask: VBLENDMPS, scale: VSCALEFPS,
		shiftLeft: VPSLLD, shiftRight: VPSRLD, subInteger: VPSUBD, addInteger: VPADDD}

	arith64 = arith{suffix: "64", bytes: 8, mantissa: 52, bias: 1023,
		move: VMOVUPD, moveTail: fixed3(VMOVUPD_Z), moveMasked: VMOVUPD, maskMove: fixed3(VMASKMOVPD),
		add: VADDPD, sub: VSUBPD, mul: VMULPD, div: VDIVPD, min: VMINPD, max: VMAXPD, and: VANDPD, or: VORPD, xor: VXORPD,
		fma213: VFMADD213PD, fma231: VFMADD231PD, fnma213: VFNMADD213PD, fnma231: VFNMADD231PD,
		cmp: VCMPPD, blendVector: fixed4(VBLENDVPD), blendMask: VBLENDMPD, scale: VSCALEFPD,
		shiftLeft: VPSLLQ, shiftRight: VPSRLQ, subInteger: VPSUBQ, addInteger: VPADDQ}
)

// fixed3 and fixed4 make instructions of three and four operands like the others.
func fixed3(f func(a, b, c Op)) func(...Op) { return func(ops ...Op) { f(ops[0], ops[1], ops[2]) } }

func fixed4(f func(a, b, c, d Op)) func(...Op) {
	return func(ops ...Op) { f(ops[0], ops[1], ops[2], ops[3]) }
}

// lanes is the number of elements in a register of s.
func (a arith) lanes(s isa) int { return s.bytes / a.bytes }

// constant is a number that vector code reads, by its bits.
type constant struct {
	name  string
	bits  uint64
	table []uint32 // in place of bits, eight of them
}

// number is v rounded to the element type.
func (a arith) number(name string, v float64) constant {
	if a.bytes == 4 {
		return a.pattern(name, uint64(math.Float32bits(float32(v))))
	}
	return a.pattern(name, math.Float64bits(v))
}

func (a arith) pattern(name string, bits uint64) constant {
	return constant{name: name + a.suffix, bits: bits}
}

// polynomial names coefficients, the constant one first.
func (a arith) polynomial(name string, coefficients []float64) []constant {
	all := make([]constant, len(coefficients))
	for i, c := range coefficients {
		all[i] = a.number(label("%s%d_", name, i), c)
	}
	return all
}

func (a arith) one() constant      { return a.number("one_", 1) }
func (a arith) two() constant      { return a.number("two_", 2) }
func (a arith) half() constant     { return a.number("half_", 0.5) }
func (a arith) signBit() constant  { return a.pattern("sign_", 1<<(8*a.bytes-1)) }
func (a arith) positive() constant { return a.pattern("abs_", 1<<(8*a.bytes-1)-1) }
func (a arith) infinity() constant { return a.number("inf_", math.Inf(1)) }

// memory is where the constant stands, repeated to the width of the widest register.
func (a arith) memory(c constant) Mem {
	if m, ok := consts[c.name]; ok {
		return m
	}
	m := GLOBL("lenz_"+c.name, RODATA|NOPTR)
	for i := range 64 / a.bytes {
		switch {
		case c.table != nil:
			DATA(4*i, U32(c.table[i%8]))
		case a.bytes == 4:
			DATA(4*i, U32(uint32(c.bits)))
		default:
			DATA(8*i, U64(c.bits))
		}
	}
	consts[c.name] = m
	return m
}

// constants are those that the file has so far, by name.
type constants map[string]Mem

var consts = constants{}

// f32 is the place of a float32.
func (c constants) f32(name string, v float64) Mem {
	return arith32.memory(arith32.number(name+"_", v))
}

// masks is eight lanes of ones, then eight of zeros: a window into it masks the first lanes of an AVX2 register.
func masks() Mem {
	if m, ok := consts["masks"]; ok {
		return m
	}
	m := GLOBL("lenz_masks", RODATA|NOPTR)
	for i := range 16 {
		v := uint32(math.MaxUint32)
		if i >= 8 {
			v = 0
		}
		DATA(4*i, U32(v))
	}
	consts["masks"] = m
	return m
}

// pins are constants that stay in registers.
type pins map[string]VecPhysical

// pin gives the registers to constants in their order, as far as they reach. The rest stays in memory.
func pin(registers []VecPhysical, cs ...constant) pins {
	p := pins{}
	for _, c := range cs {
		if _, ok := p[c.name]; !ok && len(p) < len(registers) {
			p[c.name] = registers[len(p)]
		}
	}
	return p
}

// batch is vector code that runs on several registers of values at once: streams[j][i] is slot i of stream j. Every
// step is emitted for each stream before the next step, so that one stream computes while another waits.
type batch struct {
	isa
	arith
	pins    pins
	streams [][]VecPhysical
}

// slot names a register of a stream. A formula finds its argument in slot 0 and leaves its result there.
type slot int

// do emits an instruction for each stream. Its operands are slots, constants and what avo knows.
func (b batch) do(instruction func(...Op), operands ...any) {
	for _, registers := range b.streams {
		ops := make([]Op, len(operands))
		for i, o := range operands {
			switch o := o.(type) {
			case slot:
				ops[i] = registers[o]
			case constant:
				ops[i] = b.constant(o)
			default:
				ops[i] = o.(Op)
			}
		}
		instruction(ops...)
	}
}

func (b batch) constant(c constant) Op {
	if r, ok := b.pins[c.name]; ok {
		return r
	}
	return b.memory(c)
}

// polynomial sets p to c[0] + c[1] x + ... by Horner's rule.
func (b batch) horner(c []constant, x, p slot) {
	last := len(c) - 1
	b.do(b.move, c[last], p)
	for i := last - 1; i >= 0; i-- {
		b.do(b.fma213, c[i], x, p)
	}
}

// choose sets dst to src where compare(a, with) holds. t is free on AVX2, where masks are vectors.
func (b batch) choose(compare predicate, a slot, with constant, src any, dst, t slot) {
	b.chooseMany(compare, a, with, t, []any{src}, []slot{dst})
}

// chooseMany sets every dst to its src where compare(a, with) holds.
func (b batch) chooseMany(compare predicate, a slot, with constant, t slot, src []any, dst []slot) {
	if b.isa.bytes == 32 {
		b.do(b.cmp, U8(compare), with, a, t)
		for i := range dst {
			b.do(b.blendVector, t, src[i], dst[i], dst[i])
		}
		return
	}
	for j, registers := range b.streams {
		one, k := b, []Op{K2, K3, K4}[j]
		one.streams = [][]VecPhysical{registers}
		one.do(b.cmp, U8(compare), with, a, k)
		for i := range dst {
			one.do(b.blendMask, src[i], dst[i], k, dst[i])
		}
	}
}

// predicate is a comparison's immediate operand.
type predicate uint8

const (
	equal   predicate = 0x00
	less    predicate = 0x11
	notLess predicate = 0x15 // or NaN
	greater predicate = 0x1e
)
