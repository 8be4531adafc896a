package optim

import "fmt"

// NewSWA keeps the plain average of the weights after update number start, and every so many updates after it (stochastic weight
// averaging: Izmailov, Podoprikhin, Garipov, Vetrov & Wilson 2018, "Averaging weights leads to wider optima and better
// generalization", algorithm 1):
//
//	average_n = average_{n-1} + (x - average_{n-1}) / n
//
// The paper averages at the ends of epochs, at a constant or cyclical rate, in the last quarter of a run. Evaluating swaps the average in,
// once there is one.
func NewSWA(o Optimizer, start, every int) (Optimizer, error) {
	if start < 1 || every < 1 {
		return nil, fmt.Errorf("swa: it starts at update %d and takes every %d-th, want at least 1 for both", start, every)
	}
	return newAveraged("swa", o, false, func(a *averaged) {
		if a.count >= start && (a.count-start)%every == 0 {
			a.taken++
			a.average.mix(1 / float64(a.taken))
		}
	}), nil
}
