package optim_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"lenz/internal/state"
	"lenz/optim"
	"lenz/optim/optimtest"
)

var precisions = []tensor.Dtype{tensor.Float32, tensor.Float64}

// two returns parameters a = (1, -2) with gradient (3, 0) and b = (4) with gradient (-4): their norm is 5.
func two(t *testing.T, dt tensor.Dtype) (a, b *optimtest.Param, vg []gorgonia.ValueGrad) {
	t.Helper()
	a, err := optimtest.NewParam(dt, "a", 1, -2)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = optimtest.NewParam(dt, "b", 4); err != nil {
		t.Fatal(err)
	}
	a.SetGrad(3, 0)
	b.SetGrad(-4)
	return a, b, []gorgonia.ValueGrad{a, b}
}

// after is what a step of SGD at a rate of 1 behind the transforms subtracts: the transformed gradients.
func after(t *testing.T, dt tensor.Dtype, ts ...optim.Transform) []float64 {
	t.Helper()
	a, b, vg := two(t, dt)
	before := append(a.Values(), b.Values()...)
	o, err := optim.SGD{Rate: 1}.New()
	if err != nil {
		t.Fatal(err)
	}
	if err := optim.Chain(o, ts...).Step(vg); err != nil {
		t.Fatal(err)
	}
	for i, x := range append(a.Values(), b.Values()...) {
		before[i] -= x
	}
	return before
}

func TestTransforms(t *testing.T) {
	norm := func(max float64) optim.Transform {
		c, err := optim.NewClipNorm(max)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	value, err := optim.NewClipValue(2)
	if err != nil {
		t.Fatal(err)
	}
	l2, err := optim.NewL2(0.5)
	if err != nil {
		t.Fatal(err)
	}
	for _, dt := range precisions {
		for _, c := range []struct {
			name string
			ts   []optim.Transform
			want []float64
		}{
			{"none", nil, []float64{3, 0, -4}},
			{"norm below the bound", []optim.Transform{norm(5)}, []float64{3, 0, -4}},
			{"norm above the bound", []optim.Transform{norm(2.5)}, []float64{1.5, 0, -2}},
			{"infinite bound", []optim.Transform{norm(math.Inf(1))}, []float64{3, 0, -4}},
			{"value", []optim.Transform{value}, []float64{2, 0, -2}},
			{"l2", []optim.Transform{l2}, []float64{3.5, -1, -2}},
			{"in order", []optim.Transform{norm(2.5), l2}, []float64{2, -1, 0}},
			{"in the other order", []optim.Transform{l2, value}, []float64{2, -1, -2}},
		} {
			if d := cmp.Diff(c.want, after(t, dt, c.ts...)); d != "" {
				t.Errorf("%s %v: %s", c.name, dt, d)
			}
		}
	}
}

func TestNormIsThatBeforeClipping(t *testing.T) {
	for _, dt := range precisions {
		o, err := chained("sgd", nil, 2.5, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, _, vg := two(t, dt)
		if err := o.Step(vg); err != nil {
			t.Fatal(err)
		}
		s, err := optim.WithSchedule(o, optim.ScheduleFunc(func(optim.Progress) float64 { return 1 }), 1)
		if err != nil {
			t.Fatal(err)
		}
		if norm, ok := optim.Norm(s); norm != 5 || !ok {
			t.Errorf("Norm = %v, %v, want 5, true", norm, ok)
		}
	}
	o, err := build("sgd", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := optim.Norm(o); ok {
		t.Error("Norm is true without a ClipNorm")
	}
}

// However large the gradients, the clipped norm is the bound and the direction stays.
func TestClippedNormIsTheBound(t *testing.T) {
	c, err := optim.NewClipNorm(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []float64{0.5, 1, 3, 1e10, 1e150} {
		p, err := optimtest.NewParam(tensor.Float64, "p", make([]float64, 7)...)
		if err != nil {
			t.Fatal(err)
		}
		g := []float64{1, 2, 3, -4, 5, -6, 7} // norm sqrt(140)
		for i := range g {
			g[i] *= size / math.Sqrt(140)
		}
		p.SetGrad(g...)
		if err := c.Transform([]gorgonia.ValueGrad{p}); err != nil {
			t.Fatal(err)
		}
		grad, err := p.Grad()
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i, v := range grad.Data().([]float64) {
			sum += v * v
			if want := g[i] / size * min(size, 1); math.Abs(v-want) > 1e-15 {
				t.Errorf("size %v: element %d is %v, want %v", size, i, v, want)
			}
		}
		if want := min(size, 1); math.Abs(math.Sqrt(sum)-want) > 1e-14 {
			t.Errorf("size %v: the norm is %v, want %v", size, math.Sqrt(sum), want)
		}
	}
}

func TestTransformsNameTheParameterOfABadGradient(t *testing.T) {
	for name, ts := range map[string]func() (optim.Transform, error){
		"norm":  func() (optim.Transform, error) { return optim.NewClipNorm(1) },
		"value": func() (optim.Transform, error) { return optim.NewClipValue(1) },
	} {
		c, err := ts()
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []float64{math.NaN(), math.Inf(1)} {
			_, b, vg := two(t, tensor.Float64)
			b.SetGrad(bad)
			if err := c.Transform(vg); err == nil || !strings.Contains(err.Error(), "parameter b ") {
				t.Errorf("%s, gradient %v: error %v, want one that names b", name, bad, err)
			}
		}
	}
	c, err := optim.NewClipNorm(1)
	if err != nil {
		t.Fatal(err)
	}
	_, b, vg := two(t, tensor.Float64)
	b.SetGrad(1e200)
	if err := c.Transform(vg); err == nil || !strings.Contains(err.Error(), "overflow") {
		t.Errorf("squares that overflow: %v", err)
	}
}

func TestTransformsRefuseBadBounds(t *testing.T) {
	for _, bad := range []float64{-1, math.NaN()} {
		if _, err := optim.NewClipNorm(bad); err == nil {
			t.Errorf("NewClipNorm(%v) gave no error", bad)
		}
		if _, err := optim.NewClipValue(bad); err == nil {
			t.Errorf("NewClipValue(%v) gave no error", bad)
		}
		if _, err := optim.NewL2(bad); err == nil {
			t.Errorf("NewL2(%v) gave no error", bad)
		}
	}
	if _, err := optim.NewClipNorm(0); err == nil {
		t.Error("a bound of 0 would stop all learning")
	}
}

// counter is a transform that keeps something: it scales gradients by the number of steps.
type counter struct{ steps int }

func (c *counter) Transform(model []gorgonia.ValueGrad) error {
	c.steps++
	for _, vg := range model {
		g, err := vg.Grad()
		if err != nil {
			return err
		}
		for i := range g.Data().([]float64) {
			g.Data().([]float64)[i] *= float64(c.steps)
		}
	}
	return nil
}

func (c *counter) State() state.State { return state.State{"steps": c.steps} }

func (c *counter) Restore(s state.State) error {
	var err error
	c.steps, err = state.Get[int](s, "steps")
	return err
}

// A transform written elsewhere, with state, is saved and restored with the optimizer behind it.
func TestChainKeepsTheStateOfTransforms(t *testing.T) {
	fresh := func() optim.Optimizer {
		o, err := optim.SGD{Rate: 1e-4}.New()
		if err != nil {
			t.Fatal(err)
		}
		return optim.Chain(o, &counter{})
	}
	a, b, straight, stopped := fresh(), fresh(), newModel(t), newModel(t)
	for step := range 5 {
		if err := straight.Run(a, 1); err != nil {
			t.Fatal(err)
		}
		saved := b.State()
		b = fresh()
		if err := b.Restore(saved); err != nil {
			t.Fatal(err)
		}
		if err := stopped.Run(b, 1); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(straight.X(), stopped.X()); d != "" {
			t.Fatalf("step %d: %s", step, d)
		}
	}
	o, err := optim.SGD{Rate: 1}.New()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Restore(optim.Chain(o, optim.L2{}).State()); err == nil {
		t.Error("a chain took a state without that of its transform")
	}
}
