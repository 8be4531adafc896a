package reservoir

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"lenz/datasets"
	"lenz/internal/rng"
)

// What cannot work says what is wrong, by its number, and what to try.
func TestBadInput(t *testing.T) {
	layout := datasets.Layout{Kind: datasets.Forecast, Input: 3, Horizon: 1, Inputs: []string{"a"}, Targets: []string{"a"}, TargetInputs: []int{0}}
	radius := func(rho float64) error {
		c := DefaultEchoState()
		c.Radius = rho
		_, err := c.New(layout, 1)
		return err
	}
	fit := func(rows, washout int, ridge float64) error {
		n, u, y := small(t, rows)
		_, err := n.Fit(u, y, washout, ridge)
		return err
	}
	delayed := func(delays int) NextGeneration {
		c := DefaultNextGeneration()
		c.Delays, c.Skip = delays, 2
		return c
	}
	for _, c := range []struct {
		name string
		err  func() error
		want []string
	}{
		{"a spectral radius of 0", func() error { return radius(0) }, []string{"spectral_radius is 0", "above 0"}},
		{"a negative spectral radius", func() error { return radius(-1) }, []string{"spectral_radius is -1", "above 0"}},
		{"a million units that hear all", func() error {
			c := DefaultESN()
			c.Units, c.Degree = 1000000, 0
			_, err := c.New(1, 1)
			return err
		}, []string{"1000000 units", "1e+12 weights", "lower degree"}},
		{"a million orthogonal units", func() error {
			c := DefaultESN()
			c.Units, c.Weights = 1000000, "orthogonal"
			_, err := c.New(1, 1)
			return err
		}, []string{"1e+12 weights", "weights of another kind"}},
		{"neurons with more synapses than memory", func() error {
			c := DefaultLiquid()
			c.Neurons, c.Degree = 1000000, 5000
			_, err := c.New(1, 1)
			return err
		}, []string{"1000000 units that hear 5000 each", "want at most"}},
		{"a deep one of radius 0", func() error {
			c := DefaultDeepEchoState()
			c.Radius = 0
			_, err := c.New(layout, 1)
			return err
		}, []string{"deep-esn", "spectral_radius is 0"}},
		{"a washout longer than the series", func() error { return fit(50, 60, 1e-6) }, []string{"50 rows", "washout of 60", "shorter washout"}},
		{"no ridge for 300 units and 40 rows", func() error { return fit(50, 10, 0) }, []string{"condition number", "use a ridge of at least"}},
		{"windows shorter than the delays", func() error { _, err := delayed(5).New(layout, 1); return err }, []string{"needs 9 rows of the past, a window has 3", "--input 9", "fewer delays"}},
		{"a series shorter than the delays", func() error {
			m, err := delayed(5).NGRC.New(1)
			if err != nil {
				return err
			}
			n, err := NewNetwork(Options{Inputs: 1, Outputs: 1}, Part{Machine: m, In: []int{0}, Out: []int{0}})
			if err != nil {
				return err
			}
			_, err = n.Fit(make([]float64, 8), make([]float64, 8), 0, 1e-6)
			return err
		}, []string{"8 rows", "need 9", "fewer delays"}},
		{"labels", func() error {
			l := layout
			l.Kind = datasets.PerStep
			_, err := DefaultEchoState().New(l, 1)
			return err
		}, []string{"esn forecasts series", "use lstm, gru or rnn"}},
		{"states that leave all bounds", func() error {
			c := DefaultESN()
			c.Activation, c.Radius = "linear", 10
			n, u, y := smallOf(t, c, 500)
			_, err := n.Fit(u, y, 10, 1e-6)
			return err
		}, []string{"left all bounds", "smaller spectral radius"}},
		{"a closed loop that runs away", func() error { return runaway(t) }, []string{"esn", "diverged at step ", "larger ridge", "noise", "smaller spectral radius"}},
	} {
		err := c.err()
		if err == nil {
			t.Errorf("%s is taken", c.name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error does not say %q: %v", c.name, want, err)
			}
		}
	}
}

// Columns that do not fit the machine or the network are named.
func TestNetworkRefusesColumns(t *testing.T) {
	m, err := DefaultNGRC().New(2)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		outputs int
		feed    []int
		in, out []int
		want    string
	}{
		{1, nil, []int{0, 2}, []int{0}, "part 0 hears column 2 of 2"},
		{1, nil, []int{0, -1}, []int{0}, "part 0 hears column -1 of 2"},
		{1, nil, []int{0}, []int{0}, "hears 1 columns, its machine takes 2 inputs"},
		{1, nil, []int{0, 1}, []int{1}, "part 0 gives output 1 of 1"},
		{2, nil, []int{0, 1}, []int{0}, "no part gives output 1"},
		{1, []int{0, 1}, []int{0, 1}, []int{0}, "2 feeds for 1 outputs"},
		{1, []int{2}, []int{0, 1}, []int{0}, "feed the inputs [2] of 2"},
	} {
		_, err := NewNetwork(Options{Inputs: 2, Outputs: c.outputs, Feed: c.feed}, Part{Machine: m, In: c.in, Out: c.out})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want an error with %q, got %v", c.want, err)
		}
	}
}

// runaway returns the loss of a model whose readout was made too strong.
func runaway(t *testing.T) error {
	t.Helper()
	w := windows(t, "mackey-glass", map[string]string{"length": "700"})
	config := DefaultEchoState()
	config.Units, config.Activation, config.Ridge = 30, "linear", []float64{1e-6}
	m := learn(t, func() *Model {
		m, err := config.New(w.Layout(), 1)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}, w, 5000, false)
	for _, r := range m.net.readouts() {
		for i := range r.weights {
			r.weights[i] *= 100
		}
	}
	source, err := w.Source(datasets.Test, datasets.SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := source.Next()
	_, _, err = m.Loss(context.Background(), b)
	var diverged *DivergedError
	if errors.As(err, &diverged) && (diverged.Step < 2 || diverged.Step > 5) {
		t.Errorf("it diverged at step %d of 5: the first alone cannot reach the bound", diverged.Step)
	}
	return err
}

// Drawing a large reservoir and finding its spectral radius take long, and end when they are told to. The sizes would take many times the
// deadline: one that did not listen would come back without an error.
func TestDrawingEndsWithItsContext(t *testing.T) {
	layout := datasets.Layout{Kind: datasets.Forecast, Input: 3, Horizon: 1, Inputs: []string{"a"}, Targets: []string{"a"}, TargetInputs: []int{0}}
	for name, build := range map[string]func(ctx context.Context) error{
		"links": func(ctx context.Context) error {
			_, err := topology{units: 200000, links: 10, kind: "uniform", radius: 1}.random(ctx, rand.New(rng.New(1, "test")))
			return err
		},
		"radius": func(ctx context.Context) error {
			m, err := topology{units: 20000, links: 3, kind: "uniform", radius: 1}.random(context.Background(), rand.New(rng.New(1, "test")))
			if err == nil {
				_, err = m.radius(ctx)
			}
			return err
		},
		"orthogonal": func(ctx context.Context) error {
			_, err := topology{units: 700, kind: "orthogonal", radius: 1}.new(ctx, rand.New(rng.New(1, "test")))
			return err
		},
		"esn": func(ctx context.Context) error {
			c := DefaultEchoState()
			c.Units = 200000
			_, err := c.NewWithContext(ctx, layout, 1)
			return err
		},
		"lsm": func(ctx context.Context) error {
			c := DefaultLiquidState()
			c.Neurons = 200000
			_, err := c.NewWithContext(ctx, layout, 1)
			return err
		},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		if err := build(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %v, want the error of the context", name, err)
		}
		cancel()
	}
}
