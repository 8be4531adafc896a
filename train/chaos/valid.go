package chaos

import (
	"fmt"
	"math"
	"slices"
)

// ValidSpec says when a forecast has failed.
type ValidSpec struct {
	Threshold float64 // of the normalized error; 0.5 in Pathak et al. 2018
	Exponent  float64 // largest Lyapunov exponent, per unit of time
	Dt        float64 // time of a step
}

// ValidTimes are the times for which forecasts were valid, in Lyapunov times, ascending, one a start.
type ValidTimes struct {
	Spec  ValidSpec
	Times []float64
	// Cut is how many forecasts had not failed when they ended: their times are lower bounds.
	Cut int
}

// NewValidTimes begins a collection.
func NewValidTimes(s ValidSpec) (*ValidTimes, error) {
	if !(s.Threshold > 0) || !(s.Exponent > 0) || !(s.Dt > 0) {
		return nil, fmt.Errorf("chaos: valid times with the threshold %v, the Lyapunov exponent %v and steps of %v: all must be above 0 (a system whose largest exponent is not positive has no Lyapunov time)", s.Threshold, s.Exponent, s.Dt)
	}
	return &ValidTimes{Spec: s}, nil
}

// Add takes a forecast and the truth, both [steps, dim], that begin one step after the start. The error is normalized as Pathak et al. have
// it: |forecast - truth| / sqrt(mean over time of |truth|^2), the latter being scale. A forecast that is not a number has failed.
func (v *ValidTimes) Add(forecast, truth []float64, dim int, scale float64) (steps int) {
	n := len(truth) / dim
	steps = n
	for t := range n {
		e := 0.0
		for i := range dim {
			d := forecast[t*dim+i] - truth[t*dim+i]
			e += d * d
		}
		if e = math.Sqrt(e) / scale; !(e < v.Spec.Threshold) {
			steps = t
			break
		}
	}
	if steps == n {
		v.Cut++
	}
	time := float64(steps) * v.Spec.Dt * v.Spec.Exponent
	at, _ := slices.BinarySearch(v.Times, time)
	v.Times = slices.Insert(v.Times, at, time)
	return steps
}

// Quantile interpolates between the times (Hyndman & Fan 1996, definition 7). It is NaN without any.
func (v *ValidTimes) Quantile(p float64) float64 {
	if len(v.Times) == 0 {
		return math.NaN()
	}
	at := p * float64(len(v.Times)-1)
	i := min(int(at), max(0, len(v.Times)-2))
	j := min(i+1, len(v.Times)-1)
	return v.Times[i] + (at-float64(i))*(v.Times[j]-v.Times[i])
}

// Mean returns the mean and its standard error.
func (v *ValidTimes) Mean() (mean, err float64) { return MeanError(v.Times) }

// MeanError returns a mean and its standard error, which is NaN for fewer than two values.
func MeanError(x []float64) (mean, err float64) {
	n := float64(len(x))
	for _, t := range x {
		mean += t / n
	}
	for _, t := range x {
		err += (t - mean) * (t - mean)
	}
	return mean, math.Sqrt(err / (n * (n - 1)))
}

// Scale returns sqrt(mean over time of |x|^2) of rows [steps, dim].
func Scale(x []float64, dim int) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum / float64(len(x)/dim))
}
