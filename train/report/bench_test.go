package report

import (
	"io"
	"testing"
)

// BenchmarkPNG draws the hardest line: jagged, and as dense as thinning leaves it.
func BenchmarkPNG(b *testing.B) {
	f, err := Backtest{Targets: []BacktestTarget{{Truth: wave(100_000)}}}.Figure()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := f.PNG(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
