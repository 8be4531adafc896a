package spin

import (
	"context"
	"testing"
)

func BenchmarkGlasses(b *testing.B) {
	l, _ := NewLattice("cubic", 8, false)
	g, err := NewGlasses(l, []float64{1.05, 1.1019, 1.16, 1.22, 1.29, 1.37, 1.47, 1.6, 1.8}, 10, 1)
	if err != nil {
		b.Fatal(err)
	}
	g.Sweep(context.Background(), 100)
	b.Run("sweep", func(b *testing.B) {
		for b.Loop() {
			g.Sweep(context.Background(), 10)
		}
		b.ReportMetric(512*float64(10*2*g.n*len(g.ladder))*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "flips/ns")
	})
	b.Run("measure", func(b *testing.B) {
		var o Overlaps
		for b.Loop() {
			g.Overlaps(0, &o)
		}
	})
	b.Run("exchange", func(b *testing.B) {
		for b.Loop() {
			g.replicas[0].exchange(g)
		}
	})
}
