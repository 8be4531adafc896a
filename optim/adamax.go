package optim

import (
	"math"

	"lenz/graph/kernel"
)

// AdaMax is Adam with the largest recent gradient in place of the root mean square (Kingma & Ba 2015, "Adam: A method for
// stochastic optimization", algorithm 2):
//
//	m_t = beta1 m_{t-1} + (1 - beta1) g_t
//	u_t = max(beta2 u_{t-1}, |g_t| + epsilon)
//	x_t = x_{t-1} - alpha / (1 - beta1^t) m_t / u_t
//
// A departure from the paper, PyTorch's: epsilon, without which a parameter that never had a gradient divides 0 by 0.
type AdaMax struct {
	Rate    float64 `name:"rate" doc:"alpha, the step size" min:"0"`                      // 0.002
	Beta1   float64 `name:"beta1" doc:"decay of the mean of gradients" min:"0" below:"1"` // 0.9
	Beta2   float64 `name:"beta2" doc:"decay of the largest gradient" min:"0" below:"1"`  // 0.999
	Epsilon float64 `name:"epsilon" doc:"added to the size of each gradient" above:"0"`   // 1e-8, PyTorch's
}

// DefaultAdaMax has the paper's alpha = 0.002, beta1 = 0.9, beta2 = 0.999, and PyTorch's epsilon = 1e-8.
func DefaultAdaMax() AdaMax { return AdaMax{Rate: 0.002, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8} }

// Search is where to tune it.
func (AdaMax) Search() []Range { return adamSearch() }

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (a AdaMax) New() (Optimizer, error) {
	return newSolver("adamax", a, a.Rate, method{
		slots: slots("m", "u"),
		f32:   func(p param[float32]) { adaMax(a, p) },
		f64:   func(p param[float64]) { adaMax(a, p) },
	})
}

func adaMax[T float](a AdaMax, p param[T]) {
	kernel.AdaMaxUpdate[T]{
		Beta1: T(a.Beta1), Rest1: T(1 - a.Beta1), Beta2: T(a.Beta2), Epsilon: T(a.Epsilon),
		Alpha: T(p.rate / (1 - math.Pow(a.Beta1, float64(p.t)))),
	}.Apply(p.x, p.g, p.slot[0], p.slot[1])
}
