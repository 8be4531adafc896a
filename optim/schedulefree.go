package optim

import (
	"math"

	"lenz/graph/kernel"
)

// ScheduleFree is AdamW that needs no falling learning rate, since it is used at an average (Defazio, Yang, Mehta, Mishchenko,
// Khaled & Cutkosky 2024, "The road less scheduled", algorithm 1):
//
//	y_t = (1 - beta1) z_t + beta1 x_t                        where the gradient g_t is taken
//	v_t = beta2 v_{t-1} + (1 - beta2) g_t^2
//	z_{t+1} = z_t - eta [g_t / (sqrt(v_t / (1 - beta2^t)) + epsilon) + lambda y_t]
//	c_t = w_t / (w_1 + ... + w_t),  w_t = (largest eta so far)^2
//	x_{t+1} = (1 - c_t) x_t + c_t z_{t+1}
//
// The parameters that are trained are y; Evaluating swaps in x, which is not kept but found from y and z. Leave the schedule
// constant, with a warm-up.
type ScheduleFree struct {
	Rate    float64 `name:"rate" doc:"eta, the step size" min:"0"`                                             // 0.0025
	Beta1   float64 `name:"beta1" doc:"share of the average in the point of the gradient" above:"0" below:"1"` // 0.9; 0 would never see the average
	Beta2   float64 `name:"beta2" doc:"decay of the mean of squared gradients" min:"0" below:"1"`              // 0.999
	Epsilon float64 `name:"epsilon" doc:"added to the root of the mean square, outside it" above:"0"`          // 1e-8
	Lambda  float64 `name:"lambda" doc:"weight decay at y, times the rate, a step" min:"0"`                    // 0
}

// DefaultScheduleFree has the authors' eta = 0.0025, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, lambda = 0.
func DefaultScheduleFree() ScheduleFree {
	return ScheduleFree{Rate: 0.0025, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}
}

// Search is where to tune it.
func (ScheduleFree) Search() []Range {
	return []Range{logRange("rate", 1e-4, 0.3), linRange("beta1", 0.8, 0.98), linRange("beta2", 0.9, 0.999), logRange("lambda", 1e-4, 1)}
}

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (s ScheduleFree) New() (Optimizer, error) {
	return newSolver("schedulefree", s, s.Rate, method{
		slots: []slot{{name: "z", copied: true}, {name: "v"}}, numbers: []string{"top", "weights", "share"},
		decay: s.Lambda, decays: true,
		before: func(_ int, rate float64, n []float64) {
			n[0] = max(n[0], rate)
			w := n[0] * n[0]
			n[1] += w
			n[2] = 0
			if n[1] > 0 {
				n[2] = w / n[1]
			}
		},
		f32:         func(p param[float32]) { scheduleFree(s, p) },
		f64:         func(p param[float64]) { scheduleFree(s, p) },
		evaluated32: func(p param[float32], out []float32) { averageOf(s, p, out) },
		evaluated64: func(p param[float64], out []float64) { averageOf(s, p, out) },
	})
}

func scheduleFree[T float](s ScheduleFree, p param[T]) {
	share := p.numbers[2]
	kernel.ScheduleFreeUpdate[T]{
		Beta2: T(s.Beta2), Rest2: T(1 - s.Beta2), Epsilon: T(s.Epsilon), Lambda: T(p.decay), Share: T(share), Eta: T(p.rate),
		Root: T(1 / math.Sqrt(1-math.Pow(s.Beta2, float64(p.t)))),
		Pull: T(p.rate * (s.Beta1*(1-share) - 1)), // y in terms of y and z alone
	}.Apply(p.x, p.g, p.slot[0], p.slot[1])
}

// averageOf solves y = (1 - beta1) z + beta1 x for x.
func averageOf[T float](s ScheduleFree, p param[T], out []T) {
	z, beyond := p.slot[0], T(1-1/s.Beta1)
	for i, y := range p.x {
		out[i] = y + beyond*(z[i]-y)
	}
}
