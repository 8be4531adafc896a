package train

import (
	"errors"
	"fmt"

	"lenz/internal/state"
)

// BestWeights keeps a copy of the weights of the epoch with the lowest metric on the validation part, or on the
// training part where there is no other. It belongs to checkpoints, so that a resumed run still has them.
type BestWeights struct {
	Metric string // Loss unless another is named

	weights Stateful
	best    best
	kept    State
}

var _ NamedObserver = (*BestWeights)(nil)

// NewBestWeights returns the observer for weights such as a model's *graph.Params and the loss.
func NewBestWeights(weights Stateful) *BestWeights {
	return &BestWeights{Metric: Loss, weights: weights}
}

// Name is "best weights".
func (b *BestWeights) Name() string { return "best weights" }

// Observe copies the weights at the end of an epoch that is better than all before.
func (b *BestWeights) Observe(e Event) error {
	if e.Kind != EpochEnd {
		return nil
	}
	from := e.Valid
	if from == nil {
		from = e.Train
	}
	v, ok := from[b.Metric]
	if !ok {
		return fmt.Errorf("train: the best weights are those of the lowest %q, the metrics are %v", b.Metric, names(from))
	}
	if b.best.see(v, e.Epoch, 0) {
		b.kept = b.weights.State()
	}
	return nil
}

// Epoch is the epoch of the kept weights, counted from 1; 0 when none has ended.
func (b *BestWeights) Epoch() int { return b.best.epoch }

// Value is the metric of the kept weights.
func (b *BestWeights) Value() float64 { return b.best.value }

// Apply puts the kept weights into the model. Its weights at the end of the run are lost by that: write them first.
func (b *BestWeights) Apply() error {
	if b.kept == nil {
		return errors.New("train: no epoch has ended, there are no best weights")
	}
	return b.weights.Restore(b.kept)
}

// State returns the kept weights, their metric and their epoch.
func (b *BestWeights) State() State {
	s := State{"best": b.best.State()}
	if b.kept != nil {
		s["weights"] = b.kept // never changed: a better epoch replaces it
	}
	return s
}

// Restore takes what State gave.
func (b *BestWeights) Restore(from State) error {
	if err := restorePart(from, "best", &b.best); err != nil {
		return err
	}
	b.kept = nil
	if b.best.epoch == 0 {
		return nil
	}
	kept, err := state.Get[State](from, "weights")
	b.kept = kept
	return err
}
