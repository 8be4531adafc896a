package kernel

import (
	"fmt"
	"testing"
)

// BenchmarkVector times every function in both precisions on each instruction set, on the calling goroutine.
func BenchmarkVector(b *testing.B) {
	forEachSet(func(set string) {
		b.Run(set, func(b *testing.B) {
			for _, c := range vectorCases() {
				benchVector(b, c.name, "float32", c.f32)
				benchVector(b, c.name, "float64", c.f64)
			}
		})
	})
}

func benchVector[T Float](b *testing.B, name, precision string, f func(dst, src []T)) {
	for _, n := range []int{64, 1024, 16384} {
		b.Run(fmt.Sprintf("%s/%s/n=%d", name, precision, n), func(b *testing.B) {
			src := randomSlice[T](newRand(1), n)
			for i := range src {
				src[i] *= 4
				if name == "Log" && src[i] < 0 {
					src[i] = -src[i]
				}
			}
			dst := make([]T, n)
			b.SetBytes(int64(sizeOf[T]()) * int64(n))
			b.ReportAllocs()
			for b.Loop() {
				f(dst, src)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/value")
		})
	}
}
