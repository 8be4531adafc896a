package kernel

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"
)

// goldenCase is one layer stack of testdata/torch_golden.py. Tensors are flat; hs is [T, B, directions*H], states
// are [layers*directions, B, H].
type goldenCase struct {
	Kind                    string
	T, B, I, H, Layers      int
	Bidirectional           bool
	Lengths                 []int
	Input, Output, Gradient map[string][]float64
}

func readGolden(t *testing.T) []goldenCase {
	t.Helper()
	text, err := os.ReadFile("testdata/torch_golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []goldenCase }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) != 16 {
		t.Fatalf("%d golden cases, want 16", len(file.Cases))
	}
	return file.Cases
}

func TestAgreesWithPyTorch(t *testing.T) {
	for _, c := range readGolden(t) {
		name := fmt.Sprintf("%s/layers=%d,bidirectional=%t,lengths=%v,bias=%t", c.Kind, c.Layers, c.Bidirectional, c.Lengths, c.Input["bias_ih_l0"] != nil)
		// float64: rounding over a few steps, far from cancelling. float32: 2^-24 of the largest value, grown over
		// steps and layers.
		t.Run(name+"/float64", func(t *testing.T) { checkGolden[float64](t, c, 1e-10) })
		t.Run(name+"/float32", func(t *testing.T) { checkGolden[float32](t, c, 1e-5) })
	}
}

func checkGolden[T Float](t *testing.T, c goldenCase, tolerance float64) {
	got := runStack[T](c)
	for _, want := range []map[string][]float64{c.Output, prefixed("d", c.Gradient)} {
		for name, w := range want {
			if d := worstRelative(got[name], w); !(d <= tolerance) {
				t.Errorf("%s: largest difference over largest value is %.3g, want at most %g", name, d, tolerance)
			}
		}
	}
}

func prefixed(prefix string, m map[string][]float64) map[string][]float64 {
	r := map[string][]float64{}
	for name, v := range m {
		r[prefix+name] = v
	}
	return r
}

// worstRelative returns max |got - want| / max |want|, or NaN where sizes differ or got is not a number.
func worstRelative[T Float](got []T, want []float64) float64 {
	if len(got) != len(want) {
		return math.NaN()
	}
	diff, size := 0.0, 0.0
	for i, w := range want {
		diff, size = max(diff, math.Abs(float64(got[i])-w)), max(size, math.Abs(w))
	}
	return diff / size
}

// runStack runs a stack of cells as PyTorch would, forward and backward, and returns outputs under PyTorch's names,
// gradients with a d before them.
func runStack[T Float](c goldenCase) map[string][]T {
	directions := 1
	if c.Bidirectional {
		directions = 2
	}
	got := map[string][]T{}
	var cells []cell[T]
	var problems []*problem[T]
	x, width := convert[T](c.Input["x"]), c.I
	for layer := range c.Layers {
		hs := make([]T, c.T*c.B*directions*c.H)
		for dir := range directions {
			p, k := c.goldenProblem(layer, dir, layer*directions+dir, width), cell[T](nil)
			q := goldenAs[T](p)
			q.in.X, q.out.X = x, garbage(x)
			k = newCell[T](c.Kind, q.d)
			k.forward(q.in, q.hs, q.hT, q.cT)
			interleave(hs, q.hs, dir, directions, c.H)
			got["hT"], got["cT"] = append(got["hT"], q.hT...), append(got["cT"], q.cT...)
			cells, problems = append(cells, k), append(problems, q)
		}
		x, width = hs, directions*c.H
	}
	got["hs"] = x
	dhs := convert[T](c.Input["dhs"])
	for layer := c.Layers - 1; layer >= 0; layer-- {
		dx := make([]T, len(problems[layer*directions].in.X))
		for dir := range directions {
			q := problems[layer*directions+dir]
			part(q.dhs, dhs, dir, directions, c.H)
			cells[layer*directions+dir].backward(q.in, q.dhs, q.dhT, q.dcT, q.out)
			addTo(dx, q.out.X)
			suffix := paramSuffix(layer, dir)
			got["dweight_ih"+suffix], got["dweight_hh"+suffix] = q.out.Wih, q.out.Whh
			got["dbias_ih"+suffix], got["dbias_hh"+suffix] = q.out.Bih, q.out.Bhh
		}
		dhs = dx
	}
	got["dx"] = dhs
	for _, q := range problems {
		got["dh0"], got["dc0"] = append(got["dh0"], q.out.H0...), append(got["dc0"], q.out.C0...)
	}
	return got
}

func paramSuffix(layer, dir int) string {
	return fmt.Sprintf("_l%d", layer) + []string{"", "_reverse"}[dir]
}

// goldenProblem cuts one layer and direction out of a case, all but x and dhs.
func (c goldenCase) goldenProblem(layer, dir, index, width int) *problem[float64] {
	bh := c.B * c.H
	state := func(name string) []float64 {
		if c.Input[name] == nil {
			return nil
		}
		return c.Input[name][index*bh : (index+1)*bh]
	}
	suffix := paramSuffix(layer, dir)
	p := &problem[float64]{d: Dims{T: c.T, B: c.B, I: width, H: c.H, Reverse: dir == 1}}
	p.in = Input[float64]{H0: state("h0"), C0: state("c0"), Lengths: c.Lengths}
	p.in.Weights = Weights[float64]{
		Wih: c.Input["weight_ih"+suffix], Whh: c.Input["weight_hh"+suffix],
		Bih: c.Input["bias_ih"+suffix], Bhh: c.Input["bias_hh"+suffix],
	}
	p.dhT, p.dcT = state("dhT"), state("dcT")
	return p
}

// goldenAs converts a problem and gives it places for results, full of NaN.
func goldenAs[T Float](p *problem[float64]) *problem[T] {
	q := &problem[T]{d: p.d}
	q.in = Input[T]{H0: convert[T](p.in.H0), C0: convert[T](p.in.C0), Lengths: p.in.Lengths}
	q.in.Weights = Weights[T]{convert[T](p.in.Wih), convert[T](p.in.Whh), convert[T](p.in.Bih), convert[T](p.in.Bhh)}
	q.dhT, q.dcT = convert[T](p.dhT), convert[T](p.dcT)
	q.hT, q.cT = garbage(q.dhT), garbage(q.dcT)
	q.hs, q.dhs = garbage(make([]T, p.d.T*p.d.B*p.d.H)), make([]T, p.d.T*p.d.B*p.d.H)
	q.out = Grad[T]{H0: garbage(q.in.H0), C0: garbage(q.in.C0)}
	q.out.Weights = Weights[T]{garbage(q.in.Wih), garbage(q.in.Whh), garbage(q.in.Bih), garbage(q.in.Bhh)}
	return q
}

func convert[T Float](s []float64) []T {
	if s == nil {
		return nil
	}
	r := make([]T, len(s))
	for i, v := range s {
		r[i] = T(v)
	}
	return r
}

// interleave writes one direction's rows, h wide, into rows of all directions.
func interleave[T Float](all, one []T, dir, directions, h int) {
	for r := range len(one) / h {
		copy(all[(r*directions+dir)*h:][:h], one[r*h:(r+1)*h])
	}
}

// part reads one direction's rows back.
func part[T Float](one, all []T, dir, directions, h int) {
	for r := range len(one) / h {
		copy(one[r*h:(r+1)*h], all[(r*directions+dir)*h:][:h])
	}
}

// onnxCase is one of ONNX's published test vectors.
type onnxCase struct {
	Op    string
	Attrs struct {
		Hidden int `json:"hidden_size"`
		Layout int
	}
	Inputs, Outputs map[string]struct {
		Shape []int
		Data  []float64
	}
}

// TestAgreesWithONNX runs ONNX's vectors for RNN, GRU (the original form: linear_before_reset = 0) and LSTM, but for
// test_lstm_with_peepholes: our LSTM has no peepholes.
func TestAgreesWithONNX(t *testing.T) {
	text, err := os.ReadFile("../../../shared/data/onnx_rnn_vectors/onnx_rnn_vectors.json")
	if err != nil {
		t.Skipf("the ONNX vectors are not here: %v", err)
	}
	var cases map[string]onnxCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	delete(cases, "test_lstm_with_peepholes")
	if len(cases) != 11 {
		t.Errorf("%d cases, want 11", len(cases))
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { checkONNX(t, c) })
	}
}

func checkONNX(t *testing.T, c onnxCase) {
	kind := map[string]string{"RNN": "rnn_tanh", "GRU": "gru_before", "LSTM": "lstm"}[c.Op]
	// Where our gates stand in ONNX's order: i o f c for LSTM, z r h for GRU.
	order := map[string][]int{"RNN": {0}, "GRU": {1, 0, 2}, "LSTM": {0, 2, 3, 1}}[c.Op]
	h, shape := c.Attrs.Hidden, c.Inputs["X"].Shape
	d := Dims{T: shape[0], B: shape[1], I: shape[2], H: h}
	x := c.Inputs["X"].Data
	if c.Attrs.Layout == 1 { // batch first
		d.B, d.T = shape[0], shape[1]
		x = swapRows(x, d.B, d.T, d.I)
	}
	in := Input[float64]{X: x}
	in.Wih = reorder(c.Inputs["W"].Data, order, h*d.I)
	in.Whh = reorder(c.Inputs["R"].Data, order, h*h)
	if b := c.Inputs["B"].Data; b != nil {
		in.Bih, in.Bhh = reorder(b[:len(b)/2], order, h), reorder(b[len(b)/2:], order, h)
	}
	for _, name := range []string{"sequence_lens", "initial_h", "initial_c", "P"} {
		if len(c.Inputs[name].Data) > 0 {
			t.Fatalf("input %s is not handled by this test", name)
		}
	}
	hs, hT := make([]float64, d.T*d.B*h), make([]float64, d.B*h)
	newCell[float64](kind, d).forward(in, hs, hT, nil)
	if c.Attrs.Layout == 1 {
		hs = swapRows(hs, d.T, d.B, h)
	}
	// The vectors are float32, rounded: 6e-8 relative to values below 1, and computed in float32.
	for name, got := range map[string][]float64{"Y": hs, "Y_h": hT} {
		if want := c.Outputs[name].Data; want != nil {
			if d := worstRelative(got, want); !(d <= 1e-6) {
				t.Errorf("%s: largest difference over largest value is %.3g, want at most 1e-6", name, d)
			}
		}
	}
}

// reorder returns the blocks of s, size values each, in the given order.
func reorder(s []float64, order []int, size int) []float64 {
	var r []float64
	for _, o := range order {
		r = append(r, s[o*size:(o+1)*size]...)
	}
	return slices.Clip(r)
}

// swapRows turns [a, b, width] into [b, a, width].
func swapRows(s []float64, a, b, width int) []float64 {
	r := make([]float64, len(s))
	for i := range a {
		for j := range b {
			copy(r[(j*a+i)*width:][:width], s[(i*b+j)*width:][:width])
		}
	}
	return r
}
