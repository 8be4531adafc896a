package kernel

import (
	"fmt"
	"math"
	"os"
	"testing"
)

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
	s := newSweep(src)
	onEach(t, func(t *testing.T) {
		worst := s.worst()
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
	const parts = 16 // so that a part can be run alone
	for part := range parts {
		t.Run(fmt.Sprintf("part=%02d", part), func(t *testing.T) { testPart(t, uint64(part)<<32/parts, uint64(part+1)<<32/parts) })
	}
}

// testPart tries the bit patterns from first up to end.
func testPart(t *testing.T, first, end uint64) {
	const piece = 1 << 17 // what its values take stays in the cache
	s := newSweep(make([]float32, piece))
	worst := map[string][]extreme{}
	for ; first < end; first += piece {
		for i := range s.src {
			s.src[i] = math.Float32frombits(uint32(first) + uint32(i))
		}
		s.want()
		forEachSet(func(set string) {
			found := s.worst()
			for i, e := range worst[set] {
				found[i] = found[i].or(e)
			}
			worst[set] = found
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

// sweep holds numbers, the values of all functions at them in float64, and room for results.
type sweep struct {
	src, dst []float32
	wants    [][]float64
}

func newSweep(src []float32) *sweep {
	s := &sweep{src: src, dst: make([]float32, len(src))}
	for range vectorCases() {
		s.wants = append(s.wants, make([]float64, len(src)))
	}
	s.want()
	return s
}

const sweepPiece = 1 << 14

// want computes the values anew, for the numbers as they are.
func (s *sweep) want() {
	for i, c := range vectorCases() {
		Parallel(len(s.src), sweepPiece, func(_, lo, hi int) {
			for j := lo; j < hi; j++ {
				s.wants[i][j] = c.want(float64(s.src[j]))
			}
		})
	}
}

// worst returns the largest error of each function on the instruction set in use.
func (s *sweep) worst() []extreme {
	worst := make([]extreme, len(s.wants))
	pieces := make([]extreme, (len(s.src)+sweepPiece-1)/sweepPiece)
	for i, c := range vectorCases() {
		Parallel(len(s.src), sweepPiece, func(p, lo, hi int) {
			c.f32(s.dst[lo:hi], s.src[lo:hi])
			var e extreme
			for j, got := range s.dst[lo:hi] {
				x, want := float64(s.src[lo+j]), s.wants[i][lo+j]
				if f := flushed(x, 0x1p-126); f != x {
					want = c.want(f)
				}
				e = e.or(extreme{c.error32(got, want), x})
			}
			pieces[p] = e
		})
		for _, e := range pieces {
			worst[i] = worst[i].or(e)
		}
	}
	return worst
}
