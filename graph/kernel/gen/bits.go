package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// bitSet emits the generators of random bits, and of rows of zeros and ones.
func bitSet() {
	for _, s := range isas {
		s.bernoulli()
	}
	for _, s := range isas {
		s.drawRows()
	}
}

// bernoulli emits blocks of eight words of random bits: one register of AVX-512, two of AVX2. The eight generators are xoshiro256++; the
// order of operations is the Go twin's, so that the bits agree.
func (s isa) bernoulli() {
	TEXT("bernoulli"+s.name, NOSPLIT, "func(dst, need *uint64, blocks int, levels, state *uint64)")
	Pragma("noescape")
	Doc("bernoulli"+s.name+" draws blocks of 8 words, at least 1. levels are 32 words, ones or zeros: the bits of the chance",
		"from the highest; state is 4 times 8 words.")
	dst, need, blocks, levels, state := RDI, RSI, RDX, R8, R9
	loadParams([]string{"dst", "need", "blocks", "levels", "state"}, []GPPhysical{dst, need, blocks, levels, state})
	halves := 64 / s.bytes
	s.eachState(state, func(m Mem, x VecPhysical) { VMOVUPS(m, x) })
	Label("block")
	for h := range halves {
		_, open, below := s.randomHalf(h)
		VMOVUPS(Mem{Base: need, Disp: s.bytes * h}, open)
		zeroAny(below)
	}
	XORQ(RCX, RCX)
	Label("level")
	level := s.v[6*halves]
	VPBROADCASTQ(Mem{Base: levels, Index: RCX, Scale: 8}, level)
	for h := range halves {
		x, open, below := s.randomHalf(h)
		s.decide(x, open, below, level, s.v[6*halves+1], s.v[6*halves+2])
	}
	INCQ(RCX)
	CMPQ(RCX, U8(32))
	JE(LabelRef("decided"))
	_, open, _ := s.randomHalf(0)
	if halves == 1 {
		VPTESTMQ(open, open, K1)
		KORTESTW(K1, K1)
	} else {
		_, other, _ := s.randomHalf(1)
		VPOR(open, other, s.v[6*halves+1])
		VPTEST(s.v[6*halves+1], s.v[6*halves+1])
	}
	JNE(LabelRef("level"))
	Label("decided")
	for h := range halves {
		_, _, below := s.randomHalf(h)
		VMOVUPS(below, Mem{Base: dst, Disp: s.bytes * h})
	}
	ADDQ(U8(64), dst)
	ADDQ(U8(64), need)
	DECQ(blocks)
	JNE(LabelRef("block"))
	s.eachState(state, func(m Mem, x VecPhysical) { VMOVUPS(x, m) })
	VZEROUPPER()
	RET()
}

// randomHalf are the registers of half h of a block: the state, what is undecided, what is below the chance.
func (s isa) randomHalf(h int) (x [4]VecPhysical, open, below VecPhysical) {
	r := s.v[6*h:]
	return [4]VecPhysical{r[0], r[1], r[2], r[3]}, r[4], r[5]
}

// eachState visits the places and the registers of the generators' states.
func (s isa) eachState(state GPPhysical, visit func(m Mem, x VecPhysical)) {
	for h := range 64 / s.bytes {
		x, _, _ := s.randomHalf(h)
		for i := range x {
			visit(Mem{Base: state, Disp: 64*i + s.bytes*h}, x[i])
		}
	}
}

// decide draws the next bits r and compares them with a bit of the chance, on the places that are still open:
//
//	differ = open & (r ^ level); below |= differ & level; open &^= differ
func (s isa) decide(x [4]VecPhysical, open, below, level, r, t VecPhysical) {
	s.next(x, r, t)
	s.exclusive(level, r, r)
	if s.bytes == 64 {
		VPANDQ(open, r, r)
		VPTERNLOGQ(U8(0xF8), level, r, below) // below | r & level
		VPANDNQ(open, r, open)
		return
	}
	VPAND(open, r, r)
	VPAND(level, r, t)
	VPOR(t, below, below)
	VPANDN(open, r, open)
}

func (s isa) rotate(by uint8, x, t VecPhysical) {
	if s.bytes == 64 {
		VPROLQ(U8(by), x, x)
		return
	}
	VPSRLQ(U8(64-by), x, t)
	VPSLLQ(U8(by), x, x)
	VPOR(t, x, x)
}

// next draws from xoshiro256++ of each lane: r = rotl(s0 + s3, 23) + s0.
func (s isa) next(x [4]VecPhysical, r, t VecPhysical) {
	VPADDQ(x[0], x[3], r)
	s.rotate(23, r, t)
	VPADDQ(x[0], r, r)
	VPSLLQ(U8(17), x[1], t)
	s.exclusive(x[0], x[2], x[2])
	s.exclusive(x[1], x[3], x[3])
	s.exclusive(x[2], x[1], x[1])
	s.exclusive(x[3], x[0], x[0])
	s.exclusive(t, x[2], x[2])
	s.rotate(45, x[3], t)
}

// drawRows emits blocks of zeros and ones for as many rows as a register has lanes of 64 bits, each with its generator. As many draws as lanes,
// turned so that a register has those of one row, are two uniform numbers of 24 bits each.
func (s isa) drawRows() {
	rows := s.bytes / 8
	name := "drawRows" + s.name
	TEXT(name, NOSPLIT, "func(dst, p *float32, blocks, stride int, state *uint64)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s sets, in %d rows that are stride bytes apart, %d values a block to 1 with the chances p, or else to 0; blocks is at least 1. Word i of the", name, rows, 2*rows),
		"generator of a row stands 64 i bytes behind the first.")
	dst, p, blocks, stride, state := RDI, RSI, RDX, R8, R9
	loadParams([]string{"dst", "p", "blocks", "stride", "state"}, []GPPhysical{dst, p, blocks, stride, state})
	drawn, rest := s.v[:rows], s.v[2*rows:] // turning takes the registers between
	x := [4]VecPhysical{rest[0], rest[1], rest[2], rest[3]}
	t, mask, unit, one := rest[4], rest[5], rest[6], rest[7]
	for i := range x {
		VMOVUPS(Mem{Base: state, Disp: 64 * i}, x[i])
	}
	VMOVUPS(arith64.memory(arith64.pattern("second_", 0x00ffffff00000000)), mask)
	VMOVUPS(arith32.memory(arith32.number("unit_", 1.0/(1<<24))), unit)
	VMOVUPS(arith32.memory(arith32.one()), one)
	Label("block")
	for _, u := range drawn {
		s.next(x, u, t)
	}
	turned := turned4
	if rows == 8 {
		turned = turnedWords
	}
	from, to := R10, R11
	MOVQ(p, from)
	MOVQ(dst, to)
	for _, u := range turned(s.v) {
		s.unitsBelow(u, t, mask, unit, one, Mem{Base: from})
		VMOVUPS(u, Mem{Base: to})
		ADDQ(stride, from)
		ADDQ(stride, to)
	}
	ADDQ(U8(uint8(s.bytes)), p)
	ADDQ(U8(uint8(s.bytes)), dst)
	DECQ(blocks)
	JNZ(LabelRef("block"))
	for i := range x {
		VMOVUPS(x[i], Mem{Base: state, Disp: 64 * i})
	}
	VZEROUPPER()
	RET()
}

// unitsBelow turns words into pairs of numbers 1 or 0: the highest 24 bits, and the 24 from the eighth on, are uniform numbers that are compared
// with the chances p.
func (s isa) unitsBelow(u, t, mask, unit, one VecPhysical, p Mem) {
	const less = 17
	wide := s.bytes == 64
	VPSLLQ(U8(24), u, t)
	VPSRLQ(U8(40), u, u)
	if wide {
		VPTERNLOGQ(U8(0xF8), mask, t, u) // u | t & mask
	} else {
		VPAND(mask, t, t)
		VPOR(t, u, u)
	}
	VCVTDQ2PS(u, u)
	VMULPS(unit, u, u)
	if wide {
		VCMPPS(U8(less), p, u, K1)
		VMOVUPS_Z(one, K1, u)
	} else {
		VCMPPS(U8(less), p, u, u)
		VANDPS(one, u, u)
	}
}
