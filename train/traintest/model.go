package traintest

import (
	"context"
	"errors"
	"fmt"

	"gorgonia.org/tensor"

	"lenz/datasets"
	"lenz/graph"
	"lenz/graph/kernel"
	"lenz/internal/state"
	"lenz/train"
)

// Model is linear regression on the last inputs of each sequence, y = weight . x + bias, with the mean squared error.
// Its parameters are named weight [inputs] and bias [1].
type Model struct {
	params *graph.Params
	inputs int
}

var _ train.Source = (*Model)(nil)

// NewModel returns a model with weights drawn from the seed, in float32 or float64.
func NewModel(dtype tensor.Dtype, inputs int, seed uint64) (*Model, error) {
	p := graph.NewParams(dtype, seed)
	if _, err := p.Add("weight", graph.Uniform(1), inputs); err != nil {
		return nil, err
	}
	if _, err := p.Add("bias", graph.Zeros(), 1); err != nil {
		return nil, err
	}
	return &Model{p, inputs}, nil
}

// Params are the weight and the bias.
func (m *Model) Params() *graph.Params { return m.params }

// Repeatable is true.
func (m *Model) Repeatable() bool { return true }

// Close does nothing.
func (m *Model) Close() error { return nil }

// Gradient fills the gradients of weight and bias.
func (m *Model) Gradient(_ context.Context, b datasets.Batch, _ uint64) (float64, error) {
	loss, _, err := m.run(b, 0, true)
	return loss, err
}

// Loss returns the mean squared error and the batch's weight.
func (m *Model) Loss(_ context.Context, b datasets.Batch) (loss, weight float64, err error) {
	return m.run(b, 0, false)
}

func (m *Model) run(b datasets.Batch, offset float64, learn bool) (loss, weight float64, err error) {
	if m.params.Dtype() == graph.Float32 {
		return run[float32](m, b, offset, learn)
	}
	return run[float64](m, b, offset, learn)
}

// run computes loss = mean (weight . x + bias + offset - y)^2 and, to learn, its gradients.
func run[T kernel.Float](m *Model, b datasets.Batch, offset float64, learn bool) (loss, weight float64, err error) {
	if len(b.X.Data) != b.T*b.B*m.inputs || len(b.Y.Data) != b.B {
		return 0, 0, fmt.Errorf("traintest: inputs %v and targets %v for a model of %d inputs and one target", b.X.Shape, b.Y.Shape, m.inputs)
	}
	w := graph.Values[T](m.params) // weight, then bias
	grad := make([]float64, len(w))
	x := b.X.Data[(b.T-1)*b.B*m.inputs:]
	for i, y := range b.Y.Data {
		row := x[i*m.inputs : (i+1)*m.inputs]
		e := float64(w[m.inputs]) + offset - y
		for j, v := range row {
			e += float64(w[j]) * v
		}
		loss += e * e
		for j, v := range row {
			grad[j] += e * v
		}
		grad[m.inputs] += e
	}
	n := float64(b.B)
	if learn {
		g := graph.Grads[T](m.params)
		for j, v := range grad {
			g[j] = T(2 * v / n)
		}
	}
	return loss / n, n, nil
}

// Carrying is a Model with a memory from batch to batch, as truncated BPTT has: its output is raised by a fading mean of the
// inputs seen in training.
type Carrying struct {
	*Model
	memory float64
}

var (
	_ train.Source   = (*Carrying)(nil)
	_ train.Stateful = (*Carrying)(nil)
)

// Gradient is the model's at the raised output, and moves the memory.
func (c *Carrying) Gradient(_ context.Context, b datasets.Batch, _ uint64) (float64, error) {
	loss, _, err := c.run(b, c.memory, true)
	mean := 0.0
	for _, v := range b.X.Data {
		mean += v / float64(len(b.X.Data))
	}
	c.memory = (c.memory + mean) / 2
	return loss, err
}

// Repeatable is false: the memory has moved on.
func (c *Carrying) Repeatable() bool { return false }

// State returns the memory.
func (c *Carrying) State() train.State { return train.State{"memory": c.memory} }

// Restore takes what State gave.
func (c *Carrying) Restore(from train.State) error {
	memory, err := state.Get[float64](from, "memory")
	if err != nil {
		return errors.Join(errors.New("traintest: carrying model"), err)
	}
	c.memory = memory
	return nil
}
