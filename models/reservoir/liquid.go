package reservoir

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"lenz/internal/rng"
	"lenz/internal/settings"
)

// Liquid is a liquid state machine of leaky integrate-and-fire neurons (Maass, Natschläger & Markram 2002), in substeps of one millisecond. The
// input is a current, synapses are exponential currents, a fifth of the neurons inhibits; the readout sees the spike trains
// through exponential filters.
type Liquid struct {
	Neurons    int     `name:"neurons" doc:"neurons" min:"2" max:"1000000"`
	Degree     int     `name:"degree" doc:"neurons that each neuron hears" min:"1"`
	Coupling   float64 `name:"coupling" doc:"jump of the synaptic current at a spike, in thresholds" min:"0"`
	InputScale float64 `name:"input_scale" doc:"size of the input weights, in thresholds" min:"0"`
	Background float64 `name:"background" doc:"largest constant current of a neuron, in thresholds" min:"0"`
	Membrane   float64 `name:"membrane" doc:"time constant of the membrane, ms" above:"0"`
	Synapse    float64 `name:"synapse" doc:"time constant of synapses, ms" above:"0"`
	Filter     float64 `name:"filter" doc:"time constant of what the readout sees, ms" above:"0"`
	Refractory int     `name:"refractory" doc:"ms after a spike in which a neuron rests" min:"0"`
	Substeps   int     `name:"substeps" doc:"ms that an input lasts" min:"1"`
}

// DefaultLiquid returns 300 neurons with 10 links each. The filter spans twenty inputs: what a readout sees of fewer spikes is so rough that closed
// loops run away (of 10, 20 and 40 inputs, 20 forecast the validation parts of sunspots, mackey-glass and air-passengers best on the whole).
func DefaultLiquid() Liquid {
	return Liquid{Neurons: 300, Degree: 10, Coupling: 0.1, InputScale: 0.6, Background: 1.2, Membrane: 30, Synapse: 5, Filter: 200, Refractory: 2, Substeps: 10}
}

// Spiking is the machine of Liquid.
type Spiking struct {
	config  Liquid
	inputs  int
	w       *matrix
	win     []float64 // [neurons, inputs]
	current []float64
	input   []float64
	drive   []float64
	spikes  []float64
}

var _ Machine = (*Spiking)(nil)

// New draws synapses and input weights.
func (c Liquid) New(inputs int, seed uint64) (*Spiking, error) {
	return c.Draw(context.Background(), inputs, seed)
}

// Draw is New, which ends with the context's error when that is done.
func (c Liquid) Draw(ctx context.Context, inputs int, seed uint64) (*Spiking, error) {
	if err := settings.Check(c); err != nil {
		return nil, fmt.Errorf("reservoir: lsm: %w", err)
	}
	if inputs < 1 || c.Degree >= c.Neurons {
		return nil, fmt.Errorf("reservoir: lsm of %d inputs and %d neurons that hear %d each: want at least one input and a lower degree", inputs, c.Neurons, c.Degree)
	}
	t := topology{units: c.Neurons, links: c.Degree, kind: "positive"}
	if err := t.check(); err != nil {
		return nil, err
	}
	w, err := t.random(ctx, rand.New(rng.New(seed, "reservoir.synapses")))
	if err != nil {
		return nil, err
	}
	for i, from := range w.from {
		w.weights[i] = c.Coupling
		if from%5 == 4 { // four excite, one inhibits four times as strongly
			w.weights[i] = -4 * c.Coupling
		}
	}
	w.pack()
	s := &Spiking{config: c, inputs: inputs, w: w, win: make([]float64, c.Neurons*inputs), current: make([]float64, c.Neurons)}
	r := rand.New(rng.New(seed, "reservoir.currents"))
	for i := range s.win {
		s.win[i] = c.InputScale * (2*r.Float64() - 1)
	}
	for i := range s.current {
		s.current[i] = c.Background * r.Float64()
	}
	return s.Fork().(*Spiking), nil
}

// Inputs is the number of inputs.
func (s *Spiking) Inputs() int { return s.inputs }

// StateSize is four numbers for each neuron: membrane, synaptic current, rest that is left, filtered spikes.
func (s *Spiking) StateSize() int { return 4 * s.config.Neurons }

// Features is the filtered spikes, the membranes and a constant.
func (s *Spiking) Features() int { return 2*s.config.Neurons + 1 }

// Step holds the input for the substeps.
func (s *Spiking) Step(state, u []float64) {
	c, n := s.config, s.config.Neurons
	v, synapse, rest, trace := state[:n], state[n:2*n], state[2*n:3*n], state[3*n:]
	membrane, decay, filter := math.Exp(-1/c.Membrane), math.Exp(-1/c.Synapse), math.Exp(-1/c.Filter)
	copy(s.input, s.current)
	for i := range s.input {
		for j, w := range s.win[i*s.inputs:][:s.inputs] {
			s.input[i] += w * u[j]
		}
	}
	for range c.Substeps {
		for i := range v {
			s.spikes[i] = 0
			trace[i] *= filter
			if rest[i] > 0 {
				rest[i] = max(rest[i]-1, 0)
				continue
			}
			rest[i] = 0 // a drawn state may have any number, and all that are not above 0 mean the same
			v[i] = membrane*v[i] + (1-membrane)*(s.input[i]+synapse[i])
			if v[i] >= 1 {
				v[i], rest[i], s.spikes[i] = 0, float64(c.Refractory), 1
				trace[i]++
			}
		}
		s.w.mul(s.drive, s.spikes)
		for i := range synapse {
			synapse[i] = decay*synapse[i] + s.drive[i]
		}
	}
}

// Read writes filtered spikes, membranes and 1.
func (s *Spiking) Read(features, state, _ []float64) {
	n := s.config.Neurons
	copy(features, state[3*n:])
	copy(features[n:], state[:n])
	features[2*n] = 1
}

// Fork returns a machine for another goroutine.
func (s *Spiking) Fork() Machine {
	f := *s
	f.input, f.drive, f.spikes = make([]float64, s.config.Neurons), make([]float64, s.config.Neurons), make([]float64, s.config.Neurons)
	return &f
}

// Spikes tells whether some machine of the network spikes: its state then jumps, and derivatives of a step say nothing about what becomes of
// differences that reach a threshold.
func (n *Network) Spikes() bool {
	return slices.ContainsFunc(n.parts, func(p *part) bool { return spikes(p.Machine) })
}

func spikes(m Machine) bool {
	if c, ok := m.(*composed); ok {
		return slices.ContainsFunc(c.parts, spikes)
	}
	_, ok := m.(*Spiking)
	return ok
}
