package datasets

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func cut(t *testing.T, split string, spec WindowSpec, series ...*Series) *Windows {
	t.Helper()
	p, err := ParseSplit(split)
	if err != nil {
		t.Fatal(err)
	}
	parts, err := p.Cut(series...)
	if err != nil {
		t.Fatal(err)
	}
	scaler, err := FitScaler(parts.Parts[Train], ScalerSpec{Scaling: NoScaling})
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWindows(parts, scaler, spec)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func source(t *testing.T, w *Windows, p Part, o SourceOptions) *WindowSource {
	t.Helper()
	s, err := w.Source(p, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// all returns copies of the batches of an epoch.
func all(s Source) []Batch {
	var list []Batch
	for b, ok := s.Next(); ok; b, ok = s.Next() {
		list = append(list, b.Clone())
	}
	return list
}

func origins(batches []Batch) [][2]int {
	var list [][2]int
	for _, b := range batches {
		for k := range b.B {
			list = append(list, [2]int{b.Series[k], b.Origin[k]})
		}
	}
	return list
}

func TestWindowsHoldTheRightRows(t *testing.T) {
	w := cut(t, "12,4,4", WindowSpec{Input: 3, Horizon: 2, Batch: 4, Inputs: []string{"b", "a"}, Targets: []string{"c", "a"}, Known: []string{"k"}},
		ramp("r", 20, "a", "b", "c", "k"))
	l := w.Layout()
	want := Layout{Kind: Forecast, Input: 3, Horizon: 2, Batch: 4, Inputs: []string{"b", "a", "k"}, Future: []string{"k"}, Targets: []string{"c", "a"},
		TargetInputs: []int{-1, 1}, FutureInputs: []int{2}}
	if diff := cmp.Diff(want, l); diff != "" {
		t.Fatal(diff)
	}
	base := map[string]float64{"a": 0, "b": 1000, "c": 2000, "k": 3000}
	for p, firsts := range map[Part][]int{Train: {3, 4, 5, 6, 7, 8, 9, 10}, Valid: {12, 13, 14}, Test: {16, 17, 18}} {
		s := source(t, w, p, SourceOptions{})
		batches := all(s)
		if len(batches) != s.Len() || s.Windows() != len(firsts) {
			t.Errorf("%v: %d batches of %d windows, Len %d", p, len(batches), s.Windows(), s.Len())
		}
		var got []int
		for _, b := range batches {
			got = append(got, b.Origin...)
			if diff := cmp.Diff([][]int{{3, b.B, 3}, {2, b.B, 1}, {2, b.B, 2}}, [][]int{b.X.Shape, b.Future.Shape, b.Y.Shape}); diff != "" {
				t.Error(diff)
			}
			for k, origin := range b.Origin {
				for step := range 3 {
					for i, c := range l.Inputs {
						if v := b.X.At(step, k, i); v != base[c]+float64(origin-3+step) {
							t.Fatalf("%v: origin %d: X[%d, %s] = %v", p, origin, step, c, v)
						}
					}
				}
				for h := range 2 {
					for i, c := range l.Targets {
						if v := b.Y.At(h, k, i); v != base[c]+float64(origin+h) {
							t.Fatalf("%v: origin %d: Y[%d, %s] = %v", p, origin, h, c, v)
						}
					}
					if v := b.Future.At(h, k, 0); v != base["k"]+float64(origin+h) {
						t.Fatalf("%v: origin %d: Future[%d] = %v", p, origin, h, v)
					}
				}
			}
		}
		if !slices.Equal(got, firsts) {
			t.Errorf("%v has origins %v, want %v", p, got, firsts)
		}
	}
}

func TestWindowsStrideLimitAndSeries(t *testing.T) {
	w := cut(t, "0.5,0.25,0.25", WindowSpec{Input: 2, Horizon: 1}, ramp("a", 12, "y"), ramp("b", 20, "y"))
	got := origins(all(source(t, w, Train, SourceOptions{Stride: 3, Batch: 2})))
	if diff := cmp.Diff([][2]int{{0, 2}, {0, 5}, {1, 2}, {1, 5}, {1, 8}}, got); diff != "" {
		t.Error(diff)
	}
	limited := source(t, w, Train, SourceOptions{Limit: 3})
	if got := origins(all(limited)); limited.Windows() != 3 || cmp.Diff([][2]int{{0, 2}, {1, 2}, {1, 6}}, got) != "" {
		t.Errorf("three of twelve windows: %v", got)
	}
}

func TestShuffleIsAPermutationOfItsSeedAndEpoch(t *testing.T) {
	w := cut(t, "0.9,0.05,0.05", WindowSpec{Input: 4, Horizon: 1, Batch: 7}, ramp("a", 200, "y"))
	inOrder := origins(all(source(t, w, Train, SourceOptions{})))
	s := source(t, w, Train, SourceOptions{Shuffle: true, Seed: 5})
	epoch := func(n uint64) [][2]int { s.Reset(n); return origins(all(s)) }
	first, second := epoch(0), epoch(1)
	if cmp.Equal(first, inOrder) || cmp.Equal(first, second) {
		t.Error("the order does not change with the epoch")
	}
	if !cmp.Equal(first, epoch(0)) {
		t.Error("the same epoch has another order")
	}
	if cmp.Equal(first, origins(all(source(t, w, Train, SourceOptions{Shuffle: true, Seed: 6})))) {
		t.Error("another seed has the same order")
	}
	slices.SortFunc(second, func(a, b [2]int) int { return a[1] - b[1] })
	if diff := cmp.Diff(inOrder, second); diff != "" {
		t.Error("a shuffled epoch is no permutation: ", diff)
	}
}

func TestCalendar(t *testing.T) {
	angle := func(sin, cos float64) float64 { // share of the circle
		a := math.Atan2(sin, cos) / (2 * math.Pi)
		return a - math.Floor(a+1e-12)
	}
	for _, c := range []struct {
		f    Frequency
		at   string
		want []float64
	}{
		{Monthly, "2023-01-01", []float64{0}},
		{Monthly, "2023-12-01", []float64{11. / 12}},
		{Quarterly, "2023-10-01", []float64{9. / 12}},
		{Weekly, "2023-12-31", []float64{364. / 365}},
		{Weekly, "2024-12-31", []float64{365. / 366}},
		{Daily, "2024-01-01", []float64{0, 0}}, // a Monday
		{Daily, "2023-12-31", []float64{6. / 7, 364. / 365}},
		{Daily, "2024-02-29", []float64{3. / 7, 59. / 366}},
		{Daily, "2023-03-01", []float64{2. / 7, 59. / 365}},
		{Daily, "1900-03-01", []float64{3. / 7, 59. / 365}}, // 1900 was no leap year
		{Hourly, "2024-12-31 18:00", []float64{0.75, 1. / 7, 365.75 / 366}},
		{Minutes(15), "2024-01-01 00:15", []float64{15. / 1440, 0, 15. / 1440 / 366}},
		{Yearly, "2024-01-01", nil},
	} {
		got := calendarRow(nil, c.f, day(c.at))
		if len(got) != 2*len(c.want) || len(got) != len(CalendarFeatures(c.f)) {
			t.Fatalf("%v: %d features for %v", c.f, len(got), CalendarFeatures(c.f))
		}
		for i, want := range c.want {
			if a := angle(got[2*i], got[2*i+1]); math.Abs(a-want) > 1e-12 {
				t.Errorf("%v at %s: %s at %v of its circle, want %v", c.f, c.at, CalendarFeatures(c.f)[2*i], a, want)
			}
		}
	}
}

func TestLastWindows(t *testing.T) {
	start := time.Date(2023, 12, 1, 0, 0, 0, 0, time.UTC)
	s := ramp("r", 31, "y", "k").Starting(start, Daily)
	spec := WindowSpec{Input: 4, Horizon: 3, Targets: []string{"y"}, Known: []string{"k"}, Calendar: true}
	scaler, err := FitScaler([]Section{{s, 0, 31}}, ScalerSpec{Scaling: MinMax})
	if err != nil {
		t.Fatal(err)
	}
	future := ramp("f", 40, "k").Starting(start, Daily) // past rows are passed over
	b, err := LastWindows(scaler, spec, []*Series{s}, []*Series{future})
	if err != nil {
		t.Fatal(err)
	}
	// The same window, seen as one of a longer series that holds the future.
	longer := ramp("r", 34, "y", "k").Starting(start, Daily)
	for h := range 3 {
		longer.Values[1][31+h] = future.Values[0][31+h]
	}
	split, err := SplitFiles([]*Series{longer}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWindows(split, scaler, spec)
	if err != nil {
		t.Fatal(err)
	}
	batches := all(source(t, w, Train, SourceOptions{Batch: 1}))
	want := batches[len(batches)-1]
	want.Y = Array{}
	if diff := cmp.Diff(want, b); diff != "" {
		t.Error(diff)
	}
	for name, list := range map[string][]*Series{"row at 2024-01-01": {ramp("f", 3, "k").Starting(start, Daily)}, "2 rows": {ramp("f", 2, "k")}, "future values of 0": nil} {
		if _, err := LastWindows(scaler, spec, []*Series{s}, list); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %q", err, name)
		}
	}
	if _, err := LastWindows(scaler, spec, []*Series{s.Slice(0, 3)}, nil); err == nil || !strings.Contains(err.Error(), "3 rows, a window takes 4") {
		t.Errorf("short series: %v", err)
	}
}

// Each series must get the future of its own name, in whatever order they come.
func TestLastWindowsPairsByName(t *testing.T) {
	named := func(name string, k float64) *Series {
		return &Series{Name: name, Columns: []string{"k"}, Values: [][]float64{{k, k}}}
	}
	series := []*Series{ramp("a", 9, "y", "k"), ramp("b", 9, "y", "k"), ramp("c", 9, "y", "k")}
	scaler, err := FitScaler([]Section{{series[0], 0, 9}}, ScalerSpec{Scaling: NoScaling})
	if err != nil {
		t.Fatal(err)
	}
	spec := WindowSpec{Input: 3, Horizon: 2, Targets: []string{"y"}, Known: []string{"k"}}
	a, b, c := named("a", 1), named("b", 2), named("c", 3)
	for _, future := range [][]*Series{{a, b, c}, {c, a, b}, {b, c, a}} {
		got, err := LastWindows(scaler, spec, series, future)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]float64{1, 2, 3, 1, 2, 3}, got.Future.Data); diff != "" {
			t.Error(diff)
		}
	}
	for _, wrong := range []struct {
		series, future []*Series
		want           string
	}{
		{series, []*Series{c, a}, `no future of "b" among those of c, a`},
		{series, []*Series{a, b, named("d", 4), c}, `a future of "d", but there is no such series`},
		{series, []*Series{a, b, named("a", 4)}, `two futures of "a"`},
		{series[:1], []*Series{a, b}, `a future of "b"`},
		{[]*Series{series[0], ramp("a", 9, "y", "k")}, []*Series{a, b}, `two series are named "a"`},
	} {
		if _, err := LastWindows(scaler, spec, wrong.series, wrong.future); err == nil || !strings.Contains(err.Error(), wrong.want) {
			t.Errorf("got %v, want %q", err, wrong.want)
		}
	}
	if _, err := LastWindows(scaler, spec, series[:1], []*Series{named("other", 1)}); err != nil {
		t.Errorf("one of each: %v", err)
	}
}

// A future that begins at the right time must also go on at the right step.
func TestLastWindowsHoldsTheFutureToItsSteps(t *testing.T) {
	friday := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	s := ramp("r", 5, "y", "k").Starting(friday.AddDate(0, 0, -4), BusinessDaily)
	scaler, err := FitScaler([]Section{{s, 0, 5}}, ScalerSpec{Scaling: NoScaling})
	if err != nil {
		t.Fatal(err)
	}
	last := func(horizon int, future *Series) error {
		spec := WindowSpec{Input: 3, Horizon: horizon, Targets: []string{"y"}, Known: []string{"k"}}
		_, err := LastWindows(scaler, spec, []*Series{s}, []*Series{future})
		return err
	}
	monday := friday.AddDate(0, 0, 3)
	daily := ramp("f", 9, "k").Starting(monday, Daily)
	if err := last(5, daily); err != nil {
		t.Errorf("Monday to Friday: %v", err)
	}
	if err := last(6, daily); err == nil || !strings.Contains(err.Error(), "datasets: f is daily, datasets: r goes on at steps that are business-daily: row 6 after its end is at 2024-03-09 and should be at 2024-03-11") {
		t.Errorf("over a weekend: %v", err)
	}
	if err := last(2, ramp("f", 9, "k").Starting(monday, Hourly)); err == nil || !strings.Contains(err.Error(), "f is hourly") {
		t.Errorf("hours: %v", err)
	}
	gap := ramp("f", 9, "k").Starting(monday, BusinessDaily)
	gap.Values[0][1] = math.NaN()
	if gap, err = gap.ResolveMissing(Drop); err != nil {
		t.Fatal(err)
	}
	if err := last(2, gap); err == nil || !strings.Contains(err.Error(), "is at 2024-03-06 and should be at 2024-03-05") {
		t.Errorf("a dropped row: %v", err)
	}
}

func TestStepping(t *testing.T) {
	monday := time.Date(2024, 3, 4, 0, 0, 0, 0, time.UTC)
	week := ramp("r", 5, "y").Starting(monday, Daily)
	if s, ok := week.Stepping(BusinessDaily); !ok || s.Label(5) != "2024-03-11" || week.Label(5) != "2024-03-09" {
		t.Errorf("five days: %v, then %s", ok, s.Label(5))
	}
	ends := Monthly
	ends.MonthEnd = true
	if s, ok := ramp("r", 3, "y").Starting(time.Date(2024, 1, 31, 0, 0, 0, 0, time.UTC), ends).Stepping(Monthly); !ok || !s.Freq.MonthEnd {
		t.Errorf("month ends: %v, %v", ok, s.Freq)
	}
	for _, f := range []Frequency{Hourly, Weekly, {}} {
		if _, ok := week.Stepping(f); ok {
			t.Errorf("days passed as %v", f)
		}
	}
	if _, ok := ramp("r", 6, "y").Starting(monday, Daily).Stepping(BusinessDaily); ok {
		t.Error("a Saturday passed as a business day")
	}
}

func TestWindowErrors(t *testing.T) {
	s := ramp("r", 30, "y", "z")
	gap := ramp("gap", 30, "y", "z")
	gap.Values[0][12] = math.NaN()
	for _, c := range []struct {
		spec   WindowSpec
		series *Series
		want   string
	}{
		{WindowSpec{Input: 0, Horizon: 1}, s, "at least 1"},
		{WindowSpec{Input: 1, Horizon: 1, Stride: -1}, s, "negative"},
		{WindowSpec{Input: 1, Horizon: 1, Targets: []string{"yy"}}, s, `no column "yy"; did you mean "y"?`},
		{WindowSpec{Input: 1, Horizon: 1, Inputs: []string{"y", "y"}}, s, "twice"},
		{WindowSpec{Input: 1, Horizon: 1, Targets: []string{"y"}, Known: []string{"y"}}, s, "both a target and known"},
		{WindowSpec{Input: 1, Horizon: 1, Known: []string{"y", "z"}}, s, "name a target"},
		{WindowSpec{Input: 1, Horizon: 1, Calendar: true}, s, "calendar"},
		{WindowSpec{Input: 1, Horizon: 1}, gap, `a missing value: "y" in row 12`},
		{WindowSpec{Input: 21, Horizon: 1}, s, "the train part has 21 rows, a window of input 21 and horizon 1 needs 22"},
		{WindowSpec{Input: 4, Horizon: 6}, s, "the valid part has 5 rows, a window of input 4 and horizon 6 needs 6"},
	} {
		split, err := DefaultSplit().Cut(c.series)
		if err != nil {
			t.Fatal(err)
		}
		scaler, err := FitScaler(split.Parts[Train], ScalerSpec{})
		if err != nil {
			t.Fatal(err)
		}
		w, err := NewWindows(split, scaler, c.spec)
		for p := Train; err == nil && p <= Test; p++ {
			_, err = w.Source(p, SourceOptions{})
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.spec, err, c.want)
		}
	}
	if split, err := DefaultSplit().Cut(s); err != nil {
		t.Fatal(err)
	} else if _, err := NewWindows(split, nil, WindowSpec{Input: 1, Horizon: 1}); err == nil || !strings.Contains(err.Error(), "want a scaler") {
		t.Errorf("no scaler: %v", err)
	}
	// A gap in a column that is not used does not matter.
	cut(t, "0.7,0.15,0.15", WindowSpec{Input: 2, Horizon: 1, Inputs: []string{"z"}, Targets: []string{"z"}}, gap)
	w := cut(t, "0.5,0.5,0", WindowSpec{Input: 2, Horizon: 1}, s)
	if _, err := w.Source(Test, SourceOptions{}); err == nil || !strings.Contains(err.Error(), "no rows for the test part") {
		t.Errorf("empty part: %v", err)
	}
}

func TestBatchClone(t *testing.T) {
	w := cut(t, "0.8,0.1,0.1", WindowSpec{Input: 2, Horizon: 1, Batch: 4}, ramp("a", 40, "y"))
	s := source(t, w, Train, SourceOptions{})
	first, _ := s.Next()
	kept := first.Clone()
	before := kept.X.Data[0]
	s.Next()
	if kept.X.Data[0] != before || first.X.Data[0] == before {
		t.Error("a clone must keep what the source reuses")
	}
	if kept.Weight() != 4 {
		t.Errorf("weight %v of four targets", kept.Weight())
	}
}

func BenchmarkWindows(b *testing.B) {
	s := ramp("a", 20000, "a", "b", "c", "d", "e", "f", "g")
	split, err := DefaultSplit().Cut(s)
	if err != nil {
		b.Fatal(err)
	}
	scaler, err := FitScaler(split.Parts[Train], ScalerSpec{})
	if err != nil {
		b.Fatal(err)
	}
	w, err := NewWindows(split, scaler, WindowSpec{Input: 96, Horizon: 24, Batch: 32})
	if err != nil {
		b.Fatal(err)
	}
	src, err := w.Source(Train, SourceOptions{Shuffle: true})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for range b.N {
		if _, ok := src.Next(); !ok {
			src.Reset(0)
		}
	}
}
