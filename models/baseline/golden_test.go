package baseline

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"lenz/datasets"
)

// TestRidgeEqualsScikitLearn compares with testdata/ridge_golden.json, which testdata/ridge_golden.py made with
// scikit-learn 1.2.1. Both solve the same normal equations in float64, of a condition below 1e6; the sums are shifted
// here and centred there, so 1e-9 of the largest value leaves room for no more than rounding.
func TestRidgeEqualsScikitLearn(t *testing.T) {
	text, err := os.ReadFile("testdata/ridge_golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Input, Horizon, Train int
		Columns               [][]float64
		Cases                 []struct {
			Name                          string
			Ridge                         float64
			Shared, Center, Covariates    bool
			Forecasts, Weights, Intercept []float64
		}
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	s, err := datasets.NewSeries("golden", []string{"a", "b", "c"}, golden.Columns)
	if err != nil {
		t.Fatal(err)
	}
	w := cut(t, s, golden.Train, 0, datasets.NoScaling, datasets.WindowSpec{Input: golden.Input, Horizon: golden.Horizon, Targets: []string{"a", "b"}})
	for _, c := range golden.Cases {
		config := RidgeConfig{Lags: []int{golden.Input}, Ridge: []float64{c.Ridge}, Center: "no", Shared: c.Shared, Covariates: c.Covariates}
		if c.Center {
			config.Center = "yes"
		}
		r := fitted(t, w, config)
		got := forecasts(t, w, r)
		closeTo(t, c.Name+": forecasts", got, c.Forecasts, 1e-9)
		weights, intercept := r.Weights(0)
		want := c.Weights
		if c.Center { // lag 0 is left out of ours, and zero there
			want = dropLagZero(c.Weights, golden.Horizon, golden.Input, c.Covariates)
		}
		closeTo(t, c.Name+": weights", weights.Data, want, 1e-9)
		closeTo(t, c.Name+": intercept", intercept, c.Intercept, 1e-9)
	}
}

// dropLagZero removes the rows of lag 0 of the two targets.
func dropLagZero(weights []float64, horizon, lags int, covariates bool) []float64 {
	var out []float64
	for f := range len(weights) / horizon {
		if f == 0 || covariates && f == lags {
			continue
		}
		out = append(out, weights[f*horizon:][:horizon]...)
	}
	return out
}

// closeTo compares with a tolerance relative to the largest value.
func closeTo(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	largest := 0.0
	for _, v := range want {
		largest = max(largest, math.Abs(v))
	}
	for i := range want {
		if d := math.Abs(got[i] - want[i]); !(d <= tolerance*largest) {
			t.Fatalf("%s: value %d is %v, want %v: off by %.2g of the largest", what, i, got[i], want[i], d/largest)
		}
	}
}
