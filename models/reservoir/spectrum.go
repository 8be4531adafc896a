package reservoir

import (
	"context"
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"lenz/internal/rng"
)

// radius returns the largest modulus of an eigenvalue: exactly for small matrices, by Arnoldi's method for large ones.
func (m *matrix) radius(ctx context.Context) (float64, error) {
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
	return m.arnoldi(ctx)
}

// arnoldi builds the Krylov space of a random vector until the residual of its largest Ritz value, |h_{k+1,k}| |last component of its
// eigenvector|, is small beside it (Saad 2011, section 6.2). Eigenvalues near the edge of a random matrix's disk crowd: a
// residual of a thousandth may be the next eigenvalue's, a tenth of that is asked for.
func (m *matrix) arnoldi(ctx context.Context) (float64, error) {
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
				if err := ctx.Err(); err != nil { // a million units are some milliseconds a pass
					return 0, err
				}
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
