package study

import (
	"context"
	"errors"
	"fmt"
	"math"

	"lenz/datasets"
	"lenz/train"
)

var nan = Number(math.NaN())

// Factory builds what a trial needs: a fresh learner and its data. It is called from several goroutines at once, so
// that what trials share must not change. The experiment depends on the trial alone: on its settings, and on its seeds.
type Factory func(ctx context.Context, t Trial) (*Experiment, error)

// Experiment is a learner, its data and how long it learns. Each trial closes the learner of its own.
type Experiment struct {
	Learner train.Learner   // an Evaluator; a Counter where it takes gradients
	Weights train.Stateful  // what the best epoch leaves behind, such as *graph.Params; nil: the last epoch is judged
	Data    train.Data      // with a validation part
	Test    datasets.Source // for the final runs
	Epochs  int             // planned
}

// run trains, and measures final runs on the test part.
func (e *Experiment) run(ctx context.Context, t Trial) (out Outcome, err error) {
	defer func() { err = errors.Join(err, e.Learner.Close()) }()
	judge, ok := e.Learner.(train.Evaluator)
	switch {
	case !ok:
		return out, fmt.Errorf("study: the learner %T cannot Evaluate, so nothing can be chosen by validation", e.Learner)
	case e.Data.Valid == nil:
		return out, errors.New("study: there is no validation part to choose by: split one off")
	case t.Phase != Tune && (e.Test == nil || e.Test.Len() < 1):
		return out, errors.New("study: there is no test part to judge by: split one off")
	}
	watch := &curve{learner: e.Learner}
	observers := []train.Observer{watch}
	var best *train.BestWeights
	if e.Weights != nil && t.Phase != Tune {
		best = train.NewBestWeights(e.Weights)
		observers = append(observers, best)
	}
	result, err := train.Fit(ctx, e.Learner, e.Data, train.Epochs(t.Epochs(e.Epochs)), train.Watch(observers...))
	out = outcome(result, watch.points)
	switch {
	case result.Status == train.Interrupted:
		return out, err
	case err != nil || !out.Good() || t.Phase == Tune:
		return out, nil // how it ended is in the outcome
	}
	if err := e.settle(best); err != nil {
		return out, err
	}
	loss, err := measure(ctx, judge, e.Test)
	var diverged *train.DivergedError
	if errors.As(err, &diverged) {
		out.Status, out.Reason, out.Test = train.Diverged, err.Error(), Number(math.Inf(1))
		return out, nil
	}
	out.Test = Number(loss)
	if err == nil && !finite(loss) {
		out.Status, out.Reason = train.Diverged, fmt.Sprintf("the loss on the test part is %v", loss)
	}
	return out, err
}

// settle puts the weights in place that are judged: those of the best epoch, which are averages where the learner keeps any.
func (e *Experiment) settle(best *train.BestWeights) error {
	if best != nil {
		return best.Apply()
	}
	if a, ok := e.Learner.(train.Averager); ok {
		return a.Evaluating(true)
	}
	return nil
}

func outcome(r train.Result, points []Point) Outcome {
	o := Outcome{
		Status: r.Status, Epochs: r.Epochs, BestEpoch: r.BestEpoch, Evaluations: r.GradientEvaluations,
		Valid: nan, Test: nan, Curve: points, Seconds: r.Seconds,
	}
	if o.Evaluations == 0 {
		o.Evaluations = r.Steps
	}
	if r.Status != train.Completed {
		o.Reason = r.Reason
	}
	if r.BestEpoch > 0 && (r.Status == train.Completed || r.Status == train.Stopped) {
		o.Valid = Number(r.BestLoss)
	}
	return o
}

// measure is the loss over a source, batches averaged by their weights.
func measure(ctx context.Context, e train.Evaluator, s datasets.Source) (float64, error) {
	sum, weight := 0.0, 0.0
	s.Reset(0)
	for b, ok := s.Next(); ok; b, ok = s.Next() {
		m, err := e.Evaluate(ctx, b)
		if err != nil {
			return math.NaN(), fmt.Errorf("test part: %w", err)
		}
		w, ok := m[train.Weight]
		if !ok {
			w = b.Weight()
		}
		if w > 0 {
			sum, weight = sum+m[train.Loss]*w, weight+w
		}
	}
	return sum / weight, nil
}

// curve notes losses, gradient evaluations and seconds at the end of each epoch.
type curve struct {
	learner train.Learner
	points  []Point
}

// Observe is told by the trainer.
func (c *curve) Observe(e train.Event) error {
	if e.Kind != train.EpochEnd {
		return nil
	}
	p := Point{Evaluations: e.Step, Train: loss(e.Train), Valid: loss(e.Valid), Seconds: e.Seconds}
	if counter, ok := c.learner.(train.Counter); ok {
		p.Evaluations = counter.GradientEvaluations()
	}
	c.points = append(c.points, p)
	return nil
}

func loss(m train.Metrics) Number {
	if v, ok := m[train.Loss]; ok {
		return Number(v)
	}
	return nan
}
