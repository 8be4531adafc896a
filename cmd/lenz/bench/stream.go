package bench

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"lenz/graph"
	"lenz/internal/rng"
	"lenz/internal/safetensors"
	"lenz/layers"
)

// stream times an LSTM with a linear readout that reads one value at a time and answers each.
func stream() Bench {
	return Bench{
		Name:    "stream",
		Doc:     "an LSTM with a readout that reads one value at a time and answers each",
		Sizes:   []Size{{"H", 64, "hidden units"}, {"steps", 10000, "values read"}},
		Cases:   []Case{{}},
		Memory:  func(s Sizes) float64 { return 8*float64(s["steps"]) + 48*float64(s["H"])*float64(s["H"]) },
		Prepare: prepareStream,
	}
}

func prepareStream(c Case) (*Work, error) {
	hidden, steps := c.Sizes["H"], c.Sizes["steps"]
	params := graph.NewParams(graph.Float32, 1)
	lstm, err := layers.NewLSTM(params, "rnn", layers.DefaultConfig(1, hidden))
	if err != nil {
		return nil, err
	}
	head, err := layers.NewLinear(params, "head", hidden, 1, true, layers.Torch)
	if err != nil {
		return nil, err
	}
	s, err := layers.NewStream[float32](lstm, head, 1)
	if err != nil {
		return nil, err
	}
	x, ys := normals[float32](rand.New(rng.New(1, "bench")), steps), make([]float32, steps)
	run := func() error {
		s.Reset()
		for t := range steps {
			ys[t] = s.Step(x[t : t+1])[0]
		}
		return nil
	}
	return &Work{
		Run: run, MaxReps: 5,
		Rates: []Rate{{Name: GFLOPS, PerRun: 2e-9 * float64(steps) * float64(4*hidden*(1+hidden)+hidden)}},
		Dump:  func() ([]safetensors.Tensor, error) { return dumpStream(params, x, ys, run()) },
	}, nil
}

// dumpStream gives the weights the names that torch.nn.LSTMCell and Linear have, x and what the stream answered.
func dumpStream(params *graph.Params, x, ys []float32, err error) ([]safetensors.Tensor, error) {
	if err != nil {
		return nil, err
	}
	var tensors []safetensors.Tensor
	for _, q := range params.All() {
		v, ok := q.Value().Data().([]float32)
		if !ok {
			return nil, fmt.Errorf("%s is not in float32", q.Name())
		}
		name := strings.TrimSuffix(strings.TrimPrefix(q.Name(), "rnn."), "_l0")
		tensors = append(tensors, safetensors.Tensor{Name: name, Shape: q.Shape(), Data: slices.Clone(v)})
	}
	return append(tensors,
		safetensors.Tensor{Name: "x", Shape: []int{len(x)}, Data: slices.Clone(x)},
		safetensors.Tensor{Name: "y", Shape: []int{len(ys)}, Data: slices.Clone(ys)}), nil
}
