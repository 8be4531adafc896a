package layers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"lenz/graph"
	"lenz/graph/kernel"
	"lenz/layers"
)

// A stream gives, step by step, what the graph gives for the whole sequence: the same bits where products run on tiles.
func TestStreamAgreesWithTheGraph(t *testing.T) {
	for cell, make := range map[string]func(p *graph.Params, c layers.Config) (*layers.Recurrent, error){
		"lstm": func(p *graph.Params, c layers.Config) (*layers.Recurrent, error) { return layers.NewLSTM(p, "rnn", c) },
		"gru": func(p *graph.Params, c layers.Config) (*layers.Recurrent, error) {
			return layers.NewGRU(p, "rnn", false, c)
		},
		"gru_original": func(p *graph.Params, c layers.Config) (*layers.Recurrent, error) {
			return layers.NewGRU(p, "rnn", true, c)
		},
		"rnn_tanh": func(p *graph.Params, c layers.Config) (*layers.Recurrent, error) {
			return layers.NewRNN(p, "rnn", false, c)
		},
		"rnn_relu": func(p *graph.Params, c layers.Config) (*layers.Recurrent, error) {
			return layers.NewRNN(p, "rnn", true, c)
		},
	} {
		for _, bias := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/bias=%t", cell, bias), func(t *testing.T) {
				t.Run("float32", func(t *testing.T) { testStream[float32](t, graph.Float32, bias, make, 1e-5) })
				t.Run("float64", func(t *testing.T) { testStream[float64](t, graph.Float64, bias, make, 1e-13) })
			})
		}
	}
}

func testStream[T kernel.Float](t *testing.T, dtype tensor.Dtype, bias bool, newLayer func(*graph.Params, layers.Config) (*layers.Recurrent, error), tolerance float64) {
	const steps, rows, inputs, hidden, outputs = 7, 3, 2, 19, 2
	p := graph.NewParams(dtype, 3)
	c := layers.DefaultConfig(inputs, hidden)
	c.Layers, c.Bias = 2, bias
	rnn, err := newLayer(p, c)
	check(t, err)
	head, err := layers.NewLinear(p, "head", hidden, outputs, bias, layers.Torch)
	check(t, err)
	b := graph.NewBuilder(p)
	hs, _ := rnn.Apply(b, b.Input("x", steps, rows, inputs), nil, nil)
	program, err := b.Compile(nil, graph.Output{Name: "y", Node: head.Apply(b, hs)})
	check(t, err)
	defer program.Close()
	x, xs := make([]float64, steps*rows*inputs), make([]T, steps*rows*inputs)
	for i := range x {
		xs[i] = T(i%11)/8 - 0.5
		x[i] = float64(xs[i])
	}
	check(t, program.Set("x", x))
	check(t, program.Run())
	want, _, err := program.Output("y")
	check(t, err)

	s, err := layers.NewStream[T](rnn, head, rows)
	check(t, err)
	for range 2 {
		s.Reset()
		for step := range steps {
			y := s.Step(xs[step*rows*inputs:][:rows*inputs])
			for i, v := range y {
				if d := float64(v) - want[step*rows*outputs+i]; d > tolerance || d < -tolerance {
					t.Fatalf("step %d, output %d: %v, the graph has %v", step, i, v, want[step*rows*outputs+i])
				}
			}
		}
	}
	if n := testing.AllocsPerRun(10, func() { s.Step(xs[:rows*inputs]) }); n > 0 {
		t.Errorf("a step allocates %v times", n)
	}
	testReload(t, p, s, xs[:rows*inputs])
}

// testReload sees that weights are read when they are loaded, and only then.
func testReload[T kernel.Float](t *testing.T, p *graph.Params, s *layers.Stream[T], x []T) {
	s.Reset()
	before := slices.Clone(s.Step(x))
	v := p.CopyFloats()
	for i := range v {
		v[i] *= 1.5
	}
	check(t, p.SetFloats(v))
	s.Reset()
	if !slices.Equal(s.Step(x), before) {
		t.Error("changed weights show before they are loaded")
	}
	s.Reload()
	s.Reset()
	if slices.Equal(s.Step(x), before) {
		t.Error("loaded weights do not show")
	}
	h, _ := s.State(0)
	if slices.Max(h) == 0 && slices.Min(h) == 0 {
		t.Error("the state of the first layer is zero after a step")
	}
}

func TestStreamRefuses(t *testing.T) {
	p := graph.NewParams(graph.Float32, 1)
	c := layers.DefaultConfig(1, 4)
	one, err := layers.NewLSTM(p, "one", c)
	check(t, err)
	c.Bidirectional = true
	both, err := layers.NewLSTM(p, "both", c)
	check(t, err)
	wide, err := layers.NewLinear(p, "wide", 5, 1, true, layers.Torch)
	check(t, err)
	for want, make := range map[string]func() error{
		"precision":     func() error { _, err := layers.NewStream[float64](one, nil, 1); return err },
		"bidirectional": func() error { _, err := layers.NewStream[float32](both, nil, 1); return err },
		"at least 1":    func() error { _, err := layers.NewStream[float32](one, nil, 0); return err },
		"5 inputs":      func() error { _, err := layers.NewStream[float32](one, wide, 1); return err },
	} {
		if err := make(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one that contains %q", err, want)
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A trained layer follows values as they come.
func ExampleNewStream() {
	p := graph.NewParams(graph.Float32, 1)
	rnn, _ := layers.NewLSTM(p, "rnn", layers.DefaultConfig(1, 8))
	head, _ := layers.NewLinear(p, "head", 8, 1, true, layers.Torch)
	s, err := layers.NewStream[float32](rnn, head, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, x := range []float32{0.1, 0.5, -0.2} {
		fmt.Printf("%.3f\n", s.Step([]float32{x})[0])
	}
	// Output:
	// -0.333
	// -0.431
	// -0.429
}
