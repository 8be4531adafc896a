package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// e^x is 2^k e^r, k the integer next to x / ln 2 and r = x - k ln 2. k comes from adding 1.5 times the unit of the
// mantissa's end to x / ln 2: the sum's last bits are then k, plus a bias that is added to that number.

// bound takes the lesser or the greater of x and a constant, and x when it is NaN: of NaN and another, the first operand
// wins, and only that one may stand in memory.
func (b batch) bound(instruction func(...Op), x slot, c constant, t slot) {
	if r, ok := b.pins[c.name]; ok {
		b.do(instruction, x, r, x)
		return
	}
	b.do(b.move, c, t)
	b.do(instruction, x, t, x)
}

// rounding is the number that rounds what is added to it, and leaves the integer plus extra in the last bits.
func (a arith) rounding(extra int) constant {
	return a.number(label("round%d_", extra), math.Ldexp(1.5, a.mantissa)+float64(extra))
}

// expCoefficients give e^r. In float32 they have the least largest relative error, 2^-28, on |r| < 0.3466, the first
// two being fixed. In float64 the rest (e^r - 1 - r) / r² interpolates at the 11 Chebyshev nodes of |r| < ln(2)/2, with a
// relative error of e^r - 1 below 2^-60.
func (a arith) expCoefficients() []float64 {
	if a.bytes == 4 {
		return []float64{1, 1, 0.49999994, 0.166665211, 0.041668389, 0.00836871564, 0.00138146023}
	}
	return []float64{1, 1, 0.5, 0.16666666666666670986, 0.041666666666666669752, 0.008333333333326140884, 0.0013888888888883752417,
		0.00019841269874800491981, 0.000024801587325533363819, 2.7557255425746434282e-6, 2.7557273661348636219e-7,
		2.5105206373957011116e-8, 2.09146793765839351e-9}
}

// reduction are the constants of split.
func (a arith) reduction(extra int) []constant {
	hi, lo := a.ln2()
	return []constant{a.rounding(extra), a.number("log2e_", math.Log2E), hi, lo}
}

// split leaves r in x, the rounding sum in t and k in k.
func (b batch) split(extra int, x, t, k slot) {
	c := b.reduction(extra)
	b.do(b.move, c[0], t)
	b.do(b.fma231, c[1], x, t)
	b.do(b.sub, c[0], t, k)
	b.do(b.fnma231, c[2], k, x)
	b.do(b.fnma231, c[3], k, x)
}

// power turns a rounding sum with the exponent's bias into 2^k.
func (b batch) power(t slot) { b.do(b.shiftLeft, U8(b.mantissa), t, t) }

// exponential overflows and underflows where e^x does.
func exponential(a arith) formula {
	limit := map[int]float64{4: 120, 8: 800}[a.bytes]
	highest, lowest := a.number("expmax_", limit), a.number("expmin_", -limit)
	p := a.polynomial("exp", a.expCoefficients())
	f := formula{name: "exp", slots: 4, constants: append(append([]constant{highest, lowest}, a.reduction(2*a.bias)...), p...)}
	f.emit = func(b batch) {
		const x, t, p0, k = slot(0), slot(1), slot(2), slot(3)
		b.bound(b.min, x, highest, t)
		b.bound(b.max, x, lowest, t)
		b.split(2*a.bias, x, t, k)
		b.horner(p, x, p0)
		b.scaleByPower(p0, t, k)
		b.do(b.move, p0, x)
	}
	return f
}

// scaleByPower multiplies p by 2^k with one rounding; t is a rounding sum with twice the bias. AVX2 takes two halves of
// the exponent, of which the first leaves p exact.
func (b batch) scaleByPower(p, t, k slot) {
	if b.isa.bytes == 64 {
		b.do(b.scale, k, p, p)
		return
	}
	half := k
	b.do(b.shiftRight, U8(1), t, half)
	b.do(b.subInteger, half, t, t)
	for _, e := range []slot{half, t} {
		b.power(e)
		b.do(b.mul, e, p, p)
	}
}

var (
	sigmoid32 = sigmoidTable(arith32)
	sigmoid64 = sigmoid(arith64, 709, 708)
)

// sigmoidTable is 1/(1 + e^-x) by e^-x = 2^k 2^(j/8) e^r, 8k + j the integer next to -8 x / ln 2: with powers of 2^(1/8)
// from a table in a register, three steps of Horner's rule are enough for |r| < ln(2)/16, with a relative error of
// 2^-24.6. (e^r - 1) / r interpolates at the three Chebyshev nodes.
func sigmoidTable(a arith) formula {
	p := a.polynomial("sig", []float64{1, -1, 0.500058651801, -0.16667839687})
	p[0] = a.one()
	highest, lowest := a.number("sigmax_", 87), a.number("sigmin_", -88.7)
	// The sum's last bits are 8k + j, and k has the exponent's bias.
	round := a.number("roundeighth_", math.Ldexp(1.5, a.mantissa-3)+float64(a.bias))
	log2e := a.number("log2e_", math.Log2E)
	hi, lo := a.ln2()
	f := formula{name: "sigmoid", slots: 4}
	f.constants = append([]constant{highest, lowest, a.one(), round, log2e, hi, lo, a.eighths()}, p[1:]...)
	f.emit = func(b batch) {
		const x, t, k, power = slot(0), slot(1), slot(2), slot(3)
		const p0 = k // k is no longer needed
		b.bound(b.min, x, highest, t)
		b.bound(b.max, x, lowest, t)
		b.do(b.move, round, t)
		b.do(b.fnma231, log2e, x, t)
		b.do(b.sub, round, t, k)
		b.do(b.fma231, hi, k, x)
		b.do(b.fma231, lo, k, x) // -r
		b.do(permute, a.eighths(), t, power)
		b.do(b.shiftLeft, U8(a.mantissa-3), t, t)
		b.do(b.addInteger, t, power, power)
		b.horner(p, x, p0)
		b.do(b.fma213, a.one(), power, p0)
		b.do(b.move, a.one(), x)
		b.do(b.div, p0, x, x)
	}
	return f
}

// eighths are the mantissas of 2^(j/8), less what j adds to a mantissa when 8k + j is shifted so far that k is an
// exponent.
func (a arith) eighths() constant {
	c := constant{name: "eighths_"}
	for j := range 8 {
		v := math.Float32bits(float32(math.Exp2(float64(j)/8))) & (1<<a.mantissa - 1)
		c.table = append(c.table, v-uint32(j)<<(a.mantissa-3))
	}
	return c
}

// permute is VPERMPS without a mask.
func permute(ops ...Op) { VPERMPS(ops...) }

// sigmoid is 1/(1 + e^-x). x is bounded below so that the exponent of e^-x stays in its field, and the quotient still
// underflows to 0; and above where the quotient is 1.
func sigmoid(a arith, below, above float64) formula {
	// The polynomial of -r: x + k ln 2 is -r where k is next to -x / ln 2.
	c := a.expCoefficients()
	for i := 1; i < len(c); i += 2 {
		c[i] = -c[i]
	}
	p := a.polynomial("sig", c)
	p[0] = a.one()
	highest, lowest := a.number("sigmax_", above), a.number("sigmin_", -below)
	r := a.reduction(a.bias)
	f := formula{name: "sigmoid", slots: 4}
	f.constants = append(append([]constant{highest, lowest, a.one()}, r...), p[1:]...)
	f.emit = func(b batch) {
		const x, t, k = slot(0), slot(1), slot(2)
		const p0 = k // k is no longer needed
		b.bound(b.min, x, highest, t)
		b.bound(b.max, x, lowest, t)
		b.do(b.move, r[0], t)
		b.do(b.fnma231, r[1], x, t)
		b.do(b.sub, r[0], t, k)
		b.do(b.fma231, r[2], k, x)
		b.do(b.fma231, r[3], k, x)
		b.power(t)
		b.horner(p, x, p0)
		b.do(b.fma213, a.one(), t, p0)
		b.do(b.move, a.one(), x)
		b.do(b.div, p0, x, x)
	}
	return f
}

// The rational function x P(x²)/Q(x²) has the least largest relative error, 2^-25.5, on |x| < 9.02, from where on tanh
// rounds to 1.
var (
	tanhP  = []float64{1, 0.133797184, 0.00349403499, 2.05834876e-05, 1.33190801e-08}
	tanhQ  = []float64{1, 0.467130333, 0.0258710738, 0.000328309339, 7.76202285e-07}
	tanh32 = tanhRational(arith32)
)

func tanhRational(a arith) formula {
	p, q := a.polynomial("tanhp", tanhP), a.polynomial("tanhq", tanhQ)
	p[0], q[0] = a.one(), a.one()
	highest, lowest, minusOne := a.number("tanhmax_", 9.02), a.number("tanhmin_", -9.02), a.number("minusone_", -1)
	f := formula{name: "tanh", slots: 3}
	f.constants = append(append([]constant{highest, lowest, a.one(), minusOne}, p[1:]...), q[1:]...)
	f.emit = func(b batch) {
		const x, u, p0 = slot(0), slot(1), slot(2)
		b.bound(b.min, x, highest, u)
		b.bound(b.max, x, lowest, u)
		b.do(b.mul, x, x, u)
		b.horner(p, u, p0)
		b.do(b.mul, p0, x, x)
		b.horner(q, u, p0)
		b.do(b.div, p0, x, x)
		b.bound(b.min, x, a.one(), u)
		b.bound(b.max, x, minusOne, u)
	}
	return f
}

var tanh64 = tanhExponential(arith64)

// tanhExponential is (e^2|x| - 1) / (e^2|x| + 1) with x's sign: e^2|x| - 1 = 2^k (e^r - 1) + (2^k - 1). From |x| = 19.1
// on that rounds to 1; it is never more, since a sum's rounding keeps order.
func tanhExponential(a arith) formula {
	c := a.polynomial("exp", a.expCoefficients())
	most := a.number("tanhmax_", 20)
	f := formula{name: "tanh", slots: 5}
	f.constants = append(append([]constant{most, a.one(), a.two(), a.signBit(), a.positive()}, a.reduction(a.bias)...), c[2:]...)
	f.emit = func(b batch) {
		const x, t, p, k, sign = slot(0), slot(1), slot(2), slot(3), slot(4)
		b.do(b.and, a.signBit(), x, sign)
		b.do(b.and, a.positive(), x, x)
		b.bound(b.min, x, most, t)
		b.do(b.add, x, x, x)
		b.split(a.bias, x, t, k)
		b.power(t)
		b.horner(c[2:], x, p)
		square := k
		b.do(b.mul, x, x, square)
		b.do(b.fma213, x, square, p) // e^r - 1 = r + r² p
		b.do(b.sub, a.one(), t, x)
		b.do(b.fma213, x, t, p)
		b.do(b.add, a.two(), p, t)
		b.do(b.div, t, p, x)
		b.do(b.or, sign, x, x)
	}
	return f
}

// logCoefficients give R in ln(1 + f) = 2 s + s z R(z), s = f/(2 + f), z = s². They interpolate at the Chebyshev nodes
// of 0 < z < 0.02944, which is 1/sqrt(2) < 1 + f < sqrt(2); the relative error of the logarithm is below 2^-28 in
// float32 and 2^-57 in float64.
func (a arith) logCoefficients() []constant {
	if a.bytes == 4 {
		return a.polynomial("log", []float64{0.666666850396, 0.39988780566, 0.29579949392})
	}
	return a.polynomial("log", []float64{0.66666666666666696862, 0.3999999999989950449, 0.28571428625975484921, 0.22222211134795079855,
		0.1818288912526172208, 0.15331721600556041269, 0.1461644968504340586})
}

// log1p sets s so that ln(1 + f) is f - s: f²/2 - s (f²/2 + z R), in which 2 s is f - s f. It needs h and p.
func (b batch) log1p(f, h, s, p slot) {
	z := h
	b.do(b.move, b.two(), h)
	b.do(b.add, f, h, h)
	b.do(b.div, h, f, s)
	b.do(b.mul, s, s, z)
	b.horner(b.logCoefficients(), z, p)
	b.do(b.mul, z, p, p) // z R
	b.do(b.move, b.half(), h)
	b.do(b.mul, f, h, h)
	b.do(b.mul, f, h, h) // f²/2
	b.do(b.add, h, p, p)
	b.do(b.fnma213, h, p, s)
}

// logarithm of x = 2^k (1 + f), 1 + f between 1/sqrt(2) and sqrt(2): adding bits(1) - bits(sqrt(1/2)) to x's bits makes
// the exponent's field k + bias.
func logarithm(a arith) formula {
	root := math.Float64bits(math.Sqrt(0.5))
	if a.bytes == 4 {
		root = uint64(math.Float32bits(float32(math.Sqrt(0.5))))
	}
	var (
		low      = a.pattern("root_", root)
		shifted  = a.pattern("toroot_", a.one().bits-root)
		fraction = a.pattern("mantissa_", 1<<a.mantissa-1)
		unit     = a.number("unit_", math.Ldexp(1, a.mantissa))
		biased   = a.number("biased_", math.Ldexp(1, a.mantissa)+float64(a.bias))
		zero     = a.number("zero_", 0)
		none     = a.number("nan_", math.NaN())
		minusInf = a.number("minusinf_", math.Inf(-1))
		hi, lo   = a.ln2()
	)
	f := formula{name: "log", slots: 6, constants: append([]constant{shifted, fraction, low, unit, biased, a.one(), a.two(),
		a.half(), hi, lo, a.infinity(), zero, none, minusInf}, a.logCoefficients()...)}
	f.emit = func(b batch) {
		const x, f, h, s, p, k = slot(0), slot(1), slot(2), slot(3), slot(4), slot(5)
		b.do(b.addInteger, shifted, x, h)
		b.do(b.and, fraction, h, f)
		b.do(b.addInteger, low, f, f)
		b.do(b.sub, a.one(), f, f)
		b.do(b.shiftRight, U8(a.mantissa), h, k)
		b.do(b.or, unit, k, k)
		b.do(b.sub, biased, k, k)
		b.log1p(f, h, s, p)
		// k ln 2 + f - s, the small terms first
		b.do(b.fnma231, lo, k, s)
		b.do(b.sub, s, f, s)
		b.do(b.fma231, hi, k, s)
		b.choose(notLess, x, a.infinity(), x, s, p) // NaN too
		b.choose(less, x, zero, none, s, p)
		b.choose(equal, x, zero, minusInf, s, p)
		b.do(b.move, s, x)
	}
	return f
}

// softplus is max(x, 0) + ln(1 + y), y = e^-|x|. Where 1 + y is above sqrt(2) its logarithm is ln 2 + ln(1 + (y-1)/2).
func softplus(a arith) formula {
	c := a.polynomial("exp", a.expCoefficients())
	lowest := a.number("softplusmin_", map[int]float64{4: -88, 8: -708.9}[a.bytes])
	border, zero := a.number("border_", math.Sqrt2-1), a.number("zero_", 0)
	ln2, _ := a.ln2()
	f := formula{name: "softplus", slots: 6}
	f.constants = append(append([]constant{lowest, zero, a.signBit(), a.one(), a.two(), a.half(), border}, a.reduction(a.bias)...),
		append(c[1:], a.logCoefficients()...)...)
	f.emit = func(b batch) {
		const x, y, t, p, k, add = slot(0), slot(1), slot(2), slot(3), slot(4), slot(5)
		b.do(b.or, a.signBit(), x, y)
		b.bound(b.max, y, lowest, t) // where 2^k is 0
		b.split(a.bias, y, t, k)
		b.power(t)
		b.horner(c, y, p)
		b.do(b.mul, t, p, p)
		b.do(b.move, a.half(), t)
		b.do(b.mul, t, p, y)
		b.do(b.sub, a.half(), y, y)
		b.do(b.xor, add, add, add)
		b.chooseMany(greater, p, border, t, []any{y, ln2}, []slot{p, add})
		b.log1p(p, t, y, k)
		b.do(b.sub, y, p, p)
		b.do(b.add, add, p, p)
		b.bound(b.max, x, zero, t)
		b.do(b.add, p, x, x)
	}
	return f
}
