package catalog_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"lenz/datasets"
	"lenz/models"
	"lenz/models/catalog"
	"lenz/optim"
	"lenz/train"
)

// walk is a series of two columns whose second one is known beforehand and drives the first: a[t] = 0.5 a[t-1] + k[t].
func walk(t *testing.T, rows int) *datasets.Series {
	t.Helper()
	a, k := make([]float64, rows), make([]float64, rows)
	for i := range rows {
		k[i] = math.Sin(float64(i*i%97)) + math.Cos(float64(i)*1.7)
		if i > 0 {
			a[i] = 0.5*a[i-1] + k[i]
		}
	}
	s, err := datasets.NewSeries("driven", []string{"a", "k"}, [][]float64{a, k})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func windowsOf(t testing.TB, s *datasets.Series, spec datasets.WindowSpec) *datasets.Windows {
	t.Helper()
	split, err := datasets.SplitSpec{Train: 0.7, Valid: 0.15, Test: 0.15}.Cut(s)
	if err != nil {
		t.Fatal(err)
	}
	scaler, err := datasets.FitScaler(split.Parts[datasets.Train], datasets.ScalerSpec{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := datasets.NewWindows(split, scaler, spec)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// fit trains a model and returns its validation loss.
func fit(t *testing.T, m models.Model, data train.Data, epochs int) float64 {
	t.Helper()
	adam := optim.DefaultAdam()
	adam.Rate = 0.01
	opt, err := adam.New()
	if err != nil {
		t.Fatal(err)
	}
	r, err := train.Fit(context.Background(), train.Gradient(m.(models.GradientModel), opt), data, train.Epochs(epochs))
	if err != nil {
		t.Fatal(err)
	}
	return r.Metrics["val_loss"]
}

func source(t *testing.T, w *datasets.Windows, p datasets.Part) *datasets.WindowSource {
	t.Helper()
	src, err := w.Source(p, datasets.SourceOptions{Shuffle: p == datasets.Train, Seed: 1, Batch: 32})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// The series is noise to a model that does not use the known column, of variance 1 in scaled units; both strategies must
// use it, at the step that it belongs to.
func TestKnownColumnsReachTheirSteps(t *testing.T) {
	for _, strategy := range []string{"direct", "recursive"} {
		s := walk(t, 900)
		w := windowsOf(t, s, datasets.WindowSpec{Input: 6, Horizon: 3, Known: []string{"k"}, Targets: []string{"a"}})
		m, err := catalog.New("gru", map[string]string{"strategy": strategy, "hidden": "24"}, w.Layout(), 1)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		loss := fit(t, m, train.Data{Train: source(t, w, datasets.Train), Valid: source(t, w, datasets.Valid)}, 25)
		if !(loss < 0.1) {
			t.Errorf("%s: validation loss %v, want less than 0.1", strategy, loss)
		}
		p := models.Pipeline{Model: m, Spec: models.Spec{Model: "gru", Layout: w.Layout(), Window: w.Spec(), Scaler: w.Scaler()}}
		past, future := s.Slice(0, 880), s.Slice(880, 883)
		f, err := p.ForecastKnown(context.Background(), []*datasets.Series{past}, []*datasets.Series{future})
		if err != nil {
			t.Fatal(err)
		}
		for h, mean := range f[0].Mean {
			if truth := future.Values[0][h]; math.Abs(mean[0]-truth) > 1.2 {
				t.Errorf("%s, step %d: %v, want about %v", strategy, h, mean[0], truth)
			}
		}
		if _, err := p.Forecast(context.Background(), past); err == nil || !strings.Contains(err.Error(), "k") {
			t.Errorf("without the known column: %v", err)
		}
	}
}

// Whatever lies after a window's end, its forecast is the same to the bit: here all that follows the first test
// window's origin is replaced, in the series itself.
func TestLeakageTripwire(t *testing.T) {
	clean := walk(t, 300)
	spec := datasets.WindowSpec{Input: 6, Horizon: 3}
	base := windowsOf(t, clean, spec)
	origin := base.Split().Parts[datasets.Test][0].From
	values := [][]float64{slices.Clone(clean.Values[0]), slices.Clone(clean.Values[1])}
	for _, column := range values {
		for row := origin; row < len(column); row++ {
			column[row] = 1e6 * float64(row)
		}
	}
	dirty, err := datasets.NewSeries("driven", clean.Columns, values)
	if err != nil {
		t.Fatal(err)
	}
	corrupted := windowsOf(t, dirty, spec)
	for _, settings := range []map[string]string{
		{}, {"window_norm": "standard", "highway": "4", "head": "gaussian"}, {"strategy": "recursive", "head": "quantile", "samples": "10"},
	} {
		forecast := func(w *datasets.Windows) datasets.Prediction {
			m, err := catalog.New("lstm", settings, w.Layout(), 1)
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			src, err := w.Source(datasets.Test, datasets.SourceOptions{Batch: 1})
			if err != nil {
				t.Fatal(err)
			}
			b, _ := src.Next()
			p, err := m.Predict(context.Background(), b)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		a, b := forecast(base), forecast(corrupted)
		if !slices.Equal(a.Mean.Data, b.Mean.Data) || !slices.Equal(a.Quantiles.Data, b.Quantiles.Data) {
			t.Errorf("%v: the forecast changed with what follows the window", settings)
		}
	}
}

// A recursive model learns from streams by truncated BPTT and is validated on windows.
func TestStreamsTeachAForecaster(t *testing.T) {
	values := make([]float64, 700)
	for i := range values {
		values[i] = math.Sin(float64(i) / 4)
	}
	s, err := datasets.NewSeries("sine", []string{"v"}, [][]float64{values})
	if err != nil {
		t.Fatal(err)
	}
	w := windowsOf(t, s, datasets.WindowSpec{Input: 30, Horizon: 10})
	m, err := catalog.New("gru", map[string]string{"strategy": "recursive", "hidden": "16", "highway": "3"}, w.Layout(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	stream, err := w.Stream(datasets.Train, datasets.StreamOptions{Streams: 3, Chunk: 16, Warm: 0})
	if err != nil {
		t.Fatal(err)
	}
	if loss := fit(t, m, train.Data{Train: stream, Valid: source(t, w, datasets.Valid)}, 40); !(loss < 0.01) {
		t.Errorf("validation loss %v, want less than 0.01", loss)
	}
	src := source(t, w, datasets.Test)
	b, _ := src.Next()
	p, err := m.Predict(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	for i, y := range b.Y.Data {
		if math.Abs(p.Mean.Data[i]-y) > 0.3 {
			t.Errorf("value %d: %v, want %v", i, p.Mean.Data[i], y)
			break
		}
	}
}

// Several series in one call are forecast as each one by itself.
func TestForecastOfManySeries(t *testing.T) {
	s := walk(t, 300)
	w := windowsOf(t, s, datasets.WindowSpec{Input: 6, Horizon: 3})
	m, err := catalog.New("lstm", map[string]string{"window_norm": "mean"}, w.Layout(), 1)
	if err != nil {
		t.Fatal(err)
	}
	p := models.Pipeline{Model: m, Spec: models.Spec{Model: "lstm", Layout: w.Layout(), Window: w.Spec(), Scaler: w.Scaler()}}
	defer p.Close()
	ctx := context.Background()
	parts := []*datasets.Series{s.Slice(0, 100), s.Slice(50, 200)}
	all, err := p.Forecast(ctx, parts...)
	if err != nil {
		t.Fatal(err)
	}
	for k, part := range parts {
		one, err := p.Forecast(ctx, part)
		if err != nil {
			t.Fatal(err)
		}
		for h := range one[0].Mean {
			for j, v := range one[0].Mean[h] {
				// Another number of rows may be summed in another order: float32 to six digits.
				if math.Abs(all[k].Mean[h][j]-v) > 1e-5*(1+math.Abs(v)) {
					t.Errorf("series %d, step %d: %v, alone %v", k, h, all[k].Mean[h], one[0].Mean[h])
				}
			}
		}
		if all[k].Labels[0] != part.Label(part.Rows()) {
			t.Errorf("series %d begins at %s", k, all[k].Labels[0])
		}
	}
}
