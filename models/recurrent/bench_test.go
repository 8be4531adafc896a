package recurrent

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"testing"

	"lenz/datasets"
)

// BenchmarkGradient shows that a training step's allocations do not grow with T, B or H.
func BenchmarkGradient(b *testing.B) {
	for _, z := range []struct{ steps, batch, hidden int }{{12, 8, 8}, {96, 8, 8}, {12, 64, 8}, {12, 8, 64}, {96, 64, 64}} {
		b.Run(fmt.Sprintf("T=%d,B=%d,H=%d", z.steps, z.batch, z.hidden), func(b *testing.B) {
			m, batch := stepper(b, z.steps, z.batch, z.hidden)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Gradient(context.Background(), batch, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func stepper(t testing.TB, steps, batch, hidden int) (*Model, datasets.Batch) {
	s := defaults()
	s.Hidden, s.Layers, s.Dropout, s.Highway, s.WindowNorm = hidden, 2, 0.1, 4, "standard"
	l := forecastLayout(steps, 6, true)
	m, b := newModel(t, s, l), randomBatch(l, batch, 1)
	gradient(t, m, b) // compiles
	return m, b
}

// A step allocates some small closures for the work that is shared among processors, 2 kB; a few more of them come with every
// further piece of it. Memory of the size of the values would show at once: the large step's
// activations alone are 2 MB.
func TestStepsAllocateNothingThatGrows(t *testing.T) {
	measure := func(steps, batch, hidden int) float64 {
		m, b := stepper(t, steps, batch, hidden)
		least := math.Inf(1) // buffers that threads share may still grow in the first steps
		for range 10 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if _, err := m.Gradient(context.Background(), b, 1); err != nil {
				t.Fatal(err)
			}
			runtime.ReadMemStats(&after)
			least = min(least, float64(after.TotalAlloc-before.TotalAlloc))
		}
		return least
	}
	small, large := measure(8, 4, 8), measure(32, 32, 32)
	if large > small+8_000 {
		t.Errorf("%.0f bytes a step at T=8, B=4, H=8, but %.0f at T=32, B=32, H=32", small, large)
	}
}
