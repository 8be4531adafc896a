package models_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"lenz/datasets"
	"lenz/internal/rng"
	"lenz/models"
)

// window is one forecast of two steps and two targets, off by the errors.
func window(errs [4]float64) (datasets.Prediction, datasets.Batch) {
	mean, y := datasets.NewArray(2, 1, 2), datasets.NewArray(2, 1, 2)
	for i, e := range errs {
		mean.Data[i] = 10 * float64(i)
		y.Data[i] = mean.Data[i] + e
	}
	return datasets.Prediction{Mean: mean}, datasets.Batch{B: 1, Y: y}
}

// With n = 9 errors 1..9, coverage 0.8 takes the ceil(10*0.8) = 8th and 0.9 the 9th; 0.95 would need a tenth.
func TestConformalRanks(t *testing.T) {
	c := models.NewCalibration(2, 2)
	for i := 9; i >= 1; i-- {
		e := float64(i)
		if err := c.Add(window([4]float64{e, -2 * e, 3 * e, 4 * e})); err != nil {
			t.Fatal(err)
		}
	}
	f, err := c.Fit(0.95, 0.9, 0.8)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Coverages) != 2 || f.Coverages[0] != 0.8 || f.Coverages[1] != 0.9 || f.Errors != 9 {
		t.Fatalf("coverages %v of %d errors", f.Coverages, f.Errors)
	}
	p, _ := window([4]float64{})
	p, err = f.Apply(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Check(2, 1, 2); err != nil {
		t.Fatal(err)
	}
	for i, factor := range []float64{1, 2, 3, 4} {
		mean := 10 * float64(i)
		want := []float64{mean - 9*factor, mean - 8*factor, mean + 8*factor, mean + 9*factor}
		for q, w := range want {
			if got := p.Quantiles.Data[q*4+i]; math.Abs(got-w) > 1e-12 {
				t.Errorf("element %d at level %v: %v, want %v", i, p.Levels[q], got, w)
			}
		}
	}
	if again, err := f.Apply(p); err != nil || &again.Quantiles.Data[0] != &p.Quantiles.Data[0] {
		t.Errorf("a forecast with quantiles was changed (%v)", err)
	}
}

// Over exchangeable errors the coverage of new ones is at least what was asked for, and less than 1/(n+1) above it: the
// mean over 4000 repetitions stays within five standard errors of that.
func TestConformalCovers(t *testing.T) {
	r := rand.New(rng.New(1, "conformal"))
	const n, runs, coverage = 39, 4000, 0.8
	hits := 0.0
	for range runs {
		c := models.NewCalibration(2, 2)
		draw := func() [4]float64 {
			return [4]float64{r.NormFloat64(), r.ExpFloat64(), r.Float64(), r.NormFloat64() * r.NormFloat64()}
		}
		for range n {
			if err := c.Add(window(draw())); err != nil {
				t.Fatal(err)
			}
		}
		f, err := c.Fit(coverage)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range draw() {
			if math.Abs(e) <= f.Widths[0][i] {
				hits += 0.25
			}
		}
	}
	share, noise := hits/runs, 5*math.Sqrt(coverage*(1-coverage)/runs)
	if share < coverage-noise || share > coverage+1.0/(n+1)+noise {
		t.Errorf("covered %v, want %v to %v", share, coverage, coverage+1.0/(n+1))
	}
}

func TestConformalRefuses(t *testing.T) {
	c := models.NewCalibration(3, 2)
	if err := c.Add(window([4]float64{})); err == nil || !strings.Contains(err.Error(), "[2 1 2]") {
		t.Errorf("a forecast of another horizon: %v", err)
	}
	if _, err := c.Fit(1); err == nil {
		t.Error("coverage 1 was taken")
	}
	f, err := c.Fit(0.8)
	if err != nil || len(f.Coverages) != 0 {
		t.Errorf("without errors there are the coverages %v (%v)", f.Coverages, err)
	}
	masked := models.NewCalibration(2, 2)
	p, b := window([4]float64{1, 2, 3, 4})
	b.Mask = datasets.NewArray(2, 1, 2)
	if err := masked.Add(p, b); err != nil {
		t.Fatal(err)
	}
	if f, err := masked.Fit(0.5); err != nil || f.Errors != 0 {
		t.Errorf("masked values counted: %d errors (%v)", f.Errors, err)
	}
}
