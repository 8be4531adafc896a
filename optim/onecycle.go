package optim

import "math"

// OneCycle rises from a small rate to the base rate and falls to almost nothing over the whole run (Smith & Topin
// 2019, "Super-convergence: Very fast training of neural networks using large learning rates"), in the form with two
// cosines that PyTorch's OneCycleLR has:
//
//	1/div -> 1              over the first share of the updates
//	1 -> 1/(div final div)  over the others
//	from a to b: b + (a - b) (1 + cos(pi s)) / 2,  s from 0 to 1
//
// The base rate is the highest. A departure: the paper cycles the momentum the other way as well.
type OneCycle struct {
	Share    float64 `name:"share" doc:"share of the run in which the rate rises" min:"0" max:"1"` // 0.3
	Div      float64 `name:"div" doc:"base rate over first rate" min:"1"`                          // 25
	FinalDiv float64 `name:"finaldiv" doc:"first rate over last rate" min:"1"`                     // 1e4
}

// DefaultOneCycle has PyTorch's share = 0.3, div = 25, final div = 1e4.
func DefaultOneCycle() OneCycle { return OneCycle{Share: 0.3, Div: 25, FinalDiv: 1e4} }

// New returns the schedule, or an error that names the setting which is out of bounds.
func (o OneCycle) New() (Schedule, error) {
	first, last := 1/o.Div, 1/(o.Div*o.FinalDiv)
	return newSchedule("onecycle", o, func(at Progress) float64 {
		t := float64(at.Update)
		top, end := o.Share*float64(at.Total)-1, float64(at.Total)-1
		switch {
		case t >= end:
			return last
		case t <= top:
			if top == 0 {
				return first
			}
			return between(first, 1, t/top)
		default: // a rise shorter than one update starts at the top
			return between(1, last, (t-max(top, 0))/(end-max(top, 0)))
		}
	})
}

// between goes from a to b along half a cosine as s goes from 0 to 1.
func between(a, b, s float64) float64 { return b + (a-b)*(1+math.Cos(math.Pi*s))/2 }
