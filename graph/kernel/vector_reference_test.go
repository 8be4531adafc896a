package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"sync"
)

// reference computes the functions of vectors with 200 correct bits or more, from the series of e^x and ln 2 alone.
type reference struct{ ln2 *big.Float }

// precision leaves room for what the squarings in exp and the differences in tanh lose.
const precision = 320

var theReference = sync.OnceValue(func() reference {
	// ln 2 = sum of 1/(k 2^k)
	sum := number(0)
	for k := precision + 10; k > 0; k-- {
		term := new(big.Float).SetMantExp(number(1), -k)
		sum.Add(sum, term.Quo(term, number(float64(k))))
	}
	return reference{sum}
})

func number(v float64) *big.Float { return new(big.Float).SetPrec(precision).SetFloat64(v) }

func plus(x, y *big.Float) *big.Float { return new(big.Float).Add(x, y) }

func times(x, y *big.Float) *big.Float { return new(big.Float).Mul(x, y) }

func ratio(x, y *big.Float) *big.Float { return new(big.Float).Quo(x, y) }

// exp is e^x for |x| < 10^4, by e^x = 2^k (e^(r/2^8))^(2^8) and Taylor's series.
func (f reference) exp(x *big.Float) *big.Float {
	v, _ := x.Float64()
	k := int(math.Round(v / math.Ln2))
	r := plus(x, times(number(float64(-k)), f.ln2))
	r.SetMantExp(r, -8)
	sum := number(1)
	for n := 24; n > 0; n-- { // (ln(2)/2)^25 / (2^(8 25) 25!) is below 2^-320
		sum = plus(number(1), ratio(times(sum, r), number(float64(n))))
	}
	for range 8 {
		sum = times(sum, sum)
	}
	return sum.SetMantExp(sum, k)
}

// log improves y, about ln x, by ln x = y + ln(1 + d), d = x e^-y - 1 of the order of 10^-16.
func (f reference) log(x *big.Float, y float64) *big.Float {
	d := plus(times(x, f.exp(number(-y))), number(-1))
	return plus(number(y), f.log1pSmall(d))
}

// startOfLog is ln x to 15 digits, for subnormal x too.
func startOfLog(x float64) float64 {
	fraction, exponent := math.Frexp(x)
	return math.Log(fraction) + float64(exponent)*math.Ln2
}

// log1pSmall is ln(1 + d) for |d| < 2^-40, by its series.
func (f reference) log1pSmall(d *big.Float) *big.Float {
	sum := number(0)
	for n := 6; n > 0; n-- {
		sum = times(d, plus(ratio(number(1), number(float64(n))), new(big.Float).Neg(sum)))
	}
	return sum
}

func (f reference) tanh(x float64) *big.Float {
	if math.Abs(x) < 0x1p-40 {
		// x - x³/3 + 2 x^5/15
		v := number(x)
		square := times(v, v)
		tail := plus(ratio(number(-1), number(3)), ratio(times(number(2), square), number(15)))
		return times(v, plus(number(1), times(square, tail)))
	}
	e := f.exp(number(2 * x))
	return ratio(plus(e, number(-1)), plus(e, number(1)))
}

func (f reference) sigmoid(x float64) *big.Float {
	return ratio(number(1), plus(number(1), f.exp(number(-x))))
}

func (f reference) softplus(x float64) *big.Float {
	e := f.exp(number(x))
	if x < -30 {
		return f.log1pSmall(e)
	}
	return f.log(plus(number(1), e), softplus(x))
}

// pair is a number as the unevaluated sum of two float64.
type pair struct{ hi, lo float64 }

func pairOf(x *big.Float) pair {
	hi, _ := x.Float64()
	if math.IsInf(hi, 0) {
		return pair{hi, 0}
	}
	lo, _ := plus(x, number(-hi)).Float64()
	return pair{hi, lo}
}

// ulps64 returns the distance of got from want in units of the last place of float64.
func ulps64(got float64, want pair) float64 {
	if math.IsNaN(want.hi) || math.IsInf(want.hi, 0) {
		if sameNumber(got, want.hi) {
			return 0
		}
		return math.Inf(1)
	}
	exponent := max(math.Ilogb(want.hi), -1022)
	return math.Abs((got-want.hi)-want.lo) / math.Ldexp(1, exponent-52)
}

// points64 are arguments in every binade, of both signs, and where the formulas have their joints.
func points64() []float64 {
	r := rand.New(rand.NewPCG(1, 2))
	var xs []float64
	for e := -1074; e <= 1023; e++ {
		for range 2 {
			x := math.Ldexp(1+r.Float64(), e)
			xs = append(xs, x, -x)
		}
	}
	for range 6000 {
		xs = append(xs, 80*r.Float64()-40, 1500*r.Float64()-750, 2*r.Float64()-1, math.Sqrt2/2+r.Float64()*math.Sqrt2/2)
	}
	for e := 1; e <= 52; e++ { // near 1, for the logarithm
		for range 20 {
			d := math.Ldexp(1+r.Float64(), -e)
			xs = append(xs, 1+d, 1-d)
		}
	}
	for k := -1076; k <= 1025; k++ { // where the rounded exponent changes
		xs = append(xs, float64(k)*math.Ln2, (float64(k)+0.5)*math.Ln2, (float64(k)+0.5)*math.Ln2/2)
	}
	for _, border := range []float64{0, 1, 19.06, 20, 40, 87, 88.7, 103, 708, 708.39, 708.9, 709, 709.78, 745.1, 800,
		math.Sqrt2, 1 / math.Sqrt2, math.Log(math.Sqrt2 - 1)} {
		up, down := border, border
		for range 8 {
			xs = append(xs, up, down, -up, -down)
			up, down = math.Nextafter(up, math.Inf(1)), math.Nextafter(down, math.Inf(-1))
		}
		for range 200 {
			xs = append(xs, border+(r.Float64()-0.5)/64, -border+(r.Float64()-0.5)/64)
		}
	}
	return append(xs, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 0x1p-1022, -0x1p-1022)
}
