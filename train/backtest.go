package train

import (
	"context"
	"fmt"

	"lenz/datasets"
)

// Forecaster forecasts the targets of a batch, in the units of the batch. The batch may lack Y. The prediction needs to
// be valid until the next call only. Every model and every baseline is one.
type Forecaster interface {
	Predict(ctx context.Context, b datasets.Batch) (datasets.Prediction, error)
}

// Contender is a forecaster that takes part in a backtest.
type Contender struct {
	Name       string
	Forecaster Forecaster
}

// BacktestSpec says which windows forecasts are tested on. The zero value takes every window of the training part;
// DefaultBacktest takes the test part.
type BacktestSpec struct {
	Part   datasets.Part
	Stride int // rows from one origin to the next; 0 takes the stride of the windows
	Batch  int // windows a batch; 0 takes the batch of the windows
	Limit  int // at most so many windows, evenly spread; 0 takes all
	// Period is the season of the denominators of MASE and RMSSE, see NaiveScales; 0 takes the usual one of the frequency.
	Period int
	// Scaled adds scaled_mse and scaled_mae.
	Scaled bool
	// Residuals collects the errors of each contender.
	Residuals bool
	// Reference names the contender that skill is against; "" takes the one named "naive" if there is one.
	Reference string
}

// DefaultBacktest returns all windows of the test part, with the usual season of the frequency.
func DefaultBacktest() BacktestSpec { return BacktestSpec{Part: datasets.Test} }

// BacktestResult is what a rolling-origin backtest found.
type BacktestResult struct {
	Part    string          `json:"part"`
	Windows int             `json:"windows"` // windows that were forecast, and by all
	Horizon int             `json:"horizon"`
	Period  int             `json:"period"` // season of the denominators of MASE and RMSSE
	Targets []string        `json:"targets"`
	Entries []BacktestEntry `json:"entries"` // in the order of the contenders
	// Comparisons holds the first contender against each other one, in their order.
	Comparisons []Comparison `json:"comparisons"`
	// Verdict says in a sentence which of the others the first contender beats, and which it does not. A difference of less
	// than half a per cent is a tie.
	Verdict string   `json:"verdict"`
	Notes   []string `json:"notes,omitempty"`
	// Series and Origins tell where each window of Residuals comes from, [windows]; nil without them.
	Series  []int `json:"-"`
	Origins []int `json:"-"`
	// Lost says why a contender had no forecast of the first window of which one had none; nil where all had all.
	Lost error `json:"-"`
}

// Entry returns the entry of the name, and whether there is one.
func (r *BacktestResult) Entry(name string) (BacktestEntry, bool) {
	for _, e := range r.Entries {
		if e.Name == name {
			return e, true
		}
	}
	return BacktestEntry{}, false
}

// BacktestEntry holds the scores of one contender, in original units where they have any.
type BacktestEntry struct {
	Name      string    `json:"name"`
	Scores    Scores    `json:"scores"`
	Steps     []Scores  `json:"steps"`          // scores of each forecast step, [H]
	ByTarget  []Scores  `json:"by_target"`      // scores of each target, [D]
	Seconds   float64   `json:"seconds"`        // spent in forecasting
	Lost      int       `json:"lost,omitempty"` // windows that it had no forecast of (Losing); they count for no contender
	Residuals []float64 `json:"-"`              // truth - point forecast in scaled units, [windows, H, D]; nil unless asked for
}

// Backtest forecasts every window of a part with each contender, side by side, and scores them: each origin is forecast
// from the rows before it, as it would have been then (Tashman 2000). The first contender is the one that is judged;
// the others are what it should beat. Contenders get the batches without Y, and cannot see the truth.
func Backtest(ctx context.Context, w *datasets.Windows, spec BacktestSpec, contenders ...Contender) (*BacktestResult, error) {
	reference, err := spec.reference(contenders)
	if err != nil {
		return nil, err
	}
	source, err := w.Source(spec.Part, datasets.SourceOptions{Stride: spec.Stride, Batch: spec.Batch, Limit: spec.Limit})
	if err != nil {
		return nil, err
	}
	layout := source.Layout()
	scales, err := NaiveScales(w.Split(), spec.Part, layout.Targets, spec.Period)
	if err != nil {
		return nil, err
	}
	r := &BacktestResult{Part: spec.Part.String(), Horizon: layout.Horizon, Period: scales.Period,
		Targets: layout.Targets, Notes: scales.Notes, Entries: make([]BacktestEntry, len(contenders))}
	scorers := make([]*Scorer, len(contenders))
	for i, c := range contenders {
		r.Entries[i].Name = c.Name
		if scorers[i], err = NewScorer(ScoreSpec{Layout: layout, Scaler: w.Scaler(), Scales: scales, Scaled: spec.Scaled}); err != nil {
			return nil, err
		}
	}
	for b, ok := source.Next(); ok; b, ok = source.Next() {
		if err := r.batch(ctx, b, contenders, scorers, spec.Residuals); err != nil {
			return nil, err
		}
	}
	for i, s := range scorers {
		r.Entries[i].Scores, r.Entries[i].Steps, r.Entries[i].ByTarget = s.Scores(), s.Steps(), s.Targets()
	}
	r.addSkill(reference)
	r.compare()
	if _, ok := r.Entries[0].Scores.Get("mase"); ok && r.Period > 1 {
		r.Notes = append(r.Notes, fmt.Sprintf("mase and rmsse are in units of the error of the seasonal naive forecast on the training part, with a season of %d rows", r.Period))
	}
	return r, nil
}

// reference returns the index of the contender that skill is against, -1 for none.
func (spec BacktestSpec) reference(contenders []Contender) (int, error) {
	if len(contenders) == 0 {
		return -1, fmt.Errorf("train: nobody to backtest: give at least one forecaster")
	}
	name, at := spec.Reference, -1
	if name == "" {
		name = "naive"
	}
	for i, c := range contenders {
		for _, d := range contenders[:i] {
			if c.Name == d.Name {
				return -1, fmt.Errorf("train: two contenders are named %q: give each a name of its own", c.Name)
			}
		}
		if c.Name == name {
			at = i
		}
	}
	if at < 0 && spec.Reference != "" {
		return -1, fmt.Errorf("train: the reference %q is not among the contenders: add it, or name another", spec.Reference)
	}
	return at, nil
}

// batch lets every contender forecast a batch.
func (r *BacktestResult) batch(ctx context.Context, b datasets.Batch, contenders []Contender, scorers []*Scorer, residuals bool) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("train: backtest: %w", err)
	}
	f, err := Together(ctx, b, contenders...)
	if err != nil {
		return fmt.Errorf("train: backtest of %w", err)
	}
	b = f.Batch
	r.Windows += b.B
	if r.Lost == nil {
		r.Lost = f.First
	}
	for i, c := range contenders {
		e := &r.Entries[i]
		e.Lost += f.Lost[i]
		e.Seconds += f.Seconds[i]
		if b.B == 0 {
			continue
		}
		if err := scorers[i].Add(b, f.Predictions[i]); err != nil {
			return fmt.Errorf("train: backtest of %s: %w", c.Name, err)
		}
		if residuals {
			e.Residuals = appendResiduals(e.Residuals, b, f.Predictions[i])
		}
	}
	if residuals {
		r.Series, r.Origins = append(r.Series, b.Series...), append(r.Origins, b.Origin...)
	}
	return nil
}

// appendResiduals appends truth - forecast of a batch [H, B, D] as [B, H, D].
func appendResiduals(to []float64, b datasets.Batch, p datasets.Prediction) []float64 {
	horizon, targets := b.Y.Shape[0], b.Y.Shape[2]
	for k := range b.B {
		for h := range horizon {
			for j := range targets {
				i := (h*b.B+k)*targets + j
				to = append(to, b.Y.Data[i]-p.Mean.Data[i])
			}
		}
	}
	return to
}

// ScoreSource scores a forecaster on all batches of an epoch of a source, such as labelled sequences. The layout of the
// spec is replaced by the source's.
func ScoreSource(ctx context.Context, source datasets.Source, f Forecaster, spec ScoreSpec) (*Scorer, error) {
	spec.Layout = source.Layout()
	s, err := NewScorer(spec)
	if err != nil {
		return nil, err
	}
	for b, ok := source.Next(); ok; b, ok = source.Next() {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("train: scoring: %w", err)
		}
		blind := b
		blind.Y, blind.Mask = datasets.Array{}, datasets.Array{}
		p, err := f.Predict(ctx, blind)
		if err != nil {
			return nil, err
		}
		if err := s.Add(b, p); err != nil {
			return nil, err
		}
	}
	return s, nil
}
