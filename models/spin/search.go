package spin

import (
	"context"
	"fmt"
	"math"
)

// Search says how to look for a ground state.
type Search struct {
	Sweeps int // of each start, per replica
	Starts int // independent starts, each with a seed of its own
	Ladder int // temperatures
	Copies int // replicas at each
	Seed   uint64
	Found  func(start int, energy float64) bool // told after each start of the lowest energy so far; true ends the search. May be nil
}

// DefaultSearch suits some hundreds to some thousands of spins.
func DefaultSearch() Search { return Search{Sweeps: 2000, Starts: 2, Ladder: 24, Copies: 2, Seed: 1} }

// planar is the mean number of neighbours up to which isoenergetic cluster moves pay off: clusters do not span the lattice.
const planar = 6.5

// GroundStateSearch looks for the lowest energy by parallel tempering from several starts, with Houdayer's cluster moves where spins have
// few neighbours, and a descent from the best state. The ladder reaches from 0.1 to 0.6 of the root mean square of a spin's field when
// its neighbours are random, below and above which replicas no longer move, or move freely. It is a heuristic: the energy is an upper
// bound of the ground state's.
func GroundStateSearch(ctx context.Context, c *Coupling, o Search) (state []int8, energy float64, err error) {
	if o.Sweeps < 1 || o.Starts < 1 || o.Ladder < 2 || o.Copies < 1 {
		return nil, 0, fmt.Errorf("spin: a search of %d sweeps, %d starts, %d temperatures and %d copies: want at least 1, 1, 2 and 1", o.Sweeps, o.Starts, o.Ladder, o.Copies)
	}
	field := c.randomField()
	few := c.of == nil && 2*float64(len(c.bonds))/float64(c.n) <= planar
	plan := Plan{
		Temperatures: Geometric(0.1*field, 0.6*field, o.Ladder), Method: "metropolis", Copies: o.Copies, Swap: true,
		Isoenergetic: few && o.Copies > 1, Thermalize: math.MaxInt, Every: 1,
	}
	energy = math.Inf(1)
	for start := range o.Starts {
		e, err := NewEnsemble(c, plan, o.Seed+uint64(start))
		if err != nil {
			return nil, 0, err
		}
		if err := e.Sweep(ctx, o.Sweeps); err != nil {
			return nil, 0, err
		}
		if s, found := e.Best(); found < energy {
			state, energy = s, found
		}
		if o.Found != nil && o.Found(start, energy) {
			break
		}
	}
	return state, energy, nil
}

// randomField is the root mean square of the local field when all spins are random.
func (c *Coupling) randomField() float64 {
	sum := 0.0
	for _, b := range c.bonds {
		sum += 2 * b.Value * b.Value
	}
	for _, h := range c.field {
		sum += h * h
	}
	for _, t := range c.terms {
		sum += float64(len(t.Sites)) * t.Value * t.Value
	}
	if sum == 0 {
		return 1
	}
	return math.Sqrt(sum / float64(c.n))
}
