package reservoir

import (
	"fmt"
	"slices"
)

// Part is a machine with its readout: the inputs that it hears and the outputs that it gives.
type Part struct {
	Machine
	In, Out []int // columns of the network's inputs and outputs
}

// Options are those of a network.
type Options struct {
	Inputs, Outputs int
	// Feed names, for each output, the input whose next value it is; -1 for none. Nil means that there is no closed loop.
	Feed      []int
	Increment bool    // outputs with an input of their own are learnt as changes from it
	Intercept bool    // a constant feature, penalized as the others are
	Noise     float64 // standard deviation of what is added to states while learning
	Seed      uint64  // of the noise
	Pooled    bool    // all parts share one readout: for places of a homogeneous field
	// Online learns row by row instead of from sums: rls or lms; "" for ridge regression.
	Online       string
	Forget, Rate float64 // of rls, of lms
	Ridge        float64 // of rls
	Bound        float64 // outputs beyond it have diverged; 0 for none
}

// Network is machines with linear readouts, which alone are trained. Outputs that several parts give are averaged. It serves one
// goroutine at a time; Fork gives others.
type Network struct {
	o       Options
	parts   []*part
	size    int
	scratch []float64
}

type part struct {
	Part
	readout *readout
	at      int // of its state
	u       []float64
	row     []float64
	share   []float64 // of each of its outputs: one over the number of parts that give it
}

// NewNetwork joins parts.
func NewNetwork(o Options, parts ...Part) (*Network, error) {
	if len(parts) == 0 || o.Inputs < 1 || o.Outputs < 1 {
		return nil, fmt.Errorf("reservoir: %d parts with %d inputs and %d outputs: want at least one of each", len(parts), o.Inputs, o.Outputs)
	}
	if o.Feed != nil && len(o.Feed) != o.Outputs {
		return nil, fmt.Errorf("reservoir: %d feeds for %d outputs: name an input, or -1, for each", len(o.Feed), o.Outputs)
	}
	if !slices.Contains([]string{"", "rls", "lms"}, o.Online) {
		return nil, fmt.Errorf("reservoir: online learning by %q: want rls or lms", o.Online)
	}
	n := &Network{o: o}
	given := make([]float64, o.Outputs)
	for i, p := range parts {
		if len(p.In) != p.Inputs() {
			return nil, fmt.Errorf("reservoir: part %d hears %d columns, its machine takes %d inputs: make it for that many", i, len(p.In), p.Inputs())
		}
		for _, c := range p.In {
			if c < 0 || c >= o.Inputs {
				return nil, fmt.Errorf("reservoir: part %d hears column %d of %d", i, c, o.Inputs)
			}
		}
		for _, c := range p.Out {
			if c < 0 || c >= o.Outputs {
				return nil, fmt.Errorf("reservoir: part %d gives output %d of %d", i, c, o.Outputs)
			}
			given[c]++
		}
		q := &part{Part: p, at: n.size, u: make([]float64, len(p.In))}
		n.size += p.StateSize()
		features := p.Features()
		if o.Intercept {
			features++
		}
		q.row = make([]float64, features)
		if o.Pooled && i > 0 {
			if q.readout = n.parts[0].readout; q.readout.features != features || q.readout.outputs != len(p.Out) {
				return nil, fmt.Errorf("reservoir: pooled parts must be alike: part %d has %d features and %d outputs, part 0 %d and %d", i, features, len(p.Out), q.readout.features, q.readout.outputs)
			}
		} else {
			q.readout = &readout{features: features, outputs: len(p.Out), weights: make([]float64, features*len(p.Out))}
		}
		n.parts = append(n.parts, q)
	}
	if i := slices.Index(given, 0); i >= 0 {
		return nil, fmt.Errorf("reservoir: no part gives output %d", i)
	}
	for _, p := range n.parts {
		for _, c := range p.Out {
			p.share = append(p.share, 1/given[c])
		}
	}
	n.scratch = make([]float64, o.Outputs)
	return n, nil
}

// Fork returns a network with the same readouts for another goroutine. Neither may learn while both are in use.
func (n *Network) Fork() *Network {
	f := *n
	f.parts, f.scratch = make([]*part, len(n.parts)), make([]float64, n.o.Outputs)
	for i, p := range n.parts {
		q := *p
		q.Machine, q.u, q.row = p.Machine.Fork(), make([]float64, len(p.u)), make([]float64, len(p.row))
		f.parts[i] = &q
	}
	return &f
}

// Inputs is the number of inputs.
func (n *Network) Inputs() int { return n.o.Inputs }

// StateSize is that of all machines together.
func (n *Network) StateSize() int { return n.size }

// History is the number of inputs without which outputs mean nothing.
func (n *Network) History() int {
	most := 1
	for _, p := range n.parts {
		most = max(most, history(p.Machine))
	}
	return most
}

func (p *part) hear(u []float64) []float64 {
	for k, c := range p.In {
		p.u[k] = u[c]
	}
	return p.u
}

func (p *part) state(state []float64) []float64 { return state[p.at:][:p.StateSize()] }

// Step moves the state by an input.
func (n *Network) Step(state, u []float64) {
	for _, p := range n.parts {
		p.Machine.Step(p.state(state), p.hear(u))
	}
}

// features writes a part's row for the readout.
func (p *part) features(row, state, u []float64) {
	p.Read(row, p.state(state), p.hear(u))
	if len(row) > p.Features() {
		row[len(row)-1] = 1
	}
}

// base is what an output is learnt as a change from.
func (n *Network) base(output int, u []float64) float64 {
	if !n.o.Increment || n.o.Feed == nil || n.o.Feed[output] < 0 {
		return 0
	}
	return u[n.o.Feed[output]]
}

// Output writes the outputs y for a state, after the input that led to it.
func (n *Network) Output(y, state, u []float64) {
	clear(y)
	for _, p := range n.parts {
		p.features(p.row, state, u)
		w, q := p.readout.weights, len(p.Out)
		for k, c := range p.Out {
			sum := 0.0
			for f, v := range p.row {
				sum += v * w[f*q+k]
			}
			y[c] += p.share[k] * (sum + n.base(c, u))
		}
	}
}
