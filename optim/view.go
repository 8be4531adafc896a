package optim

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"lenz/graph/kernel"
)

type float interface{ float32 | float64 }

// view is the memory of one parameter and its gradient: the slices of one precision are set, the others nil.
type view struct {
	name     string
	shape    tensor.Shape
	x32, g32 []float32
	x64, g64 []float64
}

// look finds the memory behind a ValueGrad. It allocates nothing, since each step asks it again: what a
// parameter's memory is may change between steps.
func look(vg gorgonia.ValueGrad) (view, error) {
	v, err := lookAtValue(vg)
	if err != nil {
		return v, err
	}
	grad, err := vg.Grad()
	if err != nil {
		return v, fmt.Errorf("parameter %s has no gradient: %w", v.name, err)
	}
	if grad == nil {
		return v, fmt.Errorf("parameter %s has no gradient: does the loss depend on it?", v.name)
	}
	g, err := dense(grad)
	if err != nil {
		return v, fmt.Errorf("parameter %s: its gradient is %w", v.name, err)
	}
	switch {
	case g.Dtype() == tensor.Float32 && v.x32 != nil:
		v.g32 = g.Float32s()
	case g.Dtype() == tensor.Float64 && v.x64 != nil:
		v.g64 = g.Float64s()
	}
	if len(v.g32) != len(v.x32) || len(v.g64) != len(v.x64) {
		return v, fmt.Errorf("parameter %s is %v of %v, its gradient %v of %v: want the same",
			v.name, vg.Value().Dtype(), v.shape, g.Dtype(), g.Shape())
	}
	return v, nil
}

// lookAtValue is look without the gradient.
func lookAtValue(vg gorgonia.ValueGrad) (view, error) {
	named, ok := vg.(gorgonia.Namer)
	if !ok || named.Name() == "" {
		return view{}, fmt.Errorf("a parameter (%T) has no name: state is kept by name, so give it a Name() string", vg)
	}
	v := view{name: named.Name()}
	if strings.Contains(v.name, "/") {
		return v, fmt.Errorf("parameter %q has a / in its name, which the keys of a saved state cannot hold", v.name)
	}
	x, err := dense(vg.Value())
	if err != nil {
		return v, fmt.Errorf("parameter %s: its value is %w", v.name, err)
	}
	v.shape = x.Shape()
	if x.Dtype() == tensor.Float32 {
		v.x32 = x.Float32s()
	} else {
		v.x64 = x.Float64s()
	}
	return v, nil
}

// dense is the value as a tensor whose memory can be walked from end to end. The error continues "is ...".
func dense(v gorgonia.Value) (*tensor.Dense, error) {
	d, ok := v.(*tensor.Dense)
	switch {
	case !ok:
		return nil, fmt.Errorf("a %T, want a *tensor.Dense of float32 or float64", v)
	case d == nil:
		return nil, errors.New("nil")
	case d.Dtype() != tensor.Float32 && d.Dtype() != tensor.Float64:
		return nil, fmt.Errorf("a tensor of %v, want float32 or float64", d.Dtype())
	case d.RequiresIterator():
		return nil, fmt.Errorf("a tensor of %v whose elements do not lie side by side: clone it first", d.Shape())
	}
	return d, nil
}

// finite returns an error that names the parameter and the place unless all of its gradient is finite.
func (v view) finite() error {
	i, g := 0, 0.0
	if v.g32 != nil {
		if i = firstNonFinite(v.g32); i >= 0 {
			g = float64(v.g32[i])
		}
	} else if i = firstNonFinite(v.g64); i >= 0 {
		g = v.g64[i]
	}
	if i < 0 {
		return nil
	}
	return fmt.Errorf("the gradient of parameter %s is %v at element %d of %v: lower the rate, or clip gradients before they grow",
		v.name, g, i, v.shape)
}

// firstNonFinite is the index of the first NaN or infinity, or -1.
func firstNonFinite[T float](x []T) int {
	if kernel.Finite(x) {
		return -1
	}
	return slices.IndexFunc(x, func(v T) bool { return v-v != 0 })
}

// finiteRate is the error of Step when SetRate was given a rate that no step can take.
func finiteRate(rate float64) error {
	if !(rate >= 0) || math.IsInf(rate, 1) {
		return fmt.Errorf("the rate is %v, want a finite number of at least 0", rate)
	}
	return nil
}
