package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// randomSlice draws n values from [-1, 1).
func randomSlice[T Float](r *rand.Rand, n int) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = T(2*r.Float64() - 1)
	}
	return s
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

func benchGemm[T Float](b *testing.B, name string, tA, tB bool, m, n, k int) {
	b.Run(fmt.Sprintf("%s/%dx%dx%d/tA=%t,tB=%t", name, m, n, k, tA, tB), func(b *testing.B) {
		r := newRand(1)
		x, y, z := randomSlice[T](r, m*k), randomSlice[T](r, k*n), make([]T, m*n)
		lda, ldb := k, n
		if tA {
			lda = m
		}
		if tB {
			ldb = k
		}
		b.ReportAllocs()
		for b.Loop() {
			Gemm(tA, tB, m, n, k, 1, x, lda, y, ldb, 0, z, n)
		}
		b.ReportMetric(2*float64(m)*float64(n)*float64(k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
	})
}

func BenchmarkGemm(b *testing.B) {
	for _, s := range [][3]int{{8, 512, 128}, {16, 512, 128}, {8, 256, 64}, {64, 512, 8}, {16, 128, 512}} {
		benchGemm[float32](b, "float32", false, false, s[0], s[1], s[2])
		benchGemm[float64](b, "float64", false, false, s[0], s[1], s[2])
	}
	benchGemm[float32](b, "float32", true, false, 128, 512, 3200)
	benchGemm[float32](b, "float32", false, true, 64, 8, 512)
	benchGemm[float32](b, "float32", false, true, 1, 256, 64)
}
