package reservoir

import (
	"context"
	"math"
	"slices"
	"testing"

	"lenz/datasets"
)

// several cuts windows of series of different lengths.
func several(t *testing.T, horizon int, lengths ...string) *datasets.Windows {
	t.Helper()
	var all []*datasets.Series
	for _, length := range lengths {
		d, err := datasets.Open("mackey-glass", map[string]string{"length": length})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d.Series...)
	}
	return cut(t, all, datasets.DefaultSplit(), datasets.WindowSpec{Input: 40, Horizon: horizon, Batch: 16})
}

// Each series of a stream begins at the state zero and has a washout of its own, however it is cut into chunks: what its first targets are does
// not matter.
func TestEachSeriesHasItsWashout(t *testing.T) {
	const washout = 30
	w := several(t, 1, "500", "300", "620")
	config := DefaultEchoState()
	config.Units, config.Washout, config.Noise, config.Ridge = 40, washout, 1e-5, []float64{1e-6}
	build := func() *Model {
		m, err := config.New(w.Layout(), 5)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	reference := build()
	source, err := w.Stream(datasets.Train, datasets.StreamOptions{Streams: 1, Chunk: 100000})
	if err != nil {
		t.Fatal(err)
	}
	series := 0
	for b, ok := source.Next(); ok; b, ok = source.Next() {
		y := slices.Clone(b.Y.Data)
		for i := range washout {
			y[i] = 1e6
		}
		if err := reference.net.Learn(reference.net.NewWalk(), b.X.Data, y, washout); err != nil {
			t.Fatal(err)
		}
		series++
	}
	if _, err := reference.net.Solve(1e-6); err != nil || series != 3 {
		t.Fatalf("%d series: %v", series, err)
	}
	want := reference.Params().All()[0].Value().Data().([]float64)
	for _, chunk := range []int{7, 64, 5000} {
		m := learn(t, build, w, chunk, false)
		if got := m.Params().All()[0].Value().Data().([]float64); !slices.Equal(got, want) {
			t.Errorf("in chunks of %d rows, three series give other weights than three walks", chunk)
		}
	}
}

// Noise is in the states that are learnt from, as the seed has it, and in no others.
func TestNoiseIsInLearningAlone(t *testing.T) {
	learnt := func(noise float64, seed uint64) (mse float64, state, weights []float64) {
		n, u, y := small(t, 600)
		n.o.Noise, n.o.Seed = noise, seed
		c, err := n.Fit(u, y, 100, 1e-8)
		if err != nil {
			t.Fatal(err)
		}
		state = make([]float64, n.StateSize())
		n.Warm(state, u)
		return c.MSE, state, c.weights[0]
	}
	quiet, state, _ := learnt(0, 1)
	noisy, same, weights := learnt(1e-2, 1)
	_, _, others := learnt(1e-2, 2)
	if !slices.Equal(state, same) {
		t.Error("a state is disturbed that is not learnt from")
	}
	if noisy < 100*quiet {
		t.Errorf("the error is %.3g with noise, %.3g without: there is none", noisy, quiet)
	}
	if slices.Equal(weights, others) {
		t.Error("two seeds draw the same noise")
	}
}

// An ensemble of any kind forecasts the mean of its members, which are the reservoirs of their seeds.
func TestMembersAreAveraged(t *testing.T) {
	w := several(t, 1, "600")
	source, err := w.Source(datasets.Test, datasets.SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := source.Next()
	forecasts := func(members int, seed uint64) []float64 {
		config := DefaultDeepEchoState()
		config.Units, config.Layers, config.Groups, config.Members, config.Washout, config.Ridge = 15, 2, 2, members, 50, []float64{1e-5}
		m := learn(t, func() *Model {
			m, err := config.New(w.Layout(), seed)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}, w, 5000, false)
		p, err := m.Predict(context.Background(), b)
		if err != nil {
			t.Fatal(err)
		}
		return slices.Clone(p.Mean.Data)
	}
	together := forecasts(3, 9)
	mean := make([]float64, len(together))
	for member := range 3 {
		for i, v := range forecasts(1, split(9, member)) {
			mean[i] += v / 3
		}
	}
	for i, v := range together {
		if math.Abs(v-mean[i]) > 1e-12 {
			t.Fatalf("forecast %d of three members is %v, their mean %v", i, v, mean[i])
		}
	}
}
