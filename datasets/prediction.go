package datasets

import (
	"fmt"
	"math"
	"slices"
)

// Prediction is what a model says about the targets of a batch, in the units of the batch (scaled). Invert brings it to
// the original units.
type Prediction struct {
	// Mean is the point forecast (mean or median), [H, B, D]. For numbers as labels it is [T, B, D] or [B, D]; for
	// classes it holds the logits, [T, B, C] or [B, C].
	Mean Array
	// SD is the standard deviation of a Gaussian forecast, of Mean's shape; absent for other heads. With it Mean is
	// the Gaussian's mean.
	SD Array
	// Levels are the quantile levels, ascending, each between 0 and 1; nil for a point head.
	Levels []float64
	// Quantiles holds the value of each level, [Q, H, B, D]; absent without Levels.
	Quantiles Array
}

// Clone returns a copy that shares nothing.
func (p Prediction) Clone() Prediction {
	return Prediction{Mean: p.Mean.Clone(), SD: p.SD.Clone(), Levels: slices.Clone(p.Levels), Quantiles: p.Quantiles.Clone()}
}

// Check tells whether the arrays fit each other and a Mean of the shape.
func (p Prediction) Check(shape ...int) error {
	if err := p.Mean.check("the mean", shape); err != nil {
		return err
	}
	if !p.SD.IsZero() {
		if err := p.SD.check("the standard deviation", shape); err != nil {
			return err
		}
	}
	for i, level := range p.Levels {
		if !(level > 0 && level < 1) || i > 0 && level <= p.Levels[i-1] {
			return fmt.Errorf("datasets: the prediction has the quantile levels %v: want them ascending, each between 0 and 1", p.Levels)
		}
	}
	if len(p.Levels) == 0 && p.Quantiles.IsZero() {
		return nil
	}
	return p.Quantiles.check("the quantiles", append([]int{len(p.Levels)}, shape...))
}

// check tells whether an array of a prediction has the shape, and the data for it.
func (a Array) check(what string, shape []int) error {
	n := 1
	for _, d := range shape {
		n *= d
	}
	if !slices.Equal(a.Shape, shape) {
		return fmt.Errorf("datasets: %s of the prediction has the shape %v, want %v: the model must be built from the layout of the batch",
			what, a.Shape, shape)
	}
	if len(a.Data) != n {
		return fmt.Errorf("datasets: %s of the prediction has %d values for the shape %v", what, len(a.Data), shape)
	}
	return nil
}

// Interval is a central interval: Lower and Upper are indices into Levels, which are as far from 0 as from 1.
type Interval struct {
	Lower, Upper int
	Coverage     float64 // the share that should lie in it: 0.8 for the levels 0.1 and 0.9
}

// Intervals lists the central intervals that a set of levels has, the widest first.
func Intervals(levels []float64) []Interval {
	var list []Interval
	for i, j := 0, len(levels)-1; i < j; {
		switch d := levels[i] + levels[j] - 1; {
		case math.Abs(d) < 1e-9:
			list = append(list, Interval{Lower: i, Upper: j, Coverage: math.Round((levels[j]-levels[i])*1e9) / 1e9})
			i, j = i+1, j-1
		case d > 0:
			j--
		default:
			i++
		}
	}
	return list
}

// Invert returns the prediction in the original units of the targets, one name a column of Mean. It shares nothing with p.
//
// Quantiles stay quantiles, since the inverse of scaling and transform is monotone. The mean does not stay a mean under
// a transform: what is returned is its inverse, which is the median where the transformed forecast is symmetric. (The
// mean of a lognormal forecast, for one, would lie higher.) SD is kept, in original units, where all targets are
// only scaled, and left out where one is transformed, for the forecast is Gaussian no more.
func (p Prediction) Invert(s *Scaler, targets []string) (Prediction, error) {
	q := p.Clone()
	affine := true
	columns := make([]*ColumnScaler, len(targets))
	for j, name := range targets {
		c, err := s.Column(name)
		if err != nil {
			return Prediction{}, err
		}
		columns[j] = c
		affine = affine && (c.Transform == NoTransform || c.Transform == "")
	}
	for _, a := range []Array{q.Mean, q.Quantiles} {
		if a.IsZero() {
			continue
		}
		if d := a.Shape[len(a.Shape)-1]; d != len(targets) {
			return Prediction{}, fmt.Errorf("datasets: the prediction has %d columns, there are %d targets (%s): name one a column", d, len(targets), someNames(targets))
		}
		for i, v := range a.Data {
			a.Data[i] = columns[i%len(columns)].Invert(v)
		}
	}
	if !affine {
		q.SD = Array{}
	}
	for i := range q.SD.Data {
		q.SD.Data[i] *= columns[i%len(columns)].Scale
	}
	return q, nil
}
