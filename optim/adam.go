package optim

import (
	"math"

	"lenz/graph/kernel"
)

// Adam is adaptive moment estimation (Kingma & Ba 2015, "Adam: A method for stochastic optimization", algorithm 1):
//
//	m_t = beta1 m_{t-1} + (1 - beta1) g_t
//	v_t = beta2 v_{t-1} + (1 - beta2) g_t^2
//	mhat = m_t / (1 - beta1^t),  vhat = v_t / (1 - beta2^t)
//	x_t = x_{t-1} - alpha mhat / (sqrt(vhat) + epsilon)
//
// Weight decay in the gradient, as PyTorch's weight_decay, is Chain with NewL2; AdamW decouples it.
type Adam struct {
	Rate    float64 `name:"rate" doc:"alpha, the step size" min:"0"`                                  // 0.001
	Beta1   float64 `name:"beta1" doc:"decay of the mean of gradients" min:"0" below:"1"`             // 0.9
	Beta2   float64 `name:"beta2" doc:"decay of the mean of squared gradients" min:"0" below:"1"`     // 0.999
	Epsilon float64 `name:"epsilon" doc:"added to the root of the mean square, outside it" above:"0"` // 1e-8; 0 would divide 0 by 0 where no gradient has been
}

// DefaultAdam has the paper's alpha = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8.
func DefaultAdam() Adam { return Adam{Rate: 0.001, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8} }

// Search is where to tune it.
func (Adam) Search() []Range { return adamSearch() }

// adamSearch is the space of Adam's relatives, too.
func adamSearch() []Range {
	return []Range{logRange("rate", 1e-5, 0.1), linRange("beta1", 0.5, 0.95), linRange("beta2", 0.9, 0.999)}
}

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (a Adam) New() (Optimizer, error) {
	return newSolver("adam", a, a.Rate, method{
		slots: slots("m", "v"), decays: true,
		f32: func(p param[float32]) { adam(a, p) },
		f64: func(p param[float64]) { adam(a, p) },
	})
}

func adam[T float](a Adam, p param[T]) { adamFactors(a, p).Apply(p.x, p.g, p.slot[0], p.slot[1]) }

// adamFactors are those of the parameter's present update; the relatives of Adam begin with them.
func adamFactors[T float](a Adam, p param[T]) kernel.AdamUpdate[T] {
	return kernel.AdamUpdate[T]{
		Beta1: T(a.Beta1), Rest1: T(1 - a.Beta1), Beta2: T(a.Beta2), Rest2: T(1 - a.Beta2), Epsilon: T(a.Epsilon),
		Keep: T(1 - p.rate*p.decay),
		// alpha mhat / (sqrt(vhat) + epsilon), the corrections taken out of the loop
		Alpha: T(p.rate / (1 - math.Pow(a.Beta1, float64(p.t)))),
		Root:  T(1 / math.Sqrt(1-math.Pow(a.Beta2, float64(p.t)))),
	}
}
