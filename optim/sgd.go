package optim

import "lenz/graph/kernel"

// SGD is stochastic gradient descent (Robbins & Monro 1951, "A stochastic approximation method"):
//
//	x_t = x_{t-1} - eta g_t
type SGD struct {
	Rate float64 `name:"rate" doc:"eta, the step size" min:"0"` // the paper has a sequence; 0.01 is custom
}

// DefaultSGD has eta = 0.01.
func DefaultSGD() SGD { return SGD{Rate: 0.01} }

// Search is where to tune it.
func (SGD) Search() []Range {
	return []Range{logRange("rate", 1e-4, 10)}
}

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (s SGD) New() (Optimizer, error) {
	return newSolver("sgd", s, s.Rate, method{f32: sgd[float32], f64: sgd[float64]})
}

func sgd[T float](p param[T]) { kernel.SGDUpdate[T]{Eta: T(p.rate)}.Apply(p.x, p.g) }
