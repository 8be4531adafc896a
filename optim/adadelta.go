package optim

import "lenz/graph/kernel"

// AdaDelta takes steps in the units of the parameter (Zeiler 2012, "ADADELTA: An adaptive learning rate method", algorithm 1):
//
//	v_t = rho v_{t-1} + (1 - rho) g_t^2
//	d_t = sqrt(u_{t-1} + epsilon) / sqrt(v_t + epsilon) g_t
//	u_t = rho u_{t-1} + (1 - rho) d_t^2
//	x_t = x_{t-1} - eta d_t
//
// The paper has no rate: eta = 1 is the paper's.
type AdaDelta struct {
	Rate    float64 `name:"rate" doc:"eta, factor of the step" min:"0"`                                  // 1
	Rho     float64 `name:"rho" doc:"decay of both mean squares" min:"0" below:"1"`                      // 0.95
	Epsilon float64 `name:"epsilon" doc:"added inside both roots; sets the first steps' size" above:"0"` // 1e-6
}

// DefaultAdaDelta has the paper's rho = 0.95, epsilon = 1e-6, and eta = 1.
func DefaultAdaDelta() AdaDelta { return AdaDelta{Rate: 1, Rho: 0.95, Epsilon: 1e-6} }

// Search is where to tune it.
func (AdaDelta) Search() []Range {
	return []Range{logRange("rate", 0.01, 100), linRange("rho", 0.8, 0.99), logRange("epsilon", 1e-8, 1e-3)}
}

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (a AdaDelta) New() (Optimizer, error) {
	return newSolver("adadelta", a, a.Rate, method{
		slots: slots("v", "u"),
		f32:   func(p param[float32]) { adaDelta(a, p) },
		f64:   func(p param[float64]) { adaDelta(a, p) },
	})
}

func adaDelta[T float](a AdaDelta, p param[T]) {
	kernel.AdaDeltaUpdate[T]{Rho: T(a.Rho), Rest: T(1 - a.Rho), Epsilon: T(a.Epsilon), Eta: T(p.rate)}.
		Apply(p.x, p.g, p.slot[0], p.slot[1])
}
