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

// The delay equation's largest exponents are one over the Lyapunov times that jitcdde gives for a = 0.2, b = 0.1, n = 10 (data set NeuroBench/mackey_glass: 197 and 131 for
// these delays); the second is 0, along the flow. A state holds values and slopes: directions that belong to no solution leave it within a delay.
func TestMackeyGlassExponents(t *testing.T) {
	for tau, time := range map[float64]float64{17: 197, 20: 131} {
		s, err := NewMackeyGlass(tau, 0.2, 0.1, 10, 0.5)
		if err != nil {
			t.Fatal(err)
		}
		o := DefaultLyapunov()
		o.Count, o.Transient, o.Steps, o.Every = 2, 20000, 400000, 40
		got, err := Lyapunov(s, s.Start(1.2), o)
		if err != nil {
			t.Fatal(err)
		}
		// Theirs carry errors that are not told; 5 % is what two runs as long as ours differ by.
		if l, e := got.Exponents[0], got.Errors[0]; math.Abs(l*time-1) > 0.05 || e*time > 0.03 {
			t.Errorf("tau = %v: the largest exponent is %.5f +- %.5f, want %.5f", tau, l, e, 1/time)
		}
		if l := got.Exponents[1]; math.Abs(l) > max(4*got.Errors[1], 2e-4) {
			t.Errorf("tau = %v: the second exponent is %.5f +- %.5f, want 0", tau, l, got.Errors[1])
		}
	}
}

// Rossler's exponents at a = b = 0.2, c = 5.7 are 0.0714, 0 and -5.3943 (Sprott 2003). Exponents add up to the mean divergence of a flow: minus the size of the ring of Lorenz
// 1996, and what the circuit's Jacobian has along its trajectory. The circuit's largest comes out as 0.093; the 0.128 that the program of Gauthier et al. 2021 calls
// Abarbanel's is for its Lyapunov time.
func TestExponentsOfFlows(t *testing.T) {
	divergence := func(s []float64) float64 { // of the circuit
		g := 1/3.44 + 2*2.25e-5*11.6*math.Cosh(11.6*(s[0]-s[1]))
		return 1/1.2 - 2*g - 0.193
	}
	for name, c := range map[string]struct {
		make     func() (System, error)
		start    []float64
		want     map[int]float64
		off, sum float64
	}{
		"rossler":       {func() (System, error) { return Rossler(0.2, 0.2, 5.7, 0.05) }, []float64{1, 1, 1}, map[int]float64{0: 0.0714, 1: 0, 2: -5.3943}, 0.01, math.NaN()},
		"double scroll": {func() (System, error) { return DoubleScroll(0.05) }, []float64{0.37926545, 0.058339, -0.08167691}, map[int]float64{0: 0.093, 1: 0}, 0.005, math.NaN()},
		"lorenz 96":     {func() (System, error) { return Lorenz96(8, 8, 0.05) }, []float64{1, 0, 0.1, 0, 0, -1, 0, 0}, map[int]float64{2: 0}, 0.02, -8},
	} {
		s, err := c.make()
		if err != nil {
			t.Fatal(err)
		}
		x := append([]float64{}, c.start...)
		o := DefaultLyapunov()
		o.Count, o.Steps, o.Transient = s.Dim(), 200000, 20000
		got, err := Lyapunov(s, x, o)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.want {
			if d := math.Abs(got.Exponents[i] - want); d > max(4*got.Errors[i], c.off) || got.Errors[i] > c.off {
				t.Errorf("%s: exponent %d is %.4f +- %.4f, want %.4f", name, i+1, got.Exponents[i], got.Errors[i], want)
			}
		}
		sum := 0.0
		for _, l := range got.Exponents {
			sum += l
		}
		if name == "double scroll" {
			const steps = 200000
			c.sum = 0
			for range steps {
				s.Step(x)
				c.sum += divergence(x) / steps
			}
		}
		// The method's own divergence differs by the third power of its steps.
		if math.Abs(sum-c.sum) > 0.01*math.Abs(c.sum) {
			t.Errorf("%s: exponents %.4f add up to %.4f, the divergence to %.4f", name, got.Exponents, sum, c.sum)
		}
	}
}
