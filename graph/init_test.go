package graph_test

import (
	"math"
	"testing"

	"lenz/graph"
)

func draw(t *testing.T, init graph.Init, shape ...int) []float64 {
	t.Helper()
	p := graph.NewParams(graph.Float64, 3)
	if _, err := p.Add("w", init, shape...); err != nil {
		t.Fatal(err)
	}
	return p.CopyFloats()
}

func TestInitializersHaveTheirVariance(t *testing.T) {
	const out, in = 200, 300
	for _, c := range []struct {
		name     string
		init     graph.Init
		variance float64
		bound    float64
	}{
		{"GlorotUniform", graph.GlorotUniform(), 2.0 / (in + out), math.Sqrt(6.0 / (in + out))},
		{"GlorotNormal", graph.GlorotNormal(), 2.0 / (in + out), math.Inf(1)},
		{"HeUniform", graph.HeUniform(), 2.0 / in, math.Sqrt(6.0 / in)},
		{"HeNormal", graph.HeNormal(), 2.0 / in, math.Inf(1)},
		{"TorchUniform", graph.TorchUniform(in), 1.0 / (3 * in), 1 / math.Sqrt(in)},
	} {
		var sum, sq float64
		v := draw(t, c.init, out, in)
		for _, x := range v {
			if math.Abs(x) > c.bound {
				t.Fatalf("%s: %v is beyond %v", c.name, x, c.bound)
			}
			sum += x
			sq += x * x
		}
		n := float64(len(v))
		// five standard errors of a mean and, with kurtosis at most 3, of a variance
		if math.Abs(sum/n) > 5*math.Sqrt(c.variance/n) || math.Abs(sq/n/c.variance-1) > 5*math.Sqrt(2/n) {
			t.Errorf("%s: mean %v, variance %v, want 0 and %v", c.name, sum/n, sq/n, c.variance)
		}
	}
}

func TestOrthogonalRowsOrColumns(t *testing.T) {
	for _, s := range [][2]int{{3, 5}, {5, 3}, {4, 4}, {1, 3}} {
		rows, cols := s[0], s[1]
		w := draw(t, graph.Orthogonal(2), rows, cols)
		short, at := rows, func(i, k int) float64 { return w[i*cols+k] }
		long := cols
		if cols < rows {
			short, long, at = cols, rows, func(i, k int) float64 { return w[k*cols+i] }
		}
		for i := range short {
			for j := range short {
				var dot float64
				for k := range long {
					dot += at(i, k) * at(j, k)
				}
				want := 0.0
				if i == j {
					want = 4
				}
				if math.Abs(dot-want) > 1e-12 {
					t.Errorf("%v: product of vectors %d and %d is %v, want %v", s, i, j, dot, want)
				}
			}
		}
	}
}

func TestPerGateDrawsBlocksByThemselves(t *testing.T) {
	w := draw(t, graph.PerGate(4, graph.Orthogonal(1)), 12, 3)
	for g := range 4 {
		var dot, norm float64
		for k := range 3 {
			dot += w[g*9+k] * w[g*9+3+k]
			norm += w[g*9+k] * w[g*9+k]
		}
		if math.Abs(dot) > 1e-12 || math.Abs(norm-1) > 1e-12 {
			t.Errorf("gate %d: product %v, norm %v", g, dot, norm)
		}
	}
	if w[0] == w[9] {
		t.Error("two gates have the same block")
	}
}
