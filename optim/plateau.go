package optim

import (
	"fmt"
	"math"

	"lenz/internal/settings"
	"lenz/internal/state"
)

// Plateau lowers the rate when the validation loss has stopped falling (PyTorch's ReduceLROnPlateau):
//
//	better:  loss < best - threshold |best|
//	after more than patience losses in a row that are not better:  factor = max(factor * gamma, min)
//
// Two departures from PyTorch: |best| instead of best, which would call an unchanged negative loss better; and drops
// below 1e-8 are made as well. A NaN is never better.
type Plateau struct {
	Gamma     float64 `name:"gamma" doc:"factor of each drop" min:"0" below:"1"`                             // 0.1
	Patience  int     `name:"patience" doc:"losses without improvement that are borne" min:"0"`              // 10
	Threshold float64 `name:"threshold" doc:"least improvement that counts, as a share of the loss" min:"0"` // 1e-4
	Cooldown  int     `name:"cooldown" doc:"losses after a drop that do not count" min:"0"`                  // 0
	Min       float64 `name:"min" doc:"lowest rate, as a share of the base rate" min:"0" max:"1"`            // 0
}

// DefaultPlateau has PyTorch's gamma = 0.1, patience = 10, threshold = 1e-4, cooldown = 0, min = 0.
func DefaultPlateau() Plateau { return Plateau{Gamma: 0.1, Patience: 10, Threshold: 1e-4} }

// New returns the schedule, or an error that names the setting which is out of bounds.
func (p Plateau) New() (Schedule, error) {
	if err := settings.Check(p); err != nil {
		return nil, fmt.Errorf("plateau: %w", err)
	}
	return &plateau{Plateau: p, factor: 1, best: math.Inf(1)}, nil
}

type plateau struct {
	Plateau
	factor, best float64
	bad, cooling int
}

var (
	_ Observer       = (*plateau)(nil)
	_ state.Stateful = (*plateau)(nil)
)

// Factor is the product of the drops so far.
func (p *plateau) Factor(Progress) float64 { return p.factor }

// Observe takes a validation loss.
func (p *plateau) Observe(loss float64) {
	bar := p.best
	if !math.IsInf(bar, 0) {
		bar -= p.Threshold * math.Abs(bar)
	}
	if loss < bar {
		p.best, p.bad = loss, 0
	} else {
		p.bad++
	}
	if p.cooling > 0 {
		p.cooling--
		p.bad = 0
	}
	if p.bad > p.Patience {
		p.factor = max(p.factor*p.Gamma, p.Min)
		p.cooling, p.bad = p.Cooldown, 0
	}
}

// State returns the best loss, the counts and the factor.
func (p *plateau) State() state.State {
	return state.State{"factor": p.factor, "best": p.best, "bad": p.bad, "cooling": p.cooling}
}

// Restore takes what State gave.
func (p *plateau) Restore(from state.State) error {
	again := plateau{Plateau: p.Plateau}
	var err error
	if again.factor, err = state.Get[float64](from, "factor"); err != nil {
		return fmt.Errorf("plateau: %w", err)
	}
	if again.best, err = state.Get[float64](from, "best"); err != nil {
		return fmt.Errorf("plateau: %w", err)
	}
	if again.bad, err = state.Get[int](from, "bad"); err != nil {
		return fmt.Errorf("plateau: %w", err)
	}
	if again.cooling, err = state.Get[int](from, "cooling"); err != nil {
		return fmt.Errorf("plateau: %w", err)
	}
	*p = again
	return nil
}
