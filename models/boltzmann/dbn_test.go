package boltzmann

import (
	"context"
	"math"
	"strings"
	"testing"

	"lenz/datasets"
	"lenz/internal/rng"
	"lenz/optim"
	"lenz/train"
	"lenz/train/traintest"
)

func momentum(t testing.TB, rate float64) optim.Optimizer {
	t.Helper()
	c := optim.DefaultMomentum()
	c.Rate = rate
	o, err := c.New()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// deep is a DBN of two machines and its stages on the digits or on bars.
func deep(t testing.TB, c DBN, table *datasets.Table, epochs int) (*DBNModel, *train.StagedLearner, datasets.Source) {
	t.Helper()
	src, err := table.Source(datasets.SourceOptions{Shuffle: true, Batch: 10})
	if err != nil {
		t.Fatal(err)
	}
	d, err := c.New(src.Layout(), 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	var stages []train.Stage
	for k, m := range d.Machines() {
		stages = append(stages, train.Stage{
			Name: "machine " + string(rune('1'+k)), Epochs: epochs, Learner: train.Gradient(m, momentum(t, 0.05)),
			Transform: func(_ context.Context, b datasets.Batch) (datasets.Batch, error) { return d.Input(k, b) },
		})
	}
	if d.Classifier() != nil {
		stages = append(stages, train.Stage{Name: "fine", Epochs: epochs, Learner: train.Gradient(d.Classifier(), momentum(t, 0.05)), Begin: d.Unroll})
	}
	l, err := train.Stages(stages...)
	if err != nil {
		t.Fatal(err)
	}
	return d, l, src
}

func labelled(t testing.TB) *datasets.Table {
	t.Helper()
	table, err := datasets.BarsAndStripes(3)
	if err != nil {
		t.Fatal(err)
	}
	table.Classes, table.Labels = 2, make([]int, table.Rows)
	for i := 8; i < table.Rows; i++ {
		table.Labels[i] = 1
	}
	return table
}

func TestStagesComeBackToTheBit(t *testing.T) {
	c := DefaultDBN()
	c.Layers = []int{5, 4}
	traintest.Learner(t, func() (train.Learner, datasets.Source, error) {
		_, l, src := deep(t, c, labelled(t), 1)
		return l, src, nil
	}, 6)
}

// Fine-tuning begins at the machines' weights, each machine learns from the hidden probabilities of the one below, and the run ends after
// the epochs of all stages.
func TestStagesRunOneAfterAnother(t *testing.T) {
	c := DefaultDBN()
	c.Layers, c.Precision = []int{5, 4}, "float64"
	d, l, src := deep(t, c, labelled(t), 2)
	begun := false
	l2, err := train.Stages(train.Stage{Name: "a", Epochs: 1, Learner: l, Begin: func() error { begun = true; return nil }})
	if err != nil {
		t.Fatal(err)
	}
	r, err := train.Fit(context.Background(), l, train.Data{Train: src, Valid: src}, train.Epochs(100))
	if err != nil || r.Epochs != 6 {
		t.Fatalf("%d epochs, want 6 (%v)", r.Epochs, err)
	}
	if got := r.Metrics["train_stage"]; got != 3 {
		t.Errorf("the last stage is %v, want 3", got)
	}
	if l2.Needs().Passes != 1 || begun {
		t.Errorf("a stage began before its first batch, or asks for %d passes", l2.Needs().Passes)
	}
	src.Reset(0)
	b, _ := src.Next()
	in, err := d.Input(1, b)
	if err != nil {
		t.Fatal(err)
	}
	want, err := d.Machines()[0].Hidden(b.X.Data, b.B)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range in.X.Data {
		if v != want[i] {
			t.Fatalf("the second machine sees %v, want %v", v, want[i])
		}
	}
	if err := d.Unroll(); err != nil {
		t.Fatal(err)
	}
	w := d.Machines()[0].weights()
	for i, v := range d.Classifier().Params().CopyFloats()[:len(w.w)] {
		if v != w.w[i] {
			t.Fatalf("the classifier's weight %d is %v, want %v", i, v, w.w[i])
		}
	}
	all, err := d.Weights()
	if err != nil {
		t.Fatal(err)
	}
	before := all.CopyFloats()
	randomize(t, all, 1)
	if err := d.SetWeights(all); err != nil {
		t.Fatal(err)
	}
	if again, err := d.Weights(); err != nil || again.CopyFloats()[7] == before[7] || again.CopyFloats()[7] != all.CopyFloats()[7] {
		t.Errorf("weights that were set do not come back (%v)", err)
	}
}

func TestStagesRefuse(t *testing.T) {
	m := machine(t, DefaultRBM(), 4, 0.1)
	g := train.Gradient(m, momentum(t, 0.1))
	for want, stages := range map[string][]train.Stage{
		"no stages": nil, "0 epochs": {{Name: "a", Learner: g}}, "taken": {{Name: "a", Epochs: 1, Learner: g}, {Name: "a", Epochs: 1, Learner: g}},
		"must be Stateful": {{Name: "a", Epochs: 1}},
	} {
		if _, err := train.Stages(stages...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// The variational bound of a DBN is below its likelihood, which is enumerated here over all states of both hidden layers, and with
// one machine both are the likelihood itself.
func TestBoundIsBelowTheLikelihood(t *testing.T) {
	const v = 4
	c := DefaultDBN()
	c.Layers, c.Precision = []int{3, 3}, "float64"
	d, err := c.New(layout(v, 5), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, m := range d.Machines() {
		randomize(t, m.Params(), 0.7)
	}
	top := d.Machines()[1]
	logZ, err := top.LogZ()
	if err != nil {
		t.Fatal(err)
	}
	// log p(v) = log sum_h p_top(h) p(v | h)
	states := make([]float64, 3*8)
	fillStates(states, 3, 0)
	free := top.weights().free(states, 8, false)
	down := sigmoids(d.Machines()[0].weights().preVisible(states, 8))
	row := []float64{1, 0, 1, 1}
	var sum logSum
	for k := range 8 {
		sum.add(-free[k] - logZ + logBernoulli(row, down[k*v:(k+1)*v]))
	}
	const n = 20000
	rows := make([]float64, 0, n*v)
	for range n {
		rows = append(rows, row...)
	}
	got, err := d.Bound(rows, n, logZ, 1)
	if err != nil {
		t.Fatal(err)
	}
	// E_q[log p(h) + log p(v|h) - log q(h|v)], exactly.
	q := sigmoids(d.Machines()[0].weights().pre(row, 1))
	want := 0.0
	for k := range 8 {
		h := states[k*3 : (k+1)*3]
		lq := logBernoulli(h, q)
		want += math.Exp(lq) * (-free[k] - logZ + logBernoulli(row, down[k*v:(k+1)*v]) - lq)
	}
	if math.Abs(got-want) > 0.05 || want > sum.value() {
		t.Errorf("the bound is %v, exactly %v, the log-likelihood %v", got, want, sum.value())
	}
}

// crbmLayout has windows of 3 steps of two columns, one known, and a forecast of 2 steps of one.
func crbmLayout() datasets.Layout {
	return datasets.Layout{
		Kind: datasets.Forecast, Input: 3, Horizon: 2, Batch: 6, Inputs: []string{"a", "k"}, Targets: []string{"a"}, TargetInputs: []int{0},
		Future: []string{"k"}, FutureInputs: []int{1},
	}
}

func crbmBatch(n int) datasets.Batch {
	r := rng.NewFast(rng.New(1, "crbm"))
	fill := func(shape ...int) datasets.Array {
		a := datasets.NewArray(shape...)
		for i := range a.Data {
			a.Data[i], _ = boxMuller(r)
		}
		return a
	}
	return datasets.Batch{T: 3, B: n, X: fill(3, n, 2), Y: fill(2, n, 1), Future: fill(2, n, 1)}
}

// The gradient of a conditional machine is the central difference of mean F(data | past) - mean F(samples | past), the samples held.
func TestConditionalGradient(t *testing.T) {
	c := DefaultCRBM()
	c.Hidden, c.Precision, c.Decay, c.Sigma = 3, "float64", 0, 0.7
	m, err := c.New(crbmLayout(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	randomize(t, m.Params(), 0.5)
	b, ctx := crbmBatch(4), context.Background()
	if _, err := m.Gradient(ctx, b, 0); err != nil {
		t.Fatal(err)
	}
	exact := m.Params().CopyGrads()
	p := m.rbm.engine.(*chains64).programs[4]
	values := m.Params().CopyFloats()
	at := func(i int, h float64) float64 {
		moved := append([]float64(nil), values...)
		moved[i] += h
		if err := m.Params().SetFloats(moved); err != nil {
			t.Fatal(err)
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		return p.Loss()
	}
	for i, g := range exact {
		if slope := (at(i, 1e-5) - at(i, -1e-5)) / 2e-5; math.Abs(slope-g) > 1e-7 {
			t.Errorf("value %d: gradient %v, central difference %v", i, g, slope)
		}
	}
}

// A conditional machine learns y = 0.8 x: its squared error comes near the noise, 0.1^2, from the series' own variance.
func TestConditionalForecasts(t *testing.T) {
	l := datasets.Layout{Kind: datasets.Forecast, Input: 2, Horizon: 1, Batch: 200, Inputs: []string{"a"}, Targets: []string{"a"}, TargetInputs: []int{0}}
	c := DefaultCRBM()
	c.Hidden = 4
	m, err := c.New(l, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	r := rng.NewFast(rng.New(2, "ar"))
	b := datasets.Batch{T: 2, B: 200, X: datasets.NewArray(2, 200, 1), Y: datasets.NewArray(1, 200, 1)}
	for k := range 200 {
		x, e := boxMuller(r)
		b.X.Data[k], b.X.Data[200+k], b.Y.Data[k] = e, x, 0.8*x+0.1*e
	}
	g := train.Gradient(m, momentum(t, 0.02))
	for range 600 {
		if _, err := g.Learn(context.Background(), b); err != nil {
			t.Fatal(err)
		}
	}
	loss, weight, err := m.Loss(context.Background(), b)
	if err != nil || weight != 200 || loss > 0.02 {
		t.Errorf("the squared error is %v of weight %v, want at most 0.02 (%v)", loss, weight, err)
	}
}
