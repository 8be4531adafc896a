package models

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lenz/datasets"
)

// Pipeline is a trained model with all that stands between it and series in original units. The catalog's Load reads one
// from a file; a program that has just trained a model makes one from its parts.
type Pipeline struct {
	Spec  Spec
	Model Model
}

// Forecast is the future of one series, in its original units.
type Forecast struct {
	Series    string        // name of the series
	Columns   []string      // the D targets
	Times     []time.Time   // of the H steps; nil without time stamps
	Labels    []string      // the times, or numbers of rows, in the shortest form that tells them apart
	Mean      [][]float64   // [H][D]: the mean or median; see datasets.Prediction.Invert for what a transform does to a mean
	Levels    []float64     // quantile levels, ascending; nil without
	Quantiles [][][]float64 // [Q][H][D]
}

// Forecast forecasts what follows the end of each series, one window a series. Without series it goes on from the end
// of the training data. Series must have the columns that the model was trained with. For a model with known columns
// use ForecastKnown. Series must step at the frequency of the training data; without time stamps, or for a model that was
// trained without, that is the caller's to know.
func (p *Pipeline) Forecast(ctx context.Context, series ...*datasets.Series) ([]Forecast, error) {
	return p.ForecastKnown(ctx, series, nil)
}

// ForecastKnown is Forecast with the known columns of the future: for each series at least Horizon rows that follow its
// end, step by step. Several series are paired with their futures by name.
func (p *Pipeline) ForecastKnown(ctx context.Context, series, future []*datasets.Series) ([]Forecast, error) {
	s := p.Spec
	if s.Layout.Kind != datasets.Forecast || s.Scaler == nil {
		return nil, fmt.Errorf("models: the %s was trained on labels (%v), not to forecast; use its Predict", s.Model, s.Layout.Kind)
	}
	if len(series) == 0 {
		for _, h := range s.History {
			one, err := h.Series()
			if err != nil {
				return nil, err
			}
			series = append(series, one)
		}
	} else {
		var err error
		if series, err = s.stepping(series); err != nil {
			return nil, err
		}
	}
	b, err := datasets.LastWindows(s.Scaler, s.Window, series, future)
	if err != nil {
		return nil, err
	}
	// Drawn paths then depend on a series' place in the call, not on how much of its past is given.
	b.Series, b.Origin = nil, nil
	pred, err := p.Predict(ctx, b)
	if err != nil {
		return nil, err
	}
	if pred, err = pred.Invert(s.Scaler, s.Layout.Targets); err != nil {
		return nil, err
	}
	out := make([]Forecast, len(series))
	for k, one := range series {
		out[k] = s.forecast(one, pred, k)
	}
	return out, nil
}

// stepping returns the series at the frequency of the training data: of the history of their name, or else of any.
func (s Spec) stepping(series []*datasets.Series) ([]*datasets.Series, error) {
	out := slices.Clone(series)
	for k, one := range series {
		histories := s.History
		if i := slices.IndexFunc(histories, func(h History) bool { return h.Name == one.Name }); i >= 0 {
			histories = histories[i : i+1]
		}
		var unlike error
		for _, h := range histories {
			same, err := h.match(one, s.Window.Calendar)
			if err == nil {
				out[k], unlike = same, nil
				break
			}
			if unlike == nil {
				unlike = err
			}
		}
		if unlike != nil {
			return nil, unlike
		}
	}
	return out, nil
}

// match returns the series at the frequency of the history, or an error that names both.
func (h History) match(s *datasets.Series, calendar bool) (*datasets.Series, error) {
	freq, err := datasets.ParseFrequency(h.Freq)
	if err != nil {
		return nil, err
	}
	trained := freq.Unit != datasets.Index
	switch {
	case s.HasTime() && trained:
		same, ok := s.Stepping(freq)
		if !ok {
			return nil, fmt.Errorf("%s is %v, the model was trained on %v data: give rows that are %v", s.Where(), s.Freq, freq, freq)
		}
		return same, nil
	case !calendar || s.HasTime() == trained:
		return s, nil
	case trained:
		return nil, fmt.Errorf("%s has no time stamps, the model was trained on %v data with calendar features: give rows with time stamps", s.Where(), freq)
	}
	return nil, fmt.Errorf("%s is %v, the model was trained on rows without time stamps and takes calendar features: leave the time stamps out", s.Where(), s.Freq)
}

// Predict forecasts the windows of a batch in scaled units, with conformal intervals where the model gives points and has
// been calibrated.
func (p *Pipeline) Predict(ctx context.Context, b datasets.Batch) (datasets.Prediction, error) {
	pred, err := p.Model.Predict(ctx, b)
	if err != nil || p.Spec.Conformal == nil {
		return pred, err
	}
	return p.Spec.Conformal.Apply(pred)
}

// Close releases the model.
func (p *Pipeline) Close() error { return p.Model.Close() }

// forecast takes window k of a prediction in original units.
func (s Spec) forecast(series *datasets.Series, pred datasets.Prediction, k int) Forecast {
	steps, columns := pred.Mean.Shape[0], s.Layout.Targets
	cut := func(data []float64) [][]float64 { // of [H, B, D]
		rows := make([][]float64, steps)
		for h := range rows {
			at := (h*pred.Mean.Shape[1] + k) * len(columns)
			rows[h] = append([]float64{}, data[at:at+len(columns)]...)
		}
		return rows
	}
	f := Forecast{Series: series.Name, Columns: columns, Times: series.Future(steps), Mean: cut(pred.Mean.Data), Levels: pred.Levels}
	for h := range steps {
		f.Labels = append(f.Labels, series.Label(series.Rows()+h))
	}
	n := len(pred.Mean.Data)
	for q := range pred.Levels {
		f.Quantiles = append(f.Quantiles, cut(pred.Quantiles.Data[q*n:(q+1)*n]))
	}
	return f
}

var _ Predictor = (*Pipeline)(nil)
