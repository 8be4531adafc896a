package train

import (
	"fmt"

	"lenz/internal/state"
)

// EarlyStopping ends a run when a metric on the validation part has not fallen for Patience epochs (Prechelt 1998,
// "Early stopping - but when?", the third of its criteria).
type EarlyStopping struct {
	Metric   string  // the metric on the validation part, Loss unless another is named
	Patience int     // epochs without improvement that are borne, at least 1
	MinDelta float64 // least fall that counts

	best best
}

var _ NamedObserver = (*EarlyStopping)(nil)

// NewEarlyStopping returns the observer for the validation loss, where any fall counts.
func NewEarlyStopping(patience int) *EarlyStopping {
	return &EarlyStopping{Metric: Loss, Patience: patience}
}

// Name is "early stopping".
func (s *EarlyStopping) Name() string { return "early stopping" }

// Observe looks at the end of each epoch. A resumed run that had been stopped stops again unless the patience was raised.
func (s *EarlyStopping) Observe(e Event) error {
	switch e.Kind {
	case Start:
		if s.Patience < 1 || !(s.MinDelta >= 0) {
			return fmt.Errorf("train: early stopping with patience %d and least fall %v; want at least 1 and 0", s.Patience, s.MinDelta)
		}
		if !e.Validated {
			return fmt.Errorf("train: early stopping needs validation data: split off a part, or train without it")
		}
	case EpochEnd:
		v, ok := e.Valid[s.Metric]
		if !ok {
			return fmt.Errorf("train: early stopping watches %q, the validation metrics are %v", s.Metric, names(e.Valid))
		}
		s.best.see(v, e.Epoch, s.MinDelta)
	default:
		return nil
	}
	if e.Epoch-s.best.epoch < s.Patience {
		return nil
	}
	if s.best.epoch == 0 {
		return Stop(fmt.Sprintf("val_%s was not a number for %d epochs", s.Metric, e.Epoch))
	}
	return Stop(fmt.Sprintf("val_%s has not fallen for %d epochs; its best was %.6g after epoch %d", s.Metric, e.Epoch-s.best.epoch, s.best.value, s.best.epoch))
}

// State returns the best value and its epoch.
func (s *EarlyStopping) State() State { return s.best.State() }

// Restore takes what State gave.
func (s *EarlyStopping) Restore(from State) error { return s.best.Restore(from) }

func names(m Metrics) []string { return state.Keys(stateOf(m)) }
