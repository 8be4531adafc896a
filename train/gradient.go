package train

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gorgonia.org/gorgonia"

	"lenz/datasets"
	"lenz/graph"
	"lenz/internal/state"
	"lenz/optim"
)

// Source is a model that gives the gradient of its loss. Models have these methods without knowing this package.
//
// One that keeps something from batch to batch (carried states of truncated BPTT, persistent chains) is Stateful as
// well; its state need not hold the parameters.
type Source interface {
	// Params are the parameters to learn. Gradient fills their gradients.
	Params() *graph.Params
	// Gradient runs forward and backward on a batch in training mode, and returns the loss, the mean over the
	// batch's targets. step is the number of the step, which keys what is random in it, such as dropout.
	Gradient(ctx context.Context, b datasets.Batch, step uint64) (loss float64, err error)
	// Loss returns the loss in evaluation mode and the weight of the batch, the sum of its mask.
	Loss(ctx context.Context, b datasets.Batch) (loss, weight float64, err error)
	// Repeatable tells whether the same batch and step give the same gradient again.
	Repeatable() bool
	Close() error
}

// GradientLearner steps an optimizer along a source's gradients. Its metrics of a batch are loss, gradient_norm (of all
// parameters, before clipping) and rate (the learning rate of the step).
type GradientLearner struct {
	source    Source
	optimizer optim.Optimizer
	model     []gorgonia.ValueGrad
	step      uint64
	metrics   Metrics

	evaluations uint64
	now         batch         // that is learned
	closure     optim.Closure // evaluates it
}

// batch is what the closure evaluates, and what it found the first time.
type batch struct {
	ctx        context.Context
	b          datasets.Batch
	loss, norm float64
	seen       bool
}

var (
	_ Learner      = (*GradientLearner)(nil)
	_ Evaluator    = (*GradientLearner)(nil)
	_ Stateful     = (*GradientLearner)(nil)
	_ LossObserver = (*GradientLearner)(nil)
	_ Counter      = (*GradientLearner)(nil)
	_ Averager     = (*GradientLearner)(nil)
	_ Slower       = (*GradientLearner)(nil)
	_ auditor      = (*GradientLearner)(nil)
)

// Gradient returns the learner of a source and an optimizer, which carries its schedule (optim.WithSchedule) and its
// clipping (optim.Chain) with it. One that evaluates the gradient itself (optim.NeedsClosure: L-BFGS, SAM) needs a source that is
// Repeatable; Learn refuses another.
func Gradient(source Source, optimizer optim.Optimizer) *GradientLearner {
	l := &GradientLearner{
		source: source, optimizer: optimizer, model: source.Params().ValueGrads(), metrics: Metrics{},
	}
	l.closure = l.evaluate
	return l
}

// ErrNotRepeatable is why a source and an optimizer that evaluates the gradient itself do not go together.
var ErrNotRepeatable = errors.New("the optimizer evaluates the gradient of a batch several times (as lbfgs and SAM do), but this model gives another " +
	"one each time: it carries a state or a chain from batch to batch; take an optimizer such as adam, or train on windows")

// CheckRepeatable is ErrNotRepeatable if the optimizer evaluates the gradient itself and the source cannot give the same again.
// Learn checks it too, and each batch for a carried state.
func CheckRepeatable(source Source, optimizer optim.Optimizer) error {
	if optim.NeedsClosure(optimizer) && !source.Repeatable() {
		return ErrNotRepeatable
	}
	return nil
}

// Learn takes one step. A loss, gradient or parameter that is not finite is a DivergedError which names the parameter; with
// a bad loss or gradient the parameters are unchanged. Loss and norm are those at the parameters before the step.
func (l *GradientLearner) Learn(ctx context.Context, b datasets.Batch) (Metrics, error) {
	l.now = batch{ctx: ctx, b: b}
	rate := l.optimizer.Rate()
	if err := l.advance(); err != nil {
		return nil, err
	}
	l.step++
	p := l.source.Params()
	if name, v, bad := nonFinite(p, false); bad {
		return nil, &DivergedError{What: "after the update parameter", Parameter: name, Value: v, Rate: rate}
	}
	l.metrics[Loss], l.metrics["gradient_norm"], l.metrics["rate"] = l.now.loss, l.now.norm, rate
	return l.metrics, nil
}

// advance lets the optimizer take a step, which evaluates the batch once or, with a closure, as often as it likes.
func (l *GradientLearner) advance() error {
	if err := CheckRepeatable(l.source, l.optimizer); err != nil {
		return err
	}
	if l.now.b.Carry && optim.NeedsClosure(l.optimizer) {
		return ErrNotRepeatable
	}
	err := optim.StepWith(l.optimizer, l.model, l.closure)
	if err == nil {
		return nil
	}
	var diverged *DivergedError
	if errors.As(err, &diverged) {
		return err
	}
	if name, v, bad := nonFinite(l.source.Params(), true); bad {
		return &DivergedError{What: "the gradient", Parameter: name, Value: v, Rate: l.optimizer.Rate()}
	}
	return fmt.Errorf("optimizer: %w", err)
}

// evaluate is the closure. What is not finite is refused at the parameters before the step; further on it is the
// optimizer's affair, such as a line search's that went too far.
func (l *GradientLearner) evaluate() (float64, error) {
	loss, err := l.source.Gradient(l.now.ctx, l.now.b, l.step)
	if err != nil {
		return 0, err
	}
	l.evaluations++
	if l.now.seen {
		return loss, nil
	}
	// The sum of squares is finite only if all gradients are, but may overflow where they are.
	norm := math.Sqrt(sumSquares(l.source.Params()))
	if loss-loss != 0 || norm-norm != 0 {
		if d := blame(l.source.Params(), l.now.b, loss, l.optimizer.Rate(), true); d != nil {
			return 0, d
		}
	}
	l.now.loss, l.now.norm, l.now.seen = loss, norm, true
	return loss, nil
}

// EndEpoch moves schedules that count epochs. It returns the rate in force, that of the next step.
func (l *GradientLearner) EndEpoch(context.Context) (Metrics, error) {
	if s, ok := optim.As[interface{ EndEpoch() }](l.optimizer); ok {
		s.EndEpoch()
	}
	return Metrics{"rate": l.optimizer.Rate()}, nil
}

// Evaluate returns the loss of a batch in evaluation mode, and its weight.
func (l *GradientLearner) Evaluate(ctx context.Context, b datasets.Batch) (Metrics, error) {
	loss, weight, err := l.source.Loss(ctx, b)
	if err != nil {
		return nil, err
	}
	if loss-loss != 0 {
		if d := blame(l.source.Params(), b, 0, l.optimizer.Rate(), false); d != nil {
			return nil, d
		}
	}
	return Metrics{Loss: loss, Weight: weight}, nil
}

// Slow multiplies the learning rate; under a schedule, the rate that the schedule's factor multiplies.
func (l *GradientLearner) Slow(factor float64) error {
	base := l.optimizer.Rate()
	if s, ok := optim.As[*optim.Scheduled](l.optimizer); ok {
		base = s.Base()
	}
	l.optimizer.SetRate(base * factor)
	return nil
}

// Observe tells the schedule the loss, if it listens.
func (l *GradientLearner) Observe(loss float64) {
	if o, ok := optim.As[optim.Observer](l.optimizer); ok {
		o.Observe(loss)
	}
}

// GradientEvaluations counts the calls of the source's Gradient.
func (l *GradientLearner) GradientEvaluations() int { return int(l.evaluations) }

// Evaluating swaps the weights that the optimizer averages in or out.
func (l *GradientLearner) Evaluating(on bool) error {
	return optim.Evaluating(l.optimizer, l.model, on)
}

// Close closes the source.
func (l *GradientLearner) Close() error { return l.source.Close() }

// State returns the parameters, the optimizer's state, the number of the step and, where the source has any, its own.
func (l *GradientLearner) State() State {
	s := State{"parameters": l.source.Params().State(), "optimizer": l.optimizer.State(), "step": l.step, "evaluations": l.evaluations}
	if m, ok := l.source.(Stateful); ok {
		s["source"] = m.State()
	}
	return s
}

// Restore takes what State gave on a learner of the same model and optimizer.
func (l *GradientLearner) Restore(from State) error {
	step, err := state.Get[uint64](from, "step")
	if err != nil {
		return err
	}
	evaluations, err := state.Get[uint64](from, "evaluations")
	if err != nil {
		return err
	}
	if err := restorePart(from, "parameters", l.source.Params()); err != nil {
		return err
	}
	if err := restorePart(from, "optimizer", l.optimizer); err != nil {
		return err
	}
	m, ok := l.source.(Stateful)
	if _, saved := from["source"]; saved != ok {
		return errors.New("either the saved model or this one carries a state from batch to batch, the other does not: build the same")
	}
	if ok {
		if err := restorePart(from, "source", m); err != nil {
			return err
		}
	}
	l.step, l.evaluations = step, evaluations
	return nil
}
