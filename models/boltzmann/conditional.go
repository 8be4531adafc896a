package boltzmann

import (
	"context"
	"fmt"
	"slices"

	"lenz/datasets"
	"lenz/graph"
	"lenz/graph/kernel"
	"lenz/internal/settings"
	"lenz/models"
)

// conditions are the further inputs of a conditional machine, K values a row, and their weights.
type conditions struct {
	count               int
	toHidden, toVisible *graph.Param // [H, K], [V, K]
}

func (c *conditions) declare(m *RBMModel) error {
	var err error
	init := graph.Normal(m.settings.Scale)
	if c.toHidden, err = m.params.Add("past_hidden.weight", init, m.settings.Hidden, c.count); err != nil {
		return err
	}
	c.toVisible, err = m.params.Add("past_visible.weight", init, m.visible, c.count)
	return err
}

// condWeights are views of the parameters.
func condWeights[T kernel.Float](m *RBMModel) (toHidden, toVisible []T) {
	return m.cond.toHidden.Value().Data().([]T), m.cond.toVisible.Value().Data().([]T)
}

// CRBM builds a conditional restricted Boltzmann machine as a forecaster (Taylor, Hinton, Roweis 2007): the visible units are the
// forecast, gaussian, and the window before it moves the biases of both layers,
//
//	E(v, h | u) = |v - a - A u|^2 / 2 - (c + B u).h - h.W v
//
// With a horizon of 1 it is the paper's machine of the order of the window. Begin with DefaultCRBM.
type CRBM struct {
	Hidden    int     `name:"hidden" doc:"hidden units" min:"1" max:"1000000"`
	Sigma     float64 `name:"sigma" doc:"standard deviation of the forecast given the hidden units, in scaled units" above:"0"`
	Steps     int     `name:"steps" doc:"Gibbs steps of each gradient: the k of CD-k" min:"1" max:"100000"`
	Settle    int     `name:"settle" doc:"mean-field updates of a forecast" min:"1" max:"100000"`
	Decay     float64 `name:"decay" doc:"weight decay of the weights between visible and hidden units" min:"0"`
	Scale     float64 `name:"scale" doc:"standard deviation of the initial weights" min:"0"`
	Precision string  `name:"precision" doc:"of all numbers in learning" choices:"float32|float64"`
}

// DefaultCRBM returns 32 hidden units, learnt by CD-1.
func DefaultCRBM() CRBM {
	return CRBM{Hidden: 32, Sigma: 1, Steps: 1, Settle: 20, Decay: 2e-4, Scale: 0.01, Precision: "float32"}
}

// CRBMModel is a conditional machine as a forecaster. Parameters: weight [H, V], hidden_bias [H], visible_bias [V], past_hidden.weight
// [H, K], past_visible.weight [V, K], with V = horizon * targets and K values of the window and of the known future.
type CRBMModel struct {
	rbm    *RBMModel
	layout datasets.Layout
	settle int
}

var _ models.GradientModel = (*CRBMModel)(nil)

// New builds the machine for batches of the layout. The seed decides initial weights and chains.
func (c CRBM) New(l datasets.Layout, seed uint64) (*CRBMModel, error) {
	if err := settings.Check(c); err != nil {
		return nil, fmt.Errorf("crbm: %w", err)
	}
	if l.Kind != datasets.Forecast || l.Input < 1 || l.Horizon < 1 || len(l.Inputs) == 0 || len(l.Targets) == 0 {
		return nil, fmt.Errorf("crbm: the data have %v targets, input %d, horizon %d, %d input and %d target columns; it forecasts windows, and all sizes must be at least 1",
			l.Kind, l.Input, l.Horizon, len(l.Inputs), len(l.Targets))
	}
	r := DefaultRBM()
	r.Hidden, r.Visible, r.Sigma, r.Steps, r.Decay, r.Scale, r.Precision = c.Hidden, "gaussian", c.Sigma, c.Steps, c.Decay, c.Scale, c.Precision
	m, err := r.build(l.Horizon*len(l.Targets), l.Batch, &conditions{count: l.Input*len(l.Inputs) + l.Horizon*len(l.Future)}, seed)
	if err != nil {
		return nil, fmt.Errorf("crbm: %w", err)
	}
	return &CRBMModel{rbm: m, layout: l, settle: c.Settle}, nil
}

// Params returns the parameters.
func (m *CRBMModel) Params() *graph.Params { return m.rbm.params }

// Repeatable is false: contrastive divergence is random in the step.
func (m *CRBMModel) Repeatable() bool { return false }

// Close releases all programs.
func (m *CRBMModel) Close() error { return m.rbm.Close() }

// past returns the conditions of a batch, [B, K].
func (m *CRBMModel) past(b datasets.Batch) ([]float64, error) {
	l := m.layout
	if want := []int{l.Input, b.B, len(l.Inputs)}; !slices.Equal(b.X.Shape, want) || b.Lengths != nil {
		return nil, fmt.Errorf("crbm: inputs are %v, want %v, all of one length", b.X.Shape, want)
	}
	x, err := flatten(b.X, b.B)
	if err != nil {
		return nil, fmt.Errorf("crbm: %w", err)
	}
	if len(l.Future) == 0 {
		return x, nil
	}
	if want := []int{l.Horizon, b.B, len(l.Future)}; !slices.Equal(b.Future.Shape, want) {
		return nil, fmt.Errorf("crbm: known columns are %v, want %v", b.Future.Shape, want)
	}
	f, err := flatten(b.Future, b.B)
	if err != nil {
		return nil, fmt.Errorf("crbm: %w", err)
	}
	n, k := l.Input*len(l.Inputs), l.Horizon*len(l.Future)
	all := make([]float64, 0, len(x)+len(f))
	for r := range b.B {
		all = append(append(all, x[r*n:(r+1)*n]...), f[r*k:(r+1)*k]...)
	}
	return all, nil
}

// Gradient fills the gradients by CD-k and returns mean F(data) - mean F(samples), given the past.
func (m *CRBMModel) Gradient(ctx context.Context, b datasets.Batch, step uint64) (float64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	past, err := m.past(b)
	if err != nil {
		return 0, err
	}
	y, err := flatten(b.Y, b.B)
	if err != nil {
		return 0, fmt.Errorf("crbm: targets: %w", err)
	}
	for i, w := range b.Mask.Data {
		if !b.Mask.IsZero() && w != 1 {
			return 0, fmt.Errorf("crbm: target %d is masked, but all visible units of a row are learnt together; take windows without missing targets", i)
		}
	}
	return m.rbm.engine.gradient(y, past, b.B, step)
}

// Loss returns the mean squared error of the forecast, in scaled units, and the weight of the batch.
func (m *CRBMModel) Loss(ctx context.Context, b datasets.Batch) (loss, weight float64, err error) {
	p, err := m.Predict(ctx, b)
	if err != nil {
		return 0, 0, err
	}
	if len(p.Mean.Data) != len(b.Y.Data) {
		return 0, 0, fmt.Errorf("crbm: targets are %v, the forecast %v", b.Y.Shape, p.Mean.Shape)
	}
	for i, y := range b.Y.Data {
		w := 1.0
		if !b.Mask.IsZero() {
			w = b.Mask.Data[i]
		}
		if w != 0 {
			loss += w * (y - p.Mean.Data[i]) * (y - p.Mean.Data[i])
			weight += w
		}
	}
	if weight == 0 {
		return 0, 0, nil
	}
	return loss / weight, weight, nil
}

// Predict returns the forecast [H, B, D]: mean-field updates h = E[h | v, u], v = E[v | h, u] from the visible biases on.
func (m *CRBMModel) Predict(ctx context.Context, b datasets.Batch) (datasets.Prediction, error) {
	past, err := m.past(b)
	if err != nil {
		return datasets.Prediction{}, err
	}
	r, n := m.rbm, b.B
	h, v, k := r.settings.Hidden, r.visible, r.cond.count
	all := r.params.CopyFloats()
	w := viewWeights(all, h, v)
	toHidden, toVisible := all[len(w.w)+h+v:][:h*k], all[len(w.w)+h+v+h*k:]
	var o offsets[float64]
	o.set(w, toHidden, toVisible, past, n)
	mean, hidden := slices.Clone(o.visible), make([]float64, n*h)
	for range m.settle {
		if err := ctx.Err(); err != nil {
			return datasets.Prediction{}, err
		}
		w.up(hidden, o.hidden, mean, n)
		sigmoids(hidden)
		w.down(mean, o.visible, hidden, n)
	}
	r.unscaled(mean)
	d := len(m.layout.Targets)
	p := datasets.Prediction{Mean: datasets.NewArray(m.layout.Horizon, n, d)}
	for row := range n {
		for s := range m.layout.Horizon {
			copy(p.Mean.Data[(s*n+row)*d:][:d], mean[row*v+s*d:])
		}
	}
	return p, nil
}
