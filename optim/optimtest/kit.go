package optimtest

import (
	"math"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"lenz/internal/state"
	"lenz/optim"
)

// Kit is an optimizer to be checked.
type Kit struct {
	New func() (optim.Optimizer, error) // a fresh one, the same each time

	// Decays says that a parameter whose gradient has always been zero moves all the same, as under weight decay.
	Decays bool
}

var precisions = []tensor.Dtype{tensor.Float32, tensor.Float64}

// Check holds the optimizer to what every optimizer promises:
//
//   - the same bits on a rerun, whatever the order of the parameters;
//   - saved and restored into a fresh one after each step, it goes on with the same bits, and what State gave does not change;
//   - float32 and float64 follow each other;
//   - a gradient of zero moves nothing (see Decays), nor does a rate of zero; where only some places have a gradient, the others stay;
//   - weights that are swapped in for evaluation leave no trace when those of training are back, and no step is taken between;
//   - NaN and infinite gradients, missing gradients and names, double names, wrong types and lengths, impossible rates and
//     foreign state are errors, those of a parameter name it, and nothing changes;
//   - the rate can be set, read, and saved;
//   - a step in steady state allocates nothing.
func Check(t *testing.T, k Kit) {
	t.Helper()
	for _, dt := range precisions {
		t.Run(dt.String(), func(t *testing.T) {
			t.Run("rerun", func(t *testing.T) { k.rerun(t, dt) })
			t.Run("round trip", func(t *testing.T) { k.roundTrip(t, dt) })
			t.Run("zero gradient", func(t *testing.T) { k.zeroGradient(t, dt) })
			t.Run("sparse gradient", func(t *testing.T) { k.sparseGradient(t, dt) })
			t.Run("evaluating", func(t *testing.T) { k.evaluating(t, dt) })
			t.Run("zero rate", func(t *testing.T) { k.zeroRate(t, dt) })
			t.Run("refusals", func(t *testing.T) { k.refusals(t, dt) })
			t.Run("allocations", func(t *testing.T) { k.allocations(t, dt) })
		})
	}
	t.Run("precisions agree", k.precisionsAgree)
	t.Run("foreign state", k.foreignState)
	t.Run("rate", k.rate)
}

func (k Kit) build(t *testing.T) optim.Optimizer {
	t.Helper()
	o, err := k.New()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func model(t *testing.T, p Problem, dt tensor.Dtype) *Model {
	t.Helper()
	m, err := NewModel(p, dt)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (k Kit) run(t *testing.T, m *Model, o optim.Optimizer, steps int) {
	t.Helper()
	if err := m.Run(o, steps); err != nil {
		t.Fatal(err)
	}
}

func (k Kit) rerun(t *testing.T, dt tensor.Dtype) {
	a, b, c := model(t, Logistic(), dt), model(t, Logistic(), dt), model(t, Logistic(), dt)
	oc := k.build(t)
	k.run(t, a, k.build(t), 20)
	k.run(t, b, k.build(t), 20)
	for i := range 20 {
		vg := c.ValueGrads()
		if i%2 == 1 {
			vg[0], vg[1] = vg[1], vg[0]
		}
		if err := optim.StepWith(oc, vg, c.Evaluate); err != nil {
			t.Fatal(err)
		}
		c.step++
	}
	if !same(a.X(), b.X()) {
		t.Errorf("two runs end at %v and %v", a.X(), b.X())
	}
	if !same(a.X(), c.X()) {
		t.Errorf("parameters given in another order end at %v, not %v: state is kept by position", c.X(), a.X())
	}
	if same(a.X(), a.Problem.Start) {
		t.Error("20 steps moved nothing")
	}
}

func (k Kit) roundTrip(t *testing.T, dt tensor.Dtype) {
	const steps, more = 6, 3
	straight, o := model(t, NoisyQuadratic(), dt), k.build(t)
	for step := range uint64(steps) {
		saved, x := o.State(), straight.X()
		asSaved := cloneState(saved)
		resumed, again := model(t, NoisyQuadratic(), dt), k.build(t)
		resumed.SetX(x, step)
		if err := again.Restore(saved); err != nil {
			t.Fatalf("after %d steps: %v", step, err)
		}
		if !sameState(saved, again.State()) {
			t.Fatalf("after %d steps: restored as %v, want %v", step, again.State(), saved)
		}
		k.run(t, resumed, again, more)

		other, ahead := model(t, NoisyQuadratic(), dt), k.build(t)
		k.run(t, other, ahead, int(step)+more)
		if !same(resumed.X(), other.X()) || !sameState(again.State(), ahead.State()) {
			t.Fatalf("saved after %d steps, %d later at %v, a run that was not stopped at %v", step, more, resumed.X(), other.X())
		}
		if !sameState(saved, asSaved) {
			t.Fatal("steps after Restore changed the state that was given: it is not copied")
		}
		k.run(t, straight, o, 1)
		if !sameState(saved, asSaved) {
			t.Fatal("a step changed what State gave: it is not a copy")
		}
	}
}

func (k Kit) zeroGradient(t *testing.T, dt tensor.Dtype) {
	if k.Decays {
		t.Skip("it decays")
	}
	m, o := model(t, Rosenbrock(), dt), k.build(t)
	start := m.X()
	for range 3 {
		m.Params[0].SetGrad(0)
		m.Params[1].SetGrad(0)
		if err := stepAsIs(m, o, m.ValueGrads()); err != nil {
			t.Fatal(err)
		}
	}
	if !same(m.X(), start) {
		t.Errorf("three gradients of zero moved %v to %v", start, m.X())
	}
}

// stepAsIs steps with the gradients that the parameters have; an optimizer that evaluates again finds the same.
func stepAsIs(m *Model, o optim.Optimizer, vg []gorgonia.ValueGrad) error {
	return optim.StepWith(o, vg, func() (float64, error) { return m.Loss(), nil })
}

// sparseGradient lowers a loss that depends on the first and the fifth of six variables.
func (k Kit) sparseGradient(t *testing.T, dt tensor.Dtype) {
	p := Quadratic()
	p.Loss = func(x, g []float64, _ uint64) float64 {
		clear(g)
		g[0], g[4] = x[0], x[4]/2
		return x[0]*x[0]/2 + x[4]*x[4]/4
	}
	m, o := model(t, p, dt), k.build(t)
	start := m.X()
	k.run(t, m, o, 10)
	for i, x := range m.X() {
		switch {
		case i == 0 || i == 4:
			if !(math.Abs(x) < math.Abs(start[i])) {
				t.Errorf("x[%d] went from %v to %v, away from its minimum at 0", i, start[i], x)
			}
		case !k.Decays && x != start[i]:
			t.Errorf("x[%d] never had a gradient and moved from %v to %v", i, start[i], x)
		}
	}
}

// evaluating swaps weights after every step of one run and never in another.
func (k Kit) evaluating(t *testing.T, dt tensor.Dtype) {
	a, b, oa, ob := model(t, Logistic(), dt), model(t, Logistic(), dt), k.build(t), k.build(t)
	vg := b.ValueGrads()
	swap := func(on bool) {
		if err := optim.Evaluating(ob, vg, on); err != nil {
			t.Fatal(err)
		}
	}
	for step := range 6 {
		swap(true)
		swap(true)
		if !same(a.X(), b.X()) {
			if err := stepAsIs(b, ob, vg); err == nil {
				t.Fatal("a step was taken while other weights are in place")
			}
		}
		swap(false)
		swap(false)
		if !same(a.X(), b.X()) || !sameState(oa.State(), ob.State()) {
			t.Fatalf("after %d steps: evaluating left a trace", step)
		}
		k.run(t, a, oa, 1)
		k.run(t, b, ob, 1)
	}
}

func (k Kit) zeroRate(t *testing.T, dt tensor.Dtype) {
	m, o := model(t, Rosenbrock(), dt), k.build(t)
	start := m.X()
	o.SetRate(0)
	k.run(t, m, o, 3)
	if !same(m.X(), start) {
		t.Errorf("a rate of 0 moved %v to %v", start, m.X())
	}
}

func (k Kit) precisionsAgree(t *testing.T) {
	narrow, wide := model(t, Logistic(), tensor.Float32), model(t, Logistic(), tensor.Float64)
	k.run(t, narrow, k.build(t), 20)
	k.run(t, wide, k.build(t), 20)
	for i, x := range wide.X() {
		// 20 steps, each of a few roundings of 6e-8, on values of about one
		if d := math.Abs(narrow.X()[i] - x); d > 1e-4*math.Max(math.Abs(x), 0.1) {
			t.Errorf("after 20 steps x[%d] is %v in float32, %v in float64", i, narrow.X()[i], x)
		}
	}
}

func (k Kit) rate(t *testing.T) {
	o := k.build(t)
	for _, want := range []float64{0.25, 0} {
		o.SetRate(want)
		if got := o.Rate(); got != want {
			t.Errorf("after SetRate(%v) the rate is %v", want, got)
		}
	}
	o.SetRate(0.125)
	again := k.build(t)
	if err := again.Restore(o.State()); err != nil {
		t.Fatal(err)
	}
	if again.Rate() != 0.125 {
		t.Errorf("a rate of 0.125 was restored as %v", again.Rate())
	}
}

func (k Kit) allocations(t *testing.T, dt tensor.Dtype) {
	m, o := model(t, Logistic(), dt), k.build(t)
	k.run(t, m, o, 3)
	vg, closure := m.ValueGrads(), optim.Closure(m.Evaluate)
	if n := testing.AllocsPerRun(100, func() {
		if err := optim.StepWith(o, vg, closure); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a step", n)
	}
}

func (k Kit) refusals(t *testing.T, dt tensor.Dtype) {
	short, err := NewParam(dt, "tail", 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		spoil func(*Model, []gorgonia.ValueGrad, optim.Optimizer)
		want  string
	}{
		{"NaN", func(m *Model, _ []gorgonia.ValueGrad, _ optim.Optimizer) { m.Params[1].SetGrad(math.NaN()) }, "tail"},
		{"infinity", func(m *Model, _ []gorgonia.ValueGrad, _ optim.Optimizer) { m.Params[1].SetGrad(math.Inf(-1)) }, "tail"},
		{"no gradient", func(m *Model, _ []gorgonia.ValueGrad, _ optim.Optimizer) { m.Params[1].DropGrad() }, "tail"},
		{"nil gradient", func(m *Model, vg []gorgonia.ValueGrad, _ optim.Optimizer) { vg[1] = noGrad{m.Params[1]} }, "tail"},
		{"no name", func(m *Model, vg []gorgonia.ValueGrad, _ optim.Optimizer) { vg[1] = unnamed{m.Params[1]} }, "name"},
		{"empty name", func(m *Model, _ []gorgonia.ValueGrad, _ optim.Optimizer) { m.Params[1].name = "" }, "name"},
		{"slash", func(m *Model, _ []gorgonia.ValueGrad, _ optim.Optimizer) { m.Params[1].name = "a/b" }, "a/b"},
		{"two of a name", func(m *Model, _ []gorgonia.ValueGrad, _ optim.Optimizer) { m.Params[1].name = "head" }, "head"},
		{"length", func(m *Model, _ []gorgonia.ValueGrad, _ optim.Optimizer) { m.Params[1].grad = short.grad }, "tail"},
		{"integers", func(m *Model, _ []gorgonia.ValueGrad, _ optim.Optimizer) {
			m.Params[1].grad = tensor.New(tensor.WithShape(1), tensor.WithBacking([]int{1}))
		}, "tail"},
		{"NaN rate", func(_ *Model, _ []gorgonia.ValueGrad, o optim.Optimizer) { o.SetRate(math.NaN()) }, "rate"},
		{"negative rate", func(_ *Model, _ []gorgonia.ValueGrad, o optim.Optimizer) { o.SetRate(-1) }, "rate"},
	} {
		for _, steps := range []int{0, 2} {
			m, o := model(t, Logistic(), dt), k.build(t)
			k.run(t, m, o, steps)
			m.Gradient()
			x, saved, rate := m.X(), o.State(), o.Rate()
			vg := m.ValueGrads()
			c.spoil(m, vg, o)
			err := stepAsIs(m, o, vg)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s after %d steps: error %v, want one with %q", c.name, steps, err, c.want)
			}
			o.SetRate(rate)
			if !same(m.X(), x) || !sameState(o.State(), saved) {
				t.Errorf("%s after %d steps: refused, and something changed", c.name, steps)
			}
		}
	}
}

// unnamed hides a parameter's name, noGrad its gradient.
type unnamed struct{ gorgonia.ValueGrad }
type noGrad struct{ *Param }

func (noGrad) Grad() (gorgonia.Value, error) { return nil, nil }

func (k Kit) foreignState(t *testing.T) {
	m, o := model(t, Logistic(), tensor.Float64), k.build(t)
	k.run(t, m, o, 2)
	saved := o.State()
	for _, key := range state.Keys(saved) {
		cut := o.State()
		delete(cut, key)
		if err := k.build(t).Restore(cut); err == nil {
			t.Errorf("Restore took a state without %q", key)
		}
	}
	if err := k.build(t).Restore(state.State{}); err == nil {
		t.Error("Restore took an empty state")
	}
}
