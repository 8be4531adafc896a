package optim

import (
	"math"

	"lenz/graph/kernel"
)

// LAMB scales each parameter's Adam step to the parameter's own norm (You et al. 2020, "Large batch optimization for deep
// learning: Training BERT in 76 minutes", algorithm 2, with phi(z) = z):
//
//	m_t = beta1 m_{t-1} + (1 - beta1) g_t,  mhat = m_t / (1 - beta1^t)
//	v_t = beta2 v_{t-1} + (1 - beta2) g_t^2,  vhat = v_t / (1 - beta2^t)
//	r_t = mhat / (sqrt(vhat) + epsilon) + lambda x_{t-1}
//	x_t = x_{t-1} - eta |x_{t-1}| / |r_t| r_t
//
// Norms are those of one parameter. Where one is zero, the ratio is 1. Norms are summed in float64.
type LAMB struct {
	Rate    float64 `name:"rate" doc:"eta, the step size as a share of the parameter's norm" min:"0"` // 0.001; the paper tunes it
	Beta1   float64 `name:"beta1" doc:"decay of the mean of gradients" min:"0" below:"1"`             // 0.9
	Beta2   float64 `name:"beta2" doc:"decay of the mean of squared gradients" min:"0" below:"1"`     // 0.999
	Epsilon float64 `name:"epsilon" doc:"added to the root of the mean square, outside it" above:"0"` // 1e-6
	Lambda  float64 `name:"lambda" doc:"weight decay, within the scaled step" min:"0"`                // 0.01
}

// DefaultLAMB has the paper's beta1 = 0.9, beta2 = 0.999, epsilon = 1e-6, lambda = 0.01; eta = 0.001 is Adam's.
func DefaultLAMB() LAMB {
	return LAMB{Rate: 0.001, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-6, Lambda: 0.01}
}

// Search is where to tune it.
func (LAMB) Search() []Range {
	return []Range{logRange("rate", 1e-5, 0.1), linRange("beta1", 0.5, 0.95), linRange("beta2", 0.9, 0.999), logRange("lambda", 1e-4, 1)}
}

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (l LAMB) New() (Optimizer, error) {
	return newSolver("lamb", l, l.Rate, method{
		slots: []slot{{name: "m"}, {name: "v"}, {name: "r", scratch: true}}, decay: l.Lambda, decays: true,
		f32: func(p param[float32]) { lamb(l, p) },
		f64: func(p param[float64]) { lamb(l, p) },
	})
}

func lamb[T float](l LAMB, p param[T]) {
	x, r := p.x, p.slot[2]
	kernel.LAMBUpdate[T]{
		Beta1: T(l.Beta1), Rest1: T(1 - l.Beta1), Beta2: T(l.Beta2), Rest2: T(1 - l.Beta2), Lambda: T(p.decay), Epsilon: T(l.Epsilon),
		Alpha: T(1 / (1 - math.Pow(l.Beta1, float64(p.t)))),
		Root:  T(1 / math.Sqrt(1-math.Pow(l.Beta2, float64(p.t)))),
	}.Apply(x, p.g, p.slot[0], p.slot[1], r)
	ratio := 1.0
	if xx, rr := squares(x), squares(r); xx > 0 && rr > 0 {
		ratio = math.Sqrt(xx) / math.Sqrt(rr)
	}
	kernel.SGDUpdate[T]{Eta: T(p.rate * ratio)}.Apply(x, r)
}
