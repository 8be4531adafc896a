package bench

import (
	"context"
	"slices"

	"lenz/datasets"
	"lenz/internal/rng"
	"lenz/internal/safetensors"
	"lenz/models/boltzmann"
	"lenz/optim"
	"lenz/train"
)

// rbmProducts is how many matrix products a step of persistent contrastive divergence takes for each row: hidden units of data and of
// samples, visible ones of samples, and the gradients of both. The rate counts them as products of numbers, which a product of bits does with
// a quarter of the additions.
const rbmProducts = 5

// rbm times an epoch of a restricted Boltzmann machine by the common trainer: Gibbs chains, gradient by differentiation, checks and
// optimizer included. A fifth of the bits are on.
func rbm() Bench {
	return Bench{
		Name: "rbm", Doc: "an epoch of persistent contrastive divergence, Bernoulli units, one Gibbs step, gradient descent",
		Sizes: []Size{{"V", 784, "visible units"}, {"N", 256, "hidden units"}, {"B", 100, "rows in a batch, and chains"}, {"rows", 10000, "rows of an epoch"}},
		Cases: []Case{{}},
		Memory: func(s Sizes) float64 {
			return 4 * (float64(s["rows"])*float64(s["V"]) + 8*float64(s["V"])*float64(s["N"]) + 8*float64(s["B"])*float64(s["V"]+s["N"]))
		},
		Prepare: prepareRBM,
	}
}

func prepareRBM(c Case) (*Work, error) {
	v, n, b, rows := c.Sizes["V"], c.Sizes["N"], c.Sizes["B"], c.Sizes["rows"]
	t := datasets.Table{Name: "bits", Rows: rows, Columns: make([]string, v), Values: make([]float32, rows*v)}
	r := rng.NewFast(rng.New(1, "bench.rbm"))
	for i := range t.Values {
		if r.Float64() < 0.2 {
			t.Values[i] = 1
		}
	}
	table, err := datasets.NewTable(t)
	if err != nil {
		return nil, err
	}
	src, err := table.Source(datasets.SourceOptions{Shuffle: true, Seed: 1, Batch: b})
	if err != nil {
		return nil, err
	}
	settings := boltzmann.DefaultRBM()
	settings.Hidden, settings.Chains = n, "pcd"
	m, err := settings.New(src.Layout(), 1)
	if err != nil {
		return nil, err
	}
	sgd := optim.DefaultSGD()
	sgd.Rate = 0.01
	solver, err := sgd.New()
	if err != nil {
		return nil, err
	}
	learner := train.Gradient(m, solver)
	epoch := func() error {
		_, err := train.Fit(context.Background(), learner, train.Data{Train: src})
		return err
	}
	return &Work{
		Run:       epoch,
		Rates:     []Rate{{Name: GFLOPS, PerRun: 2 * rbmProducts * float64(rows) * float64(v) * float64(n) / 1e9}},
		Footprint: 4 * rows * v,
		MaxReps:   9,
		Dump:      func() ([]safetensors.Tensor, error) { return dumpRBM(m, epoch) },
		Close:     m.Close,
	}, nil
}

// dumpRBM takes the first epoch: parameters, and those after it ("next.").
func dumpRBM(m *boltzmann.RBMModel, epoch func() error) ([]safetensors.Tensor, error) {
	var out []safetensors.Tensor
	add := func(prefix string) {
		for _, p := range m.Params().All() {
			out = append(out, safetensors.Tensor{Name: prefix + p.Name(), Shape: p.Shape(), Data: slices.Clone(p.Value().Data().([]float32))})
		}
	}
	add("")
	if err := epoch(); err != nil {
		return nil, err
	}
	add("next.")
	return out, nil
}
