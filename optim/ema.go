package optim

import "fmt"

// NewEMA keeps an exponential moving average of the weights beside the optimizer (Polyak & Juditsky 1992, "Acceleration of
// stochastic approximation by averaging"; in this form Tarvainen & Valpola 2017, "Mean teachers are better role models", section 2):
//
//	average_1 = x_1,  average_t = decay average_{t-1} + (1 - decay) x_t
//
// Training goes on as without it; Evaluating swaps the average in. A decay of 0.999 looks back some thousand updates.
func NewEMA(o Optimizer, decay float64) (Optimizer, error) {
	if !(decay >= 0 && decay < 1) {
		return nil, fmt.Errorf("ema: the decay is %v, want a number at least 0 and below 1", decay)
	}
	return newAveraged("ema", o, false, func(a *averaged) {
		if a.taken == 0 {
			a.average.mix(1)
		} else {
			a.average.mix(1 - decay)
		}
		a.taken++
	}), nil
}
