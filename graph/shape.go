package graph

import (
	"fmt"
	"slices"

	"gorgonia.org/tensor"

	"lenz/graph/kernel"
)

// Reshape returns x with another shape of the same size.
func (b *Builder) Reshape(x *Node, shape ...int) *Node {
	if b.err != nil {
		return b.Fail(nil)
	}
	if tensor.Shape(shape).TotalSize() != x.Shape().TotalSize() || len(shape) == 0 {
		return b.Fail(fmt.Errorf("graph: cannot reshape %v to %v: the sizes differ", x.Shape(), shape))
	}
	return b.part("reshape", x, 0, shape)
}

// Part returns the values of x from offset lo on, in row-major order, as a node of the given shape: Part(x, t*B*I, B, I) is
// step t of an x of shape [T, B, I].
func (b *Builder) Part(x *Node, lo int, shape ...int) *Node {
	if b.err != nil {
		return b.Fail(nil)
	}
	if n := tensor.Shape(shape).TotalSize(); lo < 0 || len(shape) == 0 || lo+n > x.Shape().TotalSize() {
		return b.Fail(fmt.Errorf("graph: a part of shape %v from %d on does not lie within %v", shape, lo, x.Shape()))
	}
	return b.part("part", x, lo, shape)
}

// Step returns x[t] of an x [T, ...].
func (b *Builder) Step(x *Node, t int) *Node {
	s := x.Shape()
	if b.err == nil && (len(s) < 2 || t < 0 || t >= s[0]) {
		return b.Fail(fmt.Errorf("graph: step %d of a node of shape %v", t, s))
	}
	return b.Part(x, t*s[1:].TotalSize(), s[1:]...)
}

func (b *Builder) part(name string, x *Node, lo int, shape []int) *Node {
	if b.params.dtype == Float32 {
		return applyPart[float32](b, name, x, lo, shape)
	}
	return applyPart[float64](b, name, x, lo, shape)
}

func applyPart[T kernel.Float](b *Builder, name string, x *Node, lo int, shape []int) *Node {
	n := tensor.Shape(shape).TotalSize()
	return Apply(b, Custom[T]{
		Name: name, Attrs: fmt.Sprint(lo), Shape: slices.Clone(shape),
		Forward: func(out []T, in [][]T) error {
			copy(out, in[0][lo:lo+n])
			return nil
		},
		Backward: func(din, _ [][]T, _, dout []T) error {
			clear(din[0][:lo])
			copy(din[0][lo:], dout)
			clear(din[0][lo+n:])
			return nil
		},
	}, x)
}

// Concat joins nodes whose shapes agree in all but the last dimension, along the last one.
func (b *Builder) Concat(xs ...*Node) *Node {
	if b.err != nil {
		return b.Fail(nil)
	}
	if len(xs) == 0 {
		return b.Fail(fmt.Errorf("graph: Concat of nothing"))
	}
	shape := xs[0].Shape().Clone()
	widths := make([]int, len(xs))
	last := len(shape) - 1
	for i, x := range xs {
		s := x.Shape()
		if len(s) == 0 || len(s) != len(shape) || !slices.Equal(s[:last], shape[:last]) {
			return b.Fail(fmt.Errorf("graph: Concat of %v and %v: all but the last dimension must agree", xs[0].Shape(), s))
		}
		widths[i] = s[last]
	}
	shape[last] = 0
	for _, w := range widths {
		shape[last] += w
	}
	if b.params.dtype == Float32 {
		return concat[float32](b, xs, shape, widths)
	}
	return concat[float64](b, xs, shape, widths)
}

func concat[T kernel.Float](b *Builder, xs []*Node, shape []int, widths []int) *Node {
	total := shape[len(shape)-1]
	// each calls f with the place of every row of every part.
	each := func(f func(part, from, to, width int)) {
		at := 0
		for i, w := range widths {
			rows := tensor.Shape(shape).TotalSize() / total
			for r := range rows {
				f(i, r*w, r*total+at, w)
			}
			at += w
		}
	}
	return Apply(b, Custom[T]{
		Name: "concat", Attrs: fmt.Sprint(widths), Shape: shape,
		Forward: func(out []T, in [][]T) error {
			each(func(i, from, to, w int) { copy(out[to:to+w], in[i][from:from+w]) })
			return nil
		},
		Backward: func(din, _ [][]T, _, dout []T) error {
			each(func(i, from, to, w int) {
				if din[i] != nil {
					copy(din[i][from:from+w], dout[to:to+w])
				}
			})
			return nil
		},
	}, xs...)
}

// Stack joins nodes of one shape along a new first dimension: T nodes [B, H] become [T, B, H].
func (b *Builder) Stack(xs ...*Node) *Node {
	if b.err != nil {
		return b.Fail(nil)
	}
	if len(xs) == 0 {
		return b.Fail(fmt.Errorf("graph: Stack of nothing"))
	}
	for _, x := range xs {
		if !slices.Equal(x.Shape(), xs[0].Shape()) {
			return b.Fail(fmt.Errorf("graph: Stack of %v and %v: the shapes must be equal", xs[0].Shape(), x.Shape()))
		}
	}
	if b.params.dtype == Float32 {
		return stack[float32](b, xs)
	}
	return stack[float64](b, xs)
}

func stack[T kernel.Float](b *Builder, xs []*Node) *Node {
	n := xs[0].Shape().TotalSize()
	return Apply(b, Custom[T]{
		Name: "stack", Shape: append([]int{len(xs)}, xs[0].Shape()...),
		Forward: func(out []T, in [][]T) error {
			for i, v := range in {
				copy(out[i*n:], v)
			}
			return nil
		},
		Backward: func(din, _ [][]T, _, dout []T) error {
			for i, d := range din {
				copy(d, dout[i*n:])
			}
			return nil
		},
	}, xs...)
}

// Affine returns scale*x + shift, elementwise.
func (b *Builder) Affine(x *Node, scale, shift float64) *Node {
	if b.err != nil {
		return b.Fail(nil)
	}
	if b.params.dtype == Float32 {
		return affine(b, x, float32(scale), float32(shift))
	}
	return affine(b, x, scale, shift)
}

func affine[T kernel.Float](b *Builder, x *Node, scale, shift T) *Node {
	return Apply(b, Custom[T]{
		Name: "affine", Attrs: fmt.Sprint(scale, shift), Shape: x.Shape(),
		Forward: func(out []T, in [][]T) error {
			for i, v := range in[0] {
				out[i] = scale*v + shift
			}
			return nil
		},
		Backward: func(din, _ [][]T, _, dout []T) error {
			for i, g := range dout {
				din[0][i] = scale * g
			}
			return nil
		},
	}, x)
}
