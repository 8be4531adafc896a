package graph

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"lenz/graph/kernel"
	"lenz/internal/rng"
	"lenz/internal/state"
)

// The two precisions of a program.
var (
	Float32 = tensor.Float32
	Float64 = tensor.Float64
)

// Precision is the one that a setting names: float64, or else float32.
func Precision(name string) tensor.Dtype {
	if name == Float64.String() {
		return Float64
	}
	return Float32
}

// Params holds the parameters of a model in one arena and their gradients in another, so that an optimizer
// updates them in one pass, a checkpoint writes them at once and clipping takes one norm. Programs of any shape
// share them.
//
// Add declares parameters; the first use (ValueGrads, Values, a builder's Param) lays out the arenas and draws the
// initial values, after which Add is refused.
type Params struct {
	dtype  tensor.Dtype
	seed   uint64
	list   []*Param
	byName map[string]*Param
	size   int
	sealed bool
	arena  any // []float32 or []float64
	grads  any
}

// NewParams returns an empty set of the given precision, Float32 or Float64. Initial values are drawn from streams
// keyed by the seed and the parameter's name: the order of declaration does not matter.
func NewParams(dtype tensor.Dtype, seed uint64) *Params {
	kernel.Install() // before the first weights are drawn: those of a QR factorization have its bits
	return &Params{dtype: dtype, seed: seed, byName: map[string]*Param{}}
}

// Param is one named parameter: a view of the arena. It is what a gorgonia.Solver steps.
type Param struct {
	name   string
	shape  tensor.Shape
	init   Init
	offset int
	value  *tensor.Dense
	grad   *tensor.Dense
	set    *Params
}

var (
	_ gorgonia.ValueGrad = (*Param)(nil)
	_ gorgonia.Namer     = (*Param)(nil)
	_ state.Stateful     = (*Params)(nil)
)

// Add declares a parameter. Names are PyTorch's, such as rnn.weight_ih_l0.
func (p *Params) Add(name string, init Init, shape ...int) (*Param, error) {
	s := tensor.Shape(slices.Clone(shape))
	switch {
	case p.dtype != Float32 && p.dtype != Float64:
		return nil, fmt.Errorf("graph: parameters of type %v; want graph.Float32 or graph.Float64", p.dtype)
	case p.sealed:
		return nil, fmt.Errorf("graph: parameter %s is declared after the first use of the others; declare all of them first", name)
	case name == "":
		return nil, fmt.Errorf("graph: a parameter of shape %v has no name", s)
	case p.byName[name] != nil:
		return nil, fmt.Errorf("graph: parameter %s is declared twice, as %v and as %v", name, p.byName[name].shape, s)
	case len(s) == 0 || slices.Min(s) < 1:
		return nil, fmt.Errorf("graph: parameter %s has shape %v; want at least one dimension, each at least 1", name, s)
	case init == nil:
		return nil, fmt.Errorf("graph: parameter %s has no initializer", name)
	}
	q := &Param{name: name, shape: s, init: init, offset: p.size, set: p}
	p.size += s.TotalSize()
	p.list = append(p.list, q)
	p.byName[name] = q
	return q, nil
}

// Dtype is the precision.
func (p *Params) Dtype() tensor.Dtype { return p.dtype }

// All returns the parameters in the order of their declaration.
func (p *Params) All() []*Param { return p.list }

// ByName returns the parameter of that name, or nil.
func (p *Params) ByName(name string) *Param { return p.byName[name] }

// Count is the number of values, the sum of all sizes.
func (p *Params) Count() int { return p.size }

// ValueGrads returns the parameters as a gorgonia.Solver takes them.
func (p *Params) ValueGrads() []gorgonia.ValueGrad {
	p.seal()
	vg := make([]gorgonia.ValueGrad, len(p.list))
	for i, q := range p.list {
		vg[i] = q
	}
	return vg
}

// Values returns the arena of all values, in the order of declaration. It panics when T is not the precision.
func Values[T kernel.Float](p *Params) []T {
	p.seal()
	return p.arena.([]T)
}

// Grads returns the arena of all gradients, laid out as Values.
func Grads[T kernel.Float](p *Params) []T {
	p.seal()
	return p.grads.([]T)
}

// CopyFloats returns the values as float64, laid out as Values.
func (p *Params) CopyFloats() []float64 {
	p.seal()
	return toFloat64(p.arena)
}

// CopyGrads returns the gradients as float64, laid out as Values.
func (p *Params) CopyGrads() []float64 {
	p.seal()
	return toFloat64(p.grads)
}

// SetFloats sets all values; v is laid out as Values and is rounded to the precision.
func (p *Params) SetFloats(v []float64) error {
	p.seal()
	if len(v) != p.size {
		return fmt.Errorf("graph: %d values for %d parameters", len(v), p.size)
	}
	fromFloat64(p.arena, v)
	return nil
}

// State returns a copy of the values by name.
func (p *Params) State() state.State {
	p.seal()
	s := state.State{}
	for _, q := range p.list {
		switch d := q.value.Data().(type) {
		case []float32:
			s[q.name] = slices.Clone(d)
		case []float64:
			s[q.name] = slices.Clone(d)
		}
	}
	return s
}

// Restore sets all values; a missing name, a further name or another size is an error and changes nothing.
func (p *Params) Restore(s state.State) error {
	p.seal()
	if p.dtype == Float32 {
		return restoreParams[float32](p, s)
	}
	return restoreParams[float64](p, s)
}

func restoreParams[T kernel.Float](p *Params, s state.State) error {
	for name := range s {
		if p.byName[name] == nil {
			return fmt.Errorf("graph: the saved parameter %s is not one of the model's", name)
		}
	}
	saved := make([][]T, len(p.list))
	for i, q := range p.list {
		v, ok := s[q.name].([]T)
		if !ok {
			return fmt.Errorf("graph: parameter %s is %T in the saved state, want %T", q.name, s[q.name], v)
		}
		if len(v) != q.Size() {
			return fmt.Errorf("graph: parameter %s has %d saved values, want %d for its shape %v", q.name, len(v), q.Size(), q.shape)
		}
		saved[i] = v
	}
	for i, q := range p.list {
		copy(q.value.Data().([]T), saved[i])
	}
	return nil
}

// seal lays out the arenas and draws the initial values.
func (p *Params) seal() {
	if p.sealed {
		return
	}
	p.sealed = true
	if p.dtype == Float32 {
		layOut[float32](p)
	} else {
		layOut[float64](p)
	}
}

func layOut[T kernel.Float](p *Params) {
	values, grads := make([]T, p.size), make([]T, p.size)
	p.arena, p.grads = values, grads
	for _, q := range p.list {
		end := q.offset + q.Size()
		v := values[q.offset:end:end]
		q.value = tensor.New(tensor.WithShape(q.shape...), tensor.WithBacking(v))
		q.grad = tensor.New(tensor.WithShape(q.shape...), tensor.WithBacking(grads[q.offset:end:end]))
		drawn := make([]float64, q.Size())
		q.init(rand.New(rng.New(p.seed, "init/"+q.name)), q.shape, drawn)
		fromFloat64(v, drawn)
	}
}

// Name is the parameter's name.
func (q *Param) Name() string { return q.name }

// Shape is the parameter's shape.
func (q *Param) Shape() tensor.Shape { return q.shape }

// Size is the number of its values.
func (q *Param) Size() int { return q.shape.TotalSize() }

// Value returns the parameter as a view of the arena: Data() is a []float32 or []float64 that may be changed in place.
func (q *Param) Value() gorgonia.Value {
	q.set.seal()
	return q.value
}

// Grad returns the gradient of the last run, a view of the gradient arena. The error is always nil.
func (q *Param) Grad() (gorgonia.Value, error) {
	q.set.seal()
	return q.grad, nil
}

// fromFloat64 rounds src into dst, a []float32 or []float64 of the same length.
func fromFloat64(dst any, src []float64) {
	switch d := dst.(type) {
	case []float32:
		for i, v := range src {
			d[i] = float32(v)
		}
	case []float64:
		copy(d, src)
	}
}

// toFloat64 returns a copy of a []float32 or []float64.
func toFloat64(src any) []float64 {
	switch s := src.(type) {
	case []float32:
		out := make([]float64, len(s))
		for i, v := range s {
			out[i] = float64(v)
		}
		return out
	case []float64:
		return slices.Clone(s)
	}
	return nil
}
