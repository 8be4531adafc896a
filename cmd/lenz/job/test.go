package job

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
	Windows   int                     `json:"windows"`        // that were measured
	Lost      int                     `json:"lost,omitempty"` // of which the model had no forecast
	Scores    train.Scores            `json:"scores"`
	Baselines map[string]train.Scores `json:"baselines"`
	Verdict   string                  `json:"verdict"`
	Notes     []string                `json:"notes,omitempty"`
	Backtest  *train.BacktestResult   `json:"backtest,omitempty"` // of forecasts
	Ridge     []baseline.RidgeFit     `json:"ridge,omitempty"`    // what the autoregression chose

	contenders []train.Contender
	runaway    error // a LostError where forecasts were lost
}

// Runaway is an error where the model had no forecast of some windows, since its closed loop diverged: what was measured leaves them out.
func (t *Tested) Runaway() error { return t.runaway }

// LostError says that a model whose forecasts are fed back had none of some windows.
type LostError struct {
	Model, Part string
	Lost, Of    int // windows
	First       error
}

// Error names the settings that steady the model.
func (e *LostError) Error() string {
	return fmt.Sprintf("%d of %d forecasts of the %s part ran away as they were fed back, and the scores of all models leave them out: %s", e.Lost, e.Of, e.Part, Steady(e.Model))
}

// Unwrap is the first forecast that ran away.
func (e *LostError) Unwrap() error { return e.First }

// Steady names settings of a model that steady what is fed back.
func Steady(model string) string {
	known, tries := modelSettings(model), []string{}
	for _, s := range []struct{ name, text string }{
		{"increment", "increment=true"}, {"ridge", "ridge=100,1000,10000"}, {"noise", "noise=0.01"}, {"filter", "a larger filter"},
		{"spectral_radius", "a smaller spectral_radius"}, {"input_scale", "a smaller input_scale"},
	} {
		if known[s.name] {
			tries = append(tries, s.text)
		}
	}
	return "give one with --set: " + strings.Join(tries, ", ") + "; or a shorter --horizon"
}

// BaselineNames are the names of the baselines in result.json, in the order of tables.
var BaselineNames = []string{"naive", "seasonal_naive", "ridge_ar"}

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
		Notes: result.Notes, Backtest: result, Ridge: ridge.Fits(), contenders: contenders,
	}
	for i, e := range result.Entries {
		if i == 0 {
			tested.Scores = e.Scores
			if e.Lost > 0 {
				tested.runaway = &LostError{Model: c.Model.Model, Part: tested.Part, Lost: e.Lost, Of: e.Lost + result.Windows, First: result.Lost}
				tested.Lost = e.Lost
			}
		} else {
			tested.Baselines[e.Name] = e.Scores
		}
	}
	return tested, nil
}

// Baselines builds what a model has to beat on a part. The autoregression is a closed-form model under the common trainer: it learns
// from the training part and chooses lags and penalty on the validation part, as the model does.
func Baselines(ctx context.Context, t *Task, part datasets.Part) ([]train.Contender, *baseline.Ridge, error) {
	config := baseline.DefaultRidge()
	config.Covariates = slices.Contains(t.Layout.TargetInputs, -1)
	config.Future = len(t.Layout.Future) > 0 // it is told what the model is told
	ridge, err := baseline.NewRidge(t.Layout, config)
	if err != nil {
		return nil, nil, err
	}
	if err := fitClosedForm(ctx, t, ridge); err != nil {
		return nil, nil, err
	}
	named, err := baseline.Standard(t.Windows, part, max(1, t.Data.Info.Period), ridge)
	if err != nil {
		return nil, nil, err
	}
	var all []train.Contender
	for _, n := range named {
		all = append(all, train.Contender{Name: n.Name, Forecaster: n.Predictor})
	}
	return all, ridge, nil
}

// fitClosedForm goes once through all windows of the training part, and through those of the validation part.
func fitClosedForm(ctx context.Context, t *Task, m train.ClosedFormModel) error {
	source, err := t.Windows.Source(datasets.Train, datasets.SourceOptions{Stride: 1, Batch: 256})
	if err != nil {
		return err
	}
	data := train.Data{Train: source}
	if t.Valid != nil {
		data.Valid = t.Valid
	}
	_, err = train.Fit(ctx, train.ClosedForm(m), data)
	return err
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
