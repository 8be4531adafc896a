package datasets

import "lenz/internal/state"

// Source gives the batches of an epoch, one after another. It belongs to one goroutine. Its state is the epoch and
// the position in it: a restored source goes on with the same batches in the same order.
type Source interface {
	// Next returns the next batch, or false at the end of the epoch. The batch is valid until the next call.
	Next() (Batch, bool)
	// Reset goes to the beginning of an epoch, which decides the order where that is random.
	Reset(epoch uint64)
	// Len returns the number of batches of an epoch.
	Len() int
	// Layout describes the batches.
	Layout() Layout
	state.Stateful
}

// Kind says what the targets of a batch are.
type Kind int

// The kinds of targets, with the shape of Batch.Y.
const (
	Forecast    Kind = iota // [H, B, D]: the next H values of the targets
	PerStep                 // [T, B, D]: one label, or the next value, for each step
	PerSequence             // [B, D]: one label a sequence
)

// String returns "forecast", "per step" or "per sequence".
func (k Kind) String() string { return [...]string{"forecast", "per step", "per sequence"}[k] }

// Layout names the columns of a source's batches; a model is built from it.
type Layout struct {
	Kind    Kind
	Input   int      // T of a full batch; the longest sequence where lengths differ
	Horizon int      // H; 0 unless Kind is Forecast
	Batch   int      // B of a full batch
	Inputs  []string // names of the I columns of X
	Future  []string // names of the F columns of Future
	Targets []string // names of the D columns of Y
	Classes int      // number of classes for classification, with D = 1; 0 otherwise
	// TargetInputs tells which column of X holds the past of each target, -1 if none does.
	TargetInputs []int
	// FutureInputs tells which column of X holds the past of each known-future column.
	FutureInputs []int
}
