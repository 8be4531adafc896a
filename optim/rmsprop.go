package optim

import "lenz/graph/kernel"

// RMSProp divides by a running root mean square (Tieleman & Hinton 2012, "Lecture 6.5: RMSProp", COURSERA: Neural
// networks for machine learning), with the mean taken off it if centred (Graves 2013, "Generating sequences with recurrent neural
// networks", equations 38 to 41), and with momentum if mu is above 0, in PyTorch's form:
//
//	v_t = rho v_{t-1} + (1 - rho) g_t^2
//	m_t = rho m_{t-1} + (1 - rho) g_t     if centred, else 0
//	b_t = mu b_{t-1} + g_t / (sqrt(v_t - m_t^2) + epsilon)
//	x_t = x_{t-1} - eta b_t
type RMSProp struct {
	Rate    float64 `name:"rate" doc:"eta, the step size" min:"0"`                                    // 0.001
	Rho     float64 `name:"rho" doc:"decay of the running means" min:"0" below:"1"`                   // 0.9
	Epsilon float64 `name:"epsilon" doc:"added to the root of the mean square, outside it" above:"0"` // 1e-8; not in the lecture, PyTorch's
	Mu      float64 `name:"mu" doc:"momentum" min:"0" below:"1"`                                      // 0; Graves has 0.9
	Centred bool    `name:"centred" doc:"divide by the standard deviation, not the root mean square"` // false
}

// DefaultRMSProp has the lecture's eta = 0.001, rho = 0.9, no momentum, not centred, and PyTorch's epsilon = 1e-8.
func DefaultRMSProp() RMSProp { return RMSProp{Rate: 0.001, Rho: 0.9, Epsilon: 1e-8} }

// Search is where to tune it.
func (RMSProp) Search() []Range {
	return []Range{logRange("rate", 1e-5, 0.1), linRange("rho", 0.8, 0.999), linRange("mu", 0, 0.95)}
}

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (r RMSProp) New() (Optimizer, error) {
	state := []string{"v"}
	if r.Centred {
		state = append(state, "m")
	}
	if r.Mu > 0 {
		state = append(state, "b")
	}
	return newSolver("rmsprop", r, r.Rate, method{
		slots: slots(state...),
		f32:   func(p param[float32]) { rmsProp(r, p) },
		f64:   func(p param[float64]) { rmsProp(r, p) },
	})
}

func rmsProp[T float](r RMSProp, p param[T]) {
	var m, b []T
	if r.Centred {
		m = p.slot[1]
	}
	if r.Mu > 0 {
		b = p.slot[len(p.slot)-1]
	}
	kernel.RMSPropUpdate[T]{Rho: T(r.Rho), Rest: T(1 - r.Rho), Epsilon: T(r.Epsilon), Mu: T(r.Mu), Eta: T(p.rate)}.
		Apply(p.x, p.g, p.slot[0], m, b)
}
