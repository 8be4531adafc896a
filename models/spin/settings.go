package spin

import (
	"context"
	"fmt"
	"math"
	"slices"

	"lenz/datasets"
	"lenz/internal/settings"
	"lenz/internal/state"
)

// Module is what the settings of this package build: a sampler that a sampling learner can drive.
type Module interface {
	Sweep(ctx context.Context, n int) error
	Metrics() map[string]float64
	state.Stateful
	Close() error
}

// Measured is a Module that estimates observables, one set a temperature.
type Measured interface{ Observables() []Observables }

// Searcher is a Module that keeps the best state it has seen.
type Searcher interface {
	Best() (state []int8, energy float64)
	Coupling() *Coupling
}

var (
	_ Module   = (*Ensemble)(nil)
	_ Module   = (*Packed)(nil)
	_ Module   = (*Multispin)(nil)
	_ Module   = (*Annealer)(nil)
	_ Searcher = (*Ensemble)(nil)
	_ Searcher = (*Annealer)(nil)
	_ Measured = (*Ensemble)(nil)
	_ Measured = (*Packed)(nil)
	_ Measured = (*Multispin)(nil)
)

// Pace says how a run of a sampler is cut into steps.
type Pace struct {
	Sweeps int `name:"sweeps" doc:"sweeps a step of the run" min:"1"`
	Steps  int `name:"steps" doc:"steps an epoch" min:"1"`
}

// Cut returns the pace.
func (p Pace) Cut() Pace { return p }

// Ising is a ferromagnet (or antiferromagnet) on a regular lattice: E = -J sum s_i s_j - h sum s_i.
type Ising struct {
	Lattice     string    `name:"lattice" doc:"regular lattice" choices:"chain|square|triangular|honeycomb|cubic"`
	Size        int       `name:"size" doc:"sites along each direction" min:"1" max:"8192"`
	Open        bool      `name:"open" doc:"no bonds across the border; otherwise periodic"`
	J           float64   `name:"coupling" doc:"J of neighbours; below 0 an antiferromagnet"`
	Field       float64   `name:"field" doc:"h on every spin"`
	Temperature []float64 `name:"temperature" doc:"one or several, ascending, in units of J/k_B" above:"0"`
	Sampler     string    `name:"sampler" doc:"how to sample; packed: one large square lattice, a bit a spin; multispin: 64 replicas, a bit each" choices:"metropolis|checkerboard|heatbath|heatbath-checkerboard|wolff|swendsen-wang|packed|multispin"`
	Clusters    int       `name:"clusters" doc:"clusters a sweep of wolff" min:"1"`
	Copies      int       `name:"copies" doc:"independent replicas at each temperature; packed has one, multispin 64" min:"1"`
	Tempering   bool      `name:"tempering" doc:"parallel tempering: exchange neighbouring temperatures"`
	Thermalize  int       `name:"thermalize" doc:"sweeps before anything is measured" min:"0"`
	Every       int       `name:"every" doc:"sweeps from one measurement to the next" min:"1"`
	Pace
}

// DefaultIsing is a square lattice of 64 x 64 around its critical temperature, by Wolff's clusters.
func DefaultIsing() Ising {
	return Ising{
		Lattice: "square", Size: 64, J: 1, Temperature: []float64{2.1, 2.2, 2.269185, 2.35, 2.5}, Sampler: "wolff", Clusters: 2, Copies: 1,
		Thermalize: 500, Every: 1, Pace: Pace{Sweeps: 20, Steps: 10},
	}
}

// New builds the sampler. An instance, which is nil for none, gives the couplings in place of the lattice.
func (o Ising) New(instance *datasets.SpinInstance, seed uint64) (Module, error) {
	if err := settings.Check(o); err != nil {
		return nil, err
	}
	if err := o.unused(); err != nil {
		return nil, err
	}
	plan := Plan{
		Temperatures: o.Temperature, Method: o.Sampler, Clusters: o.Clusters, Copies: o.Copies, Swap: o.Tempering, Thermalize: o.Thermalize, Every: o.Every,
	}
	if o.Sampler == "packed" {
		return o.packed(instance, seed)
	}
	c, err := o.coupling(instance)
	if err != nil {
		return nil, err
	}
	if o.Sampler != "multispin" {
		return NewEnsemble(c, plan, seed)
	}
	swap := 0
	if o.Tempering {
		swap = 1
	}
	m, err := NewMultispin(c, o.Temperature, swap, nil, seed)
	if err != nil {
		return nil, err
	}
	m.Measure(o.Thermalize, o.Every)
	return m, nil
}

// unused refuses settings that were changed and mean nothing to the sampler.
func (o Ising) unused() error {
	d := DefaultIsing()
	bits := o.Sampler == "packed" || o.Sampler == "multispin"
	switch {
	case bits && o.Copies != d.Copies:
		return fmt.Errorf("spin: copies is %d, but sampler=%s has a number of its own: leave copies out", o.Copies, o.Sampler)
	case o.Sampler != "wolff" && o.Clusters != d.Clusters:
		return fmt.Errorf("spin: clusters is %d, which is for sampler=wolff, not %s: leave clusters out", o.Clusters, o.Sampler)
	}
	return nil
}

func (o Ising) coupling(instance *datasets.SpinInstance) (*Coupling, error) {
	if instance != nil {
		if o.Field != 0 {
			return nil, fmt.Errorf("spin: a file gives couplings and no field; leave field out")
		}
		return FromInstance(instance)
	}
	l, err := NewLattice(o.Lattice, o.Size, o.Open)
	if err != nil {
		return nil, err
	}
	return l.Ferromagnet(o.J, o.Field)
}

func (o Ising) packed(instance *datasets.SpinInstance, seed uint64) (Module, error) {
	if instance != nil || o.Lattice != "square" || o.Open || o.J != 1 || o.Field != 0 || len(o.Temperature) != 1 || o.Tempering {
		return nil, fmt.Errorf("spin: sampler=packed is for one periodic square lattice with coupling 1, no field and one temperature: use multispin, or another")
	}
	p, err := NewPacked(o.Size, o.Temperature[0], seed)
	if err != nil {
		return nil, err
	}
	p.Measure(o.Thermalize, o.Every)
	return p, nil
}

// Glass is a spin glass: a lattice or a complete graph with random couplings, or an instance from a file.
type Glass struct {
	Lattice      string  `name:"lattice" doc:"regular lattice, or sk: all pairs coupled (Sherrington-Kirkpatrick)" choices:"chain|square|triangular|honeycomb|cubic|sk"`
	Size         int     `name:"size" doc:"sites along each direction; of sk, spins" min:"1" max:"4096"`
	Open         bool    `name:"open" doc:"no bonds across the border; otherwise periodic"`
	Couplings    string  `name:"couplings" doc:"pmj: -1 or +1; gaussian: mean 0, variance 1 (of sk always gaussian, 1/N)" choices:"pmj|gaussian"`
	Method       string  `name:"method" doc:"tempering samples all temperatures; annealing only looks for the ground state" choices:"tempering|annealing"`
	Cold         float64 `name:"cold" doc:"lowest temperature, in units of the spread of the couplings" above:"0"`
	Hot          float64 `name:"hot" doc:"highest temperature, likewise" above:"0"`
	Ladder       int     `name:"ladder" doc:"temperatures of tempering, in equal factors" min:"2" max:"1000"`
	Copies       int     `name:"copies" doc:"replicas at each temperature; of annealing, cooled at once" min:"1"`
	Isoenergetic bool    `name:"isoenergetic" doc:"cluster moves between copies (Houdayer): for planar lattices"`
	Sampler      string  `name:"sampler" doc:"single flips" choices:"metropolis|checkerboard|heatbath|heatbath-checkerboard"`
	Schedule     string  `name:"schedule" doc:"of annealing" choices:"geometric|linear|inverse"`
	Cooling      int     `name:"cooling" doc:"sweeps of one annealing" min:"2"`
	Thermalize   int     `name:"thermalize" doc:"sweeps before anything is measured" min:"0"`
	Every        int     `name:"every" doc:"sweeps from one measurement to the next" min:"1"`
	Pace
}

// DefaultGlass is a cubic Edwards-Anderson glass of 6^3 spins under parallel tempering.
func DefaultGlass() Glass {
	return Glass{
		Lattice: "cubic", Size: 6, Couplings: Gaussian, Method: "tempering", Cold: 0.2, Hot: 2, Ladder: 20, Copies: 2, Sampler: "metropolis",
		Schedule: "geometric", Cooling: 500, Thermalize: 500, Every: 1, Pace: Pace{Sweeps: 100, Steps: 10},
	}
}

// New builds the sampler. An instance, which is nil for none, gives the couplings in place of the lattice.
func (o Glass) New(instance *datasets.SpinInstance, seed uint64) (Module, error) {
	if err := settings.Check(o); err != nil {
		return nil, err
	}
	if err := o.unused(instance != nil); err != nil {
		return nil, err
	}
	if o.Hot < o.Cold {
		return nil, fmt.Errorf("spin: hot is %v, below cold = %v: exchange them", o.Hot, o.Cold)
	}
	c, err := o.coupling(instance, seed)
	if err != nil {
		return nil, err
	}
	unit := c.spread()
	if !finite(unit) || !finite(unit*o.Hot) {
		return nil, fmt.Errorf("spin: the couplings are too large: their squares add up to more than a number holds; divide all of them by the largest")
	}
	if o.Method == "annealing" {
		return NewAnnealer(c, Schedule{o.Schedule, unit * o.Hot, unit * o.Cold, o.Cooling}, o.Sampler, o.Copies, seed)
	}
	return NewEnsemble(c, Plan{
		Temperatures: Geometric(unit*o.Cold, unit*o.Hot, o.Ladder), Method: o.Sampler, Copies: o.Copies, Swap: true, Isoenergetic: o.Isoenergetic,
		Thermalize: o.Thermalize, Every: o.Every,
	}, seed)
}

// unused refuses settings that were changed and mean nothing to the method or the couplings.
func (o Glass) unused(given bool) error {
	d := DefaultGlass()
	annealing, sk := o.Method == "annealing", o.Lattice == "sk" && !given
	for _, s := range []struct {
		name            string
		changed, needed bool
		where           string
	}{
		{"ladder", o.Ladder != d.Ladder, !annealing, "method=tempering"},
		{"isoenergetic", o.Isoenergetic, !annealing, "method=tempering"},
		{"thermalize", o.Thermalize != d.Thermalize, !annealing, "method=tempering"},
		{"every", o.Every != d.Every, !annealing, "method=tempering"},
		{"schedule", o.Schedule != d.Schedule, annealing, "method=annealing"},
		{"cooling", o.Cooling != d.Cooling, annealing, "method=annealing"},
		{"open", o.Open, !sk, "regular lattices"},
		{"couplings", o.Couplings != d.Couplings, !sk, "regular lattices"},
	} {
		if s.changed && !s.needed {
			return fmt.Errorf("spin: setting %s is for %s: leave it out", s.name, s.where)
		}
	}
	return nil
}

func (o Glass) coupling(instance *datasets.SpinInstance, seed uint64) (*Coupling, error) {
	if instance != nil {
		return FromInstance(instance)
	}
	if o.Lattice == "sk" {
		return SherringtonKirkpatrick(o.Size, seed)
	}
	l, err := NewLattice(o.Lattice, o.Size, o.Open)
	if err != nil {
		return nil, err
	}
	return EdwardsAnderson(l, o.Couplings, seed)
}

// spread is the unit of temperature: sqrt(sum J^2 2/N / z) with the mean number z of neighbours, the root mean square of the couplings;
// for a dense system sqrt(sum J^2 2/N), since its fields, not its single couplings, set the scale.
func (c *Coupling) spread() float64 {
	sum := 0.0
	for _, b := range c.bonds {
		sum += b.Value * b.Value
	}
	if sum == 0 {
		return 1
	}
	if z := 2 * float64(len(c.bonds)) / float64(c.n); z > 12 {
		return math.Sqrt(2 * sum / float64(c.n))
	}
	return math.Sqrt(sum / float64(len(c.bonds)))
}

// Geometric returns a ladder of temperatures in equal factors.
func Geometric(cold, hot float64, n int) []float64 {
	out := make([]float64, n)
	for k := range out {
		out[k] = cold * math.Pow(hot/cold, float64(k)/float64(max(1, n-1)))
	}
	return slices.Compact(out)
}

// FromInstance returns the spin glass of a file: J_ij = -w_ij, so that the largest cut is the ground state.
func FromInstance(s *datasets.SpinInstance) (*Coupling, error) {
	bonds := make([]Bond, 0, len(s.Edges))
	for _, e := range s.Edges {
		if e.Weight != 0 {
			bonds = append(bonds, Bond{e.I, e.J, -e.Weight})
		}
	}
	c, err := New(s.Spins, bonds, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	return c, nil
}

// Cut is the weight of the edges of an instance between the two parts of a state.
func Cut(s *datasets.SpinInstance, state []int8) float64 {
	sum := 0.0
	for _, e := range s.Edges {
		if state[e.I] != state[e.J] {
			sum += e.Weight
		}
	}
	return sum
}
