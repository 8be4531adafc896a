package models

import (
	"fmt"
	"math"
	"slices"

	"lenz/datasets"
)

// Conformal turns point forecasts into intervals by split conformal prediction (Vovk, Gammerman, Shafer 2005; Lei et
// al. 2018): the half-width of the interval of coverage 1-a is the ceil((n+1)(1-a))-th smallest of n absolute errors on
// data that the model did not learn from, for each forecast step and target by itself. Coverage is guaranteed where
// errors are exchangeable; errors of overlapping windows in time are only nearly so.
type Conformal struct {
	Coverages []float64   `json:"coverages"` // ascending
	Horizon   int         `json:"horizon"`
	Targets   int         `json:"targets"`
	Widths    [][]float64 `json:"widths"` // [coverage][H*D], in the units of the batch
	Errors    int         `json:"errors"` // n, the least over steps and targets
}

// Calibration gathers the errors that a Conformal is fitted on.
type Calibration struct {
	horizon, targets int
	errors           [][]float64 // [H*D] lists of absolute errors
}

// NewCalibration returns an empty one for forecasts of so many steps and targets.
func NewCalibration(horizon, targets int) *Calibration {
	return &Calibration{horizon: horizon, targets: targets, errors: make([][]float64, horizon*targets)}
}

// Add takes the errors of a batch of forecasts, by its Y and Mask. Values that are masked out do not count.
func (c *Calibration) Add(p datasets.Prediction, b datasets.Batch) error {
	want := []int{c.horizon, b.B, c.targets}
	if !slices.Equal(p.Mean.Shape, want) || !slices.Equal(b.Y.Shape, want) {
		return fmt.Errorf("models: calibration of %d steps and %d targets got a forecast %v and truth %v, want both %v", c.horizon, c.targets, p.Mean.Shape, b.Y.Shape, want)
	}
	row := b.B * c.targets
	for i, y := range b.Y.Data {
		if !b.Mask.IsZero() && b.Mask.Data[i] == 0 {
			continue
		}
		at := i/row*c.targets + i%c.targets
		c.errors[at] = append(c.errors[at], math.Abs(y-p.Mean.Data[i]))
	}
	return nil
}

// Fit returns the intervals of the coverages, such as 0.8 and 0.95. A coverage that needs more errors than there are
// (0.95 needs 19 for each step and target) would give an infinite interval and is left out, so that Coverages may be
// shorter or empty.
func (c *Calibration) Fit(coverages ...float64) (*Conformal, error) {
	coverages = slices.Clone(coverages)
	slices.Sort(coverages)
	f := &Conformal{Horizon: c.horizon, Targets: c.targets, Errors: math.MaxInt}
	for _, errs := range c.errors {
		slices.Sort(errs)
		f.Errors = min(f.Errors, len(errs))
	}
	for _, coverage := range coverages {
		if !(coverage > 0 && coverage < 1) {
			return nil, fmt.Errorf("models: coverage %v is not between 0 and 1", coverage)
		}
		// The subtraction keeps 0.8*10 from being rounded up to 9.
		rank := func(n int) int { return int(math.Ceil(float64(n+1)*coverage - 1e-9)) }
		if rank(f.Errors) > f.Errors {
			continue
		}
		widths := make([]float64, len(c.errors))
		for i, errs := range c.errors {
			widths[i] = errs[rank(len(errs))-1]
		}
		f.Coverages, f.Widths = append(f.Coverages, coverage), append(f.Widths, widths)
	}
	return f, nil
}

// Apply returns the point forecast with the intervals' ends as quantiles: levels (1-c)/2 and (1+c)/2 for each coverage
// c. A forecast that has quantiles is returned as it is.
func (f *Conformal) Apply(p datasets.Prediction) (datasets.Prediction, error) {
	if len(p.Levels) > 0 || len(f.Coverages) == 0 {
		return p, nil
	}
	shape := p.Mean.Shape
	if len(shape) != 3 || shape[0] != f.Horizon || shape[2] != f.Targets || len(f.Widths) != len(f.Coverages) {
		return p, fmt.Errorf("models: intervals for %d steps and %d targets do not fit a forecast %v: calibrate them with the model's own forecasts", f.Horizon, f.Targets, shape)
	}
	n, k := len(p.Mean.Data), len(f.Coverages)
	row := shape[1] * shape[2]
	p.Levels = make([]float64, 2*k)
	p.Quantiles = datasets.NewArray(append([]int{2 * k}, shape...)...)
	for i, coverage := range f.Coverages {
		lower, upper := k-1-i, k+i
		p.Levels[lower], p.Levels[upper] = (1-coverage)/2, (1+coverage)/2
		for j, v := range p.Mean.Data {
			width := f.Widths[i][j/row*f.Targets+j%f.Targets]
			p.Quantiles.Data[lower*n+j], p.Quantiles.Data[upper*n+j] = v-width, v+width
		}
	}
	return p, nil
}
