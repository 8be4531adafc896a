package reservoir

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"lenz/datasets"
	"lenz/models"
)

func windows(t *testing.T, name string, settings map[string]string) *datasets.Windows {
	t.Helper()
	d, err := datasets.Open(name, settings)
	if err != nil {
		t.Fatal(err)
	}
	return cut(t, d.Series, datasets.DefaultSplit(), datasets.WindowSpec{Input: 60, Horizon: 5, Stride: 1, Batch: 16, Targets: d.Info.Targets})
}

// cut splits series, scales them and cuts windows.
func cut(t *testing.T, series []*datasets.Series, how datasets.SplitSpec, spec datasets.WindowSpec) *datasets.Windows {
	t.Helper()
	split, err := how.Cut(series...)
	if err != nil {
		t.Fatal(err)
	}
	scaler, err := datasets.FitScaler(split.Parts[datasets.Train], datasets.ScalerSpec{Scaling: datasets.Standard})
	if err != nil {
		t.Fatal(err)
	}
	w, err := datasets.NewWindows(split, scaler, spec)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// learn shows the model the training stream in chunks and the validation windows; with restore, it is saved and taken up by another after each batch.
func learn(t *testing.T, make func() *Model, w *datasets.Windows, chunk int, restore bool) *Model {
	t.Helper()
	m, ctx := make(), context.Background()
	train, err := w.Stream(datasets.Train, datasets.StreamOptions{Streams: 1, Chunk: chunk})
	if err != nil {
		t.Fatal(err)
	}
	valid, err := w.Source(datasets.Valid, datasets.SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for part, source := range []datasets.Source{train, valid} {
		for b, ok := source.Next(); ok; b, ok = source.Next() {
			if err := m.Accumulate(ctx, datasets.Part(part), b); err != nil {
				t.Fatal(err)
			}
			if restore {
				other := make()
				if err := other.Restore(m.State()); err != nil {
					t.Fatal(err)
				}
				m = other
			}
		}
	}
	if _, err := m.Solve(ctx); err != nil {
		t.Fatal(err)
	}
	return m
}

// keepsItsBits holds a model against one that learnt in chunks and was restored after each, and against one from a file. It returns the loss
// on the first windows of the test part.
func keepsItsBits(t *testing.T, name string, build func() *Model, w *datasets.Windows) float64 {
	t.Helper()
	m := learn(t, build, w, 5000, false)
	source, err := w.Source(datasets.Test, datasets.SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := source.Next()
	ctx := context.Background()
	want, err := m.Predict(ctx, b)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := models.Save(path, m.Params(), models.Spec{}); err != nil {
		t.Fatal(err)
	}
	loaded := build()
	if _, err := models.LoadWeights(loaded.Params(), path); err != nil {
		t.Fatal(err)
	}
	for how, one := range map[string]*Model{"learnt in chunks and restored": learn(t, build, w, 70, true), "loaded": loaded} {
		got, err := one.Predict(ctx, b)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Mean.Data, want.Mean.Data) {
			t.Errorf("%s: a model that was %s forecasts other bits", name, how)
		}
	}
	loss, weight, err := m.Loss(ctx, b)
	if err != nil || weight != float64(len(b.Y.Data)) {
		t.Errorf("%s: the loss is %v of %v (%v)", name, loss, weight, err)
	}
	return loss
}

// Chunks, saving and restoring in between, and a file do not change a bit of a forecast.
func TestModelKeepsItsBits(t *testing.T) {
	w := windows(t, "lorenz", map[string]string{"length": "1500"})
	config := DefaultEchoState()
	config.Units, config.Members, config.Noise = 60, 2, 1e-5
	loss := keepsItsBits(t, "esn", func() *Model {
		m, err := config.New(w.Layout(), 7)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}, w)
	if !(loss < 0.01) {
		t.Errorf("the loss of a forecast of five steps is %v, in units of the spread", loss)
	}
}

// An epoch of online learning may stop after any batch and go on in another model.
func TestOnlineModelsResume(t *testing.T) {
	w := windows(t, "mackey-glass", map[string]string{"length": "700"})
	for _, learner := range []string{"rls", "lms"} {
		config := DefaultEchoState()
		config.Units, config.Learner, config.Members = 30, learner, 2
		build := func() *Model {
			m, err := config.New(w.Layout(), 3)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		want, got := learn(t, build, w, 5000, false), learn(t, build, w, 70, true)
		for i, p := range want.Params().All() {
			if !slices.Equal(p.Value().Data().([]float64), got.Params().All()[i].Value().Data().([]float64)) {
				t.Errorf("%s: %s has other bits after saving and restoring at each batch", learner, p.Name())
			}
		}
	}
}

// Online learners come near the ridge solution of a stationary series.
func TestOnlineModels(t *testing.T) {
	w := windows(t, "mackey-glass", map[string]string{"length": "1500"})
	source, err := w.Source(datasets.Test, datasets.SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := source.Next()
	for _, learner := range []string{"ridge", "rls", "lms"} {
		config := DefaultEchoState()
		config.Units, config.Learner, config.Ridge = 50, learner, []float64{1e-4}
		m := learn(t, func() *Model {
			m, err := config.New(w.Layout(), 1)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}, w, 200, false)
		loss, _, err := m.Loss(context.Background(), b)
		limit := map[string]float64{"ridge": 0.01, "rls": 0.01, "lms": 0.5}[learner] // always answering the mean costs 1
		if err != nil || math.IsNaN(loss) || loss > limit {
			t.Errorf("%s: the loss is %v, want at most %v (%v)", learner, loss, limit, err)
		}
	}
}
