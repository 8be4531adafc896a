package optim

import "fmt"

// NewLookahead lets the optimizer explore for k updates and then takes a step of alpha towards where it got (Zhang, Lucas, Hinton & Ba
// 2019, "Lookahead optimizer: k steps forward, 1 step back", algorithm 1):
//
//	every k updates:  slow = slow + alpha (fast - slow),  fast = slow
//
// The optimizer's own state goes on through it. Evaluating swaps the slow weights in, as the paper evaluates. Its k = 5, alpha = 0.5
// serve most tasks.
func NewLookahead(o Optimizer, k int, alpha float64) (Optimizer, error) {
	switch {
	case k < 1:
		return nil, fmt.Errorf("lookahead: %d updates from one step to the next, want at least 1", k)
	case !(alpha > 0 && alpha <= 1):
		return nil, fmt.Errorf("lookahead: alpha is %v, want a number above 0 and at most 1", alpha)
	}
	return newAveraged("lookahead", o, true, func(a *averaged) {
		a.taken++ // the slow weights are there from the start
		if a.count%k == 0 {
			a.average.mix(alpha)
			a.average.take()
		}
	}), nil
}
