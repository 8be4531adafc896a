package graph_test

import (
	"fmt"
	"math"
	"runtime"
	"testing"

	"lenz/graph"
	"lenz/graph/graphtest"
)

var cells = []string{graph.RNNTanh, graph.RNNRelu, graph.LSTM, graph.GRU, graph.GRUOriginal}

// shapeCase is a size with its corner: one step, one sequence, one input, odd sizes, ragged lengths.
type shapeCase struct {
	T, B, I, H int
	lengths    []float64
	reverse    bool
}

var shapeCases = []shapeCase{
	{1, 1, 1, 3, nil, false},
	{1, 3, 2, 1, nil, false},
	{4, 1, 1, 3, nil, false},
	{5, 3, 2, 4, nil, false},
	{5, 3, 2, 4, nil, true},
	{5, 4, 1, 3, []float64{5, 1, 0, 3}, false},
	{5, 4, 1, 3, []float64{2, 5, 0, 1}, true},
}

// functional is a fixed, uneven linear functional of all outputs of a layer, so that each has a gradient of its own.
func functional(c graph.SeqConfig, bias, initial, lengths bool) graphtest.Build {
	return func(b *graph.Builder, in []*graph.Node) *graph.Node {
		w := graph.SeqWeights{WIH: in[1], WHH: in[2]}
		next := 3
		take := func() *graph.Node { next++; return in[next-1] }
		if bias {
			w.BIH, w.BHH = take(), take()
		}
		var s0 graph.SeqState
		if initial {
			s0.H = take()
			if c.Cell == graph.LSTM {
				s0.C = take()
			}
		}
		var l *graph.Node
		if lengths {
			l = take()
		}
		hs, final := b.Sequence(c, in[0], w, s0, l)
		loss := b.Add(b.Sum(b.Mul(hs, take())), b.Sum(b.Mul(final.H, take())))
		if c.Cell == graph.LSTM {
			loss = b.Add(loss, b.Sum(b.Mul(final.C, take())))
		}
		return loss
	}
}

// arrays are the inputs of functional.
func arrays(cell string, s shapeCase, bias, initial bool) []graphtest.Array {
	g, _ := graph.Gates(cell)
	a := []graphtest.Array{
		graphtest.Random(1, s.T, s.B, s.I), graphtest.Random(2, g*s.H, s.I), graphtest.Random(3, g*s.H, s.H),
	}
	if bias {
		a = append(a, graphtest.Random(4, g*s.H), graphtest.Random(5, g*s.H))
	}
	if initial {
		a = append(a, graphtest.Random(6, s.B, s.H))
		if cell == graph.LSTM {
			a = append(a, graphtest.Random(7, s.B, s.H))
		}
	}
	if s.lengths != nil {
		a = append(a, graphtest.Fixed(s.lengths, s.B))
	}
	a = append(a, fixed(8, s.T, s.B, s.H), fixed(9, s.B, s.H))
	if cell == graph.LSTM {
		a = append(a, fixed(10, s.B, s.H))
	}
	return a
}

func fixed(seed uint64, shape ...int) graphtest.Array {
	a := graphtest.Random(seed, shape...)
	a.Fixed = true
	return a
}

func TestSequenceGradientsAndUnrolledTwin(t *testing.T) {
	for _, cell := range cells {
		for i, s := range shapeCases {
			for _, bias := range []bool{true, false} {
				for _, initial := range []bool{true, false} {
					t.Run(fmt.Sprintf("%s/%d/bias=%v/initial=%v", cell, i, bias, initial), func(t *testing.T) {
						in := arrays(cell, s, bias, initial)
						c := graph.SeqConfig{Cell: cell, Reverse: s.reverse}
						fused := functional(c, bias, initial, s.lengths != nil)
						graphtest.CheckGrad(t, fused, in...)
						c.Unrolled = true
						unrolled := functional(c, bias, initial, s.lengths != nil)
						graphtest.CheckFused(t, fused, unrolled, 1e-10, in...)
						if bias && initial { // the most nodes of each kind
							graphtest.CheckMachine(t, fused, in...)
							graphtest.CheckMachine(t, unrolled, in...)
						}
					})
				}
			}
		}
	}
}

func TestSequenceRefusesWrongShapes(t *testing.T) {
	build := func(cell string, wih, whh []int, lengths bool) error {
		b := graph.NewBuilder(graph.NewParams(graph.Float32, 1))
		w := graph.SeqWeights{WIH: b.Input("wih", wih...), WHH: b.Input("whh", whh...)}
		var l *graph.Node
		if lengths {
			l = b.Input("l", 7)
		}
		b.Sequence(graph.SeqConfig{Cell: cell}, b.Input("x", 5, 2, 3), w, graph.SeqState{}, l)
		return b.Err()
	}
	wantError(t, build("lstn", []int{16, 3}, []int{16, 4}, false), "lstn", "gru_original")
	wantError(t, build(graph.LSTM, []int{12, 3}, []int{16, 4}, false), "weight_ih is (12, 3), want [16 3]")
	wantError(t, build(graph.GRU, []int{12, 3}, []int{16, 4}, false), "weight_hh is (16, 4), want [12 4]")
	wantError(t, build(graph.GRU, []int{12, 3}, []int{12, 4}, true), "lengths is (7), want [2]")
}

func TestSequenceRefusesBadLengths(t *testing.T) {
	b := graph.NewBuilder(graph.NewParams(graph.Float32, 1))
	w := graph.SeqWeights{WIH: b.Input("wih", 4, 1), WHH: b.Input("whh", 4, 4)}
	hs, _ := b.Sequence(graph.SeqConfig{Cell: graph.RNNTanh}, b.Input("x", 3, 2, 1), w, graph.SeqState{}, b.Input("lengths", 2))
	prog, err := b.Compile(nil, graph.Output{Name: "hs", Node: hs})
	if err != nil {
		t.Fatal(err)
	}
	defer prog.Close()
	for _, bad := range []float64{-1, 4, 1.5, math.NaN()} {
		set(t, prog, "lengths", 3, bad)
		wantError(t, prog.Run(), "length of sequence 1", "[0, 3]")
	}
	set(t, prog, "lengths", 3, 0)
	if err := prog.Run(); err != nil {
		t.Errorf("after a bad run a good one fails: %v", err)
	}
}

// trainingStep is an LSTM with a readout and a loss, as it is trained.
func trainingStep(tb testing.TB, T, B, I, H int) (*graph.Params, *graph.Program) {
	tb.Helper()
	p := graph.NewParams(graph.Float32, 1)
	var list []*graph.Param
	for _, d := range []struct {
		name  string
		shape []int
	}{
		{"rnn.weight_ih_l0", []int{4 * H, I}}, {"rnn.weight_hh_l0", []int{4 * H, H}}, {"rnn.bias_ih_l0", []int{4 * H}},
		{"rnn.bias_hh_l0", []int{4 * H}}, {"head.weight", []int{1, H}}, {"head.bias", []int{1}},
	} {
		q, err := p.Add(d.name, graph.TorchUniform(H), d.shape...)
		if err != nil {
			tb.Fatal(err)
		}
		list = append(list, q)
	}
	b := graph.NewBuilder(p, graph.Training())
	w := graph.SeqWeights{WIH: b.Param(list[0]), WHH: b.Param(list[1]), BIH: b.Param(list[2]), BHH: b.Param(list[3])}
	hs, _ := b.Sequence(graph.SeqConfig{Cell: graph.LSTM}, b.Input("x", T, B, I), w, graph.SeqState{}, nil)
	prog, err := b.Compile(b.Loss(graph.MSE(), b.Linear(hs, b.Param(list[4]), b.Param(list[5])), b.Input("y", T, B, 1), nil))
	if err != nil {
		tb.Fatal(err)
	}
	for _, in := range []struct {
		name string
		n    int
	}{{"x", T * B * I}, {"y", T * B}} {
		if err := prog.Set(in.name, graphtest.Random(3, in.n).Data); err != nil {
			tb.Fatal(err)
		}
	}
	return p, prog
}

func TestSameBitsAtEveryGOMAXPROCS(t *testing.T) {
	var first []float64
	for _, procs := range []int{1, 2, 8} {
		was := runtime.GOMAXPROCS(procs)
		p, prog := trainingStep(t, 20, 40, 3, 33)
		err := prog.Run()
		runtime.GOMAXPROCS(was)
		if err != nil {
			t.Fatal(err)
		}
		prog.Close()
		g := p.CopyGrads()
		if first == nil {
			first = g
		}
		if d := maxDiff(first, g); d != 0 {
			t.Errorf("GOMAXPROCS %d: gradients differ by %v", procs, d)
		}
	}
}

// A steady-state step allocates for each node of the graph and not for its sizes: compare B/op of the cases.
func BenchmarkTrainingStep(b *testing.B) {
	for _, s := range [][4]int{{10, 4, 1, 8}, {50, 32, 1, 64}, {100, 16, 1, 64}, {100, 32, 8, 128}} {
		b.Run(fmt.Sprintf("T=%d,B=%d,I=%d,H=%d", s[0], s[1], s[2], s[3]), func(b *testing.B) {
			_, prog := trainingStep(b, s[0], s[1], s[2], s[3])
			defer prog.Close()
			if err := prog.Run(); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := prog.Run(); err != nil {
					b.Fatal(err)
				}
			}
			flops := 6 * float64(s[0]*s[1]*4*s[3]*(s[2]+s[3]))
			b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
