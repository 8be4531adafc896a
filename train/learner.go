package train

import (
	"context"
	"encoding/json"
	"math"

	"lenz/datasets"
	"lenz/internal/state"
)

// Metrics are named numbers: a batch's, an epoch's or a run's.
type Metrics map[string]float64

// Names of metrics that the trainer itself reads.
const (
	// Loss is what training lowers; the trainer watches it for divergence, keeps the best epoch by it and hands it to
	// schedules.
	Loss = "loss"
	// Weight says how many targets an evaluated batch counts for; without it that is the batch's Weight. It is not
	// reported.
	Weight = "weight"
)

// MarshalJSON writes an object with sorted names; a number that JSON does not have (NaN, an infinity) is null.
func (m Metrics) MarshalJSON() ([]byte, error) {
	out := make(map[string]*float64, len(m))
	for name, v := range m {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			out[name] = nil
			continue
		}
		out[name] = &v
	}
	return json.Marshal(out)
}

// Learner learns from batches. The trainer drives it and asks no more of it; what else a learner can do it says by having
// the methods of Evaluator, Stateful, Needy, Tuner, LossObserver, Averager, Slower or Counter.
//
// Metrics that it returns are valid until its next call. An error that is a DivergedError ends the run as diverged,
// any other as failed.
type Learner interface {
	// Learn takes one batch.
	Learn(ctx context.Context, b datasets.Batch) (Metrics, error)
	// EndEpoch is called when all batches of an epoch were learned, before validation. What it returns joins, or
	// replaces, the epoch's averages of what Learn returned.
	EndEpoch(ctx context.Context) (Metrics, error)
	// Close releases what the learner and its model hold. The trainer does not call it.
	Close() error
}

// Evaluator is a Learner that can be measured on a batch without learning from it: early stopping, best weights
// and schedules that watch the validation loss need it. The metrics are averages over the batch's targets; an
// entry Weight says over how many.
type Evaluator interface {
	Evaluate(ctx context.Context, b datasets.Batch) (Metrics, error)
}

// Stateful is a part that a checkpoint carries: it gives out all that a resumed run must have again, to the bit.
type Stateful = state.Stateful

// State is a tree of named values, what a Stateful part gives and takes.
type State = state.State

// Needy is a Learner that needs something of the run.
type Needy interface{ Needs() Needs }

// Needs says what a learner needs.
type Needs struct {
	// Passes is the number of epochs after which nothing is left to learn, such as 1 for a closed-form solution. A run ends
	// there even if more were asked for; 0 means as many as are asked for.
	Passes int
	// Ordered asks for batches in the order of time, as a washout or carried states do. Who makes the source honours it:
	// the trainer takes batches as they come.
	Ordered bool
	// Washout is how many first steps of each series fill the memory and are not learned from. Who makes the source
	// honours it.
	Washout int
	// Steps says that the learner needs no data, and is the number of its steps in an epoch: the run is given an empty Data.
	Steps int
}

// Tuner is a Learner that chooses settings, such as a ridge, by the validation part: it sees those batches after the training
// ones and before EndEpoch.
type Tuner interface {
	Tune(ctx context.Context, b datasets.Batch) error
}

// LossObserver is a Learner that wants to know the loss of each epoch, such as one with a schedule that waits for a
// plateau: that of the validation part, or of the training part where there is no other.
type LossObserver interface{ Observe(loss float64) }

// Averager is a Learner whose weights for use are not those that it trains, such as their average. The trainer swaps them in for
// validation and for observers of the end of an epoch (best weights, among them), and puts those of training back, to the bit, before
// a checkpoint is kept.
type Averager interface{ Evaluating(on bool) error }

// Counter is a Learner that counts gradient evaluations, since epochs of different learners are not comparable.
type Counter interface{ GradientEvaluations() int }
