package report

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// contrast is the ratio of WCAG 2.2 of two colours.
func contrast(a, b uint32) float64 {
	light := func(rgb uint32) float64 {
		sum := 0.0
		for i, weight := range []float64{0.0722, 0.7152, 0.2126} {
			v := float64(rgb>>(8*i)&0xFF) / 255
			if v <= 0.04045 {
				v /= 12.92
			} else {
				v = math.Pow((v+0.055)/1.055, 2.4)
			}
			sum += weight * v
		}
		return sum
	}
	x, y := light(a), light(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestCompareOrdersAndRanks(t *testing.T) {
	nan := math.NaN()
	m := Compare("test",
		Scores{"gru", map[string]float64{"zeta": 1, "smape": 12, "mae": 2, "coverage_80": 0.7, "coverage@0.95": 0.99, "coverage": 0.8, "accuracy": 0.9, "crps": 1}},
		Scores{"naive", map[string]float64{"zeta": 2, "smape": 11, "mae": 2, "coverage_80": 0.95, "coverage@0.95": 0.9, "coverage": 0.9, "accuracy": 0.8}},
		Scores{"ar", map[string]float64{"mae": nan, "smape": math.Inf(1)}})
	var keys []string
	for _, r := range m.Rows {
		keys = append(keys, r.Key)
	}
	if want := []string{"mae", "smape", "crps", "accuracy", "coverage", "coverage@0.95", "coverage_80", "zeta"}; !slices.Equal(keys, want) {
		t.Errorf("rows are %v, want %v", keys, want)
	}
	best := map[string][]int{"mae": {0, 1}, "smape": {1}, "crps": nil, "accuracy": {0}, "coverage": nil, "coverage_80": {0}, "coverage@0.95": {0}, "zeta": nil}
	for _, r := range m.Rows {
		if got := r.Best(); !slices.Equal(got, best[r.Key]) {
			t.Errorf("best of %s %v is %v, want %v", r.Key, r.Values, got, best[r.Key])
		}
	}
}

func TestVerdict(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		values []float64
		want   Outcome
		text   string
	}{
		{[]float64{9, 10, 12}, Wins, "beats all 2 baselines: MAE 9.00 against 10.00 of b1 (10 % less)"},
		{[]float64{9, 10}, Wins, "beats its baseline"},
		{[]float64{9, nan, 10}, Wins, "beats its baseline: MAE 9.00 against 10.00 of b2"},
		{[]float64{11, 12, 10}, Loses, "does not beat the best baseline: MAE 11.00 against 10.00 of b2 (10 % more)"},
		{[]float64{10.04, 10}, Ties, "level with the best baseline"},
		{[]float64{0, 0}, Ties, "level"},
		{[]float64{nan, 10}, Unknown, "no finite MAE"},
		{[]float64{math.Inf(1), 10}, Unknown, "no finite MAE"},
		{[]float64{10}, Unknown, "no baseline"},
		{[]float64{10, nan}, Unknown, "no baseline"},
	} {
		m := Metrics{Columns: []string{"lstm", "b1", "b2"}[:len(c.values)], Rows: []Metric{{Key: "mae", Label: "MAE", Goal: Least, Values: c.values}}}
		if got := m.Verdict("mae"); got.Outcome != c.want || !strings.Contains(got.Text, c.text) {
			t.Errorf("%v: %s: %s; want %s with %q", c.values, got.Outcome, got.Text, c.want, c.text)
		}
	}
	up := Metrics{Columns: []string{"lstm", "b"}, Rows: []Metric{{Key: "accuracy", Label: "Accuracy", Goal: Greatest, Values: []float64{0.9, 0.8}}}}
	if got := up.Verdict("accuracy"); got.Outcome != Wins || !strings.Contains(got.Text, "12 % more") {
		t.Errorf("a higher accuracy: %v", got)
	}
	if got := up.Verdict("mae"); got.Outcome != Unknown || !strings.Contains(got.Text, "No mae was measured") {
		t.Errorf("an unknown metric: %v", got)
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 17.2512: "17.25", -3: "−3", 0.0031415: "0.003142", 1234567: "1.235e6", 1e-5: "1e−5", 132: "132", 12345.6: "12346", 999999.6: "1000000",
		math.Inf(-1): "−Inf",
	} {
		if got := number(v); got != want {
			t.Errorf("number(%g) = %q, want %q", v, got, want)
		}
	}
	if got, want := numbers([]float64{551.23, 803, math.NaN(), 1433}), []string{"551", "803", "–", "1433"}; !slices.Equal(got, want) {
		t.Errorf("a row is %v, want %v", got, want)
	}
	if got, want := thousands(-1234567), "-1\u202f234\u202f567"; got != want {
		t.Errorf("thousands = %q, want %q", got, want)
	}
}
