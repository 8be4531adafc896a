package spin

import (
	"context"
	"fmt"
	"math"
	"slices"

	"lenz/graph/kernel"
	"lenz/internal/near"
	"lenz/internal/rng"
)

// Methods are the names of the samplers.
func Methods() []string {
	return []string{"metropolis", "checkerboard", "heatbath", "heatbath-checkerboard", "wolff", "swendsen-wang"}
}

// Plan says how an Ensemble samples.
type Plan struct {
	Temperatures []float64 // the ladder, ascending; one value samples one temperature
	Method       string    // one of Methods
	Clusters     int       // clusters a sweep, for wolff
	Copies       int       // independent replicas at each temperature: two or more give overlaps
	Swap         bool      // parallel tempering: exchange neighbours of the ladder after each sweep
	Isoenergetic bool      // Houdayer's cluster moves between copies after each sweep, at the lower half of the ladder
	Thermalize   int       // sweeps before anything is measured
	Every        int       // sweeps from one measurement to the next
}

// Ensemble samples a coupling at one or several temperatures, with replicas, exchanges and measurements of its own. It has the
// methods of a sampling module: Sweep, Metrics, State, Restore, Close.
type Ensemble struct {
	c    *Coupling
	plan Plan
	n    int // sweeps done

	replicas [][]*replica // [temperature][copy]
	samplers [][]sampler  // a sampler keeps tables for its temperature
	tallies  []*Tally     // [temperature]
	exchange *rng.Fast
	tried    []int // [temperature] swaps with the next one
	taken    []int

	best       []int8
	bestEnergy float64
	waves      waves
}

// NewEnsemble checks the plan and draws the first states from the seed.
func NewEnsemble(c *Coupling, p Plan, seed uint64) (*Ensemble, error) {
	if err := p.check(c); err != nil {
		return nil, err
	}
	p.Temperatures = slices.Clone(p.Temperatures)
	e := &Ensemble{c: c, plan: p, exchange: rng.NewFast(rng.New(seed, "spin.exchange")), bestEnergy: math.Inf(1), waves: newWaves(c)}
	stream := rng.New(seed, "spin.replica")
	for k := range p.Temperatures {
		var row []*replica
		var how []sampler
		for copy := range p.Copies {
			row = append(row, newReplica(c, stream.Split(uint64(k*p.Copies+copy))))
			how = append(how, newSampler(p))
		}
		e.replicas, e.samplers = append(e.replicas, row), append(e.samplers, how)
		e.tallies = append(e.tallies, NewTally(observed...))
	}
	e.tried, e.taken = make([]int, len(p.Temperatures)), make([]int, len(p.Temperatures))
	e.keepBest()
	return e, nil
}

func newSampler(p Plan) sampler {
	switch p.Method {
	case "checkerboard":
		return metropolis{checkerboard: true}
	case "heatbath":
		return heatBath{}
	case "heatbath-checkerboard":
		return heatBath{checkerboard: true}
	case "wolff":
		return &wolff{clusters: p.Clusters}
	case "swendsen-wang":
		return &swendsenWang{}
	}
	return metropolis{}
}

func (p Plan) check(c *Coupling) error {
	if err := checkLadder(p.Temperatures); err != nil {
		return err
	}
	switch {
	case !slices.Contains(Methods(), p.Method):
		return fmt.Errorf("spin: unknown sampler %q%s (there are %v)", p.Method, near.Suggest(p.Method, Methods()), Methods())
	case p.Method == "wolff" && p.Clusters < 1:
		return fmt.Errorf("spin: %d clusters a sweep, want at least 1", p.Clusters)
	case p.Copies < 1 || p.Thermalize < 0 || p.Every < 1:
		return fmt.Errorf("spin: %d copies, %d sweeps to thermalize, a measurement every %d: want at least 1, 0 and 1", p.Copies, p.Thermalize, p.Every)
	case p.Swap && len(p.Temperatures) < 2:
		return fmt.Errorf("spin: parallel tempering needs at least 2 temperatures, got %v", p.Temperatures)
	case p.Isoenergetic && p.Copies < 2:
		return fmt.Errorf("spin: isoenergetic cluster moves need at least 2 copies at each temperature")
	case p.Method == "wolff" || p.Method == "swendsen-wang":
		return clusterable(c, p.Method)
	case p.Isoenergetic && c.of != nil:
		return clusterable(c, "isoenergetic")
	}
	return nil
}

// checkLadder makes sure that there are temperatures, and that they ascend.
func checkLadder(temperatures []float64) error {
	if len(temperatures) == 0 {
		return fmt.Errorf("spin: no temperature is given")
	}
	for k, t := range temperatures {
		if err := checkTemperature(t); err != nil {
			return err
		}
		if k > 0 && !(t > temperatures[k-1]) {
			return fmt.Errorf("spin: the temperatures ascend, but %v follows %v", t, temperatures[k-1])
		}
	}
	return nil
}

func checkTemperature(t float64) error {
	if !(t > 0) || math.IsInf(t, 0) {
		return fmt.Errorf("spin: temperature %v, want a finite number above 0: at 0 there is nothing to sample, look for a ground state with annealing instead", t)
	}
	return nil
}

// Sweep makes n sweeps of all replicas, with exchanges and measurements between them. It stops early, at a whole sweep, when the
// context is cancelled. The numbers do not depend on GOMAXPROCS.
func (e *Ensemble) Sweep(ctx context.Context, n int) error {
	for _, row := range e.replicas {
		for _, p := range row {
			p.refresh()
		}
	}
	for range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		e.each(func(k, copy int) {
			e.samplers[k][copy].sweep(e.replicas[k][copy], 1/e.plan.Temperatures[k])
		})
		e.n++
		e.keepBest()
		if e.plan.Isoenergetic {
			e.clusterMoves()
		}
		if e.plan.Swap {
			e.swaps()
		}
		if e.n > e.plan.Thermalize && e.n%e.plan.Every == 0 {
			e.measure()
		}
	}
	return nil
}

// each calls f for every replica, on several threads where that pays.
func (e *Ensemble) each(f func(k, copy int)) {
	copies := e.plan.Copies
	all := len(e.replicas) * copies
	grain := max(1, 8192/e.c.n) // spins enough to be worth a goroutine
	kernel.Parallel(all, grain, func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			f(i/copies, i%copies)
		}
	})
}

// swaps exchanges the states of neighbouring temperatures with min(1, exp((beta_k - beta_l)(E_k - E_l))) (Hukushima and Nemoto 1996),
// even pairs and odd pairs in turn.
func (e *Ensemble) swaps() {
	for k := e.n % 2; k+1 < len(e.replicas); k += 2 {
		for copy := range e.plan.Copies {
			a, b := e.replicas[k][copy], e.replicas[k+1][copy]
			x := (1/e.plan.Temperatures[k] - 1/e.plan.Temperatures[k+1]) * (a.energy - b.energy)
			e.tried[k]++
			if x >= 0 || e.exchange.Float64() < math.Exp(x) {
				e.taken[k]++
				a.s, b.s = b.s, a.s
				a.h, b.h = b.h, a.h
				a.energy, b.energy = b.energy, a.energy
			}
		}
	}
}

// clusterMoves pairs the copies of each temperature of the lower half: 0 with 1, 2 with 3, and the other way round in odd sweeps.
func (e *Ensemble) clusterMoves() {
	for k := range (len(e.replicas) + 1) / 2 {
		row := e.replicas[k]
		for i := e.n % 2; i < len(row); i += 2 {
			if j := (i + 1) % len(row); j != i {
				isoenergetic(row[i], row[j])
			}
		}
	}
}

// keepBest remembers the lowest energy that was seen after a sweep.
func (e *Ensemble) keepBest() {
	for _, row := range e.replicas {
		for _, p := range row {
			if p.energy < e.bestEnergy-1e-9*math.Abs(e.bestEnergy) || e.best == nil {
				e.bestEnergy, e.best = p.energy, append(e.best[:0], p.s...)
			}
		}
	}
}

// Best returns the state of the lowest energy seen so far, after a descent to the next local minimum, and its energy.
func (e *Ensemble) Best() ([]int8, float64) { return descend(e.c, e.best) }

// descend quenches a copy of a state.
func descend(c *Coupling, s []int8) ([]int8, float64) {
	p := &replica{c: c, s: slices.Clone(s), h: make([]float64, c.n)}
	p.refresh()
	p.quench()
	return p.s, c.energy(p.s)
}

// Sweeps returns the number of sweeps done.
func (e *Ensemble) Sweeps() int { return e.n }

// Coupling returns what is sampled.
func (e *Ensemble) Coupling() *Coupling { return e.c }

// Plan returns how it is sampled.
func (e *Ensemble) Plan() Plan { return e.plan }

// Spins returns a copy of the state of a copy at a temperature, by their indices.
func (e *Ensemble) Spins(temperature, copy int) []int8 {
	return slices.Clone(e.replicas[temperature][copy].s)
}

// Close does nothing: an ensemble holds only memory.
func (e *Ensemble) Close() error { return nil }
