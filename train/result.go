package train

import (
	"fmt"
	"math"
)

// Status says how a run ended.
type Status string

// The statuses of a run.
const (
	Completed   Status = "completed"   // all epochs were learned
	Stopped     Status = "stopped"     // an observer ended it, such as early stopping
	Interrupted Status = "interrupted" // its context was cancelled; it can be resumed
	Diverged    Status = "diverged"    // the loss grew without bound, or a number was no longer finite
	Failed      Status = "failed"      // an error ended it
)

// Result is how a run ended. It is complete whatever the status is.
type Result struct {
	Status Status `json:"status"`
	// Reason is a sentence.
	Reason string `json:"reason"`
	Epochs int    `json:"epochs"` // ended
	Steps  int    `json:"steps"`  // done
	// GradientEvaluations counts forward and backward passes; 0 for learners without gradients.
	GradientEvaluations int     `json:"gradient_evaluations"`
	Seconds             float64 `json:"seconds"` // that before an interruption included
	// BestEpoch is the epoch with the lowest loss, counted from 1, and BestLoss that loss: on the validation part where there is
	// one. BestEpoch is 0 when no epoch has ended.
	BestEpoch int     `json:"best_epoch"`
	BestLoss  float64 `json:"best_loss"`
	// Metrics holds those of the last epoch, as train_NAME and val_NAME: train_loss, val_loss.
	Metrics Metrics `json:"metrics"`
}

// DivergedError says that a number has left the range in which training makes sense. A learner returns it to end the
// run as diverged.
type DivergedError struct {
	What      string  // such as "the loss"
	Parameter string  // name of the parameter, where it is known
	Value     float64 // the number
	Rate      float64 // learning rate in force, 0 where there is none
	Data      bool    // the number is in the data: another rate does not help
	Cause     error   // what the model itself says of it, number and remedy, if it does
}

// Unwrap returns the cause.
func (d *DivergedError) Unwrap() error { return d.Cause }

// Error names the number and the remedy.
func (d *DivergedError) Error() string {
	if d.Cause != nil {
		return d.Cause.Error()
	}
	of, now := "", ""
	if d.Parameter != "" {
		of = " of " + d.Parameter
	}
	if d.Rate != 0 {
		now = fmt.Sprintf(" (it was %v)", d.Rate)
	}
	if d.Data && math.IsNaN(d.Value) {
		return fmt.Sprintf("%s%s is %v: mend the data, or say what to do with missing values", d.What, of, d.Value)
	}
	if d.Data {
		return fmt.Sprintf("%s%s is %v, in scaled units, which is too large: mend the data", d.What, of, d.Value)
	}
	if d.Rate == 0 && d.Parameter == "" {
		return fmt.Sprintf("%s%s is %v: look for values far from all others in the data, or choose other settings of the model", d.What, of, d.Value)
	}
	return fmt.Sprintf("%s%s is %v: lower the learning rate%s or clip the gradients", d.What, of, d.Value, now)
}
