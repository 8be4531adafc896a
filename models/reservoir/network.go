package reservoir

import (
	"fmt"
	"math"
	"slices"
)

// Part is a machine with its readout: the inputs that it hears and the outputs that it gives.
type Part struct {
	Machine
	In, Out []int // columns of the network's inputs and outputs
	// Back names outputs whose last values the machine hears after its inputs (Jaeger 2001). That of an output with a Feed is this input; that of
	// another is taught by Learn, and the network's own in Step, unless Teach tells a better one.
	Back []int
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
	Ridge        float64 // of rls, at least 1e-8
	Bound        float64 // outputs beyond it have diverged; 0 for none
}

// Network is machines with linear readouts, which alone are trained. Outputs that several parts give are averaged. It serves one
// goroutine at a time; Fork gives others.
type Network struct {
	o       Options
	parts   []*part
	size    int
	fed     int // where in the state the outputs are that are fed back: those that were heard last, then those of now; 0 if none are kept
	scratch []float64
}

type part struct {
	Part
	readout *readout
	at      int   // of its state
	from    []int // of each of Back the input that it is, or -1
	u       []float64
	row     []float64
	share   []float64 // of each of its outputs: one over the number of parts that give it
}

// NewNetwork joins parts.
func NewNetwork(o Options, parts ...Part) (*Network, error) {
	if err := o.check(parts); err != nil {
		return nil, err
	}
	n := &Network{o: o, scratch: make([]float64, o.Outputs)}
	given := make([]float64, o.Outputs)
	for i, p := range parts {
		if err := p.check(o, i); err != nil {
			return nil, err
		}
		q := &part{Part: p, at: n.size, u: make([]float64, p.Inputs())}
		n.size += p.StateSize()
		for _, c := range p.Out {
			given[c]++
		}
		for _, c := range p.Back {
			q.from = append(q.from, o.feed(c))
		}
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
	if slices.ContainsFunc(n.parts, func(p *part) bool { return slices.Contains(p.from, -1) }) {
		n.fed, n.size = n.size, n.size+2*o.Outputs
	}
	return n, nil
}

// check finds options that do not fit each other.
func (o Options) check(parts []Part) error {
	switch {
	case len(parts) == 0 || o.Inputs < 1 || o.Outputs < 1:
		return fmt.Errorf("reservoir: %d parts with %d inputs and %d outputs: want at least one of each", len(parts), o.Inputs, o.Outputs)
	case o.Feed != nil && len(o.Feed) != o.Outputs:
		return fmt.Errorf("reservoir: %d feeds for %d outputs: name an input, or -1, for each", len(o.Feed), o.Outputs)
	case slices.ContainsFunc(o.Feed, func(c int) bool { return c < -1 || c >= o.Inputs }):
		return fmt.Errorf("reservoir: the outputs feed the inputs %v of %d: name an input, or -1, for each", o.Feed, o.Inputs)
	case !slices.Contains([]string{"", "rls", "lms"}, o.Online):
		return fmt.Errorf("reservoir: online learning by %q: want rls or lms", o.Online)
	}
	return nil
}

// check finds columns of part i that its machine or the network does not have.
func (p Part) check(o Options, i int) error {
	if len(p.In)+len(p.Back) != p.Inputs() {
		return fmt.Errorf("reservoir: part %d hears %d columns, its machine takes %d inputs: make it for that many", i, len(p.In)+len(p.Back), p.Inputs())
	}
	for _, of := range []struct {
		columns []int
		all     int
		what    string
	}{{p.In, o.Inputs, "hears column"}, {p.Out, o.Outputs, "gives output"}, {p.Back, o.Outputs, "is fed back output"}} {
		for _, c := range of.columns {
			if c < 0 || c >= of.all {
				return fmt.Errorf("reservoir: part %d %s %d of %d", i, of.what, c, of.all)
			}
		}
	}
	return nil
}

// feed is the input whose next value an output is, or -1.
func (o Options) feed(output int) int {
	if o.Feed == nil {
		return -1
	}
	return o.Feed[output]
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

// StateSize is that of all machines together, and of outputs that are fed back where they are no inputs.
func (n *Network) StateSize() int { return n.size }

// History is the number of inputs without which outputs mean nothing.
func (n *Network) History() int {
	most := 1
	for _, p := range n.parts {
		most = max(most, history(p.Machine))
	}
	return most
}

// hear gathers what drives the machine: inputs, and outputs of before, of which heard holds those that are no inputs.
func (p *part) hear(u, heard []float64) []float64 {
	for k, c := range p.In {
		p.u[k] = u[c]
	}
	for k, c := range p.from {
		if c >= 0 {
			p.u[len(p.In)+k] = u[c]
		} else {
			p.u[len(p.In)+k] = heard[p.Back[k]]
		}
	}
	return p.u
}

// outputs returns what the state holds of outputs that are fed back: those that were heard last, and those of now.
func (n *Network) outputs(state []float64) (heard, now []float64) {
	if n.fed == 0 {
		return nil, nil
	}
	return state[n.fed:][:n.o.Outputs], state[n.fed+n.o.Outputs:][:n.o.Outputs]
}

// Teach tells a state what its outputs should have been, for the next Step to feed back. A value that is not a number counts as 0. It does nothing
// where outputs are no feedback, or are inputs themselves.
func (n *Network) Teach(state, y []float64) {
	_, now := n.outputs(state)
	for i := range now {
		if now[i] = y[i]; math.IsNaN(y[i]) {
			now[i] = 0
		}
	}
}

func (p *part) state(state []float64) []float64 { return state[p.at:][:p.StateSize()] }

// Step moves the state by an input.
func (n *Network) Step(state, u []float64) {
	heard, now := n.outputs(state)
	copy(heard, now)
	for _, p := range n.parts {
		p.Machine.Step(p.state(state), p.hear(u, heard))
	}
	if n.fed > 0 {
		n.Output(now, state, u)
	}
}

// features writes a part's row for the readout.
func (p *part) features(row, state, u, heard []float64) {
	p.Read(row, p.state(state), p.hear(u, heard))
	if len(row) > p.Features() {
		row[len(row)-1] = 1
	}
}

// base is what an output is learnt as a change from.
func (n *Network) base(output int, u []float64) float64 {
	if c := n.o.feed(output); n.o.Increment && c >= 0 {
		return u[c]
	}
	return 0
}

// Output writes the outputs y for a state, after the input that led to it.
func (n *Network) Output(y, state, u []float64) {
	clear(y)
	heard, _ := n.outputs(state)
	for _, p := range n.parts {
		p.features(p.row, state, u, heard)
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
