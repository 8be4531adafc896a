package boltzmann

import (
	"errors"
	"fmt"
	"slices"

	"lenz/graph"
	"lenz/graph/kernel"
	"lenz/internal/state"
)

// chains is the learning part of a machine: it draws the model's samples by Gibbs sampling, hands them to a graph beside the data,
// and lets the graph find the gradient of
//
//	mean F(data) - mean F(samples)
//
// which is contrastive divergence for chains that start at the data (Hinton 2002), and stochastic maximum likelihood for
// chains that go on (Younes 1989; Tieleman 2008). The samples are an input of the graph: no derivative goes through them.
type chains[T kernel.Float] struct {
	m        *RBMModel
	h        []T // persistent hidden states [particles, H]; nil before the first step
	fast     weights[T]
	sum      weights[T] // regular and fast weights together
	programs map[int]*program[T]
	moved    offsets[T] // of a conditional machine
}

// weights are views of a machine's parameters, or numbers in their shape.
type weights[T kernel.Float] struct {
	all     []T // one after another
	w, c, a []T // [H, V], [H], [V]
}

func viewWeights[T kernel.Float](all []T, h, v int) weights[T] {
	return weights[T]{all: all, w: all[:h*v], c: all[h*v : h*v+h], a: all[h*v+h : h*v+h+v]}
}

func newChains[T kernel.Float](m *RBMModel) *chains[T] {
	return &chains[T]{m: m, programs: map[int]*program[T]{}}
}

func (c *chains[T]) sizes() (h, v int) { return c.m.settings.Hidden, c.m.visible }

// regular returns the parameters.
func (c *chains[T]) regular() weights[T] {
	h, v := c.sizes()
	return viewWeights(graph.Values[T](c.m.params), h, v)
}

// sampling returns the weights that the chains follow: with fpcd the fast ones are added.
func (c *chains[T]) sampling() weights[T] {
	p := c.regular()
	if c.m.settings.Chains != "fpcd" {
		return p
	}
	for i, f := range c.fast.all {
		c.sum.all[i] = p.all[i] + f
	}
	return c.sum
}

// start makes the persistent chains: hidden states drawn with probability 1/2.
func (c *chains[T]) start() {
	if c.h != nil {
		return
	}
	h, v := c.sizes()
	n := c.m.settings.Particles
	c.h = make([]T, n*h)
	for i := range c.h {
		c.h[i] = 0.5
	}
	bernoulli(c.h, c.h, n, h, c.m.stream.Split(0).Split(startDraw))
	if c.m.settings.Chains == "fpcd" {
		size := h*v + h + v
		c.fast, c.sum = viewWeights(make([]T, size), h, v), viewWeights(make([]T, size), h, v)
	}
}

// Draws of a step, so that each has a stream of its own; Gibbs step i draws 2i and 2i+1.
const (
	startDraw = 1<<32 + iota
	hiddenDraw
)

// gradient fills the gradient arena from n rows as take wants them, and returns the loss: mean F(data) - mean F(samples), and what decay and sparsity
// add. past holds the conditions of each row.
func (c *chains[T]) gradient(rows, past []float64, n int, step uint64) (float64, error) {
	h, v := c.sizes()
	p, err := c.program(n)
	if err != nil {
		return 0, err
	}
	if err := take(p.rows[:n*v], c.m, rows, n); err != nil {
		return 0, err
	}
	if p.past != nil {
		k := c.m.cond.count
		for i, x := range past {
			p.past[i], p.past[n*k+i] = T(x), T(x)
		}
	}
	switch c.m.settings.Chains {
	case "cd":
		c.fromData(p, n, step)
	case "pcd", "fpcd":
		c.start()
		c.walk(c.sampling(), c.h, p.rows[n*v:], c.m.settings.Particles, nil, step)
	}
	if err := p.Run(); err != nil {
		return 0, fmt.Errorf("rbm: %w", err)
	}
	switch c.m.settings.Chains {
	case "pcd":
		// The graph has just computed p(h | v) of the samples.
		bernoulli(c.h, p.hidden[n*h:], c.m.settings.Particles, h, c.m.stream.Split(step).Split(hiddenDraw))
	case "fpcd":
		c.sampling().hiddenGiven(p.rows[n*v:], c.h, c.m.settings.Particles, nil, c.m.stream.Split(step).Split(hiddenDraw))
		c.learnFast()
	}
	return p.Loss(), nil
}

// learnFast moves the fast weights along the gradient that the regular ones get, and lets them decay (Tieleman, Hinton 2009,
// algorithm 2).
func (c *chains[T]) learnFast() {
	keep, rate := T(c.m.settings.FastDecay), T(c.m.settings.FastRate)
	for i, g := range graph.Grads[T](c.m.params)[:len(c.fast.all)] {
		c.fast.all[i] = keep*c.fast.all[i] - rate*g
	}
}

// fromData fills the samples of CD-k: chains that start at the data.
func (c *chains[T]) fromData(p *program[T], n int, step uint64) {
	h, v := c.sizes()
	w := c.regular()
	var o *offsets[T]
	if p.past != nil {
		o = &c.moved
		toHidden, toVisible := condWeights[T](c.m)
		o.set(w, toHidden, toVisible, p.past, n)
	}
	c.h = slices.Grow(c.h[:0], n*h)[:n*h]
	w.hiddenGiven(p.rows[:n*v], c.h, n, o, c.m.stream.Split(step).Split(hiddenDraw))
	c.walk(w, c.h, p.rows[n*v:], n, o, step)
}

// walk takes the Gibbs steps v ~ p(v|h), h ~ p(h|v), ..., v ~ p(v|h): it ends at visible states.
func (c *chains[T]) walk(w weights[T], h, v []T, n int, o *offsets[T], step uint64) {
	s := c.m.stream.Split(step)
	for i := range c.m.settings.Steps {
		if i > 0 {
			w.hiddenGiven(v, h, n, o, s.Split(uint64(2*i)))
		}
		w.visibleGiven(h, v, n, o, c.m.gaussian(), s.Split(uint64(2*i+1)))
	}
}

// program returns the graph for n rows of data.
func (c *chains[T]) program(n int) (*program[T], error) {
	if p := c.programs[n]; p != nil {
		return p, nil
	}
	const most = 8
	if len(c.programs) >= most {
		if err := c.close(); err != nil {
			return nil, err
		}
	}
	p, err := compile[T](c.m, n)
	if err != nil {
		return nil, fmt.Errorf("rbm: %w", err)
	}
	c.programs[n] = p
	return p, nil
}

func (c *chains[T]) close() error {
	var all []error
	for n, p := range c.programs {
		all = append(all, p.Close())
		delete(c.programs, n)
	}
	return errors.Join(all...)
}

// State returns the persistent chains, as one bit a unit, and the fast weights.
func (c *chains[T]) State() state.State {
	s := state.State{"chains": c.m.settings.Chains}
	if c.m.settings.Chains != "pcd" && c.m.settings.Chains != "fpcd" {
		return s
	}
	c.start()
	bits := make([]bool, len(c.h))
	for i, x := range c.h {
		bits[i] = x == 1
	}
	s["hidden"] = bits
	if c.m.settings.Chains == "fpcd" {
		fast := make([]float64, len(c.fast.all))
		for i, x := range c.fast.all {
			fast[i] = float64(x)
		}
		s["fast"] = fast
	}
	return s
}

// Restore takes what State gave.
func (c *chains[T]) Restore(s state.State) error {
	kind, err := state.Get[string](s, "chains")
	if err != nil {
		return err
	}
	if kind != c.m.settings.Chains {
		return fmt.Errorf("the saved chains are %s, the machine's %s: resume with the settings of the saved run", kind, c.m.settings.Chains)
	}
	if kind != "pcd" && kind != "fpcd" {
		return nil
	}
	c.start()
	bits, err := state.Slice[bool](s, "hidden", len(c.h))
	if err != nil {
		return err
	}
	if kind == "fpcd" {
		fast, err := state.Slice[float64](s, "fast", len(c.fast.all))
		if err != nil {
			return err
		}
		for i, x := range fast {
			c.fast.all[i] = T(x)
		}
	}
	for i, on := range bits {
		c.h[i] = 0
		if on {
			c.h[i] = 1
		}
	}
	return nil
}
