package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	stock "gonum.org/v1/gonum/blas/gonum"
	"gorgonia.org/gorgonia"

	"lenz/datasets"
	"lenz/internal/rng"
	"lenz/internal/safetensors"
	"lenz/models"
	"lenz/models/catalog"
	"lenz/optim"
	"lenz/train"
)

// unrolledSizes are those at which the fused op is held against its unrolled twin.
var unrolledSizes = Sizes{"T": 50, "B": 32, "I": 1, "H": 64}

func stepSizes(defaults Sizes) []Size {
	return []Size{
		{"T", defaults["T"], "time steps"}, {"B", defaults["B"], "sequences in a batch"},
		{"I", defaults["I"], "inputs"}, {"H", defaults["H"], "hidden units"},
	}
}

// recurrentStep times one step of training a recurrent model with one label a step.
func recurrentStep(name string, gates int, table ...Sizes) Bench {
	b := Bench{
		Name:  name,
		Doc:   fmt.Sprintf("one step of training: %s layer, readout at every step, mean squared error, backward, Adam", name),
		Sizes: stepSizes(Sizes{"T": 100, "B": 32, "I": 8, "H": 128}),
		Prepare: func(c Case) (*Work, error) {
			return trainingStep(name, gates, c.Sizes, false)
		},
	}
	for _, s := range table {
		b.Cases = append(b.Cases, Case{Sizes: s})
	}
	return b
}

// unrolled times the step of an LSTM that is built from Gorgonia's primitive ops, on gonum's own BLAS: what the fused op
// and the kernels replace.
func unrolled() Bench {
	return Bench{
		Name:  "unrolled",
		Doc:   "the step of lstm from Gorgonia's primitive ops, a node each, on gonum's own BLAS",
		Sizes: stepSizes(unrolledSizes),
		Cases: []Case{{}},
		Prepare: func(c Case) (*Work, error) {
			w, err := trainingStep("lstm", 4, c.Sizes, true)
			if err != nil {
				return nil, err
			}
			w.MaxReps = 5
			return w, onStockBLAS(w)
		},
	}
}

// onStockBLAS makes the work run on gonum's own BLAS and puts back afterwards what was there. Gorgonia takes its BLAS at
// the time of a product, so each run may have its own.
func onStockBLAS(w *Work) error {
	within := func(f func() error) error {
		was := gorgonia.WhichBLAS()
		gorgonia.Use(stock.Implementation{})
		defer gorgonia.Use(was)
		return f()
	}
	run, dump := w.Run, w.Dump
	w.Run = func() error { return within(run) }
	w.Dump = func() (t []safetensors.Tensor, err error) {
		err = within(func() error { t, err = dump(); return err })
		return t, err
	}
	// The first builder installs the kernels; that must be before the switch. Dump runs the program and changes no weight.
	_, err := dump()
	return err
}

// trainingStep is the learner, and so the model's program and the optimizer, that lenz train runs for a data set with one
// label a step (lenz train --data copy, adding), without clipping and with a constant rate.
func trainingStep(name string, gates int, s Sizes, unrolled bool) (*Work, error) {
	steps, batch, inputs, hidden := s["T"], s["B"], s["I"], s["H"]
	layout := datasets.Layout{Kind: datasets.PerStep, Input: steps, Batch: batch, Targets: []string{"y"}, TargetInputs: []int{-1}}
	for i := range inputs {
		layout.Inputs = append(layout.Inputs, fmt.Sprintf("x%d", i))
	}
	m, err := catalog.New(name, map[string]string{"hidden": fmt.Sprint(hidden), "unrolled": fmt.Sprint(unrolled)}, layout, 1)
	if err != nil {
		return nil, err
	}
	model, ok := m.(models.GradientModel)
	if !ok {
		return nil, errors.Join(fmt.Errorf("%s does not learn by gradients", name), m.Close())
	}
	adam, err := optim.DefaultAdam().New()
	if err != nil {
		return nil, errors.Join(err, model.Close())
	}
	b := datasets.Batch{T: steps, B: batch, X: datasets.NewArray(steps, batch, inputs), Y: datasets.NewArray(steps, batch, 1)}
	r := rand.New(rng.New(1, "bench"))
	copy(b.X.Data, normals[float64](r, len(b.X.Data)))
	copy(b.Y.Data, normals[float64](r, len(b.Y.Data)))
	learner, ctx := train.Gradient(model, adam), context.Background()
	// Products alone: a third forward, a third for the gradients of what is multiplied, a third for those of the weights. The
	// gradient of the data is counted, as for other frameworks, but nobody needs it.
	third := 2e-9 * float64(steps*batch*gates*hidden)
	rate := Rate{Name: GFLOPS, PerRun: 3 * third * float64(inputs+hidden), Spared: third * float64(inputs)}
	return &Work{
		Run: func() error {
			_, err := learner.Learn(ctx, b)
			return err
		},
		Rates: []Rate{rate},
		Dump:  func() ([]safetensors.Tensor, error) { return dumpStep(ctx, model, b) },
		Close: learner.Close,
	}, nil
}

// dumpStep returns the batch, the weights by PyTorch's names, the loss and the gradients ("grad." before the name).
func dumpStep(ctx context.Context, model models.GradientModel, b datasets.Batch) ([]safetensors.Tensor, error) {
	loss, err := model.Gradient(ctx, b, 0)
	if err != nil {
		return nil, err
	}
	out := []safetensors.Tensor{
		floats("x", b.X.Data, b.X.Shape...), floats("y", b.Y.Data, b.Y.Shape...), floats("loss", []float64{loss}, 1),
	}
	values, grads := model.Params().CopyFloats(), model.Params().CopyGrads()
	at := 0
	for _, p := range model.Params().All() {
		end := at + p.Size()
		out = append(out, floats(p.Name(), values[at:end], p.Shape()...), floats("grad."+p.Name(), grads[at:end], p.Shape()...))
		at = end
	}
	return out, nil
}

// floats is a tensor in float32.
func floats(name string, v []float64, shape ...int) safetensors.Tensor {
	data := make([]float32, len(v))
	for i, x := range v {
		data[i] = float32(x)
	}
	return safetensors.Tensor{Name: name, Shape: shape, Data: data}
}
