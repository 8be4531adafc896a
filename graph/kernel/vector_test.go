package kernel

import (
	"math"
	"math/big"
	"os"
	"slices"
	"testing"
)

// vectorCase is a function with its definition in float64, its reference with 200 bits, and the bounds of its errors in
// units of the last place of the true value.
type vectorCase struct {
	name         string
	f32          func(dst, src []float32)
	f64          func(dst, src []float64)
	want         func(float64) float64
	exact        func(reference, float64) *big.Float // for |x| < 800
	ulp32, ulp64 float64
	lo, hi       float64 // the range of the function
}

func sigmoid(x float64) float64 {
	e := math.Exp(-math.Abs(x))
	if x < 0 {
		return e / (1 + e)
	}
	return 1 / (1 + e)
}

func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// In Go the bounds of float32 are 0.5 for the final rounding, and what the polynomial's error of 6e-10, 0.01 ulp, may
// add. In assembly, where every step rounds, they are those of the documentation, which holds for float64 in both.
func vectorCases() []vectorCase {
	inf := math.Inf(1)
	bound := func(assembly float64) float64 {
		if fast() {
			return assembly
		}
		return 0.52
	}
	return []vectorCase{
		{"Exp", Exp[float32], Exp[float64], math.Exp,
			func(r reference, x float64) *big.Float { return r.exp(number(x)) }, bound(1), 2, 0, inf},
		{"Tanh", Tanh[float32], Tanh[float64], math.Tanh, reference.tanh, bound(6), 3, -1, 1},
		{"Sigmoid", Sigmoid[float32], Sigmoid[float64], sigmoid, reference.sigmoid, bound(3), 3, 0, 1},
		{"Log", Log[float32], Log[float64], math.Log,
			func(r reference, x float64) *big.Float { return r.log(number(x), startOfLog(x)) }, bound(1), 1, -inf, inf},
		{"Softplus", Softplus[float32], Softplus[float64], softplus, reference.softplus, bound(2), 2, 0, inf},
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
	// 2^-149 is the spacing of the subnormal numbers.
	exponent := max(int(math.Float64bits(want)>>52&0x7ff)-1023, -126)
	return math.Abs(float64(got)-want) * math.Float64frombits(uint64(1023+23-exponent)<<52)
}

// flushed is x as assembly sees it.
func flushed(x, smallest float64) float64 {
	if fast() && math.Abs(x) < smallest {
		return math.Copysign(0, x)
	}
	return x
}

// error32 is the error of got in ulp, 0 where a number below 2^-126 was taken as zero with its sign, and infinite outside
// the range of the function.
func (c vectorCase) error32(got float32, want float64) float64 {
	if y := float64(got); y < c.lo || y > c.hi {
		return math.Inf(1)
	}
	if got == 0 && fast() && math.Abs(want) < 0x1p-126 && math.Signbit(float64(got)) == math.Signbit(want) {
		return 0
	}
	return ulps(got, want)
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
	wants := wantsOf(src)
	onEach(t, func(t *testing.T) {
		worst := worstOf(wants, src)
		for i, c := range vectorCases() {
			worst[i].check(t, c.name, c.ulp32)
		}
	})
}

// Every float32 there is, in a few minutes.
func TestVectorsOnEveryFloat32(t *testing.T) {
	if os.Getenv("LENZ_LONG") == "" {
		t.Skip("set LENZ_LONG=1 to try all 2^32 values")
	}
	const piece = 1 << 18 // what its values take stays in the cache
	src := make([]float32, piece)
	worst := map[string][]extreme{}
	for first := 0; first < 1<<32; first += piece {
		for i := range src {
			src[i] = math.Float32frombits(uint32(first + i))
		}
		wants := wantsOf(src)
		forEachSet(func(set string) {
			found := worstOf(wants, src)
			if worst[set] == nil {
				worst[set] = found
			}
			for i, e := range found {
				worst[set][i] = worst[set][i].or(e)
			}
		})
	}
	onEach(t, func(t *testing.T) {
		for i, c := range vectorCases() {
			worst[setNames[active]][i].check(t, c.name, c.ulp32)
		}
	})
}

// extreme is the largest error found and where.
type extreme struct{ ulps, at float64 }

// or is the larger of two; NaN counts as larger than all.
func (e extreme) or(other extreme) extreme {
	if !(other.ulps <= e.ulps) {
		return other
	}
	return e
}

func (e extreme) check(t *testing.T, name string, bound float64) {
	t.Helper()
	if !(e.ulps <= bound) {
		t.Errorf("%s(%v) is %.3f ulp off, want at most %v", name, e.at, e.ulps, bound)
	}
	t.Logf("%s: at most %.4f ulp, at %v", name, e.ulps, e.at)
}

const wantPiece = 1 << 14

// wantsOf returns the values of all functions in float64, for the numbers as they are.
func wantsOf(src []float32) [][]float64 {
	cases := vectorCases()
	wants := make([][]float64, len(cases))
	for i, c := range cases {
		w := make([]float64, len(src))
		Parallel(len(src), wantPiece, func(_, lo, hi int) {
			for j := lo; j < hi; j++ {
				w[j] = c.want(float64(src[j]))
			}
		})
		wants[i] = w
	}
	return wants
}

// worstOf returns the largest error of each function on the instruction set in use.
func worstOf(wants [][]float64, src []float32) []extreme {
	worst := make([]extreme, len(wants))
	for i, c := range vectorCases() {
		pieces := make([]extreme, (len(src)+wantPiece-1)/wantPiece)
		Parallel(len(src), wantPiece, func(p, lo, hi int) {
			dst := make([]float32, hi-lo)
			c.f32(dst, src[lo:hi])
			for j, got := range dst {
				x, want := float64(src[lo+j]), wants[i][lo+j]
				if f := flushed(x, 0x1p-126); f != x {
					want = c.want(f)
				}
				pieces[p] = pieces[p].or(extreme{c.error32(got, want), x})
			}
		})
		for _, e := range pieces {
			worst[i] = worst[i].or(e)
		}
	}
	return worst
}

func TestVectorFloat64AgreesWithTheReference(t *testing.T) {
	src := points64()
	dst := make([]float64, len(src))
	cases := vectorCases()
	wants := make([][]pair, len(cases))
	for i, c := range cases {
		wants[i] = make([]pair, len(src))
		Parallel(len(src), 64, func(_, lo, hi int) {
			for j := lo; j < hi; j++ {
				wants[i][j] = c.pair(src[j])
			}
		})
	}
	onEach(t, func(t *testing.T) {
		for i, c := range vectorCases() {
			c.f64(dst, src)
			var worst extreme
			for j, got := range dst {
				want := wants[i][j]
				if f := flushed(src[j], 0x1p-1022); f != src[j] {
					want = c.pair(f)
				}
				if got < c.lo || got > c.hi {
					t.Errorf("%s(%v) = %v, outside [%v, %v]", c.name, src[j], got, c.lo, c.hi)
				}
				if got == 0 && fast() && math.Abs(want.hi) < 0x1p-1022 && math.Signbit(got) == math.Signbit(want.hi) {
					continue
				}
				worst = worst.or(extreme{ulps64(got, want), src[j]})
			}
			worst.check(t, c.name, c.ulp64)
		}
	})
}

// pair is the function's value, from the reference where it is neither special nor constant.
func (c vectorCase) pair(x float64) pair {
	if math.Abs(x) > 800 && c.name != "Log" || x <= 0 && c.name == "Log" || x == 0 {
		return pair{c.want(x), 0}
	}
	return pairOf(c.exact(theReference(), x))
}

func TestReferenceAgreesWithMath(t *testing.T) {
	for _, c := range vectorCases() {
		for x := 0.01; x < 700; x *= 1.37 {
			if got := c.pair(x); !(ulps64(c.want(x), got) <= 4) {
				t.Errorf("%s(%v) is %v in math and %v here", c.name, x, c.want(x), got)
			}
		}
	}
	// 50 digits, from tables
	for _, c := range []struct {
		got  *big.Float
		want string
	}{
		{theReference().exp(number(1)), "2.7182818284590452353602874713526624977572470937"},
		{theReference().ln2, "0.69314718055994530941723212145817656807550013436026"},
		{theReference().log(number(10), math.Log(10)), "2.3025850929940456840179914546843642076011014886288"},
	} {
		if got := c.got.Text('g', len(c.want)-2); got[:len(got)-1] != c.want[:len(got)-1] {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

// Whatever the length and the place in memory, values are those of a long slice, and nothing beside them is touched.
func TestVectorTailsAndPlaces(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, c := range vectorCases() {
			testTails(t, c.name, c.f32)
			testTails(t, c.name, c.f64)
		}
	})
}

func testTails[T Float](t *testing.T, name string, f func(dst, src []T)) {
	const longest, guard = 100, 12345
	src := make([]T, longest)
	for i := range src {
		src[i] = T(i-20) / 7
	}
	want := make([]T, longest)
	f(want, src)
	for n := 0; n <= longest; n++ {
		for offset := range 4 {
			for _, inPlace := range []bool{false, true} {
				room := slices.Repeat([]T{guard}, n+2*longest)
				dst := room[longest+offset : longest+offset+n]
				from := src[:n]
				if inPlace {
					copy(dst, from)
					from = dst
				}
				f(dst, from)
				for i, v := range dst {
					if !sameNumber(float64(v), float64(want[i])) {
						t.Fatalf("%s: value %d of %d at offset %d, in place %v: %v, in a long slice %v", name, i, n, offset, inPlace, v, want[i])
					}
				}
				for i, v := range room {
					if (i < longest+offset || i >= longest+offset+n) && v != guard {
						t.Fatalf("%s: %d values at offset %d: place %d is overwritten with %v", name, n, offset, i-longest-offset, v)
					}
				}
			}
		}
	}
}

// One generator writes both widths, with the same operations on each value.
func TestVectorWidthsHaveTheSameBits(t *testing.T) {
	if active != withAVX512 {
		t.Skip("needs AVX-512")
	}
	src64 := points64()
	src32 := convert[float32](src64)
	for i := range vectorCases() {
		var got32, got64 [][]uint64
		onEach(t, func(*testing.T) {
			c, y32, y64 := vectorCases()[i], make([]float32, len(src32)), make([]float64, len(src64))
			c.f32(y32, src32)
			c.f64(y64, src64)
			got32, got64 = append(got32, patterns(y32)), append(got64, patterns(y64))
		})
		if !slices.Equal(got32[withAVX2], got32[withAVX512]) || !slices.Equal(got64[withAVX2], got64[withAVX512]) {
			t.Errorf("%s: the widths differ", vectorCases()[i].name)
		}
	}
}

// patterns has one pattern for all NaN.
func patterns[T Float](x []T) []uint64 {
	bits := make([]uint64, len(x))
	for i, v := range x {
		if v == v {
			bits[i] = math.Float64bits(float64(v))
		} else {
			bits[i] = math.Float64bits(math.NaN())
		}
	}
	return bits
}

func TestVectorSpecialValues(t *testing.T) {
	inf, nan, minusZero := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	for i, want := range [][]float64{ // at -Inf, -0, 0, +Inf, NaN, the largest numbers of both signs
		{0, 1, 1, inf, nan, 0, inf},
		{-1, minusZero, 0, 1, nan, -1, 1},
		{0, 0.5, 0.5, 1, nan, 0, 1},
		{nan, -inf, -inf, inf, nan, nan, 0},
		{0, math.Ln2, math.Ln2, inf, nan, 0, 0},
	} {
		onEach(t, func(t *testing.T) {
			c := vectorCases()[i]
			for _, largest := range []float64{math.MaxFloat32, math.MaxFloat64} {
				got := []float64{-inf, minusZero, 0, inf, nan, -largest, largest}
				want := slices.Clone(want)
				switch c.name {
				case "Log":
					want[6] = math.Log(largest)
				case "Softplus":
					want[6] = largest
				}
				if largest == math.MaxFloat32 {
					got32 := convert[float32](got)
					c.f32(got32, got32)
					got = widen(got32)
					want = widen(convert[float32](want))
				} else {
					c.f64(got, got)
				}
				for j, w := range want {
					if !sameNumber(got[j], w) || math.Signbit(got[j]) != math.Signbit(w) && w == w {
						t.Errorf("%s, special value %d: %v, want %v", c.name, j, got[j], w)
					}
				}
			}
		})
	}
}

func sameNumber(a, b float64) bool { return a == b || (a != a && b != b) }

func TestVectorRefusesUnequalLengths(t *testing.T) {
	for _, c := range vectorCases() {
		mustPanic(t, c.name, func() { c.f64(make([]float64, 2), make([]float64, 3)) })
		mustPanic(t, c.name, func() { c.f32(make([]float32, 3), make([]float32, 2)) })
	}
}
