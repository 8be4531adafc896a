package recurrent

import (
	"errors"
	"fmt"
	"slices"

	"lenz/graph"
	"lenz/layers"
)

// use is what a program is for.
type use int

const (
	learn   use = iota // loss of each member, with gradients and dropout
	score              // loss of the joint forecast
	predict            // outputs
)

// form is which readout a program has.
type form int

const (
	direct   form = iota // the whole horizon from the final state
	steps                // one step ahead at each step from skip on
	sequence             // one label from the final states
)

// key tells the programs of a model apart.
type key struct {
	use           use
	form          form
	T, B, skip    int
	lengths, mask bool
	in, out       bool // states go in, come out
	member        int  // the only member in it; -1 for all
}

// rows is how many steps the outputs have.
func (m *Model) rows(k key) int {
	switch k.form {
	case direct:
		return m.layout.Horizon
	case steps:
		return k.T - k.skip
	}
	return 1
}

// program is a compiled graph with the memory that feeds it.
type program struct {
	*graph.Program
	key    key
	values map[string][]float64 // by input; nil for those that are fed from elsewhere
	pred   []float64            // outputs of a predict program
	shape  []int                // of pred
	states []string             // names of the states that go in or come out
	out    [][]float64          // states that came out
}

// maxPrograms bounds the cache: a training run needs a handful (full and last batch, of training and validation).
const maxPrograms = 16

// cache holds programs, the most recently used last.
type cache struct{ list []*program }

func (c *cache) find(k key) *program {
	for i, p := range c.list {
		if p.key == k {
			copy(c.list[i:], c.list[i+1:])
			c.list[len(c.list)-1] = p
			return p
		}
	}
	return nil
}

func (c *cache) add(p *program) error {
	c.list = append(c.list, p)
	if len(c.list) <= maxPrograms {
		return nil
	}
	oldest := c.list[0]
	c.list = slices.Delete(c.list, 0, 1)
	return oldest.Close()
}

func (c *cache) close() error {
	var all []error
	for _, p := range c.list {
		all = append(all, p.Close())
	}
	c.list = nil
	return errors.Join(all...)
}

// program returns the compiled program of the key.
func (m *Model) program(k key) (*program, error) {
	if p := m.programs.find(k); p != nil {
		return p, nil
	}
	p, err := m.compile(k)
	if err == nil {
		err = m.programs.add(p)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.name, err)
	}
	return p, nil
}

func (m *Model) compile(k key) (*program, error) {
	var options []graph.Option
	if k.use == learn {
		options = append(options, graph.Training())
	}
	b := graph.NewBuilder(m.params, options...)
	p := &program{key: k, values: map[string][]float64{}}
	input := func(name string, shape ...int) *graph.Node {
		p.values[name] = make([]float64, size(shape))
		return b.Input(name, shape...)
	}
	in := m.inputs(k, input)
	var outs []*graph.Node
	var exits []graph.Output
	for i, n := range m.nets {
		if k.member >= 0 && k.member != i {
			continue
		}
		names := n.stateNames(i)
		if k.in {
			in.initial = n.initial(names, func(name string) *graph.Node { return b.Input(name, k.B, m.settings.Hidden) })
		}
		out, final := m.member(b, n, in, k)
		outs = append(outs, out)
		if k.in || k.out {
			p.states = append(p.states, names...)
		}
		if k.out {
			exits = append(exits, n.exits(names, final)...)
			for range names {
				p.out = append(p.out, make([]float64, k.B*m.settings.Hidden))
			}
		}
	}
	loss, more := m.ends(b, k, outs, input)
	var err error
	p.Program, err = b.Compile(loss, append(exits, more...)...)
	if k.use == predict && err == nil {
		p.pred, p.shape, err = p.Output("out")
	}
	return p, err
}

// ends adds what comes after the members: the loss for learning, the outputs for other uses.
func (m *Model) ends(b *graph.Builder, k key, outs []*graph.Node, input func(string, ...int) *graph.Node) (*graph.Node, []graph.Output) {
	if k.use == predict {
		return nil, []graph.Output{{Name: "out", Node: combine(b, m.gaussian(), outs)}}
	}
	var mask, scale, shift *graph.Node
	shape := []int{m.rows(k), k.B, len(m.layout.Targets)}
	if k.form == sequence {
		shape = shape[1:]
	}
	y := input("y", shape...)
	if k.mask {
		mask = input("mask", shape...)
	}
	// The gaussian head meets the normalised target; points and quantiles go back to the units of the batch.
	if m.normalizes(k) && !m.gaussian() {
		scale, shift = input("scale", shape...), input("shift", shape...)
	}
	loss := func(out *graph.Node) *graph.Node {
		if scale != nil {
			out = rescale(b, out, scale, shift, m.outputs)
		}
		return b.Loss(m.loss, out, y, mask)
	}
	if k.use == score {
		return nil, []graph.Output{{Name: "loss", Node: loss(combine(b, m.gaussian(), outs))}}
	}
	total := loss(outs[0])
	for _, out := range outs[1:] {
		total = b.Add(total, loss(out))
	}
	if len(outs) > 1 {
		total = b.Affine(total, 1/float64(len(outs)), 0)
	}
	return total, nil
}

// inputs declares what all members read.
func (m *Model) inputs(k key, input func(string, ...int) *graph.Node) inputs {
	l := m.layout
	var in inputs
	width := len(l.Inputs)
	if m.recursive() {
		width += len(l.Future)
	}
	in.x = input("x", k.T, k.B, width)
	if k.form == direct && len(l.Future) > 0 {
		in.future = input("future", l.Horizon, k.B, len(l.Future))
	}
	if n := m.settings.Highway; n > 0 {
		d := len(l.Targets)
		if k.form == direct {
			in.recent = input("recent", k.B*d, n)
		} else {
			in.recent = input("recent", k.T-k.skip, k.B, d, n)
		}
	}
	if k.lengths {
		in.lengths = input("lengths", k.B)
	}
	return in
}

// member adds one network: its outputs and final states.
func (m *Model) member(b *graph.Builder, n *net, in inputs, k key) (*graph.Node, []layers.State) {
	switch k.form {
	case direct:
		return n.direct(b, m, in), nil
	case steps:
		return n.steps(b, m, in, k)
	}
	return n.sequence(b, in), nil
}

// initial declares the states that go in, by their names.
func (n *net) initial(names []string, input func(string) *graph.Node) []layers.State {
	states := make([]layers.State, n.rnn.States())
	for i := range states {
		if !n.rnn.HasCell() {
			states[i].H = input(names[i])
			continue
		}
		states[i].H, states[i].C = input(names[2*i]), input(names[2*i+1])
	}
	return states
}

// exits names the states that come out.
func (n *net) exits(names []string, final []layers.State) []graph.Output {
	var out []graph.Output
	for i, s := range final {
		if !n.rnn.HasCell() {
			out = append(out, graph.Output{Name: names[i], Node: s.H})
			continue
		}
		out = append(out, graph.Output{Name: names[2*i], Node: s.H}, graph.Output{Name: names[2*i+1], Node: s.C})
	}
	return out
}

// run feeds the program's memory in, runs it and reads the states that come out.
func (p *program) run() error {
	for name, v := range p.values {
		if err := p.Set(name, v); err != nil {
			return err
		}
	}
	if err := p.Run(); err != nil {
		return err
	}
	for i := range p.out {
		if _, err := p.Read(p.states[i], p.out[i]); err != nil {
			return err
		}
	}
	if p.pred != nil {
		_, err := p.Read("out", p.pred)
		return err
	}
	return nil
}

// setStates feeds the states that go in.
func (p *program) setStates(states [][]float64) error {
	for i, name := range p.states {
		if err := p.Set(name, states[i]); err != nil {
			return err
		}
	}
	return nil
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
