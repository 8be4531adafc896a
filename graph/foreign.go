package graph

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"

	"lenz/graph/kernel"
)

// foreignStep runs one of Gorgonia's own ops.
type foreignStep[T kernel.Float] struct {
	node   *Node
	how    calling
	from   []*place[T]
	in     []gorgonia.Value
	to     *place[T]
	header header[T] // over memory of the machine's, unless the op makes its own
}

// calling is how one of Gorgonia's ops is called.
type calling int

const (
	plainly  calling = iota // Do: the op makes its value, which may share memory with its inputs
	into                    // UsePreallocDo: the op fills memory of ours
	intoZero                // the same; some ops add to what is there
	over                    // UnsafeDo: the op changes a copy of its input in place
)

func newForeignStep[T kernel.Float](n *Node, in []*Node, from []*place[T], to *place[T]) (step, error) {
	if o, ok := n.Op().(gorgonia.TrainModeOp); ok {
		if err := o.SetTraining(true); err != nil { // as Gorgonia's machines do
			return nil, fmt.Errorf("graph: %v: %w", n, err)
		}
	}
	return &foreignStep[T]{
		node: n, how: callingOf[T](n, in), from: from, in: make([]gorgonia.Value, len(in)), to: to,
		header: header[T]{shape: n.Shape().Clone()},
	}, nil
}

// callingOf picks ways that compute the same bits as Gorgonia's tape machine. That one preallocates for ops that say they call external
// code, with zeros; elementwise ops give the same wherever they write.
func callingOf[T kernel.Float](n *Node, in []*Node) calling {
	kind, ok := n.Type().(gorgonia.TensorType)
	if !ok || kind.Of != dtypeOf[T]() || n.Shape().IsScalar() {
		return plainly
	}
	alike := true // inputs and value are of one kind
	for _, c := range in {
		alike = alike && n.Type().Eq(c.Type()) && slices.Equal(c.Shape(), n.Shape())
	}
	_, fills := n.Op().(gorgonia.UsePreallocDoer)
	_, changes := n.Op().(gorgonia.UnsafeDoer)
	_, binary := n.Op().(gorgonia.BinaryOp)
	switch {
	case fills && n.Op().ReturnsPtr() && n.Op().CallsExtern():
		return intoZero
	case fills && binary && alike:
		return into
	case changes && len(in) == 1 && alike && n.Op().OverwritesInput() == 0:
		return over
	}
	return plainly
}

func (s *foreignStep[T]) String() string { return fmt.Sprintf("%v %v", s.node.Op(), s.node.Shape()) }

func (s *foreignStep[T]) run() error {
	for i, p := range s.from {
		s.in[i] = p.value
	}
	v, err := s.call()
	switch {
	case err != nil:
		return err
	case v == nil:
		return fmt.Errorf("the op gave no value")
	}
	s.to.data, s.to.value = nil, v
	switch {
	case s.how == plainly:
		onEngine(v)
	case v == gorgonia.Value(s.header.dense):
		s.to.data = s.header.data
	default: // memory of others, which may be theirs again when this value is read
		if s.to.value, err = gorgonia.CloneValue(v); err != nil {
			return err
		}
		onEngine(s.to.value)
	}
	return nil
}

func (s *foreignStep[T]) call() (gorgonia.Value, error) {
	switch s.how {
	case into, intoZero:
		if s.how == intoZero {
			clear(s.header.data)
		}
		if v, err := s.node.Op().(gorgonia.UsePreallocDoer).UsePreallocDo(s.header.get(), s.in...); err == nil {
			return v, nil
		}
	case over:
		in, err := s.from[0].floats()
		if err == nil && len(in) == len(s.header.data) {
			copy(s.header.data, in)
			return s.node.Op().(gorgonia.UnsafeDoer).UnsafeDo(s.header.get())
		}
	}
	return s.node.Op().Do(s.in...)
}

// share gives the steps of Gorgonia's ops their memory: a node takes over that of a node of its size whose value nobody reads any more.
func share[T kernel.Float](steps []step) {
	last := map[*place[T]]int{} // the last step that reads a value, or another that may share its memory
	for i, s := range slices.Backward(steps) {
		from, until := reads[T](s), i
		if f, ok := s.(*foreignStep[T]); ok && f.how == plainly {
			until = max(i, last[f.to])
		}
		for _, p := range from {
			last[p] = max(last[p], until)
		}
	}
	free := map[int][][]T{}
	ending := make([][][]T, len(steps)) // memory that is free after a step
	for i, s := range steps {
		if f, ok := s.(*foreignStep[T]); ok && f.how != plainly {
			n := f.header.shape.TotalSize()
			if k := len(free[n]) - 1; k >= 0 {
				f.header.data, free[n] = free[n][k], free[n][:k]
			} else {
				f.header.data = make([]T, n)
			}
			if end := last[f.to]; end > i {
				ending[end] = append(ending[end], f.header.data)
			}
		}
		for _, data := range ending[i] {
			free[len(data)] = append(free[len(data)], data)
		}
	}
}

// reads returns the places that a step reads.
func reads[T kernel.Float](s step) []*place[T] {
	switch s := s.(type) {
	case *fusedStep[T]:
		return s.from
	case *foreignStep[T]:
		return s.from
	}
	return nil
}
