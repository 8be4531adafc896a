package diagnose

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"lenz/internal/rng"
)

// linear is x' = A x + b u, or its tanh.
type linear struct {
	n    int
	a, b []float64
	tanh bool
	next []float64
}

func (l *linear) Inputs() int    { return 1 }
func (l *linear) StateSize() int { return l.n }
func (l *linear) Step(x, u []float64) {
	for i := range l.n {
		l.next[i] = l.b[i] * u[0]
		for k, v := range x {
			l.next[i] += l.a[i*l.n+k] * v
		}
		if l.tanh {
			l.next[i] = math.Tanh(l.next[i])
		}
	}
	copy(x, l.next)
}

func system(n int, a func(r *rand.Rand) []float64, tanh bool) *linear {
	r := rand.New(rng.New(3, "diagnose test"))
	l := &linear{n: n, a: a(r), b: make([]float64, n), next: make([]float64, n), tanh: tanh}
	for i := range l.b {
		l.b[i] = float64(2*r.IntN(2) - 1)
	}
	return l
}

func orthogonal(n int, rho float64) func(r *rand.Rand) []float64 {
	return func(r *rand.Rand) []float64 {
		v := make([]float64, n*n)
		for i := range v {
			v[i] = r.NormFloat64()
		}
		var qr mat.QR
		qr.Factorize(mat.NewDense(n, n, v))
		var q mat.Dense
		qr.QTo(&q)
		q.Scale(rho, &q)
		return q.RawMatrix().Data
	}
}

func ring(n int, rho float64) func(*rand.Rand) []float64 {
	return func(*rand.Rand) []float64 {
		v := make([]float64, n*n)
		for i := range n {
			v[i*n+(i+n-1)%n] = rho
		}
		return v
	}
}

func noise(n int) []float64 {
	r := rand.New(rng.New(4, "drive"))
	u := make([]float64, n)
	for i := range u {
		u[i] = 2*r.Float64() - 1
	}
	return u
}

// A linear system with W = rho Q, Q orthogonal, multiplies gradients by rho^k.
func TestGradientFlow(t *testing.T) {
	const rho, n = 0.9, 12
	s := system(n, orthogonal(n, rho), false)
	norms, err := GradientNorms(s, noise(60), 10)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range norms {
		want := math.Pow(rho, float64(k+1))
		if math.Abs(v/want-1) > 1e-8 { // differences: rounding over the step, 1e-11, for each of 50 factors
			t.Fatalf("after %d steps the norm is %v, want %v", k+1, v, want)
		}
	}
	e, err := Exponents(s, noise(200), 10, n, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range e {
		if math.Abs(v-math.Log(rho)) > 1e-6 { // of one-sided differences
			t.Errorf("an exponent is %v, want ln rho = %v", v, math.Log(rho))
		}
	}
	// A tanh unit's slope is at most 1: the norm is at most sigma_max^k.
	s.tanh = true
	bounded, err := GradientNorms(s, noise(60), 10)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range bounded {
		if v > math.Pow(rho, float64(k+1))*(1+1e-8) {
			t.Errorf("after %d steps of tanh the norm is %v, above sigma_max^k", k+1, v)
		}
	}
}

func TestEchoState(t *testing.T) {
	c, err := EchoState(system(20, orthogonal(20, 0.9), true), noise(400), 3, 1)
	if err != nil || !c.Holds || c.Rate > 0.9+1e-9 {
		t.Errorf("a contraction by 0.9: %v, rate %v, %v", c.Holds, c.Rate, err)
	}
	c, err = EchoState(system(20, orthogonal(20, 1.5), true), make([]float64, 400), 3, 1)
	if err != nil || c.Holds {
		t.Errorf("an expansion without input is said to hold (rate %v, %v)", c.Rate, err)
	}
}

// A linear ring of N units that hear the input through random signs remembers N - 1 + r^(2N) (Rodan & Tino 2011).
func TestMemoryOfARing(t *testing.T) {
	const n, rho = 20, 0.9
	o := DefaultMemory()
	o.Steps, o.Delays, o.Seed = 20000, 60, 2
	m, err := Measure(system(n, ring(n, rho), false), o)
	if err != nil {
		t.Fatal(err)
	}
	want := n - 1 + math.Pow(rho, 2*n)
	// Half of the states' memory reaches beyond the threshold of 0.002: delays of 20 and more, r^40 = 0.015 each.
	if math.Abs(m.Linear()-want) > 0.06 || m.Bound != n || m.Total > n+0.06 {
		t.Errorf("memory %v of %d, want %v", m.Linear(), m.Bound, want)
	}
}

// Where much of the memory lies in delays that are hardly remembered, the threshold cuts it off; the sum without it comes out as the theory says. Delay
// k = j + m N of a ring has (1 - r^(2N)) r^(2Nm).
func TestUnbiasedMemoryOfARing(t *testing.T) {
	const n, rho, trials = 10, 0.96, 8
	mean, square := 0.0, 0.0
	for i := range trials {
		o := DefaultMemory()
		o.Steps, o.Delays, o.Washout, o.Seed = 20000, 150, 500, uint64(i)
		s := system(n, ring(n, rho), false)
		for i := range s.b { // shifts of these weights span all directions, which those of equal signs do not
			s.b[i] = math.Cos(float64(3 * i * i))
		}
		m, err := Measure(s, o)
		if err != nil {
			t.Fatal(err)
		}
		v := m.LinearUnbiased()
		mean, square = mean+v/trials, square+v*v/trials
		delay := 3 + 2*n
		want := (1 - math.Pow(rho, 2*n)) * math.Pow(rho, 4*n)
		// R^2 of 20000 rows has the standard error 2 sqrt(R^2) (1-R^2)/sqrt(20000) = 0.005, of directions that overlap more.
		if got := m.Capacities[delay].Raw; math.Abs(got-want) > 0.03 {
			t.Errorf("the input %d steps ago is known to %v, want %v", delay, got, want)
		}
	}
	want := n - 1 + math.Pow(rho, 2*n)
	e := math.Sqrt((square - mean*mean) / (trials - 1))
	if math.Abs(mean-want) > 4*e || e > 0.08 {
		t.Errorf("memory %.3f +- %.3f, want %.3f", mean, e, want)
	}
}

// Information is conserved: degrees of a nonlinear system with fading memory add up to its states, and none exceeds them.
func TestCapacityOfNonlinearSystem(t *testing.T) {
	o := DefaultMemory()
	o.Steps, o.Delays, o.Degree, o.Seed = 20000, 12, 3, 2
	l := system(6, orthogonal(6, 0.5), true)
	m, err := Measure(l, o)
	if err != nil {
		t.Fatal(err)
	}
	if m.ByDegree[1] > 0.05 || m.ByDegree[2] < 0.1 { // tanh is odd: no even degree
		t.Errorf("capacities by degree %v: an odd system has none of degree 2, and some of degree 3", m.ByDegree)
	}
	if m.Total > 6.05 || m.Total < 4.5 {
		t.Errorf("the total is %v of 6", m.Total)
	}
	o.Steps = 10
	if _, err := Measure(l, o); err == nil {
		t.Error("ten steps are taken")
	}
}
