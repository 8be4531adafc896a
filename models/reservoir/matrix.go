package reservoir

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"lenz/graph/kernel"
	"lenz/internal/rng"
)

// matrix is a reservoir's weights: some links for each unit, or all of them.
type matrix struct {
	n       int
	start   []int     // [n+1], where the links of a unit begin
	from    []int32   // the units that a unit hears; nil if each hears all, in order
	weights []float64 // of each link
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
	for i := range y {
		from, w := m.row(i)
		a, b := 0.0, 0.0 // two sums, so that an addition does not wait for the one before
		k := 0
		for ; k+1 < len(w) && k+1 < len(from); k += 2 {
			a += w[k] * x[from[k]]
			b += w[k+1] * x[from[k+1]]
		}
		if k < len(w) {
			a += w[k] * x[from[k]]
		}
		y[i] = a + b
	}
}

func (m *matrix) scale(f float64) {
	for i := range m.weights {
		m.weights[i] *= f
	}
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

// draw returns a number of one of the distributions: uniform in [-1, 1], positive in [0, 1], normal, bernoulli -1 or 1.
func draw(r *rand.Rand, distribution string) float64 {
	switch distribution {
	case "normal":
		return r.NormFloat64()
	case "bernoulli":
		return float64(2*r.IntN(2) - 1)
	case "positive":
		return r.Float64()
	}
	return 2*r.Float64() - 1
}

// newMatrix draws the weights of a kind and scales them to the spectral radius.
// Erdos makes the number of links random about its mean.
func newMatrix(n, links int, erdos bool, kind string, radius float64, r *rand.Rand) (*matrix, error) {
	switch kind {
	case "cycle": // the eigenvalues of a ring are the n-th roots of radius^n
		m := &matrix{n: n, start: even(n, 1), from: make([]int32, n), weights: make([]float64, n)}
		for i := range n {
			m.from[i], m.weights[i] = int32((i+n-1)%n), radius
		}
		return m, nil
	case "orthogonal":
		data := make([]float64, n*n)
		for i := range data {
			data[i] = r.NormFloat64()
		}
		var qr mat.QR
		qr.Factorize(mat.NewDense(n, n, data))
		var q mat.Dense
		qr.QTo(&q)
		m := &matrix{n: n, start: even(n, n), weights: q.RawMatrix().Data}
		m.scale(radius)
		return m, nil
	}
	if links <= 0 || links >= n {
		links = n
	}
	m := &matrix{n: n, start: even(n, links), weights: make([]float64, n*links)}
	if links < n {
		m.from = make([]int32, n*links)
	}
	if erdos && links < n { // links fall on units at random
		count := make([]int, n)
		for range n * links {
			i := r.IntN(n)
			for count[i] == n {
				i = r.IntN(n)
			}
			count[i]++
		}
		for i, c := range count {
			m.start[i+1] = m.start[i] + c
		}
	}
	for i := range n {
		seen := map[int32]bool{}
		for at := m.start[i]; at < m.start[i+1]; at++ {
			m.weights[at] = draw(r, kind)
			if links == n {
				continue
			}
			j := int32(r.IntN(n))
			for seen[j] {
				j = int32(r.IntN(n))
			}
			seen[j] = true
			m.from[at] = j
		}
	}
	rho, err := m.radius()
	if err != nil {
		return nil, err
	}
	if rho < 1e-12 {
		return nil, fmt.Errorf("reservoir: the drawn weights have the spectral radius %.3g and cannot be scaled to %v: use more units, a higher degree or another seed", rho, radius)
	}
	m.scale(radius / rho)
	return m, nil
}

// radius returns the largest modulus of an eigenvalue: exactly for small matrices, by Arnoldi's method for large ones.
func (m *matrix) radius() (float64, error) {
	if m.n <= 150 {
		var e mat.Eigen
		if !e.Factorize(m.dense(), mat.EigenNone) {
			return 0, fmt.Errorf("reservoir: the eigenvalues of %d units were not found: use another seed", m.n)
		}
		rho := 0.0
		for _, v := range e.Values(nil) {
			rho = max(rho, cmplx.Abs(v))
		}
		return rho, nil
	}
	return m.arnoldi()
}

// arnoldi builds the Krylov space of a random vector until the residual of its largest Ritz value, |h_{k+1,k}| |last component of its
// eigenvector|, is small beside it (Saad 2011, section 6.2). Eigenvalues near the edge of a random matrix's disk crowd: a
// residual of a thousandth is then as good as the next eigenvalue's modulus.
func (m *matrix) arnoldi() (float64, error) {
	const most, tolerance = 300, 1e-4
	size := min(most, m.n)
	r := rand.New(rng.New(1, "reservoir.arnoldi"))
	basis := [][]float64{make([]float64, m.n)}
	for i := range basis[0] {
		basis[0][i] = r.NormFloat64()
	}
	unit(basis[0])
	h := mat.NewDense(size+1, size, nil)
	rho := 0.0
	for k := range size {
		w := make([]float64, m.n)
		m.mul(w, basis[k])
		for range 2 {
			for j, q := range basis {
				dot := 0.0
				for i, v := range q {
					dot += v * w[i]
				}
				h.Set(j, k, h.At(j, k)+dot)
				for i, v := range q {
					w[i] -= dot * v
				}
			}
		}
		rest := unit(w)
		h.Set(k+1, k, rest)
		basis = append(basis, w)
		if n := k + 1; n%50 == 0 || n == size || rest < 1e-12 {
			var residual float64
			var ok bool
			if rho, residual, ok = ritz(h, n, rest); !ok {
				return 0, fmt.Errorf("reservoir: the spectral radius of %d units was not found: use another seed", m.n)
			}
			if residual < tolerance*rho || rest < 1e-12 {
				break
			}
		}
	}
	return rho, nil
}

// ritz returns the largest modulus among the eigenvalues of the leading n rows and columns, and its residual.
func ritz(h *mat.Dense, n int, rest float64) (rho, residual float64, ok bool) {
	var e mat.Eigen
	if !e.Factorize(mat.DenseCopyOf(h.Slice(0, n, 0, n)), mat.EigenRight) {
		return 0, 0, false
	}
	var v mat.CDense
	e.VectorsTo(&v)
	for i, lambda := range e.Values(nil) {
		if cmplx.Abs(lambda) > rho {
			rho, residual = cmplx.Abs(lambda), rest*cmplx.Abs(v.At(n-1, i))
		}
	}
	return rho, residual, true
}

// unit scales a vector to length 1 and returns its length.
func unit(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	norm := math.Sqrt(sum)
	if norm > 0 {
		for i := range v {
			v[i] /= norm
		}
	}
	return norm
}
