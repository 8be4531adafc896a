package kernel

import (
	"math"
	"math/bits"
	"math/rand/v2"
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
