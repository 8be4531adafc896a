package reservoir

import (
	"fmt"
	"math"
)

// DivergedError says that a closed loop left all bounds.
type DivergedError struct {
	Step  int // from 1
	Value float64
}

// Error says at which step, and what to try.
func (e *DivergedError) Error() string {
	return fmt.Sprintf("reservoir: the closed loop diverged at step %d (an output of %.3g): use a larger ridge, some noise in learning, a smaller spectral radius, or more data", e.Step, e.Value)
}

// Diverged is true: it tells package train that a run with such an error has diverged.
func (e *DivergedError) Diverged() bool { return true }

// DivergedWindows says in which windows of a batch the closed loop left all bounds.
type DivergedWindows struct {
	Windows []int // ascending
	Of      int   // windows of the batch
	First   *DivergedError
}

// Error tells of the first of them.
func (e *DivergedWindows) Error() string {
	if e.Of == 1 {
		return e.First.Error()
	}
	return fmt.Sprintf("%v; so it did in %d of %d windows", e.First, len(e.Windows), e.Of)
}

// Unwrap is the first error.
func (e *DivergedWindows) Unwrap() error { return e.First }

// Lost are the windows that have no forecast; those that remain have one (train.Losing).
func (e *DivergedWindows) Lost() []int { return e.Windows }

// Warm drives a state by the rows of u [rows, Inputs]. A forecast goes on from the last.
func (n *Network) Warm(state, u []float64) {
	for t := 0; t+n.o.Inputs <= len(u); t += n.o.Inputs {
		n.Step(state, u[t:t+n.o.Inputs])
	}
}

// Generate runs the closed loop: out [steps, Outputs] are the outputs from the state on, each fed to its input. u is the last input and is
// moved along; advance may then change the inputs that no output gives, before step h+1, and may be nil. The error is a *DivergedError.
func (n *Network) Generate(out, state, u []float64, advance func(h int, u []float64)) error {
	steps := len(out) / n.o.Outputs
	for h := range steps {
		y := out[h*n.o.Outputs:][:n.o.Outputs]
		n.Output(y, state, u)
		for _, v := range y {
			if math.IsNaN(v) || math.IsInf(v, 0) || n.o.Bound > 0 && math.Abs(v) > n.o.Bound {
				return &DivergedError{Step: h + 1, Value: v}
			}
		}
		if h == steps-1 {
			return nil
		}
		n.feed(u, y)
		if advance != nil {
			advance(h, u)
		}
		n.Step(state, u)
	}
	return nil
}

func (n *Network) feed(u, y []float64) {
	for k, c := range n.o.Feed {
		if c >= 0 {
			u[c] = y[k]
		}
	}
}

// Loop is a network in a closed loop, as a dynamical system whose state is the machines' states and the last input. Inputs that no output
// gives stay as they are.
type Loop struct {
	n  *Network
	dt float64
}

// ClosedLoop returns the loop with steps of dt.
func (n *Network) ClosedLoop(dt float64) Loop { return Loop{n.Fork(), dt} }

// Dim is the length of states and inputs.
func (l Loop) Dim() int { return l.n.size + l.n.o.Inputs }

// Dt is the time of a step.
func (l Loop) Dt() float64 { return l.dt }

// Step moves x, the states and then the input.
func (l Loop) Step(x []float64) {
	state, u := x[:l.n.size], x[l.n.size:]
	l.n.Output(l.n.scratch, state, u)
	l.n.feed(u, l.n.scratch)
	l.n.Step(state, u)
}
