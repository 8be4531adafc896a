package optim

import (
	"errors"
	"math"
)

// MultiStep multiplies the rate by gamma at each of the given epochs (PyTorch's MultiStepLR):
//
//	factor = gamma^(number of milestones <= epoch)
type MultiStep struct {
	Epochs []int   `name:"epochs" doc:"epochs ended at each drop" min:"1"`  // 30,60: He, Zhang, Ren & Sun 2016 on ImageNet
	Gamma  float64 `name:"gamma" doc:"factor of each drop" min:"0" max:"1"` // 0.1
}

// DefaultMultiStep drops to a tenth after 30 and 60 epochs.
func DefaultMultiStep() MultiStep { return MultiStep{Epochs: []int{30, 60}, Gamma: 0.1} }

// Validate asks for at least one drop.
func (m MultiStep) Validate() error {
	if len(m.Epochs) == 0 {
		return errors.New("setting epochs is empty, want the epochs at which the rate drops, such as 30,60")
	}
	return nil
}

// New returns the schedule, or an error that names the setting which is out of bounds.
func (m MultiStep) New() (Schedule, error) {
	return newSchedule("multistep", m, func(at Progress) float64 {
		drops := 0
		for _, e := range m.Epochs {
			if e <= at.Epoch {
				drops++
			}
		}
		return math.Pow(m.Gamma, float64(drops))
	})
}
