package optim

import "math"

// Cosine falls from the base rate to a minimum along half a cosine over the whole run, update by update (Loshchilov & Hutter
// 2017, "SGDR: Stochastic gradient descent with warm restarts", equation 5, without restarts):
//
//	factor = min + (1 - min) (1 + cos(pi update / total)) / 2
type Cosine struct {
	Min float64 `name:"min" doc:"last rate, as a share of the base rate" min:"0" max:"1"` // 0
}

// DefaultCosine falls to 0.
func DefaultCosine() Cosine { return Cosine{} }

// New returns the schedule, or an error that names the setting which is out of bounds.
func (c Cosine) New() (Schedule, error) {
	return newSchedule("cosine", c, func(at Progress) float64 {
		t := min(float64(at.Update)/float64(at.Total), 1)
		return c.Min + (1-c.Min)*(1+math.Cos(math.Pi*t))/2
	})
}
