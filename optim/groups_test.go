package optim_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"lenz/optim"
	"lenz/optim/optimtest"
)

func number(x float64) *float64 { return &x }

// a is stepped at twice the rate, b decays; the later group wins where both say something.
func TestGroups(t *testing.T) {
	for _, c := range []struct {
		name   string
		groups []optim.Group
		want   []float64 // of a, a, b; they begin at 1, -2, 4 with gradients 3, 0, -4
	}{
		{"none", nil, []float64{0.7, -2, 4.4}},
		{"rate", []optim.Group{{Pattern: "a", Rate: number(2)}}, []float64{0.4, -2, 4.4}},
		{"decay of all", []optim.Group{{Pattern: "*", Decay: number(0.5)}}, []float64{0.65, -1.9, 4.2}},
		{"later wins", []optim.Group{{Pattern: "*", Decay: number(0.5), Rate: number(0)}, {Pattern: "?", Rate: number(1)}, {Pattern: "b", Decay: number(0)}},
			[]float64{0.65, -1.9, 4.4}},
		{"rate scales the decay", []optim.Group{{Pattern: "a", Rate: number(2), Decay: number(0.5)}}, []float64{0.3, -1.8, 4.4}},
	} {
		o, err := optim.SGD{Rate: 0.1}.New()
		if err != nil {
			t.Fatal(err)
		}
		if err := optim.SetGroups(optim.Chain(o, optim.Centralize{}), c.groups...); err != nil {
			t.Fatal(err)
		}
		a, b, vg := two(t, tensor.Float64)
		if err := o.Step(vg); err != nil {
			t.Fatal(err)
		}
		for i, x := range append(a.Values(), b.Values()...) {
			if !near(x, c.want[i], 1e-15) {
				t.Errorf("%s: value %d is %v, want %v", c.name, i, x, c.want[i])
			}
		}
	}
}

// The decay of a group replaces the optimizer's own.
func TestGroupsReplaceTheDecayOfAdamW(t *testing.T) {
	run := func(name string, set map[string]string, gs ...optim.Group) []float64 {
		o, err := build(name, set)
		if err == nil {
			err = optim.SetGroups(o, gs...)
		}
		if err != nil {
			t.Fatal(err)
		}
		m := newModelOf(t, optimtest.Logistic())
		if err := m.Run(o, 10); err != nil {
			t.Fatal(err)
		}
		return m.X()
	}
	none := optim.Group{Pattern: "*", Decay: number(0)}
	if d := cmp.Diff(run("adam", nil), run("adamw", map[string]string{"lambda": "0.3"}, none)); d != "" {
		t.Errorf("AdamW without decay is not Adam: %s", d)
	}
	some := optim.Group{Pattern: "*", Decay: number(0.3)}
	if d := cmp.Diff(run("adamw", map[string]string{"lambda": "0.3"}), run("adam", nil, some)); d != "" {
		t.Errorf("Adam with decay is not AdamW: %s", d)
	}
}

func TestGroupsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, c := range []struct {
		optimizer string
		group     optim.Group
		want      string
	}{
		{"sgd", optim.Group{Pattern: "[", Rate: number(1)}, "is no pattern"},
		{"sgd", optim.Group{Pattern: "a"}, "changes nothing"},
		{"sgd", optim.Group{Pattern: "a", Rate: number(-1)}, "rate is -1"},
		{"sgd", optim.Group{Pattern: "a", Decay: number(-1)}, "decay is -1"},
		{"lbfgs", optim.Group{Pattern: "a", Decay: number(1)}, "takes no groups"},
		{"prodigy", optim.Group{Pattern: "a", Rate: number(2)}, "one step size for all"},
	} {
		o, err := build(c.optimizer, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := optim.SetGroups(o, c.group); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %+v: error %v, want one with %q", c.optimizer, c.group, err, c.want)
		}
	}
	o, err := optim.SGD{Rate: 0.1}.New()
	if err == nil {
		err = optim.SetGroups(o, optim.Group{Pattern: "c*", Rate: number(2)})
	}
	if err != nil {
		t.Fatal(err)
	}
	a, _, vg := two(t, tensor.Float64)
	if err := o.Step(vg); err == nil || !strings.Contains(err.Error(), "group c* matches no parameter") || !strings.Contains(err.Error(), "a, b") {
		t.Errorf("a group without a parameter: %v", err)
	}
	if a.Values()[0] != 1 {
		t.Error("the step was refused, and something moved")
	}
}

// Steps along the mean of k gradients are those of the mean itself.
func TestAccumulatedGradientsAreTheirMean(t *testing.T) {
	build := func() optim.Optimizer {
		o, err := build("adam", nil)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	each, whole := build(), build()
	each, err := optim.NewAccumulate(each, 4)
	if err != nil {
		t.Fatal(err)
	}
	p, err := optimtest.NewParam(tensor.Float64, "p", 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	q, err := optimtest.NewParam(tensor.Float64, "p", 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	for step := range 3 {
		before := p.Values()
		for i := range 4 {
			if d := cmp.Diff(before, p.Values()); d != "" {
				t.Errorf("step %d moved after %d of 4 gradients", step, i)
			}
			p.SetGrad(float64(i+step), -2*float64(i))
			if err := each.Step(valueGrads(p)); err != nil {
				t.Fatal(err)
			}
		}
		q.SetGrad(1.5+float64(step), -3)
		if err := whole.Step(valueGrads(q)); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(q.Values(), p.Values()); d != "" {
			t.Errorf("step %d: %s", step, d)
		}
	}
}

func valueGrads(p *optimtest.Param) []gorgonia.ValueGrad { return []gorgonia.ValueGrad{p} }

func TestWrappersRefuseBadSettings(t *testing.T) {
	o, err := build("sgd", nil)
	if err != nil {
		t.Fatal(err)
	}
	l, err := build("lbfgs", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"ema 1":               second(optim.NewEMA(o, 1)),
		"swa 0":               second(optim.NewSWA(o, 0, 1)),
		"lookahead 0":         second(optim.NewLookahead(o, 0, 0.5)),
		"lookahead alpha 2":   second(optim.NewLookahead(o, 5, 2)),
		"accumulate 0":        second(optim.NewAccumulate(o, 0)),
		"accumulate of lbfgs": second(optim.NewAccumulate(l, 2)),
		"sam 0":               second(optim.NewSAM(o, 0)),
		"sam of lbfgs":        second(optim.NewSAM(l, 0.05)),
		"agc 0":               second(optim.NewAGC(0)),
		"clipped lbfgs":       newModelOf(t, optimtest.Logistic()).Run(optim.Chain(l, optim.Centralize{}), 1),
		"step of lbfgs":       l.Step(newModelOf(t, optimtest.Logistic()).ValueGrads()),
	} {
		if err == nil {
			t.Errorf("%s gave no error", name)
		}
	}
}

// An error of the second evaluation leaves the weights where they were.
func TestSAMComesBackAfterAnError(t *testing.T) {
	o, err := build("sgd", nil)
	if err == nil {
		o, err = optim.NewSAM(o, 0.5)
	}
	if err != nil {
		t.Fatal(err)
	}
	m := newModelOf(t, optimtest.Beale())
	start, calls := m.X(), 0
	err = optim.StepWith(o, m.ValueGrads(), func() (float64, error) {
		if calls++; calls == 2 {
			if d := cmp.Diff(start, m.X()); d == "" {
				t.Error("the second gradient is taken at the same place")
			}
			return 0, errors.New("lost the data")
		}
		return m.Evaluate()
	})
	if err == nil || err.Error() != "lost the data" {
		t.Errorf("error %v", err)
	}
	if d := cmp.Diff(start, m.X()); d != "" {
		t.Error(d)
	}
}

// A line search that steps where the loss is not finite comes back from there.
func TestLBFGSSurvivesAnInfiniteLoss(t *testing.T) {
	p := optimtest.Quadratic()
	inner := p.Loss
	p.Loss = func(x, g []float64, step uint64) float64 {
		f := inner(x, g, step)
		for _, x := range x {
			if math.Abs(x) > 3 {
				return math.Inf(1)
			}
		}
		return f
	}
	o, err := build("lbfgs", map[string]string{"rate": "1000"})
	if err != nil {
		t.Fatal(err)
	}
	m := newModelOf(t, p)
	if err := m.Run(o, 10); err != nil {
		t.Fatal(err)
	}
	if e := m.Excess(); !(e < 1e-6) {
		t.Errorf("the excess is %v", e)
	}
}
