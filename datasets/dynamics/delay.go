package dynamics

import (
	"fmt"
	"math"
)

// MackeyGlass is the delay equation of Mackey and Glass 1977, eq. 4b: x'(t) = beta x(t-tau)/(1 + x(t-tau)^n) - gamma x(t), by the classical
// Runge-Kutta method with h = tau/m, m whole, so that delayed values fall on the grid; halfway between two of them it takes the cubic
// through values and slopes, whose error is of the method's own fourth order.
//
// A state is the past of one delay, oldest first: m+1 values, then m+1 slopes.
type MackeyGlass struct {
	beta, gamma, n, h float64
	m                 int
}

// NewMackeyGlass returns the equation in steps of h = tau/m, the largest that is no longer than longest.
func NewMackeyGlass(tau, beta, gamma, n, longest float64) (*MackeyGlass, error) {
	if !(tau > 0) || !(longest > 0) || tau/longest > 1e6 {
		return nil, fmt.Errorf("dynamics: Mackey-Glass with the delay %v and steps of at most %v: both must be above 0", tau, longest)
	}
	m := int(math.Ceil(tau / longest))
	return &MackeyGlass{beta: beta, gamma: gamma, n: n, h: tau / float64(m), m: m}, nil
}

// Dim is 2(m+1).
func (s *MackeyGlass) Dim() int { return 2 * (s.m + 1) }

// Dt is h.
func (s *MackeyGlass) Dt() float64 { return s.h }

// Start returns the state after a constant past.
func (s *MackeyGlass) Start(x float64) []float64 {
	state := make([]float64, s.Dim())
	for i := range s.m + 1 {
		state[i] = x
	}
	state[s.Dim()-1] = s.slope(x, x)
	return state
}

func (s *MackeyGlass) slope(x, late float64) float64 {
	return s.beta*late/(1+math.Pow(late, s.n)) - s.gamma*x
}

// Step moves the state by h.
func (s *MackeyGlass) Step(state []float64) {
	x, f := state[:s.m+1], state[s.m+1:]
	h, now := s.h, x[s.m]
	middle := x[0] // of a constant past, at whose end the slope jumps
	if x[0] != x[1] {
		middle = Cubic(x[0], x[1], f[0], f[1], h, 0.5)
	}
	k1 := f[s.m]
	k2 := s.slope(now+h/2*k1, middle)
	k3 := s.slope(now+h/2*k2, middle)
	k4 := s.slope(now+h*k3, x[1])
	next := now + h/6*(k1+2*k2+2*k3+k4)
	late := x[1]
	copy(x, x[1:])
	copy(f, f[1:])
	x[s.m], f[s.m] = next, s.slope(next, late)
}

// Now returns the value at a share (0 to 1) of the last step of the state.
func (s *MackeyGlass) Now(state []float64, share float64) float64 {
	x, f := state[:s.m+1], state[s.m+1:]
	return Cubic(x[s.m-1], x[s.m], f[s.m-1], f[s.m], s.h, share)
}

// Cubic is Hermite's interpolation at a share of the way from a to b, which are h apart and have slopes.
func Cubic(a, b, slopeA, slopeB, h, share float64) float64 {
	s, u := share, 1-share
	return u*u*(1+2*s)*a + s*s*(1+2*u)*b + h*s*u*(u*slopeA-s*slopeB)
}
