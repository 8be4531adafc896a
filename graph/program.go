package graph

import (
	"fmt"
	"maps"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"lenz/graph/kernel"
)

// Output names a node whose value a run leaves behind.
type Output struct {
	Name string
	Node *Node
}

// A Program is a compiled graph of fixed shapes. Compile it once a shape and run it many times: a run computes the loss, the
// gradients of all parameters that the graph uses (into the arena of Params, overwriting) and the outputs. A
// program is used by one goroutine at a time; programs that share Params must not run at the same time as an optimizer's step.
type Program struct {
	b       *Builder
	vm      gorgonia.VM
	loss    []float64
	outputs map[string]*sink
}

// sink keeps a copy of a node's value: what leaves a program never aliases the machine's memory.
type sink struct {
	shape tensor.Shape
	data  any // []float32 or []float64
}

// Compile makes the program. With a loss (a scalar node) a run also computes the gradients of every parameter that the
// builder has handed out; one that the loss does not depend on is an error, since it would silently never learn.
// With a nil loss it runs forward only. The builder is used up.
func (b *Builder) Compile(loss *Node, outputs ...Output) (*Program, error) {
	if b.err != nil {
		return nil, b.err
	}
	if loss == nil && len(outputs) == 0 {
		return nil, fmt.Errorf("graph: a program needs a loss or an output")
	}
	p := &Program{b: b, outputs: map[string]*sink{}}
	var err error
	if b.params.dtype == Float32 {
		err = compile[float32](b, p, loss, outputs)
	} else {
		err = compile[float64](b, p, loss, outputs)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// compile makes the machine for the nodes through which values leave. A layer hands out all of its states, and a model takes those
// that it needs: what none of these nodes depends on is not computed.
func compile[T kernel.Float](b *Builder, p *Program, loss *Node, outputs []Output) error {
	finish[T](b, p, loss, outputs)
	if b.err != nil {
		return b.err
	}
	m, err := newMachine[T](b.g, b.sinks)
	p.vm = m
	return err
}

// finish adds the gradients and the nodes through which values leave.
func finish[T kernel.Float](b *Builder, p *Program, loss *Node, outputs []Output) {
	for _, o := range outputs {
		if o.Node == nil {
			b.Fail(fmt.Errorf("graph: output %q has no node", o.Name))
			return
		}
		if _, taken := p.outputs[o.Name]; taken || o.Name == "" {
			b.Fail(fmt.Errorf("graph: output name %q is empty or taken", o.Name))
			return
		}
		data := make([]T, max(1, o.Node.Shape().TotalSize()))
		p.outputs[o.Name] = &sink{shape: o.Node.Shape().Clone(), data: data}
		capture(b, "output "+o.Name, o.Node, func(v []T) { copy(data, v) })
	}
	if loss == nil {
		return
	}
	if !loss.Shape().IsScalarEquiv() {
		b.Fail(fmt.Errorf("graph: the loss has shape %v, want a scalar; take its mean or sum", loss.Shape()))
		return
	}
	p.loss = make([]float64, 1)
	capture(b, "loss", loss, func(v []T) { p.loss[0] = float64(v[0]) })
	gradients[T](b, loss)
}

// gradients differentiates the loss and adds a node that copies each gradient to the arena.
func gradients[T kernel.Float](b *Builder, loss *Node) {
	if len(b.wrt) == 0 || b.err != nil {
		return
	}
	wrt := make(gorgonia.Nodes, len(b.wrt))
	used := dependsOn(b.g, loss)
	for i, q := range b.wrt {
		wrt[i] = b.leaves[q.name].node
		if !used[wrt[i].ID()] {
			b.Fail(fmt.Errorf("graph: the loss does not depend on parameter %s, so it would never learn; use it or leave it out", q.name))
			return
		}
	}
	grads, err := gorgonia.Grad(loss, wrt...)
	if err != nil {
		b.Fail(fmt.Errorf("graph: differentiating: %w", err))
		return
	}
	for i, q := range b.wrt {
		if grads[i] == nil || grads[i].Shape().TotalSize() != q.Size() {
			b.Fail(fmt.Errorf("graph: parameter %s of shape %v got no gradient of its shape from Gorgonia", q.name, q.shape))
			return
		}
		dst := Grads[T](b.params)[q.offset : q.offset+q.Size() : q.offset+q.Size()]
		name := "gradient of " + q.name
		if o, ok := grads[i].Op().(*op[T]); ok && o.place != nil {
			o.place(dst, name)
			b.sinks = append(b.sinks, grads[i])
			continue
		}
		capture(b, name, grads[i], func(v []T) { copy(dst, v) })
	}
}

// dependsOn returns the ids of the nodes and of all that they are computed from.
func dependsOn(g *gorgonia.ExprGraph, nodes ...*Node) map[int64]bool {
	seen, queue := map[int64]bool{}, []int64{}
	for _, n := range nodes {
		seen[n.ID()] = true
		queue = append(queue, n.ID())
	}
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		for it := g.From(id); it.Next(); {
			if c := it.Node().ID(); !seen[c] {
				seen[c] = true
				queue = append(queue, c)
			}
		}
	}
	return seen
}

// capture adds a node that hands the value of n to keep at every run.
func capture[T kernel.Float](b *Builder, name string, n *Node, keep func([]T)) {
	o := &op[T]{
		name: name, shape: tensor.Shape{1}, diff: []bool{false}, out: make([]T, 1),
		run: func(in [][]T) error {
			keep(in[0])
			return nil
		},
	}
	b.sinks = append(b.sinks, o.add(b, gorgonia.Nodes{n}))
}

// Set fills an input with as many values as its shape holds; they are rounded to the program's precision.
func (p *Program) Set(name string, values []float64) error {
	l := p.b.leaves[name]
	if l == nil || !l.input() {
		return unknownInput(name, p.Inputs())
	}
	if len(values) != l.value.Shape().TotalSize() {
		return fmt.Errorf("graph: input %s takes %d values for its shape %v, got %d", name, l.value.Shape().TotalSize(), l.value.Shape(), len(values))
	}
	fromFloat64(l.value.Data(), values)
	return nil
}

// Inputs returns the names of the inputs, sorted.
func (p *Program) Inputs() []string {
	var names []string
	for name, l := range p.b.leaves {
		if l.input() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// SetStep keys the random numbers of the coming run, such as dropout's masks: the same seed and step give the same.
func (p *Program) SetStep(step uint64) { p.b.clock.step = step }

// Run computes loss, gradients and outputs from the inputs and the parameters as they stand.
func (p *Program) Run() error {
	if p.vm == nil {
		return fmt.Errorf("graph: the program is closed")
	}
	err := p.vm.RunAll()
	p.vm.Reset()
	if err != nil {
		return fmt.Errorf("graph: %w", err)
	}
	return nil
}

// Loss is the loss of the last run; 0 for a program without one.
func (p *Program) Loss() float64 {
	if p.loss == nil {
		return 0
	}
	return p.loss[0]
}

// Read copies an output of the last run into dst, which must have its size, and returns the output's shape.
func (p *Program) Read(name string, dst []float64) ([]int, error) {
	s := p.outputs[name]
	if s == nil {
		return nil, fmt.Errorf("graph: no output %q; the outputs are %v", name, slices.Sorted(maps.Keys(p.outputs)))
	}
	var n int
	switch d := s.data.(type) {
	case []float32:
		n = len(d)
		if len(dst) == n {
			for i, v := range d {
				dst[i] = float64(v)
			}
		}
	case []float64:
		n = len(d)
		copy(dst, d)
	}
	if len(dst) != n {
		return nil, fmt.Errorf("graph: output %s has %d values (shape %v), the destination %d", name, n, s.shape, len(dst))
	}
	return s.shape, nil
}

// Output returns a copy of an output of the last run, and its shape.
func (p *Program) Output(name string) ([]float64, []int, error) {
	s := p.outputs[name]
	if s == nil {
		_, err := p.Read(name, nil)
		return nil, nil, err
	}
	dst := make([]float64, max(1, s.shape.TotalSize()))
	shape, err := p.Read(name, dst)
	return dst, shape, err
}

// Close releases the machine; the program runs no more. Closing twice is fine.
func (p *Program) Close() error {
	if p.vm == nil {
		return nil
	}
	err := p.vm.Close()
	p.vm = nil
	return err
}

// InputData returns the memory of an input, row-major, for callers who fill it in the program's precision without a copy; what it
// holds stays until it is overwritten.
func InputData[T kernel.Float](p *Program, name string) ([]T, error) {
	l := p.b.leaves[name]
	if l == nil || !l.input() {
		return nil, unknownInput(name, p.Inputs())
	}
	data, ok := l.value.Data().([]T)
	if !ok {
		return nil, fmt.Errorf("graph: input %s holds %v, want %v", name, l.value.Dtype(), dtypeOf[T]())
	}
	return data, nil
}
