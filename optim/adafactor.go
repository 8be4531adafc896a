package optim

import (
	"math"

	"gorgonia.org/tensor"
)

// Adafactor keeps the mean squares of a matrix as those of its rows and of its columns, and takes steps in the units of
// the parameter (Shazeer & Stern 2018, "Adafactor: Adaptive learning rates with sublinear memory cost", algorithms 4 and 5):
//
//	beta2_t = 1 - t^-decay,  alpha_t = max(epsilon2, RMS(x_{t-1})) min(eta, 1/sqrt(t))
//	matrix [n, m]:  R_t = beta2_t R_{t-1} + (1 - beta2_t) (mean over columns of g_t^2 + epsilon1)      [n]
//	                C_t = beta2_t C_{t-1} + (1 - beta2_t) (mean over rows of g_t^2 + epsilon1)         [m]
//	                V_t = R_t C_t' / mean(R_t)
//	else:           V_t = beta2_t V_{t-1} + (1 - beta2_t) (g_t^2 + epsilon1)
//	u = g_t / sqrt(V_t),  x_t = x_{t-1} - alpha_t u / max(1, RMS(u) / clip)
//
// The paper sums over rows and columns where we take means, which is the same V. A tensor of more than two dimensions
// counts as a matrix of its first dimension and the rest.
type Adafactor struct {
	Rate     float64 `name:"rate" doc:"eta, largest step relative to the parameter's RMS" min:"0"`  // 0.01
	Epsilon1 float64 `name:"epsilon1" doc:"added to each squared gradient" above:"0"`               // 1e-30
	Epsilon2 float64 `name:"epsilon2" doc:"least RMS of a parameter that counts" above:"0"`         // 1e-3
	Clip     float64 `name:"clip" doc:"largest RMS of a step, before the step size" above:"0"`      // 1
	Decay    float64 `name:"decay" doc:"power of t in the decay of mean squares" above:"0" max:"1"` // 0.8
}

// DefaultAdafactor has the paper's eta = 0.01, epsilon1 = 1e-30, epsilon2 = 0.001, clip = 1, decay = 0.8.
func DefaultAdafactor() Adafactor {
	return Adafactor{Rate: 0.01, Epsilon1: 1e-30, Epsilon2: 1e-3, Clip: 1, Decay: 0.8}
}

// Search is where to tune it.
func (Adafactor) Search() []Range {
	return []Range{logRange("rate", 1e-4, 0.3), linRange("decay", 0.5, 1), logRange("clip", 0.3, 3)}
}

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (a Adafactor) New() (Optimizer, error) {
	return newSolver("adafactor", a, a.Rate, method{
		slots: []slot{
			{name: "row", size: func(s tensor.Shape) int { n, _ := matrix(s); return n }},
			{name: "column", size: func(s tensor.Shape) int { _, m := matrix(s); return m }},
			{name: "v", size: vectorSize},
			{name: "step", scratch: true},
			{name: "inverse", size: func(s tensor.Shape) int { _, m := matrix(s); return m }, scratch: true},
		},
		decays: true, heavy: true,
		f32: func(p param[float32]) { adafactor(a, p) },
		f64: func(p param[float64]) { adafactor(a, p) },
	})
}

// matrix is the shape of a parameter of two or more dimensions, the last ones taken together; 0, 0 for a vector.
func matrix(s tensor.Shape) (rows, columns int) {
	if len(s) < 2 || s[0] == 0 {
		return 0, 0
	}
	return s[0], s.TotalSize() / s[0]
}

// vectorSize is that of a parameter which is no matrix, 0 of one which is.
func vectorSize(s tensor.Shape) int {
	if len(s) < 2 {
		return s.TotalSize()
	}
	return 0
}

func adafactor[T float](a Adafactor, p param[T]) {
	beta2 := 1 - math.Pow(float64(p.t), -a.Decay)
	u := p.slot[3]
	if v := p.slot[2]; v != nil {
		for i, g := range p.g {
			v[i] = T(beta2*float64(v[i]) + (1-beta2)*(float64(g)*float64(g)+a.Epsilon1))
			u[i] = T(float64(g) / math.Sqrt(float64(v[i])))
		}
	} else {
		factored(p.g, p.slot[0], p.slot[1], u, p.slot[4], beta2, a.Epsilon1)
	}
	n := float64(len(u))
	size := math.Sqrt(squares(p.x) / n)
	if p.rate == 0 {
		return
	}
	alpha := max(a.Epsilon2, size) * min(p.rate, 1/math.Sqrt(float64(p.t)))
	step := T(alpha / max(1, math.Sqrt(squares(u)/n)/a.Clip))
	keep := T(1 - p.rate*p.decay)
	for i, u := range u {
		p.x[i] = keep*p.x[i] - step*u
	}
}

// factored updates the means of rows and columns, and sets u to g / sqrt(V); inverse is as long as column.
func factored[T float](g, row, column, u, inverse []T, beta2, epsilon float64) {
	n, m := len(row), len(column)
	for j := range column {
		column[j] = T(beta2 * float64(column[j]))
	}
	each := T((1 - beta2) / float64(n))
	mean := 0.0
	for i := range row {
		gi, sum := g[i*m:(i+1)*m], 0.0
		for j, g := range gi {
			square := float64(g)*float64(g) + epsilon
			sum += square
			column[j] += each * T(square)
		}
		row[i] = T(beta2*float64(row[i]) + (1-beta2)*sum/float64(m))
		mean += float64(row[i])
	}
	mean /= float64(n)
	for j, c := range column {
		inverse[j] = T(1 / math.Sqrt(float64(c)))
	}
	for i, r := range row {
		gi, ui, f := g[i*m:(i+1)*m], u[i*m:(i+1)*m], T(math.Sqrt(mean/float64(r)))
		for j, g := range gi {
			ui[j] = f * g * inverse[j]
		}
	}
}
