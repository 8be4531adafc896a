package optim

import (
	"fmt"

	"lenz/internal/settings"
	"lenz/internal/state"
)

// Progress is how far a run has come.
type Progress struct {
	Update int // updates done before this one: 0 at the first
	Total  int // updates of the whole run, at least 1
	Epoch  int // epochs ended: 0 in the first
}

// Schedule gives the factor that the base rate is multiplied by. Schedules have no unit of their own, so that the
// rate can be tuned, or the optimizer changed, without touching them. One that remembers is
// state.Stateful, one that watches the validation loss is an Observer.
type Schedule interface {
	Factor(at Progress) float64
}

// Observer is told the validation loss whenever it was measured. Lower is better.
type Observer interface {
	Observe(loss float64)
}

// ScheduleFunc is a function as a Schedule.
type ScheduleFunc func(Progress) float64

// Factor calls the function.
func (f ScheduleFunc) Factor(at Progress) float64 { return f(at) }

// stateOf is the state of a part that may have none.
func stateOf(part any) state.State {
	if s, ok := part.(state.Stateful); ok {
		return s.State()
	}
	return state.State{}
}

func restoreTo(part any, from state.State) error {
	if s, ok := part.(state.Stateful); ok {
		return s.Restore(from)
	}
	return nil
}

func observe(part any, loss float64) {
	if o, ok := part.(Observer); ok {
		o.Observe(loss)
	}
}

// newSchedule is how a schedule's New ends: the settings are held against their tags and Validate method.
func newSchedule(name string, config any, factor ScheduleFunc) (Schedule, error) {
	if err := settings.Check(config); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return factor, nil
}
