package kernel

import (
	"fmt"
	"math"
)

// Each function states the largest distance of its results from the true values, in units of the last place (ulp). In
// assembly both precisions compute in their own arithmetic and take numbers below 2^-126 (float64: 2^-1022) as zero, with
// their sign. In Go the float32 functions compute in float64 and round once at the end, so that results are the correctly
// rounded ones or, rarely, their neighbour: within 0.52 ulp; the float64 functions are those of package math, but where
// the assembly behind those fails. The tests try every float32, and float64 in all binades against 200 bits.

const (
	log2e = 1 / math.Ln2
	// roundMagic added to a number of magnitude below 2^51 rounds it to an integer, which then stands in the low
	// bits of the sum's mantissa.
	roundMagic = 3 << 51
)

// expm1Parts returns p and s with exp(x) - 1 = s p + (s - 1): s = 2^k, k = round(x / ln 2), p = exp(r) - 1 with
// r = x - k ln 2. It needs |x| < 700. The polynomial interpolates (exp(r) - 1) / r at the seven Chebyshev nodes of
// |r| <= ln(2)/2; its relative error is below 3e-10.
func expm1Parts(x float64) (p, s float64) {
	const (
		c1 = 0.500000004714605742
		c2 = 0.166666667190289349
		c3 = 0.0416663527711122113
		c4 = 0.00833329846980058942
		c5 = 0.00139411188958370008
		c6 = 0.000198992855758962823
	)
	t := x*log2e + roundMagic
	r := x - (t-roundMagic)*math.Ln2
	s = math.Float64frombits((math.Float64bits(t) + 1023) << 52)
	q := r * r
	// Even and odd powers apart, so that the two sums can be computed side by side.
	p = r * ((1 + q*(c2+q*(c4+q*c6))) + r*(c1+q*(c3+q*c5)))
	return p, s
}

// Exp sets dst[i] = e^src[i], within 1 ulp (float32) or 2 ulp (float64). NaN stays NaN, -Inf gives 0, overflow gives
// +Inf. dst and src have the same length and may be the same slice.
func Exp[T Float](dst, src []T) {
	checkVector("Exp", len(dst), len(src))
	if assembled(vectorExp, dst, src) {
		return
	}
	if d, ok := any(dst).([]float32); ok {
		exp32Go(d, any(src).([]float32))
		return
	}
	for i, v := range src {
		dst[i] = T(exp64Go(float64(v)))
	}
}

// exp64Go is math.Exp, which on amd64 overflows already from 1023.5 ln 2 = 709.44 on.
func exp64Go(x float64) float64 {
	if x > 709 {
		const cube = math.E * math.E * math.E // rounded to float64, closer to e³ than 1/16 ulp
		return math.Exp(x-3) * cube
	}
	return math.Exp(x)
}

func exp32Go(dst, src []float32) {
	dst = dst[:len(src)]
	for i, v := range src {
		x := float64(v)
		// float32 is 0 below -104 and infinite above 89.
		if x > 100 {
			x = 100
		}
		if x < -120 {
			x = -120
		}
		p, s := expm1Parts(x)
		dst[i] = float32(s*p + s)
	}
}

// Tanh sets dst[i] = tanh(src[i]), within 6 ulp (float32) or 3 ulp (float64), never outside [-1, 1]. NaN stays NaN, -0
// stays -0. dst and src have the same length and may be the same slice.
func Tanh[T Float](dst, src []T) {
	checkVector("Tanh", len(dst), len(src))
	if assembled(vectorTanh, dst, src) {
		return
	}
	if d, ok := any(dst).([]float32); ok {
		tanh32Go(d, any(src).([]float32))
		return
	}
	for i, v := range src {
		dst[i] = T(math.Tanh(float64(v)))
	}
}

func tanh32Go(dst, src []float32) {
	dst = dst[:len(src)]
	for i, v := range src {
		x := 2 * float64(v)
		// tanh rounds to 1 in float32 from 9.02 on.
		if x > 20 {
			x = 20
		}
		if x < -20 {
			x = -20
		}
		// tanh(v) = (e^2v - 1) / (e^2v + 1)
		p, s := expm1Parts(x)
		e := s*p + (s - 1)
		dst[i] = float32(math.Copysign(e/(e+2), x)) // -0 too
	}
}

// Sigmoid sets dst[i] = 1 / (1 + e^-src[i]), within 3 ulp, never outside [0, 1]. NaN stays NaN. dst and src have the same
// length and may be the same slice.
func Sigmoid[T Float](dst, src []T) {
	checkVector("Sigmoid", len(dst), len(src))
	if assembled(vectorSigmoid, dst, src) {
		return
	}
	if d, ok := any(dst).([]float32); ok {
		sigmoid32Go(d, any(src).([]float32))
		return
	}
	for i, v := range src {
		x := float64(v)
		// The exponential of a negative number cannot overflow.
		e := math.Exp(-math.Abs(x))
		if x < 0 {
			dst[i] = T(e / (1 + e))
		} else {
			dst[i] = T(1 / (1 + e))
		}
	}
}

func sigmoid32Go(dst, src []float32) {
	dst = dst[:len(src)]
	for i, v := range src {
		x := -float64(v)
		if x > 120 {
			x = 120
		}
		if x < -120 {
			x = -120
		}
		p, s := expm1Parts(x)
		dst[i] = float32(1 / (1 + (s*p + s)))
	}
}

// Log sets dst[i] = ln(src[i]), within 1 ulp: -Inf of both zeros, NaN of negative numbers and of NaN. dst and src have the
// same length and may be the same slice.
func Log[T Float](dst, src []T) {
	checkVector("Log", len(dst), len(src))
	if assembled(vectorLog, dst, src) {
		return
	}
	for i, v := range src {
		dst[i] = T(log64Go(float64(v)))
	}
}

// log64Go is math.Log, which on amd64 is wrong for subnormal numbers.
func log64Go(x float64) float64 {
	if x > 0 && x < 0x1p-1022 {
		return math.Log(x*0x1p54) - 54*math.Ln2
	}
	return math.Log(x)
}

// Softplus sets dst[i] = ln(1 + e^src[i]) = max(x, 0) + ln(1 + e^-|x|), within 2 ulp and without overflow. NaN stays NaN,
// -Inf gives 0. dst and src have the same length and may be the same slice.
func Softplus[T Float](dst, src []T) {
	checkVector("Softplus", len(dst), len(src))
	if assembled(vectorSoftplus, dst, src) {
		return
	}
	for i, v := range src {
		x := float64(v)
		dst[i] = T(max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))))
	}
}

func checkVector(name string, dst, src int) {
	if dst != src {
		panic(fmt.Sprintf("kernel: %s from %d values into %d, want equal lengths", name, src, dst))
	}
}
