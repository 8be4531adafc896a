package recurrent

import (
	"fmt"

	"lenz/datasets"
	"lenz/graph"
	"lenz/internal/rng"
	"lenz/internal/state"
)

// Model is a recurrent network, or an ensemble of them, for batches of one layout: a forecaster, or a labeller of steps
// or of whole sequences. LSTM.New, GRU.New and RNN.New build it. Parameters are named as in PyTorch: rnn.weight_ih_l0,
// ..., head.weight, head.bias, and with an ensemble members.0.rnn.weight_ih_l0, ...
//
// It is a source of gradients for a trainer. Programs are compiled once a shape and kept, the least recently used
// one being closed when there are too many. Use a model from one goroutine, and Close it.
type Model struct {
	name     string
	cell     cell
	settings Settings
	layout   datasets.Layout
	params   *graph.Params
	nets     []*net
	loss     graph.Loss
	outputs  int // numbers for each target element
	width    int // numbers for all targets of one step
	programs cache
	learning carried // states between batches of truncated BPTT
	watching carried // the same in evaluation
	paths    *rng.Stream
	norm     norm
}

// build makes the model after the settings were checked by themselves.
func build(name string, c cell, s Settings, l datasets.Layout, seed uint64) (*Model, error) {
	if err := s.fits(l); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	m := &Model{
		name: name, cell: c, settings: s, layout: l,
		params: graph.NewParams(graph.Precision(s.Precision), seed), loss: s.loss(l), paths: rng.New(seed, "forecast paths"),
	}
	m.outputs = m.loss.Outputs()
	m.width = len(l.Targets) * m.outputs
	for i := range s.Members {
		prefix := ""
		if s.Members > 1 {
			prefix = fmt.Sprintf("members.%d.", i)
		}
		n, err := m.declare(prefix)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		m.nets = append(m.nets, n)
	}
	return m, nil
}

func (s Settings) loss(l datasets.Layout) graph.Loss {
	switch {
	case l.Classes > 0:
		return graph.Softmax(l.Classes)
	case s.Head == "gaussian":
		return graph.Gaussian()
	case s.Head == "quantile":
		return graph.Quantile(s.Levels...)
	case s.Loss == "mae":
		return graph.MAE()
	case s.Loss == "huber":
		return graph.Huber(s.HuberDelta)
	}
	return graph.MSE()
}

// Params returns the parameters.
func (m *Model) Params() *graph.Params { return m.params }

// Layout describes the batches that the model takes.
func (m *Model) Layout() datasets.Layout { return m.layout }

// Repeatable is true: the same batch, step and parameters give the same gradient to the bit.
func (m *Model) Repeatable() bool { return true }

// Close releases all programs. The model compiles new ones if it is used again.
func (m *Model) Close() error { return m.programs.close() }

// State returns the states that truncated BPTT carries from batch to batch. The parameters have their own (Params).
func (m *Model) State() state.State { return m.learning.state() }

// Restore sets the carried states.
func (m *Model) Restore(s state.State) error {
	if err := m.learning.restore(s, m.sizes()); err != nil {
		return fmt.Errorf("%s: %w", m.name, err)
	}
	return nil
}

func (m *Model) recursive() bool { return m.settings.Strategy == "recursive" }

func (m *Model) gaussian() bool { return m.settings.Head == "gaussian" }

// pointOutputs is how many of a target's outputs lie where the target does: mu alone of the gaussian head, all of the
// others.
func (m *Model) pointOutputs() int {
	if m.gaussian() {
		return 1
	}
	return m.outputs
}
