package graph

import (
	"fmt"
	"hash"
	"hash/fnv"
	"slices"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"lenz/graph/kernel"
)

// Custom is an op with its derivative, on flat slices: every fused op of the library is one, and a new one takes two
// functions. Values are dense and row-major. Forward and Backward overwrite what they are given to fill, must not
// change their inputs, and must not keep any slice after they return.
type Custom[T kernel.Float] struct {
	Name  string // for hashes, drawings and errors
	Attrs string // all settings that tell two ops of this name apart
	Shape []int  // of the output; empty for a scalar
	Diff  []bool // which inputs have a derivative; nil for all

	Forward func(out []T, in [][]T) error
	// Backward fills din[i], shaped as input i, with the derivative of the loss; dout is the derivative with respect
	// to out. din[i] is nil where the derivative is not wanted: where Diff says so, and for the program's inputs.
	Backward func(din [][]T, in [][]T, out, dout []T) error
}

// Apply adds the op to the graph. It is a function and not a method because methods have no type parameters; T must be
// the builder's precision.
func Apply[T kernel.Float](b *Builder, c Custom[T], in ...*Node) *Node {
	if b.err != nil {
		return b.Fail(nil)
	}
	if want := dtypeOf[T](); want != b.params.dtype {
		return b.Fail(fmt.Errorf("graph: %s is %v in a program of %v", c.Name, want, b.params.dtype))
	}
	if len(in) == 0 || c.Diff != nil && len(c.Diff) != len(in) {
		return b.Fail(fmt.Errorf("graph: %s has %d inputs and %d entries in Diff", c.Name, len(in), len(c.Diff)))
	}
	diff := make([]bool, len(in)) // nobody asks for derivatives with respect to what Program.Set fills
	for i, n := range in {
		diff[i] = (c.Diff == nil || c.Diff[i]) && !b.isInput(n)
	}
	c.Diff = diff
	out := make([]T, tensor.Shape(c.Shape).TotalSize())
	o := &op[T]{
		name: c.Name, attrs: c.Attrs, shape: c.Shape, diff: c.Diff, out: out,
		run: func(in [][]T) error { return c.Forward(out, in) },
	}
	o.sym = func(in gorgonia.Nodes, outNode, grad *Node) (gorgonia.Nodes, error) {
		if c.Backward == nil {
			return nil, fmt.Errorf("graph: %s has no derivative; use it in programs without a loss", c.Name)
		}
		return backward(b, c, in, outNode, grad)
	}
	return o.add(b, in)
}

// backward adds the nodes of c's derivative: one op fills the derivatives of all inputs, and one more for each input
// hands its own out.
func backward[T kernel.Float](b *Builder, c Custom[T], in gorgonia.Nodes, out, grad *Node) (gorgonia.Nodes, error) {
	din := make([][]T, len(in))
	for i, n := range in {
		if c.Diff[i] {
			din[i] = make([]T, max(1, n.Shape().TotalSize()))
		}
	}
	all := append(slices.Clone(in), out, grad)
	n := len(in)
	done := &op[T]{
		name: c.Name + "'", attrs: c.Attrs, shape: []int{1}, diff: make([]bool, len(all)), out: make([]T, 1),
		run: func(v [][]T) error { return c.Backward(din, v[:n], v[n], v[n+1]) },
	}
	doneNode := done.add(b, all)
	grads := make(gorgonia.Nodes, len(in))
	for i, n := range in {
		if !c.Diff[i] {
			continue
		}
		part := &op[T]{
			name: fmt.Sprintf("%s'[%d]", c.Name, i), attrs: c.Attrs, shape: n.Shape(), diff: []bool{false}, out: din[i],
			run: func([][]T) error { return nil },
		}
		part.place = func(memory []T, title string) { din[i], part.out, part.title = memory, memory, title }
		grads[i] = part.add(b, gorgonia.Nodes{doneNode})
	}
	return grads, b.err
}

// op is the gorgonia.Op of all nodes that we add. Its output memory is its own for the life of the program, so that
// no run allocates anything that grows with the shapes and no value of another node aliases it.
type op[T kernel.Float] struct {
	name, attrs string
	id          uint64 // distinct within a builder: nodes of ours never merge
	shape       tensor.Shape
	diff        []bool
	out         []T
	run         func(in [][]T) error
	sym         func(in gorgonia.Nodes, out, grad *Node) (gorgonia.Nodes, error)
	title       string                         // for drawings, in place of the name
	place       func(memory []T, title string) // of a derivative: puts it where it belongs, before the program is compiled
	types       []hm.Type                      // of the inputs, then of the value
}

var (
	_ gorgonia.SDOp = (*op[float32])(nil)
	_ gorgonia.SDOp = (*op[float64])(nil)
)

// add gives the op its identity and its node.
func (o *op[T]) add(b *Builder, in gorgonia.Nodes) *Node {
	if b.err != nil {
		return b.Fail(nil)
	}
	b.ops++
	o.id = b.ops
	types := make([]hm.Type, 0, len(in)+1)
	for _, n := range in {
		types = append(types, n.Type())
	}
	var ret hm.Type = b.params.dtype
	if len(o.shape) > 0 {
		ret = gorgonia.TensorType{Dims: len(o.shape), Of: b.params.dtype}
	}
	o.types = append(types, ret)
	n, err := gorgonia.ApplyOp(o, in...)
	if err == nil && n.Op() != gorgonia.Op(o) {
		err = fmt.Errorf("gorgonia merged %s with another node of the same hash", o)
	}
	return b.Do(n, err)
}

func (o *op[T]) Arity() int           { return -1 }
func (o *op[T]) ReturnsPtr() bool     { return true }
func (o *op[T]) CallsExtern() bool    { return false }
func (o *op[T]) OverwritesInput() int { return -1 }
func (o *op[T]) DiffWRT(n int) []bool { return o.diff }

func (o *op[T]) String() string {
	if o.title != "" {
		return o.title
	}
	return o.name
}

// Type is made anew for each call: Gorgonia gives it back to a pool that all goroutines share.
func (o *op[T]) Type() hm.Type { return hm.NewFnType(o.types...) }

func (o *op[T]) WriteHash(h hash.Hash) {
	fmt.Fprintf(h, "lenz %d %s(%s) %v %v", o.id, o.name, o.attrs, o.shape, o.types)
}

func (o *op[T]) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	if len(o.shape) == 0 {
		return tensor.ScalarShape(), nil
	}
	return o.shape, nil
}

func (o *op[T]) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

// SymDiff returns the nodes of the derivative, nil for inputs without one.
func (o *op[T]) SymDiff(in gorgonia.Nodes, out, grad *Node) (gorgonia.Nodes, error) {
	if o.sym == nil {
		return nil, fmt.Errorf("graph: %s is itself a derivative; second derivatives are not there", o.name)
	}
	return o.sym(in, out, grad)
}

// Do runs the op on Gorgonia's values, for machines of Gorgonia's. The header of its value is new on every run, since some of
// Gorgonia's ops reshape their input's header in place.
func (o *op[T]) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	data := make([][]T, len(in))
	for i, v := range in {
		var err error
		if data[i], err = floats[T](v); err != nil {
			return nil, fmt.Errorf("graph: %s: input %d: %w", o.name, i, err)
		}
	}
	if err := o.run(data); err != nil {
		return nil, err
	}
	if len(o.shape) == 0 {
		return scalar(o.out[0]), nil
	}
	return tensor.New(tensor.WithShape(o.shape...), tensor.WithBacking(o.out)), nil
}

func scalar[T kernel.Float](v T) gorgonia.Value {
	if f, ok := any(v).(float32); ok {
		return gorgonia.NewF32(f)
	}
	return gorgonia.NewF64(float64(v))
}

// floats returns the value's memory; a view with strides of its own is copied to dense memory first.
func floats[T kernel.Float](v gorgonia.Value) ([]T, error) {
	if d, ok := v.(*tensor.Dense); ok && (d.RequiresIterator() || !d.DataOrder().IsRowMajor()) {
		m, ok := d.Materialize().(*tensor.Dense)
		if !ok {
			return nil, fmt.Errorf("cannot make %T dense", v)
		}
		v = m
	}
	switch d := v.Data().(type) {
	case []T:
		return d, nil
	case T:
		return []T{d}, nil
	default:
		return nil, fmt.Errorf("holds %T, want %v", d, dtypeOf[T]())
	}
}

func dtypeOf[T kernel.Float]() tensor.Dtype {
	var zero T
	if _, ok := any(zero).(float32); ok {
		return Float32
	}
	return Float64
}
