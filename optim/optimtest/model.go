package optimtest

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"lenz/optim"
)

// Model is a problem whose variables are two named parameters, head (all but the last) and tail, in one precision.
type Model struct {
	Problem Problem
	Params  []*Param
	step    uint64
}

// NewModel places the problem's start in parameters of float32 or float64.
func NewModel(p Problem, dt tensor.Dtype) (*Model, error) {
	n := len(p.Start)
	if n < 2 {
		return nil, fmt.Errorf("optimtest: problem %s has %d variables, want at least 2", p.Name, n)
	}
	head, err := NewParam(dt, "head", p.Start[:n-1]...)
	if err != nil {
		return nil, err
	}
	tail, err := NewParam(dt, "tail", p.Start[n-1])
	if err != nil {
		return nil, err
	}
	return &Model{Problem: p, Params: []*Param{head, tail}}, nil
}

// X returns the variables.
func (m *Model) X() []float64 { return append(m.Params[0].Values(), m.Params[1].Values()...) }

// SetX sets the variables and the number of steps taken.
func (m *Model) SetX(x []float64, step uint64) {
	write(m.Params[0].value, x[:len(x)-1])
	write(m.Params[1].value, x[len(x)-1:])
	m.step = step
}

// Loss is the loss at the variables, without noise.
func (m *Model) Loss() float64 {
	x := m.X()
	return m.Problem.Loss(x, make([]float64, len(x)), m.step)
}

// Gradient fills the parameters' gradients for the next step.
func (m *Model) Gradient() {
	x := m.X()
	g := make([]float64, len(x))
	m.Problem.Loss(x, g, m.step)
	m.Params[0].SetGrad(g[:len(g)-1]...)
	m.Params[1].SetGrad(g[len(g)-1])
	m.step++
}

// ValueGrads is what a solver steps.
func (m *Model) ValueGrads() []gorgonia.ValueGrad {
	return []gorgonia.ValueGrad{m.Params[0], m.Params[1]}
}

// Run takes the given number of steps.
func (m *Model) Run(o optim.Optimizer, steps int) error {
	for range steps {
		m.Gradient()
		if err := o.Step(m.ValueGrads()); err != nil {
			return err
		}
	}
	return nil
}

// Excess is how far the loss is above the minimum, as a share of what it was at the start. NaN counts as infinite.
func (m *Model) Excess() float64 {
	p := m.Problem
	start := p.Loss(p.Start, make([]float64, len(p.Start)), 0)
	e := (m.Loss() - p.Minimum) / (start - p.Minimum)
	if math.IsNaN(e) {
		return math.Inf(1)
	}
	return e
}
