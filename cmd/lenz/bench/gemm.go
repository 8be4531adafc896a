package bench

import (
	"math/rand/v2"

	"lenz/graph/kernel"
	"lenz/internal/rng"
	"lenz/internal/safetensors"
)

// gemm times the product of an m x k and a k x n matrix.
func gemm() Bench {
	return Bench{
		Name:   "gemm",
		Doc:    "the product of an m x k and a k x n matrix",
		Sizes:  []Size{{"m", 512, "rows"}, {"n", 512, "columns"}, {"k", 512, "terms of each sum"}},
		Dtypes: []string{"float32", "float64"},
		Cases:  []Case{{Sizes: Sizes{"m": 32, "n": 512, "k": 128}}, {Sizes: Sizes{"m": 64, "n": 1024, "k": 256}}, {}, {Dtype: "float64"}},
		Prepare: func(c Case) (*Work, error) {
			if c.Dtype == "float64" {
				return product[float64](c.Sizes), nil
			}
			return product[float32](c.Sizes), nil
		},
	}
}

func product[T kernel.Float](s Sizes) *Work {
	m, n, k := s["m"], s["n"], s["k"]
	r := rand.New(rng.New(1, "bench"))
	a, b, c := normals[T](r, m*k), normals[T](r, k*n), make([]T, m*n)
	run := func() error {
		kernel.GemmParallel(false, false, m, n, k, 1, a, k, b, n, 0, c, n)
		return nil
	}
	return &Work{
		Run:   run,
		Rates: []Rate{{Name: GFLOPS, PerRun: 2e-9 * float64(m) * float64(n) * float64(k)}},
		Dump: func() ([]safetensors.Tensor, error) {
			return []safetensors.Tensor{{Name: "a", Shape: []int{m, k}, Data: a}, {Name: "b", Shape: []int{k, n}, Data: b}, {Name: "c", Shape: []int{m, n}, Data: c}}, run()
		},
	}
}
