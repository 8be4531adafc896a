package baseline

import (
	"context"
	"fmt"
	"slices"

	"lenz/datasets"
)

// rule is a baseline that forecasts each target from its own past by a formula.
type rule struct {
	layout  datasets.Layout
	history *History
	step    func(p past, h int) float64 // the value h steps ahead, h from 1
}

func newRule(name string, l datasets.Layout, h *History) (rule, error) {
	r := rule{layout: l, history: h}
	if l.Kind != datasets.Forecast || l.Horizon < 1 {
		return r, fmt.Errorf("baseline: %s forecasts, the targets are labels %v: take it for windows of series", name, l.Kind)
	}
	if h != nil {
		if !slices.Equal(h.targets, l.Targets) {
			return r, fmt.Errorf("baseline: %s: the history has the targets %v, the layout %v: make both from the same windows", name, h.targets, l.Targets)
		}
		return r, nil
	}
	for j, column := range l.TargetInputs {
		if column < 0 {
			return r, fmt.Errorf("baseline: %s: the past of %s is not among the inputs: give a history, or make it an input", name, l.Targets[j])
		}
	}
	return r, nil
}

// Predict returns the forecasts of a batch, [H, B, D].
func (r rule) Predict(ctx context.Context, b datasets.Batch) (datasets.Prediction, error) {
	if err := ctx.Err(); err != nil {
		return datasets.Prediction{}, fmt.Errorf("baseline: %w", err)
	}
	var err error
	if r.history != nil {
		err = r.history.check(b)
	} else {
		err = checkInputs(r.layout, b)
	}
	if err != nil {
		return datasets.Prediction{}, err
	}
	targets := len(r.layout.Targets)
	mean := datasets.NewArray(r.layout.Horizon, b.B, targets)
	for k := range b.B {
		for j := range targets {
			p := pastOf(r.layout, r.history, b, k, j)
			for h := range r.layout.Horizon {
				mean.Data[(h*b.B+k)*targets+j] = r.step(p, h+1)
			}
		}
	}
	return datasets.Prediction{Mean: mean}, nil
}

// checkInputs tells whether a batch has the inputs of the layout.
func checkInputs(l datasets.Layout, b datasets.Batch) error {
	if want := []int{l.Input, b.B, len(l.Inputs)}; b.T != l.Input || !slices.Equal(b.X.Shape, want) {
		return fmt.Errorf("baseline: the inputs have the shape %v, want %v: forecast batches of the layout that the baseline was made for", b.X.Shape, want)
	}
	return nil
}

// Naive forecasts that everything stays as it is: f[T+h] = y[T].
type Naive struct{ rule }

// NewNaive returns a naive forecaster. Without a history (nil) it reads the window, where each target must be an input.
func NewNaive(l datasets.Layout, h *History) (*Naive, error) {
	r, err := newRule("naive", l, h)
	if err != nil {
		return nil, err
	}
	r.step = func(p past, _ int) float64 { return p.back(1) }
	return &Naive{r}, nil
}

// SeasonalNaive forecasts that the last season comes again: with m the period,
//
//	f[T+h] = y[T+h-m ceil(h/m)]
//
// (Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, section 5.2). At the
// beginning of a series, where a window has less than a season before it, steps whose row does not exist take the last value.
type SeasonalNaive struct {
	rule
	period int
}

// NewSeasonalNaive returns a seasonal naive forecaster of the period in rows (see datasets.Frequency.Period and
// datasets.Info.Period); with period 1 it is Naive. Without a history the period must fit in the window.
func NewSeasonalNaive(l datasets.Layout, period int, h *History) (*SeasonalNaive, error) {
	r, err := newRule("seasonal naive", l, h)
	if err != nil {
		return nil, err
	}
	if period < 1 {
		return nil, fmt.Errorf("baseline: seasonal naive has a period of %d rows, want at least 1", period)
	}
	if h == nil && period > l.Input {
		return nil, fmt.Errorf("baseline: seasonal naive has a period of %d rows, a window has %d: give a history, or a longer input", period, l.Input)
	}
	r.step = func(p past, h int) float64 {
		if back := period*((h+period-1)/period) - h + 1; back <= p.n {
			return p.back(back)
		}
		return p.back(1)
	}
	return &SeasonalNaive{r, period}, nil
}

// Period returns the length of the season in rows.
func (s *SeasonalNaive) Period() int { return s.period }

// Drift forecasts that the change from the first row to the last goes on (Hyndman & Athanasopoulos, section 5.2):
//
//	f[T+h] = y[T] + h (y[T] - y[1]) / (T - 1)
//
// With a history, row 1 is the first of the series; without one, it is the first of the window. The line is straight in
// scaled units: under a logarithm, growth goes on.
type Drift struct{ rule }

// NewDrift returns a drift forecaster. Without a history (nil) it reads the window, where each target must be an input.
func NewDrift(l datasets.Layout, h *History) (*Drift, error) {
	r, err := newRule("drift", l, h)
	if err != nil {
		return nil, err
	}
	r.step = func(p past, h int) float64 {
		last := p.back(1)
		if p.n < 2 {
			return last
		}
		return last + float64(h)*(last-p.back(p.n))/float64(p.n-1)
	}
	return &Drift{r}, nil
}
