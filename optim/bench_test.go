package optim_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"lenz/internal/rng"
	"lenz/optim"
	"lenz/optim/optimtest"
)

// BenchmarkStep times one step over 524,288 float32 values in eight tensors, as PyTorch's Adam is commonly timed.
func BenchmarkStep(b *testing.B) {
	const n, tensors = 524288, 8
	r := rand.New(rng.New(1, "bench"))
	normal := func() []float64 {
		v := make([]float64, n/tensors)
		for i := range v {
			v[i] = r.NormFloat64()
		}
		return v
	}
	vg := make([]gorgonia.ValueGrad, tensors)
	for i := range vg {
		p, err := optimtest.NewParam(tensor.Float32, fmt.Sprintf("p%d", i), normal()...)
		if err != nil {
			b.Fatal(err)
		}
		p.SetGrad(normal()...)
		vg[i] = p
	}
	for _, name := range optim.Names() {
		b.Run(name, func(b *testing.B) {
			o, err := build(name, nil)
			if err != nil {
				b.Fatal(err)
			}
			benchmark(b, o, vg)
		})
	}
	b.Run("adam clipped", func(b *testing.B) {
		o, err := build("adam", nil)
		if err != nil {
			b.Fatal(err)
		}
		clip, err := optim.NewClipNorm(1e9)
		if err != nil {
			b.Fatal(err)
		}
		benchmark(b, optim.Chain(o, clip), vg)
	})
}

func benchmark(b *testing.B, o optim.Optimizer, vg []gorgonia.ValueGrad) {
	b.Helper()
	if err := o.Step(vg); err != nil { // makes the state
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := o.Step(vg); err != nil {
			b.Fatal(err)
		}
	}
}
