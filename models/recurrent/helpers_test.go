package recurrent

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"lenz/datasets"
	"lenz/graph"
	"lenz/internal/rng"
)

// forecastLayout has two targets among three inputs, one past-only column, and known columns when asked for.
func forecastLayout(steps, horizon int, known bool) datasets.Layout {
	l := datasets.Layout{
		Kind: datasets.Forecast, Input: steps, Horizon: horizon, Batch: 3,
		Inputs: []string{"a", "b", "c"}, Targets: []string{"c", "a"}, TargetInputs: []int{2, 0},
	}
	if known {
		l.Inputs, l.Future, l.FutureInputs = append(l.Inputs, "k"), []string{"k"}, []int{3}
	}
	return l
}

func labelLayout(kind datasets.Kind, classes int) datasets.Layout {
	l := datasets.Layout{Kind: kind, Input: 5, Batch: 3, Inputs: []string{"a", "b"}, Targets: []string{"y"}, TargetInputs: []int{-1}, Classes: classes}
	return l
}

func noise(r *rand.Rand, shape ...int) datasets.Array {
	a := datasets.NewArray(shape...)
	for i := range a.Data {
		a.Data[i] = r.NormFloat64()
	}
	return a
}

// randomBatch fills a batch of the layout.
func randomBatch(l datasets.Layout, batch int, seed uint64) datasets.Batch {
	r := rand.New(rng.New(seed, "batch"))
	b := datasets.Batch{T: l.Input, B: batch, X: noise(r, l.Input, batch, len(l.Inputs))}
	d := len(l.Targets)
	switch l.Kind {
	case datasets.Forecast:
		b.Y = noise(r, l.Horizon, batch, d)
		if len(l.Future) > 0 {
			b.Future = noise(r, l.Horizon, batch, len(l.Future))
		}
	case datasets.PerStep:
		b.Y = noise(r, l.Input, batch, d)
	case datasets.PerSequence:
		b.Y = noise(r, batch, d)
	}
	for i := range b.Y.Data {
		if l.Classes > 0 {
			b.Y.Data[i] = float64(i % l.Classes)
		}
	}
	return b
}

func gradient(t testing.TB, m *Model, b datasets.Batch) (float64, []float64) {
	t.Helper()
	loss, err := m.Gradient(context.Background(), b, 7)
	if err != nil {
		t.Fatal(err)
	}
	return loss, m.Params().CopyGrads()
}

// checkGradient holds the model's gradient against central differences of its own loss, at some of each parameter's
// values. Step 1e-5 in float64 leaves about 1e-9; 1e-6 is far above that and far below any mistake.
func checkGradient(t *testing.T, m *Model, b datasets.Batch) {
	t.Helper()
	const step, tolerance = 1e-5, 1e-6
	_, exact := gradient(t, m, b)
	values := graph.Values[float64](m.Params())
	scale := 1e-3
	for _, g := range exact {
		scale = max(scale, math.Abs(g))
	}
	at := 0
	for _, q := range m.Params().All() {
		for i := 0; i < q.Size(); i += 1 + q.Size()/6 {
			v := &values[at+i]
			was := *v
			*v = was + step
			up, _ := gradient(t, m, b)
			*v = was - step
			down, _ := gradient(t, m, b)
			*v = was
			if slope := (up - down) / (2 * step); !(math.Abs(slope-exact[at+i]) <= tolerance*scale) {
				t.Errorf("%s[%d]: gradient %v, central difference %v", q.Name(), i, exact[at+i], slope)
			}
		}
		at += q.Size()
	}
}

// bits tells whether two lists are the same to the bit.
func bits(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

func small() Settings {
	s := defaults()
	s.Hidden, s.Precision = 3, "float64"
	return s
}

// newModel is an LSTM with random values in all its parameters: a highway begins with zeros and would do nothing.
func newModel(t testing.TB, s Settings, l datasets.Layout) *Model {
	t.Helper()
	c := DefaultLSTM()
	c.Settings = s
	m := must(t)(c.New(l, 1))
	r := rand.New(rng.New(1, "parameters"))
	values := m.Params().CopyFloats()
	for i := range values {
		values[i] += 0.2 * r.NormFloat64()
	}
	if err := m.Params().SetFloats(values); err != nil {
		t.Fatal(err)
	}
	return m
}

func must(t testing.TB) func(*Model, error) *Model {
	return func(m *Model, err error) *Model {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { m.Close() })
		return m
	}
}
