package bench

import (
	"math/rand/v2"
	"slices"

	"lenz/graph/kernel"
	"lenz/internal/rng"
	"lenz/internal/safetensors"
)

// stream times an LSTM with a linear readout that reads one value at a time and answers each.
func stream() Bench {
	return Bench{
		Name:    "stream",
		Doc:     "an LSTM with a readout that reads one value at a time and answers each",
		Sizes:   []Size{{"H", 64, "hidden units"}, {"steps", 10000, "values read"}},
		Cases:   []Case{{}},
		Prepare: prepareStream,
	}
}

func prepareStream(c Case) (*Work, error) {
	hidden, steps := c.Sizes["H"], c.Sizes["steps"]
	r := rand.New(rng.New(1, "bench"))
	draw := func(n int) []float32 {
		v := normals[float32](r, n)
		for i := range v {
			v[i] *= 0.1
		}
		return v
	}
	cell := kernel.NewLSTM[float32](kernel.Dims{T: 1, B: 1, I: 1, H: hidden})
	w := kernel.Weights[float32]{Wih: draw(4 * hidden), Whh: draw(4 * hidden * hidden), Bih: draw(4 * hidden), Bhh: draw(4 * hidden)}
	cell.Load(w)
	readout, bias := draw(hidden), draw(1)
	x, ys := normals[float32](r, steps), make([]float32, steps)
	h, state := make([]float32, hidden), make([]float32, hidden)
	run := func() error {
		clear(h)
		clear(state)
		for t := range steps {
			cell.Step(x[t:t+1], h, state)
			ys[t] = bias[0]
			kernel.Gemm(false, true, 1, 1, hidden, 1, h, hidden, readout, hidden, 1, ys[t:t+1], 1)
		}
		return nil
	}
	return &Work{
		Run: run, MaxReps: 5,
		Rates: []Rate{{Name: GFLOPS, PerRun: 2e-9 * float64(steps) * float64(4*hidden*(1+hidden)+hidden)}},
		Dump: func() ([]safetensors.Tensor, error) {
			err := run()
			t := func(name string, v []float32, shape ...int) safetensors.Tensor {
				return safetensors.Tensor{Name: name, Shape: shape, Data: slices.Clone(v)}
			}
			return []safetensors.Tensor{
				t("weight_ih", w.Wih, 4*hidden, 1), t("weight_hh", w.Whh, 4*hidden, hidden), t("bias_ih", w.Bih, 4*hidden), t("bias_hh", w.Bhh, 4*hidden),
				t("head.weight", readout, 1, hidden), t("head.bias", bias, 1), t("x", x, steps), t("y", ys, steps),
			}, err
		},
	}, nil
}
