package recurrent

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"lenz/datasets"
	"lenz/graph"
)

func predictOf(t testing.TB, m *Model, b datasets.Batch) datasets.Prediction {
	t.Helper()
	p, err := m.Predict(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// every is all kinds of forecasters.
func every(t *testing.T, f func(t *testing.T, s Settings)) {
	for _, strategy := range []string{"direct", "recursive"} {
		for _, head := range []string{"point", "gaussian", "quantile"} {
			for _, members := range []int{1, 2} {
				t.Run(fmt.Sprint(strategy, " ", head, " ", members), func(t *testing.T) {
					s := small()
					s.Strategy, s.Head, s.Members, s.Samples = strategy, head, members, 10
					s.WindowNorm, s.Highway = "standard", 2
					f(t, s)
				})
			}
		}
	}
}

// What lies after the origin must not reach a forecast; neither may other windows of the batch.
func TestForecastsDoNotSeeTheFuture(t *testing.T) {
	l := forecastLayout(4, 3, true)
	every(t, func(t *testing.T, s Settings) {
		m := newModel(t, s, l)
		b := randomBatch(l, 3, 4)
		b.Series, b.Origin = []int{0, 0, 1}, []int{10, 11, 10}
		want := predictOf(t, m, b)
		for i := range b.Y.Data {
			b.Y.Data[i] = math.NaN()
		}
		got := predictOf(t, m, b)
		b.Y = datasets.Array{}
		absent := predictOf(t, m, b)
		if !bits(want.Mean.Data, got.Mean.Data) || !bits(want.Quantiles.Data, got.Quantiles.Data) || !bits(want.Mean.Data, absent.Mean.Data) {
			t.Error("the forecast changed with the future targets")
		}
		one := datasets.Batch{T: b.T, B: 1, X: second(b.X), Future: second(b.Future), Series: b.Series[1:2], Origin: b.Origin[1:2]}
		alone := predictOf(t, m, one)
		if d := maxDiff(second(want.Mean).Data, alone.Mean.Data); d > 1e-12 {
			t.Errorf("alone, the window's forecast differs by %v", d)
		}
	})
}

// second takes sequence 1 of an array [T, B, N].
func second(a datasets.Array) datasets.Array {
	out := datasets.NewArray(a.Shape[0], 1, a.Shape[2])
	for t := range a.Shape[0] {
		copy(out.Data[t*a.Shape[2]:][:a.Shape[2]], a.Data[(t*a.Shape[1]+1)*a.Shape[2]:])
	}
	return out
}

func maxDiff(a, b []float64) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	d := 0.0
	for i := range a {
		if v := math.Abs(a[i] - b[i]); v > d || math.IsNaN(v) {
			d = v
		}
	}
	return d
}

// The inputs' future does not matter either: a recursive model holds past-only columns and reads known ones from Future.
func TestShapesAndOrderOfPredictions(t *testing.T) {
	l := forecastLayout(4, 3, true)
	every(t, func(t *testing.T, s Settings) {
		p := predictOf(t, newModel(t, s, l), randomBatch(l, 2, 4))
		if err := p.Check(3, 2, 2); err != nil {
			t.Error(err)
		}
		if s.Head == "point" {
			return
		}
		n := len(p.Mean.Data)
		for i := range n {
			for q := 1; q < len(p.Levels); q++ {
				if p.Quantiles.Data[q*n+i] < p.Quantiles.Data[(q-1)*n+i] {
					t.Fatalf("quantiles of element %d cross", i)
				}
			}
		}
		if s.Head == "quantile" && s.Strategy == "direct" && !bits(p.Mean.Data, p.Quantiles.Data[2*n:3*n]) {
			t.Error("the mean of the quantile head is not its median")
		}
	})
}

// A recursive point forecast is the model's own one-step forecasts, each read as truth by the next.
func TestRecursiveFeedsItsOutputBack(t *testing.T) {
	l := forecastLayout(4, 3, true)
	for _, norm := range []string{"none", "standard"} {
		s := small()
		s.Strategy, s.Highway, s.WindowNorm = "recursive", 2, norm
		m := newModel(t, s, l)
		b := randomBatch(l, 2, 8)
		want := predictOf(t, m, b)
		// With the forecast itself as truth, teacher forcing reads the forecast, so that its loss is zero.
		b.Y = want.Mean
		loss, err := m.Gradient(context.Background(), b, 0)
		if err != nil || loss > 1e-25 {
			t.Errorf("%s: loss against the model's own forecast %v (%v)", norm, loss, err)
		}
	}
}

// Paths of a recursive gaussian forecast of one step are draws from the direct distribution: mean and quantiles agree
// within five standard errors of 4000 draws.
func TestSampledPathsHaveTheHeadsDistribution(t *testing.T) {
	l := forecastLayout(4, 1, false)
	for _, head := range []string{"gaussian", "quantile"} {
		s := small()
		s.Strategy, s.Head, s.Samples = "recursive", head, 4000
		m := newModel(t, s, l)
		b := randomBatch(l, 1, 8)
		got := predictOf(t, m, b)
		k := key{use: predict, form: steps, T: b.T, B: 1, skip: b.T - 1, out: true, member: -1}
		p, err := m.program(k)
		if err != nil {
			t.Fatal(err)
		}
		m.feed(p, b, nil)
		if err := p.run(); err != nil {
			t.Fatal(err)
		}
		want := m.read(p.pred, []int{1, 1, 2}, k)
		for i := range want.Quantiles.Data {
			spread := want.Quantiles.Data[8+i%2] - want.Quantiles.Data[i%2] // 0.9 less 0.1
			if d := math.Abs(got.Quantiles.Data[i] - want.Quantiles.Data[i]); d > 0.06*math.Abs(spread) {
				t.Errorf("%s: quantile %d is %v, want %v", head, i, got.Quantiles.Data[i], want.Quantiles.Data[i])
			}
		}
	}
}

// The gaussian ensemble is the mixture of its members, with its mean and variance.
func TestGaussianMembersMix(t *testing.T) {
	l := forecastLayout(4, 2, false)
	s := small()
	s.Head = "gaussian"
	single := newModel(t, s, l)
	s.Members = 2
	m := newModel(t, s, l)
	b := randomBatch(l, 2, 3)
	got := predictOf(t, m, b)
	values, n := m.Params().CopyFloats(), single.Params().Count()
	var parts []datasets.Prediction
	for i := range 2 {
		if err := single.Params().SetFloats(values[i*n : (i+1)*n]); err != nil {
			t.Fatal(err)
		}
		parts = append(parts, predictOf(t, single, b))
	}
	for i := range got.Mean.Data {
		a, c := parts[0].Mean.Data[i], parts[1].Mean.Data[i]
		sa, sc := parts[0].SD.Data[i], parts[1].SD.Data[i]
		mean := (a + c) / 2
		sd := math.Sqrt((sa*sa+sc*sc)/2 + (a-c)*(a-c)/4)
		if math.Abs(got.Mean.Data[i]-mean) > 1e-12 || math.Abs(got.SD.Data[i]-sd) > 1e-9 {
			t.Errorf("element %d: N(%v, %v), want N(%v, %v)", i, got.Mean.Data[i], got.SD.Data[i], mean, sd)
		}
	}
}

// Subtracting the window's level makes forecasts follow a shift of all values; with standard they follow the scale as
// well.
func TestWindowNormFollowsTheWindow(t *testing.T) {
	l := forecastLayout(6, 3, false)
	l.Inputs, l.Targets, l.TargetInputs = []string{"a"}, []string{"a"}, []int{0}
	for _, strategy := range []string{"direct", "recursive"} {
		for norm, factor := range map[string]float64{"last": 1, "mean": 1, "standard": 50} {
			s := small()
			s.Strategy, s.WindowNorm, s.Highway = strategy, norm, 3
			m := newModel(t, s, l)
			b := randomBatch(l, 2, 3)
			base := predictOf(t, m, b)
			for i := range b.X.Data {
				b.X.Data[i] = b.X.Data[i]*factor + 1000
			}
			moved := predictOf(t, m, b)
			for i, v := range base.Mean.Data {
				// The floor under the variance makes a relative difference of about 1e-5.
				if want := v*factor + 1000; math.Abs(moved.Mean.Data[i]-want) > 1e-3*factor {
					t.Errorf("%s %s: %v, want %v", strategy, norm, moved.Mean.Data[i], want)
				}
			}
		}
	}
}

func TestSameBitsOnAnyNumberOfProcessors(t *testing.T) {
	s := defaults()
	s.Layers, s.Dropout, s.Hidden = 2, 0.2, 17
	l := forecastLayout(12, 4, true)
	b := randomBatch(l, 37, 3)
	run := func(procs int) ([]float64, []float64) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		m := newModel(t, s, l)
		_, g := gradient(t, m, b)
		return g, predictOf(t, m, b).Mean.Data
	}
	g1, p1 := run(1)
	g2, p2 := run(2)
	if !bits(g1, g2) || !bits(p1, p2) {
		t.Error("another number of processors gave other bits")
	}
}

func TestLabelsHaveTheShapeOfTheirKind(t *testing.T) {
	for _, c := range []struct {
		kind    datasets.Kind
		classes int
		want    []int
	}{
		{datasets.PerStep, 0, []int{5, 2, 1}}, {datasets.PerStep, 4, []int{5, 2, 4}},
		{datasets.PerSequence, 0, []int{2, 1}}, {datasets.PerSequence, 4, []int{2, 4}},
	} {
		l := labelLayout(c.kind, c.classes)
		p := predictOf(t, newModel(t, small(), l), randomBatch(l, 2, 1))
		if !slices.Equal(p.Mean.Shape, c.want) {
			t.Errorf("%v with %d classes: %v, want %v", c.kind, c.classes, p.Mean.Shape, c.want)
		}
	}
}

// Values past a sequence's length do not matter.
func TestLengthsEndSequences(t *testing.T) {
	for _, both := range []bool{false, true} {
		s := small()
		s.Bidirectional = both
		l := labelLayout(datasets.PerSequence, 0)
		m := newModel(t, s, l)
		b := randomBatch(l, 2, 1)
		b.Lengths = []int{3, 5}
		want := predictOf(t, m, b)
		for tt := 3; tt < 5; tt++ {
			b.X.Data[tt*2*2] = 1e6
		}
		if got := predictOf(t, m, b); !bits(got.Mean.Data, want.Mean.Data) {
			t.Errorf("bidirectional %v: the prediction saw values past the end", both)
		}
	}
}

func TestQuantilesExtendLinearly(t *testing.T) {
	d := &distribution{head: "quantile", levels: []float64{0.25, 0.5, 0.75}, v: make([]float64, 3)}
	d.set([]float64{3, 1, 2})
	for q, want := range map[float64]float64{0.25: 1, 0.5: 2, 0.375: 1.5, 0.9: 3.6, 0.1: 0.4} {
		if got := d.quantile(q); math.Abs(got-want) > 1e-12 {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
	g := &distribution{head: "gaussian", v: []float64{1, rawScale(2)}}
	if got := g.quantile(0.975); math.Abs(got-(1+2*1.959963984540054)) > 1e-9 {
		t.Errorf("97.5%% of N(1, 2) is %v", got)
	}
	if s := graph.GaussianScale(rawScale(0.3)); math.Abs(s-0.3) > 1e-12 {
		t.Errorf("scale %v, want 0.3", s)
	}
}
