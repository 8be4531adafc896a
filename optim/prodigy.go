package optim

import (
	"math"

	"lenz/graph/kernel"
)

// Prodigy is AdamW that finds its step size: d is a lower bound of the distance to the solution, which grows as gradients point
// away from the start (Mishchenko & Defazio 2024, "Prodigy: An expeditiously adaptive parameter-free learner", algorithm 4),
// in the form of the authors' code:
//
//	m_t = beta1 m_{t-1} + (1 - beta1) d_t g_t
//	v_t = beta2 v_{t-1} + (1 - beta2) d_t^2 g_t^2
//	r_t = beta3 r_{t-1} + eta d_t^2 / d_0 <g_t, x_0 - x_t>,   s_t = beta3 s_{t-1} + eta d_t^2 / d_0 g_t
//	d_{t+1} = max(d_t, growth r_t / |s_t|_1),   beta3 = sqrt(beta2)
//	x_{t+1} = x_t - eta d_t (m_t / (sqrt(v_t) + d_{t+1} epsilon) + lambda x_t)
//
// Products and norms run over all parameters, in float64. Leave the rate at 1.
type Prodigy struct {
	Rate    float64 `name:"rate" doc:"eta, factor of the step size that is found" min:"0"`               // 1
	Beta1   float64 `name:"beta1" doc:"decay of the mean of gradients" min:"0" below:"1"`                // 0.9
	Beta2   float64 `name:"beta2" doc:"decay of the mean of squared gradients" min:"0" below:"1"`        // 0.999
	Epsilon float64 `name:"epsilon" doc:"added to the root of the mean square, in units of d" above:"0"` // 1e-8
	Lambda  float64 `name:"lambda" doc:"decoupled weight decay, times the step size" min:"0"`            // 0
	D0      float64 `name:"d0" doc:"first distance" above:"0"`                                           // 1e-6
	Growth  float64 `name:"growth" doc:"factor of the distance that is found" above:"0"`                 // 1
}

// DefaultProdigy has the paper's eta = 1, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, d0 = 1e-6.
func DefaultProdigy() Prodigy {
	return Prodigy{Rate: 1, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, D0: 1e-6, Growth: 1}
}

// Search is where to tune it.
func (Prodigy) Search() []Range {
	return []Range{logRange("rate", 0.1, 10), logRange("growth", 0.25, 4), logRange("lambda", 1e-4, 1)}
}

// Places of Prodigy's shared numbers.
const (
	prodigyD    = iota
	prodigyLast // d of the step before, d_t
	prodigyMost
	prodigyR
)

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (c Prodigy) New() (Optimizer, error) {
	return newSolver("prodigy", c, c.Rate, method{
		slots:  []slot{{name: "m"}, {name: "v"}, {name: "s"}, {name: "x0", copied: true}},
		shared: []number{{"d", c.D0}, {"last", c.D0}, {"most", c.D0}, {"r", 0}},
		decay:  c.Lambda, decays: true, sums: 2,
		oneRate:   "it finds one step size for all parameters",
		measure32: func(p param[float32], sums []float64) { prodigyMeasure(c, p, sums) },
		measure64: func(p param[float64], sums []float64) { prodigyMeasure(c, p, sums) },
		decide:    c.decide,
		f32:       func(p param[float32]) { prodigy(c, p) },
		f64:       func(p param[float64]) { prodigy(c, p) },
	})
}

// prodigyMeasure updates m, v and s, and adds to <g, x_0 - x> and |s|_1.
func prodigyMeasure[T float](c Prodigy, p param[T], sums []float64) {
	d, g, x := p.shared[prodigyD], p.g, p.x
	s, x0 := p.slot[2], p.slot[3]
	kernel.ProdigyUpdate[T]{
		Beta1: T(c.Beta1), Rest1: T(d * (1 - c.Beta1)), Beta2: T(c.Beta2), Rest2: T(d * d * (1 - c.Beta2)),
		Beta3: T(math.Sqrt(c.Beta2)), Rest3: T(d / c.D0 * d * p.rate),
	}.Apply(g, p.slot[0], p.slot[1], s)
	var product, norm [4]float64 // four sums each keep the adder busy
	x, x0, s = x[:len(g)], x0[:len(g)], s[:len(g)]
	for i, g := range g {
		product[i&3] += float64(g) * float64(x0[i]-x[i])
		norm[i&3] += math.Abs(float64(s[i]))
	}
	sums[0] += (product[0] + product[1]) + (product[2] + product[3])
	sums[1] += (norm[0] + norm[1]) + (norm[2] + norm[3])
}

// decide finds the next d. Without any gradient so far there is nothing to do.
func (c Prodigy) decide(rate float64, n, sums []float64) bool {
	if sums[1] == 0 {
		return false
	}
	d := n[prodigyD]
	n[prodigyLast] = d
	r := math.Sqrt(c.Beta2)*n[prodigyR] + d/c.D0*d*rate*sums[0]
	found := c.Growth * r / sums[1]
	n[prodigyMost] = max(n[prodigyMost], found)
	n[prodigyR], n[prodigyD] = r, max(n[prodigyMost], 0)
	return true
}

func prodigy[T float](c Prodigy, p param[T]) {
	step := p.rate * p.shared[prodigyLast]
	kernel.ScaledUpdate[T]{
		Keep: T(1 - step*p.decay), Alpha: T(step), Root: 1, Epsilon: T(p.shared[prodigyD] * c.Epsilon),
	}.Apply(p.x, p.slot[0], p.slot[1])
}
