package report

import (
	"math"
	"strings"
	"testing"
	"time"
)

// degenerate inputs: none may fail, hang, or put a number into the drawing that is none.
func degenerate() map[string]interface{ Figure() (Figure, error) } {
	nan, inf := math.NaN(), math.Inf(1)
	huge := []float64{1e308, -1e308, 1e-308, 0, 1e300}
	long := strings.Repeat("a very long name, ", 30)
	many := Forecast{}
	for range 30 {
		many.Targets = append(many.Targets, Target{Name: long, Unit: long, History: wave(50), Mean: wave(5)})
	}
	times := make([]time.Time, 5)
	for i := range times {
		times[i] = time.Date(1750+200*i, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	same := make([]time.Time, 5)
	fast := make([]time.Time, 5)
	for i := range fast {
		fast[i] = time.Unix(1e9, int64(i)*1e6)
	}
	target := func(h, m []float64) []Target { return []Target{{Name: "y", History: h, Mean: m}} }
	return map[string]interface{ Figure() (Figure, error) }{
		"no epoch":          Learning{Best: -1},
		"one epoch":         Learning{Train: []float64{1}, Valid: []float64{2}, Rate: []float64{0.1}},
		"diverged":          Learning{Train: []float64{1, 1e10, inf, nan}, Best: 0},
		"all NaN":           Learning{Train: []float64{nan, nan}, Valid: []float64{nan, nan}, Best: -1},
		"best is NaN":       Learning{Train: []float64{1, nan}, Best: 1},
		"negative":          Learning{Train: []float64{-1, -2, -3}, Best: 2},
		"constant":          Learning{Train: []float64{3, 3, 3}, Rate: []float64{0.1, 0.1, 0.1}, Best: 0},
		"zero":              Learning{Train: []float64{0, 0, 0}, Best: 0},
		"huge":              Learning{Train: huge, Best: 0},
		"tiny":              Learning{Train: []float64{1e-320, 1e-310}, Best: 0},
		"close":             Learning{Train: []float64{1e15, 1e15 + 0.25, 1e15 + 0.5}, Best: 0},
		"no history":        Forecast{Targets: target(nil, wave(3))},
		"no horizon":        Forecast{Targets: target(wave(3), nil)},
		"nothing":           Forecast{Targets: target(nil, nil)},
		"one step":          Forecast{Targets: target(wave(1), wave(1))},
		"gaps":              Forecast{Targets: target([]float64{1, nan, 2, nan, nan, 3}, []float64{nan, 4, nan})},
		"lonely band":       Forecast{Targets: []Target{{Mean: wave(1), Intervals: []Interval{{0.9, []float64{-1}, []float64{1}}}}}},
		"crossed band":      Forecast{Targets: []Target{{Mean: wave(3), Intervals: []Interval{{0.9, []float64{1, nan, inf}, []float64{-1, 1, 1}}}}}},
		"30 targets":        many,
		"centuries":         Forecast{Clock: Clock{Times: times}, Targets: target(wave(3), wave(2))},
		"one moment":        Forecast{Clock: Clock{Times: same}, Targets: target(wave(3), wave(2))},
		"milliseconds":      Forecast{Clock: Clock{Times: fast}, Targets: target(wave(3), wave(2))},
		"100 000 rows":      Backtest{Targets: []BacktestTarget{{Truth: wave(100_000), Paths: []Path{{Mean: wave(50_000), Low: wave(50_000), High: wave(50_000)}}}}},
		"no path":           Backtest{Targets: []BacktestTarget{{Truth: wave(5)}}},
		"empty path":        Backtest{Targets: []BacktestTarget{{Truth: wave(5), Paths: []Path{{Start: 5}}}}},
		"no step":           Horizon{},
		"errors, all equal": Horizon{Model: NamedLine{"m", []float64{0, 0}}, Baselines: []NamedLine{{"m", []float64{0, 0}}}},
		"seven baselines":   Horizon{Model: NamedLine{"m", []float64{1}}, Baselines: make7()},
	}
}

func make7() (out []NamedLine) {
	for i := range 7 {
		out = append(out, NamedLine{strings.Repeat("b", i+1), []float64{float64(i)}})
	}
	return out
}

func TestDegenerateInputs(t *testing.T) {
	for name, d := range degenerate() {
		t.Run(name, func(t *testing.T) {
			f := figureOf(t, d)
			for what, doc := range map[string]string{"svg": svg(t, f), "wide": string(f.inline(wideWidth, "wide")), "narrow": string(f.inline(narrowWidth, "narrow"))} {
				elements(t, doc)
				for _, bad := range []string{"NaN", "Inf", `"M L`, "e+"} {
					if strings.Contains(drawing(doc), bad) {
						t.Errorf("%s holds %s: %.200s", what, bad, doc[strings.Index(doc, bad):])
					}
				}
				if len(doc) > 400_000 {
					t.Errorf("%s has %d bytes: thin it", what, len(doc))
				}
			}
			picture(t, f)
			var b strings.Builder
			if err := (Page{Title: name, Figures: []Figure{f}}).Write(&b); err != nil {
				t.Error(err)
			}
			for _, o := range []TextOptions{{}, {Width: 1, Height: 1}, {Width: 40, Height: 6, ASCII: true}} {
				if err := f.Text(&b, o); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// drawing takes the texts out, which may say NaN.
func drawing(doc string) string {
	var b strings.Builder
	for i, part := range strings.Split(doc, "<") {
		tag, _, _ := strings.Cut(part, ">")
		if i > 0 && !strings.HasPrefix(tag, "svg") {
			b.WriteString(tag)
		}
	}
	return b.String()
}

func TestThinKeepsSpikesAndGaps(t *testing.T) {
	ps := make([]point, 100_000)
	for i := range ps {
		ps[i] = point{float64(i), 0}
	}
	ps[12_345].y, ps[67_891].y = 5, -5
	for i := 30_000; i < 40_000; i++ {
		ps[i].y = math.NaN()
	}
	out := thin(ps, 500)
	if len(out) > 1002 {
		t.Errorf("%d points are left, want at most 1002", len(out))
	}
	lo, hi, gaps, last := 0.0, 0.0, 0, -1.0
	for _, p := range out {
		if p.missing() {
			gaps++
			continue
		}
		lo, hi = math.Min(lo, p.y), math.Max(hi, p.y)
		if p.x < last {
			t.Fatalf("point at %g comes after %g", p.x, last)
		}
		last = p.x
	}
	if lo != -5 || hi != 5 || gaps == 0 || last != 99_999 {
		t.Errorf("least %g, greatest %g, %d gaps, last at %g: want -5, 5, some, 99999", lo, hi, gaps, last)
	}
	if got := thin(ps[:100], 500); len(got) != 100 {
		t.Errorf("100 points became %d, though there is room", len(got))
	}
}
