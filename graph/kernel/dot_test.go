package kernel

import (
	"math"
	"math/big"
	"testing"
)

// Dot products of every length to beyond one and two blocks agree with exact sums, and have the same bits on every instruction set.
func TestDot(t *testing.T) {
	r := newRand(5)
	lengths := []int{leastSweep - 1, leastSweep, leastSweep + sweepGrain + 17}
	for n := range 700 {
		lengths = append(lengths, n)
	}
	for _, n := range lengths {
		x, y := make([]float32, n), make([]float32, n)
		exact, size := new(big.Float).SetPrec(200), 0.0
		for i := range x {
			x[i], y[i] = float32(r.NormFloat64()), float32(r.NormFloat64())
			p := float64(x[i]) * float64(y[i])
			exact.Add(exact, big.NewFloat(p))
			size += math.Abs(p)
		}
		want, _ := exact.Float64()
		first := Dot(x, y)
		forEachSet(func(string) {
			got := Dot(x, y)
			if math.Float64bits(got) != math.Float64bits(first) {
				t.Errorf("n=%d: %v with set %d, %v with the best", n, got, active, first)
			}
			if !(math.Abs(got-want) <= float64(n)*size*0x1p-53) {
				t.Errorf("n=%d: %v, want %v", n, got, want)
			}
		})
		wide := Dot(widen(x), widen(y))
		if !(math.Abs(wide-want) <= float64(n)*size*0x1p-53) {
			t.Errorf("n=%d in float64: %v, want %v", n, wide, want)
		}
	}
}

func TestSum(t *testing.T) {
	r := newRand(6)
	for n := range 40 {
		x := make([]float32, n)
		want, size := 0.0, 0.0
		for i := range x {
			x[i] = float32(r.NormFloat64())
			want += float64(x[i])
			size += math.Abs(float64(x[i]))
		}
		if got := Sum(x); !(math.Abs(got-want) <= float64(n)*size*0x1p-53) {
			t.Errorf("n=%d: %v, want %v", n, got, want)
		}
	}
}

func BenchmarkDot(b *testing.B) {
	x := make([]float32, 1<<14)
	for b.Loop() {
		Dot(x, x)
	}
	b.SetBytes(4 << 14)
}
