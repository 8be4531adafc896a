package optim

import "lenz/graph/kernel"

// AdaGrad divides by the root of the sum of all squares so far (Duchi, Hazan & Singer 2011, "Adaptive subgradient methods for
// online learning and stochastic optimization", section 1.1, the diagonal form):
//
//	s_t = s_{t-1} + g_t^2
//	x_t = x_{t-1} - eta g_t / (sqrt(s_t) + epsilon)
type AdaGrad struct {
	Rate    float64 `name:"rate" doc:"eta, the step size" min:"0"`                            // 0.01; no default in the paper
	Epsilon float64 `name:"epsilon" doc:"added to the root of the sum, outside it" above:"0"` // 1e-10, PyTorch's; the paper's delta
}

// DefaultAdaGrad has PyTorch's eta = 0.01, epsilon = 1e-10: the paper leaves both to the user.
func DefaultAdaGrad() AdaGrad { return AdaGrad{Rate: 0.01, Epsilon: 1e-10} }

// Search is where to tune it.
func (AdaGrad) Search() []Range { return []Range{logRange("rate", 1e-4, 1)} }

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (a AdaGrad) New() (Optimizer, error) {
	return newSolver("adagrad", a, a.Rate, method{
		slots: slots("s"),
		f32:   func(p param[float32]) { adaGrad(a, p) },
		f64:   func(p param[float64]) { adaGrad(a, p) },
	})
}

func adaGrad[T float](a AdaGrad, p param[T]) {
	kernel.AdaGradUpdate[T]{Eta: T(p.rate), Epsilon: T(a.Epsilon)}.Apply(p.x, p.g, p.slot[0])
}
