package reservoir

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"lenz/internal/rng"
)

// Walk is a state on its way through a sequence, and how many steps are behind it.
type Walk struct {
	State []float64
	Seen  int
}

// NewWalk begins at the state zero.
func (n *Network) NewWalk() *Walk { return &Walk{State: make([]float64, n.size)} }

// Learn drives a walk by the rows of u [rows, Inputs] and adds the rows to what is learnt, with the outputs y [rows, Outputs], but for those before
// the washout and those whose y is not a number. Outputs that are fed back are taught: the rows of y, one behind. While the sums of a block are
// computed, the states of the next are.
func (n *Network) Learn(w *Walk, u, y []float64, washout int) error {
	rows := len(u) / n.o.Inputs
	if len(u) != rows*n.o.Inputs || len(y) != rows*n.o.Outputs {
		return fmt.Errorf("reservoir: %d input and %d output values for %d and %d columns: give equal numbers of rows", len(u), len(y), n.o.Inputs, n.o.Outputs)
	}
	for i, p := range n.parts {
		if err := p.learn(n, w, u, y, washout, uint64(i)); err != nil {
			return err
		}
	}
	w.Seen += rows
	if rows > 0 {
		n.Teach(w.State, y[(rows-1)*n.o.Outputs:])
	}
	return nil
}

// learn drives one part through all rows.
func (p *part) learn(n *Network, w *Walk, u, y []float64, washout int, index uint64) error {
	in, out := n.o.Inputs, n.o.Outputs
	rows := len(u) / in
	washout = max(washout, history(p.Machine)-1)
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
	heard := n.taught(w.State, y)
	t := 0
	step := func() { // the next row
		p.Machine.Step(state, p.hear(u[t*in:][:in], heard(t)))
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
			p.features(x[i*len(p.row):][:len(p.row)], w.State, row, heard(t-1))
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

// taught returns what the rows hear of outputs that are no inputs: those before them, 0 where they are missing.
func (n *Network) taught(state, y []float64) func(t int) []float64 {
	_, now := n.outputs(state)
	if now == nil {
		return func(int) []float64 { return nil }
	}
	row := slices.Clone(now)
	return func(t int) []float64 {
		if t > 0 {
			copy(row, y[(t-1)*len(row):])
		}
		for i, v := range row {
			if math.IsNaN(v) {
				row[i] = 0
			}
		}
		return row
	}
}

// Fit learns one sequence part by part, solves each and lets its sums go before the next: the memory is that of one part.
func (n *Network) Fit(u, y []float64, washout int, penalty float64) (Candidate, error) {
	rows := len(u) / n.o.Inputs
	if least := n.History(); rows < least {
		return Candidate{}, fmt.Errorf("reservoir: the sequence has %d rows, and outputs need %d of the past: give a longer one, or use fewer delays", rows, least)
	}
	if rows <= washout {
		return Candidate{}, fmt.Errorf("reservoir: the sequence has %d rows, which are all in the washout of %d: use a shorter washout or a longer sequence", rows, washout)
	}
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
		one := &Network{o: n.o, parts: []*part{p}, size: n.size, fed: n.fed}
		if err := p.learn(one, n.NewWalk(), u, y, washout, uint64(i)); err != nil {
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
