package job

import (
	"context"
	"fmt"

	"lenz/datasets"
	"lenz/models"
	"lenz/models/baseline"
	"lenz/train"
)

// TestOptions says what is tested.
type TestOptions struct {
	Part   datasets.Part
	Stride int // rows from one rolling origin to the next; 0 means every row
}

// Tested is how a model stands beside its baselines on a part.
type Tested struct {
	Part      string                  `json:"part"`
	Windows   int                     `json:"windows"`
	Scores    train.Scores            `json:"scores"`
	Baselines map[string]train.Scores `json:"baselines"`
	Verdict   string                  `json:"verdict"`
	Notes     []string                `json:"notes,omitempty"`
	Backtest  *train.BacktestResult   `json:"backtest,omitempty"` // of forecasts
	Ridge     []baseline.RidgeFit     `json:"ridge,omitempty"`    // what the autoregression chose
}

// The names of the baselines, as result.json has them.
const (
	nameNaive    = "naive"
	nameSeasonal = "seasonal_naive"
	nameRidge    = "ridge_ar"
)

// Test measures a trained model on a part: forecasts in a rolling-origin backtest beside naive, seasonal naive and a ridge
// autoregression, labels by themselves.
func Test(ctx context.Context, c *Config, t *Task, p *models.Pipeline, o TestOptions) (*Tested, error) {
	if t.Windows == nil {
		return testLabels(ctx, c, t, p, o)
	}
	if rows(t.Windows.Split(), o.Part) == 0 {
		return &Tested{Part: o.Part.String(), Scores: train.Scores{}, Baselines: map[string]train.Scores{},
			Notes: []string{fmt.Sprintf("the split leaves no rows for the %v part, so nothing was measured on it", o.Part)}}, nil
	}
	others, ridge, err := Baselines(ctx, t, o.Part)
	if err != nil {
		return nil, err
	}
	spec := train.BacktestSpec{Part: o.Part, Stride: max(1, o.Stride), Batch: 256, Period: t.Data.Info.Period, Scaled: c.Data.ScaledMetric}
	contenders := append([]train.Contender{{Name: c.Model.Model, Forecaster: p}}, others...)
	result, err := train.Backtest(ctx, t.Windows, spec, contenders...)
	if err != nil {
		return nil, err
	}
	tested := &Tested{
		Part: o.Part.String(), Windows: result.Windows, Baselines: map[string]train.Scores{}, Verdict: result.Verdict,
		Notes: result.Notes, Backtest: result,
	}
	if ridge != nil {
		tested.Ridge = ridge.Fits()
	}
	for i, e := range result.Entries {
		if i == 0 {
			tested.Scores = e.Scores
		} else {
			tested.Baselines[e.Name] = e.Scores
		}
	}
	return tested, nil
}

// Baselines builds what a model has to beat on a part; the autoregression learns from the training part and chooses on the validation
// part, as the model does.
func Baselines(ctx context.Context, t *Task, part datasets.Part) ([]train.Contender, *baseline.Ridge, error) {
	history, err := baseline.PartHistory(t.Windows, part)
	if err != nil {
		return nil, nil, err
	}
	naive, err := baseline.NewNaive(t.Layout, history)
	if err != nil {
		return nil, nil, err
	}
	seasonal, err := baseline.NewSeasonalNaive(t.Layout, max(1, t.Data.Info.Period), history)
	if err != nil {
		return nil, nil, err
	}
	ridge, err := baseline.FitRidge(ctx, t.Windows, baseline.DefaultRidge())
	if err != nil {
		return nil, nil, err
	}
	return []train.Contender{
		{Name: nameNaive, Forecaster: naive}, {Name: nameSeasonal, Forecaster: seasonal}, {Name: nameRidge, Forecaster: ridge},
	}, ridge, nil
}

func testLabels(ctx context.Context, c *Config, t *Task, p *models.Pipeline, o TestOptions) (*Tested, error) {
	set := t.Data.Sequences.Test
	if o.Part == datasets.Valid {
		set = t.Data.Sequences.Valid
	}
	source, err := set.Source(datasets.SourceOptions{Batch: c.Window.Batch})
	if err != nil {
		return nil, err
	}
	scorer, err := train.ScoreSource(ctx, source, p, train.ScoreSpec{})
	if err != nil {
		return nil, err
	}
	return &Tested{Part: o.Part.String(), Windows: set.Count, Scores: scorer.Scores(), Baselines: map[string]train.Scores{}}, nil
}
