package diagnose

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"lenz/graph/kernel"
	"lenz/internal/rng"
)

// GradientNorms returns the largest singular value of the derivative of the state k steps later with respect to the state after u's first
// warm rows, for k = 1 to the rows that are left: what gradients are multiplied by through time (Pascanu, Mikolov & Bengio 2013). It costs
// a product of n x n matrices and a singular value for each step.
func GradientNorms(s System, u []float64, warm int) ([]float64, error) {
	total, err := rows(s, u, warm+1)
	if err != nil {
		return nil, err
	}
	n, in := s.StateSize(), s.Inputs()
	if n > 2048 {
		return nil, fmt.Errorf("diagnose: gradient norms of a state of %d numbers need matrices of its square: at most 2048", n)
	}
	x := make([]float64, n)
	for t := range warm {
		s.Step(x, u[t*in:][:in])
	}
	product, next, j := make([]float64, n*n), make([]float64, n*n), make([]float64, n*n)
	for i := range n {
		product[i*n+i] = 1
	}
	scale := 0.0 // logarithm of what was taken out of the product, so that it neither over- nor underflows
	var norms []float64
	for t := warm; t < total; t++ {
		Jacobian(s, j, x, u[t*in:][:in])
		kernel.GemmParallel(false, false, n, n, n, 1, j, n, product, n, 0, next, n)
		product, next = next, product
		s.Step(x, u[t*in:][:in])
		norm := spectral(product, n)
		norms = append(norms, norm*math.Exp(scale))
		if norm > 0 && (norm > 1e100 || norm < 1e-100) {
			scale += math.Log(norm)
			for i := range product {
				product[i] /= norm
			}
		}
	}
	return norms, nil
}

// spectral is the largest singular value.
func spectral(a []float64, n int) float64 {
	kernel.Install()
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(n, n, a), mat.SVDNone) {
		return math.NaN()
	}
	return svd.Values(nil)[0]
}

// Exponents returns the largest conditional Lyapunov exponents of a driven system, per step: how fast neighbouring states part (above 0) or meet under
// the input u, after warm rows. The first is the logarithm of an effective spectral radius. Directions are moved by differences and
// orthonormalized at every step.
func Exponents(s System, u []float64, warm, count int, seed uint64) ([]float64, error) {
	total, err := rows(s, u, warm+10)
	if err != nil {
		return nil, err
	}
	n, in := s.StateSize(), s.Inputs()
	if count < 1 || count > n {
		return nil, fmt.Errorf("diagnose: %d exponents of a state of %d numbers: want 1 to that", count, n)
	}
	r := rand.New(rng.New(seed, "diagnose.exponents"))
	x, near, before := make([]float64, n), make([]float64, n), make([]float64, n)
	q, sums := make([][]float64, count), make([]float64, count)
	for k := range q {
		q[k] = make([]float64, n)
		for i := range q[k] {
			q[k][i] = r.NormFloat64()
		}
	}
	orthonormalize(q, make([]float64, count))
	const h = 1e-7
	for t := range total {
		copy(before, x)
		s.Step(x, u[t*in:][:in])
		for _, d := range q {
			for i, v := range before {
				near[i] = v + h*d[i]
			}
			s.Step(near, u[t*in:][:in])
			for i := range d {
				d[i] = (near[i] - x[i]) / h
			}
		}
		if t == warm {
			clear(sums)
		}
		orthonormalize(q, sums)
	}
	for k := range sums {
		sums[k] /= float64(total - warm)
	}
	return sums, nil
}

// orthonormalize is Gram-Schmidt's method, twice, and adds the logarithms of the lengths.
func orthonormalize(q [][]float64, logs []float64) {
	for k, v := range q {
		for range 2 {
			for _, p := range q[:k] {
				dot := 0.0
				for i, x := range p {
					dot += x * v[i]
				}
				for i, x := range p {
					v[i] -= dot * x
				}
			}
		}
		norm := 0.0
		for _, x := range v {
			norm += x * x
		}
		norm = max(math.Sqrt(norm), 1e-150)
		logs[k] += math.Log(norm)
		for i := range v {
			v[i] /= norm
		}
	}
}
