package optim

import "math"

// RAdam is Adam that waits with scaling until the mean square can be trusted (Liu, Jiang, He, Chen, Liu, Gao & Han 2020, "On
// the variance of the adaptive learning rate and beyond", algorithm 2):
//
//	m_t = beta1 m_{t-1} + (1 - beta1) g_t,  mhat = m_t / (1 - beta1^t)
//	v_t = beta2 v_{t-1} + (1 - beta2) g_t^2
//	rho_inf = 2 / (1 - beta2) - 1,  rho_t = rho_inf - 2 t beta2^t / (1 - beta2^t)
//	if rho_t > 5:  r_t = sqrt((rho_t - 4)(rho_t - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho_t))
//	               x_t = x_{t-1} - alpha r_t mhat sqrt(1 - beta2^t) / (sqrt(v_t) + epsilon)
//	else:          x_t = x_{t-1} - alpha mhat
//
// The paper compares with 4, its authors' code and PyTorch with 5; epsilon is PyTorch's, outside the correction.
type RAdam struct {
	Rate    float64 `name:"rate" doc:"alpha, the step size" min:"0"`                                  // 0.001
	Beta1   float64 `name:"beta1" doc:"decay of the mean of gradients" min:"0" below:"1"`             // 0.9
	Beta2   float64 `name:"beta2" doc:"decay of the mean of squared gradients" min:"0.5" below:"1"`   // 0.999
	Epsilon float64 `name:"epsilon" doc:"added to the root of the mean square, outside it" above:"0"` // 1e-8
}

// DefaultRAdam has Adam's values, as the authors' code.
func DefaultRAdam() RAdam { return RAdam{Rate: 0.001, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8} }

// Search is where to tune it.
func (RAdam) Search() []Range { return adamSearch() }

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (a RAdam) New() (Optimizer, error) {
	return newSolver("radam", a, a.Rate, method{
		slots: slots("m", "v"), decays: true,
		f32: func(p param[float32]) { radam(a, p) },
		f64: func(p param[float64]) { radam(a, p) },
	})
}

func radam[T float](a RAdam, p param[T]) {
	t := float64(p.t)
	f := adamFactors(Adam(a), p) // alpha / (1 - beta1^t) is right already
	left := 1 - math.Pow(a.Beta2, t)
	most := 2/(1-a.Beta2) - 1
	if rho := most - 2*t*(1-left)/left; rho > 5 {
		r := math.Sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho))
		f.Alpha, f.Root = T(p.rate/(1-math.Pow(a.Beta1, t))*r*math.Sqrt(left)), 1
	} else {
		f.Root, f.Epsilon = 0, 1 // divides by 1
	}
	f.Apply(p.x, p.g, p.slot[0], p.slot[1])
}
