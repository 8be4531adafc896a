package baseline

import (
	"context"

	"lenz/datasets"
)

// Predictor forecasts the targets of a batch, in its units.
type Predictor interface {
	Predict(ctx context.Context, b datasets.Batch) (datasets.Prediction, error)
}

var (
	_ Predictor = (*Naive)(nil)
	_ Predictor = (*SeasonalNaive)(nil)
	_ Predictor = (*Drift)(nil)
	_ Predictor = (*Ridge)(nil)
)

// Named is a baseline with the name that tables give it.
type Named struct {
	Name      string
	Predictor Predictor
}

// Standard returns the baselines of every table, for the windows of a part: "naive", "seasonal_naive" and, unless ridge is
// nil, "ridge_ar". Period 0 takes the usual season of the frequency; without a season, seasonal naive is naive. One ridge
// (FitRidge) serves all parts.
func Standard(w *datasets.Windows, part datasets.Part, period int, ridge *Ridge) ([]Named, error) {
	history, err := PartHistory(w, part)
	if err != nil {
		return nil, err
	}
	if period == 0 {
		period = max(1, w.Split().Parts[datasets.Train][0].Series.Freq.Period())
	}
	naive, err := NewNaive(w.Layout(), history)
	if err != nil {
		return nil, err
	}
	seasonal, err := NewSeasonalNaive(w.Layout(), period, history)
	if err != nil {
		return nil, err
	}
	list := []Named{{"naive", naive}, {"seasonal_naive", seasonal}}
	if ridge != nil {
		list = append(list, Named{"ridge_ar", ridge})
	}
	return list, nil
}
