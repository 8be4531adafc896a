package train

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"time"
)

// run is one call of Fit. What a resumed run must have again is in runState.
type run struct {
	learner Learner
	data    Data
	options
	started time.Time

	epoch, step int      // ended; done
	inEpoch     bool     // the source stands within epoch number epoch
	train       averages // of the epoch
	watch       watch    // for divergence
	best        best     // epoch
	last        Metrics  // of the last epoch, with prefixes
	before      float64  // seconds before the checkpoint
	saved       place    // of the last final Save
}

// place is where a run stands.
type place struct{ epoch, step int }

// loop goes through the epochs.
func (r *run) loop(ctx context.Context) *outcome {
	for r.epoch < r.epochs {
		if end := r.interrupted(ctx); end != nil {
			return end
		}
		if !r.inEpoch {
			r.data.Train.Reset(uint64(r.epoch))
			r.train = newAverages()
			r.inEpoch = true
		}
		if end := r.steps(ctx); end != nil {
			return end
		}
		// A step or an epoch that has begun is finished: learners never see the cancellation.
		if end := r.endEpoch(context.WithoutCancel(ctx)); end != nil {
			return end
		}
	}
	return &outcome{status: Completed, reason: allDone(r.epoch)}
}

func allDone(epochs int) string {
	if epochs == 1 {
		return "the one epoch is done"
	}
	return fmt.Sprintf("all %d epochs are done", epochs)
}

// interrupted saves and ends the run if the context is cancelled.
func (r *run) interrupted(ctx context.Context) *outcome {
	if ctx.Err() == nil {
		return nil
	}
	if end := r.save(true); end != nil && end.status != Stopped {
		return end
	}
	err := fmt.Errorf("train: interrupted after step %d of epoch %d: %w", r.step, r.epoch+1, context.Cause(ctx))
	if !errors.Is(err, ctx.Err()) {
		err = fmt.Errorf("%w (%w)", err, ctx.Err())
	}
	return &outcome{Interrupted, fmt.Sprintf("interrupted after step %d", r.step), err}
}

// steps learns the remaining batches of the epoch.
func (r *run) steps(ctx context.Context) *outcome {
	for {
		if end := r.interrupted(ctx); end != nil {
			return end
		}
		b, ok := r.data.Train.Next()
		if !ok {
			return nil
		}
		m, err := r.learner.Learn(context.WithoutCancel(ctx), b)
		r.step++
		if err == nil {
			err = r.watch.see(m)
		}
		if err != nil {
			return failed(fmt.Errorf("train: step %d, epoch %d: %w", r.step, r.epoch+1, err))
		}
		r.train.add(m, b.Weight())
		e := r.event(Step)
		e.Train = m
		if end := r.tell(e); end != nil {
			if end.status == Stopped {
				if bad := r.save(true); bad != nil && bad.status != Stopped {
					return bad
				}
			}
			return end
		}
	}
}

// endEpoch lets the learner finish the epoch, validates, tells the observers and lets them save.
func (r *run) endEpoch(ctx context.Context) *outcome {
	end := r.review(ctx)
	if end != nil && end.status != Stopped {
		return end
	}
	if bad := r.save(end != nil || r.epoch == r.epochs); bad != nil && (end == nil || bad.status != Stopped) {
		return bad
	}
	return end
}

// review validates and tells the observers, with the weights for use in place.
func (r *run) review(ctx context.Context) (end *outcome) {
	fail := func(err error) *outcome {
		return failed(fmt.Errorf("train: end of epoch %d, step %d: %w", r.epoch+1, r.step, err))
	}
	train, err := r.trained(ctx)
	if err != nil {
		return fail(err)
	}
	if a, ok := r.learner.(Averager); ok {
		if err := a.Evaluating(true); err != nil {
			return fail(err)
		}
		defer func() {
			if err := a.Evaluating(false); err != nil && (end == nil || end.status == Stopped) {
				end = failed(fmt.Errorf("train: after epoch %d, step %d: %w", r.epoch, r.step, err))
			}
		}()
	}
	valid, err := r.validate(ctx)
	if err != nil {
		return fail(err)
	}
	loss, measured := valid[Loss]
	if valid == nil {
		loss, measured = train[Loss]
	}
	if o, ok := r.learner.(LossObserver); ok && measured {
		o.Observe(loss)
	}
	r.epoch++
	r.inEpoch = false
	if measured {
		r.best.see(loss, r.epoch, 0)
	}
	r.last = Metrics{}
	for name, v := range train {
		r.last["train_"+name] = v
	}
	for name, v := range valid {
		r.last["val_"+name] = v
	}
	e := r.event(EpochEnd)
	e.Train, e.Valid = train, valid
	return r.tell(e)
}

// trained ends the learner's epoch and returns its metrics on the training part.
func (r *run) trained(ctx context.Context) (Metrics, error) {
	if r.train.batches == 0 {
		return nil, errors.New("the training data gave no batch")
	}
	if t, ok := r.learner.(Tuner); ok && r.data.Valid != nil {
		r.data.Valid.Reset(0)
		for b, more := r.data.Valid.Next(); more; b, more = r.data.Valid.Next() {
			if err := t.Tune(ctx, b); err != nil {
				return nil, err
			}
		}
	}
	m, err := r.learner.EndEpoch(ctx)
	if err != nil {
		return nil, err
	}
	train := r.train.means()
	maps.Copy(train, m)
	delete(train, Weight)
	return train, finiteLoss("the loss of the epoch", train)
}

// validate returns the metrics on the validation part, nil where there is none.
func (r *run) validate(ctx context.Context) (Metrics, error) {
	ev, ok := r.learner.(Evaluator)
	if !ok || r.data.Valid == nil {
		return nil, nil
	}
	sum := newAverages()
	r.data.Valid.Reset(0)
	for b, more := r.data.Valid.Next(); more; b, more = r.data.Valid.Next() {
		m, err := ev.Evaluate(ctx, b)
		if err != nil {
			return nil, fmt.Errorf("validation: %w", err)
		}
		w, ok := m[Weight]
		if !ok {
			w = b.Weight()
		}
		sum.add(m, w)
	}
	valid := sum.means()
	return valid, finiteLoss("the validation loss", valid)
}

func finiteLoss(what string, m Metrics) error {
	if v, ok := m[Loss]; ok && (math.IsNaN(v) || math.IsInf(v, 0)) {
		return &DivergedError{What: what, Value: v, Rate: m["rate"]}
	}
	return nil
}

// save tells the observers to keep a checkpoint.
func (r *run) save(final bool) *outcome {
	here := place{r.epoch, r.step}
	if final && r.saved == here && r.step > 0 {
		return nil
	}
	if final {
		r.saved = here
	}
	e := r.event(Save)
	e.Final = final
	e.Snapshot = r.snapshot
	return r.tell(e)
}

func (r *run) event(k Kind) Event {
	e := Event{Kind: k, Step: r.step, Epoch: r.epoch, Epochs: r.epochs, BestEpoch: r.best.epoch, Seconds: r.seconds(), Validated: r.data.Valid != nil}
	if r.data.Train != nil {
		e.Batches = r.data.Train.Len()
	}
	return e
}

func (r *run) seconds() float64 { return r.before + time.Since(r.started).Seconds() }

// tell tells all observers; one that wants to stop does not keep the others from hearing it.
func (r *run) tell(e Event) *outcome {
	var end *outcome
	for _, o := range r.observers {
		err := o.Observe(e)
		switch {
		case err == nil:
		case !errors.Is(err, ErrStop):
			return failed(err)
		case end == nil:
			end = &outcome{status: Stopped, reason: err.Error()}
		}
	}
	return end
}

// tellAll tells all observers of the end, whatever they answer.
func (r *run) tellAll(e Event) error {
	var errs []error
	for _, o := range r.observers {
		if o == nil {
			continue
		}
		if err := o.Observe(e); err != nil && !errors.Is(err, ErrStop) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (r *run) result(end *outcome) Result {
	res := Result{
		Status: end.status, Reason: end.reason, Epochs: r.epoch, Steps: r.step, Seconds: r.seconds(),
		BestEpoch: r.best.epoch, BestLoss: r.best.value, Metrics: maps.Clone(r.last),
	}
	if c, ok := r.learner.(Counter); ok {
		res.GradientEvaluations = c.GradientEvaluations()
	}
	return res
}
