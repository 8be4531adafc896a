package models_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"lenz/datasets"
	"lenz/graph"
	"lenz/models"
)

// zero forecasts zeros.
type zero struct{ layout datasets.Layout }

func (z zero) Predict(_ context.Context, b datasets.Batch) (datasets.Prediction, error) {
	return datasets.Prediction{Mean: datasets.NewArray(z.layout.Horizon, b.B, len(z.layout.Targets))}, nil
}
func (zero) Params() *graph.Params { return graph.NewParams(graph.Float32, 1) }
func (zero) Close() error          { return nil }

// numbers is a series of one column y; with a frequency its rows begin on Monday 2024-03-04.
func numbers(t *testing.T, name string, rows int, f datasets.Frequency) *datasets.Series {
	t.Helper()
	y := make([]float64, rows)
	for i := range y {
		y[i] = float64(i)
	}
	s, err := datasets.NewSeries(name, []string{"y"}, [][]float64{y})
	if err != nil {
		t.Fatal(err)
	}
	if f == (datasets.Frequency{}) {
		return s
	}
	return s.Starting(time.Date(2024, 3, 4, 0, 0, 0, 0, time.UTC), f)
}

// trained is a pipeline of a model that was trained on the series.
func trained(t *testing.T, calendar bool, series ...*datasets.Series) *models.Pipeline {
	t.Helper()
	split, err := datasets.SplitFiles(series, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	scaler, err := datasets.FitScaler(split.Parts[datasets.Train], datasets.ScalerSpec{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := datasets.NewWindows(split, scaler, datasets.WindowSpec{Input: 3, Horizon: 2, Calendar: calendar})
	if err != nil {
		t.Fatal(err)
	}
	spec := models.Spec{Model: "zero", Layout: w.Layout(), Window: w.Spec(), Scaler: scaler}
	for _, s := range series {
		h, err := models.NewHistory(s, 5)
		if err != nil {
			t.Fatal(err)
		}
		spec.History = append(spec.History, h)
	}
	return &models.Pipeline{Spec: spec, Model: zero{w.Layout()}}
}

func TestForecastHoldsNewDataToTheFrequency(t *testing.T) {
	var index datasets.Frequency
	hourly, daily, business := datasets.Hourly, datasets.Daily, datasets.BusinessDaily
	train := func(f datasets.Frequency) *datasets.Series { return numbers(t, "train", 30, f) }
	for _, c := range []struct {
		name     string
		calendar bool
		trained  []*datasets.Series
		series   *datasets.Series
		want     string // "" passes
	}{
		{"same", true, []*datasets.Series{train(hourly)}, numbers(t, "x.csv", 9, hourly), ""},
		{"other", false, []*datasets.Series{train(hourly)}, numbers(t, "x.csv", 9, daily), "x.csv is daily, the model was trained on hourly data"},
		{"of its own name", false, []*datasets.Series{train(daily), numbers(t, "b", 30, hourly)}, numbers(t, "b", 9, daily), "b is daily, the model was trained on hourly data"},
		{"of any name", false, []*datasets.Series{train(daily), numbers(t, "b", 30, hourly)}, numbers(t, "c", 9, hourly), ""},
		{"no stamps", false, []*datasets.Series{train(hourly)}, numbers(t, "x.csv", 9, index), ""},
		{"new stamps", false, []*datasets.Series{train(index)}, numbers(t, "x.csv", 9, daily), ""},
		{"no stamps for a calendar", true, []*datasets.Series{train(hourly)}, numbers(t, "x.csv", 9, index), "x.csv has no time stamps, the model was trained on hourly data with calendar"},
		{"a weekend among business days", false, []*datasets.Series{train(business)}, numbers(t, "x.csv", 6, daily), "x.csv is daily, the model was trained on business-daily data"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := trained(t, c.calendar, c.trained...)
			f, err := p.Forecast(context.Background(), c.series)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want == "" && (len(f) != 1 || f[0].Series != c.series.Name):
				t.Errorf("got %+v", f)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	// From Monday to Friday there is no telling days from business days: the training data tell.
	f, err := trained(t, true, train(business)).Forecast(context.Background(), numbers(t, "x.csv", 5, daily))
	if err != nil {
		t.Fatal(err)
	}
	if f[0].Labels[0] != "2024-03-11" {
		t.Errorf("after a Friday comes %s", f[0].Labels[0])
	}
	// Without series the forecast goes on from the history.
	if f, err = trained(t, true, train(hourly)).Forecast(context.Background()); err != nil || f[0].Labels[0] != "2024-03-05 06:00" {
		t.Errorf("from the history: %v, %v", f, err)
	}
}

// A specification may ask for a calendar although its training rows have no time stamps only if it was written by hand.
func TestForecastWithACalendarNeedsTrainingTimes(t *testing.T) {
	p := trained(t, false, numbers(t, "train", 30, datasets.Frequency{}))
	p.Spec.Window.Calendar = true
	_, err := p.Forecast(context.Background(), numbers(t, "x.csv", 9, datasets.Daily))
	if err == nil || !strings.Contains(err.Error(), "x.csv is daily, the model was trained on rows without time stamps") {
		t.Errorf("got %v", err)
	}
}
