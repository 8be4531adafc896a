package optim_test

import (
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"lenz/graph"
	"lenz/optim"
)

// held is a parameter of any value and gradient.
type held struct{ value, grad gorgonia.Value }

func (h held) Name() string                  { return "w" }
func (h held) Value() gorgonia.Value         { return h.value }
func (h held) Grad() (gorgonia.Value, error) { return h.grad, nil }

// A tensor whose elements do not lie side by side would be updated in the wrong places, in silence.
func TestOnlyDenseTensorsAreTaken(t *testing.T) {
	matrix := func() *tensor.Dense {
		return tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float64{1, 2, 3, 4, 5, 6}))
	}
	column, err := matrix().Slice(nil, tensor.S(0, 2))
	if err != nil {
		t.Fatal(err)
	}
	turned := matrix()
	if err := turned.T(); err != nil {
		t.Fatal(err)
	}
	scalar := gorgonia.NewF64(1)
	for name, h := range map[string]held{
		"view":       {column.(*tensor.Dense), column.(*tensor.Dense)},
		"transposed": {matrix(), turned},
		"scalar":     {scalar, scalar},
		"no value":   {nil, matrix()},
		"precisions": {matrix(), tensor.New(tensor.WithShape(2, 3), tensor.WithBacking(make([]float32, 6)))},
	} {
		o, err := optim.DefaultSGD().New()
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Step([]gorgonia.ValueGrad{h}); err == nil || !strings.Contains(err.Error(), "parameter w") {
			t.Errorf("%s: error %v, want one that names w", name, err)
		}
	}
}

// The parameters of a program are stepped in place, in their arena, and without an allocation.
func TestProgramParameters(t *testing.T) {
	p := graph.NewParams(graph.Float32, 1)
	fill := graph.Zeros()
	for _, name := range []string{"rnn.weight_hh_l0", "rnn.bias_hh_l0"} {
		if _, err := p.Add(name, fill, 2, 1); err != nil {
			t.Fatal(err)
		}
	}
	copy(graph.Grads[float32](p), []float32{1, 2, 3, -4})
	o, err := optim.SGD{Rate: 0.5}.New()
	if err != nil {
		t.Fatal(err)
	}
	vg := p.ValueGrads()
	if err := o.Step(vg); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float32{-0.5, -1, -1.5, 2} {
		if got := graph.Values[float32](p)[i]; got != want {
			t.Errorf("value %d is %v, want %v", i, got, want)
		}
	}
	if n := testing.AllocsPerRun(10, func() {
		if err := o.Step(vg); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a step", n)
	}
}
