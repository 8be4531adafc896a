package attention

import (
	"fmt"
	"math"

	"lenz/datasets"
	"lenz/graph"
	"lenz/graph/kernel"
	"lenz/layers"
	"lenz/models"
)

// net is the parameters of the forecaster.
type net struct {
	c         Hopfield
	l         datasets.Layout
	embed     *layers.Linear
	positions *graph.Param // [T, 1, hidden]
	assoc     []*layers.Hopfield
	pool      *layers.Hopfield
	lookup    *layers.Hopfield // nil for none
	known     *layers.Linear   // of the known future; nil for none
	head      *layers.Linear
	highway   *layers.Linear // nil for none
}

func (n *net) declare(p *graph.Params) error {
	c, l := n.c, n.l
	var err error
	linear := func(name string, inputs, outputs int, init layers.Init) *layers.Linear {
		if err != nil {
			return nil
		}
		var made *layers.Linear
		made, err = layers.NewLinear(p, name, inputs, outputs, true, init)
		return made
	}
	config := layers.DefaultHopfield(c.Hidden, c.Hidden, c.Hidden)
	config.Heads, config.Beta, config.LearnBeta, config.Steps = c.Heads, c.Beta, c.Learn, c.Steps
	n.embed = linear("embed", len(l.Inputs), c.Hidden, layers.Torch)
	if err == nil {
		n.positions, err = p.Add("positions", graph.Normal(0.1), l.Input, 1, c.Hidden)
	}
	for i := range c.Layers {
		if err == nil {
			var h *layers.Hopfield
			h, err = layers.NewHopfield(p, fmt.Sprintf("associate.%d", i), config)
			n.assoc = append(n.assoc, h)
		}
	}
	if err == nil {
		n.pool, err = layers.NewHopfieldPooling(p, "pool", c.Pool, config)
	}
	if err == nil && c.Memories > 0 {
		n.lookup, err = layers.NewHopfieldLookup(p, "lookup", c.Memories, config)
	}
	d := len(l.Targets)
	n.head = linear("head", c.Pool*c.Hidden, l.Horizon*d, layers.Torch)
	if len(l.Future) > 0 {
		n.known = linear("known", len(l.Future), d, layers.Zero)
	}
	if c.Highway > 0 {
		// It begins silent: random weights on raw values would first have to be unlearnt.
		n.highway = linear("highway", c.Highway, l.Horizon, layers.Zero)
	}
	return err
}

// build makes the graph of a batch:
//
//	z = embed(x) + positions;  z = z + associate(z, z);  s = pool(z);  s = s + lookup(s);  y = head(s) + known(future) + highway(recent)
//
// all on windows without the level and spread of each target, which come back at the end.
func (n *net) build(b *graph.Builder, in models.Inputs) (pred, loss *graph.Node) {
	c, l := n.c, n.l
	if b.Err() != nil {
		return b.Fail(nil), nil
	}
	if s := in.X.Shape(); s[0] != l.Input || s[2] != len(l.Inputs) {
		return b.Fail(fmt.Errorf("modern-hopfield: inputs are %v, want [%d, B, %d]", s, l.Input, len(l.Inputs))), nil
	}
	batch, d := in.X.Shape()[1], len(l.Targets)
	x, stats := in.X, (*graph.Node)(nil)
	if c.WindowNorm != "none" {
		x, stats = normalized(b, in.X, l.TargetInputs, c.WindowNorm)
	}
	z := addRow(b, n.embed.Apply(b, x), b.Param(n.positions))
	for i, h := range n.assoc {
		a := h.Associate(b, z, z, in.Lengths)
		z = b.Relu(b.Add(z, b.Dropout(a, fmt.Sprintf("associate.%d", i), c.Dropout)))
	}
	s := n.pool.Pool(b, z, in.Lengths) // [pool, B, hidden]
	if n.lookup != nil {
		s = b.Add(s, n.lookup.Lookup(b, s))
	}
	s = b.Dropout(s, "pool", c.Dropout)
	steps := make([]*graph.Node, c.Pool)
	for i := range steps {
		steps[i] = b.Step(s, i)
	}
	joined := steps[0]
	if len(steps) > 1 {
		joined = b.Concat(steps...)
	}
	pred = turned(b, n.head.Apply(b, joined), batch, l.Horizon, d)
	if n.known != nil {
		pred = b.Add(pred, n.known.Apply(b, in.Future))
	}
	if n.highway != nil {
		recent := recentOf(b, x, l.TargetInputs, c.Highway) // [B*D, highway]
		pred = b.Add(pred, turnedEach(b, n.highway.Apply(b, recent), batch, l.Horizon, d))
	}
	if stats != nil {
		pred = restored(b, pred, stats)
	}
	if in.Y == nil {
		return pred, nil
	}
	return pred, b.Loss(n.loss(), pred, in.Y, in.Mask)
}

func (n *net) loss() graph.Loss {
	switch n.c.Loss {
	case "mae":
		return graph.MAE()
	case "huber":
		return graph.Huber(1)
	}
	return graph.MSE()
}

// permute copies x to a node of another shape: element i of the result is element from(i) of x.
func permute(b *graph.Builder, name string, x *graph.Node, from func(i int) int, shape ...int) *graph.Node {
	if b.Err() != nil {
		return b.Fail(nil)
	}
	if b.Dtype() == graph.Float32 {
		return permuteOf[float32](b, name, x, from, shape)
	}
	return permuteOf[float64](b, name, x, from, shape)
}

func permuteOf[T kernel.Float](b *graph.Builder, name string, x *graph.Node, from func(i int) int, shape []int) *graph.Node {
	size := 1
	for _, d := range shape {
		size *= d
	}
	at := make([]int, size)
	for i := range at {
		at[i] = from(i)
	}
	return graph.Apply(b, graph.Custom[T]{
		Name: name, Shape: shape,
		Forward: func(out []T, in [][]T) error {
			for i, j := range at {
				out[i] = in[0][j]
			}
			return nil
		},
		Backward: func(din, _ [][]T, _, dout []T) error {
			clear(din[0])
			for i, j := range at {
				din[0][j] += dout[i]
			}
			return nil
		},
	}, x)
}

// turned returns a readout [B, H*D] as [H, B, D].
func turned(b *graph.Builder, x *graph.Node, batch, horizon, d int) *graph.Node {
	return permute(b, "horizon first", x, func(i int) int {
		h, k, j := i/(batch*d), i/d%batch, i%d
		return (k*horizon+h)*d + j
	}, horizon, batch, d)
}

// turnedEach returns a readout [B*D, H] as [H, B, D].
func turnedEach(b *graph.Builder, x *graph.Node, batch, horizon, d int) *graph.Node {
	return permute(b, "horizon first", x, func(i int) int { return i%(batch*d)*horizon + i/(batch*d) }, horizon, batch, d)
}

// recentOf returns the last n values of the targets among the inputs x [T, B, I], the oldest first: [B*D, n].
func recentOf(b *graph.Builder, x *graph.Node, targets []int, n int) *graph.Node {
	s := x.Shape()
	steps, batch, inputs, d := s[0], s[1], s[2], len(targets)
	return permute(b, "recent", x, func(i int) int {
		k, j, t := i/n/d, i/n%d, steps-n+i%n
		return (t*batch+k)*inputs + targets[j]
	}, batch*d, n)
}

// normalized takes level and spread of each target's window out of its column of x [T, B, I]; stats [2, B, D] holds them.
func normalized(b *graph.Builder, x *graph.Node, targets []int, how string) (rest, stats *graph.Node) {
	if b.Err() != nil {
		return b.Fail(nil), nil
	}
	if b.Dtype() == graph.Float32 {
		return normalizedOf[float32](b, x, targets, how)
	}
	return normalizedOf[float64](b, x, targets, how)
}

// leastVariance keeps windows that do not move from being divided by zero.
const leastVariance = 1e-5

func normalizedOf[T kernel.Float](b *graph.Builder, x *graph.Node, targets []int, how string) (rest, stats *graph.Node) {
	s := x.Shape()
	steps, batch, inputs, d := s[0], s[1], s[2], len(targets)
	fixed := []bool{false, false} // x is data
	stats = graph.Apply(b, graph.Custom[T]{
		Name: "window statistics", Attrs: how, Shape: []int{2, batch, d}, Diff: fixed[:1],
		Forward: func(out []T, in [][]T) error {
			for k := range batch {
				for j, column := range targets {
					at := func(t int) float64 { return float64(in[0][(t*batch+k)*inputs+column]) }
					out[k*d+j], out[(batch+k)*d+j] = T(at(steps-1)), 1
					if how == "last" {
						continue
					}
					var mean, squares float64
					for t := range steps {
						mean += at(t) / float64(steps)
					}
					for t := range steps {
						squares += (at(t) - mean) * (at(t) - mean) / float64(steps)
					}
					out[k*d+j] = T(mean)
					if how == "standard" {
						out[(batch+k)*d+j] = T(math.Sqrt(squares + leastVariance))
					}
				}
			}
			return nil
		},
	}, x)
	column := make([]int, inputs) // which target it is, -1 for none
	for i := range column {
		column[i] = -1
	}
	for j, at := range targets {
		column[at] = j
	}
	rest = graph.Apply(b, graph.Custom[T]{
		Name: "normalized", Attrs: how, Shape: s, Diff: fixed,
		Forward: func(out []T, in [][]T) error {
			for i, v := range in[0] {
				out[i] = v
				if j := column[i%inputs]; j >= 0 {
					k := i / inputs % batch
					out[i] = (v - in[1][k*d+j]) / in[1][(batch+k)*d+j]
				}
			}
			return nil
		},
	}, x, stats)
	return rest, stats
}

// restored brings level and spread back into a forecast [H, B, D].
func restored(b *graph.Builder, y, stats *graph.Node) *graph.Node {
	if b.Err() != nil {
		return b.Fail(nil)
	}
	if b.Dtype() == graph.Float32 {
		return restoredOf[float32](b, y, stats)
	}
	return restoredOf[float64](b, y, stats)
}

func restoredOf[T kernel.Float](b *graph.Builder, y, stats *graph.Node) *graph.Node {
	row := y.Shape()[1] * y.Shape()[2]
	return graph.Apply(b, graph.Custom[T]{
		Name: "restored", Shape: y.Shape(), Diff: []bool{true, false},
		Forward: func(out []T, in [][]T) error {
			for i, v := range in[0] {
				out[i] = v*in[1][row+i%row] + in[1][i%row]
			}
			return nil
		},
		Backward: func(din, in [][]T, _, dout []T) error {
			for i, g := range dout {
				din[0][i] = g * in[1][row+i%row]
			}
			return nil
		},
	}, y, stats)
}

// addRow adds y [T, 1, F] to every sequence of x [T, B, F].
func addRow(b *graph.Builder, x, y *graph.Node) *graph.Node {
	if b.Err() != nil {
		return b.Fail(nil)
	}
	if b.Dtype() == graph.Float32 {
		return addRowOf[float32](b, x, y)
	}
	return addRowOf[float64](b, x, y)
}

func addRowOf[T kernel.Float](b *graph.Builder, x, y *graph.Node) *graph.Node {
	s := x.Shape()
	batch, f := s[1], s[2]
	at := func(i int) int { return i/(batch*f)*f + i%f }
	return graph.Apply(b, graph.Custom[T]{
		Name: "add row", Shape: s,
		Forward: func(out []T, in [][]T) error {
			for i, v := range in[0] {
				out[i] = v + in[1][at(i)]
			}
			return nil
		},
		Backward: func(din, _ [][]T, _, dout []T) error {
			if din[0] != nil {
				copy(din[0], dout)
			}
			if din[1] != nil {
				clear(din[1])
				for i, g := range dout {
					din[1][at(i)] += g
				}
			}
			return nil
		},
	}, x, y)
}
