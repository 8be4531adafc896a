package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// bitSet emits the generator of random bits.
func bitSet() {
	for _, s := range isas {
		s.bernoulli()
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
	wide := s.bytes == 64
	xor := func(a, b, to VecPhysical) {
		if wide {
			VPXORQ(a, b, to)
			return
		}
		VPXOR(a, b, to)
	}
	// r = rotl(s0 + s3, 23) + s0
	VPADDQ(x[0], x[3], r)
	s.rotate(23, r, t)
	VPADDQ(x[0], r, r)
	VPSLLQ(U8(17), x[1], t)
	xor(x[0], x[2], x[2])
	xor(x[1], x[3], x[3])
	xor(x[2], x[1], x[1])
	xor(x[3], x[0], x[0])
	xor(t, x[2], x[2])
	s.rotate(45, x[3], t)
	xor(level, r, r)
	if wide {
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
