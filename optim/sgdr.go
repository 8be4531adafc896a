package optim

import "math"

// SGDR falls along half a cosine again and again, each time from the base rate (Loshchilov & Hutter 2017, "SGDR: Stochastic gradient
// descent with warm restarts", equation 5), update by update:
//
//	factor = min + (1 - min) (1 + cos(pi t / T_i)) / 2,  t updates after restart i,  T_{i+1} = stretch T_i
type SGDR struct {
	Updates int     `name:"updates" doc:"updates to the first restart" min:"1"`                 // 1000; 10 epochs in the paper
	Stretch int     `name:"stretch" doc:"factor from one period to the next" min:"1"`           // 2
	Min     float64 `name:"min" doc:"lowest rate, as a share of the base rate" min:"0" max:"1"` // 0
}

// DefaultSGDR doubles its periods as the paper does, the first of 1000 updates, and falls to 0.
func DefaultSGDR() SGDR { return SGDR{Updates: 1000, Stretch: 2} }

// New returns the schedule, or an error that names the setting which is out of bounds.
func (s SGDR) New() (Schedule, error) {
	return newSchedule("sgdr", s, func(at Progress) float64 {
		t, period := at.Update, s.Updates
		if s.Stretch == 1 {
			t %= period
		} else {
			for t >= period {
				t, period = t-period, period*s.Stretch
			}
		}
		return s.Min + (1-s.Min)*(1+math.Cos(math.Pi*float64(t)/float64(period)))/2
	})
}
