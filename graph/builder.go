package graph

import (
	"fmt"
	"sync"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"lenz/graph/kernel"
	"lenz/internal/near"
	"lenz/internal/rng"
)

// Node is a node of a Gorgonia graph.
type Node = gorgonia.Node

// A Builder makes the graph of one program. Errors stick: after the first one every method returns a harmless node, and
// Compile (or Err) reports it, so that a model reads as its equations. Use a builder from one goroutine.
//
// Gorgonia's own functions join in through Do:
//
//	z := b.Do(gorgonia.Sigmoid(b.Add(x, u)))
type Builder struct {
	g        *gorgonia.ExprGraph
	params   *Params
	training bool
	err      error
	ops      uint64
	leaves   map[string]*leaf
	wrt      []*Param
	clock    *clock
	poison   *Node
	sinks    []*Node // through which values leave
}

// leaf is a node without children: an input or a parameter.
type leaf struct {
	node  *Node
	value *tensor.Dense
	param *Param
	fixed bool // zeros: Program.Set does not know it
}

// input tells whether Program.Set fills the leaf.
func (l *leaf) input() bool { return l.param == nil && !l.fixed }

// clock keys the random numbers of a run: the learner moves it, dropout reads it.
type clock struct {
	stream *rng.Stream
	step   uint64
}

// Option changes how a builder works.
type Option func(*Builder)

// Training makes layers that differ between training and evaluation, such as Dropout, work as in training.
func Training() Option { return func(b *Builder) { b.training = true } }

// NewBuilder returns a builder of programs on the given parameters.
func NewBuilder(p *Params, opts ...Option) *Builder {
	useKernels()
	b := &Builder{
		g:      gorgonia.NewGraph(),
		params: p,
		leaves: map[string]*leaf{},
		clock:  &clock{stream: rng.New(p.seed, "run")},
	}
	for _, o := range opts {
		o(b)
	}
	return b
}

// useKernels makes Gorgonia and gonum multiply with package kernel, once: the only global switch.
var useKernels = sync.OnceFunc(func() {
	kernel.Install()
	gorgonia.Use(kernel.BLAS{})
	hashConstants()
})

// hashConstants makes Gorgonia hash the constants that all of its graphs share, such as the 1 that a gradient begins with. It
// notes the hash in them at their first use, which two graphs that are differentiated at the same time must not do at once.
// The derivatives below use them all; none can fail.
func hashConstants() {
	for _, dtype := range []tensor.Dtype{Float32, Float64} {
		x := gorgonia.NewScalar(gorgonia.NewGraph(), dtype, gorgonia.WithName("x"))
		sum := x
		for _, f := range []func(*Node) (*Node, error){
			gorgonia.Square, gorgonia.Cube, gorgonia.Log2, gorgonia.Tanh, gorgonia.Sigmoid, gorgonia.Log1p, gorgonia.Inverse, gorgonia.Sqrt,
		} {
			y, err := f(x)
			if err == nil {
				y, err = gorgonia.Add(sum, y)
			}
			if err != nil {
				panic(fmt.Sprintf("graph: Gorgonia cannot differentiate its own functions: %v", err))
			}
			sum = y
		}
		if _, err := gorgonia.Grad(sum, x); err != nil {
			panic(fmt.Sprintf("graph: Gorgonia cannot differentiate its own functions: %v", err))
		}
	}
}

// Err returns the first error, or nil.
func (b *Builder) Err() error { return b.err }

// Training says whether layers are to work as in training.
func (b *Builder) Training() bool { return b.training }

// Dtype is the precision.
func (b *Builder) Dtype() tensor.Dtype { return b.params.dtype }

// Graph is the Gorgonia graph under construction, for functions that want it.
func (b *Builder) Graph() *gorgonia.ExprGraph { return b.g }

// Fail records err if it is the first one, and returns a node that is safe to go on with.
func (b *Builder) Fail(err error) *Node {
	if b.err == nil {
		b.err = err
	}
	if b.poison == nil {
		b.poison = gorgonia.NewScalar(b.g, b.params.dtype, gorgonia.WithName("poison"))
	}
	return b.poison
}

// Do takes what one of Gorgonia's functions returned.
func (b *Builder) Do(n *Node, err error) *Node {
	switch {
	case b.err != nil:
		return b.Fail(nil)
	case err != nil:
		return b.Fail(fmt.Errorf("graph: %w", err))
	case n == nil:
		return b.Fail(fmt.Errorf("graph: an op returned no node"))
	}
	return n
}

// Input declares an input of the given shape; Program.Set fills it. No shape means a scalar of shape [1].
func (b *Builder) Input(name string, shape ...int) *Node {
	if len(shape) == 0 {
		shape = []int{1}
	}
	for _, d := range shape {
		if d < 1 {
			return b.Fail(fmt.Errorf("graph: input %s has shape %v; each dimension must be at least 1", name, shape))
		}
	}
	value := tensor.New(tensor.Of(b.params.dtype), tensor.WithShape(shape...))
	return b.addLeaf(name, &leaf{value: value})
}

// Zeros returns a node of zeros, such as an initial state.
func (b *Builder) Zeros(shape ...int) *Node {
	name := fmt.Sprintf("zeros %d", len(b.leaves))
	n := b.Input(name, shape...)
	if b.err == nil {
		b.leaves[name].fixed = true
	}
	return n
}

// Param returns the node of a parameter of the builder's set, the same one on every call.
func (b *Builder) Param(q *Param) *Node {
	switch {
	case q == nil:
		return b.Fail(fmt.Errorf("graph: a parameter is nil; add it to the Params first"))
	case q.set != b.params:
		return b.Fail(fmt.Errorf("graph: parameter %s belongs to another set of Params than the builder's", q.name))
	}
	if l := b.leaves[q.name]; l != nil && l.param == q {
		return l.node
	}
	b.params.seal()
	n := b.addLeaf(q.name, &leaf{value: q.value, param: q})
	if b.err == nil {
		b.wrt = append(b.wrt, q)
	}
	return n
}

func (b *Builder) addLeaf(name string, l *leaf) *Node {
	if b.err != nil {
		return b.Fail(nil)
	}
	if name == "" || b.leaves[name] != nil {
		return b.Fail(fmt.Errorf("graph: input name %q is empty or taken; give each input a name of its own", name))
	}
	l.node = gorgonia.NewTensor(b.g, b.params.dtype, l.value.Dims(), gorgonia.WithShape(l.value.Shape()...),
		gorgonia.WithName(name), gorgonia.WithValue(l.value))
	for other, o := range b.leaves {
		if o.node == l.node {
			return b.Fail(fmt.Errorf("graph: inputs %s and %s have the same hash in Gorgonia; rename one", name, other))
		}
	}
	b.leaves[name] = l
	return l.node
}

// isInput tells whether a node is an input or zeros: it does not learn.
func (b *Builder) isInput(n *Node) bool {
	l := b.leaves[n.Name()]
	return l != nil && l.node == n && l.param == nil
}

// unknownInput says which inputs there are.
func unknownInput(name string, known []string) error {
	return fmt.Errorf("graph: no input %q%s; the inputs are %v", name, near.Suggest(name, known), known)
}
