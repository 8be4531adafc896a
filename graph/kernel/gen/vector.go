package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// constants are the float32 values that vector code reads, each repeated to the width of the widest register.
type constants map[string]Mem

func (c constants) f32(name string, v float32) Mem { return c.bits(name, math.Float32bits(v)) }

func (c constants) bits(name string, v uint32) Mem {
	if m, ok := c[name]; ok {
		return m
	}
	m := GLOBL("lenz_"+name, RODATA|NOPTR)
	for i := range 16 {
		DATA(4*i, U32(v))
	}
	c[name] = m
	return m
}

var consts = constants{}

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

// lanes is the number of float32 in a register.
func (s isa) lanes() int { return s.bytes / 4 }

// Registers with a fixed task in vector code. The others are for the formula.
func (s isa) mask() VecPhysical      { return s.v[15] } // AVX2 only; AVX-512 uses K1
func (s isa) tanhMax() VecPhysical   { return s.v[14] }
func (s isa) one() VecPhysical       { return s.v[13] }
func (s isa) expMax() VecPhysical    { return s.v[12] }
func (s isa) expMin() VecPhysical    { return s.v[11] }
func (s isa) temp(i int) VecPhysical { return s.v[7+i] } // 0 to 3
func (s isa) val(i int) VecPhysical  { return s.v[i] }   // 0 to 6

// prepareMask masks the first count lanes; it destroys count and R15.
func (s isa) prepareMask(count GPPhysical) {
	if s.bytes == 64 {
		MOVQ(count, RCX)
		MOVQ(U32(1), R15)
		SHLQ(CL, R15)
		DECQ(R15)
		KMOVW(R15L, K1)
		return
	}
	LEAQ(masks().Offset(32), R15)
	SHLQ(U8(2), count)
	SUBQ(count, R15)
	VMOVUPS(Mem{Base: R15}, s.mask())
}

func (s isa) load(m Mem, dst VecPhysical, masked bool) {
	switch {
	case !masked:
		VMOVUPS(m, dst)
	case s.bytes == 64:
		VMOVUPS_Z(m, K1, dst)
	default:
		VMASKMOVPS(m, s.mask(), dst)
	}
}

func (s isa) store(src VecPhysical, m Mem, masked bool) {
	switch {
	case !masked:
		VMOVUPS(src, m)
	case s.bytes == 64:
		VMOVUPS(src, K1, m)
	default:
		VMASKMOVPS(src, s.mask(), m)
	}
}

// The rational function x P(x²)/Q(x²) has the least largest relative error, 2^-25.5, on |x| < 9.02, from where on tanh
// rounds to 1.
var (
	tanhP = []float32{1, 0.133797184, 0.00349403499, 2.05834876e-05, 1.33190801e-08}
	tanhQ = []float32{1, 0.467130333, 0.0258710738, 0.000328309339, 7.76202285e-07}
)

func (s isa) tanhConstants() {
	VMOVUPS(consts.f32("tanhmax", 9.02), s.tanhMax())
	VMOVUPS(consts.f32("one", 1), s.one())
}

// tanh replaces x. It works on |x| and gives the sign back; the second operand of a minimum wins when it is NaN.
func (s isa) tanh(x VecPhysical) {
	sign, u, p := s.temp(0), s.temp(1), s.temp(2)
	VANDPS(consts.bits("sign", 0x80000000), x, sign)
	VANDPS(consts.bits("abs", 0x7fffffff), x, x)
	VMINPS(x, s.tanhMax(), x)
	VMULPS(x, x, u)
	horner(tanhP, "tanhp", u, p)
	VMULPS(p, x, x)
	horner(tanhQ, "tanhq", u, p)
	VDIVPS(p, x, x)
	VMINPS(x, s.one(), x)
	VORPS(sign, x, x)
}

// horner sets p to the polynomial of u with the given coefficients, the constant one first.
func horner(c []float32, name string, u, p VecPhysical) {
	last := len(c) - 1
	VMOVUPS(consts.f32(label("%s%d", name, last), c[last]), p)
	for i := last - 1; i >= 0; i-- {
		VFMADD213PS(consts.f32(label("%s%d", name, i), c[i]), u, p)
	}
}

// expCoefficients give e^r with the least largest relative error, 2^-28, on |r| < 0.3466, the first two being fixed.
var expCoefficients = []float32{1, 1, 0.49999994, 0.166665211, 0.041668389, 0.00836871564, 0.00138146023}

// expParts sets p to e^(t - k ln 2), k to the integer next to t / ln 2. It destroys t.
func (s isa) expParts(t, k, p VecPhysical) {
	VMULPS(consts.f32("log2e", math.Log2E), t, p)
	VCVTPS2DQ(p, k)
	VCVTDQ2PS(k, p)
	VFNMADD231PS(consts.f32("ln2hi", 0.693359375), p, t)
	VFNMADD231PS(consts.f32("ln2lo", -2.12194440e-4), p, t)
	horner(expCoefficients, "exp", t, p)
}

func (s isa) sigmoidConstants() {
	VMOVUPS(consts.f32("sigmax", 88.7), s.expMax())
	VMOVUPS(consts.f32("sigmin", -87), s.expMin())
	VMOVUPS(consts.f32("one", 1), s.one())
}

// sigmoid replaces x: 1/(1 + e^-x), where -x is bounded so that 2^k can be added to an exponent, and so that the
// quotient still underflows to 0.
func (s isa) sigmoid(x VecPhysical) {
	k, p := s.temp(0), s.temp(1)
	VXORPS(consts.bits("sign", 0x80000000), x, x)
	VMINPS(x, s.expMax(), x)
	VMAXPS(x, s.expMin(), x)
	s.expParts(x, k, p)
	VPSLLD(U8(23), k, k)
	VPADDD(k, p, p)
	VADDPS(s.one(), p, p)
	VDIVPS(p, s.one(), x)
}

func (s isa) expConstants() {
	VMOVUPS(consts.f32("expmax", 120), s.expMax())
	VMOVUPS(consts.f32("expmin", -120), s.expMin())
}

// exp replaces x. 2^k is multiplied in two halves, so that the second one overflows or underflows as e^x does.
func (s isa) exp(x VecPhysical) {
	k, p, half := s.temp(0), s.temp(1), s.temp(2)
	VMINPS(x, s.expMax(), x)
	VMAXPS(x, s.expMin(), x)
	s.expParts(x, k, p)
	VPSRAD(U8(1), k, half)
	VPSUBD(half, k, k)
	for _, e := range []VecPhysical{half, k} {
		VPADDD(consts.bits("bias", 127), e, e)
		VPSLLD(U8(23), e, e)
		VMULPS(e, p, p)
	}
	VMOVAPS(p, x)
}

// vectorSet emits element-by-element functions.
func vectorSet() {
	for _, s := range isas {
		s.unary("tanh32", s.tanhConstants, s.tanh)
		s.unary("sigmoid32", s.sigmoidConstants, s.sigmoid)
		s.unary("exp32", s.expConstants, s.exp)
	}
}

// unary emits dst[i] = f(src[i]).
func (s isa) unary(name string, prepare func(), f func(VecPhysical)) {
	name += s.name
	TEXT(name, NOSPLIT, "func(dst, src *float32, n int)")
	Pragma("noescape")
	Doc(name + " works on n values, n at least 1.")
	dst, src, n := RDI, RSI, RDX
	Load(Param("dst"), dst)
	Load(Param("src"), src)
	Load(Param("n"), n)
	restore := flushDenormals()
	prepare()
	SUBQ(I32(int32(s.lanes())), n)
	JL(LabelRef("rest"))
	Label("vectors")
	s.load(Mem{Base: src}, s.val(0), false)
	f(s.val(0))
	s.store(s.val(0), Mem{Base: dst}, false)
	ADDQ(I32(int32(s.bytes)), src)
	ADDQ(I32(int32(s.bytes)), dst)
	SUBQ(I32(int32(s.lanes())), n)
	JGE(LabelRef("vectors"))
	Label("rest")
	ADDQ(I32(int32(s.lanes())), n)
	JZ(LabelRef("done"))
	s.prepareMask(n)
	s.load(Mem{Base: src}, s.val(0), true)
	f(s.val(0))
	s.store(s.val(0), Mem{Base: dst}, true)
	Label("done")
	restore()
	VZEROUPPER()
	RET()
}
