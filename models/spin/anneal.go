package spin

import (
	"context"
	"fmt"
	"math"
	"slices"

	"lenz/graph/kernel"
	"lenz/internal/rng"
	"lenz/internal/state"
)

// Schedule is the course of the temperature of an annealing: from Hot to Cold in so many sweeps.
type Schedule struct {
	Kind      string // linear (equal steps), geometric (equal factors) or inverse (equal steps of 1/T)
	Hot, Cold float64
	Sweeps    int
}

// ScheduleKinds are the kinds of a Schedule.
func ScheduleKinds() []string { return []string{"geometric", "linear", "inverse"} }

func (s Schedule) check() error {
	for _, t := range []float64{s.Hot, s.Cold} {
		if err := checkTemperature(t); err != nil {
			return err
		}
	}
	switch {
	case s.Hot < s.Cold:
		return fmt.Errorf("spin: an annealing cools, but goes from %v to %v: exchange them", s.Hot, s.Cold)
	case s.Sweeps < 2:
		return fmt.Errorf("spin: an annealing of %d sweeps, want at least 2", s.Sweeps)
	case !slices.Contains(ScheduleKinds(), s.Kind):
		return fmt.Errorf("spin: unknown schedule %q: the schedules are %v", s.Kind, ScheduleKinds())
	}
	return nil
}

// At is the temperature of sweep k, counted from 0.
func (s Schedule) At(k int) float64 {
	x := float64(k) / float64(s.Sweeps-1)
	switch s.Kind {
	case "linear":
		return s.Hot + x*(s.Cold-s.Hot)
	case "inverse":
		return 1 / (1/s.Hot + x*(1/s.Cold-1/s.Hot))
	}
	return s.Hot * math.Pow(s.Cold/s.Hot, x)
}

// Annealer looks for low energies: copies cool by a schedule from random states, descend to the next minimum, and begin again
// (Kirkpatrick, Gelatt, Vecchi 1983). The best state of all is kept.
type Annealer struct {
	c        *Coupling
	schedule Schedule
	sampler  sampler
	replicas []*replica
	n        int
	starts   int // annealings ended

	best       []int8
	bestEnergy float64
	last       float64 // mean energy a spin at the end of the last annealing
}

// NewAnnealer returns an annealer with so many copies; method is a single-flip method of Methods.
func NewAnnealer(c *Coupling, s Schedule, method string, copies int, seed uint64) (*Annealer, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if copies < 1 {
		return nil, fmt.Errorf("spin: %d copies, want at least 1", copies)
	}
	if err := (Plan{Temperatures: []float64{s.Cold}, Method: method, Copies: copies, Every: 1, Clusters: 1}).check(c); err != nil {
		return nil, err
	}
	if method == "wolff" || method == "swendsen-wang" {
		return nil, fmt.Errorf("spin: %s moves are for equilibrium; anneal with metropolis or heatbath", method)
	}
	a := &Annealer{c: c, schedule: s, sampler: newSampler(Plan{Method: method}), bestEnergy: math.Inf(1), last: math.NaN()}
	stream := rng.New(seed, "spin.anneal")
	for i := range copies {
		a.replicas = append(a.replicas, newReplica(c, stream.Split(uint64(i))))
	}
	a.best = slices.Clone(a.replicas[0].s)
	a.bestEnergy = a.replicas[0].energy
	return a, nil
}

// Sweep makes n sweeps of all copies. It stops early when the context is cancelled.
func (a *Annealer) Sweep(ctx context.Context, n int) error {
	for _, p := range a.replicas {
		p.refresh()
	}
	for range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		at := a.n % a.schedule.Sweeps
		beta := 1 / a.schedule.At(at)
		kernel.Parallel(len(a.replicas), max(1, 8192/a.c.n), func(_, lo, hi int) {
			for _, p := range a.replicas[lo:hi] {
				if at == 0 && a.n > 0 {
					p.randomize()
				}
				a.sampler.sweep(p, beta)
			}
		})
		a.n++
		if at == a.schedule.Sweeps-1 {
			a.end()
		}
	}
	return nil
}

// end descends from the last states and keeps the best.
func (a *Annealer) end() {
	a.last = 0
	for _, p := range a.replicas {
		p.quench()
		p.refresh()
		a.last += p.energy / float64(a.c.n*len(a.replicas))
		if p.energy < a.bestEnergy {
			a.bestEnergy, a.best = p.energy, append(a.best[:0], p.s...)
		}
		a.starts++
	}
}

// Best returns the state of the lowest energy of all annealings that have ended, and its energy.
func (a *Annealer) Best() ([]int8, float64) { return descend(a.c, a.best) }

// Starts is the number of annealings that have ended.
func (a *Annealer) Starts() int { return a.starts }

// Coupling returns what is annealed.
func (a *Annealer) Coupling() *Coupling { return a.c }

// Metrics are the temperature, the mean energy per spin as it is now, and the best one so far.
func (a *Annealer) Metrics() map[string]float64 {
	n, u := float64(a.c.n), 0.0
	for _, p := range a.replicas {
		u += p.energy / n / float64(len(a.replicas))
	}
	return map[string]float64{"energy": u, "best_energy": a.bestEnergy / n, "temperature": a.schedule.At(max(0, a.n-1) % a.schedule.Sweeps)}
}

// Close does nothing.
func (a *Annealer) Close() error { return nil }

// State returns spins, generators and counts.
func (a *Annealer) State() state.State {
	s := state.State{"sweeps": a.n, "starts": a.starts, "best": packed(a.best), "best_energy": a.bestEnergy, "last": a.last}
	var spins []bool
	var words []uint64
	for _, p := range a.replicas {
		spins, words = append(spins, packed(p.s)...), append(words, p.r.Words()...)
	}
	s["spins"], s["generators"] = spins, words
	return s
}

// Restore takes what State gave on an annealer of the same coupling, schedule and seed.
func (a *Annealer) Restore(from state.State) (err error) {
	e := &Ensemble{c: a.c, plan: Plan{Copies: len(a.replicas)}, replicas: [][]*replica{a.replicas}, best: a.best}
	if err := e.restoreReplicas(from); err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	if err := e.restoreBest(from); err != nil {
		return err
	}
	a.best, a.bestEnergy = e.best, e.bestEnergy
	if a.last, err = state.Get[float64](from, "last"); err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	if a.starts, err = state.Get[int](from, "starts"); err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	if a.n, err = state.Get[int](from, "sweeps"); err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	return nil
}
