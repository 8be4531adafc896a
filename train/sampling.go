package train

import (
	"context"
	"errors"
	"fmt"

	"lenz/datasets"
	"lenz/internal/state"
)

// Sampler is a module that samples a distribution instead of following a gradient, as Ising models and spin glasses do. Replicas,
// temperature ladders, exchanges and random generators belong to it and to its state. Models have these methods without knowing this
// package.
type Sampler interface {
	// Sweep makes n sweeps, and returns an error only when something is wrong or the context is cancelled.
	Sweep(ctx context.Context, n int) error
	// Metrics are those of the state as it is now, such as the energy per spin.
	Metrics() map[string]float64
	Stateful
	Close() error
}

// SamplingLearner drives a Sampler: a step is a number of sweeps, and there are no batches.
type SamplingLearner struct {
	module        Sampler
	sweeps, steps int
}

var (
	_ Learner  = (*SamplingLearner)(nil)
	_ Stateful = (*SamplingLearner)(nil)
	_ Needy    = (*SamplingLearner)(nil)
)

// Sampling returns the learner of a sampler that makes so many sweeps a step and so many steps an epoch. Fit takes it with an empty
// Data.
func Sampling(m Sampler, sweeps, steps int) (*SamplingLearner, error) {
	if m == nil || sweeps < 1 || steps < 1 {
		return nil, fmt.Errorf("train: a sampler with %d sweeps a step and %d steps an epoch; want a sampler and at least 1 of each", sweeps, steps)
	}
	return &SamplingLearner{m, sweeps, steps}, nil
}

// Learn makes the sweeps of a step; what the batch holds does not matter.
func (l *SamplingLearner) Learn(ctx context.Context, _ datasets.Batch) (Metrics, error) {
	if err := l.module.Sweep(ctx, l.sweeps); err != nil {
		return nil, err
	}
	return l.module.Metrics(), nil
}

// EndEpoch adds nothing: the epoch's metrics are the averages of its steps'.
func (l *SamplingLearner) EndEpoch(context.Context) (Metrics, error) { return nil, nil }

// Needs says that there is no data, and how many steps an epoch has.
func (l *SamplingLearner) Needs() Needs { return Needs{Steps: l.steps} }

// Close closes the sampler.
func (l *SamplingLearner) Close() error { return l.module.Close() }

// State returns the sampler's.
func (l *SamplingLearner) State() State { return State{"sampler": l.module.State()} }

// Restore takes what State gave.
func (l *SamplingLearner) Restore(from State) error { return restorePart(from, "sampler", l.module) }

// Ticks is the source of a learner without data: n empty batches an epoch, each of weight 1. Fit makes one by itself.
func Ticks(n int) datasets.Source { return &ticks{n: n} }

type ticks struct {
	n, at int
	epoch uint64
}

func (t *ticks) Next() (datasets.Batch, bool) {
	if t.at >= t.n {
		return datasets.Batch{}, false
	}
	t.at++
	return datasets.Batch{Y: datasets.NewArray(1)}, true // one target that nobody looks at gives the step its weight
}

func (t *ticks) Reset(epoch uint64)      { t.epoch, t.at = epoch, 0 }
func (t *ticks) Len() int                { return t.n }
func (t *ticks) Layout() datasets.Layout { return datasets.Layout{} }

func (t *ticks) State() State { return State{"epoch": t.epoch, "position": t.at} }

func (t *ticks) Restore(from State) error {
	epoch, err := state.Get[uint64](from, "epoch")
	if err != nil {
		return err
	}
	at, err := state.Get[int](from, "position")
	if err != nil {
		return err
	}
	if at < 0 || at > t.n {
		return errors.New("the saved run has more steps an epoch than this one: build the same")
	}
	t.epoch, t.at = epoch, at
	return nil
}
