package reservoir

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"lenz/internal/rng"
	"lenz/internal/state"
	"lenz/models/ridge"
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

// readout is what is learnt. Pooled parts have one together.
type readout struct {
	features, outputs int
	weights           []float64 // [features, outputs]
	moments           *ridge.Moments
	online            interface {
		Update(x, y []float64) float64
		state.Stateful
	}
	live func() []float64
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

// Walk is a state on its way through a sequence, and how many steps are behind it.
type Walk struct {
	State []float64
	Seen  int
}

// NewWalk begins at the state zero.
func (n *Network) NewWalk() *Walk { return &Walk{State: make([]float64, n.size)} }

// Learn drives a walk by the rows of u [rows, Inputs] and adds the rows to what is learnt, with the outputs y [rows, Outputs], but for those before
// the washout and those whose y is not a number. While the sums of a block are computed, the states of the next are.
func (n *Network) Learn(w *Walk, u, y []float64, washout int) error {
	rows := len(u) / n.o.Inputs
	if len(u) != rows*n.o.Inputs || len(y) != rows*n.o.Outputs {
		return fmt.Errorf("reservoir: %d input and %d output values for %d and %d columns: give equal numbers of rows", len(u), len(y), n.o.Inputs, n.o.Outputs)
	}
	for i, p := range n.parts {
		if err := p.learn(n, w, u, y, max(washout, history(p.Machine)-1), uint64(i)); err != nil {
			return err
		}
	}
	w.Seen += rows
	return nil
}

// learn drives one part through all rows.
func (p *part) learn(n *Network, w *Walk, u, y []float64, washout int, index uint64) error {
	in, out := n.o.Inputs, n.o.Outputs
	rows := len(u) / in
	keep := func(t int) bool {
		if w.Seen+t < washout {
			return false
		}
		for _, c := range p.Out {
			if math.IsNaN(y[t*out+c]) {
				return false
			}
		}
		return true
	}
	count := 0
	for t := range rows {
		if keep(t) {
			count++
		}
	}
	if err := p.readout.begin(n.o); err != nil {
		return err
	}
	state, noise := p.state(w.State), rng.New(n.o.Seed, "reservoir.noise").Split(index)
	t := 0
	step := func() { // the next row
		p.Machine.Step(state, p.hear(u[t*in:][:in]))
		if n.o.Noise > 0 {
			r := rand.New(noise.Split(uint64(w.Seen + t)))
			for i := range state {
				state[i] += n.o.Noise * r.NormFloat64()
			}
		}
		t++
	}
	fill := func(from, to int, x, target []float64) error {
		for i := range to - from {
			for step(); !keep(t - 1); step() {
			}
			row := u[(t-1)*in:][:in]
			p.features(x[i*len(p.row):][:len(p.row)], w.State, row)
			for k, c := range p.Out {
				target[i*len(p.Out)+k] = y[(t-1)*out+c] - n.base(c, row)
			}
		}
		return nil
	}
	err := p.readout.add(count, p.row, fill)
	for t < rows {
		step()
	}
	if err == nil && !finite(state) {
		err = fmt.Errorf("reservoir: the states left all bounds while they were driven: use a smaller spectral radius, input scale or leak, or check that the inputs are finite")
	}
	return err
}

func (r *readout) begin(o Options) (err error) {
	switch {
	case r.moments != nil || r.online != nil:
	case o.Online == "rls":
		var l *ridge.RLS
		if l, err = ridge.NewRLS(r.features, r.outputs, o.Forget, max(o.Ridge, 1e-8)); err == nil {
			r.online, r.live = l, func() []float64 { return l.Weights }
		}
	case o.Online == "lms":
		var l *ridge.LMS
		if l, err = ridge.NewLMS(r.features, r.outputs, o.Rate); err == nil {
			r.online, r.live = l, func() []float64 { return l.Weights }
		}
	default:
		r.moments, err = ridge.NewMoments(r.features, r.outputs)
	}
	return err
}

// add learns rows that fill writes.
func (r *readout) add(count int, row []float64, fill func(from, to int, x, y []float64) error) error {
	if r.online == nil {
		return r.moments.Stream(count, fill)
	}
	y := make([]float64, r.outputs)
	for i := range count {
		if err := fill(i, i+1, row, y); err != nil {
			return err
		}
		r.online.Update(row, y)
	}
	return nil
}

// Candidate is the readouts of one penalty.
type Candidate struct {
	Ridge     float64
	Condition float64 // the largest of all readouts
	MSE       float64 // on the rows that were learnt
	weights   [][]float64
}

// readouts lists them, pooled ones once.
func (n *Network) readouts() []*readout {
	if n.o.Pooled {
		return []*readout{n.parts[0].readout}
	}
	var all []*readout
	for _, p := range n.parts {
		all = append(all, p.readout)
	}
	return all
}

// Solve returns the readouts for each of the penalties that give a system with an answer, and takes the first. Sums are kept until Forget.
func (n *Network) Solve(ridges ...float64) ([]Candidate, error) {
	var path []Candidate
	for i, r := range n.readouts() {
		if r.online != nil {
			path = []Candidate{{Ridge: n.o.Ridge, MSE: math.NaN(), weights: append(first(path).weights, slices.Clone(r.live()))}}
			continue
		}
		if r.moments == nil {
			return nil, errors.New("reservoir: nothing was learnt: drive the network through the training part first")
		}
		solutions, err := r.moments.Path(ridges)
		if err != nil {
			return nil, err
		}
		var next []Candidate
		for _, s := range solutions {
			c := Candidate{Ridge: s.Ridge}
			if i > 0 {
				at := slices.IndexFunc(path, func(c Candidate) bool { return c.Ridge == s.Ridge })
				if at < 0 {
					continue // singular for another part
				}
				c = path[at]
			}
			c.Condition = max(c.Condition, s.Condition)
			c.MSE += (s.MSE - c.MSE) / float64(i+1)
			c.weights = append(c.weights, s.Weights)
			next = append(next, c)
		}
		path = next
	}
	if len(path) == 0 {
		return nil, errors.New("reservoir: no penalty solves the systems of all parts: give larger ones")
	}
	n.Take(path[0])
	return path, nil
}

func first(path []Candidate) Candidate {
	if len(path) == 0 {
		return Candidate{}
	}
	return path[0]
}

// Take sets the readouts.
func (n *Network) Take(c Candidate) {
	for i, r := range n.readouts() {
		copy(r.weights, c.weights[i])
	}
}

// Forget lets go of the sums.
func (n *Network) Forget() {
	for _, r := range n.readouts() {
		r.moments, r.online, r.live = nil, nil, nil
	}
}

// Fit learns one sequence part by part, solves each and lets its sums go before the next: the memory is that of one part.
func (n *Network) Fit(u, y []float64, washout int, penalty float64) (Candidate, error) {
	if n.o.Pooled {
		if err := n.Learn(n.NewWalk(), u, y, washout); err != nil {
			return Candidate{}, err
		}
		path, err := n.Solve(penalty)
		n.Forget()
		return first(path), err
	}
	all := Candidate{Ridge: penalty}
	for i, p := range n.parts {
		one := &Network{o: n.o, parts: []*part{p}, size: n.size}
		w := &Walk{State: make([]float64, n.size)}
		if err := p.learn(one, w, u, y, max(washout, history(p.Machine)-1), uint64(i)); err != nil {
			return Candidate{}, err
		}
		path, err := one.Solve(penalty)
		one.Forget()
		if err != nil {
			return Candidate{}, err
		}
		all.Condition = max(all.Condition, path[0].Condition)
		all.MSE += (path[0].MSE - all.MSE) / float64(i+1)
		all.weights = append(all.weights, path[0].weights[0])
	}
	return all, nil
}

// DivergedError says that a closed loop left all bounds.
type DivergedError struct {
	Step  int // from 1
	Value float64
}

// Error says at which step, and what to try.
func (e *DivergedError) Error() string {
	return fmt.Sprintf("reservoir: the closed loop diverged at step %d (an output of %.3g): use a larger ridge, some noise in learning, a smaller spectral radius, or more data", e.Step, e.Value)
}

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
