package optim

import "math"

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
		slots: slots("before", "size"), apart: true,
		f32: func(p param[float32]) { rprop(r, p) },
		f64: func(p param[float64]) { rprop(r, p) },
	})
}

// rprop keeps sizes as multiples of the rate, less 1, so that zeros are a start.
func rprop[T float](r Rprop, p param[T]) {
	if p.rate == 0 {
		return
	}
	rate, down, up := T(p.rate), T(r.Down), T(r.Up)
	low, high := T(r.Min/p.rate), T(min(r.Max/p.rate, math.MaxFloat32))
	before, size := p.slot[0], p.slot[1]
	for i, g := range p.g {
		d := size[i] + 1
		switch {
		case before[i] > 0 && g > 0, before[i] < 0 && g < 0:
			d = min(max(d*up, low), high)
		case before[i] > 0 && g < 0, before[i] < 0 && g > 0:
			d = min(max(d*down, low), high)
			g = 0
		}
		size[i], before[i] = d-1, g
		switch {
		case g > 0:
			p.x[i] -= rate * d
		case g < 0:
			p.x[i] += rate * d
		}
	}
}
