package graphtest_test

import (
	"fmt"
	"testing"

	"gorgonia.org/gorgonia"

	"lenz/graph"
	"lenz/graph/graphtest"
)

// recorder is a test that only remembers whether it failed.
type recorder struct {
	testing.TB
	failures []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

// cube is x^3, with a derivative of factor x^2: 3 is right.
func cube(factor float64) graphtest.Build {
	return func(b *graph.Builder, in []*graph.Node) *graph.Node {
		return b.Sum(graph.Apply(b, graph.Custom[float64]{
			Name: "cube", Attrs: fmt.Sprint(factor), Shape: in[0].Shape(),
			Forward: func(out []float64, in [][]float64) error {
				for i, x := range in[0] {
					out[i] = x * x * x
				}
				return nil
			},
			Backward: func(din, in [][]float64, _, dout []float64) error {
				for i, x := range in[0] {
					din[0][i] = factor * x * x * dout[i]
				}
				return nil
			},
		}, in[0]))
	}
}

func TestChecksFindMistakes(t *testing.T) {
	x := graphtest.Random(1, 2, 3)
	for _, c := range []struct {
		name  string
		check func(tb testing.TB)
		fails bool
	}{
		{"right derivative", func(tb testing.TB) { graphtest.CheckGrad(tb, cube(3), x) }, false},
		{"derivative a thousandth too large", func(tb testing.TB) { graphtest.CheckGrad(tb, cube(3.003), x) }, true},
		{"one graph on two machines", func(tb testing.TB) {
			graphtest.CheckMachine(tb, func(b *graph.Builder, in []*graph.Node) *graph.Node { return b.Mean(b.Tanh(in[0])) }, x)
		}, false},
		{"memory that Gorgonia's machine overwrites", func(tb testing.TB) {
			graphtest.CheckMachine(tb, func(b *graph.Builder, in []*graph.Node) *graph.Node {
				r := b.Do(gorgonia.Reshape(b.Exp(in[0]), []int{3, 2}))
				return b.Add(b.Mean(b.Square(r)), b.Mean(b.Neg(r)))
			}, x)
		}, true},
		{"equal twins", func(tb testing.TB) {
			graphtest.CheckFused(tb, cube(3), func(b *graph.Builder, in []*graph.Node) *graph.Node {
				return b.Sum(b.Mul(in[0], b.Square(in[0])))
			}, 1e-12, x)
		}, false},
		{"unequal twins", func(tb testing.TB) {
			graphtest.CheckFused(tb, cube(3), func(b *graph.Builder, in []*graph.Node) *graph.Node { return b.Sum(b.Square(in[0])) }, 1e-12, x)
		}, true},
		{"different nodes", func(tb testing.TB) {
			graphtest.CheckHash(tb, func(b *graph.Builder) []*graph.Node {
				x := b.Input("x", 2)
				return []*graph.Node{b.Affine(x, 1, 0), b.Affine(x, 1, 0)}
			})
		}, false},
		{"one node twice: Gorgonia's ops merge", func(tb testing.TB) {
			graphtest.CheckHash(tb, func(b *graph.Builder) []*graph.Node {
				x := b.Input("x", 2)
				return []*graph.Node{b.Tanh(x), b.Tanh(x)}
			})
		}, true},
		{"a graph with an error", func(tb testing.TB) {
			graphtest.CheckGrad(tb, func(b *graph.Builder, in []*graph.Node) *graph.Node { return b.Reshape(in[0], 7) }, x)
		}, true},
	} {
		r := &recorder{TB: t}
		c.check(r)
		if got := len(r.failures) > 0; got != c.fails {
			t.Errorf("%s: failed = %v (%v), want %v", c.name, got, r.failures, c.fails)
		}
	}
}
