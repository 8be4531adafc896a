package datasets

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIntervalsArePairsOfMirroredLevels(t *testing.T) {
	got := Intervals([]float64{0.025, 0.1, 0.3, 0.5, 0.9, 0.975})
	want := []Interval{{Lower: 0, Upper: 5, Coverage: 0.95}, {Lower: 1, Upper: 4, Coverage: 0.8}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("intervals (-want +got):\n%s", d)
	}
	if got := Intervals([]float64{0.5}); got != nil {
		t.Errorf("the median alone has the intervals %v", got)
	}
	if got := Intervals([]float64{0.2, 0.9}); got != nil {
		t.Errorf("levels 0.2 and 0.9 have the intervals %v", got)
	}
}

func prediction() Prediction {
	return Prediction{
		Mean:      Array{Shape: []int{1, 2, 2}, Data: []float64{0, 1, 2, 3}},
		SD:        Array{Shape: []int{1, 2, 2}, Data: []float64{1, 1, 0.5, 2}},
		Levels:    []float64{0.1, 0.9},
		Quantiles: Array{Shape: []int{2, 1, 2, 2}, Data: []float64{-1, 0, 1, 2, 1, 2, 3, 4}},
	}
}

func TestInvertScalesEveryColumnByItsOwn(t *testing.T) {
	p := prediction()
	s := &Scaler{Columns: []ColumnScaler{
		{Name: "b", Transform: NoTransform, Shift: 10, Scale: 2},
		{Name: "a", Transform: NoTransform, Shift: 0, Scale: 3},
	}}
	got, err := p.Invert(s, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	want := Prediction{
		Mean:      Array{Shape: []int{1, 2, 2}, Data: []float64{0, 12, 6, 16}},
		SD:        Array{Shape: []int{1, 2, 2}, Data: []float64{3, 2, 1.5, 4}},
		Levels:    []float64{0.1, 0.9},
		Quantiles: Array{Shape: []int{2, 1, 2, 2}, Data: []float64{-3, 10, 3, 14, 3, 14, 9, 18}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("inverted (-want +got):\n%s", d)
	}
	if d := cmp.Diff(prediction(), p); d != "" {
		t.Errorf("Invert changed what it was given:\n%s", d)
	}
}

func TestInvertKeepsNoSDUnderATransform(t *testing.T) {
	s := &Scaler{Columns: []ColumnScaler{{Name: "a", Transform: Log, Scale: 1}, {Name: "b", Transform: NoTransform, Scale: 1}}}
	got, err := prediction().Invert(s, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	if !got.SD.IsZero() {
		t.Errorf("SD is %v under a logarithm, want none", got.SD)
	}
	if want := math.Exp(2); got.Mean.Data[2] != want || got.Quantiles.Data[0] != math.Exp(-1) {
		t.Errorf("mean %v, quantile %v, want %v, %v", got.Mean.Data[2], got.Quantiles.Data[0], want, math.Exp(-1))
	}
}

func TestInvertNamesWhatDoesNotFit(t *testing.T) {
	s := &Scaler{Columns: []ColumnScaler{{Name: "a", Scale: 1}}}
	for _, c := range []struct {
		targets []string
		want    string
	}{
		{[]string{"a"}, "2 columns, there are 1 targets"},
		{[]string{"a", "x"}, `no column "x"`},
	} {
		if _, err := prediction().Invert(s, c.targets); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("targets %v: error %v, want %q in it", c.targets, err, c.want)
		}
	}
}

func TestCheckRefusesWhatDoesNotFit(t *testing.T) {
	if err := prediction().Check(1, 2, 2); err != nil {
		t.Errorf("a good prediction: %v", err)
	}
	for name, c := range map[string]struct {
		change func(*Prediction)
		want   string
	}{
		"mean":      {func(p *Prediction) { p.Mean = NewArray(2, 2, 2) }, "the mean of the prediction has the shape [2 2 2], want [1 2 2]"},
		"data":      {func(p *Prediction) { p.Mean.Data = p.Mean.Data[:3] }, "3 values"},
		"sd":        {func(p *Prediction) { p.SD = NewArray(1) }, "standard deviation"},
		"levels":    {func(p *Prediction) { p.Levels = []float64{0.9, 0.1} }, "[0.9 0.1]"},
		"range":     {func(p *Prediction) { p.Levels = []float64{0.1, 1} }, "[0.1 1]"},
		"quantiles": {func(p *Prediction) { p.Quantiles = Array{} }, "the quantiles"},
		"no levels": {func(p *Prediction) { p.Levels = nil }, "the quantiles"},
	} {
		p := prediction()
		c.change(&p)
		if err := p.Check(1, 2, 2); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", name, err, c.want)
		}
	}
}
