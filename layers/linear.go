package layers

import (
	"fmt"

	"lenz/graph"
)

// Linear is an affine map of the last dimension, y = x W^T + b, with W [outputs, inputs] and b [outputs].
type Linear struct {
	weight, bias *graph.Param
}

// NewLinear declares NAME.weight and, with bias, NAME.bias.
func NewLinear(p *graph.Params, name string, inputs, outputs int, bias bool, init Init) (*Linear, error) {
	if inputs < 1 || outputs < 1 {
		return nil, fmt.Errorf("layers: %s: linear from %d inputs to %d outputs; both must be at least 1", name, inputs, outputs)
	}
	if err := init.check(); err != nil {
		return nil, fmt.Errorf("layers: %s: %w", name, err)
	}
	l := &Linear{}
	var err error
	if l.weight, err = p.Add(name+".weight", init.input(1, inputs), outputs, inputs); err != nil {
		return nil, err
	}
	if bias {
		l.bias, err = p.Add(name+".bias", init.bias(inputs), outputs)
	}
	return l, err
}

// Apply returns the layer of x [..., inputs]: [..., outputs].
func (l *Linear) Apply(b *graph.Builder, x *graph.Node) *graph.Node {
	var bias *graph.Node
	if l.bias != nil {
		bias = b.Param(l.bias)
	}
	return b.Linear(x, b.Param(l.weight), bias)
}
