package optim

import (
	"math"

	"lenz/graph/kernel"
)

// NAdam is Adam with Nesterov's look ahead (Dozat 2016, "Incorporating Nesterov momentum into Adam", algorithm 2 with the
// momentum schedule of its section 3), in PyTorch's form:
//
//	mu_t = beta1 (1 - 0.96^(t psi) / 2),  M_t = mu_1 ... mu_t
//	m_t = beta1 m_{t-1} + (1 - beta1) g_t
//	v_t = beta2 v_{t-1} + (1 - beta2) g_t^2
//	x_t = x_{t-1} - alpha [mu_{t+1} m_t / (1 - M_{t+1}) + (1 - mu_t) g_t / (1 - M_t)] / (sqrt(v_t / (1 - beta2^t)) + epsilon)
//
// Two departures, both as PyTorch has them: m decays by beta1, where the paper has mu_t; and M_{t+1} is M_t mu_t
// mu_{t+1} in PyTorch 1.13, M_t mu_{t+1} here, in the paper and in PyTorch from 2.0 on.
type NAdam struct {
	Rate    float64 `name:"rate" doc:"alpha, the step size" min:"0"`                                  // 0.002
	Beta1   float64 `name:"beta1" doc:"decay of the mean of gradients" min:"0" below:"1"`             // 0.9; the paper has 0.99 before its schedule
	Beta2   float64 `name:"beta2" doc:"decay of the mean of squared gradients" min:"0" below:"1"`     // 0.999
	Epsilon float64 `name:"epsilon" doc:"added to the root of the mean square, outside it" above:"0"` // 1e-8
	Psi     float64 `name:"psi" doc:"how fast the momentum rises to beta1" min:"0"`                   // 0.004
}

// DefaultNAdam has the paper's beta2 = 0.999, epsilon = 1e-8, psi = 0.004, and PyTorch's alpha = 0.002, beta1 = 0.9.
func DefaultNAdam() NAdam {
	return NAdam{Rate: 0.002, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Psi: 0.004}
}

// Search is where to tune it.
func (NAdam) Search() []Range { return adamSearch() }

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (a NAdam) New() (Optimizer, error) {
	return newSolver("nadam", a, a.Rate, method{
		slots: slots("m", "v"), numbers: []string{"product"}, decays: true,
		before: func(t int, _ float64, numbers []float64) {
			if t == 1 {
				numbers[0] = 1
			}
			numbers[0] *= a.mu(t)
		},
		f32: func(p param[float32]) { nadam(a, p) },
		f64: func(p param[float64]) { nadam(a, p) },
	})
}

func (a NAdam) mu(t int) float64 { return a.Beta1 * (1 - math.Pow(0.96, float64(t)*a.Psi)/2) }

func nadam[T float](a NAdam, p param[T]) {
	product, next := p.numbers[0], a.mu(p.t+1)
	f := adamFactors(Adam{a.Rate, a.Beta1, a.Beta2, a.Epsilon}, p)
	f.Alpha = T(p.rate * next / (1 - product*next))
	kernel.NAdamUpdate[T]{AdamUpdate: f, AlphaG: T(p.rate * (1 - a.mu(p.t)) / (1 - product))}.Apply(p.x, p.g, p.slot[0], p.slot[1])
}
