package kernel

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
)

func source(seed uint64) func() uint64 { return rand.NewPCG(seed, 1).Uint64 }

// Every instruction set draws the bits of the Go twin, and leaves the generators where it does.
func TestBernoulliEqualsItsTwin(t *testing.T) {
	defer func(was instructions) { active = was }(active)
	const words = 40 * BitLanes
	for _, p := range []float64{0, 1e-9, 0.1716, 0.5, 0.999, 1} {
		need := make([]uint64, words)
		next := source(7)
		for i := range need {
			a, b := next(), next()
			need[i] = a & b
			if i < BitLanes {
				need[i] = 0 // nothing to decide
			}
		}
		active = pureGo
		twin, want := NewRandomBits(source(3)), make([]uint64, words)
		twin.Bernoulli(want, need, Chance(p))
		for _, set := range []instructions{withAVX2, withAVX512} {
			if set > detect() {
				continue
			}
			active = set
			r, got := NewRandomBits(source(3)), append([]uint64(nil), need...)
			r.Bernoulli(got, got, Chance(p)) // in place
			for i := range got {
				if got[i] != want[i] {
					t.Fatalf("%v, chance %v: word %d is %x, want %x", set, p, i, got[i], want[i])
				}
			}
			if r.State != twin.State {
				t.Errorf("%v, chance %v: the generators stand elsewhere", set, p)
			}
		}
	}
}

// The share of ones is the chance, for all bits and in each place of a word, within five standard errors; bits that are not needed stay 0.
func TestBernoulliHasItsChance(t *testing.T) {
	const rounds, words = 400, 16 * BitLanes
	r, dst, need := NewRandomBits(source(1)), make([]uint64, words), make([]uint64, words)
	for i := range need {
		need[i] = ^uint64(1 << 9)
	}
	for _, p := range []float64{math.Exp(-4 / 2.269185), 0.5, 0.97, 1.0 / 3} {
		var place [64]int
		pairs := 0
		for range rounds {
			r.Bernoulli(dst, need, Chance(p))
			for i, w := range dst {
				for ; w != 0; w &= w - 1 {
					place[bits.TrailingZeros64(w)]++
				}
				pairs += bits.OnesCount64(dst[i] & dst[(i+1)%words] &^ (1 << 9))
			}
		}
		n := float64(rounds * words)
		for k, c := range place {
			switch {
			case k == 9 && c > 0:
				t.Errorf("bits that are not needed are set %d times", c)
			case k != 9 && math.Abs(float64(c)-n*p) > 5*math.Sqrt(n*p*(1-p)):
				t.Errorf("chance %v: place %d is set %d times of %v", p, k, c, n)
			}
		}
		if m := n * 63; math.Abs(float64(pairs)-m*p*p) > 5*math.Sqrt(m*p*p*(1+2*p)) { // neighbours share a word: a bit more spread
			t.Errorf("chance %v: two bits are set together %d times of %v, want %v", p, pairs, m, m*p*p)
		}
	}
	if c := Chance(0.1716); math.Abs(float64(c)/(1<<32)-0.1716) > 1.0/(1<<33) {
		t.Errorf("the chance 0.1716 becomes %v", float64(c)/(1<<32))
	}
}

// xoshiro256++ from the state 1, 2, 3, 4 gives the first values of its authors' program, in each lane.
func TestRandomBitsAreXoshiro(t *testing.T) {
	i := uint64(0)
	r := NewRandomBits(func() uint64 { i++; return (i-1)%4 + 1 })
	for lane := range BitLanes {
		r.State[3][lane] = 4 // NewRandomBits made it odd
	}
	for _, want := range []uint64{41943041, 58720359, 3588806011781223} {
		if got := r.next(5); got != want {
			t.Errorf("%d, want %d", got, want)
		}
	}
}

func BenchmarkBernoulli(b *testing.B) {
	r, dst, need := NewRandomBits(source(1)), make([]uint64, 512), make([]uint64, 512)
	for i := range need {
		need[i] = math.MaxUint64
	}
	b.SetBytes(512 * 8)
	for b.Loop() {
		r.Bernoulli(dst, need, Chance(0.1716))
	}
}

// Rows draws what its Go twin does on every instruction set, in place too, and leaves the generators where it does.
func TestRowsEqualTheirTwin(t *testing.T) {
	for _, n := range []int{1, 2, 15, 16, 17, 33, 784} {
		p := make([]float32, BitLanes*n)
		next := source(5)
		for i := range p {
			p[i] = float32(next()>>40) / (1 << 24)
			switch i % 7 {
			case 0:
				p[i] = 0
			case 1:
				p[i] = 1
			}
		}
		var want []float32
		var end [4][BitLanes]uint64
		forEachSet(func(name string) {
			r, got := NewRandomBits(source(3)), slices.Clone(p)
			r.Rows(got, got, n)
			if want == nil {
				want, end = got, r.State
			}
			if !slices.Equal(got, want) || r.State != end {
				t.Errorf("%s, n=%d: other values than the Go twin, or generators elsewhere", name, n)
			}
		})
		for i, v := range want {
			if v != 0 && v != 1 || p[i] == 0 && v != 0 || p[i] == 1 && v != 1 {
				t.Fatalf("n=%d: value %d of chance %v is %v", n, i, p[i], v)
			}
		}
	}
}

// The share of ones of each place is its chance, within five standard errors.
func TestRowsHaveTheirChances(t *testing.T) {
	const rounds, n = 4000, 37
	p, sum := make([]float32, BitLanes*n), make([]float64, BitLanes*n)
	for i := range p {
		p[i] = float32(i) / float32(len(p))
	}
	r, dst := NewRandomBits(source(11)), make([]float32, len(p))
	for range rounds {
		r.Rows(dst, p, n)
		for i, v := range dst {
			sum[i] += float64(v)
		}
	}
	for i, c := range p {
		if got, c := sum[i]/rounds, float64(c); math.Abs(got-c) > 5*math.Sqrt(c*(1-c)/rounds)+1e-12 {
			t.Fatalf("place %d: %v ones of chance %v", i, got, c)
		}
	}
}

func BenchmarkRows(b *testing.B) {
	r, p, dst := NewRandomBits(source(1)), make([]float32, BitLanes*784), make([]float32, BitLanes*784)
	for b.Loop() {
		r.Rows(dst, p, 784)
	}
}
