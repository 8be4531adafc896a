package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// lanes is the number of float32 in a register.
func (s isa) lanes() int { return s.bytes / 4 }

// Registers with a fixed task in vector code: 0 to 6 are the caller's, 7 to 10 the formula's, those from 11 on hold
// constants.
func (s isa) mask() VecPhysical      { return s.v[15] }  // AVX2 only; AVX-512 uses K1
func (s isa) one() VecPhysical       { return s.v[13] }  // where no formula is used
func (s isa) temp(i int) VecPhysical { return s.v[7+i] } // 0 to 3
func (s isa) val(i int) VecPhysical  { return s.v[i] }   // 0 to 6

// forConstants are the registers that hold constants. With 512 bits it matters that all the constants of a formula are
// there: the linker aligns them in memory to 32 bytes at most, so that reading one often touches two cache lines, which
// has made a whole function half as fast in one binary as in another.
func (s isa) forConstants() []VecPhysical {
	if s.bytes == 64 {
		return s.v[11:]
	}
	return s.v[11:15]
}

// prepareMask masks the first count float32 lanes; it destroys count, RCX and R15.
func (s isa) prepareMask(count GPPhysical) { s.prepareTail(arith32, count) }

func (s isa) prepareTail(a arith, count GPPhysical) {
	if s.bytes == 64 {
		MOVQ(count, RCX)
		MOVQ(U32(1), R15)
		SHLQ(CL, R15)
		DECQ(R15)
		KMOVW(R15L, K1)
		return
	}
	LEAQ(masks().Offset(32), R15)
	SHLQ(U8(map[int]uint8{4: 2, 8: 3}[a.bytes]), count)
	SUBQ(count, R15)
	VMOVUPS(Mem{Base: R15}, s.mask())
}

func (s isa) load(m Mem, dst VecPhysical, masked bool) { s.loadTail(arith32, m, dst, masked) }

func (s isa) loadTail(a arith, m Mem, dst Op, masked bool) {
	switch {
	case !masked:
		a.move(m, dst)
	case s.bytes == 64:
		a.moveTail(m, K1, dst)
	default:
		a.maskMove(m, s.mask(), dst)
	}
}

func (s isa) store(src VecPhysical, m Mem, masked bool) { s.storeTail(arith32, src, m, masked) }

func (s isa) storeTail(a arith, src Op, m Mem, masked bool) {
	switch {
	case !masked:
		a.move(src, m)
	case s.bytes == 64:
		a.move(src, K1, m)
	default:
		a.maskMove(src, s.mask(), m)
	}
}

// formula computes a function of one number in a number of slots. Its constants stand in the order in which they get
// registers: first those that instructions cannot read from memory.
type formula struct {
	name      string
	slots     int
	constants []constant
	emit      func(batch)
}

// load puts constants into their registers.
func (f formula) load(s isa, a arith, p pins) {
	for _, c := range f.constants {
		if r, ok := p[c.name]; ok {
			a.move(a.memory(c), r)
		}
	}
}

// The cells apply sigmoid and tanh side by side, with registers for the constants of both.
func (s isa) gatePins() pins {
	return pin(s.forConstants(), append(sigmoid32.constants, tanh32.constants...)...)
}

func (s isa) sigmoidConstants() { sigmoid32.load(s, arith32, s.gatePins()) }

func (s isa) tanhConstants() { tanh32.load(s, arith32, s.gatePins()) }

// sigmoid replaces x.
func (s isa) sigmoid(x VecPhysical) { s.applyGate(sigmoid32, x) }

// tanh replaces x.
func (s isa) tanh(x VecPhysical) { s.applyGate(tanh32, x) }

func (s isa) applyGate(f formula, x VecPhysical) {
	f.emit(batch{s, arith32, s.gatePins(), [][]VecPhysical{{x, s.temp(0), s.temp(1), s.temp(2), s.temp(3)}}})
}

// vectorSet emits element-by-element functions.
func vectorSet() {
	for _, s := range isas {
		s.unary(arith32, tanh32)
		s.unary(arith32, sigmoid32)
		for _, a := range []arith{arith32, arith64} {
			s.unary(a, exponential(a))
			s.unary(a, logarithm(a))
			s.unary(a, softplus(a))
		}
		s.unary(arith64, tanh64)
		s.unary(arith64, sigmoid64)
		s.dot()
	}
}

// unary emits dst[i] = f(src[i]): a loop over as many streams as there are registers for, one over registers, and the
// rest in a masked one.
func (s isa) unary(a arith, f formula) {
	name := f.name + a.suffix + s.name
	TEXT(name, NOSPLIT, "func(dst, src *"+map[int]string{4: "float32", 8: "float64"}[a.bytes]+", n int)")
	Pragma("noescape")
	Doc(name + " works on n values, n at least 1.")
	dst, src, n := RDI, RSI, RDX
	Load(Param("dst"), dst)
	Load(Param("src"), src)
	Load(Param("n"), n)
	restore := flushDenormals()
	p := pin(s.forConstants(), f.constants...)
	f.load(s, a, p)
	const registers = 11
	b := batch{isa: s, arith: a, pins: p}
	for i := range min(mostStreams, registers/f.slots) {
		b.streams = append(b.streams, s.v[i*f.slots:(i+1)*f.slots])
	}
	single := b
	single.streams = b.streams[:1]
	lanes := a.lanes(s)
	SUBQ(I32(int32(lanes)), n)
	if many := len(b.streams); many > 1 {
		ahead := int32((many - 1) * lanes)
		SUBQ(I32(ahead), n)
		JL(LabelRef("few"))
		Label("streams")
		b.run(f, dst, src, false)
		SUBQ(I32(int32(many*lanes)), n)
		JGE(LabelRef("streams"))
		Label("few")
		ADDQ(I32(ahead), n)
	}
	JL(LabelRef("rest"))
	Label("vectors")
	single.run(f, dst, src, false)
	SUBQ(I32(int32(lanes)), n)
	JGE(LabelRef("vectors"))
	Label("rest")
	ADDQ(I32(int32(lanes)), n)
	JZ(LabelRef("done"))
	s.prepareTail(a, n)
	single.run(f, dst, src, true)
	Label("done")
	restore()
	VZEROUPPER()
	RET()
}

// mostStreams keeps the multipliers busy; more would need more registers than a formula of three slots leaves.
const mostStreams = 3

// run applies f to the next values.
func (b batch) run(f formula, dst, src GPPhysical, masked bool) {
	for j, registers := range b.streams {
		b.loadTail(b.arith, Mem{Base: src, Disp: j * b.isa.bytes}, registers[0], masked)
	}
	f.emit(b)
	for j, registers := range b.streams {
		b.storeTail(b.arith, registers[0], Mem{Base: dst, Disp: j * b.isa.bytes}, masked)
	}
	if !masked {
		step := I32(int32(len(b.streams) * b.isa.bytes))
		ADDQ(step, src)
		ADDQ(step, dst)
	}
}

// ln2 is split so that the sum of its halves has twice the digits.
func (a arith) ln2() (hi, lo constant) {
	h := math.Ln2
	if a.bytes == 4 {
		h32 := float32(math.Ln2)
		return a.number("ln2hi_", float64(h32)), a.number("ln2lo_", math.Ln2-float64(h32))
	}
	return a.number("ln2hi_", h), a.number("ln2lo_", 2.3190468138462996e-17)
}
