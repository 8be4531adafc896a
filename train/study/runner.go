package study

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"lenz/train"
)

// Runner carries out trials, in any order and as many at once as it likes. It calls done once for each that has ended, never twice
// at the same time; an error of done ends the call. A run that diverges or fails is an outcome. The error is not nil
// when trials were left undone, such as context.Canceled.
//
// Pool is the runner of this machine's cores.
type Runner interface {
	Run(ctx context.Context, trials []Trial, done func(Trial, Outcome) error) error
}

// Pool carries out trials side by side on the cores of this machine. Since each trial's bits depend on its seeds alone, outcomes do
// not depend on the number of workers.
type Pool struct {
	Factory Factory
	Workers int // at least 1
}

var _ Runner = Pool{}

// collectAfter is the length of a trial, in seconds, after which its memory is collected at once, which takes a millisecond.
// Gorgonia's machines have finalizers, which keep the memory until one collection later: without this, a study of LSTMs that need
// 60 MB each took 0.7 GB.
const collectAfter = 0.02

// Run carries out the trials, in their order as far as workers are free.
func (p Pool) Run(ctx context.Context, trials []Trial, done func(Trial, Outcome) error) error {
	if p.Workers < 1 {
		return fmt.Errorf("study: %d workers: want at least 1", p.Workers)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var tell sync.Mutex
	broken := false
	work := func() {
		for i := int(next.Add(1)) - 1; i < len(trials) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
			out, err := p.Factory.run(ctx, trials[i])
			if out.Seconds > collectAfter {
				runtime.GC()
			}
			tell.Lock()
			if err == nil && !broken { // what has ended when an interrupt comes is kept
				err = done(trials[i], out)
			}
			if err != nil {
				broken = broken || ctx.Err() == nil
				cancel(err)
			}
			tell.Unlock()
		}
	}
	var wg sync.WaitGroup
	for range min(p.Workers, len(trials)) {
		wg.Go(work)
	}
	wg.Wait()
	return context.Cause(ctx)
}

// run carries out one trial. The error is the context's; all else is an outcome.
func (f Factory) run(ctx context.Context, t Trial) (out Outcome, err error) {
	defer func() {
		if r := recover(); r != nil { // one broken run must not take the others with it
			out, err = failure(fmt.Errorf("panic: %v", r)), nil
		}
	}()
	if err := ctx.Err(); err != nil {
		return Outcome{}, err
	}
	e, err := f(ctx, t)
	if err == nil {
		out, err = e.run(ctx, t)
	}
	switch {
	case err == nil:
		return out, nil
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return Outcome{}, err
	}
	return failure(err), nil
}

func failure(err error) Outcome {
	return Outcome{Status: train.Failed, Reason: err.Error(), Valid: nan, Test: nan}
}
