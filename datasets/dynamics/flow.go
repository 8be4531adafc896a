package dynamics

import (
	"fmt"
	"math"
)

// System is a dynamical system in steps of a fixed time.
type System interface {
	// Dim is the length of a state.
	Dim() int
	// Step moves a state by one step, in place. States share nothing: several may be stepped in turn.
	Step(x []float64)
	// Dt is the time of a step, in the units of the equations.
	Dt() float64
}

// Flow is an ordinary differential equation dx/dt = slope(x), by the classical Runge-Kutta method. A flow is stepped by one goroutine at a
// time.
type Flow struct {
	slope          func(dst, x []float64)
	dt, h          float64
	inner          int
	k1, k2, k3, k4 []float64
	at             []float64
}

// NewFlow returns the flow of dim variables with steps of dt, each cut into equal parts of at most largest.
func NewFlow(dim int, dt, largest float64, slope func(dst, x []float64)) (*Flow, error) {
	if dim < 1 || !(dt > 0) || !(largest > 0) || math.IsInf(dt, 1) || dt/largest > 1e6 {
		return nil, fmt.Errorf("dynamics: %d variables in steps of %v: want at least one variable and a step above 0", dim, dt)
	}
	f := &Flow{slope: slope, dt: dt, inner: max(1, int(math.Ceil(dt/largest-1e-9)))}
	f.h = dt / float64(f.inner)
	for _, v := range []*[]float64{&f.k1, &f.k2, &f.k3, &f.k4, &f.at} {
		*v = make([]float64, dim)
	}
	return f, nil
}

// Dim is the number of variables.
func (f *Flow) Dim() int { return len(f.at) }

// Dt is the time of a step.
func (f *Flow) Dt() float64 { return f.dt }

// Step moves x by Dt.
func (f *Flow) Step(x []float64) {
	h := f.h
	along := func(k []float64, h float64) []float64 {
		for i, v := range x {
			f.at[i] = v + h*k[i]
		}
		return f.at
	}
	for range f.inner {
		f.slope(f.k1, x)
		f.slope(f.k2, along(f.k1, h/2))
		f.slope(f.k3, along(f.k2, h/2))
		f.slope(f.k4, along(f.k3, h))
		for i := range x {
			x[i] += h / 6 * (f.k1[i] + 2*f.k2[i] + 2*f.k3[i] + f.k4[i])
		}
	}
}

// Lorenz63 is the flow of Lorenz 1963, eqs. 25-27: x' = sigma (y - x), y' = x (rho - z) - y, z' = x y - beta z. Its method takes
// steps of dt, as long as that is given: errors of the fourth order in it are of the data.
func Lorenz63(sigma, rho, beta, dt float64) (*Flow, error) {
	return NewFlow(3, dt, dt, func(d, s []float64) {
		d[0], d[1], d[2] = sigma*(s[1]-s[0]), s[0]*(rho-s[2])-s[1], s[0]*s[1]-beta*s[2]
	})
}

// Lorenz96 is the ring of dim variables of Lorenz 1996: x_i' = (x_{i+1} - x_{i-2}) x_{i-1} - x_i + force.
func Lorenz96(dim int, force, dt float64) (*Flow, error) {
	if dim < 4 {
		return nil, fmt.Errorf("dynamics: Lorenz 96 with %d variables: the ring needs at least 4", dim)
	}
	return NewFlow(dim, dt, 0.05, func(d, x []float64) {
		for i := range x {
			d[i] = (x[(i+1)%dim]-x[(i+dim-2)%dim])*x[(i+dim-1)%dim] - x[i] + force
		}
	})
}

// Rossler is the flow of Rossler 1976: x' = -y - z, y' = x + a y, z' = b + z (x - c).
func Rossler(a, b, c, dt float64) (*Flow, error) {
	return NewFlow(3, dt, 0.05, func(d, s []float64) {
		d[0], d[1], d[2] = -s[1]-s[2], s[0]+a*s[1], b+s[2]*(s[0]-c)
	})
}

// DoubleScroll is the electronic circuit of Gauthier, Bollt, Griffith & Barbosa 2021, eq. 10, dimensionless: V1' = V1/R1 - dV/R2 - 2 Ir sinh(beta
// dV), V2' = dV/R2 + 2 Ir sinh(beta dV) - I, I' = V2 - R4 I, with dV = V1 - V2 and R1 = 1.2, R2 = 3.44, R4 = 0.193, beta = 11.6,
// Ir = 2.25e-5. It is odd: x and -x behave alike.
func DoubleScroll(dt float64) (*Flow, error) {
	return NewFlow(3, dt, 0.025, DoubleScrollSlope)
}

// DoubleScrollSlope writes the slope of DoubleScroll at s into d.
func DoubleScrollSlope(d, s []float64) {
	const r1, r2, r4, beta, ir = 1.2, 3.44, 0.193, 11.6, 2.25e-5
	dv := s[0] - s[1]
	g := dv/r2 + 2*ir*math.Sinh(beta*dv)
	d[0], d[1], d[2] = s[0]/r1-g, g-s[2], s[1]-r4*s[2]
}
