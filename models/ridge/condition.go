package ridge

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// symmetricNorm returns the 1-norm of a symmetric matrix, of which a [p, p] holds the upper triangle. It is LAPACK's Lansy, sum for sum, several
// rows at a time.
func symmetricNorm(a []float64, p int) float64 {
	const together = 4
	sums := make([]float64, p)
	i := 0
	for ; i+together <= p; i += together {
		for r := i; r < i+together; r++ {
			sums[r] += math.Abs(a[r*p+r])
			for j := r + 1; j < i+together; j++ {
				v := math.Abs(a[r*p+j])
				sums[r] += v
				sums[j] += v
			}
		}
		own := (*[together]float64)(sums[i:])
		below := sums[i+together:]
		row := func(r int) []float64 { return a[(i+r)*p+i+together : (i+r+1)*p][:len(below)] }
		r0, r1, r2, r3 := row(0), row(1), row(2), row(3)
		s0, s1, s2, s3 := own[0], own[1], own[2], own[3]
		for j, sum := range below {
			v0, v1, v2, v3 := math.Abs(r0[j]), math.Abs(r1[j]), math.Abs(r2[j]), math.Abs(r3[j])
			s0, s1, s2, s3 = s0+v0, s1+v1, s2+v2, s3+v3
			below[j] = sum + v0 + v1 + v2 + v3
		}
		*own = [together]float64{s0, s1, s2, s3}
	}
	for ; i < p; i++ {
		sums[i] += math.Abs(a[i*p+i])
		for j := i + 1; j < p; j++ {
			v := math.Abs(a[i*p+j])
			sums[i] += v
			sums[j] += v
		}
	}
	norm := 0.0
	for _, v := range sums {
		if math.IsNaN(v) {
			return v
		}
		norm = max(norm, v)
	}
	return norm
}

// condition estimates the 1-norm condition number of a matrix from its norm and its Cholesky factor, as LAPACK's Pocon does (Higham 1988, ACM TOMS
// 14): the norm of the inverse from a few solutions. Those of Pocon guard against overflow term by term, which takes longer than the factorization;
// here they are plain ones, and Pocon has the last word if they overflow.
func condition(factor blas64.Triangular, norm float64) float64 {
	p := factor.N
	if p == 0 || norm == 0 {
		return math.Inf(1)
	}
	var (
		x, v  = make([]float64, p), make([]float64, p)
		signs = make([]int, p)
		state [3]int
		lapa  gonum.Implementation
	)
	inverse, next := lapa.Dlacn2(p, v, x, signs, 0, 0, &state)
	for next != 0 {
		b := blas64.Vector{N: p, Inc: 1, Data: x}
		blas64.Trsv(blas.Trans, factor, b)
		blas64.Trsv(blas.NoTrans, factor, b)
		if !finite(x) {
			sym := blas64.Symmetric{N: p, Stride: factor.Stride, Data: factor.Data, Uplo: blas.Upper}
			return 1 / lapack64.Pocon(sym, norm, make([]float64, 3*p), signs)
		}
		inverse, next = lapa.Dlacn2(p, v, x, signs, inverse, next, &state)
	}
	return inverse * norm
}

func finite(x []float64) bool {
	sum := 0.0
	for _, v := range x {
		sum += 0 * v // NaN of what is not
	}
	return sum == 0
}
