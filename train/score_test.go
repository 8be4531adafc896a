package train

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"lenz/datasets"
)

func TestScoresAreAnObjectInOrder(t *testing.T) {
	s := Scores{{"mse", 4}, {"mae", 0.1}, {"mase", math.Inf(1)}, {"crps", math.NaN()}}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"mse":4,"mae":0.1,"mase":null,"crps":null}`; string(text) != want {
		t.Errorf("JSON %s, want %s", text, want)
	}
	var back Scores
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	s[2].Value = math.NaN()
	if d := cmp.Diff(s, back, cmpopts.EquateNaNs()); d != "" {
		t.Errorf("read back (-want +got):\n%s", d)
	}
	for _, bad := range []string{`[1]`, `{"a":"b"}`, `{"a":1`} {
		if err := json.Unmarshal([]byte(bad), &back); err == nil {
			t.Errorf("%s was taken for scores", bad)
		}
	}
	if v, ok := s.Get("mae"); v != 0.1 || !ok {
		t.Errorf("mae is %v, %v", v, ok)
	}
	if v, ok := s.Get("wql"); !math.IsNaN(v) || ok {
		t.Errorf("a score that is not there is %v, %v", v, ok)
	}
	if d := cmp.Diff([]string{"mse", "mae", "mase", "crps"}, s.Names()); d != "" {
		t.Error(d)
	}
	if m := s.Map(); len(m) != 4 || m["mse"] != 4 {
		t.Errorf("map %v", m)
	}
}

func layout(horizon int, targets ...string) datasets.Layout {
	return datasets.Layout{Kind: datasets.Forecast, Input: 1, Horizon: horizon, Targets: targets}
}

func array(shape []int, values ...float64) datasets.Array {
	return datasets.Array{Shape: shape, Data: values}
}

// added returns a scorer of the batches and forecasts, in turn.
func added(t *testing.T, spec ScoreSpec, b datasets.Batch, p datasets.Prediction) *Scorer {
	t.Helper()
	s, err := NewScorer(spec)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(b, p); err != nil {
		t.Fatal(err)
	}
	return s
}

// expect compares the scores that are named.
func expect(t *testing.T, what string, got Scores, want map[string]float64) {
	t.Helper()
	for name, v := range want {
		if g, ok := got.Get(name); !ok || !(math.Abs(g-v) <= 1e-12*max(1, math.Abs(v))) {
			t.Errorf("%s: %s is %v, want %v", what, name, g, v)
		}
	}
}

func TestPointScoresByHand(t *testing.T) {
	// Two windows, two steps, one target; v = 2 z + 10.
	b := datasets.Batch{B: 2, Y: array([]int{2, 2, 1}, 0, 1, 2, 3), Series: []int{0, 0}}
	p := datasets.Prediction{Mean: array([]int{2, 2, 1}, 0.5, 1, 0, 4)}
	scaler := &datasets.Scaler{Columns: []datasets.ColumnScaler{{Name: "y", Shift: 10, Scale: 2}}}
	scales := Scales{Period: 1, Abs: [][]float64{{0.5}}, Square: [][]float64{{4}}}
	s := added(t, ScoreSpec{Layout: layout(2, "y"), Scaler: scaler, Scales: scales, Scaled: true}, b, p)
	// Truth 10 12 / 14 16, forecasts 11 12 / 10 18, errors 1 0 / 4 2.
	expect(t, "all", s.Scores(), map[string]float64{
		"mae": 7. / 4, "mse": 21. / 4, "rmse": math.Sqrt(21. / 4), "mase": 3.5, "rmsse": math.Sqrt(21. / 16),
		"smape": (200./21 + 0 + 800./24 + 400./34) / 4, "wape": 7. / 52,
		"scaled_mae": 3.5 / 4, "scaled_mse": (0.25 + 4 + 1) / 4,
	})
	steps := s.Steps()
	expect(t, "step 1", steps[0], map[string]float64{"mae": 0.5, "mse": 0.5, "mase": 1, "rmsse": math.Sqrt(0.5 / 4)})
	expect(t, "step 2", steps[1], map[string]float64{"mae": 3, "mse": 10, "mase": 6, "rmsse": math.Sqrt(10. / 4)})
	want := []string{"mae", "mse", "rmse", "mase", "rmsse", "smape", "wape", "scaled_mse", "scaled_mae"}
	if d := cmp.Diff(want, s.Scores().Names()); d != "" {
		t.Errorf("names (-want +got):\n%s", d)
	}
	if len(s.Targets()) != 1 {
		t.Fatalf("%d targets", len(s.Targets()))
	}
	expect(t, "target", s.Targets()[0], map[string]float64{"mae": 7. / 4, "rmsse": math.Sqrt(21. / 16)})
}

func TestScaledErrorsAveragePairsOfSeriesAndTargets(t *testing.T) {
	// Two series, two targets, one step. Series 1 was constant in target b: no scale.
	b := datasets.Batch{B: 2, Y: array([]int{1, 2, 2}, 0, 0, 0, 0), Series: []int{0, 1}}
	p := datasets.Prediction{Mean: array([]int{1, 2, 2}, 1, 2, 3, 4)}
	scales := Scales{Abs: [][]float64{{1, 4}, {2, math.NaN()}}, Square: [][]float64{{1, 16}, {9, math.NaN()}}}
	s := added(t, ScoreSpec{Layout: layout(1, "a", "b"), Scales: scales}, b, p)
	expect(t, "all", s.Scores(), map[string]float64{"mae": 2.5, "mase": (1 + 0.5 + 1.5) / 3, "rmsse": (1 + 0.5 + 1) / 3})
	expect(t, "a", s.Targets()[0], map[string]float64{"mae": 2, "mase": 1.25, "rmsse": 1})
	expect(t, "b", s.Targets()[1], map[string]float64{"mae": 3, "mase": 0.5, "rmsse": 0.5})
	if _, ok := s.Scores().Get("wape"); ok {
		t.Error("wape of a truth of zeros")
	}
	none := added(t, ScoreSpec{Layout: layout(1, "a", "b"), Scales: Scales{Abs: [][]float64{{math.NaN(), math.NaN()}, {math.NaN(), math.NaN()}},
		Square: [][]float64{{1, 1}, {1, 1}}}}, b, p)
	if _, ok := none.Scores().Get("mase"); ok {
		t.Error("mase where no series has a scale")
	}
}

func TestMaskedAndUnknownTargetsArePassedOver(t *testing.T) {
	b := datasets.Batch{B: 4, Y: array([]int{1, 4, 1}, 0, math.NaN(), 0, 0), Mask: array([]int{1, 4, 1}, 1, 1, 0, 3)}
	s := added(t, ScoreSpec{Layout: layout(1, "y")}, b, datasets.Prediction{Mean: array([]int{1, 4, 1}, 1, math.Inf(1), math.NaN(), 5)})
	expect(t, "all", s.Scores(), map[string]float64{"mae": (1 + 3*5.) / 4, "mse": (1 + 3*25.) / 4})
	b.Mask.Data = []float64{0, 0, 0, 0}
	empty := added(t, ScoreSpec{Layout: layout(1, "y")}, b, datasets.Prediction{Mean: datasets.NewArray(1, 4, 1)})
	if got := empty.Scores(); got != nil {
		t.Errorf("scores of nothing: %v", got)
	}
}

func TestForecastsThatAreNotFiniteShow(t *testing.T) {
	b := datasets.Batch{B: 1, Y: array([]int{1, 1, 1}, 0)}
	s := added(t, ScoreSpec{Layout: layout(1, "y")}, b, datasets.Prediction{Mean: array([]int{1, 1, 1}, math.NaN())})
	if v := s.Scores().Value("mae"); !math.IsNaN(v) {
		t.Errorf("mae of a forecast that is NaN: %v", v)
	}
}

func TestQuantileScoresByHand(t *testing.T) {
	b := datasets.Batch{B: 2, Y: array([]int{1, 2, 1}, 1, 6)}
	p := datasets.Prediction{Mean: array([]int{1, 2, 1}, 2, 4), Levels: []float64{0.1, 0.5, 0.9},
		Quantiles: array([]int{3, 1, 2, 1}, 0, 3, 2, 4, 3, 5)}
	s := added(t, ScoreSpec{Layout: layout(1, "y")}, b, p)
	// Window 1: quantiles 0 2 3 of 1: 0.1, 0.5, 0.2. Window 2: 3 4 5 of 6: 0.3, 1, 0.9.
	pinball := (0.1 + 0.5 + 0.2 + 0.3 + 1 + 0.9) / 6
	// The levels weigh 0.5, 0.8 and 0.5 in CRPS.
	crps := (0.1*0.5 + 0.5*0.8 + 0.2*0.5 + 0.3*0.5 + 1*0.8 + 0.9*0.5) / 2
	expect(t, "all", s.Scores(), map[string]float64{"pinball": pinball, "crps": crps, "wql": 2 * pinball * 2 / 7,
		"coverage_80": 0.5, "width_80": 2.5, "mae": 1.5})
	doubled := added(t, ScoreSpec{Layout: layout(1, "y"), Scaler: &datasets.Scaler{Columns: []datasets.ColumnScaler{{Name: "y", Scale: 2}}}}, b, p)
	expect(t, "doubled", doubled.Scores(), map[string]float64{"pinball": 2 * pinball, "coverage_80": 0.5, "width_80": 5})
}

// TestManyQuantilesApproachCRPS takes 999 levels of a Gaussian, at one truth.
func TestManyQuantilesApproachCRPS(t *testing.T) {
	const n = 999
	b := datasets.Batch{B: 1, Y: array([]int{1, 1, 1}, 0.8)}
	p := datasets.Prediction{Mean: array([]int{1, 1, 1}, 0), Quantiles: datasets.NewArray(n, 1, 1, 1)}
	for i := range n {
		level := float64(i+1) / (n + 1)
		p.Levels = append(p.Levels, level)
		p.Quantiles.Data[i] = math.Sqrt2 * math.Erfinv(2*level-1)
	}
	got := added(t, ScoreSpec{Layout: layout(1, "y")}, b, p).Scores().Value("crps")
	if want := GaussianCRPS(0.8, 0, 1); math.Abs(got-want) > 0.002 {
		t.Errorf("crps %v of %d quantiles, the closed form is %v", got, n, want)
	}
}

func TestGaussianForecastsHaveExactCRPSInOriginalUnits(t *testing.T) {
	b := datasets.Batch{B: 1, Y: array([]int{1, 1, 1}, 1)}
	p := datasets.Prediction{Mean: array([]int{1, 1, 1}, 0), SD: array([]int{1, 1, 1}, 0.5), Levels: []float64{0.5}, Quantiles: array([]int{1, 1, 1, 1}, 0)}
	column := datasets.ColumnScaler{Name: "y", Shift: 7, Scale: 3, Transform: datasets.NoTransform}
	spec := ScoreSpec{Layout: layout(1, "y"), Scaler: &datasets.Scaler{Columns: []datasets.ColumnScaler{column}}}
	expect(t, "scaled", added(t, spec, b, p).Scores(), map[string]float64{"crps": GaussianCRPS(10, 7, 1.5)})
	// Under a logarithm the forecast is Gaussian no more: the quantiles are what is left.
	column.Transform = datasets.Log
	spec.Scaler = &datasets.Scaler{Columns: []datasets.ColumnScaler{column}}
	expect(t, "log", added(t, spec, b, p).Scores(), map[string]float64{"crps": math.Exp(10) - math.Exp(7)})
}

func TestScoresDoNotDependOnBatches(t *testing.T) {
	const n = 50
	spec := ScoreSpec{Layout: layout(2, "y")}
	whole, single := datasets.NewArray(2, n, 1), datasets.NewArray(2, n, 1)
	for i := range whole.Data {
		whole.Data[i], single.Data[i] = math.Sin(float64(i*i)), math.Cos(float64(i))
	}
	once := added(t, spec, datasets.Batch{B: n, Y: whole}, datasets.Prediction{Mean: single})
	many, err := NewScorer(spec)
	if err != nil {
		t.Fatal(err)
	}
	for k := range n {
		y := array([]int{2, 1, 1}, whole.At(0, k, 0), whole.At(1, k, 0))
		f := array([]int{2, 1, 1}, single.At(0, k, 0), single.At(1, k, 0))
		if err := many.Add(datasets.Batch{B: 1, Y: y}, datasets.Prediction{Mean: f}); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(once.Scores(), many.Scores()); d != "" {
		t.Errorf("one batch and many differ:\n%s", d)
	}
}

func TestLabelsAreScored(t *testing.T) {
	steps := datasets.Layout{Kind: datasets.PerStep, Input: 3, Targets: []string{"y"}}
	// Sequence 1 ends after one step: what follows does not count.
	b := datasets.Batch{T: 3, B: 2, Lengths: []int{3, 1}, Y: array([]int{3, 2, 1}, 0, 0, 0, 9, 0, 9)}
	s := added(t, ScoreSpec{Layout: steps}, b, datasets.Prediction{Mean: array([]int{3, 2, 1}, 1, 2, 3, 0, 4, 0)})
	expect(t, "per step", s.Scores(), map[string]float64{"mae": 10. / 4, "mse": 30. / 4})

	classes := datasets.Layout{Kind: datasets.PerSequence, Input: 3, Targets: []string{"class"}, Classes: 3}
	b = datasets.Batch{T: 3, B: 2, Y: array([]int{2, 1}, 2, 0)}
	s = added(t, ScoreSpec{Layout: classes}, b, datasets.Prediction{Mean: array([]int{2, 3}, 0, 0, 1000, 1, 3, 2)})
	sum := math.Exp(1) + math.Exp(2) + math.Exp(3)
	expect(t, "classes", s.Scores(), map[string]float64{"accuracy": 0.5, "cross_entropy": (math.Log(sum) - 1) / 2})

	classes.Classes = 2
	s = added(t, ScoreSpec{Layout: classes}, datasets.Batch{T: 3, B: 2, Y: array([]int{2, 1}, 1, 0)},
		datasets.Prediction{Mean: array([]int{2, 1}, 0.5, 0.5)})
	p := 1 / (1 + math.Exp(-0.5))
	expect(t, "one logit", s.Scores(), map[string]float64{"accuracy": 0.5, "cross_entropy": -(math.Log(p) + math.Log(1-p)) / 2})
}

func TestScorerRefuses(t *testing.T) {
	b := datasets.Batch{B: 1, Y: array([]int{1, 1, 1}, 0), Series: []int{0}}
	p := datasets.Prediction{Mean: array([]int{1, 1, 1}, 0)}
	withLevels := p
	withLevels.Levels, withLevels.Quantiles = []float64{0.5}, array([]int{1, 1, 1, 1}, 0)
	one := ScoreSpec{Layout: layout(1, "y")}
	scaled := ScoreSpec{Layout: layout(1, "y"), Scales: Scales{Abs: [][]float64{{1}}, Square: [][]float64{{1}}}}
	for name, c := range map[string]struct {
		spec ScoreSpec
		add  []datasets.Prediction
		b    func(b *datasets.Batch)
		want string
	}{
		"no target":   {ScoreSpec{Layout: layout(1)}, nil, nil, "no targets"},
		"column":      {ScoreSpec{Layout: layout(1, "y"), Scaler: &datasets.Scaler{}}, nil, nil, `no column "y"`},
		"scales":      {ScoreSpec{Layout: layout(1, "y"), Scales: Scales{Abs: [][]float64{{1, 2}}, Square: [][]float64{{1, 2}}}}, nil, nil, "2 targets, the layout has 1"},
		"shape":       {one, []datasets.Prediction{{Mean: array([]int{1, 1}, 0)}}, nil, "shape [1 1], want [1 1 1]"},
		"levels":      {one, []datasets.Prediction{p, withLevels}, nil, "levels [0.5] after batches with []"},
		"no truth":    {one, []datasets.Prediction{p}, func(b *datasets.Batch) { b.Y = datasets.Array{} }, "hold the truth"},
		"mask":        {one, []datasets.Prediction{p}, func(b *datasets.Batch) { b.Mask = datasets.NewArray(1) }, "mask"},
		"no series":   {scaled, []datasets.Prediction{p}, func(b *datasets.Batch) { b.Series = nil }, "0 of 1 windows"},
		"which":       {scaled, []datasets.Prediction{p}, func(b *datasets.Batch) { b.Series = []int{1} }, "series 1, there are scales for 1"},
		"label":       {ScoreSpec{Layout: datasets.Layout{Kind: datasets.PerSequence, Targets: []string{"y"}, Classes: 3}}, []datasets.Prediction{{Mean: array([]int{1, 3}, 0, 0, 0)}}, func(b *datasets.Batch) { b.Y = array([]int{1, 1}, 3) }, "label 3"},
		"not so many": {ScoreSpec{Layout: datasets.Layout{Kind: datasets.PerSequence, Targets: []string{"y"}, Classes: 3}}, []datasets.Prediction{{Mean: array([]int{1, 2}, 0, 0)}}, func(b *datasets.Batch) { b.Y = array([]int{1, 1}, 1) }, "want [1 3]"},
	} {
		s, err := NewScorer(c.spec)
		batch := b
		if c.b != nil {
			c.b(&batch)
		}
		for _, p := range c.add {
			if err == nil {
				err = s.Add(batch, p)
			}
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", name, err, c.want)
		}
	}
}
