package optimtest

import (
	"errors"
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Param is a named parameter with a gradient, of float32 or float64. It is a gorgonia.ValueGrad and a Namer.
type Param struct {
	name        string
	value, grad *tensor.Dense
}

var (
	_ gorgonia.ValueGrad = (*Param)(nil)
	_ gorgonia.Namer     = (*Param)(nil)
)

// NewParam returns a parameter of shape [n] with the given precision and values, and a gradient of zeros.
func NewParam(dt tensor.Dtype, name string, values ...float64) (*Param, error) {
	return NewShaped(dt, name, tensor.Shape{len(values)}, values...)
}

// NewShaped is NewParam for any shape; the values are row-major.
func NewShaped(dt tensor.Dtype, name string, shape tensor.Shape, values ...float64) (*Param, error) {
	n := len(values)
	p := &Param{name: name}
	switch {
	case n == 0:
		return nil, errors.New("optimtest: a parameter needs values")
	case shape.TotalSize() != n:
		return nil, fmt.Errorf("optimtest: %d values for a parameter of shape %v", n, shape)
	case dt == tensor.Float32:
		p.value = tensor.New(tensor.WithShape(shape...), tensor.WithBacking(make([]float32, n)))
		p.grad = tensor.New(tensor.WithShape(shape...), tensor.WithBacking(make([]float32, n)))
	case dt == tensor.Float64:
		p.value = tensor.New(tensor.WithShape(shape...), tensor.WithBacking(make([]float64, n)))
		p.grad = tensor.New(tensor.WithShape(shape...), tensor.WithBacking(make([]float64, n)))
	default:
		return nil, fmt.Errorf("optimtest: a parameter of %v, want float32 or float64", dt)
	}
	write(p.value, values)
	return p, nil
}

// Name is the parameter's name.
func (p *Param) Name() string { return p.name }

// Value is its tensor.
func (p *Param) Value() gorgonia.Value { return p.value }

// Grad is a tensor of the same shape, or an error after DropGrad.
func (p *Param) Grad() (gorgonia.Value, error) {
	if p.grad == nil {
		return nil, errors.New("the loss does not depend on it")
	}
	return p.grad, nil
}

// DropGrad leaves the parameter without a gradient.
func (p *Param) DropGrad() { p.grad = nil }

// SetGrad rounds the values into the gradient.
func (p *Param) SetGrad(values ...float64) { write(p.grad, values) }

// Values returns a copy of the values.
func (p *Param) Values() []float64 { return read(p.value) }

func write(d *tensor.Dense, values []float64) {
	if d.Dtype() == tensor.Float32 {
		for i, v := range values {
			d.Float32s()[i] = float32(v)
		}
		return
	}
	copy(d.Float64s(), values)
}

func read(d *tensor.Dense) []float64 {
	out := make([]float64, d.DataSize())
	readInto(out, d)
	return out
}

// readInto copies the values and returns their number.
func readInto(out []float64, d *tensor.Dense) int {
	if d.Dtype() == tensor.Float64 {
		return copy(out, d.Float64s())
	}
	for i, v := range d.Float32s() {
		out[i] = float64(v)
	}
	return d.DataSize()
}
