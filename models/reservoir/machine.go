package reservoir

import (
	"fmt"
	"math"
)

// Machine is a driven system that is not trained: a reservoir of any kind. Its state is a slice that the caller holds, zero at the
// beginning. A machine serves one goroutine at a time; Fork gives another that shares its weights.
type Machine interface {
	Inputs() int
	StateSize() int
	// Step moves the state by one input.
	Step(state, u []float64)
	// Features is how many numbers the readout sees.
	Features() int
	// Read writes them for a state, after the input that led to it.
	Read(features, state, u []float64)
	Fork() Machine
}

// rememberer is a machine that is of no use before it has seen some inputs.
type rememberer interface{ History() int }

func history(m Machine) int {
	if r, ok := m.(rememberer); ok {
		return r.History()
	}
	return 1
}

// Deep stacks machines: each is driven by the state of the one below, and the readout sees all (Gallicchio, Micheli & Pedrelli 2017).
func Deep(layers ...Machine) (Machine, error) { return compose(true, layers) }

// Grouped sets machines side by side under one input; the readout sees all.
func Grouped(groups ...Machine) (Machine, error) { return compose(false, groups) }

type composed struct {
	deep  bool
	parts []Machine
}

func compose(deep bool, parts []Machine) (Machine, error) {
	if len(parts) == 0 {
		return nil, fmt.Errorf("reservoir: no machines to compose: give at least one")
	}
	for i := 1; i < len(parts); i++ {
		want := parts[0].Inputs()
		if deep {
			want = parts[i-1].StateSize()
		}
		if got := parts[i].Inputs(); got != want {
			return nil, fmt.Errorf("reservoir: machine %d takes %d inputs, is given %d: make it for that many", i, got, want)
		}
	}
	return &composed{deep, parts}, nil
}

func (c *composed) Inputs() int { return c.parts[0].Inputs() }

func (c *composed) total(size func(Machine) int) int {
	n := 0
	for _, p := range c.parts {
		n += size(p)
	}
	return n
}

func (c *composed) StateSize() int { return c.total(Machine.StateSize) }

func (c *composed) Features() int { return c.total(Machine.Features) }

func (c *composed) History() int {
	n := 1
	for _, p := range c.parts {
		n = max(n, history(p))
	}
	return n
}

// each visits the parts with their states and what drives them.
func (c *composed) each(state, u []float64, visit func(p Machine, state, u []float64)) {
	for _, p := range c.parts {
		n := p.StateSize()
		visit(p, state[:n], u)
		if c.deep {
			u = state[:n]
		}
		state = state[n:]
	}
}

func (c *composed) Step(state, u []float64) { c.each(state, u, Machine.Step) }

func (c *composed) Read(features, state, u []float64) {
	c.each(state, u, func(p Machine, state, u []float64) {
		p.Read(features[:p.Features()], state, u)
		features = features[p.Features():]
	})
}

func (c *composed) Fork() Machine {
	parts := make([]Machine, len(c.parts))
	for i, p := range c.parts {
		parts[i] = p.Fork()
	}
	return &composed{c.deep, parts}
}

func finite(v []float64) bool {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}
