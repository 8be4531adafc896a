package train_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"lenz/datasets"
	"lenz/graph"
	"lenz/models/recurrent"
	"lenz/optim"
	"lenz/train"
)

// poisoned is a forecaster in which a tensor gets a bad number at a step.
type poisoned struct {
	*recurrent.Model
	tensor string
	at     uint64
	value  float64
}

// put writes the value into the middle of a parameter's slice of an arena.
func (p *poisoned) put(arena []float32, name string) {
	at := 0
	for _, q := range p.Params().All() {
		if q.Name() == name {
			arena[at+q.Size()/2] = float32(p.value)
		}
		at += q.Size()
	}
}

func (p *poisoned) Gradient(ctx context.Context, b datasets.Batch, step uint64) (float64, error) {
	if step != p.at {
		return p.Model.Gradient(ctx, b, step)
	}
	kind, name, _ := strings.Cut(p.tensor, " ")
	switch kind {
	case "weight":
		p.put(graph.Values[float32](p.Params()), name)
	case "X":
		b.X.Data[len(b.X.Data)/2] = p.value
	case "Y":
		b.Y.Data[len(b.Y.Data)/2] = p.value
	}
	loss, err := p.Model.Gradient(ctx, b, step)
	switch kind {
	case "gradient":
		p.put(graph.Grads[float32](p.Params()), name)
	case "loss":
		loss = p.value
	}
	return loss, err
}

func nileWindows(t testing.TB) *datasets.Windows {
	t.Helper()
	s, err := datasets.Open("nile", nil)
	if err != nil {
		t.Fatal(err)
	}
	split, err := datasets.SplitSpec{Train: 0.7, Valid: 0.3}.Cut(s.Series...)
	if err != nil {
		t.Fatal(err)
	}
	scaler, err := datasets.FitScaler(split.Parts[datasets.Train], datasets.ScalerSpec{Scaling: datasets.Standard})
	if err != nil {
		t.Fatal(err)
	}
	w, err := datasets.NewWindows(split, scaler, datasets.WindowSpec{Input: 6, Horizon: 3, Batch: 16})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// nileRun is an LSTM on the flow of the Nile with the batches in order: four steps an epoch.
func nileRun(t testing.TB, w *datasets.Windows) (*recurrent.Model, train.Data) {
	t.Helper()
	c := recurrent.DefaultLSTM()
	c.Hidden = 4
	m, err := c.New(w.Layout(), 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	part := func(p datasets.Part) datasets.Source {
		s, err := w.Source(p, datasets.SourceOptions{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	return m, train.Data{Train: part(datasets.Train), Valid: part(datasets.Valid)}
}

// A bad number in any tensor of a forecaster ends the run at that step, before anything more is saved; the error says which
// step and which tensor.
func TestBlowUpIsNamed(t *testing.T) {
	w := nileWindows(t)
	model, _ := nileRun(t, w)
	tensors := []string{"X", "Y", "loss"}
	for _, p := range model.Params().All() {
		tensors = append(tensors, "weight "+p.Name(), "gradient "+p.Name())
	}
	values := []float64{math.NaN(), math.Inf(1), math.Inf(-1)}
	steps := []uint64{0, 5, 8}
	cases := 0
	for _, tensor := range tensors {
		for _, v := range values {
			for _, at := range steps {
				cases++
				blowUp(t, w, tensor, v, at)
			}
		}
	}
	t.Logf("%d tensors, %d cases", len(tensors), cases)
}

func blowUp(t *testing.T, w *datasets.Windows, tensor string, v float64, at uint64) {
	t.Helper()
	m, data := nileRun(t, w)
	adam, err := optim.DefaultAdam().New()
	if err != nil {
		t.Fatal(err)
	}
	var last train.State
	saved := -1
	keep := train.ObserverFunc(func(e train.Event) (err error) {
		if e.Kind == train.Save {
			saved = e.Step
			last, err = e.Snapshot()
		}
		return err
	})
	r, err := train.Fit(t.Context(), train.Gradient(&poisoned{m, tensor, at, v}, adam), data, train.Epochs(5), train.Watch(keep))
	var d *train.DivergedError
	what := fmt.Sprintf("%v in %s at step %d", v, tensor, at+1)
	if r.Status != train.Diverged || !errors.As(err, &d) || r.Steps != int(at)+1 {
		t.Errorf("%s: result %+v, error %v", what, r, err)
		return
	}
	kind, name, _ := strings.Cut(tensor, " ")
	want := map[string]string{
		"weight":   "parameter of " + name + " is", // a gate that is wide open can hide it until after the update
		"gradient": "the gradient of " + name + " is", "loss": "the loss is",
		"X": "in the batch input X at time 3, sequence ", "Y": "in the batch target Y at step 1, sequence ",
	}[kind]
	for _, part := range []string{want, fmt.Sprintf("step %d, epoch", at+1), fmt.Sprint(v)} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%s: error %q, want %q", what, err, part)
		}
	}
	params, err := last["learner"].(train.State)["parameters"], error(nil)
	if saved > int(at) || err != nil || !finiteState(params.(train.State)) {
		t.Errorf("%s: the last checkpoint is of step %d and holds %v", what, saved, params)
	}
}

func finiteState(s train.State) bool {
	for _, v := range s {
		switch v := v.(type) {
		case train.State:
			if !finiteState(v) {
				return false
			}
		case []float32:
			for _, x := range v {
				if x-x != 0 {
					return false
				}
			}
		}
	}
	return true
}

// rolling is a run whose gradients explode from a step on while the rate is above a bound.
type rolling struct {
	dir  string
	m    *sickAbove
	opt  optim.Optimizer
	back *train.Rollback
	said []string
}

// sickAbove has a NaN gradient in the steps from first on, while the optimizer's rate is above the bound.
type sickAbove struct {
	sick
	opt   optim.Optimizer
	bound float64
	first uint64
}

func (s *sickAbove) Gradient(ctx context.Context, b datasets.Batch, step uint64) (float64, error) {
	loss, err := s.sick.Gradient(ctx, b, step)
	if step >= s.first && s.opt.Rate() > s.bound {
		graph.Grads[float64](s.Params())[2] = math.NaN()
	}
	return loss, err
}

func newRolling(t testing.TB, dir string, bound float64, tries int) *rolling {
	t.Helper()
	m, _ := toy(t, 0)
	adam, err := optim.DefaultAdam().New()
	if err != nil {
		t.Fatal(err)
	}
	adam.SetRate(0.1)
	o, err := optim.WithSchedule(adam, optim.ScheduleFunc(func(optim.Progress) float64 { return 1 }), 50)
	if err != nil {
		t.Fatal(err)
	}
	r := &rolling{dir: dir, opt: o}
	r.m = &sickAbove{sick: sick{Model: m, after: math.MaxUint64}, opt: o, bound: bound, first: 12}
	r.back = &train.Rollback{Dir: filepath.Join(dir, "checkpoints"), Tries: tries, Factor: 0.5, Say: func(f string, a ...any) { r.said = append(r.said, fmt.Sprintf(f, a...)) }}
	return r
}

func (r *rolling) run(ctx context.Context, from *train.Checkpoint, further train.ObserverFunc) (train.Result, error) {
	observers := []train.Observer{train.NewMetricsLog(filepath.Join(r.dir, "metrics.csv")), train.NewCheckpoints(r.back.Dir)}
	if further != nil {
		observers = append(observers, further)
	}
	return train.FitRollback(ctx, train.Gradient(r.m, r.opt), toyData(), r.back, train.Epochs(6), train.Watch(observers...), train.Resume(from))
}

// The run goes back until the rate is low enough, and ends well; where it was stopped and resumed makes no difference.
func TestRollback(t *testing.T) {
	whole := newRolling(t, t.TempDir(), 0.03, 3)
	r, err := whole.run(t.Context(), nil, nil)
	if err != nil || r.Status != train.Completed || r.Steps != 30 {
		t.Fatalf("result %+v, error %v", r, err)
	}
	if whole.opt.Rate() != 0.025 {
		t.Errorf("the rate is %v, want a quarter of 0.1", whole.opt.Rate())
	}
	said := strings.Join(whole.said, "\n")
	for _, want := range []string{"step 13, epoch 3: the gradient of bias is NaN", "goes back to step 10, epoch 2 (1 of 3)", "(2 of 3)", "multiplied by 0.25"} {
		if !strings.Contains(said, want) {
			t.Errorf("it says %q, want %q", said, want)
		}
	}
	for k := 1; k < 30; k++ {
		dir := t.TempDir()
		first := newRolling(t, dir, 0.03, 3)
		killed := errors.New("killed")
		left := 2 // the second time that the step is reached, if there is one
		_, err := first.run(t.Context(), nil, func(e train.Event) error {
			if e.Kind == train.Step && e.Step == k {
				if left--; left == 0 || k <= 10 || k > 12 {
					return killed
				}
			}
			return nil
		})
		if !errors.Is(err, killed) {
			t.Fatalf("step %d: %v", k, err)
		}
		second := newRolling(t, dir, 0.03, 3)
		r2, err := second.run(t.Context(), latest(t, second.back.Dir), nil)
		if err != nil || r2.Status != r.Status || r2.Steps != r.Steps || !reflect.DeepEqual(r2.Metrics, r.Metrics) ||
			!reflect.DeepEqual(whole.m.Params().CopyFloats(), second.m.Params().CopyFloats()) || second.opt.Rate() != whole.opt.Rate() {
			t.Errorf("killed at step %d and resumed: %+v, error %v; want %+v", k, r2, err, r)
		}
	}
}

func TestRollbackGivesUp(t *testing.T) {
	x := newRolling(t, t.TempDir(), 1e-9, 2)
	r, err := x.run(t.Context(), nil, nil)
	if r.Status != train.Diverged || err == nil || !strings.Contains(err.Error(), "gone back 2 times") {
		t.Errorf("result %+v, error %v", r, err)
	}
	if c := latest(t, x.back.Dir); c.Step != 10 {
		t.Errorf("the last good checkpoint is of step %d, want 10", c.Step)
	}
	for name, b := range map[string]*train.Rollback{"factor": {Tries: 1, Factor: 1}, "tries": {Factor: 0.5}} {
		_, l := toy(t, 0.1)
		if r, err := train.FitRollback(t.Context(), l, toyData(), b); err == nil || r.Status != train.Failed || !strings.Contains(err.Error(), "rollback") {
			t.Errorf("%s: result %+v, error %v", name, r, err)
		}
	}
}
