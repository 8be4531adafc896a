package layers_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"lenz/graph"
	"lenz/graph/graphtest"
	"lenz/layers"
)

func build(p *graph.Params, cell string, c layers.Config) (*layers.Recurrent, error) {
	switch cell {
	case "lstm":
		return layers.NewLSTM(p, "rnn", c)
	case "gru", "gru original":
		return layers.NewGRU(p, "rnn", cell != "gru", c)
	}
	return layers.NewRNN(p, "rnn", cell == "rnn relu", c)
}

func shapes(p *graph.Params) []string {
	var list []string
	for _, q := range p.All() {
		list = append(list, fmt.Sprint(q.Name(), []int(q.Shape())))
	}
	return list
}

// Names and shapes are those of torch.nn.GRU(3, 5, num_layers=2, bidirectional=True).state_dict().
func TestNamesAndShapesArePyTorchs(t *testing.T) {
	p := graph.NewParams(graph.Float32, 1)
	c := layers.DefaultConfig(3, 5)
	c.Layers, c.Bidirectional = 2, true
	if _, err := build(p, "gru", c); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"rnn.weight_ih_l0[15 3]", "rnn.weight_hh_l0[15 5]", "rnn.bias_ih_l0[15]", "rnn.bias_hh_l0[15]",
		"rnn.weight_ih_l0_reverse[15 3]", "rnn.weight_hh_l0_reverse[15 5]", "rnn.bias_ih_l0_reverse[15]", "rnn.bias_hh_l0_reverse[15]",
		"rnn.weight_ih_l1[15 10]", "rnn.weight_hh_l1[15 5]", "rnn.bias_ih_l1[15]", "rnn.bias_hh_l1[15]",
		"rnn.weight_ih_l1_reverse[15 10]", "rnn.weight_hh_l1_reverse[15 5]", "rnn.bias_ih_l1_reverse[15]", "rnn.bias_hh_l1_reverse[15]",
	}
	if got := shapes(p); !slices.Equal(got, want) {
		t.Errorf("parameters %v, want %v", got, want)
	}
}

// value runs a stack on a fixed input from given initial states, and returns outputs and final states in a row.
func value(t *testing.T, cell string, c layers.Config, lengths []float64, x graphtest.Array) []float64 {
	t.Helper()
	p := graph.NewParams(graph.Float64, 3)
	r, err := build(p, cell, c)
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(p)
	var ln *graph.Node
	if lengths != nil {
		ln = b.Input("lengths", len(lengths))
	}
	batch := x.Shape[1]
	initial := make([]layers.State, r.States())
	for i := range initial {
		initial[i].H = b.Input(fmt.Sprint("h", i), batch, c.Hidden)
		if r.HasCell() {
			initial[i].C = b.Input(fmt.Sprint("c", i), batch, c.Hidden)
		}
	}
	hs, final := r.Apply(b, b.Input("x", x.Shape...), initial, ln)
	outs := []graph.Output{{Name: "hs", Node: hs}}
	for i, s := range final {
		outs = append(outs, graph.Output{Name: fmt.Sprint("h", i), Node: s.H})
		if r.HasCell() {
			outs = append(outs, graph.Output{Name: fmt.Sprint("c", i), Node: s.C})
		}
	}
	prog, err := b.Compile(nil, outs...)
	if err != nil {
		t.Fatal(err)
	}
	defer prog.Close()
	for seed, name := range prog.Inputs() {
		v := graphtest.Random(uint64(seed)+10, batch, c.Hidden).Data
		switch name {
		case "x":
			v = x.Data
		case "lengths":
			v = lengths
		}
		if err := prog.Set(name, v); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for _, o := range outs {
		names = append(names, o.Name)
	}
	if err := graphtest.SameOnTape(b, p, prog, names...); err != nil {
		t.Fatalf("%s %+v: %v", cell, c, err)
	}
	var all []float64
	for _, o := range outs {
		v, _, err := prog.Output(o.Name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v...)
	}
	return all
}

// Fused and unrolled stacks agree to rounding in outputs and final states: two layers, both directions, initial states,
// ragged lengths.
func TestFusedIsUnrolled(t *testing.T) {
	for _, cell := range []string{"lstm", "gru", "gru original", "rnn", "rnn relu"} {
		for _, both := range []bool{false, true} {
			for _, lengths := range [][]float64{nil, {4, 1, 3}} {
				c := layers.DefaultConfig(2, 3)
				c.Layers, c.Bidirectional = 2, both
				x := graphtest.Random(1, 4, 3, 2)
				fused := value(t, cell, c, lengths, x)
				c.Unrolled = true
				unrolled := value(t, cell, c, lengths, x)
				for i := range fused {
					if !(math.Abs(fused[i]-unrolled[i]) < 1e-12) {
						t.Fatalf("%s, bidirectional %v, lengths %v: value %d is %v, unrolled %v", cell, both, lengths, i, fused[i], unrolled[i])
					}
				}
			}
		}
	}
}

// Initial values: PyTorch's bound, zero biases and orthogonal gates elsewhere, and the forget gate's bias in its place.
func TestInit(t *testing.T) {
	for _, init := range []layers.Init{layers.Torch, layers.Glorot, layers.Orthogonal} {
		p := graph.NewParams(graph.Float64, 3)
		c := layers.DefaultConfig(7, 16)
		c.Init, c.ForgetBias = init, 2
		if _, err := build(p, "lstm", c); err != nil {
			t.Fatal(err)
		}
		data := func(name string) []float64 { return p.ByName("rnn." + name).Value().Data().([]float64) }
		for i, v := range data("bias_ih_l0") {
			centre := 0.0
			if i/16 == 1 {
				centre = 2
			}
			width := 0.0
			if init == layers.Torch {
				width = 0.25 // 1/sqrt(16)
			}
			if math.Abs(v-centre) > width {
				t.Errorf("%s: bias %d is %v, want %v within %v", init, i, v, centre, width)
			}
		}
		whh := data("weight_hh_l0")
		for g := range 4 {
			gate := whh[g*256 : (g+1)*256]
			dot, norm := 0.0, 0.0
			for j := range 16 {
				dot += gate[j] * gate[16+j]
				norm += gate[j] * gate[j]
			}
			if orthogonal := math.Abs(dot) < 1e-12 && math.Abs(norm-1) < 1e-12; orthogonal != (init == layers.Orthogonal) {
				t.Errorf("%s: gate %d: rows have the product %v and the square %v", init, g, dot, norm)
			}
		}
		if bound := slices.Max(whh); init == layers.Torch && (bound > 0.25 || bound < 0.2) {
			t.Errorf("PyTorch's initial weights reach up to %v, want 0.25", bound)
		}
	}
}

// Without its dropout an evaluation program gives the plain stack, and a training program drops between the layers only.
func TestDropoutActsBetweenLayers(t *testing.T) {
	run := func(dropout float64, training bool) []float64 {
		p := graph.NewParams(graph.Float64, 3)
		c := layers.DefaultConfig(2, 8)
		c.Layers, c.Dropout = 2, dropout
		r, err := build(p, "rnn", c)
		if err != nil {
			t.Fatal(err)
		}
		var opts []graph.Option
		if training {
			opts = append(opts, graph.Training())
		}
		b := graph.NewBuilder(p, opts...)
		hs, final := r.Apply(b, b.Input("x", 3, 2, 2), nil, nil)
		prog, err := b.Compile(nil, graph.Output{Name: "hs", Node: hs}, graph.Output{Name: "first", Node: final[0].H})
		if err != nil {
			t.Fatal(err)
		}
		defer prog.Close()
		if err := prog.Set("x", graphtest.Random(1, 3, 2, 2).Data); err != nil {
			t.Fatal(err)
		}
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		hsv, _, _ := prog.Output("hs")
		first, _, _ := prog.Output("first")
		for _, v := range hsv {
			if v == 0 {
				t.Error("the last layer's output was dropped")
			}
		}
		return append(hsv, first...)
	}
	plain := run(0, true)
	if !slices.Equal(run(0.5, false), plain) {
		t.Error("dropout acts in evaluation")
	}
	dropped := run(0.5, true)
	if n := len(plain) - 16; slices.Equal(dropped[:n], plain[:n]) || !slices.Equal(dropped[n:], plain[n:]) {
		t.Error("dropout in training should change the second layer and leave the first")
	}
}

func TestConfigErrors(t *testing.T) {
	for want, change := range map[string]func(*layers.Config){
		"all be at least 1": func(c *layers.Config) { c.Hidden = 0 },
		"between layers":    func(c *layers.Config) { c.Dropout = 0.5 },
		"below 1":           func(c *layers.Config) { c.Layers, c.Dropout = 2, 1 },
		"stay alike":        func(c *layers.Config) { c.Init = layers.Zero },
		"needs an LSTM":     func(c *layers.Config) { c.ForgetBias = 1 },
		"orthogonal":        func(c *layers.Config) { c.Init = "random" },
	} {
		c := layers.DefaultConfig(2, 3)
		change(&c)
		if _, err := build(graph.NewParams(graph.Float64, 1), "gru", c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if _, err := layers.NewLinear(graph.NewParams(graph.Float64, 1), "head", 0, 1, true, layers.Torch); err == nil {
		t.Error("a linear layer without inputs was made")
	}
	p := graph.NewParams(graph.Float64, 1)
	r, err := build(p, "gru", layers.DefaultConfig(2, 3))
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(p)
	r.Apply(b, b.Input("x", 4, 2, 2), make([]layers.State, 2), nil)
	if b.Err() == nil || !strings.Contains(b.Err().Error(), "1 states") {
		t.Errorf("too many initial states: %v", b.Err())
	}
}
