package graph

import (
	"fmt"

	"lenz/graph/kernel"
	"lenz/internal/rng"
)

// Dropout zeroes each element of x with probability p and scales the others by 1/(1-p) in a training program; elsewhere
// it returns x (inverted dropout, Srivastava et al. 2014). The mask is a function of the parameters' seed, the name, the
// step (Program.SetStep) and the element: it does not depend on threads, and repeats.
func (b *Builder) Dropout(x *Node, name string, p float64) *Node {
	switch {
	case b.err != nil:
		return b.Fail(nil)
	case !(p >= 0 && p < 1):
		return b.Fail(fmt.Errorf("graph: dropout %s: probability %v is not in [0, 1)", name, p))
	case p == 0 || !b.training:
		return x
	case b.params.dtype == Float32:
		return dropout[float32](b, x, name, p)
	}
	return dropout[float64](b, x, name, p)
}

func dropout[T kernel.Float](b *Builder, x *Node, name string, p float64) *Node {
	seed := rng.New(b.params.seed, "dropout/"+name)
	keep := T(1 / (1 - p))
	mask := make([]T, x.Shape().TotalSize())
	return Apply(b, Custom[T]{
		Name: "dropout", Attrs: fmt.Sprint(name, p), Shape: x.Shape(),
		Forward: func(out []T, in [][]T) error {
			s := seed.Split(b.clock.step)
			for i, v := range in[0] {
				mask[i] = 0
				if s.Float64At(uint64(i)) >= p {
					mask[i] = keep
				}
				out[i] = v * mask[i]
			}
			return nil
		},
		Backward: func(din, _ [][]T, _, dout []T) error {
			for i, g := range dout {
				din[0][i] = g * mask[i]
			}
			return nil
		},
	}, x)
}
