package optim

// AdamW is Adam with decoupled weight decay (Loshchilov & Hutter 2019, "Decoupled weight decay regularization",
// algorithm 2):
//
//	m_t = beta1 m_{t-1} + (1 - beta1) g_t
//	v_t = beta2 v_{t-1} + (1 - beta2) g_t^2
//	mhat = m_t / (1 - beta1^t),  vhat = v_t / (1 - beta2^t)
//	x_t = x_{t-1} - alpha mhat / (sqrt(vhat) + epsilon) - alpha lambda x_{t-1}
//
// A departure from the paper, made by PyTorch and everyone since: the decay is multiplied by the learning rate alpha too,
// not by the schedule's factor alone.
type AdamW struct {
	Rate    float64 `name:"rate" doc:"alpha, the step size" min:"0"`                                  // 0.001
	Beta1   float64 `name:"beta1" doc:"decay of the mean of gradients" min:"0" below:"1"`             // 0.9
	Beta2   float64 `name:"beta2" doc:"decay of the mean of squared gradients" min:"0" below:"1"`     // 0.999
	Epsilon float64 `name:"epsilon" doc:"added to the root of the mean square, outside it" above:"0"` // 1e-8; 0 would divide 0 by 0 where no gradient has been
	Lambda  float64 `name:"lambda" doc:"weight decay, times the rate, a step" min:"0"`                // no default in the paper; PyTorch's 0.01
}

// DefaultAdamW has the paper's alpha = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, and PyTorch's lambda = 0.01.
func DefaultAdamW() AdamW {
	return AdamW{Rate: 0.001, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Lambda: 0.01}
}

// Search is where to tune it.
func (AdamW) Search() []Range { return append(adamSearch(), logRange("lambda", 1e-4, 1)) }

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (a AdamW) New() (Optimizer, error) {
	plain := Adam{a.Rate, a.Beta1, a.Beta2, a.Epsilon}
	return newSolver("adamw", a, a.Rate, method{
		slots: slots("m", "v"), decay: a.Lambda, decays: true,
		f32: func(p param[float32]) { adam(plain, p) },
		f64: func(p param[float64]) { adam(plain, p) },
	})
}
