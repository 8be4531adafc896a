package baseline

import (
	"context"
	"fmt"
	"math"
	"slices"

	"lenz/datasets"
)

// RidgeConfig holds the settings of a ridge autoregression. Where a list or "auto" leaves a choice, the validation part
// makes it.
type RidgeConfig struct {
	Lags       []int     `name:"lags" doc:"numbers of past rows to choose from; empty: the input length and its halves down to four" min:"1"`
	Ridge      []float64 `name:"ridge" doc:"penalties to choose from" min:"0"`
	Center     string    `name:"center" doc:"forecast the change from the last value instead of the value" choices:"auto|yes|no"`
	Shared     bool      `name:"shared" doc:"one set of weights for all targets"`
	Covariates bool      `name:"covariates" doc:"use the past of all inputs, not of the target alone"`
	Future     bool      `name:"future" doc:"use known covariates at the forecast steps"`
}

// DefaultRidge returns penalties from 1e-6 to 1e3, a decade apart; lags and centring to choose; each target by itself from
// its own past.
func DefaultRidge() RidgeConfig {
	return RidgeConfig{Center: "auto", Ridge: []float64{1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000}}
}

// Ridge is a linear autoregression that forecasts all steps directly: each of them is a linear function, with an
// intercept, of the last L values of the target, x, which minimizes
//
//	sum over windows of (y - b - w.x)^2  +  ridge |w|^2
//
// in scaled units (Hoerl & Kennard 1970; the intercept is not penalized, as in scikit-learn). Centring subtracts
// the window's last value from x and y before, so that the penalty draws the forecast to the naive one instead of to a
// constant; with Shared it is the NLinear of Zeng et al. (2023), solved in closed form.
//
// Fitting is a closed-form learner: Accumulate adds batches to sums of products, whose size does not grow with
// the number of windows, and Solve chooses lags, penalty and centring by the squared error on the validation part
// and keeps the weights that the training part gives. Without validation windows it chooses by generalized
// cross-validation on the training part (Golub, Heath & Wahba 1979). Everything is float64, and the same at any number
// of processors.
//
// The sums of D targets take D L (L + H) numbers, L (L + H) with Shared; with Covariates, all targets share sums of
// I L (I L + D H).
type Ridge struct {
	layout  datasets.Layout
	config  RidgeConfig
	most    int // the largest number of lags
	systems []*system
}

// NewRidge returns an autoregression that is not fitted yet.
func NewRidge(l datasets.Layout, c RidgeConfig) (*Ridge, error) {
	if l.Kind != datasets.Forecast || l.Horizon < 1 || l.Input < 1 {
		return nil, fmt.Errorf("baseline: ridge forecasts, the targets are labels %v: take it for windows of series", l.Kind)
	}
	c.Lags, c.Ridge = slices.Clone(c.Lags), slices.Clone(c.Ridge)
	if len(c.Lags) == 0 {
		c.Lags = []int{l.Input}
		for n := l.Input / 2; n >= 4; n /= 2 {
			c.Lags = append(c.Lags, n)
		}
	}
	for _, n := range c.Lags {
		if n < 1 || n > l.Input {
			return nil, fmt.Errorf("baseline: ridge with %d lags, a window has %d rows: use lags from 1 to that", n, l.Input)
		}
	}
	for _, r := range c.Ridge {
		if !(r >= 0) || math.IsInf(r, 0) {
			return nil, fmt.Errorf("baseline: a ridge of %v: give numbers >= 0", r)
		}
	}
	switch {
	case len(c.Ridge) == 0:
		return nil, fmt.Errorf("baseline: no ridge to choose from: give at least one, or begin with DefaultRidge")
	case !slices.Contains([]string{"auto", "yes", "no"}, c.Center):
		return nil, fmt.Errorf("baseline: center is %q: want auto, yes or no", c.Center)
	case c.Shared && c.Covariates:
		return nil, fmt.Errorf("baseline: ridge cannot both share weights over targets and use all inputs: choose one")
	case c.Future && len(l.Future) == 0:
		return nil, fmt.Errorf("baseline: ridge should use known covariates, the data has none: name known columns, or leave future off")
	}
	r := &Ridge{layout: l, config: c, most: slices.Max(c.Lags)}
	return r, r.lay()
}

// lay decides which targets are forecast from which columns.
func (r *Ridge) lay() error {
	if r.config.Covariates {
		s := source{targets: make([]int, len(r.layout.Targets)), columns: make([]int, len(r.layout.Inputs))}
		for j := range s.targets {
			s.targets[j] = j
		}
		for i := range s.columns {
			s.columns[i] = i
		}
		for j, column := range r.layout.TargetInputs {
			if column < 0 && r.config.Center == "yes" {
				return fmt.Errorf("baseline: ridge: the past of %s is not among the inputs, and cannot be subtracted: make it one, or set center to auto", r.layout.Targets[j])
			}
		}
		r.systems = []*system{newSystem(r, blockRows(1), s)}
		return nil
	}
	var all []source
	for j, column := range r.layout.TargetInputs {
		if column < 0 {
			return fmt.Errorf("baseline: ridge: the past of %s is not among the inputs: make it one, or use covariates", r.layout.Targets[j])
		}
		all = append(all, source{columns: []int{column}, targets: []int{j}})
	}
	if r.config.Shared {
		r.systems = []*system{newSystem(r, blockRows(1), all...)}
		return nil
	}
	for _, s := range all {
		r.systems = append(r.systems, newSystem(r, blockRows(len(all)), s))
	}
	return nil
}

// Accumulate adds the windows of a batch of the training part, or of the validation part. A window with an unknown or
// masked target is left out for that target.
func (r *Ridge) Accumulate(ctx context.Context, part datasets.Part, b datasets.Batch) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("baseline: ridge: %w", err)
	}
	if part != datasets.Train && part != datasets.Valid {
		return fmt.Errorf("baseline: ridge learns from the training part and chooses on the validation part: it takes no batches of the %v part", part)
	}
	if err := r.check(b); err != nil {
		return err
	}
	if want := []int{r.layout.Horizon, b.B, len(r.layout.Targets)}; !slices.Equal(b.Y.Shape, want) {
		return fmt.Errorf("baseline: the targets have the shape %v, want %v: learn from batches of the layout that the baseline was made for", b.Y.Shape, want)
	}
	for _, s := range r.systems {
		s.accumulate(int(part), b)
	}
	return nil
}

func (r *Ridge) check(b datasets.Batch) error {
	if err := checkInputs(r.layout, b); err != nil {
		return err
	}
	if want := []int{r.layout.Horizon, b.B, len(r.layout.Future)}; r.config.Future && !slices.Equal(b.Future.Shape, want) {
		return fmt.Errorf("baseline: the known covariates have the shape %v, want %v: give their values at the forecast steps", b.Future.Shape, want)
	}
	return nil
}

// Solve chooses and fits, and lets go of the sums. It returns what was chosen (lags, ridge, centered as 0 or 1), the loss
// that decided, and the condition number; where several targets have weights of their own, with ".target" after the name.
func (r *Ridge) Solve(ctx context.Context) (map[string]float64, error) {
	for _, s := range r.systems {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("baseline: ridge: %w", err)
		}
		if err := s.solve(); err != nil {
			return nil, err
		}
	}
	chosen := map[string]float64{}
	for _, s := range r.systems {
		s.moments = [2]*moments{}
		f, suffix := s.report(), ""
		if len(r.systems) > 1 {
			suffix = "." + f.Targets[0]
		}
		centered := 0.0
		if f.Centered {
			centered = 1
		}
		chosen["lags"+suffix], chosen["ridge"+suffix], chosen["centered"+suffix] = float64(f.Lags), f.Ridge, centered
		chosen["selection_loss"+suffix], chosen["condition"+suffix] = f.Loss, f.Condition
	}
	return chosen, nil
}

// Loss returns the mean squared error of a batch in scaled units, and the sum of its mask. Unknown targets (NaN) count as
// masked.
func (r *Ridge) Loss(ctx context.Context, b datasets.Batch) (loss, weight float64, err error) {
	p, err := r.Predict(ctx, b)
	if err != nil {
		return 0, 0, err
	}
	if !slices.Equal(b.Y.Shape, p.Mean.Shape) {
		return 0, 0, fmt.Errorf("baseline: the targets have the shape %v, the forecasts %v: give batches that hold the truth", b.Y.Shape, p.Mean.Shape)
	}
	for i, y := range b.Y.Data {
		w := 1.0
		if !b.Mask.IsZero() {
			w = b.Mask.Data[i]
		}
		if w == 0 || math.IsNaN(y) {
			continue
		}
		e := y - p.Mean.Data[i]
		loss, weight = loss+w*e*e, weight+w
	}
	if weight == 0 {
		return 0, 0, nil
	}
	return loss / weight, weight, nil
}

// Close does nothing: there is nothing to let go of.
func (r *Ridge) Close() error { return nil }

// Predict returns the forecasts of a batch, [H, B, D].
func (r *Ridge) Predict(ctx context.Context, b datasets.Batch) (datasets.Prediction, error) {
	if err := ctx.Err(); err != nil {
		return datasets.Prediction{}, fmt.Errorf("baseline: %w", err)
	}
	if err := r.check(b); err != nil {
		return datasets.Prediction{}, err
	}
	mean := datasets.NewArray(r.layout.Horizon, b.B, len(r.layout.Targets))
	for _, s := range r.systems {
		if !s.fitted() {
			return datasets.Prediction{}, fmt.Errorf("baseline: ridge forecasts before it is fitted: accumulate the training part and solve first")
		}
		s.predict(mean, b)
	}
	return datasets.Prediction{Mean: mean}, nil
}

// FitRidge fits an autoregression to all windows of the training part, and chooses on those of the validation part if
// the split has one.
func FitRidge(ctx context.Context, w *datasets.Windows, c RidgeConfig) (*Ridge, error) {
	r, err := NewRidge(w.Layout(), c)
	if err != nil {
		return nil, err
	}
	for _, part := range []datasets.Part{datasets.Train, datasets.Valid} {
		rows := 0
		for _, s := range w.Split().Parts[part] {
			rows += s.Rows()
		}
		if part == datasets.Valid && rows == 0 {
			break
		}
		source, err := w.Source(part, datasets.SourceOptions{Batch: 256})
		if err != nil {
			return nil, err
		}
		for b, ok := source.Next(); ok; b, ok = source.Next() {
			if err := r.Accumulate(ctx, part, b); err != nil {
				return nil, err
			}
		}
	}
	if _, err := r.Solve(ctx); err != nil {
		return nil, err
	}
	return r, nil
}
