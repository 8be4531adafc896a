package optim

import "math"

// InverseRoot falls with the root of the number of updates, without an end (Vaswani et al. 2017, "Attention is all you need",
// section 5.3, after its warm-up: join one with Warmup):
//
//	factor = sqrt(scale / (scale + update))
//
// With scale equal to the updates of the warm-up it is the paper's curve.
type InverseRoot struct {
	Scale int `name:"scale" doc:"updates after which the rate has fallen to 0.71 of the base rate" min:"1"` // 4000, the paper's warm-up
}

// DefaultInverseRoot has the paper's 4000.
func DefaultInverseRoot() InverseRoot { return InverseRoot{Scale: 4000} }

// New returns the schedule, or an error that names the setting which is out of bounds.
func (r InverseRoot) New() (Schedule, error) {
	scale := float64(r.Scale)
	return newSchedule("invsqrt", r, func(at Progress) float64 {
		return math.Sqrt(scale / (scale + float64(at.Update)))
	})
}
