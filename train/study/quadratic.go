package study

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"lenz/datasets"
	"lenz/graph"
	"lenz/internal/rng"
	"lenz/internal/settings"
	"lenz/internal/state"
	"lenz/optim"
	"lenz/train"
)

// Quadratic is the noisy quadratic model (Zhang et al. 2019, "Which algorithmic choices matter at which batch sizes? Insights from
// a noisy quadratic model"): the cheapest task that tells optimizers apart.
//
//	f(x) = sum_i h_i x_i^2 / 2,  h_i = 1/i,  g_i = h_i x_i + noise sqrt(h_i) e_i,  e_i ~ N(0, 1)
//
// x starts at normal values. The loss of validation and of test is f, which is known without noise.
type Quadratic struct {
	Size   int     `name:"size" doc:"parameters; the condition number too" min:"1" max:"1000000"`
	Noise  float64 `name:"noise" doc:"standard deviation of the gradient's noise, over the root of the curvature" min:"0"`
	Steps  int     `name:"steps" doc:"gradients in an epoch" min:"1"`
	Epochs int     `name:"epochs" doc:"epochs of a run" min:"1"`
}

// DefaultQuadratic has 100 parameters, noise 0.1 and ten epochs of 20 steps.
func DefaultQuadratic() Quadratic { return Quadratic{Size: 100, Noise: 0.1, Steps: 20, Epochs: 10} }

// New returns the experiment: the seed decides where it starts, the order which noise comes.
func (q Quadratic) New(o optim.Optimizer, seed, order uint64) (*Experiment, error) {
	if err := settings.Check(q); err != nil {
		return nil, fmt.Errorf("quadratic: %w", err)
	}
	p := graph.NewParams(graph.Float64, seed)
	if _, err := p.Add("x", graph.Normal(1), q.Size); err != nil {
		return nil, err
	}
	model := &quadratic{Quadratic: q, params: p, noise: rng.New(order, "study/quadratic")}
	return &Experiment{
		Learner: train.Gradient(model, o), Weights: p, Epochs: q.Epochs,
		Data: train.Data{Train: &ticks{n: q.Steps}, Valid: &ticks{n: 1}}, Test: &ticks{n: 1},
	}, nil
}

// quadratic is the model.
type quadratic struct {
	Quadratic
	params *graph.Params
	noise  *rng.Stream
}

var _ train.Source = (*quadratic)(nil)

func (q *quadratic) Params() *graph.Params { return q.params }
func (q *quadratic) Repeatable() bool      { return true }
func (q *quadratic) Close() error          { return nil }

// Gradient is that of f with the noise of the step; the loss is f.
func (q *quadratic) Gradient(_ context.Context, _ datasets.Batch, step uint64) (float64, error) {
	r := rand.New(q.noise.Split(step))
	g := graph.Grads[float64](q.params)
	for i, x := range graph.Values[float64](q.params) {
		h := 1 / float64(i+1)
		g[i] = h*x + q.Noise*math.Sqrt(h)*r.NormFloat64()
	}
	return q.value(), nil
}

func (q *quadratic) value() float64 {
	f := 0.0
	for i, x := range graph.Values[float64](q.params) {
		f += x * x / float64(i+1) / 2
	}
	return f
}

// Loss is f.
func (q *quadratic) Loss(context.Context, datasets.Batch) (loss, weight float64, err error) {
	return q.value(), 1, nil
}

// ticks is a source of n batches that hold nothing but a weight of 1.
type ticks struct{ n, at int }

func (t *ticks) Next() (datasets.Batch, bool) {
	if t.at == t.n {
		return datasets.Batch{}, false
	}
	t.at++
	return datasets.Batch{T: 1, B: 1, X: datasets.NewArray(1, 1, 1), Y: datasets.NewArray(1, 1)}, true
}

func (t *ticks) Reset(uint64) { t.at = 0 }
func (t *ticks) Len() int     { return t.n }
func (t *ticks) Layout() datasets.Layout {
	return datasets.Layout{Kind: datasets.PerSequence, Input: 1, Batch: 1, Inputs: []string{"none"}, Targets: []string{"none"}}
}
func (t *ticks) State() state.State { return state.State{"at": t.at} }

func (t *ticks) Restore(from state.State) (err error) {
	t.at, err = state.Get[int](from, "at")
	return err
}
