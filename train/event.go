package train

import (
	"errors"
	"fmt"
)

// Kind says what has happened.
type Kind int

// The kinds of events, in the order of a run: Start Save (Step* EpochEnd Save)* End.
const (
	Start    Kind = iota // before the first step, or the first one after a checkpoint
	Step                 // a batch was learned
	EpochEnd             // an epoch was learned and validated
	Save                 // all observers have seen what happened: the moment to keep a checkpoint. Nothing may change now
	End                  // the run is over, however it ended
)

// String returns the kind in words.
func (k Kind) String() string {
	if k < Start || k > End {
		return fmt.Sprintf("kind %d", int(k))
	}
	return [...]string{"start", "step", "epoch end", "save", "end"}[k]
}

// Event is what an Observer is told. Its metrics are valid during the call.
type Event struct {
	Kind Kind
	// Step is the number of steps done, Epoch the number of epochs ended.
	Step, Epoch int
	// Epochs is the number of epochs planned, Batches the number of steps of each.
	Epochs, Batches int
	// Resumed tells at Start that the run goes on from a checkpoint.
	Resumed bool
	// Validated tells that there is a validation part to measure.
	Validated bool
	// Train holds the metrics of the batch at Step, of the epoch at EpochEnd.
	Train Metrics
	// Valid holds the metrics on the validation part at EpochEnd; nil without one.
	Valid Metrics
	// BestEpoch is the epoch with the lowest loss so far (validation where there is one), counted from 1; 0 for none.
	BestEpoch int
	// Seconds is the time that the run has taken, that before an interruption included.
	Seconds float64
	// Final tells at Save that the run ends here, and that a cadence must not swallow the event.
	Final bool
	// Snapshot gives at Save everything that a resumed run must have again.
	Snapshot func() (State, error)
	// Result is how the run ended, at End.
	Result *Result
}

// Observer watches a run. An error that is ErrStop ends it in good order, after the other observers were told and a
// checkpoint could be kept; any other error fails it.
//
// One with a memory is a NamedObserver as well, so that a resumed run goes on as if it had never stopped.
type Observer interface {
	Observe(e Event) error
}

// NamedObserver is an Observer whose state belongs to a checkpoint, under its name. Names are unique in a run.
type NamedObserver interface {
	Observer
	Stateful
	Name() string
}

// ObserverFunc is a function as an Observer.
type ObserverFunc func(e Event) error

// Observe calls the function.
func (f ObserverFunc) Observe(e Event) error { return f(e) }

// ErrStop is what an observer returns to end the run in good order. Stop gives one with a reason.
var ErrStop = errors.New("an observer asked the run to stop")

// Stop returns an ErrStop with the reason in words, which becomes the result's.
func Stop(reason string) error { return stop(reason) }

type stop string

func (s stop) Error() string        { return string(s) }
func (s stop) Is(target error) bool { return target == ErrStop }

// Every passes on only each n-th Step, or only each n-th EpochEnd together with its Save, and everything of other
// kinds. The end of the run is never swallowed: the last Save is Final. k is Step or EpochEnd.
func Every(n int, k Kind, o Observer) Observer {
	e := every{n, k, o}
	if named, ok := o.(NamedObserver); ok {
		return everyNamed{e, named}
	}
	return e
}

type every struct {
	n     int
	kind  Kind
	inner Observer
}

// everyNamed keeps the inner observer's state part of the checkpoint.
type everyNamed struct {
	every
	named NamedObserver
}

func (e everyNamed) Name() string             { return e.named.Name() }
func (e everyNamed) State() State             { return e.named.State() }
func (e everyNamed) Restore(from State) error { return e.named.Restore(from) }

func (e every) Observe(v Event) error {
	switch {
	case v.Kind == Start && (e.n < 1 || e.kind != Step && e.kind != EpochEnd):
		return fmt.Errorf("train: an observer is called at every %d-th %v; want at least 1, and a step or an epoch end", e.n, e.kind)
	case v.Kind == Step && e.kind == Step && v.Step%e.n != 0:
		return nil
	case (v.Kind == EpochEnd || v.Kind == Save && !v.Final) && e.kind == EpochEnd && v.Epoch%e.n != 0:
		return nil
	}
	return e.inner.Observe(v)
}
