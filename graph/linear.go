package graph

import (
	"fmt"
	"slices"

	"lenz/graph/kernel"
)

// Linear returns x W^T + bias for x [..., I], W [O, I] and bias [O] (nil for none): shape [..., O].
func (b *Builder) Linear(x, w, bias *Node) *Node {
	if b.err != nil {
		return b.Fail(nil)
	}
	xs, ws := x.Shape(), w.Shape()
	if len(xs) == 0 || len(ws) != 2 || xs[len(xs)-1] != ws[1] {
		return b.Fail(fmt.Errorf("graph: linear of x %v and weight %v: want x [..., I] and weight [O, I]", xs, ws))
	}
	if bias != nil && !slices.Equal(bias.Shape(), []int{ws[0]}) {
		return b.Fail(fmt.Errorf("graph: linear: bias is %v, want [%d] for weight %v", bias.Shape(), ws[0], ws))
	}
	if b.params.dtype == Float32 {
		return linear[float32](b, x, w, bias)
	}
	return linear[float64](b, x, w, bias)
}

func linear[T kernel.Float](b *Builder, x, w, bias *Node) *Node {
	ws, shape := w.Shape(), x.Shape().Clone()
	out, in := ws[0], ws[1]
	rows := shape.TotalSize() / in
	shape[len(shape)-1] = out
	nodes := []*Node{x, w}
	if bias != nil {
		nodes = append(nodes, bias)
	}
	return Apply(b, Custom[T]{
		Name: "linear", Shape: shape,
		// y = x W^T + b
		Forward: func(y []T, v [][]T) error {
			var beta T
			if bias != nil {
				for r := range rows {
					copy(y[r*out:(r+1)*out], v[2])
				}
				beta = 1
			}
			kernel.GemmParallel(false, true, rows, out, in, 1, v[0], in, v[1], in, beta, y, out)
			return nil
		},
		// dx = dy W, dW = dy^T x, db = sum of dy over rows
		Backward: func(d, v [][]T, _, dy []T) error {
			if d[0] != nil {
				kernel.GemmParallel(false, false, rows, in, out, 1, dy, out, v[1], in, 0, d[0], in)
			}
			if d[1] != nil {
				kernel.GemmParallel(true, false, out, in, rows, 1, dy, out, v[0], in, 0, d[1], in)
			}
			if bias != nil && d[2] != nil {
				clear(d[2])
				for r := range rows {
					for j, g := range dy[r*out : (r+1)*out] {
						d[2][j] += g
					}
				}
			}
			return nil
		},
	}, nodes...)
}
