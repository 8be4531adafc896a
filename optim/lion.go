package optim

import "lenz/graph/kernel"

// Lion steps by the sign of a mean (Chen et al. 2023, "Symbolic discovery of optimization algorithms", algorithm 2):
//
//	c_t = beta1 m_{t-1} + (1 - beta1) g_t
//	x_t = x_{t-1} - eta (sign(c_t) + lambda x_{t-1})
//	m_t = beta2 m_{t-1} + (1 - beta2) g_t
//
// Every step has the same size: take a rate 3 to 10 times smaller than Adam's, and a lambda as many times larger than AdamW's.
type Lion struct {
	Rate   float64 `name:"rate" doc:"eta, the step size" min:"0"`                              // 1e-4
	Beta1  float64 `name:"beta1" doc:"share of the mean in the step's sign" min:"0" below:"1"` // 0.9
	Beta2  float64 `name:"beta2" doc:"decay of the mean of gradients" min:"0" below:"1"`       // 0.99
	Lambda float64 `name:"lambda" doc:"weight decay, times the rate, a step" min:"0"`          // 0; the paper tunes it
}

// DefaultLion has the paper's beta1 = 0.9, beta2 = 0.99, and its reference code's eta = 1e-4, lambda = 0.
func DefaultLion() Lion { return Lion{Rate: 1e-4, Beta1: 0.9, Beta2: 0.99} }

// Search is where to tune it.
func (Lion) Search() []Range {
	return []Range{logRange("rate", 1e-6, 0.01), linRange("beta1", 0.5, 0.95), linRange("beta2", 0.9, 0.999), logRange("lambda", 1e-3, 10)}
}

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (l Lion) New() (Optimizer, error) {
	return newSolver("lion", l, l.Rate, method{
		slots: slots("m"), decay: l.Lambda, decays: true,
		f32: func(p param[float32]) { lion(l, p) },
		f64: func(p param[float64]) { lion(l, p) },
	})
}

func lion[T float](l Lion, p param[T]) {
	kernel.LionUpdate[T]{
		Beta1: T(l.Beta1), Rest1: T(1 - l.Beta1), Beta2: T(l.Beta2), Rest2: T(1 - l.Beta2),
		Keep: T(1 - p.rate*p.decay), Eta: T(p.rate),
	}.Apply(p.x, p.g, p.slot[0])
}
