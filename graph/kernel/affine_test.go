package kernel

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// Affine has the bits of plain sums with every set of instructions, for sizes that are no whole vectors, and writes nothing behind y.
func TestAffine(t *testing.T) {
	onEach(t, func(t *testing.T) {
		r := newRand(3)
		for _, n := range []int{0, 1, 3, 4, 8, 15, 31, 32, 33, 57, 100} {
			for k := range 5 {
				room, bias, w, x := randomSlice[float64](r, n+1), randomSlice[float64](r, n), randomSlice[float64](r, n*k), randomSlice[float64](r, k)
				before := slices.Clone(room)
				Affine(room[:n], bias, w, x)
				for i := range n {
					sum := bias[i]
					for j, v := range x {
						sum += float64(v * w[j*n+i])
					}
					if want := before[i] + sum; math.Float64bits(room[i]) != math.Float64bits(want) {
						t.Fatalf("n=%d, k=%d: element %d is %v, want %v", n, k, i, room[i], want)
					}
				}
				if room[n] != before[n] {
					t.Fatalf("n=%d, k=%d: the value after the last was overwritten", n, k)
				}
			}
		}
	})
}

func TestAffineRefusesWrongSizes(t *testing.T) {
	defer func() {
		if text, ok := recover().(string); !ok || !strings.Contains(text, "want 2 and 1 x 2") {
			t.Errorf("it says %q", text)
		}
	}()
	Affine(make([]float64, 2), make([]float64, 2), make([]float64, 3), make([]float64, 1))
}

func BenchmarkAffine(b *testing.B) {
	r := newRand(3)
	y, bias, w, x := make([]float64, 1000), randomSlice[float64](r, 1000), randomSlice[float64](r, 3000), randomSlice[float64](r, 3)
	for b.Loop() {
		Affine(y, bias, w, x)
	}
}
