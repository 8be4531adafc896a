package kernel

import (
	"fmt"
	"sync"
	"testing"
)

// BenchmarkSideBySide times training steps of one, and of two trainings at once, which share the processors.
func BenchmarkSideBySide(b *testing.B) {
	d := Dims{T: 100, B: 16, I: 1, H: 64}
	for _, trainings := range []int{1, 2} {
		b.Run(fmt.Sprint(trainings), func(b *testing.B) {
			var wg sync.WaitGroup
			for range trainings {
				p := newProblem[float32](newRand(1), "lstm", d, nil, false)
				scale(p.in.Wih, 0.1)
				scale(p.in.Whh, 0.1)
				p.out.X = nil
				k := newCell[float32]("lstm", d)
				wg.Go(func() {
					for range b.N {
						k.forward(p.in, p.hs, p.hT, p.cT)
						k.backward(p.in, p.dhs, p.dhT, p.dcT, p.out)
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(trainings)*float64(b.N)/b.Elapsed().Seconds(), "steps/s")
		})
	}
}
