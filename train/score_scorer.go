package train

import (
	"fmt"
	"math"
	"slices"

	"lenz/datasets"
)

// ScoreSpec says what forecasts are scored by.
type ScoreSpec struct {
	// Layout is that of the batches.
	Layout datasets.Layout
	// Scaler brings targets and forecasts to original units; nil scores them in the units of the batch.
	Scaler *datasets.Scaler
	// Scales are the denominators of MASE and RMSSE (NaiveScales); without them neither is given.
	Scales Scales
	// Scaled adds scaled_mse and scaled_mae, in the units of the batch.
	Scaled bool
}

// Scorer adds up forecasts of one model, batch by batch, and gives their scores: over everything, for each forecast step,
// for each target. Its memory does not grow with the number of windows. What has weight 0 or an unknown target
// (NaN) is passed over.
//
// MASE is the mean of |error| over the scale of its series and target; RMSSE is the root of the mean squared error over
// the squared scale, taken for each series and target and then averaged over them, as in the M5 competition (with equal
// weights). With a Gaussian forecast (Prediction.SD), CRPS is exact; otherwise it is twice the integral of the
// pinball loss over the levels (Gneiting & Ranjan 2011) by the trapezoid rule, with the point forecast as the median where
// 0.5 is none of them: close where there are many levels, somewhat too little where there are few (12 % for a calibrated
// Gaussian at 0.025, 0.1, 0.5, 0.9, 0.975). Models with different levels are therefore better compared by other scores.
// The pinball loss and wql are plain means over the given levels.
type Scorer struct {
	spec    ScoreSpec
	columns []*datasets.ColumnScaler // of each target, nil for original units
	levels  []float64
	crps    quantileCRPS
	kind    scored
	started bool
	steps   int
	targets int
	tallies []tally   // [steps, targets]
	squares []squares // of each series
	q       []float64 // the quantiles of one element
}

// squares holds the sums of squared scaled errors of one series, [steps, targets] each.
type squares struct{ sum, weight []float64 }

// NewScorer returns a scorer of forecasts in the layout; nothing is added yet.
func NewScorer(spec ScoreSpec) (*Scorer, error) {
	l := spec.Layout
	s := &Scorer{spec: spec, steps: 1, targets: len(l.Targets), columns: make([]*datasets.ColumnScaler, len(l.Targets))}
	if s.targets == 0 {
		return nil, fmt.Errorf("train: the layout has no targets to score: take that of the data source")
	}
	if l.Kind == datasets.Forecast {
		s.steps = l.Horizon
	}
	for j, name := range l.Targets {
		if spec.Scaler == nil {
			break
		}
		c, err := spec.Scaler.Column(name)
		if err != nil {
			return nil, err
		}
		s.columns[j] = c
	}
	for k := range spec.Scales.Abs {
		if n := len(spec.Scales.Abs[k]); n != s.targets || len(spec.Scales.Square[k]) != n {
			return nil, fmt.Errorf("train: the scales of series %d are for %d targets, the layout has %d: make both for the same targets", k, n, s.targets)
		}
		n := s.steps * s.targets
		s.squares = append(s.squares, squares{make([]float64, n), make([]float64, n)})
	}
	s.tallies = make([]tally, s.steps*s.targets)
	return s, nil
}

// start notes what kind of forecasts come, when the first does.
func (s *Scorer) start(p datasets.Prediction) {
	s.started = true
	s.levels = slices.Clone(p.Levels)
	s.q = make([]float64, len(s.levels))
	s.crps = newQuantileCRPS(s.levels)
	s.kind = scored{classes: s.spec.Layout.Classes > 0, scaled: s.spec.Scaled, quantiles: len(s.levels) > 0, gaussian: !p.SD.IsZero(),
		intervals: datasets.Intervals(s.levels)}
	for _, c := range s.columns {
		if c != nil && c.Transform != datasets.NoTransform && c.Transform != "" {
			s.kind.gaussian = false // what is Gaussian in transformed units is not in original ones
		}
	}
	for i := range s.tallies {
		s.tallies[i] = s.empty()
	}
}

func (s *Scorer) empty() tally {
	n := len(s.kind.intervals)
	return tally{inside: make([]float64, n), width: make([]float64, n)}
}

// Add adds the forecasts p of the batch b, both in the units of the batch. It fails where their shapes, or the levels of
// different batches, do not fit.
func (s *Scorer) Add(b datasets.Batch, p datasets.Prediction) error {
	shape, err := s.check(b)
	if err != nil {
		return err
	}
	want := slices.Clone(shape)
	if c := s.spec.Layout.Classes; c > 0 && len(p.Mean.Shape) == len(want) {
		if want[len(want)-1] = c; c == 2 && p.Mean.Shape[len(want)-1] == 1 {
			want[len(want)-1] = 1
		}
	}
	if err := p.Check(want...); err != nil {
		return err
	}
	if !s.started {
		s.start(p)
	}
	if !slices.Equal(s.levels, p.Levels) {
		return fmt.Errorf("train: forecasts have the levels %v after batches with %v: score each model by itself", p.Levels, s.levels)
	}
	if s.kind.classes {
		return s.addClasses(b, p.Mean.Data, want[len(want)-1])
	}
	if s.kind.gaussian && p.SD.IsZero() {
		return fmt.Errorf("train: a forecast has no standard deviation after batches that had one: score each model by itself")
	}
	for i := range b.Y.Data {
		s.element(b, p, i)
	}
	return nil
}

// check returns the shape of the targets.
func (s *Scorer) check(b datasets.Batch) ([]int, error) {
	l := s.spec.Layout
	shape := []int{b.B, s.targets}
	switch l.Kind {
	case datasets.Forecast:
		shape = []int{l.Horizon, b.B, s.targets}
	case datasets.PerStep:
		shape = []int{b.T, b.B, s.targets}
	}
	if !slices.Equal(b.Y.Shape, shape) {
		return nil, fmt.Errorf("train: the targets of the batch have the shape %v, want %v: score batches that hold the truth, in the layout of the scorer", b.Y.Shape, shape)
	}
	if !b.Mask.IsZero() && !slices.Equal(b.Mask.Shape, shape) {
		return nil, fmt.Errorf("train: the mask of the batch has the shape %v, its targets %v", b.Mask.Shape, shape)
	}
	if len(s.squares) == 0 {
		return shape, nil
	}
	if len(b.Series) != b.B {
		return nil, fmt.Errorf("train: the batch names the series of %d of %d windows: score windows of a split, or leave out the scales", len(b.Series), b.B)
	}
	for _, k := range b.Series {
		if k < 0 || k >= len(s.squares) {
			return nil, fmt.Errorf("train: a window comes from series %d, there are scales for %d: make them for the part that is scored", k, len(s.squares))
		}
	}
	return shape, nil
}

// weight returns the weight of element i of the targets, 0 for what is unknown or lies past a sequence's end.
func (s *Scorer) weight(b datasets.Batch, i int) float64 {
	if math.IsNaN(b.Y.Data[i]) {
		return 0
	}
	if sequence := i / s.targets % b.B; s.spec.Layout.Kind == datasets.PerStep && b.Lengths != nil && i/(b.B*s.targets) >= b.Lengths[sequence] {
		return 0
	}
	if b.Mask.IsZero() {
		return 1
	}
	return b.Mask.Data[i]
}

// element adds element i of the targets.
func (s *Scorer) element(b datasets.Batch, p datasets.Prediction, i int) {
	w := s.weight(b, i)
	if w == 0 {
		return
	}
	column := i % s.targets
	cell := column
	if s.steps > 1 {
		cell += i / (b.B * s.targets) * s.targets
	}
	t, c := &s.tallies[cell], s.columns[column]
	y, f := toUnits(c, b.Y.Data[i]), toUnits(c, p.Mean.Data[i])
	t.point(w, y, f)
	e := b.Y.Data[i] - p.Mean.Data[i]
	t.scaledAbs += w * math.Abs(e)
	t.scaledSquare += w * e * e
	if s.kind.gaussian {
		sd := p.SD.Data[i]
		if c != nil {
			sd *= c.Scale
		}
		t.crps += w * GaussianCRPS(y, f, sd)
	}
	if s.kind.quantiles {
		for j := range s.q {
			s.q[j] = toUnits(c, p.Quantiles.Data[j*len(b.Y.Data)+i])
		}
		t.quantiles(w, y, s.q, s.levels, s.kind.intervals)
		if !s.kind.gaussian {
			t.crps += w * s.crps.score(y, f, s.q)
		}
	}
	if len(s.squares) == 0 {
		return
	}
	k := b.Series[i/s.targets%b.B]
	if scale := s.spec.Scales.Abs[k][column]; !math.IsNaN(scale) {
		t.relative += w * math.Abs(y-f) / scale
		t.relativeWeight += w
		s.squares[k].sum[cell] += w * (y - f) * (y - f) / s.spec.Scales.Square[k][column]
		s.squares[k].weight[cell] += w
	}
}

func toUnits(c *datasets.ColumnScaler, v float64) float64 {
	if c == nil {
		return v
	}
	return c.Invert(v)
}

func (s *Scorer) addClasses(b datasets.Batch, logits []float64, classes int) error {
	for i, label := range b.Y.Data {
		if w := s.weight(b, i); w != 0 {
			if err := s.tallies[0].classes(w, label, logits[i*classes:(i+1)*classes]); err != nil {
				return err
			}
		}
	}
	return nil
}

// Scores returns the scores over everything that was added, none if nothing was.
func (s *Scorer) Scores() Scores { return s.group(0, s.steps, 0, s.targets) }

// Steps returns the scores of each forecast step, over windows and targets, [H]; one entry for labels.
func (s *Scorer) Steps() []Scores {
	list := make([]Scores, s.steps)
	for h := range list {
		list[h] = s.group(h, h+1, 0, s.targets)
	}
	return list
}

// Targets returns the scores of each target, over windows and steps, [D].
func (s *Scorer) Targets() []Scores {
	list := make([]Scores, s.targets)
	for j := range list {
		list[j] = s.group(0, s.steps, j, j+1)
	}
	return list
}

// group returns the scores of the steps h0 <= h < h1 and the targets d0 <= d < d1.
func (s *Scorer) group(h0, h1, d0, d1 int) Scores {
	sum := s.empty()
	for h := h0; h < h1; h++ {
		for d := d0; d < d1; d++ {
			sum.merge(&s.tallies[h*s.targets+d])
		}
	}
	roots, pairs := 0.0, 0.0
	for _, series := range s.squares {
		for d := d0; d < d1; d++ {
			square, weight := 0.0, 0.0
			for h := h0; h < h1; h++ {
				square += series.sum[h*s.targets+d]
				weight += series.weight[h*s.targets+d]
			}
			if weight > 0 {
				roots += math.Sqrt(square / weight)
				pairs++
			}
		}
	}
	return sum.scores(s.kind, roots/pairs)
}
