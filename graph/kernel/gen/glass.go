package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// glassSet emits the sweep of many spin glasses at once, and the counting of bits in each place.
func glassSet() {
	for _, s := range isas {
		s.glassSweep()
	}
	for _, s := range isas {
		s.countParity()
	}
}

// lanes is the stride from one site's words to the next site's, whatever the width of the registers.
const lanes = 64

// glassSweep emits Metropolis over the sites in order. AVX2 takes half of a site's words.
func (s isa) glassSweep() {
	TEXT("glassSweep"+s.name, NOSPLIT, "func(spins, signs *uint64, near *int32, class *uint8, sites int, masks *uint64)")
	Pragma("noescape")
	Doc("glassSweep" + s.name + " is the loop of GlassSweep over at least one site, for as many words as fit into a register.")
	spins, signs, near, class, sites, masks := RDI, RSI, RDX, RCX, R8, R9
	loadParams([]string{"spins", "signs", "near", "class", "sites", "masks"}, []GPPhysical{spins, signs, near, class, sites, masks})
	own, forward := R10, R11
	MOVQ(spins, own)
	MOVQ(signs, forward)
	self, d, t := s.v[0], s.v[1:7], s.v[7:10]
	Label("site")
	VMOVUPS(Mem{Base: own}, self)
	for k := range 3 {
		MOVL(Mem{Base: near, Disp: 4 * k}, EAX)
		VMOVUPS(Mem{Base: spins, Index: RAX, Scale: 8}, d[k])
		s.xor3(Mem{Base: forward, Disp: lanes * k}, self, d[k])
		MOVL(Mem{Base: near, Disp: 4 * (3 + k)}, EAX)
		LEAQ(Mem{Base: RAX, Index: RAX, Scale: 2}, RBX)
		VMOVUPS(Mem{Base: spins, Index: RAX, Scale: 8}, d[3+k])
		s.xor3(Mem{Base: signs, Index: RBX, Scale: 8, Disp: lanes * k}, self, d[3+k])
	}
	s.add3(d[0], d[1], d[2], t[0], t[2])
	s.add3(d[3], d[4], d[5], t[1], t[2])
	c0, c1, c2 := d[0], t[0], d[1]
	s.both(d[0], d[3], d[2])
	s.exclusive(d[3], d[0], c0)
	s.add3(c1, t[1], d[2], c2, t[2])
	MOVBLZX(Mem{Base: class}, EAX)
	ANDL(U8(7), EAX)
	SHLL(U8(5), EAX)
	u, v, w, free := d[3], d[4], d[5], t[1]
	for k, m := range []VecPhysical{u, v, w, free} {
		VPBROADCASTQ(Mem{Base: masks, Index: RAX, Scale: 1, Disp: 8 * k}, m)
	}
	// self ^= c2 | c1 & (c0 | u) & free | c0 & v | w
	if s.bytes == 64 {
		VPTERNLOGQ(U8(0xA8), c1, c0, u) // (u | c0) & c1
		VPTERNLOGQ(U8(0xEA), w, c0, v)  // v & c0 | w
		VPTERNLOGQ(U8(0xEA), v, free, u)
		VPORQ(u, c2, c2)
		VPXORQ(c2, self, self)
	} else {
		VPOR(c0, u, u)
		VPAND(c1, u, u)
		VPAND(free, u, u)
		VPAND(c0, v, v)
		VPOR(w, v, v)
		VPOR(u, c2, c2)
		VPOR(v, c2, c2)
		VPXOR(c2, self, self)
	}
	VMOVUPS(self, Mem{Base: own})
	ADDQ(U8(24), near)
	INCQ(class)
	ADDQ(U8(lanes), own)
	ADDQ(U32(3*lanes), forward)
	DECQ(sites)
	JNE(LabelRef("site"))
	VZEROUPPER()
	RET()
}

// countParity emits blocks of 16 words that are added up by a tree of full adders, as Harley and Seal count bits; a carry of weight 16
// then ripples through the higher planes.
func (s isa) countParity() {
	TEXT("countParity"+s.name, NOSPLIT, "func(planes, a, b, c *uint64, at *int32, blocks, high int)")
	Pragma("noescape")
	Doc("countParity"+s.name+" is the loop of CountParity over at least one block of 16 triples, for as many words as fit into a register.",
		"The planes are zeros at first; high is the number of those beyond the fourth that can be reached, at least 1.")
	planes, a, b, c, at, blocks, high := RDI, RSI, RDX, RCX, R8, R9, R10
	loadParams([]string{"planes", "a", "b", "c", "at", "blocks", "high"}, []GPPhysical{planes, a, b, c, at, blocks, high})
	weight, x, y, spare := s.v[0:4], s.v[4], s.v[5], s.v[6]
	carry := s.v[7:11] // of the left half of the tree, by level
	for _, w := range weight {
		zeroAny(w)
	}
	Label("block")
	triple := 0
	word := func(to VecPhysical) {
		for i, base := range []GPPhysical{a, b, c} {
			MOVL(Mem{Base: at, Disp: 12*triple + 4*i}, EAX)
			m := Mem{Base: base, Index: RAX, Scale: 8}
			if i == 0 {
				VMOVUPS(m, to)
			} else {
				s.exclusive(m, to, to)
			}
		}
		triple++
	}
	// tree adds 2^(level+1) words; what is carried out of weight[level] is left in to.
	var tree func(level int, to VecPhysical)
	tree = func(level int, to VecPhysical) {
		left, right := x, y
		if level == 0 {
			word(left)
			word(right)
		} else {
			left, right = carry[level-1], s.v[11+level-1]
			tree(level-1, left)
			tree(level-1, right)
		}
		s.add3(weight[level], left, right, to, spare)
	}
	out := s.v[15]
	tree(3, out)
	ADDQ(U32(12*16), at)
	LEAQ(Mem{Base: planes, Disp: 4 * lanes}, RBX)
	MOVQ(high, RAX)
	Label("plane")
	VMOVUPS(Mem{Base: RBX}, x)
	s.exclusive(out, x, y)
	s.both(out, x, out)
	VMOVUPS(y, Mem{Base: RBX})
	ADDQ(U8(lanes), RBX)
	DECQ(RAX)
	JNE(LabelRef("plane"))
	DECQ(blocks)
	JNE(LabelRef("block"))
	for k, w := range weight {
		VMOVUPS(w, Mem{Base: planes, Disp: lanes * k})
	}
	VZEROUPPER()
	RET()
}

// xor3 is to ^= a ^ b.
func (s isa) xor3(a Op, b, to VecPhysical) {
	if s.bytes == 64 {
		VPTERNLOGQ(U8(0x96), a, b, to)
		return
	}
	VPXOR(a, to, to)
	VPXOR(b, to, to)
}

// add3 leaves the sum of three bits in a, what is carried in carry; b and c may be lost.
func (s isa) add3(a, b, c, carry, spare VecPhysical) {
	if s.bytes == 64 {
		VMOVDQA64(a, carry)
		VPTERNLOGQ(U8(0xE8), c, b, carry)
		VPTERNLOGQ(U8(0x96), c, b, a)
		return
	}
	VPAND(a, b, carry)
	VPXOR(a, b, a)
	VPAND(a, c, spare)
	VPOR(spare, carry, carry)
	VPXOR(a, c, a)
}

func (s isa) exclusive(a Op, b, to VecPhysical) {
	if s.bytes == 64 {
		VPXORQ(a, b, to)
		return
	}
	VPXOR(a, b, to)
}

func (s isa) both(a Op, b, to VecPhysical) {
	if s.bytes == 64 {
		VPANDQ(a, b, to)
		return
	}
	VPAND(a, b, to)
}
