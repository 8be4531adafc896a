package kernel

import (
	"math"
	"testing"
)

// vectorCase is a function with its definition in float64 and the bound of its float32 error, in units of the last
// place of the true value.
type vectorCase struct {
	name   string
	f32    func(dst, src []float32)
	f64    func(dst, src []float64)
	want   func(float64) float64
	ulp32  float64
	lo, hi float64 // the range of the function
}

func sigmoid(x float64) float64 {
	if x < 0 {
		return math.Exp(x) / (1 + math.Exp(x))
	}
	return 1 / (1 + math.Exp(-x))
}

func softplus(x float64) float64 {
	if x > 40 {
		return x
	}
	return math.Log1p(math.Exp(x))
}

// In Go the bounds are 0.5 for the final rounding, and what the polynomial's error of 6e-10, 0.01 ulp, may add. In
// assembly, where every step rounds, they are those of the documentation.
func vectorCases() []vectorCase {
	inf := math.Inf(1)
	bound := func(assembly float64) float64 {
		if fast() {
			return assembly
		}
		return 0.52
	}
	return []vectorCase{
		{"Exp", Exp[float32], Exp[float64], math.Exp, bound(2), 0, inf},
		{"Tanh", Tanh[float32], Tanh[float64], math.Tanh, bound(6), -1, 1},
		{"Sigmoid", Sigmoid[float32], Sigmoid[float64], sigmoid, bound(3), 0, 1},
		{"Log", Log[float32], Log[float64], math.Log, bound(2), -inf, inf},
		{"Softplus", Softplus[float32], Softplus[float64], softplus, bound(3), 0, inf},
	}
}

// ulps returns the distance of got from the true value in units of the last place of float32 at that value.
func ulps(got float32, want float64) float64 {
	if math.IsNaN(want) || math.IsInf(want, 0) || math.Abs(want) > math.MaxFloat32 {
		if w := float32(want); got == w || (w != w && got != got) {
			return 0
		}
		return math.Inf(1)
	}
	exponent := max(math.Ilogb(want), -126) // 2^-149 is the spacing of the subnormal numbers
	return math.Abs(float64(got)-want) / math.Ldexp(1, exponent-23)
}

func TestVectorFloat32IsCorrectToTheLastPlace(t *testing.T) {
	// Every 1009th of all 2^32 patterns: each exponent, both signs, NaN, and 8,000 mantissas to the binade.
	src := make([]float32, 0, 1<<32/1009+1)
	for bits := uint64(0); bits < 1<<32; bits += 1009 {
		src = append(src, math.Float32frombits(uint32(bits)))
	}
	// Around zero and the interesting range, evenly.
	for x := float32(-25); x < 25; x += 1e-4 {
		src = append(src, x)
	}
	dst := make([]float32, len(src))
	onEach(t, func(t *testing.T) { testVectors(t, dst, src) })
}

func testVectors(t *testing.T, dst, src []float32) {
	for _, c := range vectorCases() {
		c.f32(dst, src)
		worst, at := 0.0, float32(0)
		for i, x := range src {
			want := c.want(float64(x))
			if fast() && math.Abs(want) < 0x1p-126 && dst[i] == 0 {
				continue // flushed
			}
			if u := ulps(dst[i], want); !(u <= worst) {
				worst, at = u, x
			}
			if y := float64(dst[i]); y < c.lo || y > c.hi {
				t.Fatalf("%s(%v) = %v, outside [%v, %v]", c.name, x, y, c.lo, c.hi)
			}
		}
		if !(worst <= c.ulp32) {
			t.Errorf("%s(%v) is %.3f ulp off, want at most %v", c.name, at, worst, c.ulp32)
		}
		t.Logf("%s: at most %.4f ulp, at %v", c.name, worst, at)
	}
}

func TestVectorFloat64AgreesWithMath(t *testing.T) {
	var src []float64
	for x := -40.0; x < 40; x += 0.0137 {
		src = append(src, x, math.Copysign(math.Exp(x), x))
	}
	dst := make([]float64, len(src))
	for _, c := range vectorCases() {
		c.f64(dst, src)
		for i, x := range src {
			want := c.want(x)
			if got := dst[i]; !(math.Abs(got-want) <= 4*0x1p-52*math.Abs(want)) && !sameNumber(got, want) {
				t.Fatalf("%s(%v) = %v, want %v", c.name, x, got, want)
			}
		}
	}
}

func TestVectorSpecialValues(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		name                string
		f32                 func(dst, src []float32)
		f64                 func(dst, src []float64)
		atMinus, at, atPlus float64 // at -Inf, 0 and +Inf
	}{
		{"Exp", Exp[float32], Exp[float64], 0, 1, inf},
		{"Tanh", Tanh[float32], Tanh[float64], -1, 0, 1},
		{"Sigmoid", Sigmoid[float32], Sigmoid[float64], 0, 0.5, 1},
		{"Log", Log[float32], Log[float64], nan, -inf, inf},
		{"Softplus", Softplus[float32], Softplus[float64], 0, math.Ln2, inf},
	} {
		want := []float64{c.atMinus, c.at, c.atPlus, nan}
		got64 := []float64{-inf, 0, inf, nan}
		got32 := convert[float32](got64)
		c.f64(got64, got64) // in place
		c.f32(got32, got32)
		for i, w := range want {
			if !sameNumber(got64[i], w) || !sameNumber(float64(got32[i]), float64(float32(w))) {
				t.Errorf("%s, special value %d: %v in float64, %v in float32, want %v", c.name, i, got64[i], got32[i], w)
			}
		}
	}
}

func sameNumber(a, b float64) bool { return a == b || (a != a && b != b) }

func TestVectorRefusesUnequalLengths(t *testing.T) {
	for _, c := range vectorCases() {
		mustPanic(t, c.name, func() { c.f64(make([]float64, 2), make([]float64, 3)) })
		mustPanic(t, c.name, func() { c.f32(make([]float32, 3), make([]float32, 2)) })
	}
}
