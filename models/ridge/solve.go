package ridge

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"

	"lenz/graph/kernel"
)

// SingularError says that a system cannot be solved to any digit.
type SingularError struct {
	Ridge     float64
	Condition float64 // 1-norm condition number of X'X + ridge I, +Inf where it is not positive definite
	Scale     float64 // mean of the diagonal of X'X
}

// Error says how far from solvable the system is, and what to try.
func (e *SingularError) Error() string {
	if e.Scale > 1e30 { // no penalty helps
		return fmt.Sprintf("ridge: the squares of a feature sum to %.3g, too large to solve from: features that grow without bound, such as the states of a linear reservoir with a spectral radius above 1, need other settings of the model",
			e.Scale)
	}
	return fmt.Sprintf("ridge: with a ridge of %.3g the system has the condition number %.3g, above 1/epsilon = %.3g: use a ridge of at least %.1g, fewer features, or more rows",
		e.Ridge, e.Condition, 1/epsilon, max(1e-12*e.Scale, 10*e.Ridge))
}

const epsilon = 0x1p-52

// Factor is the Cholesky factor of A + ridge I.
type Factor struct {
	tri       blas64.Triangular
	Condition float64 // estimate of the 1-norm condition number (Higham's)
}

// NewFactor factorizes a + ridge I, of which the upper triangle of a [p, p] is read; the factor is kept in work [p, p], which may be
// a itself. An error is a *SingularError.
func NewFactor(a []float64, p int, ridge float64, work []float64) (*Factor, error) {
	kernel.Install()
	scale := 0.0
	for i := range p {
		copy(work[i*p+i:(i+1)*p], a[i*p+i:(i+1)*p])
		scale += a[i*p+i] / float64(p)
		work[i*p+i] += ridge
	}
	sym := blas64.Symmetric{N: p, Stride: p, Data: work, Uplo: blas.Upper}
	norm := symmetricNorm(work, p)
	tri, ok := lapack64.Potrf(sym)
	if !ok || math.IsNaN(norm) {
		return nil, &SingularError{Ridge: ridge, Condition: math.Inf(1), Scale: scale}
	}
	condition := condition(tri, norm)
	if !(condition <= 1/epsilon) {
		return nil, &SingularError{Ridge: ridge, Condition: condition, Scale: scale}
	}
	return &Factor{tri: tri, Condition: condition}, nil
}

// Solve solves the system for b [p, q], which it overwrites.
func (f *Factor) Solve(b []float64, q int) {
	lapack64.Potrs(f.tri, blas64.General{Rows: f.tri.N, Cols: q, Stride: q, Data: b})
}

// TraceInverse returns tr (A + ridge I)^-1 = |R^-1|^2 and destroys the factor.
func (f *Factor) TraceInverse() float64 {
	lapack64.Trtri(f.tri)
	sum, p := 0.0, f.tri.N
	for i := range p {
		for _, v := range f.tri.Data[i*p+i : (i+1)*p] {
			sum += v * v
		}
	}
	return sum
}

// Solution is the weights of one penalty.
type Solution struct {
	Weights   []float64 // [P, Q]
	Ridge     float64
	Condition float64 // of X'X + ridge I, in the 1-norm
	MSE       float64 // mean squared error on the rows of the sums, over all responses
}

// Solve returns the weights of a penalty.
func (m *Moments) Solve(ridge float64) (*Solution, error) {
	path, err := m.Path([]float64{ridge})
	if err != nil {
		return nil, err
	}
	return path[0], nil
}

// Path returns the weights of several penalties, in their order: a factorization each of the same sums. Penalties of singular systems
// are left out; it is an error, that of the last, if all are.
func (m *Moments) Path(ridges []float64) ([]*Solution, error) {
	if m.n == 0 {
		return nil, errors.New("ridge: no rows to solve from: add the training part first, and check that the washout leaves some of it")
	}
	m.flush()
	var path []*Solution
	var last error = errors.New("ridge: no penalty given")
	cross, diagonal := m.cross(), m.stow()
	defer func() {
		m.bring(diagonal)
		m.clearStow()
	}()
	for i, ridge := range ridges {
		if !(ridge >= 0) || math.IsInf(ridge, 0) {
			return nil, fmt.Errorf("ridge: a penalty of %v: give a number >= 0", ridge)
		}
		if i > 0 {
			m.bring(diagonal)
		}
		f, err := NewFactor(m.gram, m.P, ridge, m.gram)
		if err != nil {
			last = err
			continue
		}
		w := clone(cross)
		f.Solve(w, m.Q)
		path = append(path, &Solution{Weights: w, Ridge: ridge, Condition: f.Condition, MSE: m.fitted(w, cross, ridge)})
	}
	if len(path) == 0 {
		return nil, last
	}
	return path, nil
}

// stow copies the sums of products to the triangle below them, which is as large, and returns their diagonal: a factor takes their place, without
// room of its own.
func (m *Moments) stow() (diagonal []float64) {
	diagonal = make([]float64, m.P)
	for i := range m.P {
		diagonal[i] = m.gram[i*m.P+i]
		above, below := m.row(i)
		copy(below, above)
	}
	return diagonal
}

// bring puts back what was stowed.
func (m *Moments) bring(diagonal []float64) {
	for i, v := range diagonal {
		m.gram[i*m.P+i] = v
		above, below := m.row(i)
		copy(above, below)
	}
}

// clearStow leaves the triangle below the sums as it was.
func (m *Moments) clearStow() {
	for i := range m.P {
		_, below := m.row(i)
		clear(below)
	}
}

// row is what lies right of the diagonal in row i, and a row of the triangle below it that is as long.
func (m *Moments) row(i int) (above, below []float64) {
	above = m.gram[i*m.P+i+1 : (i+1)*m.P]
	return above, m.gram[(m.P-1-i)*m.P:][:len(above)]
}

// fitted returns the mean squared error of a solution: with (X'X + ridge I) W = X'Y,
// tr(Y'Y) - 2 tr(W'X'Y) + tr(W'X'X W) = tr(Y'Y) - tr(W'X'Y) - ridge |W|^2.
func (m *Moments) fitted(w, cross []float64, ridge float64) float64 {
	sum := 0.0
	for _, v := range m.square {
		sum += v
	}
	for i, v := range w {
		sum -= v*cross[i] + ridge*v*v
	}
	return max(0, sum) / float64(m.n*m.Q)
}
