package models

import (
	"context"

	"lenz/datasets"
	"lenz/graph"
)

// Predictor says what it expects of the targets of a batch, in the units of the batch (scaled). The batch may lack Y.
type Predictor interface {
	Predict(ctx context.Context, b datasets.Batch) (datasets.Prediction, error)
}

// Model is what the catalog builds and a Pipeline runs: a predictor whose knowledge is in named parameters. Close
// releases what it holds.
type Model interface {
	Predictor
	Params() *graph.Params
	Close() error
}

// GradientModel is a model that learns by gradients: a trainer's gradient learner drives it.
type GradientModel interface {
	Model
	// Gradient fills the gradients of all parameters for the batch, in training mode, and returns the loss; step keys
	// what is random, such as dropout.
	Gradient(ctx context.Context, b datasets.Batch, step uint64) (loss float64, err error)
	// Loss is the loss in evaluation mode, and the weight by which losses of batches are to be averaged.
	Loss(ctx context.Context, b datasets.Batch) (loss, weight float64, err error)
	// Repeatable tells whether the same batch, step and parameters give the same gradient.
	Repeatable() bool
}
