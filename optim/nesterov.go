package optim

import "lenz/graph/kernel"

// Nesterov is Nesterov's accelerated gradient (Nesterov 1983; for networks: Sutskever, Martens, Dahl & Hinton 2013, "On the
// importance of initialization and momentum in deep learning", equations 3 and 4), in PyTorch's form, in which x is
// the point looked ahead to, where the gradient is taken:
//
//	v_t = mu v_{t-1} + g_t
//	x_t = x_{t-1} - eta (g_t + mu v_t)
type Nesterov struct {
	Rate float64 `name:"rate" doc:"eta, the step size" min:"0"`                                   // 0.01
	Mu   float64 `name:"mu" doc:"share of the velocity kept from step to step" min:"0" below:"1"` // 0.9
}

// DefaultNesterov has eta = 0.01, mu = 0.9.
func DefaultNesterov() Nesterov { return Nesterov{Rate: 0.01, Mu: 0.9} }

// Search is where to tune it.
func (Nesterov) Search() []Range {
	return []Range{logRange("rate", 1e-5, 1), linRange("mu", 0.5, 0.99)}
}

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (n Nesterov) New() (Optimizer, error) {
	return newSolver("nesterov", n, n.Rate, method{
		slots: slots("v"),
		f32:   func(p param[float32]) { nesterov(n, p) },
		f64:   func(p param[float64]) { nesterov(n, p) },
	})
}

func nesterov[T float](n Nesterov, p param[T]) {
	kernel.NesterovUpdate[T]{Mu: T(n.Mu), Eta: T(p.rate)}.Apply(p.x, p.g, p.slot[0])
}
