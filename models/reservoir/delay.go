package reservoir

import (
	"fmt"
	"math"
	"math/rand/v2"

	"lenz/internal/rng"
	"lenz/internal/settings"
)

// Delay is a reservoir of one nonlinear node with delayed feedback (Appeltant et al. 2011): the input is held for a delay and multiplied by a mask of
// so many steps, and the node's values at the ends of these steps are the virtual nodes. Between them it is solved exactly for a
// constant drive:
//
//	x_i(t) = exp(-theta) x_{i-1}(t) + (1 - exp(-theta)) F(s), s = z_i(t-1) + gamma (m_i . u(t))
//
// with the delayed value z_i = x_i, or (x_{i-1} + x_i)/2 where it is interpolated.
type Delay struct {
	Nodes        int     `name:"nodes" doc:"virtual nodes" min:"1" max:"1000000"`
	Theta        float64 `name:"theta" doc:"time between virtual nodes, in time constants of the node" above:"0"`
	Eta          float64 `name:"eta" doc:"strength of the feedback" above:"0"`
	Gamma        float64 `name:"gamma" doc:"size of the input" min:"0"`
	Exponent     float64 `name:"exponent" doc:"p of Mackey-Glass; whole ones keep the sign of s: odd ones have a pole at s = -1, which small inputs stay away from" above:"0"`
	Phase        float64 `name:"phase" doc:"phi of Mach-Zehnder"`
	Nonlinearity string  `name:"nonlinearity" doc:"mackey-glass: eta s/(1 + s^p), mach-zehnder: eta sin^2(s + phi); s = x + input" choices:"mackey-glass|mach-zehnder"`
	Interpolated bool    `name:"interpolated" doc:"between virtual nodes the delayed value is the mean of their two, as in the delay equation, instead of that of the later one alone"`
}

// DefaultDelay returns 400 virtual nodes 0.2 time constants apart, and a feedback near the edge of stability.
func DefaultDelay() Delay {
	return Delay{Nodes: 400, Theta: 0.2, Eta: 0.95, Gamma: 0.5, Exponent: 2, Phase: math.Pi/4 - 0.475, Nonlinearity: "mackey-glass"}
}

// DelayLine is the machine.
type DelayLine struct {
	config Delay
	inputs int
	mask   []float64 // [nodes, inputs]
}

var _ Machine = (*DelayLine)(nil)

// New draws the mask, -1 or 1 for each virtual node and input.
func (c Delay) New(inputs int, seed uint64) (*DelayLine, error) {
	if err := settings.Check(c); err != nil {
		return nil, fmt.Errorf("reservoir: delay: %w", err)
	}
	if inputs < 1 {
		return nil, fmt.Errorf("reservoir: delay with %d inputs, want at least 1", inputs)
	}
	d := &DelayLine{config: c, inputs: inputs, mask: make([]float64, c.Nodes*inputs)}
	r := rand.New(rng.New(seed, "reservoir.mask"))
	for i := range d.mask {
		d.mask[i] = draw(r, "bernoulli")
	}
	return d, nil
}

// Inputs is the number of inputs.
func (d *DelayLine) Inputs() int { return d.inputs }

// StateSize is the number of virtual nodes, and one for the node before the first.
func (d *DelayLine) StateSize() int { return d.config.Nodes + 1 }

// Features is the virtual nodes and a constant.
func (d *DelayLine) Features() int { return d.config.Nodes + 1 }

// Step runs the node through one delay.
func (d *DelayLine) Step(state, u []float64) {
	c := d.config
	x, last := state[:c.Nodes], state[c.Nodes]
	keep := math.Exp(-c.Theta)
	before, late := x[len(x)-1], last // of this delay, of the one before
	state[c.Nodes] = before
	for i, delayed := range x {
		s := 0.0
		for j, m := range d.mask[i*d.inputs:][:d.inputs] {
			s += m * u[j]
		}
		z := delayed
		if c.Interpolated {
			z = (late + delayed) / 2
		}
		late = delayed
		before = keep*before + (1-keep)*c.node(z+c.Gamma*s)
		x[i] = before
	}
}

// node is the nonlinearity F.
func (c Delay) node(s float64) float64 {
	if c.Nonlinearity == "mach-zehnder" {
		sin := math.Sin(s + c.Phase)
		return c.Eta * sin * sin
	}
	if c.Exponent != math.Trunc(c.Exponent) {
		return c.Eta * s / (1 + math.Pow(math.Abs(s), c.Exponent))
	}
	return c.Eta * s / (1 + math.Pow(s, c.Exponent))
}

// Read writes the virtual nodes and 1.
func (d *DelayLine) Read(features, state, _ []float64) {
	copy(features, state[:d.config.Nodes])
	features[d.config.Nodes] = 1
}

// Fork returns the machine itself: it has no scratch memory.
func (d *DelayLine) Fork() Machine { return d }
