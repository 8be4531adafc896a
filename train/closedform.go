package train

import (
	"context"
	"errors"
	"math"

	"lenz/datasets"
)

// ClosedFormModel is a model whose weights are the solution of an equation, as those of a ridge autoregression are. Models
// have these methods without knowing this package.
type ClosedFormModel interface {
	// Accumulate adds a batch of the training or the validation part to the sums that Solve needs.
	Accumulate(ctx context.Context, part datasets.Part, b datasets.Batch) error
	// Solve computes the weights, choosing settings by the validation part if it was accumulated. What it returns are metrics
	// of the epoch, such as the chosen ridge and the condition number.
	Solve(ctx context.Context) (map[string]float64, error)
	// Loss returns the loss and the weight of a batch, the sum of its mask. An error with the method Diverged() bool that says so
	// ends the run as diverged.
	Loss(ctx context.Context, b datasets.Batch) (loss, weight float64, err error)
	Close() error
}

// ClosedForm returns the learner of a closed-form model: it needs one ordered pass, shows the model the training
// and then the validation part, and solves. It is Stateful if the model is.
func ClosedForm(m ClosedFormModel) Learner {
	l := closedForm{m}
	if s, ok := m.(Stateful); ok {
		return closedFormStateful{l, s}
	}
	return l
}

type closedForm struct{ model ClosedFormModel }

type closedFormStateful struct {
	closedForm
	Stateful
}

var (
	_ Learner   = closedForm{}
	_ Evaluator = closedForm{}
	_ Tuner     = closedForm{}
	_ Needy     = closedForm{}
	_ Stateful  = closedFormStateful{}
)

func (l closedForm) Learn(ctx context.Context, b datasets.Batch) (Metrics, error) {
	return nil, l.model.Accumulate(ctx, datasets.Train, b)
}

func (l closedForm) Tune(ctx context.Context, b datasets.Batch) error {
	return l.model.Accumulate(ctx, datasets.Valid, b)
}

func (l closedForm) EndEpoch(ctx context.Context) (Metrics, error) {
	m, err := l.model.Solve(ctx)
	return m, err
}

func (l closedForm) Evaluate(ctx context.Context, b datasets.Batch) (Metrics, error) {
	loss, weight, err := l.model.Loss(ctx, b)
	var d interface{ Diverged() bool }
	if errors.As(err, &d) && d.Diverged() {
		return nil, &DivergedError{What: "a forecast", Value: math.Inf(1), Cause: err}
	}
	if err != nil {
		return nil, err
	}
	return Metrics{Loss: loss, Weight: weight}, nil
}

// Needs asks for one pass in the order of time, and for the model's washout where it has one.
func (l closedForm) Needs() Needs {
	n := Needs{Passes: 1, Ordered: true}
	if w, ok := l.model.(interface{ Washout() int }); ok {
		n.Washout = w.Washout()
	}
	return n
}

func (l closedForm) Close() error { return l.model.Close() }
