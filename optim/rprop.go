package optim

import (
	"math"

	"lenz/graph/kernel"
)

// Rprop has a step size for each value, which grows while the gradient keeps its sign and shrinks when it changes (Riedmiller &
// Braun 1993, "A direct adaptive method for faster backpropagation learning: The RPROP algorithm"), in the form without
// taking steps back that PyTorch has (iRprop-: Igel & Hüsken 2000, "Improving the Rprop learning algorithm"):
//
//	if g_{t-1} g_t > 0:  d_t = min(up d_{t-1}, max)
//	if g_{t-1} g_t < 0:  d_t = max(down d_{t-1}, min), and g_t = 0 from here on
//	x_t = x_{t-1} - sign(g_t) d_t,  d_0 = the rate
//
// It is a full-batch method: noise of small batches looks like changes of sign and shrinks all steps to nothing. Let a batch
// hold all the data. A schedule scales the steps taken and their bounds together.
type Rprop struct {
	Rate float64 `name:"rate" doc:"first size of every step" min:"0"`                                     // 0.1
	Down float64 `name:"down" doc:"factor of a step whose gradient changed its sign" above:"0" below:"1"` // 0.5
	Up   float64 `name:"up" doc:"factor of a step whose gradient kept its sign" min:"1"`                  // 1.2
	Min  float64 `name:"min" doc:"smallest step" above:"0"`                                               // 1e-6
	Max  float64 `name:"max" doc:"largest step" above:"0"`                                                // 50
}

// DefaultRprop has the paper's values: first step 0.1, factors 0.5 and 1.2, bounds 1e-6 and 50.
func DefaultRprop() Rprop { return Rprop{Rate: 0.1, Down: 0.5, Up: 1.2, Min: 1e-6, Max: 50} }

// Search is where to tune it.
func (Rprop) Search() []Range { return []Range{logRange("rate", 1e-5, 1), linRange("up", 1.05, 1.5)} }

// FullBatch marks it as a full-batch method.
func (Rprop) FullBatch() {}

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (r Rprop) New() (Optimizer, error) {
	return newSolver("rprop", r, r.Rate, method{
		slots: []slot{{name: "before"}, {name: "size", start: 1}},
		f32:   func(p param[float32]) { rprop(r, p) },
		f64:   func(p param[float64]) { rprop(r, p) },
	})
}

// rprop keeps sizes as multiples of the rate.
func rprop[T float](r Rprop, p param[T]) {
	if p.rate == 0 {
		return
	}
	kernel.RpropUpdate[T]{
		Rate: T(p.rate), Down: T(r.Down), Up: T(r.Up), Low: T(r.Min / p.rate), High: T(min(r.Max/p.rate, math.MaxFloat32)),
	}.Apply(p.x, p.g, p.slot[0], p.slot[1])
}
