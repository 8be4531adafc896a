package optim

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"lenz/graph/kernel"
	"lenz/internal/settings"
)

// method is what an optimizer's own file says: which state each parameter has, and one update of it.
// One generic function with a name of its own serves both precisions (in a closure inside a generic function, the compiler
// leaves math.Sqrt a call).
type method struct {
	slots   []slot
	numbers []string // float64 numbers of each parameter, 0 at the start, saved by these names
	shared  []number // numbers of all parameters together
	f32     func(param[float32])
	f64     func(param[float64])

	// heavy says that an update is so much arithmetic that two threads on two parameters pay. Others are bound by memory, and one
	// thread with the state in its own cache is the fastest.
	heavy bool
	// before changes the numbers of a parameter, once an update; rate is the parameter's.
	before func(t int, rate float64, numbers []float64)
	// decay is the optimizer's own decoupled weight decay, as far as groups do not say otherwise. decays says that the update applies
	// param.decay; without it the solver takes the decay off the values before the update.
	decay  float64
	decays bool
	// whole says why the parameters cannot be treated apart by groups, oneRate why they cannot have rates of their own; empty if they can.
	whole, oneRate string

	// measure and decide serve methods that look at all parameters before they change any: measure adds what it finds in one to
	// sums, decide turns them into new shared numbers; if it is false, no values are changed.
	measure32 func(param[float32], []float64)
	measure64 func(param[float64], []float64)
	sums      int
	decide    func(rate float64, shared, sums []float64) bool

	// evaluated writes the values to be evaluated, where those are not the ones that are trained.
	evaluated32 func(param[float32], []float32)
	evaluated64 func(param[float64], []float64)
}

// slot is a slice of state that each parameter has.
type slot struct {
	name    string
	size    func(tensor.Shape) int // nil: as long as the parameter; 0: this parameter has none
	start   float64                // what its values are at the start
	copied  bool                   // begins as the parameter's values instead
	scratch bool                   // holds nothing between steps, and is not saved
}

// number is a shared one and what it is at the start.
type number struct {
	name  string
	start float64
}

// slots are slices as long as the parameter, zero at the start.
func slots(names ...string) []slot {
	out := make([]slot, len(names))
	for i, n := range names {
		out[i].name = n
	}
	return out
}

// param is a parameter within one update.
type param[T float] struct {
	name    string
	shape   tensor.Shape
	x, g    []T       // value, to be changed in place; gradient
	slot    [][]T     // state, in the order of method.slots; as long as x unless a slot has a size of its own
	t       int       // updates of this parameter, this one counted
	rate    float64   // learning rate in force, its group's factor taken in
	decay   float64   // decoupled weight decay
	numbers []float64 // its own
	shared  []float64 // those of all
}

// solver carries a method out over all parameters: it finds and checks them, keeps their state by name, and
// saves and restores it.
type solver struct {
	name       string
	method     method
	rate       float64
	entries    map[string]*entry
	now        []*entry // parameters of the current step, in the caller's order; reused
	step       uint64
	shared     []float64
	sums       []float64
	groups     groups
	evaluating bool
	work       func(piece, lo, hi int) // updates now[lo:hi]
}

var _ Optimizer = (*solver)(nil)

// newSolver is how an optimizer's New ends: the settings are held against their tags and Validate method.
func newSolver(name string, config any, rate float64, m method) (Optimizer, error) {
	if err := settings.Check(config); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s := &solver{name: name, method: m, rate: rate, entries: map[string]*entry{}}
	s.begin()
	s.sums = make([]float64, m.sums)
	s.work = func(_, lo, hi int) {
		for _, e := range s.now[lo:hi] {
			s.update(e)
		}
	}
	return s, nil
}

// begin sets the shared numbers to what they are at the start.
func (s *solver) begin() {
	s.shared = make([]float64, len(s.method.shared))
	for i, n := range s.method.shared {
		s.shared[i] = n.start
	}
}

// Rate is the learning rate in force.
func (s *solver) Rate() float64 { return s.rate }

// SetRate sets the learning rate of the steps to come.
func (s *solver) SetRate(rate float64) { s.rate = rate }

// Step updates all parameters, or none.
func (s *solver) Step(model []gorgonia.ValueGrad) error {
	if err := s.gather(model); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	for _, e := range s.now {
		e.t++
		if s.method.before != nil {
			s.method.before(e.t, s.rate*e.factor, e.numbers)
		}
	}
	if s.method.decide != nil && !s.measure() {
		return nil
	}
	if s.method.heavy {
		kernel.Parallel(len(s.now), 1, s.work)
	} else {
		s.work(0, 0, len(s.now))
	}
	return nil
}

// measure tells whether values are to be changed.
func (s *solver) measure() bool {
	clear(s.sums)
	for _, e := range s.now {
		if e.x32 != nil {
			s.method.measure32(e.param32(s), s.sums)
		} else {
			s.method.measure64(e.param64(s), s.sums)
		}
	}
	return s.method.decide(s.rate, s.shared, s.sums)
}

func (s *solver) update(e *entry) {
	if e.x32 != nil {
		renew(&s.method, e.param32(s), s.method.f32)
	} else {
		renew(&s.method, e.param64(s), s.method.f64)
	}
}

// renew updates values; for methods without a decay of their own, it is x = x - rate decay x before (Loshchilov & Hutter 2019).
func renew[T float](m *method, p param[T], f func(param[T])) {
	if !m.decays && p.decay != 0 {
		scale(p.x, 1-p.rate*p.decay)
	}
	f(p)
}

// gather fills s.now, and returns an error before anything has changed.
func (s *solver) gather(model []gorgonia.ValueGrad) error {
	if err := finiteRate(s.rate); err != nil {
		return err
	}
	if s.evaluating {
		return errEvaluating
	}
	s.step++
	s.now = s.now[:0]
	for _, vg := range model {
		v, err := look(vg)
		if err != nil {
			return err
		}
		e := s.entries[v.name]
		if e == nil {
			e = &entry{}
			s.entries[v.name] = e
		}
		if e.seen == s.step {
			return fmt.Errorf("two parameters have the name %s: state is kept by name", v.name)
		}
		e.seen = s.step
		if err := v.finite(); err != nil {
			return err
		}
		if err := e.fit(v, &s.method); err != nil {
			return err
		}
		s.now = append(s.now, e)
	}
	return s.groups.settle(s.now, s.method.decay)
}
