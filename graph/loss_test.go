package graph_test

import (
	"math"
	"testing"

	"lenz/graph"
	"lenz/graph/graphtest"
)

// lossCases have a prediction of [2, 3*Outputs] (softmax: [6, C]) and a mask with a zero over a NaN.
var lossCases = []struct {
	loss   graph.Loss
	target []float64
}{
	{graph.MSE(), []float64{0.5, -1, 2, 0, 3, math.NaN()}},
	{graph.MAE(), []float64{0.5, -1, 2, 0, 3, math.NaN()}},
	{graph.Huber(0.7), []float64{0.5, -1, 2, 0, 3, math.NaN()}},
	{graph.Gaussian(), []float64{0.5, -1, 2, 0, 3, math.NaN()}},
	{graph.Quantile(0.1, 0.5, 0.9), []float64{0.5, -1, 2, 0, 3, math.NaN()}},
	{graph.Softmax(4), []float64{0, 3, 1, 1, 2, math.NaN()}},
	{graph.Binary(), []float64{0, 1, 1, 0, 0.25, math.NaN()}},
}

var lossMask = []float64{1, 2, 0.5, 1, 1, 0}

func TestLossGradients(t *testing.T) {
	for _, c := range lossCases {
		t.Run(c.loss.Name(), func(t *testing.T) {
			build := func(b *graph.Builder, in []*graph.Node) *graph.Node {
				return b.Affine(b.Loss(c.loss, in[0], in[1], in[2]), 3, 0)
			}
			in := []graphtest.Array{graphtest.Random(1, 6, c.loss.Outputs()), graphtest.Fixed(c.target, 6, 1), graphtest.Fixed(lossMask, 6, 1)}
			graphtest.CheckGrad(t, build, in...)
			graphtest.CheckMachine(t, build, in...)
		})
	}
}

// lossOf evaluates a loss of one row of outputs for each target.
func lossOf(t *testing.T, l graph.Loss, pred, target []float64) float64 {
	t.Helper()
	b := graph.NewBuilder(graph.NewParams(graph.Float64, 1))
	prog, err := b.Compile(b.Loss(l, b.Input("p", len(target), l.Outputs()), b.Input("y", len(target), 1), nil))
	if err != nil {
		t.Fatal(err)
	}
	defer prog.Close()
	set(t, prog, "p", pred...)
	set(t, prog, "y", target...)
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	return prog.Loss()
}

func TestLossValues(t *testing.T) {
	inverseSoftplus := func(s float64) float64 { return math.Log(math.Expm1(s)) }
	for _, c := range []struct {
		name         string
		loss         graph.Loss
		pred, target []float64
		want         float64
	}{
		{"mse", graph.MSE(), []float64{1, 2}, []float64{0, 4}, 2.5},
		{"mae", graph.MAE(), []float64{1, 2}, []float64{0, 4}, 1.5},
		{"huber: inside, outside", graph.Huber(1), []float64{0.5, 3}, []float64{0, 0}, (0.125 + 2.5) / 2},
		{"gaussian: log 2 + 1/8 + log(2 pi)/2", graph.Gaussian(), []float64{1, inverseSoftplus(2 - graph.MinScale)}, []float64{2},
			math.Log(2) + 0.125 + 0.5*math.Log(2*math.Pi)},
		{"pinball 0.9: under by 2, over by 1", graph.Quantile(0.9), []float64{0, 1}, []float64{2, 0}, (1.8 + 0.1) / 2},
		{"softmax, uniform", graph.Softmax(4), []float64{7, 7, 7, 7}, []float64{2}, math.Log(4)},
		{"softmax does not overflow", graph.Softmax(2), []float64{1e4, 0}, []float64{1}, 1e4},
		{"binary", graph.Binary(), []float64{0}, []float64{1}, math.Log(2)},
		{"binary does not overflow", graph.Binary(), []float64{-1e4}, []float64{1}, 1e4},
	} {
		if got := lossOf(t, c.loss, c.pred, c.target); math.Abs(got-c.want) > 1e-12*max(1, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestLossOfAnAllMaskedBatchIsZero(t *testing.T) {
	p := graph.NewParams(graph.Float32, 1)
	w, _ := p.Add("w", graph.Constant(1), 1, 1)
	b := graph.NewBuilder(p)
	prog, err := b.Compile(b.Loss(graph.MSE(), b.Linear(b.Input("x", 2, 1), b.Param(w), nil), b.Input("y", 2, 1), b.Input("m", 2, 1)))
	if err != nil {
		t.Fatal(err)
	}
	defer prog.Close()
	set(t, prog, "x", 1, 2)
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	if prog.Loss() != 0 || p.CopyGrads()[0] != 0 {
		t.Errorf("loss %v, gradient %v, want 0", prog.Loss(), p.CopyGrads())
	}
}

func TestLossRefusesLabelsOutOfRange(t *testing.T) {
	for _, c := range []struct {
		loss graph.Loss
		bad  float64
	}{{graph.Softmax(3), 3}, {graph.Softmax(3), -1}, {graph.Softmax(3), 0.5}, {graph.Binary(), 1.5}, {graph.Binary(), math.NaN()}} {
		b := graph.NewBuilder(graph.NewParams(graph.Float64, 1))
		prog, err := b.Compile(b.Loss(c.loss, b.Input("p", 1, c.loss.Outputs()), b.Input("y", 1, 1), nil))
		if err != nil {
			t.Fatal(err)
		}
		set(t, prog, "y", c.bad)
		wantError(t, prog.Run(), "target 0", "want a value in")
		prog.Close()
	}
}
