package graph_test

import (
	"math"
	"runtime"
	"testing"

	"lenz/graph"
	"lenz/graph/graphtest"
)

// squares makes a scalar of different weights for different elements.
func squares(b *graph.Builder, x *graph.Node) *graph.Node {
	return b.Sum(b.Square(b.Affine(x, 1, 0.3)))
}

func TestAttentionGradients(t *testing.T) {
	const tq, tk, batch, heads, d, e = 3, 4, 2, 2, 3, 2
	q, k, v := graphtest.Random(1, tq, batch, heads*d), graphtest.Random(2, tk, batch, heads*d), graphtest.Random(3, tk, batch, heads*e)
	beta := graphtest.Array{Shape: []int{heads}, Data: []float64{0.7, 1.6}}
	lengths := graphtest.Fixed([]float64{4, 2}, batch)
	mask := graphtest.Fixed([]float64{1, 0, 0, 1, 1, 1, 1, 0}, tk, batch)
	shared := graphtest.Random(4, tq, 1, heads*d)
	for name, c := range map[string]struct {
		in    []graphtest.Array
		build func(b *graph.Builder, in []*graph.Node) *graph.Node
	}{
		"plain": {[]graphtest.Array{q, k, v}, func(b *graph.Builder, in []*graph.Node) *graph.Node {
			return b.Attention(in[0], in[1], in[2], graph.AttentionOptions{Heads: heads})
		}},
		"beta": {[]graphtest.Array{q, k, v, beta}, func(b *graph.Builder, in []*graph.Node) *graph.Node {
			return b.Attention(in[0], in[1], in[2], graph.AttentionOptions{Heads: heads, Beta: in[3]})
		}},
		"causal": {[]graphtest.Array{q, k, v}, func(b *graph.Builder, in []*graph.Node) *graph.Node {
			return b.Attention(in[0], in[1], in[2], graph.AttentionOptions{Heads: 1, Scale: 2, Causal: true})
		}},
		"lengths": {[]graphtest.Array{q, k, v, lengths}, func(b *graph.Builder, in []*graph.Node) *graph.Node {
			return b.Attention(in[0], in[1], in[2], graph.AttentionOptions{Heads: heads, Lengths: in[3]})
		}},
		"mask": {[]graphtest.Array{q, k, v, mask}, func(b *graph.Builder, in []*graph.Node) *graph.Node {
			return b.Attention(in[0], in[1], in[2], graph.AttentionOptions{Heads: heads, Mask: in[3]})
		}},
		"shared query": {[]graphtest.Array{shared, k, v, beta}, func(b *graph.Builder, in []*graph.Node) *graph.Node {
			return b.Attention(in[0], in[1], in[2], graph.AttentionOptions{Heads: heads, Beta: in[3]})
		}},
		"of itself": {[]graphtest.Array{k}, func(b *graph.Builder, in []*graph.Node) *graph.Node {
			return b.Attention(in[0], in[0], in[0], graph.AttentionOptions{Heads: heads, Causal: true})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			build := func(b *graph.Builder, in []*graph.Node) *graph.Node { return squares(b, c.build(b, in)) }
			graphtest.CheckGrad(t, build, c.in...)
			graphtest.CheckMachine(t, build, c.in...)
		})
	}
}

// The fused op is the graph of primitive ops, softmax(scale q k^T) v, in value and derivative.
func TestAttentionIsTheUnfusedGraph(t *testing.T) {
	q, k, v := graphtest.Random(1, 5, 1, 3), graphtest.Random(2, 4, 1, 3), graphtest.Random(3, 4, 1, 2)
	fused := func(b *graph.Builder, in []*graph.Node) *graph.Node {
		return squares(b, b.Attention(in[0], in[1], in[2], graph.AttentionOptions{Heads: 1, Scale: 0.6}))
	}
	plain := func(b *graph.Builder, in []*graph.Node) *graph.Node {
		s := b.Exp(b.Affine(b.Linear(b.Reshape(in[0], 5, 3), b.Reshape(in[1], 4, 3), nil), 0.6, 0)) // [Tq, Tk]
		ones := b.Affine(b.Zeros(4, 2), 1, 1)
		return squares(b, b.Div(b.MatMul(s, b.Reshape(in[2], 4, 2)), b.MatMul(s, ones)))
	}
	graphtest.CheckFused(t, fused, plain, 1e-10, q, k, v)
}

// runAttention runs one program on given numbers.
func runAttention(t testing.TB, q, k, v graphtest.Array, o graph.AttentionOptions, mask []float64) []float64 {
	t.Helper()
	b := graph.NewBuilder(graph.NewParams(graph.Float64, 1))
	if mask != nil {
		o.Mask = b.Input("mask", k.Shape[0], k.Shape[1])
	}
	out := b.Attention(b.Input("q", q.Shape...), b.Input("k", k.Shape...), b.Input("v", v.Shape...), o)
	p, err := b.Compile(nil, graph.Output{Name: "out", Node: out})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for name, a := range map[string][]float64{"q": q.Data, "k": k.Data, "v": v.Data, "mask": mask} {
		if a == nil {
			continue
		}
		if err := p.Set(name, a); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	data, _, err := p.Output("out")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Scores of thousands do not overflow, and a query that may see nothing gets zeros.
func TestAttentionIsStable(t *testing.T) {
	q, k, v := graphtest.Random(1, 2, 1, 3), graphtest.Random(2, 3, 1, 3), graphtest.Random(3, 3, 1, 2)
	for i, x := range runAttention(t, q, k, v, graph.AttentionOptions{Heads: 1, Scale: 1e4}, nil) {
		if math.IsNaN(x) || math.Abs(x) > 5 {
			t.Errorf("value %d is %v", i, x)
		}
	}
	for i, x := range runAttention(t, q, k, v, graph.AttentionOptions{Heads: 1}, []float64{0, 0, 0}) {
		if x != 0 {
			t.Errorf("nothing seen: value %d is %v", i, x)
		}
	}
}

func TestAttentionHasTheSameBitsAtAnyGOMAXPROCS(t *testing.T) {
	q, k, v := graphtest.Random(1, 20, 5, 12), graphtest.Random(2, 30, 5, 12), graphtest.Random(3, 30, 5, 12)
	run := func(procs int) []float64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		return runAttention(t, q, k, v, graph.AttentionOptions{Heads: 3}, nil)
	}
	want := run(1)
	for i, x := range run(4) {
		if math.Float64bits(x) != math.Float64bits(want[i]) {
			t.Fatalf("value %d is %v, want %v", i, x, want[i])
		}
	}
}

func TestAttentionRefuses(t *testing.T) {
	for name, o := range map[string]graph.AttentionOptions{"no heads": {}, "heads do not divide": {Heads: 5}, "scale": {Heads: 1, Scale: -1}} {
		b := graph.NewBuilder(graph.NewParams(graph.Float64, 1))
		x := b.Input("x", 2, 3, 4)
		b.Attention(x, x, x, o)
		if b.Err() == nil {
			t.Errorf("%s was taken", name)
		}
	}
	b := graph.NewBuilder(graph.NewParams(graph.Float64, 1))
	b.Attention(b.Input("q", 2, 3, 4), b.Input("k", 2, 2, 4), b.Input("v", 2, 2, 4), graph.AttentionOptions{Heads: 1})
	if b.Err() == nil {
		t.Error("batches of 3 and 2 were taken")
	}
	graphtest.CheckHash(t, func(b *graph.Builder) []*graph.Node {
		x := b.Input("x", 2, 3, 4)
		return []*graph.Node{
			b.Attention(x, x, x, graph.AttentionOptions{Heads: 1}), b.Attention(x, x, x, graph.AttentionOptions{Heads: 2}),
			b.Attention(x, x, x, graph.AttentionOptions{Heads: 2, Causal: true}),
		}
	})
}
