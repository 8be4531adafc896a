package graph_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"lenz/graph"
	"lenz/graph/graphtest"
	"lenz/internal/rng"
)

// Random graphs of primitive ops, Gorgonia's own and ours mixed, give the same bits as on Gorgonia's tape machine.
func TestRandomGraphsRunAsOnGorgoniasTape(t *testing.T) {
	in := []graphtest.Array{
		graphtest.Random(1, 3, 4), graphtest.Random(2, 3, 4), graphtest.Random(3, 4, 3), graphtest.Random(4, 3, 3), graphtest.Random(5, 1),
		{Shape: []int{4}, Data: []float64{0.2, 1.5, 0.7, 3}},
	}
	used := map[string]int{}
	for seed := range uint64(150) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			graphtest.CheckMachine(t, func(b *graph.Builder, nodes []*graph.Node) *graph.Node {
				return grow(b, rand.New(rng.New(seed, "graph")), nodes, used)
			}, in...)
		})
	}
	for _, g := range growth {
		if used[g.name] < 20 {
			t.Errorf("%s took part %d times, want 20", g.name, used[g.name])
		}
	}
}

// growth is the ops of random graphs. An op that cannot be applied to the nodes returns nil.
var growth = []struct {
	name  string
	apply func(b *graph.Builder, x, y *graph.Node) *graph.Node
}{
	{"add", alike((*graph.Builder).Add)}, {"sub", alike((*graph.Builder).Sub)}, {"mul", alike((*graph.Builder).Mul)},
	{"div", alike(func(b *graph.Builder, x, y *graph.Node) *graph.Node { return b.Div(x, b.Affine(b.Square(y), 1, 1)) })},
	{"tanh", one((*graph.Builder).Tanh)}, {"sigmoid", one((*graph.Builder).Sigmoid)}, {"relu", one((*graph.Builder).Relu)},
	{"exp", one(func(b *graph.Builder, x *graph.Node) *graph.Node { return b.Exp(b.Tanh(x)) })},
	{"softplus", one((*graph.Builder).Softplus)}, {"square", one(func(b *graph.Builder, x *graph.Node) *graph.Node { return b.Square(b.Tanh(x)) })},
	{"abs", one((*graph.Builder).Abs)}, {"neg", one((*graph.Builder).Neg)}, {"affine", one((*graph.Builder).OneMinus)},
	{"cube", one(func(b *graph.Builder, x *graph.Node) *graph.Node { return b.Do(gorgonia.Cube(b.Sigmoid(x))) })},
	{"sqrt", one(func(b *graph.Builder, x *graph.Node) *graph.Node { return b.Do(gorgonia.Sqrt(b.Exp(b.Tanh(x)))) })},
	{"log", one(func(b *graph.Builder, x *graph.Node) *graph.Node { return b.Do(gorgonia.Log(b.Exp(b.Tanh(x)))) })},
	{"inverse", one(func(b *graph.Builder, x *graph.Node) *graph.Node { return b.Do(gorgonia.Inverse(b.Exp(b.Tanh(x)))) })},
	{"transpose", matrix(func(b *graph.Builder, x *graph.Node) *graph.Node { return b.Do(gorgonia.Transpose(x)) })},
	{"reshape", one(func(b *graph.Builder, x *graph.Node) *graph.Node { return b.Reshape(x, x.Shape().TotalSize()) })},
	{"rows", matrix(func(b *graph.Builder, x *graph.Node) *graph.Node { return b.Do(gorgonia.Sum(x, 0)) })},
	{"columns", matrix(func(b *graph.Builder, x *graph.Node) *graph.Node { return b.Do(gorgonia.Sum(x, 1)) })},
	{"slice", matrix(func(b *graph.Builder, x *graph.Node) *graph.Node {
		return b.Do(gorgonia.Slice(x, nil, gorgonia.S(0, 2)))
	})},
	{"part", one(func(b *graph.Builder, x *graph.Node) *graph.Node { return b.Part(x, 0, 1+x.Shape().TotalSize()/2) })},
	{"twice", one(func(b *graph.Builder, x *graph.Node) *graph.Node { return b.Mul(b.Tanh(x), b.Tanh(x)) })},
	{"scale", one(func(b *graph.Builder, x *graph.Node) *graph.Node { return b.Mul(x, b.Mean(b.Tanh(x))) })},
	{"shift", one(func(b *graph.Builder, x *graph.Node) *graph.Node { return b.Sub(b.Mean(b.Tanh(x)), x) })},
	{"concat", func(b *graph.Builder, x, y *graph.Node) *graph.Node {
		if x.Dims() != 2 || y.Dims() != 2 || x.Shape()[0] != y.Shape()[0] {
			return nil
		}
		return b.Do(gorgonia.Concat(1, x, y))
	}},
	{"matmul", func(b *graph.Builder, x, y *graph.Node) *graph.Node {
		if x.Dims() != 2 || y.Dims() != 2 || x.Shape()[1] != y.Shape()[0] {
			return nil
		}
		return b.MatMul(x, b.Tanh(y))
	}},
}

type binary = func(b *graph.Builder, x, y *graph.Node) *graph.Node

func one(f func(b *graph.Builder, x *graph.Node) *graph.Node) binary {
	return func(b *graph.Builder, x, _ *graph.Node) *graph.Node { return f(b, x) }
}

func matrix(f func(b *graph.Builder, x *graph.Node) *graph.Node) binary {
	return func(b *graph.Builder, x, _ *graph.Node) *graph.Node {
		if x.Dims() != 2 || slices.Min(x.Shape()) < 2 {
			return nil
		}
		return f(b, x)
	}
}

func alike(f binary) binary {
	return func(b *graph.Builder, x, y *graph.Node) *graph.Node {
		if !slices.Equal(x.Shape(), y.Shape()) {
			return nil
		}
		return f(b, x, y)
	}
}

// grow makes a scalar of random ops that depends on all the nodes, and counts the ops.
func grow(b *graph.Builder, r *rand.Rand, nodes []*graph.Node, used map[string]int) (loss *graph.Node) {
	pool := slices.Clone(nodes)
	for len(pool) < len(nodes)+12 && b.Err() == nil {
		g := growth[r.IntN(len(growth))]
		n := g.apply(b, pool[r.IntN(len(pool))], pool[r.IntN(len(pool))])
		if n == nil {
			continue
		}
		used[g.name]++
		pool = append(pool, n)
	}
	for _, n := range pool {
		m := b.Mean(b.Tanh(n))
		if loss == nil {
			loss = m
		} else {
			loss = b.Add(loss, m)
		}
	}
	return loss
}

// Gorgonia's Reshape shares the memory of its input, and its tape machine lets another op overwrite that memory while it is still to
// be read: there the gradient of this graph is wrong. A value whose memory may be another's stands as long as the other.
func TestReshapedValuesStand(t *testing.T) {
	build := func(b *graph.Builder, in []*graph.Node) *graph.Node {
		r := b.Do(gorgonia.Reshape(b.Exp(in[0]), []int{3, 2}))
		return b.Add(b.Mean(b.Square(r)), b.Mean(b.Neg(r)))
	}
	graphtest.CheckGrad(t, build, graphtest.Random(1, 2, 3))
}

func TestAnOpThatPanicsOrFailsIsAnErrorThatNamesIt(t *testing.T) {
	for _, fail := range []func() error{func() error { panic("at sea") }, func() error { return errors.New("at sea") }} {
		b := graph.NewBuilder(graph.NewParams(graph.Float64, 1))
		broken := true
		y := graph.Apply(b, graph.Custom[float64]{Name: "faulty", Shape: []int{2}, Forward: func(out []float64, _ [][]float64) error {
			if broken {
				return fail()
			}
			out[0], out[1] = 1, 2
			return nil
		}}, b.Input("x", 3))
		prog, err := b.Compile(nil, graph.Output{Name: "y", Node: b.Tanh(y)})
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, prog.Run(), "faulty", "(2)", "at sea")
		broken = false
		if err := prog.Run(); err != nil {
			t.Errorf("after the failure: %v", err)
		}
		if err := prog.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestNodesWithoutAValueAreAnError(t *testing.T) {
	b := graph.NewBuilder(graph.NewParams(graph.Float64, 1))
	free := gorgonia.NewVector(b.Graph(), graph.Float64, gorgonia.WithShape(2), gorgonia.WithName("free"))
	prog, err := b.Compile(nil, graph.Output{Name: "y", Node: b.Tanh(b.Affine(free, 1, 0))})
	if err != nil {
		t.Fatal(err)
	}
	defer prog.Close()
	wantError(t, prog.Run(), "free", "no value")
}

// Gorgonia's Read would leave its variable empty.
func TestStatementsAreRefused(t *testing.T) {
	b := graph.NewBuilder(graph.NewParams(graph.Float64, 1))
	y := b.Tanh(b.Input("x", 2))
	var v gorgonia.Value
	gorgonia.Read(y, &v)
	_, err := b.Compile(nil, graph.Output{Name: "y", Node: y})
	wantError(t, err, "Read", "Output")
}

// gorgonia.Let gives an input another tensor, between runs too.
func TestInputsMayBeLet(t *testing.T) {
	b := graph.NewBuilder(graph.NewParams(graph.Float64, 1))
	x := b.Input("x", 2, 2)
	prog, err := b.Compile(nil, graph.Output{Name: "ours", Node: b.Affine(x, 1, 0)}, graph.Output{Name: "theirs", Node: b.Neg(x)})
	if err != nil {
		t.Fatal(err)
	}
	defer prog.Close()
	for i := range 3 {
		v := float64(i)
		if err := gorgonia.Let(x, tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float64{v, 1, 2, 3}))); err != nil {
			t.Fatal(err)
		}
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		ours, _, _ := prog.Output("ours")
		theirs, _, _ := prog.Output("theirs")
		if maxDiff(ours, []float64{v, 1, 2, 3}) != 0 || maxDiff(theirs, []float64{-v, -1, -2, -3}) != 0 {
			t.Fatalf("run %d: %v, %v", i, ours, theirs)
		}
	}
}

// A run of fused ops allocates nothing, but for what kernels hand to kernel.Parallel.
func TestFusedProgramsAllocateNothing(t *testing.T) {
	p := graph.NewParams(graph.Float32, 1)
	w, err := p.Add("w", graph.GlorotUniform(), 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(p)
	y := b.Affine(b.Linear(b.Input("x", 4, 3), b.Param(w), nil), 2, 1)
	prog, err := b.Compile(b.Loss(graph.MSE(), y, b.Input("y", 4, 2), nil), graph.Output{Name: "y", Node: y})
	if err != nil {
		t.Fatal(err)
	}
	defer prog.Close()
	run := func() {
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
	}
	run() // takes up the leaves
	if n := testing.AllocsPerRun(20, run); n != 0 {
		t.Errorf("%v allocations a run", n)
	}
}
