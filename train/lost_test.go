package train

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"lenz/datasets"
)

// astray has no forecast of the windows at even origins from a row on.
type astray struct{ from int }

type lostWindows []int

func (l lostWindows) Error() string { return "they went astray" }
func (l lostWindows) Lost() []int   { return l }

func (a astray) Predict(_ context.Context, b datasets.Batch) (datasets.Prediction, error) {
	var lost lostWindows
	for k, o := range b.Origin {
		if o >= a.from && o%2 == 0 {
			lost = append(lost, k)
		}
	}
	if lost != nil {
		return datasets.Prediction{}, lost
	}
	p := datasets.Prediction{Mean: datasets.NewArray(2, b.B, 1)}
	for i := range p.Mean.Data {
		p.Mean.Data[i] = b.X.Data[0] // tells batches with other windows apart
	}
	return p, nil
}

// Windows that one contender has no forecast of are left out for all, whoever it is, and are counted.
func TestBacktestLeavesOutLostWindows(t *testing.T) {
	rows := make([]float64, 60)
	for i := range rows {
		rows[i] = float64(i % 7)
	}
	split, err := datasets.SplitSpec{Train: 20, Valid: 10, Test: 30, Counts: true}.Cut(oneColumn(t, "s", rows...))
	if err != nil {
		t.Fatal(err)
	}
	w, err := datasets.NewWindows(split, &datasets.Scaler{Columns: []datasets.ColumnScaler{{Name: "y", Scale: 1}}}, datasets.WindowSpec{Input: 3, Horizon: 2})
	if err != nil {
		t.Fatal(err)
	}
	run := func(all ...Contender) *BacktestResult {
		t.Helper()
		r, err := Backtest(context.Background(), w, BacktestSpec{Part: datasets.Test, Batch: 8, Residuals: true}, all...)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	whole := run(Contender{Name: "b", Forecaster: astray{1000}})
	for _, order := range [][2]int{{40, 1000}, {1000, 40}} {
		r := run(Contender{Name: "a", Forecaster: astray{order[0]}}, Contender{Name: "b", Forecaster: astray{order[1]}})
		lost := 0
		for _, o := range whole.Origins {
			if o >= 40 && o%2 == 0 {
				lost++
			}
		}
		at := slices.Index(order[:], 40)
		if r.Entries[at].Lost != lost || r.Entries[1-at].Lost != 0 || r.Windows != whole.Windows-lost || lost == 0 {
			t.Errorf("%d and %d windows are lost of %d, %d measured: want %d lost of contender %d", r.Entries[0].Lost, r.Entries[1].Lost, whole.Windows, r.Windows, lost, at)
		}
		if len(r.Origins) != r.Windows || slices.ContainsFunc(r.Origins, func(o int) bool { return o >= 40 && o%2 == 0 }) {
			t.Errorf("the origins are %v", r.Origins)
		}
		if len(r.Entries[0].Residuals) != 2*r.Windows || len(r.Entries[1].Residuals) != 2*r.Windows {
			t.Errorf("%d and %d residuals of %d windows", len(r.Entries[0].Residuals), len(r.Entries[1].Residuals), r.Windows)
		}
		if !strings.Contains(r.Verdict, "that "+r.Entries[at].Name+" has no forecast of") || !errors.As(r.Lost, new(lostWindows)) {
			t.Errorf("the verdict is %q, the first loss %v", r.Verdict, r.Lost)
		}
	}
	even := run(Contender{Name: "a", Forecaster: astray{0}})
	if even.Windows == 0 || even.Windows == whole.Windows {
		t.Errorf("%d windows of %d", even.Windows, whole.Windows)
	}
	none := run(Contender{Name: "a", Forecaster: hopeless{}}, Contender{Name: "b", Forecaster: astray{1000}})
	if none.Windows != 0 || len(none.Entries[0].Scores) != 0 || !strings.Contains(none.Verdict, "nothing was measured") {
		t.Errorf("without any forecast: %+v", none)
	}
}

// hopeless has no forecast at all.
type hopeless struct{}

func (hopeless) Predict(_ context.Context, b datasets.Batch) (datasets.Prediction, error) {
	lost := make(lostWindows, b.B)
	for k := range lost {
		lost[k] = k
	}
	return datasets.Prediction{}, lost
}
