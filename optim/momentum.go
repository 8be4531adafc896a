package optim

import "lenz/graph/kernel"

// Momentum is gradient descent with a heavy ball (Polyak 1964, "Some methods of speeding up the convergence of iteration
// methods"), in PyTorch's form, in which the rate stands outside the velocity:
//
//	v_t = mu v_{t-1} + g_t
//	x_t = x_{t-1} - eta v_t
//
// At a constant rate this is Polyak's x_{t+1} = x_t - eta g + mu (x_t - x_{t-1}).
type Momentum struct {
	Rate float64 `name:"rate" doc:"eta, the step size" min:"0"`                                   // 0.01
	Mu   float64 `name:"mu" doc:"share of the velocity kept from step to step" min:"0" below:"1"` // 0.9
}

// DefaultMomentum has eta = 0.01, mu = 0.9.
func DefaultMomentum() Momentum { return Momentum{Rate: 0.01, Mu: 0.9} }

// Search is where to tune it.
func (Momentum) Search() []Range {
	return []Range{logRange("rate", 1e-5, 1), linRange("mu", 0.5, 0.99)}
}

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (m Momentum) New() (Optimizer, error) {
	return newSolver("momentum", m, m.Rate, method{
		slots: slots("v"),
		f32:   func(p param[float32]) { momentum(m, p) },
		f64:   func(p param[float64]) { momentum(m, p) },
	})
}

func momentum[T float](m Momentum, p param[T]) {
	kernel.MomentumUpdate[T]{Mu: T(m.Mu), Eta: T(p.rate)}.Apply(p.x, p.g, p.slot[0])
}
