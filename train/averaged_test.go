package train_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lenz/graph"
	"lenz/optim"
	"lenz/train"
	"lenz/train/traintest"
)

// wrapped is the toy model with SGD in a wrapper.
func wrapped(t *testing.T, wrap func(optim.Optimizer) (optim.Optimizer, error)) (*traintest.Model, *train.GradientLearner, optim.Optimizer) {
	t.Helper()
	m, err := traintest.NewModel(graph.Float64, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	o, err := optim.SGD{Rate: 0.1}.New()
	if err == nil && wrap != nil {
		o, err = wrap(o)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m, train.Gradient(m, o), o
}

var averages = map[string]func(optim.Optimizer) (optim.Optimizer, error){
	"ema":       func(o optim.Optimizer) (optim.Optimizer, error) { return optim.NewEMA(o, 0.9) },
	"swa":       func(o optim.Optimizer) (optim.Optimizer, error) { return optim.NewSWA(o, 3, 2) },
	"lookahead": func(o optim.Optimizer) (optim.Optimizer, error) { return optim.NewLookahead(o, 3, 0.5) },
	"schedulefree": func(optim.Optimizer) (optim.Optimizer, error) {
		s := optim.DefaultScheduleFree()
		s.Rate = 0.1
		return s.New()
	},
}

// What is validated and kept as best are the averaged weights, what goes on learning and is kept in checkpoints those of training.
func TestAveragedWeightsAreThoseThatCount(t *testing.T) {
	for name, wrap := range averages {
		t.Run(name, func(t *testing.T) {
			m, l, _ := wrapped(t, wrap)
			best := train.NewBestWeights(m.Params())
			var atEnd, atSave [][]float64
			var losses []float64
			watch := train.ObserverFunc(func(e train.Event) error {
				switch e.Kind {
				case train.EpochEnd:
					atEnd = append(atEnd, m.Params().CopyFloats())
					losses = append(losses, e.Valid[train.Loss])
				case train.Save:
					if e.Epoch > 0 && !e.Final {
						atSave = append(atSave, m.Params().CopyFloats())
					}
				}
				return nil
			})
			data := toyData()
			r, err := train.Fit(t.Context(), l, data, train.Epochs(6), train.Watch(watch, best))
			if err != nil {
				t.Fatal(err)
			}
			if slices.Equal(atEnd[1], atSave[1]) {
				t.Error("the weights for use are those of training: nothing was averaged")
			}
			last := m.Params().CopyFloats()
			if err := l.Evaluating(true); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(atEnd[5], m.Params().CopyFloats()); d != "" {
				t.Errorf("swapped in after the run: %s", d)
			}
			if err := l.Evaluating(false); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(last, m.Params().CopyFloats()); d != "" {
				t.Errorf("swapped back: %s", d)
			}
			if err := best.Apply(); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(atEnd[r.BestEpoch-1], m.Params().CopyFloats()); d != "" {
				t.Errorf("best weights: %s", d)
			}
			if got := validLoss(t, l, data); math.Abs(got-losses[r.BestEpoch-1]) > 1e-15 {
				t.Errorf("the best weights have a validation loss of %v, that of epoch %d was %v", got, r.BestEpoch, losses[r.BestEpoch-1])
			}
		})
	}
}

// validLoss is the loss on the validation part, with the weights that are there.
func validLoss(t *testing.T, l *train.GradientLearner, data train.Data) float64 {
	t.Helper()
	data.Valid.Reset(0)
	var sum, weight float64
	for b, ok := data.Valid.Next(); ok; b, ok = data.Valid.Next() {
		v, err := l.Evaluate(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		sum += v[train.Loss] * v[train.Weight]
		weight += v[train.Weight]
	}
	return sum / weight
}

// SAM evaluates twice a batch, L-BFGS as often as its line search needs; both learn.
func TestOptimizersThatEvaluateTheGradientThemselves(t *testing.T) {
	for name, wrap := range map[string]func(optim.Optimizer) (optim.Optimizer, error){
		"sam":   func(o optim.Optimizer) (optim.Optimizer, error) { return optim.NewSAM(o, 0.05) },
		"lbfgs": func(optim.Optimizer) (optim.Optimizer, error) { return optim.DefaultLBFGS().New() },
	} {
		_, l, _ := wrapped(t, wrap)
		data := train.Data{Train: traintest.NewPoints(18, 2, 18, 1), Valid: traintest.NewPoints(7, 2, 7, 2)}
		r, err := train.Fit(t.Context(), l, data, train.Epochs(40))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if name == "sam" && r.GradientEvaluations != 80 || r.GradientEvaluations <= 40 {
			t.Errorf("%s: %d evaluations in 40 steps", name, r.GradientEvaluations)
		}
		if r.Metrics["train_loss"] > 0.05 {
			t.Errorf("%s: the loss is %v", name, r.Metrics["train_loss"])
		}
	}
}

// A source that gives another gradient each time is refused, and nothing has changed.
func TestSourcesThatDoNotRepeatAreRefused(t *testing.T) {
	m, _, o := wrapped(t, func(o optim.Optimizer) (optim.Optimizer, error) { return optim.NewSAM(o, 0.05) })
	before := m.Params().CopyFloats()
	l := train.Gradient(&traintest.Carrying{Model: m}, o)
	r, err := train.Fit(t.Context(), l, toyData(), train.Epochs(1))
	if err == nil || !strings.Contains(err.Error(), "several times") || r.Status != train.Failed {
		t.Errorf("error %v, status %v", err, r.Status)
	}
	if d := cmp.Diff(before, m.Params().CopyFloats()); d != "" {
		t.Error(d)
	}
}

// A run with averages or several evaluations a step that is stopped and resumed at any epoch ends with the same bits.
func TestAveragedRunsResumeToTheBit(t *testing.T) {
	all := map[string]func(optim.Optimizer) (optim.Optimizer, error){
		"sam":        func(o optim.Optimizer) (optim.Optimizer, error) { return optim.NewSAM(o, 0.05) },
		"lbfgs":      func(optim.Optimizer) (optim.Optimizer, error) { return optim.DefaultLBFGS().New() },
		"accumulate": func(o optim.Optimizer) (optim.Optimizer, error) { return optim.NewAccumulate(o, 3) },
	}
	for name, wrap := range averages {
		all[name] = wrap
	}
	for name, wrap := range all {
		t.Run(name, func(t *testing.T) {
			run := func(epochs int, from *train.Checkpoint, dir string) ([]float64, []float64) {
				m, l, _ := wrapped(t, wrap)
				best := train.NewBestWeights(m.Params())
				if _, err := train.Fit(t.Context(), l, toyData(), train.Epochs(epochs), train.Resume(from),
					train.Watch(best, train.NewCheckpoints(dir))); err != nil {
					t.Fatal(err)
				}
				last := m.Params().CopyFloats()
				if err := best.Apply(); err != nil {
					t.Fatal(err)
				}
				return last, m.Params().CopyFloats()
			}
			last, kept := run(5, nil, t.TempDir())
			for stop := 1; stop < 5; stop++ {
				dir := t.TempDir()
				run(stop, nil, dir)
				from, _, err := train.Latest(dir)
				if err != nil {
					t.Fatal(err)
				}
				againLast, againKept := run(5, from, t.TempDir())
				if !slices.Equal(last, againLast) || !slices.Equal(kept, againKept) {
					t.Errorf("stopped after epoch %d: %v, %v, want %v, %v", stop, againLast, againKept, last, kept)
				}
			}
		})
	}
}
