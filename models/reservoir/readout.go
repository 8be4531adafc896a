package reservoir

import (
	"errors"
	"math"
	"slices"

	"lenz/internal/state"
	"lenz/models/ridge"
)

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
		if r.moments != nil {
			r.moments.Release()
		}
		r.moments, r.online, r.live = nil, nil, nil
	}
}
