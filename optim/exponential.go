package optim

import "math"

// Exponential multiplies the rate by gamma after every epoch (PyTorch's ExponentialLR):
//
//	factor = gamma^epoch
type Exponential struct {
	Gamma float64 `name:"gamma" doc:"factor of each epoch" min:"0" max:"1"` // 0.95; PyTorch has no default
}

// DefaultExponential has gamma = 0.95.
func DefaultExponential() Exponential { return Exponential{Gamma: 0.95} }

// New returns the schedule, or an error that names the setting which is out of bounds.
func (e Exponential) New() (Schedule, error) {
	return newSchedule("exponential", e, func(at Progress) float64 {
		return math.Pow(e.Gamma, float64(at.Epoch))
	})
}
