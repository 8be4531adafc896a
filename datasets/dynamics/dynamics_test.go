package dynamics

import (
	"math"
	"testing"
)

// The exponents of Lorenz's system are known to four digits: 0.9056, 0, -14.5723 (Sprott 2003); their sum is the trace of
// the Jacobian, -(sigma + 1 + beta), exactly.
func TestLorenzExponents(t *testing.T) {
	s, err := Lorenz63(10, 28, 8.0/3, 0.01)
	if err != nil {
		t.Fatal(err)
	}
	o := DefaultLyapunov()
	o.Count, o.Steps = 3, 100000
	got, err := Lyapunov(s, []float64{1, 2, 20}, o)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.9056, 0, -14.5723} {
		if d := math.Abs(got.Exponents[i] - want); d > max(4*got.Errors[i], 0.002) || got.Errors[i] > 0.01 {
			t.Errorf("exponent %d is %.4f +- %.4f, want %.4f", i+1, got.Exponents[i], got.Errors[i], want)
		}
	}
	sum := got.Exponents[0] + got.Exponents[1] + got.Exponents[2]
	if want := -(10 + 1 + 8.0/3); math.Abs(sum-want) > 1e-3 { // the method's step leaves 3e-4
		t.Errorf("the exponents' sum is %v, the divergence of the flow %v", sum, want)
	}
	if d := got.KaplanYorke(); math.Abs(d-2.062) > 0.003 {
		t.Errorf("Kaplan-Yorke dimension %v, want 2.062", d)
	}
}

// Halving the step of a method of order four divides its error by 16. Stiff equations show the order late: the fast waves see larger steps.
func TestOrders(t *testing.T) {
	flow := func(make func(dt float64) (System, error), start []float64, dt float64) []float64 {
		s, err := make(dt)
		if err != nil {
			t.Fatal(err)
		}
		x := append([]float64{}, start...)
		for range int(math.Round(1 / dt)) {
			s.Step(x)
		}
		return x
	}
	kuramoto := func(dt float64) (System, error) { return NewKuramotoSivashinsky(22, 64, dt) }
	field := make([]float64, 64)
	for i := range field {
		field[i] = 2*math.Cos(2*math.Pi*float64(i)/64) + math.Sin(6*math.Pi*float64(i)/64)
	}
	field = flow(kuramoto, field, 1.0/64) // the short waves follow the long ones from here on
	for name, c := range map[string]struct {
		make  func(dt float64) (System, error)
		start []float64
		dt    float64
	}{
		"lorenz":               {func(dt float64) (System, error) { return Lorenz63(10, 28, 8.0/3, dt) }, []float64{1, 2, 20}, 0.0025},
		"kuramoto-sivashinsky": {kuramoto, field, 1.0 / 128},
	} {
		exact, coarse, fine := flow(c.make, c.start, c.dt/16), flow(c.make, c.start, c.dt), flow(c.make, c.start, c.dt/2)
		norm := func(a []float64) (n float64) {
			for i := range a {
				n += (a[i] - exact[i]) * (a[i] - exact[i])
			}
			return math.Sqrt(n)
		}
		if order := math.Log2(norm(coarse) / norm(fine)); order < 3.6 || order > 4.5 {
			t.Errorf("%s: order %.2f, want 4", name, order)
		}
	}
}

// Small waves grow and decay at the rate k^2 - k^4, and the mean of the field stays.
func TestKuramotoSivashinskyLinear(t *testing.T) {
	const points, length = 64, 22.0
	s, err := NewKuramotoSivashinsky(length, points, 0.25)
	if err != nil {
		t.Fatal(err)
	}
	for wave := 1; wave < 5; wave++ {
		u := make([]float64, points)
		for i := range u {
			u[i] = 1e-8 * math.Cos(2*math.Pi*float64(wave*i)/points)
		}
		first := u[0]
		for range 40 {
			s.Step(u)
		}
		k := 2 * math.Pi * float64(wave) / length
		if rate, want := math.Log(u[0]/first)/10, k*k-k*k*k*k; math.Abs(rate-want) > 1e-7 { // the amplitude squared
			t.Errorf("wave %d grows at %v, want %v", wave, rate, want)
		}
	}
}

func TestBadSystems(t *testing.T) {
	if _, err := Lorenz96(3, 8, 0.05); err == nil {
		t.Error("a ring of 3 is taken")
	}
	if _, err := NewKuramotoSivashinsky(0, 64, 0.25); err == nil {
		t.Error("a ring without length is taken")
	}
	if _, err := NewMackeyGlass(0, 0.2, 0.1, 10, 0.1); err == nil {
		t.Error("no delay is taken")
	}
	s, err := Rossler(0.2, 0.2, 5.7, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	o := DefaultLyapunov()
	o.Count = 4
	if _, err := Lyapunov(s, []float64{1, 1, 1}, o); err == nil {
		t.Error("four exponents of three dimensions are given")
	}
}
