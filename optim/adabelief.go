package optim

import "lenz/graph/kernel"

// AdaBelief divides by how far gradients stray from their mean (Zhuang et al. 2020, "AdaBelief optimizer: Adapting
// stepsizes by the belief in observed gradients", algorithm 2):
//
//	m_t = beta1 m_{t-1} + (1 - beta1) g_t
//	s_t = beta2 s_{t-1} + (1 - beta2) (g_t - m_t)^2 + epsilon
//	mhat = m_t / (1 - beta1^t),  shat = s_t / (1 - beta2^t)
//	x_t = x_{t-1} - alpha mhat / (sqrt(shat) + epsilon) - alpha lambda x_{t-1}
type AdaBelief struct {
	Rate    float64 `name:"rate" doc:"alpha, the step size" min:"0"`                                  // 0.001
	Beta1   float64 `name:"beta1" doc:"decay of the mean of gradients" min:"0" below:"1"`             // 0.9
	Beta2   float64 `name:"beta2" doc:"decay of the mean square about it" min:"0" below:"1"`          // 0.999
	Epsilon float64 `name:"epsilon" doc:"added to the mean square a step, and to its root" above:"0"` // 1e-16, of the authors' code; 1e-8 in the paper
	Lambda  float64 `name:"lambda" doc:"decoupled weight decay, times the rate, a step" min:"0"`      // 0
}

// DefaultAdaBelief has the paper's alpha = 0.001, beta1 = 0.9, beta2 = 0.999, and the authors' code's epsilon = 1e-16.
func DefaultAdaBelief() AdaBelief {
	return AdaBelief{Rate: 0.001, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-16}
}

// Search is where to tune it.
func (AdaBelief) Search() []Range { return append(adamSearch(), logRange("lambda", 1e-4, 1)) }

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (a AdaBelief) New() (Optimizer, error) {
	return newSolver("adabelief", a, a.Rate, method{
		slots: slots("m", "s"), decay: a.Lambda, decays: true,
		f32: func(p param[float32]) { adaBelief(a, p) },
		f64: func(p param[float64]) { adaBelief(a, p) },
	})
}

func adaBelief[T float](a AdaBelief, p param[T]) {
	f := adamFactors(Adam{a.Rate, a.Beta1, a.Beta2, a.Epsilon}, p)
	kernel.AdaBeliefUpdate[T]{AdamUpdate: f, Inside: T(a.Epsilon)}.Apply(p.x, p.g, p.slot[0], p.slot[1])
}
