package graph

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"lenz/graph/kernel"
)

// machine is a gorgonia.VM that carries out the nodes which its roots depend on, one after another in the order in which they were
// made, in the caller's goroutine. What can be decided once is decided when it is made: which memory each node reads and
// writes, and how each of Gorgonia's ops is called. A run starts from the beginning, so that Reset has nothing to do.
type machine[T kernel.Float] struct{ steps []step }

var (
	_ gorgonia.VM = (*machine[float32])(nil)
	_ gorgonia.VM = (*machine[float64])(nil)
)

// step computes one node.
type step interface {
	run() error
	String() string // for errors
}

func newMachine[T kernel.Float](g *gorgonia.ExprGraph, roots []*Node) (*machine[T], error) {
	live := dependsOn(g, roots...)
	var order []*Node
	for _, n := range g.AllNodes() { // a graph takes up a node after all that it is computed from
		if op := n.Op(); op != nil && op.Type() == nil {
			return nil, fmt.Errorf("graph: %v is a statement of Gorgonia (Read or Let), which programs do not run; name the node in an Output", n)
		}
		if live[n.ID()] {
			order = append(order, n)
		}
	}
	l := &layout[T]{order: order, places: map[int64]*place[T]{}}
	m := &machine[T]{}
	for _, n := range order {
		s, err := l.step(n, children(g, n))
		if err != nil {
			return nil, err
		}
		m.steps = append(m.steps, s)
	}
	share[T](m.steps)
	return m, nil
}

// children are the nodes that n is computed from, in the order in which its op takes them.
func children(g *gorgonia.ExprGraph, n *Node) (nodes []*Node) {
	for it := g.From(n.ID()); it != nil && it.Next(); {
		nodes = append(nodes, it.Node().(*Node))
	}
	return nodes
}

// RunAll computes all nodes. It stops at the first that fails, and an op that panics fails.
func (m *machine[T]) RunAll() (err error) {
	at := 0
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v panicked: %v", m.steps[at], r)
		}
	}()
	for ; at < len(m.steps); at++ {
		if err := m.steps[at].run(); err != nil {
			return fmt.Errorf("%v: %w", m.steps[at], err)
		}
	}
	return nil
}

// Reset is there for gorgonia.VM.
func (m *machine[T]) Reset() {}

// Close drops the memory.
func (m *machine[T]) Close() error {
	m.steps = nil
	return nil
}

// place is where the value of a node stands.
type place[T kernel.Float] struct {
	data  []T            // dense and row-major; nil where only the value knows its memory
	value gorgonia.Value // what Gorgonia's ops read; nil where none of them does
	read  bool           // by one of Gorgonia's ops
	one   [1]T           // a scalar of Gorgonia's
}

// floats is the memory of the value.
func (p *place[T]) floats() ([]T, error) {
	if p.data != nil {
		return p.data, nil
	}
	switch v := p.value.(type) {
	case *gorgonia.F32:
		if dtypeOf[T]() == Float32 {
			p.one[0] = T(*v)
			return p.one[:], nil
		}
	case *gorgonia.F64:
		if dtypeOf[T]() == Float64 {
			p.one[0] = T(*v)
			return p.one[:], nil
		}
	}
	return floats[T](p.value)
}

// layout makes the steps and gives each node its place.
type layout[T kernel.Float] struct {
	order  []*Node
	places map[int64]*place[T]
}

func (l *layout[T]) step(n *Node, in []*Node) (step, error) {
	to := &place[T]{}
	l.places[n.ID()] = to
	from := make([]*place[T], len(in))
	for i, c := range in {
		if from[i] = l.places[c.ID()]; from[i] == nil {
			return nil, fmt.Errorf("graph: %v is older than %v, which it is computed from", n, c)
		}
	}
	if n.Op() == nil {
		return &leafStep[T]{node: n, to: to}, nil
	}
	if o, ok := n.Op().(*op[T]); ok {
		to.data = o.out
		return &fusedStep[T]{op: o, from: from, in: make([][]T, len(in)), to: to, header: header[T]{shape: o.shape, data: o.out}}, nil
	}
	for _, p := range from {
		p.read = true
	}
	return newForeignStep(n, in, from, to)
}

// leafStep takes up the value of an input or a parameter.
type leafStep[T kernel.Float] struct {
	node   *Node
	to     *place[T]
	bound  gorgonia.Value // what the node held in the last run: gorgonia.Let may bind another value
	header header[T]
}

func (s *leafStep[T]) String() string { return fmt.Sprintf("%s %v", s.node.Name(), s.node.Shape()) }

func (s *leafStep[T]) run() error {
	v := s.node.Value()
	if v == nil {
		return fmt.Errorf("no value is bound to the node")
	}
	if v != s.bound {
		s.bound = v
		s.to.data, s.to.value = nil, v
		if d, ok := v.(*tensor.Dense); ok && plain(d) {
			s.to.data, _ = d.Data().([]T)
			s.header = header[T]{shape: d.Shape().Clone(), data: s.to.data} // v itself may be a parameter that other programs read
		}
		if s.to.data == nil {
			onEngine(v)
		}
	}
	if s.to.read && s.to.data != nil {
		s.to.value = s.header.get()
	}
	return nil
}

// fusedStep runs an op of ours.
type fusedStep[T kernel.Float] struct {
	op     *op[T]
	from   []*place[T]
	in     [][]T
	to     *place[T]
	header header[T]
}

func (s *fusedStep[T]) String() string { return fmt.Sprintf("%v %v", s.op, s.op.shape) }

func (s *fusedStep[T]) run() error {
	for i, p := range s.from {
		var err error
		if s.in[i], err = p.floats(); err != nil {
			return fmt.Errorf("input %d: %w", i, err)
		}
	}
	if err := s.op.run(s.in); err != nil {
		return err
	}
	switch {
	case !s.to.read:
	case len(s.op.shape) == 0:
		s.to.value = scalar(s.op.out[0])
	default:
		s.to.value = s.header.get()
	}
	return nil
}

// header is a tensor over memory that stays the same. Some of Gorgonia's ops reshape or transpose what they read, in place: one
// that is no longer as it was is made again.
type header[T kernel.Float] struct {
	shape   tensor.Shape
	data    []T
	dense   *tensor.Dense
	strides []int
}

func (h *header[T]) get() *tensor.Dense {
	if d := h.dense; d != nil && plain(d) && slices.Equal(d.Shape(), h.shape) && slices.Equal(d.Strides(), h.strides) {
		return d
	}
	h.dense = tensor.New(tensor.WithShape(slices.Clone(h.shape)...), tensor.WithBacking(h.data), tensor.WithEngine(gorgonia.StandardEngine{}))
	h.strides = slices.Clone(h.dense.Strides())
	return h.dense
}

// plain tells whether the values lie row-major and without gaps.
func plain(d *tensor.Dense) bool { return !d.RequiresIterator() && d.DataOrder().IsRowMajor() }

// onEngine makes Gorgonia's engine compute with the value.
func onEngine(v gorgonia.Value) gorgonia.Value {
	if d, ok := v.(*tensor.Dense); ok && d.Engine() != tensor.Engine(gorgonia.StandardEngine{}) {
		tensor.WithEngine(gorgonia.StandardEngine{})(d)
	}
	return v
}
