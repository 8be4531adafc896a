package graph_test

import (
	"bytes"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"lenz/graph"
	"lenz/graph/graphtest"
)

// What Gorgonia v0.9.18 does to the unwary, each with the guard that this package has against it.

// BindDualValues adds gradients up unless a solver zeroes them (gorgonia issue 543): a program's gradients are the same on every run.
func TestGradientsDoNotAccumulate(t *testing.T) {
	p, prog := trainingStep(t, 4, 3, 2, 5)
	defer prog.Close()
	var first []float64
	for i := range 3 {
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = p.CopyGrads()
		} else if d := maxDiff(first, p.CopyGrads()); d != 0 {
			t.Fatalf("run %d: gradients differ by %v", i, d)
		}
	}
}

// The tape machine reuses registers, so a value read after a run can be another node's (gorgonia issue 576): outputs are copies taken
// while the node's value stands. Exp(x) overwrites nothing that x leaves behind.
func TestOutputsAreTheirOwnNodes(t *testing.T) {
	b := graph.NewBuilder(graph.NewParams(graph.Float64, 1))
	x := b.Input("x", 2, 2)
	y := b.Affine(x, 2, 0)
	z := b.Exp(b.Reshape(b.Neg(y), 4))
	prog, err := b.Compile(nil, graph.Output{Name: "y", Node: y}, graph.Output{Name: "z", Node: z})
	if err != nil {
		t.Fatal(err)
	}
	defer prog.Close()
	for range 2 {
		set(t, prog, "x", 0, 0, 0, 0)
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		gotY, shape, _ := prog.Output("y")
		gotZ, _, _ := prog.Output("z")
		if maxDiff(gotY, []float64{0, 0, 0, 0}) != 0 || maxDiff(gotZ, []float64{1, 1, 1, 1}) != 0 || len(shape) != 2 {
			t.Fatalf("y %v %v, z %v", gotY, shape, gotZ)
		}
	}
}

// Views with strides of their own, which Gorgonia's Transpose and Slice make, are read right by fused ops.
func TestFusedOpsReadTransposedValues(t *testing.T) {
	build := func(b *graph.Builder, in []*graph.Node) *graph.Node {
		return b.Sum(b.Mul(b.Affine(b.Do(gorgonia.Transpose(in[0])), 1, 0), in[1]))
	}
	graphtest.CheckGrad(t, build, graphtest.Random(1, 2, 3), graphtest.Random(2, 3, 2))
}

// Two inputs of one name would be one node: refused. So is a parameter's name for an input.
func TestNamesAreTaken(t *testing.T) {
	p := graph.NewParams(graph.Float64, 1)
	w, err := p.Add("w", graph.Zeros(), 2)
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(p)
	b.Param(w)
	b.Input("w", 2)
	wantError(t, b.Err(), `"w"`, "taken")
}

// A parameter without a gradient is refused even when Gorgonia would skip it in silence, and so is a loss that is no scalar.
func TestLossMustBeAScalar(t *testing.T) {
	b := graph.NewBuilder(graph.NewParams(graph.Float64, 1))
	_, err := b.Compile(b.Input("x", 2, 2))
	wantError(t, err, "(2, 2)", "scalar")
}

// Initial values are keyed by seed and name, not by the clock or by order.
func TestInitialValuesRepeat(t *testing.T) {
	draw := func(seed uint64, names ...string) map[string]any {
		p := graph.NewParams(graph.Float32, seed)
		for _, n := range names {
			if _, err := p.Add(n, graph.GlorotNormal(), 3, 4); err != nil {
				t.Fatal(err)
			}
		}
		return p.State()
	}
	a, b, c := draw(1, "u", "v"), draw(1, "v", "u"), draw(2, "u", "v")
	av, bv, cv := a["u"].([]float32), b["u"].([]float32), c["u"].([]float32)
	for i := range av {
		if av[i] != bv[i] {
			t.Fatalf("value %d: %v and %v", i, av[i], bv[i])
		}
	}
	if av[0] == cv[0] || av[0] == a["v"].([]float32)[0] {
		t.Error("another seed or name drew the same value")
	}
}

func TestDOTNamesInputsParametersAndOps(t *testing.T) {
	_, prog := trainingStep(t, 2, 1, 1, 3)
	defer prog.Close()
	var buf bytes.Buffer
	if err := prog.WriteDOT(&buf); err != nil {
		t.Fatal(err)
	}
	dot := buf.String()
	for _, want := range []string{"digraph", "rnn.weight_hh_l0", "lstm", "linear", "mse", "gradient of head.bias", "->"} {
		if !strings.Contains(dot, want) {
			t.Errorf("the drawing does not show %q", want)
		}
	}
	if n := strings.Count(dot, "label="); n > 60 {
		t.Errorf("%d nodes for one fused layer, want tens", n)
	}
}

func TestStateRoundTripAndErrors(t *testing.T) {
	p := graph.NewParams(graph.Float32, 1)
	if _, err := p.Add("w", graph.Normal(1), 2, 3); err != nil {
		t.Fatal(err)
	}
	saved := p.State()
	want := p.CopyFloats()
	if err := p.SetFloats(make([]float64, 6)); err != nil {
		t.Fatal(err)
	}
	if err := p.Restore(saved); err != nil || maxDiff(want, p.CopyFloats()) != 0 {
		t.Errorf("restored %v, want %v (%v)", p.CopyFloats(), want, err)
	}
	wantError(t, p.Restore(map[string]any{}), "w")
	wantError(t, p.Restore(map[string]any{"w": []float32{1}}), "1 saved values, want 6")
	wantError(t, p.Restore(map[string]any{"w": saved["w"], "x": saved["w"]}), "x")
	_, err := p.Add("late", graph.Zeros(), 1)
	wantError(t, err, "late", "first use")
}
