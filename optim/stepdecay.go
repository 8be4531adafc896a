package optim

import (
	"math"
)

// StepDecay multiplies the rate by gamma every few epochs (PyTorch's StepLR):
//
//	factor = gamma^floor(epoch / every)
type StepDecay struct {
	Every int     `name:"every" doc:"epochs from drop to drop" min:"1"`    // 10; PyTorch has no default
	Gamma float64 `name:"gamma" doc:"factor of each drop" min:"0" max:"1"` // 0.1
}

// DefaultStepDecay drops to a tenth every 10 epochs.
func DefaultStepDecay() StepDecay { return StepDecay{Every: 10, Gamma: 0.1} }

// New returns the schedule, or an error that names the setting which is out of bounds.
func (s StepDecay) New() (Schedule, error) {
	return newSchedule("step", s, func(at Progress) float64 {
		return math.Pow(s.Gamma, float64(at.Epoch/s.Every))
	})
}
