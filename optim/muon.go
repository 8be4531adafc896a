package optim

import (
	"math"

	"gorgonia.org/tensor"

	"lenz/graph/kernel"
)

// Muon steps matrices along the orthogonal matrix next to their momentum (Jordan et al. 2024, "Muon: An optimizer for hidden
// layers in neural networks"):
//
//	m_t = mu m_{t-1} + (1 - mu) g_t,  u = (1 - mu) g_t + mu m_t
//	X_0 = u / (|u| + 1e-7), transposed if it has more rows than columns
//	A = X_k X_k',  X_{k+1} = a X_k + (b A + c A^2) X_k,  five times, (a, b, c) = (3.4445, -4.775, 2.0315)
//	x_t = x_{t-1} - eta (sqrt(max(1, rows/columns)) X_5 + lambda x_{t-1})
//
// Five steps of this Newton-Schulz iteration bring singular values near 1, not to it. The authors iterate in bfloat16, we in
// the parameter's precision. Vectors get AdamW at a rate of rate times adam. The authors also leave embeddings and the output layer to
// AdamW: a group of rate 0 or a smaller one can weigh them, but the method goes by shape alone. A tensor of more than two
// dimensions counts as a matrix of its first dimension and the rest.
type Muon struct {
	Rate    float64 `name:"rate" doc:"eta, the step size of matrices" min:"0"`                                // 0.02
	Mu      float64 `name:"mu" doc:"momentum of matrices" min:"0" below:"1"`                                  // 0.95
	Lambda  float64 `name:"lambda" doc:"weight decay, times the rate, a step" min:"0"`                        // 0
	Adam    float64 `name:"adam" doc:"rate of vectors as a share of the rate of matrices" min:"0"`            // 0.015: 3e-4 for vectors, the authors' code
	Beta1   float64 `name:"beta1" doc:"of vectors: decay of the mean of gradients" min:"0" below:"1"`         // 0.9
	Beta2   float64 `name:"beta2" doc:"of vectors: decay of the mean of squared gradients" min:"0" below:"1"` // 0.95
	Epsilon float64 `name:"epsilon" doc:"of vectors: added to the root of the mean square" above:"0"`         // 1e-10
}

// DefaultMuon has the authors' eta = 0.02, mu = 0.95, and for vectors 3e-4, beta1 = 0.9, beta2 = 0.95, epsilon = 1e-10.
func DefaultMuon() Muon {
	return Muon{Rate: 0.02, Mu: 0.95, Adam: 0.015, Beta1: 0.9, Beta2: 0.95, Epsilon: 1e-10}
}

// Search is where to tune it.
func (Muon) Search() []Range {
	return []Range{logRange("rate", 1e-4, 0.3), linRange("mu", 0.8, 0.99), logRange("adam", 0.003, 1), logRange("lambda", 1e-4, 1)}
}

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (m Muon) New() (Optimizer, error) {
	square := func(s tensor.Shape) int { n, c := matrix(s); k := min(n, c); return k * k }
	whole := func(s tensor.Shape) int { n, c := matrix(s); return n * c }
	return newSolver("muon", m, m.Rate, method{
		slots: []slot{
			{name: "m"}, {name: "v", size: vectorSize},
			{name: "x", size: whole, scratch: true}, {name: "y", size: whole, scratch: true},
			{name: "a", size: square, scratch: true}, {name: "b", size: square, scratch: true},
		},
		decay: m.Lambda, decays: true, heavy: true,
		f32: func(p param[float32]) { muon(m, p) },
		f64: func(p param[float64]) { muon(m, p) },
	})
}

func muon[T float](c Muon, p param[T]) {
	if v := p.slot[1]; v != nil {
		p.rate *= c.Adam
		adamFactors(Adam{p.rate, c.Beta1, c.Beta2, c.Epsilon}, p).Apply(p.x, p.g, p.slot[0], v)
		return
	}
	mu, rest := T(c.Mu), T(1-c.Mu)
	m, u := p.slot[0], p.slot[2]
	for i, g := range p.g {
		m[i] = mu*m[i] + rest*g
		u[i] = rest*g + mu*m[i]
	}
	rows, columns := matrix(p.shape)
	o := orthogonal(rows, columns, u, p.slot[3], p.slot[4], p.slot[5])
	keep := T(1 - p.rate*p.decay)
	eta := T(p.rate * math.Sqrt(max(1, float64(rows)/float64(columns))))
	for i, o := range o {
		p.x[i] = keep*p.x[i] - eta*o
	}
}

// orthogonal returns the orthogonal matrix next to u [rows, columns], in u or other, which is as large; a and b hold squares of
// its smaller side.
func orthogonal[T float](rows, columns int, u, other, a, b []T) []T {
	const ka, kb, kc = 3.4445, -4.775, 2.0315
	scale(u, 1/(math.Sqrt(squares(u))+1e-7))
	tall := rows > columns
	k := min(rows, columns)
	for range 5 {
		// A = X X', or X' X of a tall one: the same iteration without transposing
		kernel.Gemm(tall, !tall, k, k, max(rows, columns), 1, u, columns, u, columns, 0, a, k)
		kernel.Gemm(false, false, k, k, k, kc, a, k, a, k, 0, b, k)
		for i, a := range a {
			b[i] += kb * a
		}
		for i := range k {
			b[i*k+i] += ka
		}
		if tall {
			kernel.Gemm(false, false, rows, k, k, 1, u, columns, b, k, 0, other, columns)
		} else {
			kernel.Gemm(false, false, k, columns, k, 1, b, k, u, columns, 0, other, columns)
		}
		u, other = other, u
	}
	return u
}
