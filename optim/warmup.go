package optim

import (
	"fmt"

	"lenz/internal/state"
)

// Warmup joins a linear rise over the first n updates to another schedule, which starts when the rise has ended and
// has the remaining updates to itself (linear warm-up: Goyal et al. 2017, "Accurate, large minibatch SGD",
// section 2.2):
//
//	factor = (update + 1)/n * s's factor at its start   for update < n
//	         s's factor at update - n of total - n      afterwards
//
// Epochs and validation losses pass through to s.
func Warmup(n int, s Schedule) (Schedule, error) {
	if n < 0 {
		return nil, fmt.Errorf("warm-up: %d updates, want at least 0", n)
	}
	return &warmup{n, s}, nil
}

type warmup struct {
	n    int
	then Schedule
}

var (
	_ Observer       = (*warmup)(nil)
	_ state.Stateful = (*warmup)(nil)
)

// Factor is the rise's or the joined schedule's.
func (w *warmup) Factor(at Progress) float64 {
	rise := min(float64(at.Update+1)/float64(max(w.n, 1)), 1)
	at.Update, at.Total = max(at.Update-w.n, 0), max(at.Total-w.n, 1)
	return rise * w.then.Factor(at)
}

// Observe passes the loss on.
func (w *warmup) Observe(loss float64) { observe(w.then, loss) }

// State is the joined schedule's.
func (w *warmup) State() state.State { return stateOf(w.then) }

// Restore restores the joined schedule.
func (w *warmup) Restore(from state.State) error { return restoreTo(w.then, from) }
