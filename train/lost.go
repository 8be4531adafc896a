package train

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lenz/datasets"
)

// Losing is an error of a Forecaster that has no forecast of some windows of a batch, such as a closed loop that diverges there, and has one of the
// others: Lost lists their indices, ascending.
type Losing interface {
	error
	Lost() []int
}

// Forecasts are those of several contenders of the same windows.
type Forecasts struct {
	Batch       datasets.Batch        // the windows that all have a forecast of; no window if B is 0
	Predictions []datasets.Prediction // of each contender; those of different contenders share nothing
	Lost        []int                 // windows of which each has none
	First       error                 // why the first window was lost; nil if none was
	Seconds     []float64             // spent by each
}

// Together lets contenders forecast a batch. Windows of which one has no forecast (Losing) are left out for all, so that their scores compare.
func Together(ctx context.Context, b datasets.Batch, contenders ...Contender) (Forecasts, error) {
	n := len(contenders)
	f := Forecasts{Batch: b, Predictions: make([]datasets.Prediction, n), Lost: make([]int, n), Seconds: make([]float64, n)}
	for i := 0; i < n && f.Batch.B > 0; i++ {
		c := contenders[i]
		blind := f.Batch
		blind.Y, blind.Mask = datasets.Array{}, datasets.Array{}
		start := time.Now()
		p, err := c.Forecaster.Predict(ctx, blind)
		f.Seconds[i] += time.Since(start).Seconds()
		var losing Losing
		switch {
		case errors.As(err, &losing) && len(losing.Lost()) > 0:
			if f.First == nil {
				f.First = err
			}
			f.Lost[i] += len(losing.Lost())
			f.Batch = without(f.Batch, losing.Lost())
			i = -1 // all of them once more, with the windows that remain
		case err != nil:
			return f, fmt.Errorf("%s: %w", c.Name, err)
		default:
			f.Predictions[i] = p.Clone()
		}
	}
	return f, nil
}

// without leaves out the windows of the indices, ascending.
func without(b datasets.Batch, lost []int) datasets.Batch {
	var keep []int
	for k := range b.B {
		if len(lost) > 0 && lost[0] == k {
			lost = lost[1:]
			continue
		}
		keep = append(keep, k)
	}
	return b.Pick(keep)
}
