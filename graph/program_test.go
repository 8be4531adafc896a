package graph_test

import (
	"fmt"
	"maps"
	"math"
	"runtime"
	"testing"

	"lenz/graph"
	"lenz/graph/graphtest"
)

func TestLinearRegressionGradientIsExact(t *testing.T) {
	p := graph.NewParams(graph.Float64, 1)
	w, err := p.Add("w", graph.Constant(2), 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	bias, err := p.Add("b", graph.Zeros(), 1)
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(p)
	x, y := b.Input("x", 3, 2), b.Input("y", 3, 1)
	pred := b.Linear(x, b.Param(w), b.Param(bias))
	prog, err := b.Compile(b.Loss(graph.MSE(), pred, y, nil), graph.Output{Name: "pred", Node: pred})
	if err != nil {
		t.Fatal(err)
	}
	defer prog.Close()
	set(t, prog, "x", 1, 0, 0, 1, 1, 1)
	set(t, prog, "y", 1, 2, 3)
	for range 3 { // the same on every run: nothing accumulates
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		// residuals 1, 0, 1: loss 2/3, dw = 2/3 (1*1+1*1, 1*1), db = 2/3 * 2
		want := []float64{4.0 / 3, 2.0 / 3, 4.0 / 3}
		if got := p.CopyGrads(); maxDiff(got, want) > 1e-15 {
			t.Fatalf("gradient %v, want %v", got, want)
		}
		if math.Abs(prog.Loss()-2.0/3) > 1e-15 {
			t.Fatalf("loss %v", prog.Loss())
		}
	}
	// The parameters' memory is the arena: a change is seen by the next run.
	graph.Values[float64](p)[0] = 1
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	pred0, _, err := prog.Output("pred")
	if err != nil || pred0[0] != 1 {
		t.Fatalf("prediction %v, %v", pred0, err)
	}
}

func TestOneParameterUsedTwiceSumsItsGradients(t *testing.T) {
	build := func(b *graph.Builder, in []*graph.Node) *graph.Node {
		h := b.Tanh(b.Linear(in[0], in[1], nil))
		return b.Mean(b.Square(b.Linear(h, in[1], nil)))
	}
	graphtest.CheckGrad(t, build, graphtest.Random(1, 4, 3), graphtest.Random(2, 3, 3))
}

func TestUnusedParameterIsAnError(t *testing.T) {
	p := graph.NewParams(graph.Float32, 1)
	w, _ := p.Add("w", graph.Zeros(), 1, 1)
	u, _ := p.Add("unused", graph.Zeros(), 1)
	b := graph.NewBuilder(p)
	x := b.Input("x", 2, 1)
	b.Param(u)
	_, err := b.Compile(b.Mean(b.Linear(x, b.Param(w), nil)))
	wantError(t, err, "unused", "never learn")
}

func TestErrorsStickAndNothingPanics(t *testing.T) {
	p := graph.NewParams(graph.Float32, 1)
	b := graph.NewBuilder(p)
	x, y := b.Input("x", 2, 3), b.Input("y", 4, 5)
	n := b.Add(b.MatMul(x, y), x)
	n = b.Loss(graph.MSE(), b.Tanh(b.Linear(n, x, nil)), y, nil)
	_, err := b.Compile(n)
	wantError(t, err, "MatMul", "(2, 3)", "(4, 5)")
}

func TestDistinctOpsNeverMerge(t *testing.T) {
	graphtest.CheckHash(t, func(b *graph.Builder) []*graph.Node {
		x := b.Input("x", 2, 3, 4)
		return []*graph.Node{
			b.Affine(x, 1, 2), b.Affine(x, 2, 1), b.Affine(x, 1, 2),
			b.Step(x, 0), b.Step(x, 1), b.Part(x, 0, 3, 4), b.Reshape(x, 6, 4), b.Reshape(x, 4, 6),
		}
	})
}

func TestDropoutIsKeyedByStepAndOffInEvaluation(t *testing.T) {
	run := func(training bool, step uint64) []float64 {
		p := graph.NewParams(graph.Float32, 5)
		var opts []graph.Option
		if training {
			opts = append(opts, graph.Training())
		}
		b := graph.NewBuilder(p, opts...)
		x := b.Input("x", 1000)
		prog, err := b.Compile(nil, graph.Output{Name: "y", Node: b.Affine(b.Dropout(x, "d", 0.25), 1, 0)})
		if err != nil {
			t.Fatal(err)
		}
		defer prog.Close()
		ones := make([]float64, 1000)
		for i := range ones {
			ones[i] = 1
		}
		set(t, prog, "x", ones...)
		prog.SetStep(step)
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		y, _, _ := prog.Output("y")
		return y
	}
	if d := maxDiff(run(true, 3), run(true, 3)); d != 0 {
		t.Error("the same step gave another mask")
	}
	if d := maxDiff(run(true, 3), run(true, 4)); d == 0 {
		t.Error("another step gave the same mask")
	}
	var zeros int
	for _, v := range run(true, 3) {
		if v == 0 {
			zeros++
		} else if math.Abs(v-4.0/3) > 1e-6 {
			t.Fatalf("a kept value is %v, want 4/3", v)
		}
	}
	if zeros < 190 || zeros > 310 { // 250 +- 4.4 standard deviations
		t.Errorf("%d of 1000 dropped, want about 250", zeros)
	}
	for _, v := range run(false, 3) {
		if v != 1 {
			t.Fatalf("evaluation changed a value to %v", v)
		}
	}
}

func TestCloseLeavesNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 50 {
		p := graph.NewParams(graph.Float32, 1)
		w, _ := p.Add("w", graph.GlorotUniform(), 2, 2)
		b := graph.NewBuilder(p)
		prog, err := b.Compile(b.Mean(b.Linear(b.Input("x", 2, 2), b.Param(w), nil)))
		if err != nil {
			t.Fatal(err)
		}
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		if err := prog.Close(); err != nil {
			t.Fatal(err)
		}
		if err := prog.Run(); err == nil {
			t.Fatal("a closed program ran")
		}
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

// A layer hands out more than a model takes, and inputs need no derivative: neither costs anything.
func TestWhatNobodyNeedsIsNotComputed(t *testing.T) {
	runs := map[string]int{}
	count := func(b *graph.Builder, name string, x ...*graph.Node) *graph.Node {
		return graph.Apply(b, graph.Custom[float64]{
			Name: name, Shape: x[0].Shape(),
			Forward: func(out []float64, in [][]float64) error {
				runs[name]++
				copy(out, in[0])
				return nil
			},
			Backward: func(din, _ [][]float64, _, dout []float64) error {
				runs[name+"'"]++
				for i, d := range din {
					if d == nil {
						runs[fmt.Sprintf("%s'%d absent", name, i)]++
						continue
					}
					copy(d, dout)
				}
				return nil
			},
		}, x...)
	}
	p := graph.NewParams(graph.Float64, 1)
	w, err := p.Add("w", graph.Constant(1), 2)
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(p)
	x := b.Input("x", 2)
	used := count(b, "used", b.Param(w), x)
	count(b, "second", count(b, "first", used))
	prog, err := b.Compile(b.Sum(used))
	if err != nil {
		t.Fatal(err)
	}
	defer prog.Close()
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"used": 1, "used'": 1, "used'1 absent": 1}
	if !maps.Equal(runs, want) {
		t.Errorf("runs %v, want %v", runs, want)
	}
}
