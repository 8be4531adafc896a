package attention

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"lenz/datasets"
	"lenz/graph"
	"lenz/internal/rng"
	"lenz/models"
	"lenz/optim"
	"lenz/train"
	"lenz/train/traintest"
)

func normals(seed uint64, n int, scale float64) []float64 {
	r := rand.New(rng.New(seed, "attention"))
	x := make([]float64, n)
	for i := range x {
		x[i] = scale * r.NormFloat64()
	}
	return x
}

// One update of the memory is softmax attention with patterns as keys and values, written out in loops, and what the graph's op
// computes: to 1e-12 in float64 and 1e-6 in float32, a few units in the last place of sums of tens of terms.
func TestOneUpdateIsSoftmaxAttention(t *testing.T) {
	const n, d, states, beta = 13, 7, 5, 1.7
	patterns, xi := normals(1, n*d, 1), normals(2, states*d, 1)
	m, err := NewMemory(patterns, d, beta)
	if err != nil {
		t.Fatal(err)
	}
	var want []float64
	for s := range states {
		p, sum := make([]float64, n), 0.0
		for i := range n {
			for j := range d {
				p[i] += beta * patterns[i*d+j] * xi[s*d+j]
			}
			p[i] = math.Exp(p[i])
			sum += p[i]
		}
		for j := range d {
			v := 0.0
			for i := range n {
				v += p[i] / sum * patterns[i*d+j]
			}
			want = append(want, v)
		}
	}
	for s := range states {
		got, err := m.Update(xi[s*d : (s+1)*d])
		if err != nil {
			t.Fatal(err)
		}
		compare(t, "memory", got, want[s*d:(s+1)*d], 1e-12)
	}
	for dtype, tolerance := range map[bool]float64{false: 1e-12, true: 1e-6} {
		p := graph.NewParams(graph.Float64, 1)
		if dtype {
			p = graph.NewParams(graph.Float32, 1)
		}
		b := graph.NewBuilder(p)
		k := b.Input("k", n, 1, d)
		prog, err := b.Compile(nil, graph.Output{Name: "y", Node: b.Attention(b.Input("q", states, 1, d), k, k, graph.AttentionOptions{Heads: 1, Scale: beta})})
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range map[string][]float64{"q": xi, "k": patterns} {
			if err := prog.Set(name, v); err != nil {
				t.Fatal(err)
			}
		}
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		got, _, err := prog.Output("y")
		if err != nil {
			t.Fatal(err)
		}
		compare(t, "graph", got, want, tolerance)
		if err := prog.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func compare(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= tolerance) {
			t.Errorf("%s: value %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// The energy is never negative and never rises under the update (Ramsauer et al. 2021, lemma A1 and theorem 1), at any beta.
func TestEnergyNeverRises(t *testing.T) {
	const n, d = 20, 10
	for _, beta := range []float64{0.01, 0.5, 3, 100} {
		m, err := NewMemory(normals(3, n*d, 1), d, beta)
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(20) {
			r, err := m.Retrieve(normals(10+seed, d, 2), 1e-12, 200)
			if err != nil {
				t.Fatal(err)
			}
			trace := models.EnergyTrace(m, r.Course)
			if at := models.Rises(trace, 1e-10); at >= 0 || trace[len(trace)-1] < -1e-10 {
				t.Errorf("beta %v: the energy rises at step %d: %v", beta, at, trace)
			}
		}
	}
}

// By beta the fixed point is the mean of all patterns, that of a cluster of near ones, or a single pattern (section 2).
func TestFixedPointsByBeta(t *testing.T) {
	// Two near patterns and one far away, of one length.
	patterns := []float64{1, 0.3, 0, 0.3, 1, 0, -0.7, -0.7, math.Sqrt(0.11)}
	state := []float64{1, 0.25, 0}
	for _, c := range []struct {
		beta float64
		want []float64
	}{{0.001, []float64{1. / 3, 1. / 3, 1. / 3}}, {3, []float64{0.5, 0.5, 0}}, {50, []float64{1, 0, 0}}} {
		m, err := NewMemory(patterns, 3, c.beta)
		if err != nil {
			t.Fatal(err)
		}
		r, err := m.Retrieve(state, 1e-9, 1000)
		if err != nil || !r.Converged {
			t.Fatal(r, err)
		}
		compare(t, "weights", r.Weights, c.want, 0.05)
	}
}

// 2,000 random patterns on a sphere of 30 dimensions are stored, 66 a dimension, and each comes back from a state that is
// moved by a tenth of its length: a classical network holds 0.14 a dimension.
func TestStoresFarMoreThanDimensions(t *testing.T) {
	const n, d = 2000, 30
	patterns := normals(5, n*d, 1)
	for i := range n {
		row, sum := patterns[i*d:(i+1)*d], 0.0
		for _, v := range row {
			sum += v * v
		}
		for j := range row {
			row[j] *= math.Sqrt(d / sum)
		}
	}
	m, err := NewMemory(patterns, d, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < n; i += 20 {
		state := normals(uint64(i), d, 0.1)
		for j, v := range m.Pattern(i) {
			state[j] += v
		}
		r, err := m.Retrieve(state, 1e-6, 20)
		if err != nil {
			t.Fatal(err)
		}
		if r.Pattern != i || r.Weights[i] < 0.99 {
			t.Errorf("pattern %d: retrieved %d, weight %v", i, r.Pattern, r.Weights[i])
		}
	}
}

func TestMemoryRefuses(t *testing.T) {
	for want, f := range map[string]func() error{
		"whole":    func() error { _, err := NewMemory(make([]float64, 5), 2, 1); return err },
		"beta":     func() error { _, err := NewMemory(make([]float64, 4), 2, 0); return err },
		"finite":   func() error { _, err := NewMemory([]float64{math.NaN(), 1}, 2, 1); return err },
		"patterns": func() error { m, _ := NewMemory([]float64{1, 2}, 2, 1); _, err := m.Update([]float64{1}); return err },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func forecastLayout() datasets.Layout {
	return datasets.Layout{
		Kind: datasets.Forecast, Input: 5, Horizon: 2, Batch: 3, Inputs: []string{"a", "b", "k"}, Targets: []string{"b", "a"}, TargetInputs: []int{1, 0},
		Future: []string{"k"}, FutureInputs: []int{2},
	}
}

func forecastBatch(n int) datasets.Batch {
	return datasets.Batch{
		T: 5, B: n, X: datasets.Array{Shape: []int{5, n, 3}, Data: normals(1, 15*n, 1)}, Y: datasets.Array{Shape: []int{2, n, 2}, Data: normals(2, 4*n, 1)},
		Future: datasets.Array{Shape: []int{2, n, 1}, Data: normals(3, 2*n, 1)},
	}
}

// The gradient of the whole forecaster is the central difference of its loss.
func TestForecasterGradient(t *testing.T) {
	for _, norm := range []string{"none", "last", "mean", "standard"} {
		t.Run(norm, func(t *testing.T) { forecasterGradient(t, norm) })
	}
}

func forecasterGradient(t *testing.T, norm string) {
	c := DefaultHopfield()
	c.WindowNorm = norm
	c.Hidden, c.Heads, c.Layers, c.Memories, c.Pool, c.Highway, c.Steps, c.Precision = 4, 2, 2, 3, 2, 3, 2, "float64"
	m, err := c.New(forecastLayout(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	values := m.Params().CopyFloats()
	for i, v := range normals(9, len(values), 0.3) {
		values[i] += v
	}
	if err := m.Params().SetFloats(values); err != nil {
		t.Fatal(err)
	}
	b, ctx := forecastBatch(3), context.Background()
	run := func() float64 {
		loss, err := m.Gradient(ctx, b, 0)
		if err != nil {
			t.Fatal(err)
		}
		return loss
	}
	run()
	exact, at := m.Params().CopyGrads(), graph.Values[float64](m.Params())
	scale := 1e-3
	for _, g := range exact {
		scale = max(scale, math.Abs(g))
	}
	for i := 0; i < len(at); i += 3 {
		was := at[i]
		at[i] = was + 1e-5
		up := run()
		at[i] = was - 1e-5
		down := run()
		at[i] = was
		// ReLU has a kink, which random values miss.
		if slope := (up - down) / 2e-5; math.Abs(slope-exact[i]) > 1e-6*scale {
			t.Errorf("value %d: gradient %v, central difference %v", i, exact[i], slope)
		}
	}
}

func TestForecasterComesBackToTheBit(t *testing.T) {
	traintest.Learner(t, func() (train.Learner, datasets.Source, error) {
		s, err := datasets.Open("sines", map[string]string{"length": "80"})
		if err != nil {
			return nil, nil, err
		}
		split, err := datasets.DefaultSplit().Cut(s.Series...)
		if err != nil {
			return nil, nil, err
		}
		scaler, err := datasets.FitScaler(split.Parts[datasets.Train], datasets.ScalerSpec{})
		if err != nil {
			return nil, nil, err
		}
		w, err := datasets.NewWindows(split, scaler, datasets.WindowSpec{Input: 8, Horizon: 2})
		if err != nil {
			return nil, nil, err
		}
		src, err := w.Source(datasets.Train, datasets.SourceOptions{Shuffle: true, Batch: 16})
		if err != nil {
			return nil, nil, err
		}
		c := DefaultHopfield()
		c.Hidden, c.Dropout = 8, 0.2
		m, err := c.New(src.Layout(), 1)
		if err != nil {
			return nil, nil, err
		}
		o, err := optim.DefaultAdam().New()
		return train.Gradient(m, o), src, err
	}, 6)
}

func TestForecasterRefuses(t *testing.T) {
	l := forecastLayout()
	for want, change := range map[string]func(*Hopfield){
		"does not divide": func(c *Hopfield) { c.Heads = 3 }, "highway is 9": func(c *Hopfield) { c.Highway = 9 }, "beta": func(c *Hopfield) { c.Beta = -1 },
	} {
		c := DefaultHopfield()
		change(&c)
		if _, err := c.New(l, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	l.Kind = datasets.PerSequence
	if _, err := DefaultHopfield().New(l, 1); err == nil || !strings.Contains(err.Error(), "forecasts") {
		t.Errorf("labels: %v", err)
	}
}
