package bench

import (
	"math/rand/v2"
	"slices"

	"lenz/graph/kernel"
	"lenz/internal/rng"
	"lenz/internal/safetensors"
)

// vector times a function of many values.
func vector(name string) Bench {
	f := kernel.Tanh[float32]
	if name == "sigmoid" {
		f = kernel.Sigmoid[float32]
	}
	return Bench{
		Name:  name,
		Doc:   name + " of n values",
		Sizes: []Size{{"n", 16384, "values"}},
		Cases: []Case{{}},
		Prepare: func(c Case) (*Work, error) {
			n := c.Sizes["n"]
			x, y := normals[float32](rand.New(rng.New(1, "bench")), n), make([]float32, n)
			return &Work{
				Run:       func() error { f(y, x); return nil },
				Rates:     []Rate{{Name: GBPerSecond, PerRun: 1e-9 * 8 * float64(n)}},
				Footprint: 8 * n,
				Dump: func() ([]safetensors.Tensor, error) {
					f(y, x)
					return []safetensors.Tensor{{Name: "x", Shape: []int{n}, Data: x}, {Name: "y", Shape: []int{n}, Data: slices.Clone(y)}}, nil
				},
			}, nil
		},
	}
}
