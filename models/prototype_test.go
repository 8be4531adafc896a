package models_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"lenz/datasets"
	"lenz/graph"
	"lenz/graph/graphtest"
	"lenz/models"
	"lenz/optim"
	"lenz/train"
)

// mgu is the minimal gated unit over x [T, B, I], returning the last state [B, H] (Zhou et al. 2016, equation 8):
// f = sigmoid(Wf [x, h]), n = tanh(Wn [x, f h]), h' = (1-f) h + f n.
func mgu(b *graph.Builder, x, wf, wn *graph.Node) *graph.Node {
	h := b.Zeros(x.Shape()[1], wf.Shape()[0])
	for t := range x.Shape()[0] {
		f := b.Sigmoid(b.Linear(b.Concat(b.Step(x, t), h), wf, nil))
		n := b.Tanh(b.Linear(b.Concat(b.Step(x, t), b.Mul(f, h)), wn, nil))
		h = b.Add(b.Mul(b.OneMinus(f), h), b.Mul(f, n))
	}
	return h
}

// logcosh is the mean of log cosh(p - y), between the squared and the absolute error, as softplus(2d) - d - log 2.
func logcosh(b *graph.Builder, p, y *graph.Node) *graph.Node {
	d := b.Sub(p, y)
	return b.Mean(b.Affine(b.Sub(b.Softplus(b.Affine(d, 2, 0)), d), 1, -0.6931471805599453))
}

// A cell and a loss of one's own, from primitive ops, under the common trainer: gradients, checkpoints and resuming come
// with it. The task is the sum of the four inputs of a sequence.
func ExampleNewPrototype() {
	const hidden = 8
	params := graph.NewParams(graph.Float32, 1)
	var p [3]*graph.Param
	for i, shape := range [][]int{{hidden, 1 + hidden}, {hidden, 1 + hidden}, {1, hidden}} {
		p[i], _ = params.Add([]string{"mgu.forget", "mgu.candidate", "head"}[i], graph.GlorotUniform(), shape...)
	}
	model := models.NewPrototype(params, func(b *graph.Builder, in models.Inputs) (pred, loss *graph.Node) {
		pred = b.Linear(mgu(b, in.X, b.Param(p[0]), b.Param(p[1])), b.Param(p[2]), nil)
		if in.Y != nil {
			loss = logcosh(b, pred, in.Y)
		}
		return pred, loss
	})
	dir, _ := os.MkdirTemp("", "mgu")
	defer os.RemoveAll(dir)
	adam, _ := optim.DefaultAdam().New()
	adam.SetRate(0.02)
	learner := train.Gradient(model, adam)
	defer learner.Close()
	result, err := train.Fit(context.Background(), learner, train.Data{Train: sums(4)}, train.Epochs(40),
		train.Watch(train.NewCheckpoints(filepath.Join(dir, "checkpoints"))))
	fmt.Println(result.Status, result.Steps, err, result.Metrics["train_loss"] < 0.01)
	// Output: completed 320 <nil> true
}

// sums are 128 sequences of the given length, each labelled with the sum of its values.
func sums(length int) datasets.Source {
	var items []datasets.Sequence
	for i := range 128 {
		x := graphtest.Random(uint64(i), length).Data
		y := 0.0
		for j := range x {
			x[j] /= 4
			y += x[j]
		}
		items = append(items, datasets.Sequence{X: x, Y: []float64{y}})
	}
	set, err := datasets.NewSequences(datasets.Sequences{Name: "sums", Inputs: []string{"x"}, Targets: []string{"sum"}}, items)
	if err != nil {
		panic(err)
	}
	source, err := set.Source(datasets.SourceOptions{Batch: 16, Shuffle: true, Seed: 1})
	if err != nil {
		panic(err)
	}
	return source
}

func TestPrototypeCellAndLossHaveTheirGradients(t *testing.T) {
	build := func(b *graph.Builder, in []*graph.Node) *graph.Node {
		return logcosh(b, b.Linear(mgu(b, in[0], in[1], in[2]), in[3], nil), in[4])
	}
	graphtest.CheckGrad(t, build, graphtest.Random(1, 3, 2, 1), graphtest.Random(2, 4, 5), graphtest.Random(3, 4, 5),
		graphtest.Random(4, 1, 4), fixed(5, 2, 1))
}

func fixed(seed uint64, shape ...int) graphtest.Array {
	a := graphtest.Random(seed, shape...)
	a.Fixed = true
	return a
}

func TestPrototypePredictsWithoutTruthAndForgetsOldShapes(t *testing.T) {
	params := graph.NewParams(graph.Float64, 1)
	w, err := params.Add("w", graph.Constant(2), 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	model := models.NewPrototype(params, func(b *graph.Builder, in models.Inputs) (pred, loss *graph.Node) {
		calls++
		pred = b.Linear(in.X, b.Param(w), nil)
		if in.Y != nil {
			loss = b.Loss(graph.MSE(), pred, in.Y, in.Mask)
		}
		return pred, loss
	})
	defer model.Close()
	for steps := 1; steps <= 20; steps++ {
		b := datasets.Batch{T: steps, B: 1, X: datasets.NewArray(steps, 1, 1), Y: datasets.NewArray(steps, 1, 1)}
		for i := range b.X.Data {
			b.X.Data[i], b.Y.Data[i] = 1, 3
		}
		pred, err := model.Predict(context.Background(), b)
		if err != nil || pred.Mean.Data[steps-1] != 2 {
			t.Fatalf("%d steps: %v, %v", steps, pred.Mean, err)
		}
		loss, weight, err := model.Loss(context.Background(), b)
		if err != nil || loss != 1 || weight != float64(steps) {
			t.Fatalf("%d steps: loss %v, weight %v, %v", steps, loss, weight, err)
		}
		if _, err := model.Gradient(context.Background(), b, 1); err != nil {
			t.Fatal(err)
		}
		if g := params.CopyGrads()[0]; math.Abs(g+2) > 1e-12 {
			t.Fatalf("%d steps: gradient %v, want -2", steps, g)
		}
	}
	if calls != 60 {
		t.Errorf("the graph was built %d times for 20 shapes and three uses", calls)
	}
}
