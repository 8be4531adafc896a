package catalog_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lenz/datasets"
	"lenz/models"
	"lenz/models/catalog"
)

func layout() datasets.Layout {
	return datasets.Layout{Kind: datasets.Forecast, Input: 6, Horizon: 2, Batch: 4, Inputs: []string{"a"}, Targets: []string{"a"}, TargetInputs: []int{0}}
}

// Every model can be built from its own defaults as text, learns a batch, and forecasts it.
func TestEveryModelWorks(t *testing.T) {
	for _, e := range catalog.List() {
		all, err := e.Resolve(nil)
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == catalog.Sampler {
			sweeps(t, e, all)
			continue
		}
		if e.Kind == catalog.Density {
			distributes(t, e, all)
			continue
		}
		m, err := catalog.New(e.Name, all, layout(), 1)
		if err != nil {
			t.Fatal(err)
		}
		b := datasets.Batch{T: 6, B: 3, X: datasets.NewArray(6, 3, 1), Y: datasets.NewArray(2, 3, 1)}
		for i := range b.X.Data {
			b.X.Data[i] = math.Sin(float64(i))
		}
		learner, ok := m.(models.GradientModel)
		if !ok {
			t.Fatalf("%s does not learn by gradients", e.Name)
		}
		if _, err := learner.Gradient(context.Background(), b, 0); err != nil {
			t.Error(err)
		}
		p, err := m.Predict(context.Background(), b)
		if err == nil {
			err = p.Check(2, 3, 1)
		}
		if err != nil {
			t.Error(err)
		}
		if fields, err := e.Settings(); err != nil || len(fields) != len(all) {
			t.Errorf("%s lists %d settings and resolves %d (%v)", e.Name, len(fields), len(all), err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}

// distributes builds a model of a distribution from its own defaults as text, and draws from it.
func distributes(t *testing.T, e catalog.Entry, all map[string]string) {
	t.Helper()
	rows := datasets.Layout{Kind: datasets.PerSequence, Input: 1, Batch: 4, Inputs: []string{"a", "b", "c"}}
	m, err := e.NewDensity(all, rows, 1)
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := m.Draw(context.Background(), 2, 3, 1)
	if err != nil || len(drawn) != 2*m.Visible() || m.Visible() != 3 {
		t.Errorf("%s draws %v (%v)", e.Name, drawn, err)
	}
	if _, err := e.New(all, layout(), 1); err == nil || !strings.Contains(err.Error(), "is a density") {
		t.Errorf("%s forecasts: %v", e.Name, err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

// sweeps builds a sampler from its own defaults as text, and lets it sweep.
func sweeps(t *testing.T, e catalog.Entry, all map[string]string) {
	t.Helper()
	m, pace, err := e.NewSampler(all, catalog.Samples{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Sweep(context.Background(), 2); err != nil || len(m.Metrics()) == 0 || pace.Sweeps < 1 || pace.Steps < 1 {
		t.Errorf("%s: metrics %v, pace %+v (%v)", e.Name, m.Metrics(), pace, err)
	}
	if _, err := e.New(all, layout(), 1); err == nil || !strings.Contains(err.Error(), "is a sampler") {
		t.Errorf("%s takes batches: %v", e.Name, err)
	}
}

func TestErrorsSuggestNames(t *testing.T) {
	for _, c := range []struct {
		model    string
		settings map[string]string
		want     string
	}{
		{"lstn", nil, `did you mean "lstm"?`},
		{"lstm", map[string]string{"hiden": "3"}, `did you mean "hidden"?`},
		{"lstm", map[string]string{"form": "original"}, `unknown setting "form"`},
		{"gru", map[string]string{"hidden": "many"}, "a whole number"},
		{"rnn", map[string]string{"activation": "rely"}, `did you mean "relu"?`},
		{"rnn", map[string]string{"bidirectional": "true"}, "would see the future"},
	} {
		m, err := catalog.New(c.model, c.settings, layout(), 1)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s %v: %v, want %q", c.model, c.settings, err, c.want)
		}
		if m != nil {
			t.Errorf("%s %v: an error came with a model", c.model, c.settings)
		}
	}
}

// save builds a model on a monthly series and saves it as a run would.
func save(t *testing.T, path string, settings map[string]string) (*models.Pipeline, *datasets.Series) {
	t.Helper()
	values := make([]float64, 60)
	for i := range values {
		values[i] = 100 + 20*math.Sin(float64(i)/3)
	}
	series, err := datasets.NewSeries("wave", []string{"v"}, [][]float64{values})
	if err != nil {
		t.Fatal(err)
	}
	series = series.Starting(time.Date(2000, 1, 31, 0, 0, 0, 0, time.UTC), datasets.Frequency{Unit: datasets.Month, N: 1, MonthEnd: true})
	split, err := datasets.DefaultSplit().Cut(series)
	if err != nil {
		t.Fatal(err)
	}
	scaler, err := datasets.FitScaler(split.Parts[datasets.Train], datasets.ScalerSpec{Scaling: datasets.Standard, Transform: datasets.Sqrt})
	if err != nil {
		t.Fatal(err)
	}
	w, err := datasets.NewWindows(split, scaler, datasets.WindowSpec{Input: 8, Horizon: 3, Calendar: true})
	if err != nil {
		t.Fatal(err)
	}
	m, err := catalog.New("gru", settings, w.Layout(), 7)
	if err != nil {
		t.Fatal(err)
	}
	calibration := models.NewCalibration(3, 1)
	src, err := w.Source(datasets.Valid, datasets.SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for b, ok := src.Next(); ok; b, ok = src.Next() {
		p, err := m.Predict(context.Background(), b)
		if err == nil {
			err = calibration.Add(p, b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	conformal, err := calibration.Fit(0.5)
	if err != nil {
		t.Fatal(err)
	}
	history, err := models.NewHistory(series, 8)
	if err != nil {
		t.Fatal(err)
	}
	spec := models.Spec{Model: "gru", Settings: settings, Seed: 7, Layout: w.Layout(), Window: w.Spec(), Scaler: scaler, Conformal: conformal, History: []models.History{history}}
	if err := models.Save(path, m.Params(), spec); err != nil {
		t.Fatal(err)
	}
	return &models.Pipeline{Spec: spec, Model: m}, series
}

// A loaded model forecasts what the saved one did, from the history in the file as from the series itself, and nothing
// else than the file is needed.
func TestLoadForecastsTheSame(t *testing.T) {
	for _, settings := range []map[string]string{
		{"hidden": "4"}, {"hidden": "4", "strategy": "recursive", "head": "quantile", "members": "2", "samples": "20"},
	} {
		dir := t.TempDir()
		saved, series := save(t, filepath.Join(dir, "model.safetensors"), settings)
		defer saved.Close()
		ctx := context.Background()
		want, err := saved.Forecast(ctx, series)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{dir, filepath.Join(dir, "model.safetensors")} {
			loaded, err := catalog.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			defer loaded.Close()
			got, err := loaded.Forecast(ctx, series)
			if err != nil {
				t.Fatal(err)
			}
			same(t, got[0], want[0])
		}
		if f := want[0]; f.Labels[0] != "2005-01-31" || len(f.Times) != 3 || !f.Times[1].Equal(time.Date(2005, 2, 28, 0, 0, 0, 0, time.UTC)) || f.Columns[0] != "v" {
			t.Errorf("the forecast begins at %v %v for %v", f.Labels, f.Times, f.Columns)
		}
		loaded, err := catalog.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer loaded.Close()
		got, err := loaded.Forecast(ctx)
		if err != nil {
			t.Fatal(err)
		}
		same(t, got[0], want[0])
	}
}

func same(t *testing.T, got, want models.Forecast) {
	t.Helper()
	if !slices.Equal(got.Labels, want.Labels) || !slices.EqualFunc(got.Times, want.Times, time.Time.Equal) || !slices.Equal(got.Levels, want.Levels) || len(got.Levels) == 0 {
		t.Errorf("labels %v, levels %v; want %v, %v", got.Labels, got.Levels, want.Labels, want.Levels)
	}
	for h := range want.Mean {
		if !slices.Equal(got.Mean[h], want.Mean[h]) {
			t.Errorf("step %d: %v, want %v", h, got.Mean[h], want.Mean[h])
		}
		for q := range want.Quantiles {
			if !slices.Equal(got.Quantiles[q][h], want.Quantiles[q][h]) {
				t.Errorf("step %d, level %v: %v, want %v", h, want.Levels[q], got.Quantiles[q][h], want.Quantiles[q][h])
			}
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "model.safetensors")
	saved, _ := save(t, path, map[string]string{"hidden": "4"})
	defer saved.Close()
	if _, err := catalog.Load(filepath.Join(dir, "none")); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("no file: %v", err)
	}
	if _, err := catalog.Load("../testdata/torch_lstm.safetensors"); err == nil || !strings.Contains(err.Error(), "without a specification") {
		t.Errorf("weights alone: %v", err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, whole[:len(whole)-9], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := catalog.Load(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a cut file: %v", err)
	}
}
