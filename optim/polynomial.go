package optim

import "math"

// Polynomial falls from the base rate to a minimum over the whole run, update by update (Chen et al. 2018, "DeepLab: Semantic image
// segmentation ...", section 4.1.1, the "poly" policy; a power of 1 is a straight line):
//
//	factor = min + (1 - min) (1 - update/total)^power
type Polynomial struct {
	Power float64 `name:"power" doc:"1 for a straight line, more to fall early" above:"0"`  // 0.9
	Min   float64 `name:"min" doc:"last rate, as a share of the base rate" min:"0" max:"1"` // 0
}

// DefaultPolynomial has the paper's power = 0.9 and falls to 0.
func DefaultPolynomial() Polynomial { return Polynomial{Power: 0.9} }

// New returns the schedule, or an error that names the setting which is out of bounds.
func (p Polynomial) New() (Schedule, error) {
	return newSchedule("polynomial", p, func(at Progress) float64 {
		left := 1 - min(float64(at.Update)/float64(at.Total), 1)
		return p.Min + (1-p.Min)*math.Pow(left, p.Power)
	})
}
