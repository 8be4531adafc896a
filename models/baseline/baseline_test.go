package baseline

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lenz/datasets"
	"lenz/internal/rng"
)

// cut makes windows of a series with so many training and validation rows; the rest is for testing.
func cut(t *testing.T, s *datasets.Series, train, valid int, scaling datasets.Scaling, spec datasets.WindowSpec) *datasets.Windows {
	t.Helper()
	parts, err := datasets.SplitSpec{Train: float64(train), Valid: float64(valid), Test: float64(s.Rows() - train - valid), Counts: true}.Cut(s)
	if err != nil {
		t.Fatal(err)
	}
	scaler, err := datasets.FitScaler(parts.Parts[datasets.Train], datasets.ScalerSpec{Scaling: scaling})
	if err != nil {
		t.Fatal(err)
	}
	w, err := datasets.NewWindows(parts, scaler, spec)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// fitted fits a ridge autoregression.
func fitted(t *testing.T, w *datasets.Windows, c RidgeConfig) *Ridge {
	t.Helper()
	r, err := FitRidge(context.Background(), w, c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// forecasts returns what f says of the test part, [windows, H, D].
func forecasts(t *testing.T, w *datasets.Windows, f predictor) []float64 {
	t.Helper()
	source, err := w.Source(datasets.Test, datasets.SourceOptions{Batch: 4})
	if err != nil {
		t.Fatal(err)
	}
	var out []float64
	for b, ok := source.Next(); ok; b, ok = source.Next() {
		b.Y = datasets.Array{}
		p, err := f.Predict(context.Background(), b)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Check(source.Layout().Horizon, b.B, len(source.Layout().Targets)); err != nil {
			t.Fatal(err)
		}
		for k := range b.B {
			for h := range p.Mean.Shape[0] {
				for d := range p.Mean.Shape[2] {
					out = append(out, p.Mean.At(h, k, d))
				}
			}
		}
	}
	return out
}

func series(t *testing.T, columns []string, values ...[]float64) *datasets.Series {
	t.Helper()
	s, err := datasets.NewSeries("test", columns, values)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// squares is 0, 1, 4, 9, ...
func squares(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = float64(i * i)
	}
	return v
}

func TestRulesByHand(t *testing.T) {
	w := cut(t, series(t, []string{"y"}, squares(12)), 8, 0, datasets.NoScaling, datasets.WindowSpec{Input: 3, Horizon: 4})
	history, err := PartHistory(w, datasets.Test)
	if err != nil {
		t.Fatal(err)
	}
	// The one test window is forecast from row 8 on; before it are 25, 36, 49 in the window, and 0, 1, 4, 9, 16.
	for _, c := range []struct {
		name    string
		history *History
		make    func(h *History) (predictor, error)
		want    []float64
	}{
		{"naive", nil, func(h *History) (predictor, error) { return NewNaive(w.Layout(), h) }, []float64{49, 49, 49, 49}},
		{"naive", history, func(h *History) (predictor, error) { return NewNaive(w.Layout(), h) }, []float64{49, 49, 49, 49}},
		{"seasonal 1", nil, func(h *History) (predictor, error) { return NewSeasonalNaive(w.Layout(), 1, h) }, []float64{49, 49, 49, 49}},
		{"seasonal 3", nil, func(h *History) (predictor, error) { return NewSeasonalNaive(w.Layout(), 3, h) }, []float64{25, 36, 49, 25}},
		{"seasonal 3", history, func(h *History) (predictor, error) { return NewSeasonalNaive(w.Layout(), 3, h) }, []float64{25, 36, 49, 25}},
		{"seasonal 6", history, func(h *History) (predictor, error) { return NewSeasonalNaive(w.Layout(), 6, h) }, []float64{4, 9, 16, 25}},
		// Row -2 and -1 do not exist: the last value stands in.
		{"seasonal 10", history, func(h *History) (predictor, error) { return NewSeasonalNaive(w.Layout(), 10, h) }, []float64{49, 49, 0, 1}},
		{"drift", nil, func(h *History) (predictor, error) { return NewDrift(w.Layout(), h) }, []float64{61, 73, 85, 97}},
		{"drift", history, func(h *History) (predictor, error) { return NewDrift(w.Layout(), h) }, []float64{56, 63, 70, 77}},
	} {
		f, err := c.make(c.history)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, forecasts(t, w, f)); d != "" {
			t.Errorf("%s, history %v (-want +got):\n%s", c.name, c.history != nil, d)
		}
	}
}

func TestRulesReadHistoryInScaledUnitsOfEachSeries(t *testing.T) {
	a, b := series(t, []string{"y", "x"}, squares(12), squares(12)), series(t, []string{"y", "x"}, make([]float64, 12), squares(12))
	parts, err := datasets.SplitSpec{Train: 0.5, Test: 0.5}.Cut(a, b)
	if err != nil {
		t.Fatal(err)
	}
	scaler := &datasets.Scaler{Columns: []datasets.ColumnScaler{{Name: "y", Shift: 1, Scale: 2}, {Name: "x", Scale: 1}}}
	// y is no input: its past is in the history alone.
	w, err := datasets.NewWindows(parts, scaler, datasets.WindowSpec{Input: 2, Horizon: 6, Inputs: []string{"x"}, Targets: []string{"y"}})
	if err != nil {
		t.Fatal(err)
	}
	history, err := PartHistory(w, datasets.Test)
	if err != nil {
		t.Fatal(err)
	}
	naive, err := NewNaive(w.Layout(), history)
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{12, 12, 12, 12, 12, 12, -0.5, -0.5, -0.5, -0.5, -0.5, -0.5} // (25-1)/2 and (0-1)/2
	if d := cmp.Diff(want, forecasts(t, w, naive)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if _, err := NewNaive(w.Layout(), nil); err == nil || !strings.Contains(err.Error(), "y is not among the inputs") {
		t.Errorf("without a history: error %v", err)
	}
}

// noise returns n numbers between -1/2 and 1/2.
func noise(name string, n int) []float64 {
	s, v := rng.New(1, name), make([]float64, n)
	for i := range v {
		v[i] = s.Float64At(uint64(i)) - 0.5
	}
	return v
}

// TestForecastsIgnoreTheFuture corrupts all rows from a window's origin on: its forecast keeps its bits.
func TestForecastsIgnoreTheFuture(t *testing.T) {
	const rows, origin = 60, 50
	clean := series(t, []string{"y", "x"}, noise("y", rows), noise("x", rows))
	dirty := series(t, []string{"y", "x"}, noise("y", rows), noise("x", rows))
	for row := origin; row < rows; row++ {
		dirty.Values[0][row], dirty.Values[1][row] = 1e9+float64(row), -1e9
	}
	first := func(s *datasets.Series, make func(w *datasets.Windows, h *History) (predictor, error)) []float64 {
		w := cut(t, s, 40, origin-40, datasets.Standard, datasets.WindowSpec{Input: 6, Horizon: 2})
		h, err := PartHistory(w, datasets.Test)
		if err != nil {
			t.Fatal(err)
		}
		f, err := make(w, h)
		if err != nil {
			t.Fatal(err)
		}
		return forecasts(t, w, f)[:2*2] // the first window has its origin where the corruption begins
	}
	ridge := func(covariates bool) func(w *datasets.Windows, _ *History) (predictor, error) {
		return func(w *datasets.Windows, _ *History) (predictor, error) {
			c := DefaultRidge()
			c.Covariates = covariates
			return FitRidge(context.Background(), w, c)
		}
	}
	for name, make := range map[string]func(w *datasets.Windows, h *History) (predictor, error){
		"naive":          func(w *datasets.Windows, h *History) (predictor, error) { return NewNaive(w.Layout(), h) },
		"seasonal naive": func(w *datasets.Windows, h *History) (predictor, error) { return NewSeasonalNaive(w.Layout(), 12, h) },
		"drift":          func(w *datasets.Windows, h *History) (predictor, error) { return NewDrift(w.Layout(), h) },
		"ridge":          ridge(false),
		"ridge of all":   ridge(true),
	} {
		before, after := first(clean, make), first(dirty, make)
		for i := range before {
			if math.Float64bits(before[i]) != math.Float64bits(after[i]) {
				t.Errorf("%s: the forecast changed from %v to %v when the future did", name, before, after)
				break
			}
		}
	}
}

func TestRulesRefuse(t *testing.T) {
	w := cut(t, series(t, []string{"y"}, squares(12)), 8, 0, datasets.NoScaling, datasets.WindowSpec{Input: 3, Horizon: 4})
	other, err := SeriesHistory(w.Scaler(), []string{"y"}, series(t, []string{"y"}, squares(3)))
	if err != nil {
		t.Fatal(err)
	}
	l := w.Layout()
	labels := l
	labels.Kind = datasets.PerSequence
	for name, c := range map[string]struct {
		err  func() error
		want string
	}{
		"period":  {func() error { _, err := NewSeasonalNaive(l, 4, nil); return err }, "period of 4 rows, a window has 3"},
		"zero":    {func() error { _, err := NewSeasonalNaive(l, 0, nil); return err }, "want at least 1"},
		"labels":  {func() error { _, err := NewNaive(labels, nil); return err }, "per sequence"},
		"targets": {func() error { x := l; x.Targets = []string{"z"}; _, err := NewDrift(x, other); return err }, "targets [y], the layout [z]"},
		"column":  {func() error { _, err := SeriesHistory(w.Scaler(), []string{"z"}); return err }, `no column "z"`},
		"origin": {func() error {
			f, err := NewNaive(l, other)
			if err != nil {
				return err
			}
			_, err = f.Predict(context.Background(), datasets.Batch{T: 3, B: 1, Series: []int{0}, Origin: []int{8}})
			return err
		}, "origin at row 8, the history has 3 rows"},
		"shape": {func() error {
			f, err := NewNaive(l, nil)
			if err != nil {
				return err
			}
			_, err = f.Predict(context.Background(), datasets.Batch{T: 4, B: 1, X: datasets.NewArray(4, 1, 1)})
			return err
		}, "shape [4 1 1], want [3 1 1]"},
	} {
		if err := c.err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", name, err, c.want)
		}
	}
}
