package optimtest

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"lenz/optim"
)

// Model is a problem whose variables are named parameters in one precision: head (all but the last) and tail, unless the problem has
// shapes of its own.
type Model struct {
	Problem Problem
	Params  []*Param
	step    uint64
	x, g    []float64
}

// NewModel places the problem's start in parameters of float32 or float64.
func NewModel(p Problem, dt tensor.Dtype) (*Model, error) {
	n := len(p.Start)
	if n < 2 {
		return nil, fmt.Errorf("optimtest: problem %s has %d variables, want at least 2", p.Name, n)
	}
	shapes := p.Shapes
	if shapes == nil {
		shapes = []tensor.Shape{{n - 1}, {1}}
	}
	m := &Model{Problem: p, x: make([]float64, n), g: make([]float64, n)}
	at := 0
	for i, s := range shapes {
		end := at + s.TotalSize()
		if end > n {
			return nil, fmt.Errorf("optimtest: problem %s has %d variables, its shapes %v have more", p.Name, n, shapes)
		}
		q, err := NewShaped(dt, [...]string{"head", "tail", "third", "fourth"}[i], s, p.Start[at:end]...)
		if err != nil {
			return nil, err
		}
		m.Params = append(m.Params, q)
		at = end
	}
	if at != n {
		return nil, fmt.Errorf("optimtest: problem %s has %d variables, its shapes %v have %d", p.Name, n, shapes, at)
	}
	return m, nil
}

// X returns the variables.
func (m *Model) X() []float64 {
	var x []float64
	for _, p := range m.Params {
		x = append(x, p.Values()...)
	}
	return x
}

// SetX sets the variables and the number of steps taken.
func (m *Model) SetX(x []float64, step uint64) {
	at := 0
	for _, p := range m.Params {
		n := p.value.DataSize()
		write(p.value, x[at:at+n])
		at += n
	}
	m.step = step
}

// Loss is the loss at the variables, without noise.
func (m *Model) Loss() float64 {
	x := m.X()
	return m.Problem.Loss(x, make([]float64, len(x)), m.step)
}

// Evaluate fills the parameters' gradients at the present values and step and returns the loss: an optim.Closure.
func (m *Model) Evaluate() (float64, error) {
	at := 0
	for _, p := range m.Params {
		at += readInto(m.x[at:], p.value)
	}
	loss := m.Problem.Loss(m.x, m.g, m.step)
	at = 0
	for _, p := range m.Params {
		n := p.value.DataSize()
		if p.grad != nil {
			write(p.grad, m.g[at:at+n])
		}
		at += n
	}
	return loss, nil
}

// Gradient fills the parameters' gradients and counts a step.
func (m *Model) Gradient() {
	if _, err := m.Evaluate(); err == nil {
		m.step++
	}
}

// ValueGrads is what a solver steps.
func (m *Model) ValueGrads() []gorgonia.ValueGrad {
	out := make([]gorgonia.ValueGrad, len(m.Params))
	for i, p := range m.Params {
		out[i] = p
	}
	return out
}

// Run takes the given number of steps.
func (m *Model) Run(o optim.Optimizer, steps int) error {
	vg := m.ValueGrads()
	for range steps {
		if err := optim.StepWith(o, vg, m.Evaluate); err != nil {
			return err
		}
		m.step++
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
