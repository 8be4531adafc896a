package optim

import "lenz/graph/kernel"

// AMSGrad is Adam whose steps never grow again (Reddi, Kale & Kumar 2018, "On the convergence of Adam and beyond",
// algorithm 2), with Adam's bias corrections, in PyTorch's form:
//
//	m_t = beta1 m_{t-1} + (1 - beta1) g_t
//	v_t = beta2 v_{t-1} + (1 - beta2) g_t^2
//	top_t = max(top_{t-1}, v_t)
//	x_t = x_{t-1} - alpha m_t / (1 - beta1^t) / (sqrt(top_t / (1 - beta2^t)) + epsilon)
type AMSGrad struct {
	Rate    float64 `name:"rate" doc:"alpha, the step size" min:"0"`                              // 0.001
	Beta1   float64 `name:"beta1" doc:"decay of the mean of gradients" min:"0" below:"1"`         // 0.9
	Beta2   float64 `name:"beta2" doc:"decay of the mean of squared gradients" min:"0" below:"1"` // 0.999; the paper has 0.99 and 0.999
	Epsilon float64 `name:"epsilon" doc:"added to the root of the largest mean square" above:"0"` // 1e-8, Adam's
}

// DefaultAMSGrad has Adam's values.
func DefaultAMSGrad() AMSGrad { return AMSGrad{Rate: 0.001, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8} }

// Search is where to tune it.
func (AMSGrad) Search() []Range { return adamSearch() }

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (a AMSGrad) New() (Optimizer, error) {
	return newSolver("amsgrad", a, a.Rate, method{
		slots: slots("m", "v", "top"), decays: true,
		f32: func(p param[float32]) { amsGrad(a, p) },
		f64: func(p param[float64]) { amsGrad(a, p) },
	})
}

func amsGrad[T float](a AMSGrad, p param[T]) {
	kernel.AMSGradUpdate[T]{AdamUpdate: adamFactors(Adam(a), p)}.Apply(p.x, p.g, p.slot[0], p.slot[1], p.slot[2])
}
