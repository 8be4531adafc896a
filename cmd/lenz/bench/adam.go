package bench

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"gorgonia.org/gorgonia"

	"lenz/graph"
	"lenz/internal/rng"
	"lenz/internal/safetensors"
	"lenz/optim"
)

const adamTensors = 8

// adam times one step of Adam.
func adam() Bench {
	return Bench{
		Name:    "adam",
		Doc:     "one step of Adam over eight tensors of n/8 values",
		Sizes:   []Size{{"n", 524288, "values"}},
		Cases:   []Case{{}},
		Prepare: prepareAdam,
	}
}

func prepareAdam(c Case) (*Work, error) {
	each := max(1, c.Sizes["n"]/adamTensors)
	params := graph.NewParams(graph.Float32, 1)
	for i := range adamTensors {
		if _, err := params.Add(fmt.Sprintf("p%d", i), graph.Constant(1), each); err != nil {
			return nil, err
		}
	}
	solver, err := optim.DefaultAdam().New()
	if err != nil {
		return nil, err
	}
	model := params.ValueGrads()
	r := rand.New(rng.New(1, "bench"))
	copy(graph.Values[float32](params), normals[float32](r, params.Count()))
	copy(graph.Grads[float32](params), normals[float32](r, params.Count()))
	return &Work{
		Run: func() error { return solver.Step(model) },
		// Values and both moments are read and written, gradients read.
		Rates:     []Rate{{Name: GBPerSecond, PerRun: 1e-9 * 7 * 4 * float64(params.Count())}},
		Footprint: 4 * 4 * params.Count(),
		Dump:      func() ([]safetensors.Tensor, error) { return dumpAdam(params, solver, model) },
	}, nil
}

// dumpAdam takes the first step: values, gradients ("grad.") and the values after it ("next.").
func dumpAdam(params *graph.Params, solver optim.Optimizer, model []gorgonia.ValueGrad) ([]safetensors.Tensor, error) {
	var out []safetensors.Tensor
	add := func(prefix string, arena []float32) {
		for i, p := range params.All() {
			from := i * p.Size()
			out = append(out, safetensors.Tensor{Name: prefix + p.Name(), Shape: p.Shape(), Data: slices.Clone(arena[from : from+p.Size()])})
		}
	}
	add("", graph.Values[float32](params))
	add("grad.", graph.Grads[float32](params))
	if err := solver.Step(model); err != nil {
		return nil, err
	}
	add("next.", graph.Values[float32](params))
	return out, nil
}
