package train

import "math"

// quantileCRPS approximates the continuous ranked probability score of a forecast of which some quantiles are known. CRPS
// is twice the integral of the pinball loss over all levels,
//
//	2 * integral of PinballLoss(y, q(level), level) from level 0 to 1
//
// (Gneiting & Ranjan 2011, their quantile decomposition). The trapezoid rule takes it over the given levels, whether
// they are evenly spaced or not; the loss is 0 at the levels 0 and 1. Where 0.5 is none of the levels, the point
// forecast joins them as the median. The mean loss of a calibrated forecast is concave in the level, so that few
// levels give too little: by 12 % for a Gaussian at 0.025, 0.1, 0.5, 0.9, 0.975, by less than 1 % at 99 even levels.
// The median by itself is a point forecast: its CRPS is the absolute error.
type quantileCRPS struct {
	levels []float64
	of     []float64 // weight of the loss at each level
	point  float64   // weight of the loss of the point forecast as median; 0 where 0.5 is a level
}

// newQuantileCRPS returns the rule for ascending levels, each between 0 and 1.
func newQuantileCRPS(levels []float64) quantileCRPS {
	r := quantileCRPS{levels: levels, of: make([]float64, len(levels))}
	below, median := 0, false
	for _, level := range levels {
		median = median || math.Abs(level-0.5) < 1e-9
		if level < 0.5 {
			below++
		}
	}
	if median && len(levels) == 1 {
		r.of[0] = 2
		return r
	}
	// The knots are 0, the levels with the median among them, and 1. Twice the trapezoid rule weighs each by the way from the one
	// before it to the one after it.
	knots := append([]float64{0}, levels[:below]...)
	if !median {
		knots = append(knots, 0.5)
	}
	knots = append(append(knots, levels[below:]...), 1)
	for i := range levels {
		k := i + 1
		if !median && i >= below {
			k++
		}
		r.of[i] = knots[k+1] - knots[k-1]
	}
	if !median {
		r.point = knots[below+2] - knots[below]
	}
	return r
}

// score returns the score of the quantiles q and the point forecast f for the truth y, in the units of y.
func (r quantileCRPS) score(y, f float64, q []float64) float64 {
	sum := 0.0
	for i, level := range r.levels {
		sum += r.of[i] * PinballLoss(y, q[i], level)
	}
	if r.point > 0 {
		sum += r.point * PinballLoss(y, f, 0.5)
	}
	return sum
}
