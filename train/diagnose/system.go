package diagnose

import (
	"fmt"
	"math"
	"math/rand/v2"

	"lenz/internal/rng"
)

// System is a driven system in discrete time, of float64.
type System interface {
	Inputs() int
	StateSize() int
	// Step moves the state by an input, in place.
	Step(state, u []float64)
}

// Differentiable is a System that knows its derivative.
type Differentiable interface {
	System
	// Jacobian writes d next[i]/d state[k] at a state and an input, [n, n].
	Jacobian(j, state, u []float64)
}

// rows counts the inputs of a drive.
func rows(s System, u []float64, least int) (int, error) {
	n := len(u) / s.Inputs()
	if n*s.Inputs() != len(u) || n < least {
		return 0, fmt.Errorf("diagnose: %d input values for %d inputs: want whole rows, at least %d of them", len(u), s.Inputs(), least)
	}
	return n, nil
}

// Jacobian writes the derivative of a step, [n, n]: the system's own, or central differences, whose error is about 1e-10.
func Jacobian(s System, j, state, u []float64) {
	if d, ok := s.(Differentiable); ok {
		d.Jacobian(j, state, u)
		return
	}
	n := s.StateSize()
	up, down := make([]float64, n), make([]float64, n)
	for k := range n {
		h := 6e-6 * max(1, math.Abs(state[k])) // the cube root of epsilon
		copy(up, state)
		copy(down, state)
		up[k] += h
		down[k] -= h
		s.Step(up, u)
		s.Step(down, u)
		for i := range n {
			j[i*n+k] = (up[i] - down[i]) / (2 * h)
		}
	}
}

// Contraction says how states that differ come together under one input.
type Contraction struct {
	Distances []float64 // of the pair that is slowest, before each step, relative to the first
	Rate      float64   // per step: the factor by which distances shrink in the long run; above 1 they grow
	Holds     bool      // all pairs came to within a millionth of their distance, or of the state's size
	Pairs     int
}

// EchoState tests the echo state property by contraction (Jaeger 2001; Yildiz, Jaeger & Kiebel 2012): pairs of states, uniform in [-1, 1], are driven
// by one input u [rows, inputs]. It is a test under this input: a property of the drive as much as of the system. A spectral radius below 1
// neither implies it nor is implied.
func EchoState(s System, u []float64, pairs int, seed uint64) (Contraction, error) {
	n, err := rows(s, u, 2)
	if err != nil {
		return Contraction{}, err
	}
	if pairs < 1 {
		return Contraction{}, fmt.Errorf("diagnose: %d pairs of states, want at least 1", pairs)
	}
	out := Contraction{Holds: true, Rate: 0, Pairs: pairs}
	for p := range pairs {
		r := rand.New(rng.New(seed, "diagnose.echo").Split(uint64(p)))
		a, b := make([]float64, s.StateSize()), make([]float64, s.StateSize())
		for i := range a {
			a[i], b[i] = 2*r.Float64()-1, 2*r.Float64()-1
		}
		d := []float64{distance(a, b)}
		for t := range n {
			in := u[t*s.Inputs():][:s.Inputs()]
			s.Step(a, in)
			s.Step(b, in)
			d = append(d, distance(a, b))
		}
		holds := d[n] <= 1e-6*d[0]
		rate := shrink(d)
		if out.Holds = out.Holds && holds; p == 0 || rate > out.Rate {
			out.Rate, out.Distances = rate, make([]float64, n+1)
			for t, v := range d {
				out.Distances[t] = v / d[0]
			}
		}
	}
	return out, nil
}

// shrink is the mean factor per step, up to where distances drown in rounding.
func shrink(d []float64) float64 {
	last := len(d) - 1
	for t, v := range d {
		if v < 1e-13*d[0] {
			last = max(1, t)
			break
		}
	}
	return math.Exp(math.Log(max(d[last], 1e-300)/d[0]) / float64(last))
}

func distance(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += (v - b[i]) * (v - b[i])
	}
	return math.Sqrt(sum)
}
