package recurrent

import (
	"fmt"
	"math"
	"slices"

	"lenz/graph"
	"lenz/graph/kernel"
)

// The ops that stand between the layers and the loss. Each is one node on flat slices, so that a training step
// allocates nothing that grows with the shapes.

// horizonFirst turns x [N, n*W] into [n, N, W].
func horizonFirst(b *graph.Builder, x *graph.Node, n int) *graph.Node {
	if b.Dtype() == graph.Float32 {
		return applyHorizonFirst[float32](b, x, n)
	}
	return applyHorizonFirst[float64](b, x, n)
}

func applyHorizonFirst[T kernel.Float](b *graph.Builder, x *graph.Node, n int) *graph.Node {
	if b.Err() != nil {
		return b.Fail(nil)
	}
	rows, w := x.Shape()[0], x.Shape()[1]/n
	return graph.Apply(b, graph.Custom[T]{
		Name: "horizon first", Attrs: fmt.Sprint(n), Shape: []int{n, rows, w},
		Forward: func(out []T, in [][]T) error {
			for r := range rows {
				for h := range n {
					copy(out[(h*rows+r)*w:][:w], in[0][(r*n+h)*w:])
				}
			}
			return nil
		},
		Backward: func(din, _ [][]T, _, dout []T) error {
			for r := range rows {
				for h := range n {
					copy(din[0][(r*n+h)*w:][:w], dout[(h*rows+r)*w:])
				}
			}
			return nil
		},
	}, x)
}

// repeat turns x [B, N] into [n, B, N].
func repeat(b *graph.Builder, x *graph.Node, n int) *graph.Node {
	if b.Dtype() == graph.Float32 {
		return applyRepeat[float32](b, x, n)
	}
	return applyRepeat[float64](b, x, n)
}

func applyRepeat[T kernel.Float](b *graph.Builder, x *graph.Node, n int) *graph.Node {
	if b.Err() != nil {
		return b.Fail(nil)
	}
	size := x.Shape().TotalSize()
	return graph.Apply(b, graph.Custom[T]{
		Name: "repeat", Shape: append([]int{n}, x.Shape()...),
		Forward: func(out []T, in [][]T) error {
			for i := range n {
				copy(out[i*size:], in[0])
			}
			return nil
		},
		Backward: func(din, _ [][]T, _, dout []T) error {
			clear(din[0])
			for i := range n {
				for j, g := range dout[i*size : (i+1)*size] {
					din[0][j] += g
				}
			}
			return nil
		},
	}, x)
}

// relu is max(0, x).
func relu(b *graph.Builder, x *graph.Node) *graph.Node {
	if b.Dtype() == graph.Float32 {
		return applyRelu[float32](b, x)
	}
	return applyRelu[float64](b, x)
}

func applyRelu[T kernel.Float](b *graph.Builder, x *graph.Node) *graph.Node {
	if b.Err() != nil {
		return b.Fail(nil)
	}
	return graph.Apply(b, graph.Custom[T]{
		Name: "relu", Shape: x.Shape(),
		Forward: func(out []T, in [][]T) error {
			for i, v := range in[0] {
				out[i] = max(v, 0)
			}
			return nil
		},
		Backward: func(din, in [][]T, _, dout []T) error {
			for i, v := range in[0] {
				din[0][i] = 0
				if v > 0 {
					din[0][i] = dout[i]
				}
			}
			return nil
		},
	}, x)
}

// add returns x + y for two nodes of one shape.
func add(b *graph.Builder, x, y *graph.Node) *graph.Node { return addPoint(b, x, y, 1, 1) }

// addPoint adds y [..., D] to the first n of the outputs that x [..., D*outputs] has for each element of y.
func addPoint(b *graph.Builder, x, y *graph.Node, outputs, n int) *graph.Node {
	if b.Dtype() == graph.Float32 {
		return applyAddPoint[float32](b, x, y, outputs, n)
	}
	return applyAddPoint[float64](b, x, y, outputs, n)
}

func applyAddPoint[T kernel.Float](b *graph.Builder, x, y *graph.Node, outputs, n int) *graph.Node {
	if b.Err() != nil {
		return b.Fail(nil)
	}
	return graph.Apply(b, graph.Custom[T]{
		Name: "add point", Attrs: fmt.Sprint(outputs, n), Shape: x.Shape(),
		Forward: func(out []T, in [][]T) error {
			copy(out, in[0])
			for i, v := range in[1] {
				for j := range n {
					out[i*outputs+j] += v
				}
			}
			return nil
		},
		Backward: func(din, in [][]T, _, dout []T) error {
			copy(din[0], dout)
			for i := range din[1] {
				din[1][i] = 0
				for j := range n {
					din[1][i] += dout[i*outputs+j]
				}
			}
			return nil
		},
	}, x, y)
}

// rescale returns x*scale + shift, where each element of scale and shift [..., D] belongs to some outputs of x [...,
// D*outputs].
func rescale(b *graph.Builder, x, scale, shift *graph.Node, outputs int) *graph.Node {
	if b.Dtype() == graph.Float32 {
		return applyRescale[float32](b, x, scale, shift, outputs)
	}
	return applyRescale[float64](b, x, scale, shift, outputs)
}

func applyRescale[T kernel.Float](b *graph.Builder, x, scale, shift *graph.Node, outputs int) *graph.Node {
	if b.Err() != nil {
		return b.Fail(nil)
	}
	return graph.Apply(b, graph.Custom[T]{
		Name: "rescale", Attrs: fmt.Sprint(outputs), Shape: x.Shape(), Diff: []bool{true, false, false},
		Forward: func(out []T, in [][]T) error {
			for i, v := range in[0] {
				out[i] = v*in[1][i/outputs] + in[2][i/outputs]
			}
			return nil
		},
		Backward: func(din, in [][]T, _, dout []T) error {
			for i, g := range dout {
				din[0][i] = g * in[1][i/outputs]
			}
			return nil
		},
	}, x, scale, shift)
}

// combine joins the members' outputs to those of the ensemble: the mean or, for the outputs (mu, raw) of the gaussian
// head, the normal distribution with the mean and variance of the members' mixture (Lakshminarayanan et al. 2017,
// section 2.4). It has no derivative: members learn by themselves.
func combine(b *graph.Builder, gaussian bool, outs []*graph.Node) *graph.Node {
	if len(outs) == 1 {
		return outs[0]
	}
	if b.Dtype() == graph.Float32 {
		return applyCombine[float32](b, gaussian, outs)
	}
	return applyCombine[float64](b, gaussian, outs)
}

func applyCombine[T kernel.Float](b *graph.Builder, gaussian bool, outs []*graph.Node) *graph.Node {
	if b.Err() != nil {
		return b.Fail(nil)
	}
	m := float64(len(outs))
	mean := func(out []T, in [][]T) error {
		for i := range out {
			var sum float64
			for _, v := range in {
				sum += float64(v[i])
			}
			out[i] = T(sum / m)
		}
		return nil
	}
	mixture := func(out []T, in [][]T) error {
		for i := 0; i < len(out); i += 2 {
			var mu, square float64
			for _, v := range in {
				mu += float64(v[i]) / m
			}
			for _, v := range in {
				d, sigma := float64(v[i])-mu, graph.GaussianScale(float64(v[i+1]))
				square += (d*d + sigma*sigma) / m
			}
			out[i], out[i+1] = T(mu), T(rawScale(math.Sqrt(square)))
		}
		return nil
	}
	c := graph.Custom[T]{Name: "mean of members", Shape: slices.Clone(outs[0].Shape()), Forward: mean}
	if gaussian {
		c.Name, c.Forward = "mixture of members", mixture
	}
	return graph.Apply(b, c, outs...)
}

// rawScale is the inverse of graph.GaussianScale.
func rawScale(sigma float64) float64 {
	s := max(sigma-graph.MinScale, 1e-12)
	return s + math.Log(-math.Expm1(-s)) // log(e^s - 1)
}
