package ridge

import (
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"lenz/internal/rng"
)

// problem draws rows whose columns shrink by powers of two, so that the system is badly conditioned.
func problem(n, p, q int, shrink float64) (x, y []float64) {
	r := rand.New(rng.New(1, "ridge test"))
	x, y = make([]float64, n*p), make([]float64, n*q)
	for i := range x {
		x[i] = r.NormFloat64() * math.Pow(shrink, -float64(i%p))
	}
	for i := range y {
		y[i] = r.NormFloat64()
	}
	return x, y
}

func moments(t *testing.T, x, y []float64, p, q int) *Moments {
	t.Helper()
	m, err := NewMoments(p, q)
	if err != nil {
		t.Fatal(err)
	}
	err = m.Stream(len(y)/q, func(from, to int, xs, ys []float64) error {
		copy(xs, x[from*p:to*p])
		copy(ys, y[from*q:to*q])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The solution by singular values, W = V diag(s/(s^2 + ridge)) U'Y, does not square the condition. The normal equations may lose
// their condition number times the machine epsilon, and a factor of ten for the sums.
func TestAgreesWithSVD(t *testing.T) {
	for _, c := range []struct {
		n, p, q int
		shrink  float64
		ridge   float64
	}{{50, 10, 2, 1, 0}, {700, 200, 3, 1.02, 1e-3}, {1500, 30, 1, 1.5, 1e-6}, {300, 400, 2, 1, 1e-4}} {
		x, y := problem(c.n, c.p, c.q, c.shrink)
		got, err := moments(t, x, y, c.p, c.q).Solve(c.ridge)
		if err != nil {
			t.Fatal(err)
		}
		var svd mat.SVD
		if !svd.Factorize(mat.NewDense(c.n, c.p, x), mat.SVDThin) {
			t.Fatal("no singular values")
		}
		var u, v, uy, want mat.Dense
		svd.UTo(&u)
		svd.VTo(&v)
		s := svd.Values(nil)
		uy.Mul(u.T(), mat.NewDense(c.n, c.q, y))
		for i, sigma := range s {
			for k := range c.q {
				uy.Set(i, k, uy.At(i, k)*sigma/(sigma*sigma+c.ridge))
			}
		}
		want.Mul(&v, &uy)
		var diff mat.Dense
		diff.Sub(&want, mat.NewDense(c.p, c.q, got.Weights))
		relative := mat.Norm(&diff, 2) / mat.Norm(&want, 2)
		if limit := 10 * got.Condition * epsilon; relative > limit {
			t.Errorf("%+v: differs by %.3g, want at most %.3g (condition %.3g)", c, relative, limit, got.Condition)
		}
		rows, err := Rows(x, y, c.p, c.q, c.ridge)
		if err != nil {
			t.Fatal(err)
		}
		diff.Sub(&want, mat.NewDense(c.p, c.q, rows.Weights))
		// Noise that cannot be fitted brings the whole condition number back, times the residual, which is small beside the weights here.
		if relative, limit := mat.Norm(&diff, 2)/mat.Norm(&want, 2), 100*math.Sqrt(rows.Condition)*epsilon; relative > limit || math.Abs(rows.MSE-got.MSE) > 1e-9 {
			t.Errorf("%+v: from its rows differs by %.3g, want at most %.3g (condition %.3g); errors %v and %v", c, relative, limit, rows.Condition, rows.MSE, got.MSE)
		}
	}
}

// The same rows give the same bits one by one, in pieces, all at once, restored halfway, and at any number of processors.
func TestBitsDoNotDependOnPieces(t *testing.T) {
	const n, p, q = 1700, 230, 3
	x, y := problem(n, p, q, 1)
	want, err := moments(t, x, y, p, q).Solve(1e-3)
	if err != nil {
		t.Fatal(err)
	}
	for _, procs := range []int{1, 2, 3} {
		old := runtime.GOMAXPROCS(procs)
		m, _ := NewMoments(p, q)
		r := rand.New(rng.New(2, "pieces"))
		for at := 0; at < n; {
			piece := 1
			if r.IntN(2) == 0 {
				piece = min(n-at, r.IntN(900))
			}
			if err := m.Stream(piece, func(from, to int, xs, ys []float64) error {
				copy(xs, x[(at+from)*p:(at+to)*p])
				copy(ys, y[(at+from)*q:(at+to)*q])
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			at += piece
			other, _ := NewMoments(p, q)
			if err := other.Restore(m.State()); err != nil {
				t.Fatal(err)
			}
			m = other
		}
		got, err := m.Solve(1e-3)
		runtime.GOMAXPROCS(old)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Weights, want.Weights) {
			t.Errorf("other bits with %d processors", procs)
		}
	}
}

func TestPathAndErrors(t *testing.T) {
	const n, p, q = 400, 20, 2
	x, y := problem(n, p, q, 1)
	m := moments(t, x, y, p, q)
	path, err := m.Path([]float64{0, 1, 1000})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range path {
		direct := 0.0
		for r := range n {
			for k := range q {
				e := y[r*q+k]
				for j := range p {
					e -= x[r*p+j] * s.Weights[j*q+k]
				}
				direct += e * e / (n * q)
			}
		}
		// Sums of 400 squares of order one: 1e-12 is hundreds of roundings.
		if math.Abs(direct-s.MSE) > 1e-12 {
			t.Errorf("ridge %v: error %v, computed from the rows %v", s.Ridge, s.MSE, direct)
		}
		if i > 0 && s.MSE < path[i-1].MSE {
			t.Errorf("the training error falls from %v to %v as the ridge grows", path[i-1].MSE, s.MSE)
		}
	}
}

func TestSingularSystems(t *testing.T) {
	x, y := problem(100, 6, 1, 1)
	for r := range 100 { // a column twice
		x[r*6+5] = x[r*6]
	}
	m := moments(t, x, y, 6, 1)
	_, err := m.Solve(0)
	var singular *SingularError
	if !errors.As(err, &singular) || !(singular.Condition > 1/epsilon) || !strings.Contains(err.Error(), "use a ridge of at least") {
		t.Errorf("a singular system gives %v", err)
	}
	if path, err := m.Path([]float64{0, 1e-6}); err != nil || len(path) != 1 || path[0].Ridge != 1e-6 {
		t.Errorf("the path around a singular system: %v, %v", path, err)
	}
	if _, err := m.Solve(-1); err == nil {
		t.Error("a negative ridge is taken")
	}
	empty, _ := NewMoments(2, 1)
	if _, err := empty.Solve(1); err == nil || !strings.Contains(err.Error(), "washout") {
		t.Errorf("no rows: %v", err)
	}
	if _, err := NewMoments(0, 1); err == nil {
		t.Error("no features are taken")
	}
}

// Without forgetting, recursive least squares is ridge regression.
func TestRLSIsRidge(t *testing.T) {
	const n, p, q = 300, 12, 2
	x, y := problem(n, p, q, 1)
	want, err := moments(t, x, y, p, q).Solve(0.1)
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewRLS(p, q, 1, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		r.Update(x[i*p:][:p], y[i*q:][:q])
	}
	for i, w := range want.Weights {
		// 300 rank-one updates of a system whose condition is below 1e4: 1e-10 leaves a factor of a hundred.
		if math.Abs(w-r.Weights[i]) > 1e-10 {
			t.Errorf("weight %d is %v, ridge regression gives %v", i, r.Weights[i], w)
		}
	}
}

func TestOnlineLearnersFollow(t *testing.T) {
	r := rand.New(rng.New(3, "online"))
	lms, err := NewLMS(3, 1, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	rls, err := NewRLS(3, 1, 0.95, 1e-3)
	if err != nil {
		t.Fatal(err)
	}
	truth := []float64{1, -2, 0.5}
	for t := range 2000 {
		if t == 1000 {
			truth = []float64{-1, 1, 3} // the relation changes
		}
		x, y := make([]float64, 3), make([]float64, 1)
		for i := range x {
			x[i] = r.NormFloat64()
			y[0] += truth[i] * x[i]
		}
		lms.Update(x, y)
		rls.Update(x, y)
	}
	for i, want := range truth {
		// No noise: both forget the old relation exponentially, within hundreds of steps to 1e-10.
		if math.Abs(lms.Weights[i]-want) > 1e-9 || math.Abs(rls.Weights[i]-want) > 1e-9 {
			t.Errorf("weight %d: LMS %v, RLS %v, want %v", i, lms.Weights[i], rls.Weights[i], want)
		}
	}
	if _, err := NewLMS(3, 1, 2); err == nil {
		t.Error("an unstable rate is taken")
	}
	if _, err := NewRLS(3, 1, 1.1, 1); err == nil {
		t.Error("forgetting above 1 is taken")
	}
}

func BenchmarkRidge(b *testing.B) {
	const n, p, q = 10000, 1000, 3
	x, y := problem(n, p, q, 1)
	for b.Loop() {
		m, _ := NewMoments(p, q)
		if err := m.Stream(n, func(from, to int, xs, ys []float64) error {
			copy(xs, x[from*p:to*p])
			copy(ys, y[from*q:to*q])
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		if _, err := m.Solve(1e-6); err != nil {
			b.Fatal(err)
		}
	}
}

// A relation that lives in a billionth of the features is found in the rows, and lost in their sums.
func TestRowsSeeWhatSumsDoNot(t *testing.T) {
	const n = 200
	r := rand.New(rng.New(7, "billionth"))
	x, y := make([]float64, 2*n), make([]float64, n)
	for i := range n {
		big, small := r.NormFloat64(), r.NormFloat64()
		x[2*i], x[2*i+1], y[i] = big, big+1e-9*small, small
	}
	got, err := Rows(x, y, 2, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	// The rows hold small to 1e-16/1e-9.
	if math.Abs(got.Weights[1]*1e-9-1) > 1e-6 || math.Abs(got.Weights[0]*1e-9+1) > 1e-6 || got.MSE > 1e-12 {
		t.Errorf("weights %v, want -1e9 and 1e9; error %v", got.Weights, got.MSE)
	}
	var singular *SingularError
	if s, err := moments(t, x, y, 2, 1).Solve(0); err == nil && s.MSE < 0.5 {
		t.Errorf("the sums find it too (error %v)", s.MSE)
	}
	if _, err := Rows([]float64{1, 1, 2, 2}, []float64{1, 2}, 2, 1, 0); !errors.As(err, &singular) {
		t.Errorf("a column twice gives %v", err)
	}
	if _, err := Rows(x, y[1:], 2, 1, 0); err == nil {
		t.Error("a missing response is taken")
	}
	if _, err := Rows(x, y, 2, 1, -1); err == nil {
		t.Error("a negative penalty is taken")
	}
}
