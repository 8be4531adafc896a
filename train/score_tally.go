package train

import (
	"fmt"
	"math"
	"strconv"

	"lenz/datasets"
)

// tally holds weighted sums over the elements of one forecast step and target. They grow in the order of the windows,
// so that they do not depend on how those are batched.
type tally struct {
	weight                    float64
	abs, square               float64
	scaledAbs, scaledSquare   float64
	symmetric, truth          float64
	relative, relativeWeight  float64 // absolute errors over the naive ones, and the weight of those that have a scale
	pinball, crps             float64
	inside, width             []float64 // for each interval
	crossEntropy, rightAnswer float64
}

func (t *tally) merge(o *tally) {
	t.weight += o.weight
	t.abs += o.abs
	t.square += o.square
	t.scaledAbs += o.scaledAbs
	t.scaledSquare += o.scaledSquare
	t.symmetric += o.symmetric
	t.truth += o.truth
	t.relative += o.relative
	t.relativeWeight += o.relativeWeight
	t.pinball += o.pinball
	t.crps += o.crps
	t.crossEntropy += o.crossEntropy
	t.rightAnswer += o.rightAnswer
	for i := range o.inside {
		t.inside[i] += o.inside[i]
		t.width[i] += o.width[i]
	}
}

// point adds a point forecast f of y, w of the weight.
func (t *tally) point(w, y, f float64) {
	e := y - f
	t.weight += w
	t.abs += w * math.Abs(e)
	t.square += w * e * e
	t.symmetric += w * SymmetricError(y, f)
	t.truth += w * math.Abs(y)
}

// quantiles adds the quantiles q at the levels.
func (t *tally) quantiles(w, y float64, q, levels []float64, intervals []datasets.Interval) {
	loss := 0.0
	for i, level := range levels {
		loss += PinballLoss(y, q[i], level)
	}
	t.pinball += w * loss / float64(len(levels))
	for i, v := range intervals {
		t.width[i] += w * (q[v.Upper] - q[v.Lower])
		if q[v.Lower] <= y && y <= q[v.Upper] {
			t.inside[i] += w
		}
	}
}

// scores returns what the sums say; kind tells which of them were taken.
func (t *tally) scores(kind scored, rmsse float64) Scores {
	if t.weight == 0 {
		return nil
	}
	if kind.classes {
		return Scores{{"accuracy", t.rightAnswer / t.weight}, {"cross_entropy", t.crossEntropy / t.weight}}
	}
	mse := t.square / t.weight
	list := Scores{{"mae", t.abs / t.weight}, {"mse", mse}, {"rmse", math.Sqrt(mse)}}
	if t.relativeWeight > 0 {
		list = append(list, Score{"mase", t.relative / t.relativeWeight}, Score{"rmsse", rmsse})
	}
	list = append(list, Score{"smape", t.symmetric / t.weight})
	if t.truth > 0 {
		list = append(list, Score{"wape", t.abs / t.truth})
	}
	if kind.scaled {
		list = append(list, Score{"scaled_mse", t.scaledSquare / t.weight}, Score{"scaled_mae", t.scaledAbs / t.weight})
	}
	if kind.gaussian || kind.quantiles {
		list = append(list, Score{"crps", t.crps / t.weight})
	}
	if !kind.quantiles {
		return list
	}
	list = append(list, Score{"pinball", t.pinball / t.weight})
	if t.truth > 0 {
		list = append(list, Score{"wql", 2 * t.pinball / t.truth})
	}
	for i, v := range kind.intervals {
		list = append(list, Score{"coverage_" + percentOf(v), t.inside[i] / t.weight}, Score{"width_" + percentOf(v), t.width[i] / t.weight})
	}
	return list
}

// scored says which scores there are.
type scored struct {
	classes, scaled, gaussian, quantiles bool
	intervals                            []datasets.Interval
}

// percentOf returns "80" for a coverage of 0.8, "99.5" for 0.995.
func percentOf(v datasets.Interval) string {
	return strconv.FormatFloat(math.Round(v.Coverage*1e8)/1e6, 'g', -1, 64)
}

// classes adds the logits of one label.
func (t *tally) classes(w, label float64, logits []float64) error {
	k := int(label)
	if float64(k) != label || k < 0 || k >= max(2, len(logits)) {
		return fmt.Errorf("train: the label %v is no class of the %d that the model has logits for", label, len(logits))
	}
	if len(logits) == 1 { // one logit: class 1 against class 0
		logits = []float64{0, logits[0]}
	}
	best, top := 0, math.Inf(-1)
	for i, v := range logits {
		if v > top {
			best, top = i, v
		}
	}
	sum := 0.0
	for _, v := range logits {
		sum += math.Exp(v - top)
	}
	t.weight += w
	t.crossEntropy += w * (top + math.Log(sum) - logits[k])
	if best == k {
		t.rightAnswer += w
	}
	return nil
}
