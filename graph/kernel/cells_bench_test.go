package kernel

import (
	"fmt"
	"testing"
)

// BenchmarkTrainingStep times Forward and Backward with all gradients but that of x, as the first layer of a
// model needs them. Allocations must not depend on T, B or H.
func BenchmarkTrainingStep(b *testing.B) {
	for _, kind := range []string{"rnn_tanh", "lstm", "gru"} {
		for _, d := range []Dims{
			{T: 100, B: 16, I: 1, H: 64},
			{T: 100, B: 32, I: 8, H: 128},
			{T: 132, B: 32, I: 1, H: 32},
		} {
			b.Run(fmt.Sprintf("%s/T=%d,B=%d,I=%d,H=%d", kind, d.T, d.B, d.I, d.H), func(b *testing.B) {
				benchStep[float32](b, kind, d)
			})
		}
	}
}

func benchStep[T Float](b *testing.B, kind string, d Dims) {
	p := newProblem[T](newRand(1), kind, d, nil, false)
	scale(p.in.Wih, 0.1)
	scale(p.in.Whh, 0.1)
	p.out.X = nil
	k := newCell[T](kind, d)
	b.ReportAllocs()
	for b.Loop() {
		k.forward(p.in, p.hs, p.hT, p.cT)
		k.backward(p.in, p.dhs, p.dhT, p.dcT, p.out)
	}
	gates := max(1, gatesOf(kind))
	flops := 6 * float64(d.T*d.B*gates*d.H*(d.I+d.H))
	b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
	b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N), "ms/step")
}

func scale[T Float](s []T, by T) {
	for i := range s {
		s[i] *= by
	}
}

// BenchmarkStream times one step of batch-1 inference.
func BenchmarkStream(b *testing.B) {
	for _, kind := range kinds {
		d := Dims{T: 1, B: 1, I: 1, H: 64}
		b.Run(fmt.Sprintf("%s/H=%d", kind, d.H), func(b *testing.B) {
			p := newProblem[float32](newRand(1), kind, d, nil, false)
			k := newCell[float32](kind, d)
			k.load(p.in.Weights)
			b.ReportAllocs()
			for b.Loop() {
				k.step(p.in.X, p.hT, p.cT)
			}
		})
	}
}
