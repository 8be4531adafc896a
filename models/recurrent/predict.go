package recurrent

import (
	"context"
	"fmt"
	"math"
	"slices"

	"lenz/datasets"
	"lenz/graph"
)

// Predict returns what the model says about the targets of a batch, in the units of the batch; Y is not looked at.
//
// Forecasts have a mean [H, B, D] and, with the gaussian or quantile head, quantiles [Q, H, B, D] at the settings'
// levels. The mean of the quantile head is its median. Quantiles are learnt one by one and may cross: they are sorted
// (Chernozhukov, Fernández-Val, Galichon 2010), which never makes the pinball loss worse. A recursive forecast feeds
// its own output back; of a distribution it draws paths from the model's seed and each window's series and origin (its
// place in the batch without them), and takes mean and quantiles of the paths.
//
// Labels have the shape of Y, with Quantiles [Q, ...] where the head has them; for classes, Mean holds
// the logits, [T, B, C] or [B, C]. A batch that carries its state gets forecasts of each step, from states of their
// own: those of learning are left alone.
func (m *Model) Predict(ctx context.Context, b datasets.Batch) (datasets.Prediction, error) {
	k, err := m.keyOf(b, predict)
	if err != nil {
		return datasets.Prediction{}, fmt.Errorf("%s: %w", m.name, err)
	}
	if m.recursive() && !b.Carry {
		return m.rollOut(ctx, b)
	}
	p, err := m.prepare(ctx, b, predict, &m.watching)
	if err != nil {
		return datasets.Prediction{}, err
	}
	if err := m.finish(p, b, &m.watching); err != nil {
		return datasets.Prediction{}, err
	}
	if m.layout.Classes > 0 {
		return datasets.Prediction{Mean: datasets.Array{Shape: slices.Clone(p.shape), Data: slices.Clone(p.pred)}}, nil
	}
	shape := slices.Clone(p.shape)
	shape[len(shape)-1] = len(m.layout.Targets)
	return m.read(p.pred, shape, k), nil
}

// read turns outputs [..., D*outputs] into a prediction of the shape [..., D].
func (m *Model) read(out []float64, shape []int, k key) datasets.Prediction {
	pred := datasets.Prediction{Mean: datasets.NewArray(shape...)}
	m.levels(&pred)
	if m.gaussian() {
		pred.SD = datasets.NewArray(shape...)
	}
	n := len(pred.Mean.Data)
	row := k.B * len(m.layout.Targets)
	d := newDistribution(m)
	for i := range n {
		shift, spread := m.norm.shift[i%row], m.norm.spread[i%row]
		d.set(out[i*m.outputs:][:m.outputs])
		pred.Mean.Data[i] = d.point()*spread + shift
		if m.gaussian() {
			pred.SD.Data[i] = graph.GaussianScale(d.v[1]) * spread
		}
		for q, level := range pred.Levels {
			pred.Quantiles.Data[q*n+i] = d.quantile(level)*spread + shift
		}
	}
	return pred
}

// levels makes room for the quantiles that the head reports.
func (m *Model) levels(pred *datasets.Prediction) {
	if m.settings.Head == "point" || len(m.settings.Levels) == 0 {
		return
	}
	pred.Levels = slices.Clone(m.settings.Levels)
	pred.Quantiles = datasets.NewArray(append([]int{len(pred.Levels)}, pred.Mean.Shape...)...)
}

// distribution is what the outputs for one target element say.
type distribution struct {
	head   string
	levels []float64
	v      []float64 // outputs; sorted for quantiles
}

func newDistribution(m *Model) *distribution {
	return &distribution{head: m.settings.Head, levels: m.settings.Levels, v: make([]float64, m.outputs)}
}

func (d *distribution) set(out []float64) {
	copy(d.v, out)
	if d.head == "quantile" {
		slices.Sort(d.v)
	}
}

// point is the point forecast: the mean, or the median of the quantile head.
func (d *distribution) point() float64 {
	if d.head == "quantile" {
		return d.quantile(0.5)
	}
	return d.v[0]
}

// quantile is the value at level q: of the normal distribution, or on the line between the learnt quantiles and its
// continuation beyond the outer ones.
func (d *distribution) quantile(q float64) float64 {
	if d.head == "gaussian" {
		return d.v[0] + graph.GaussianScale(d.v[1])*math.Sqrt2*math.Erfinv(2*q-1)
	}
	n := len(d.levels)
	if n == 1 {
		return d.v[0]
	}
	i, found := slices.BinarySearch(d.levels, q)
	if found {
		return d.v[i]
	}
	i = min(max(i, 1), n-1) // the line from i-1 to i
	slope := (d.v[i] - d.v[i-1]) / (d.levels[i] - d.levels[i-1])
	return d.v[i-1] + slope*(q-d.levels[i-1])
}
