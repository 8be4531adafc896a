package train

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lenz/datasets"
)

// forecastFunc gives the value of each step, in scaled units, from the last value of the window.
type forecastFunc func(last float64, h int) float64

func (f forecastFunc) Predict(_ context.Context, b datasets.Batch) (datasets.Prediction, error) {
	if !b.Y.IsZero() || !b.Mask.IsZero() {
		return datasets.Prediction{}, errors.New("the truth lies open")
	}
	p := datasets.Prediction{Mean: datasets.NewArray(2, b.B, 1)}
	for k := range b.B {
		for h := range 2 {
			p.Mean.Data[h*b.B+k] = f(b.X.Data[(b.T-1)*b.B+k], h+1)
		}
	}
	return p, nil
}

func stays(last float64, _ int) float64  { return last }
func goesOn(last float64, h int) float64 { return last + float64(h) }

// counting returns windows of 0, 2, 4, ..., scaled to 0, 1, 2, ...: input 1, horizon 2, three batches of test windows.
func counting(t *testing.T) *datasets.Windows {
	t.Helper()
	values := make([]float64, 20)
	for i := range values {
		values[i] = 2 * float64(i)
	}
	split, err := datasets.SplitSpec{Train: 12, Valid: 2, Test: 6, Counts: true}.Cut(oneColumn(t, "count", values...))
	if err != nil {
		t.Fatal(err)
	}
	scaler := &datasets.Scaler{Columns: []datasets.ColumnScaler{{Name: "y", Scale: 2}}}
	w, err := datasets.NewWindows(split, scaler, datasets.WindowSpec{Input: 1, Horizon: 2, Batch: 2})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func backtested(t *testing.T, spec BacktestSpec, c ...Contender) *BacktestResult {
	t.Helper()
	r, err := Backtest(context.Background(), counting(t), spec, c...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestBacktestByHand(t *testing.T) {
	spec := DefaultBacktest()
	spec.Scaled, spec.Residuals = true, true
	r := backtested(t, spec, Contender{"line", forecastFunc(goesOn)}, Contender{"naive", forecastFunc(stays)})
	if r.Windows != 5 || r.Horizon != 2 || r.Period != 1 || r.Part != "test" {
		t.Errorf("%d windows, horizon %d, period %d, part %q", r.Windows, r.Horizon, r.Period, r.Part)
	}
	naive, ok := r.Entry("naive")
	if !ok {
		t.Fatal("no entry of naive")
	}
	// The next values lie 2 and 4 above the last; a step of the training part is 2.
	expect(t, "naive", naive.Scores, map[string]float64{"mae": 3, "mse": 10, "mase": 1.5, "rmsse": math.Sqrt(2.5),
		"scaled_mae": 1.5, "scaled_mse": 2.5, "skill": 0})
	expect(t, "naive, step 2", naive.Steps[1], map[string]float64{"mae": 4, "mase": 2, "skill": 0})
	expect(t, "line", r.Entries[0].Scores, map[string]float64{"mae": 0, "mase": 0, "skill": 1})
	expect(t, "line, step 1", r.Entries[0].Steps[0], map[string]float64{"skill": 1})
	expect(t, "line, target", r.Entries[0].ByTarget[0], map[string]float64{"skill": 1})
	if want := []float64{1, 2, 1, 2, 1, 2, 1, 2, 1, 2}; !cmp.Equal(want, naive.Residuals) {
		t.Errorf("residuals %v, want %v", naive.Residuals, want)
	}
	if want := []int{14, 15, 16, 17, 18}; !cmp.Equal(want, r.Origins) || len(r.Series) != 5 {
		t.Errorf("origins %v, want %v", r.Origins, want)
	}
	if want := "line beats naive by MAE and RMSE, on 5 windows of the test part"; r.Verdict != want {
		t.Errorf("verdict %q, want %q", r.Verdict, want)
	}
	if len(r.Comparisons) != 1 || !r.Comparisons[0].Beats() {
		t.Errorf("comparisons %v", r.Comparisons)
	}
}

func TestBacktestTakesAStrideAndALimit(t *testing.T) {
	spec := DefaultBacktest()
	spec.Stride, spec.Residuals = 2, true
	if r := backtested(t, spec, Contender{"x", forecastFunc(stays)}); !cmp.Equal([]int{14, 16, 18}, r.Origins) {
		t.Errorf("with stride 2 the origins are %v", r.Origins)
	}
	spec.Stride, spec.Limit = 0, 2
	if r := backtested(t, spec, Contender{"x", forecastFunc(stays)}); !cmp.Equal([]int{14, 16}, r.Origins) || r.Windows != 2 {
		t.Errorf("with limit 2 the origins are %v", r.Origins)
	}
}

func TestBacktestNotesTheSeason(t *testing.T) {
	spec := DefaultBacktest()
	if r := backtested(t, spec, Contender{"x", forecastFunc(stays)}); len(r.Notes) > 0 {
		t.Errorf("without a season the notes are %q", r.Notes)
	}
	spec.Period = 3
	r := backtested(t, spec, Contender{"x", forecastFunc(stays)})
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "a season of 3 rows") {
		t.Errorf("with a season of 3 rows the notes are %q", r.Notes)
	}
}

func TestVerdictSaysWhatIsNotBeaten(t *testing.T) {
	entry := func(name string, mae, rmse float64) BacktestEntry {
		return BacktestEntry{Name: name, Scores: Scores{{"mae", mae}, {"rmse", rmse}}}
	}
	for _, c := range []struct {
		entries []BacktestEntry
		want    string
	}{
		{
			[]BacktestEntry{entry("lstm", 2, 3), entry("naive", 4, 5), entry("seasonal_naive", 3, 4), entry("ridge_ar", 1.5, 2.5)},
			"lstm beats naive and seasonal_naive by MAE and RMSE; it does not beat ridge_ar by MAE (2 against 1.5) nor by RMSE (3 against 2.5), on 7 windows of the test part",
		},
		{
			[]BacktestEntry{entry("gru", 2, 3), entry("a", 2.5, 2.9), entry("b", 1.9, 3.1)},
			"gru beats a by MAE (2 against 2.5) but not by RMSE (3 against 2.9); it beats b by RMSE (3 against 3.1) but not by MAE (2 against 1.9), on 7 windows of the test part",
		},
		{[]BacktestEntry{entry("rnn", 2, 3), entry("same", 2, 3)}, "rnn is as good as same by MAE (2 against 2) and by RMSE (3 against 3), on 7 windows of the test part"},
		// Less than half a per cent decides nothing, either way; half a per cent does.
		{[]BacktestEntry{entry("rnn", 0.9951, 1.0049), entry("a", 1, 1)}, "rnn is as good as a by MAE (0.9951 against 1) and by RMSE (1.005 against 1), on 7 windows of the test part"},
		{[]BacktestEntry{entry("rnn", 0.994, 0.994), entry("a", 1, 1)}, "rnn beats a by MAE and RMSE, on 7 windows of the test part"},
		{[]BacktestEntry{entry("rnn", 1.006, 1.006), entry("a", 1, 1)}, "rnn does not beat a by MAE (1.006 against 1) nor by RMSE (1.006 against 1), on 7 windows of the test part"},
		{[]BacktestEntry{entry("rnn", 0.998, 0.9), entry("a", 1, 1)}, "rnn beats a by RMSE (0.9 against 1) and is as good by MAE (0.998 against 1), on 7 windows of the test part"},
		{[]BacktestEntry{entry("rnn", 0.998, 1.2), entry("a", 1, 1)}, "rnn is as good as a by MAE (0.998 against 1) but not by RMSE (1.2 against 1), on 7 windows of the test part"},
		{[]BacktestEntry{entry("rnn", math.NaN(), math.NaN()), entry("naive", 1, 1)}, "rnn gave forecasts that are not finite on 7 windows of the test part, and beats nothing"},
		{[]BacktestEntry{entry("rnn", 1, 2)}, "rnn has MAE 1 and RMSE 2 on 7 windows of the test part, with nothing to compare"},
		{[]BacktestEntry{entry("rnn", 1, 2), entry("gone", math.NaN(), math.NaN())}, "rnn does not beat gone by MAE (1 against NaN) nor by RMSE (2 against NaN), on 7 windows of the test part"},
	} {
		r := BacktestResult{Windows: 7, Part: "test", Entries: c.entries}
		r.compare()
		if r.Verdict != c.want {
			t.Errorf("verdict\n%s, want\n%s", r.Verdict, c.want)
		}
	}
}

func TestBacktestIsWrittenAsJSONAlsoWhenItDiverged(t *testing.T) {
	nan := forecastFunc(func(float64, int) float64 { return math.NaN() })
	perfect := forecastFunc(goesOn)
	r := backtested(t, DefaultBacktest(), Contender{"gone", nan}, Contender{"perfect", perfect}, Contender{"naive", forecastFunc(stays)})
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"scores":{"mae":null,"mse":null`, `"by_target":[{`, `"verdict":"gone gave forecasts that are not finite`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	// 1 - 3/0 is no number that JSON has.
	r = backtested(t, DefaultBacktest(), Contender{"naive", forecastFunc(stays)}, Contender{"perfect", perfect})
	if text, err = json.Marshal(r); err != nil || !strings.Contains(string(text), `"skill":{"mae":null,"rmse":null}`) {
		t.Errorf("%s, %v", text, err)
	}
}

func TestBacktestRefuses(t *testing.T) {
	ok := forecastFunc(stays)
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]struct {
		ctx        context.Context
		spec       BacktestSpec
		contenders []Contender
		want       string
	}{
		"nobody":    {context.Background(), DefaultBacktest(), nil, "nobody"},
		"twice":     {context.Background(), DefaultBacktest(), []Contender{{"a", ok}, {"a", ok}}, `two contenders are named "a"`},
		"reference": {context.Background(), BacktestSpec{Part: datasets.Test, Reference: "b"}, []Contender{{"a", ok}}, `reference "b"`},
		"period":    {context.Background(), BacktestSpec{Part: datasets.Test, Period: -1}, []Contender{{"a", ok}}, "season of -1"},
		"stop":      {canceled, DefaultBacktest(), []Contender{{"a", ok}}, "context canceled"},
		"failing":   {context.Background(), DefaultBacktest(), []Contender{{"a", failing{}}}, "backtest of a: no forecast"},
		"shape":     {context.Background(), DefaultBacktest(), []Contender{{"a", wrongShape{}}}, "backtest of a: datasets: the mean"},
	} {
		if _, err := Backtest(c.ctx, counting(t), c.spec, c.contenders...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", name, err, c.want)
		}
	}
}

type failing struct{}

func (failing) Predict(context.Context, datasets.Batch) (datasets.Prediction, error) {
	return datasets.Prediction{}, errors.New("no forecast")
}

type wrongShape struct{}

func (wrongShape) Predict(context.Context, datasets.Batch) (datasets.Prediction, error) {
	return datasets.Prediction{Mean: datasets.NewArray(1)}, nil
}

func TestScoreSourceScoresAnEpoch(t *testing.T) {
	w := counting(t)
	source, err := w.Source(datasets.Valid, datasets.SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := ScoreSource(context.Background(), source, forecastFunc(stays), ScoreSpec{Scaler: w.Scaler()})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "all", s.Scores(), map[string]float64{"mae": 3})
	source.Reset(0)
	if _, err := ScoreSource(context.Background(), source, failing{}, ScoreSpec{}); err == nil || err.Error() != "no forecast" {
		t.Errorf("error %v", err)
	}
}
