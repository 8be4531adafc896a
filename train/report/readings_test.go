package report

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestTableHoldsTheForecastOnly(t *testing.T) {
	f := Forecast{Targets: []Target{{Name: "y", History: []float64{1, 2, 3}, Truth: []float64{4, math.NaN()}, Mean: []float64{10, 123.456},
		Intervals: []Interval{{0.8, []float64{9, -1}, []float64{11, 200}}}}}}
	for i := range 5 {
		f.Clock.Times = append(f.Clock.Times, time.Date(2020, time.Month(1+i), 1, 0, 0, 0, 0, time.UTC))
	}
	r := figureOf(t, f).Panels[0].table()
	if want := []string{"2020-04", "2020-05"}; !slices.Equal(r.Labels, want) {
		t.Errorf("rows are %v, want %v", r.Labels, want)
	}
	want := map[string][]string{"observed": {"4.0", ""}, "forecast": {"10.0", "123.5"}, "80 % interval": {"9.0 to 11.0", "−1.0 to 200.0"}}
	for _, s := range r.Series {
		if !slices.Equal(s.Texts, want[s.Name]) {
			t.Errorf("%s is %q, want %q", s.Name, s.Texts, want[s.Name])
		}
	}
	if len(r.Series) != 3 {
		t.Errorf("%d series, want observed (once, though drawn in two lines), forecast, interval", len(r.Series))
	}
}

func TestPointerFindsAFewHundredPlaces(t *testing.T) {
	p := figureOf(t, Backtest{Targets: []BacktestTarget{{Truth: wave(10_000)}}}).Panels[0]
	r := p.pointed(scale{lo: 0, hi: 9_999})
	if n := len(r.At); n == 0 || n > maxPointed {
		t.Errorf("%d places, want 1 to %d", n, maxPointed)
	}
	if r.Labels[1] != "row: 20" || r.At[1] != 0.002 {
		t.Errorf("the second place is %q at %g, want row: 20 at 0.002", r.Labels[1], r.At[1])
	}
	if got := len(p.table().At); got != 0 {
		t.Errorf("a table of %d rows, want none for so many", got)
	}
}
