package reservoir

import (
	"gonum.org/v1/gonum/mat"

	"lenz/graph/kernel"
)

// matrix is a reservoir's weights: some links for each unit, or all of them.
type matrix struct {
	n       int
	start   []int     // [n+1], where the links of a unit begin
	from    []int32   // the units that a unit hears; nil if each hears all, in order
	weights []float64 // of each link
	packed  *kernel.Sparse
}

// row returns the links of a unit; from is nil if it hears all.
func (m *matrix) row(i int) (from []int32, weights []float64) {
	lo, hi := m.start[i], m.start[i+1]
	if m.from != nil {
		from = m.from[lo:hi]
	}
	return from, m.weights[lo:hi]
}

// even makes the starts of rows with so many links each.
func even(n, links int) []int {
	start := make([]int, n+1)
	for i := range start {
		start[i] = i * links
	}
	return start
}

// mul computes y = W x.
func (m *matrix) mul(y, x []float64) {
	if m.from == nil {
		kernel.Gemm(false, false, m.n, 1, m.n, 1, m.weights, m.n, x, 1, 0, y, 1)
		return
	}
	m.packed.MulVec(y, x)
}

// pack makes links ready for mul, after any change of weights.
func (m *matrix) pack() {
	if m.from != nil {
		m.packed = kernel.NewSparse(m.n, m.start, m.from, m.weights)
	}
}

func (m *matrix) scale(f float64) {
	for i := range m.weights {
		m.weights[i] *= f
	}
	m.pack()
}

func (m *matrix) dense() *mat.Dense {
	d := mat.NewDense(m.n, m.n, nil)
	for i := range m.n {
		from, weights := m.row(i)
		for k, w := range weights {
			j := k
			if from != nil {
				j = int(from[k])
			}
			d.Set(i, j, d.At(i, j)+w)
		}
	}
	return d
}
