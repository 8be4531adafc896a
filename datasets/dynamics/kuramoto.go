package dynamics

import (
	"fmt"
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/dsp/fourier"
)

// KuramotoSivashinsky is the flame front equation u_t = -u u_x - u_xx - u_xxxx on a ring of length L, on Q grid points, by exponential
// time differencing of fourth order (ETDRK4: Cox & Matthews 2002; coefficients by contour integrals, Kassam & Trefethen 2005,
// section 2). A state is u at the grid points. It is stepped by one goroutine at a time.
type KuramotoSivashinsky struct {
	dt     float64
	points int
	fft    *fourier.FFT
	// Coefficients of each wave number: exp(L h), exp(L h/2), and the weights of the stages.
	e, e2, q, f1, f2, f3 []float64
	g                    []complex128 // of the nonlinear term: -i k/2
	v, nv, na, nb, nc    []complex128
	a, b, c              []complex128
	u                    []float64
}

// NewKuramotoSivashinsky returns the equation on a ring of the length, at so many points, in steps of dt. About three points for each
// unit of length resolve it; dt = 0.25 is the usual step.
func NewKuramotoSivashinsky(length float64, points int, dt float64) (*KuramotoSivashinsky, error) {
	if !(length > 0) || math.IsInf(length, 1) || points < 8 || !(dt > 0) || math.IsInf(dt, 1) {
		return nil, fmt.Errorf("dynamics: Kuramoto-Sivashinsky on a length of %v with %d points and steps of %v: want a length above 0, at least 8 points and a step above 0", length, points, dt)
	}
	n := points/2 + 1
	s := &KuramotoSivashinsky{dt: dt, points: points, fft: fourier.NewFFT(points), u: make([]float64, points), g: make([]complex128, n)}
	for _, v := range []*[]float64{&s.e, &s.e2, &s.q, &s.f1, &s.f2, &s.f3} {
		*v = make([]float64, n)
	}
	for _, v := range []*[]complex128{&s.v, &s.nv, &s.na, &s.nb, &s.nc, &s.a, &s.b, &s.c} {
		*v = make([]complex128, n)
	}
	for j := range n {
		k := 2 * math.Pi * float64(j) / length
		linear := k*k - k*k*k*k
		s.coefficients(j, linear)
		if 2*j != points { // the derivative of the highest wave cannot be seen on the grid
			s.g[j] = complex(0, -k/2)
		}
	}
	return s, nil
}

// coefficients integrates over a circle around L h, where the differences that define the weights do not cancel.
func (s *KuramotoSivashinsky) coefficients(j int, linear float64) {
	const around = 32
	h := s.dt
	s.e[j], s.e2[j] = math.Exp(linear*h), math.Exp(linear*h/2)
	for m := range around {
		z := complex(linear*h, 0) + cmplx.Exp(complex(0, math.Pi*(float64(m)+0.5)/around)) // the upper half: the rest is its conjugate
		ez := cmplx.Exp(z)
		s.q[j] += h * real((cmplx.Exp(z/2)-1)/z) / around
		s.f1[j] += h * real((-4-z+ez*(4-3*z+z*z))/(z*z*z)) / around
		s.f2[j] += h * real((2+z+ez*(-2+z))/(z*z*z)) / around
		s.f3[j] += h * real((-4-3*z-z*z+ez*(4-z))/(z*z*z)) / around
	}
}

// Dim is the number of grid points.
func (s *KuramotoSivashinsky) Dim() int { return s.points }

// Dt is the time of a step.
func (s *KuramotoSivashinsky) Dt() float64 { return s.dt }

// nonlinear writes -i k/2 F(u^2) of the field whose transform is v.
func (s *KuramotoSivashinsky) nonlinear(dst, v []complex128) {
	s.fft.Sequence(s.u, v)
	scale := 1 / float64(s.points)
	for i, u := range s.u {
		s.u[i] = u * scale * u * scale
	}
	s.fft.Coefficients(dst, s.u)
	for j, g := range s.g {
		dst[j] *= g
	}
}

// Step moves u by Dt.
func (s *KuramotoSivashinsky) Step(u []float64) {
	s.fft.Coefficients(s.v, u)
	re := func(x float64) complex128 { return complex(x, 0) }
	s.nonlinear(s.nv, s.v)
	for j := range s.v {
		s.a[j] = re(s.e2[j])*s.v[j] + re(s.q[j])*s.nv[j]
	}
	s.nonlinear(s.na, s.a)
	for j := range s.v {
		s.b[j] = re(s.e2[j])*s.v[j] + re(s.q[j])*s.na[j]
	}
	s.nonlinear(s.nb, s.b)
	for j := range s.v {
		s.c[j] = re(s.e2[j])*s.a[j] + re(s.q[j])*(2*s.nb[j]-s.nv[j])
	}
	s.nonlinear(s.nc, s.c)
	for j := range s.v {
		s.v[j] = re(s.e[j])*s.v[j] + re(s.f1[j])*s.nv[j] + 2*re(s.f2[j])*(s.na[j]+s.nb[j]) + re(s.f3[j])*s.nc[j]
	}
	s.fft.Sequence(u, s.v)
	for i := range u {
		u[i] /= float64(s.points)
	}
}
