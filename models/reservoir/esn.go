package reservoir

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lenz/graph/kernel"
	"lenz/internal/rng"
	"lenz/internal/settings"
)

// ESN is the settings of an echo state network's reservoir (Jaeger 2001; with leak, Jaeger et al. 2007):
//
//	x(t) = (1 - leak) x(t-1) + leak f(W x(t-1) + Win u(t) + Wfb y(t-1) + b)
//
// where y is the outputs that are fed back, if any.
// Begin with DefaultESN.
type ESN struct {
	Units      int     `name:"units" doc:"units of the reservoir" min:"1" max:"1000000"`
	Radius     float64 `name:"spectral_radius" doc:"largest modulus of an eigenvalue of W; a heuristic, see lenz diagnose for the echo state property itself" above:"0"`
	Leak       float64 `name:"leak" doc:"share of the state that a step renews" above:"0" max:"1"`
	InputScale float64 `name:"input_scale" doc:"size of the input weights" min:"0"`
	Feedback   float64 `name:"feedback" doc:"size of the weights Wfb of the last outputs, which are taught while learning; the past of a target is then heard through them alone; 0: through the input weights" min:"0"`
	Bias       float64 `name:"bias" doc:"size of the units' constant inputs, uniform in [-bias, bias]" min:"0"`
	Degree     int     `name:"degree" doc:"units that each unit hears; 0 for all" min:"0"`
	Erdos      bool    `name:"erdos" doc:"the number of links of a unit is random about the degree (an Erdos-Renyi graph)"`
	Weights    string  `name:"reservoir" doc:"weights: random, all of one ring (cycle), or orthogonal" choices:"uniform|positive|normal|bernoulli|cycle|orthogonal"`
	Input      string  `name:"input_weights" doc:"input weights: random, or each unit hears one input (one), in blocks of units" choices:"uniform|normal|bernoulli|one"`
	Activation string  `name:"activation" doc:"f" choices:"tanh|linear|relu"`
	Squared    bool    `name:"squared" doc:"the readout sees every second state squared, which lets it tell x from -x"`
	Direct     bool    `name:"direct" doc:"the readout sees the input too, and the outputs that are fed back"`
}

// DefaultESN returns 300 tanh units with 10 links each, a spectral radius of 0.9 and no leak.
func DefaultESN() ESN {
	return ESN{Units: 300, Radius: 0.9, Leak: 1, InputScale: 0.5, Bias: 0.2, Degree: 10, Weights: "uniform", Input: "uniform",
		Activation: "tanh", Direct: true}
}

// Reservoir is an echo state network without its readout.
type Reservoir struct {
	config ESN
	inputs int // without the outputs that are fed back
	back   int // outputs that are
	w      *matrix
	win    []float64 // [inputs, units], or [units] where each hears one
	hears  []int32   // the input that each unit hears; nil for all
	wfb    []float64 // [back, units]
	bias   []float64
	pre    []float64
	raw    []float64
}

var _ Machine = (*Reservoir)(nil)

// New draws a reservoir for so many inputs, without feedback. The seed decides all of it.
func (c ESN) New(inputs int, seed uint64) (*Reservoir, error) {
	if c.Feedback > 0 {
		return nil, fmt.Errorf("reservoir: feedback is %v, of no outputs: use NewFedBack", c.Feedback)
	}
	return c.NewFedBack(inputs, 0, seed)
}

// NewFedBack draws a reservoir that hears so many inputs and after them the last values of so many outputs.
func (c ESN) NewFedBack(inputs, outputs int, seed uint64) (*Reservoir, error) {
	return c.Draw(context.Background(), inputs, outputs, seed)
}

// Draw is NewFedBack, which for hundreds of thousands of units takes minutes; it ends with the context's error when that is done.
func (c ESN) Draw(ctx context.Context, inputs, outputs int, seed uint64) (*Reservoir, error) {
	if err := settings.Check(c); err != nil {
		return nil, fmt.Errorf("reservoir: %w", err)
	}
	if outputs < 0 || outputs > 0 && c.Feedback == 0 {
		return nil, fmt.Errorf("reservoir: %d outputs are fed back with weights of size %v: give a feedback above 0, or no outputs", outputs, c.Feedback)
	}
	if inputs < 0 || inputs+outputs < 1 {
		return nil, fmt.Errorf("reservoir: %d inputs, want at least 1", inputs)
	}
	w, err := topology{c.Units, c.Degree, c.Erdos, c.Weights, c.Radius}.new(ctx, rand.New(rng.New(seed, "reservoir.W")))
	if err != nil {
		return nil, err
	}
	m := &Reservoir{config: c, inputs: inputs, back: outputs, w: w, bias: make([]float64, c.Units), wfb: make([]float64, c.Units*outputs)}
	r := rand.New(rng.New(seed, "reservoir.Win"))
	if c.Input == "one" && inputs > 0 {
		m.win, m.hears = make([]float64, c.Units), make([]int32, c.Units)
		for i := range m.win {
			m.win[i], m.hears[i] = c.InputScale*(2*r.Float64()-1), int32(i*inputs/c.Units)
		}
	} else {
		m.win = make([]float64, c.Units*inputs)
		for i := range c.Units {
			for j := range inputs {
				m.win[j*c.Units+i] = c.InputScale * draw(r, c.Input)
			}
		}
	}
	r = rand.New(rng.New(seed, "reservoir.bias"))
	for i := range m.bias {
		m.bias[i] = c.Bias * (2*r.Float64() - 1)
	}
	r = rand.New(rng.New(seed, "reservoir.Wfb"))
	for i := range m.wfb {
		m.wfb[i] = c.Feedback * draw(r, c.Input)
	}
	return m.Fork().(*Reservoir), nil
}

// Fork returns a reservoir with the same weights for another goroutine.
func (m *Reservoir) Fork() Machine {
	f := *m
	f.pre, f.raw = make([]float64, m.config.Units), make([]float64, m.config.Units)
	return &f
}

// Inputs is the number of inputs, and of outputs that are fed back.
func (m *Reservoir) Inputs() int { return m.inputs + m.back }

// StateSize is the number of units.
func (m *Reservoir) StateSize() int { return m.config.Units }

// Step moves the state x [units] by the input u.
func (m *Reservoir) Step(x, u []float64) {
	m.drive(x, u)
	leak := m.config.Leak
	switch {
	case m.config.Activation == "tanh" && leak == 1:
		kernel.Tanh(x[:len(m.pre)], m.pre)
		return
	case m.config.Activation == "tanh":
		kernel.Tanh(m.pre, m.pre)
	case m.config.Activation == "relu":
		for i, v := range m.pre {
			m.pre[i] = max(v, 0)
		}
	}
	if leak == 1 {
		copy(x, m.pre)
		return
	}
	for i, v := range m.pre {
		x[i] = (1-leak)*x[i] + leak*v
	}
}

// drive computes W x + Wfb y + (b + Win u); y follows u.
func (m *Reservoir) drive(x, u []float64) {
	m.w.mul(m.pre, x)
	for j, v := range u[m.inputs:][:m.back] {
		floats.AddScaled(m.pre, v, m.wfb[j*len(m.pre):][:len(m.pre)])
	}
	if m.hears != nil {
		for i, w := range m.win {
			m.pre[i] += w*u[m.hears[i]] + m.bias[i]
		}
		return
	}
	kernel.Affine(m.pre, m.bias, m.win, u[:m.inputs])
}

// Features is the number of units, and of inputs where the readout sees them.
func (m *Reservoir) Features() int {
	if m.config.Direct {
		return m.config.Units + m.Inputs()
	}
	return m.config.Units
}

// Read writes the state, every second one squared if the settings say so, then the input.
func (m *Reservoir) Read(features, x, u []float64) {
	copy(features, x)
	if m.config.Squared {
		for i := 1; i < len(x); i += 2 {
			features[i] *= features[i]
		}
	}
	copy(features[len(x):], u)
}

// Jacobian writes dx(t)/dx(t-1) at a state and an input, [units, units].
func (m *Reservoir) Jacobian(j, x, u []float64) {
	m.drive(x, u)
	n, leak := m.config.Units, m.config.Leak
	clear(j)
	for i, pre := range m.pre {
		slope := 1.0
		switch m.config.Activation {
		case "tanh":
			m.raw[0] = pre
			kernel.Tanh(m.raw[:1], m.raw[:1])
			slope = 1 - m.raw[0]*m.raw[0]
		case "relu":
			if pre <= 0 {
				slope = 0
			}
		}
		from, weights := m.w.row(i)
		for k, w := range weights {
			at := k
			if from != nil {
				at = int(from[k])
			}
			j[i*n+at] += leak * slope * w
		}
		j[i*n+i] += 1 - leak
	}
}

// SpectralRadius measures the largest modulus of an eigenvalue of W, which is the setting but for what the method leaves.
func (m *Reservoir) SpectralRadius() (float64, error) { return m.w.radius(context.Background()) }

// Matrices returns copies of W [units, units], Win [units, inputs] and the bias [units], to look at or to carry into another program. The last
// columns of Win are those of Wfb, where outputs are fed back.
func (m *Reservoir) Matrices() (w, win *mat.Dense, bias []float64) {
	win = mat.NewDense(m.config.Units, m.Inputs(), nil)
	for i := range m.config.Units {
		for j := range m.back {
			win.Set(i, m.inputs+j, m.wfb[j*m.config.Units+i])
		}
		if m.hears != nil {
			win.Set(i, int(m.hears[i]), m.win[i])
			continue
		}
		for j := range m.inputs {
			win.Set(i, j, m.win[j*m.config.Units+i])
		}
	}
	return m.w.dense(), win, slices.Clone(m.bias)
}
