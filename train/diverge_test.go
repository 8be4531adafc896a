package train_test

import (
	"context"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"lenz/datasets"
	"lenz/graph"
	"lenz/optim"
	"lenz/train"
	"lenz/train/traintest"
)

// sick is a model whose losses or gradients are no longer its own after some steps.
type sick struct {
	*traintest.Model
	after uint64
	loss  func(float64) float64
	grad  float64
	valid float64
}

func (s *sick) Gradient(ctx context.Context, b datasets.Batch, step uint64) (float64, error) {
	loss, err := s.Model.Gradient(ctx, b, step)
	if step < s.after {
		return loss, err
	}
	if s.loss != nil {
		loss = s.loss(loss)
	}
	if s.grad != 0 {
		graph.Grads[float64](s.Params())[2] = s.grad
	}
	return loss, err
}

func (s *sick) Loss(ctx context.Context, b datasets.Batch) (loss, weight float64, err error) {
	loss, weight, err = s.Model.Loss(ctx, b)
	if s.valid != 0 {
		loss = s.valid
	}
	return loss, weight, err
}

func TestDivergence(t *testing.T) {
	first := math.NaN()
	for name, c := range map[string]struct {
		sick  sick
		rate  float64
		want  []string
		steps int
	}{
		"NaN loss":        {sick{after: 7, loss: func(float64) float64 { return math.NaN() }}, 0.01, []string{"step 8", "epoch 2", "the loss is NaN", "0.01"}, 8},
		"infinite loss":   {sick{after: 7, loss: func(float64) float64 { return math.Inf(1) }}, 0.01, []string{"the loss is +Inf"}, 8},
		"NaN gradient":    {sick{after: 7, grad: math.NaN()}, 0.01, []string{"step 8", "gradient of bias is NaN"}, 8},
		"huge parameter":  {sick{after: 7, grad: 1}, math.MaxFloat64, []string{"after the update", "is"}, -1},
		"validation loss": {sick{valid: math.NaN()}, 0.01, []string{"end of epoch 1", "validation loss is NaN"}, 5},
		"a million times": {sick{after: 3, loss: func(float64) float64 { return 1.01e6 * first }}, 0.01,
			[]string{"20 steps", "a million times"}, 23},
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := toy(t, 0)
			c.sick.Model = m
			dir := t.TempDir()
			sgd, err := optim.SGD{Rate: c.rate}.New()
			if err != nil {
				t.Fatal(err)
			}
			first = math.NaN()
			note := train.ObserverFunc(func(e train.Event) error {
				if e.Kind == train.Step && math.IsNaN(first) {
					first = e.Train[train.Loss]
				}
				return nil
			})
			r, err := train.Fit(t.Context(), train.Gradient(&c.sick, sgd), toyData(), train.Epochs(9), train.Watch(note, train.NewCheckpoints(dir)))
			var d *train.DivergedError
			if r.Status != train.Diverged || !errors.As(err, &d) || c.steps >= 0 && r.Steps != c.steps {
				t.Fatalf("result %+v, error %v", r, err)
			}
			for _, want := range c.want {
				if !strings.Contains(r.Reason, want) {
					t.Errorf("reason %q, want %q", r.Reason, want)
				}
			}
			last, _, err := train.Latest(dir)
			if err != nil || last.Epoch != r.Epochs {
				t.Errorf("last checkpoint %+v (%v), the run ended %d epochs", last, err, r.Epochs)
			}
		})
	}
}

// A loss that is high for fewer than twenty steps in a row, or that crosses zero, is no divergence.
func TestHighLossThatFallsAgain(t *testing.T) {
	n := 0
	m, _ := toy(t, 0)
	s := &sick{Model: m, loss: func(float64) float64 {
		if n++; n%20 == 0 || n == 1 {
			return 0
		}
		return 0.9
	}}
	s.after = 0
	sgd, err := optim.SGD{Rate: 0.01}.New()
	if err != nil {
		t.Fatal(err)
	}
	if r, err := train.Fit(t.Context(), train.Gradient(s, sgd), toyData(), train.Epochs(20)); err != nil {
		t.Errorf("result %+v, error %v", r, err)
	}
	big := 0
	s.loss = func(float64) float64 {
		if big++; big == 1 || big%20 == 1 {
			return 1
		}
		return 1e9
	}
	if r, err := train.Fit(t.Context(), train.Gradient(s, sgd), toyData(), train.Epochs(20)); err != nil {
		t.Errorf("result %+v, error %v", r, err)
	}
}

func TestUnwritableFoldersAreNamed(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]train.Observer{
		"metrics log": train.NewMetricsLog(file + "/metrics.csv"),
		"checkpoints": train.NewCheckpoints(file + "/checkpoints"),
		"no folder":   train.NewMetricsLog(file + "-none/metrics.csv"),
	} {
		t.Run(name, func(t *testing.T) {
			_, l := toy(t, 0.1)
			r, err := train.Fit(t.Context(), l, toyData(), train.Watch(o))
			if r.Status != train.Failed || err == nil || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "\n") {
				t.Errorf("result %+v, error %v", r, err)
			}
		})
	}
}
