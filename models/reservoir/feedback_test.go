package reservoir

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"lenz/datasets"
	"lenz/internal/rng"
)

// echoes is a network of one input and one output, which is fed back and is no input; u is noise, and y a system that needs its own past.
func echoes(t *testing.T, length int) (n *Network, u, y []float64) {
	t.Helper()
	c := DefaultESN()
	c.Units, c.Degree, c.Feedback, c.Leak = 30, 5, 0.4, 0.7
	m, err := c.NewFedBack(1, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	n, err = NewNetwork(Options{Inputs: 1, Outputs: 1, Intercept: true}, Part{Machine: m, In: []int{0}, Out: []int{0}, Back: []int{0}})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rng.New(4, "echoes"))
	last := 0.0
	for range length {
		u = append(u, 2*r.Float64()-1)
		last = math.Tanh(0.9*last + 0.5*u[len(u)-1])
		y = append(y, last)
	}
	return n, u, y
}

// While learning, the rows of y are heard one behind; afterwards the network hears itself. Both are done again here by hand, from the matrices.
func TestFeedbackIsTaughtThenItsOwn(t *testing.T) {
	const washout = 50
	n, u, y := echoes(t, 600)
	c, err := n.Fit(u, y, washout, 1e-6)
	if err != nil {
		t.Fatal(err)
	}
	reservoir := n.parts[0].Machine.(*Reservoir)
	w, win, bias := reservoir.Matrices()
	step := func(x []float64, u, back float64) []float64 {
		next := make([]float64, len(x))
		for i := range next {
			sum := bias[i] + win.At(i, 0)*u + win.At(i, 1)*back
			for k, v := range x {
				sum += w.At(i, k) * v
			}
			next[i] = 0.3*x[i] + 0.7*math.Tanh(sum)
		}
		return next
	}
	read := func(x []float64, u, back float64) (sum float64) {
		for f, v := range slices.Concat(x, []float64{u, back, 1}) {
			sum += v * c.weights[0][f]
		}
		return sum
	}
	x, back, mse := make([]float64, 30), 0.0, 0.0
	for i := range u {
		if x = step(x, u[i], back); i >= washout {
			mse += math.Pow(read(x, u[i], back)-y[i], 2) / float64(len(u)-washout)
		}
		back = y[i]
	}
	if math.Abs(mse-c.MSE) > 1e-9*mse+1e-14 {
		t.Errorf("taught by hand the error is %v, learning says %v", mse, c.MSE)
	}
	// The loop through its own output, from a state that was taught.
	state, got := make([]float64, n.StateSize()), make([]float64, 1)
	for i := range u {
		n.Step(state, u[i:i+1])
		n.Teach(state, y[i:i+1])
	}
	for i := range 40 {
		x = step(x, u[i], back)
		want := read(x, u[i], back)
		back = want
		n.Step(state, u[i:i+1])
		n.Output(got, state, u[i:i+1])
		if math.Abs(got[0]-want) > 1e-9 {
			t.Fatalf("step %d by itself: %v, by hand %v", i, got[0], want)
		}
	}
}

// Learning in pieces, from walks that are kept, gives the bits of learning at once, also through rows without a target.
func TestFeedbackInPieces(t *testing.T) {
	whole, u, y := echoes(t, 900)
	y[36], y[400], y[401] = math.NaN(), math.NaN(), math.NaN() // the first is the last row of a piece
	if err := whole.Learn(whole.NewWalk(), u, y, 20); err != nil {
		t.Fatal(err)
	}
	pieces, _, _ := echoes(t, 1)
	walk := pieces.NewWalk()
	for at := 0; at < len(u); at += 37 {
		to := min(len(u), at+37)
		if err := pieces.Learn(walk, u[at:to], y[at:to], 20); err != nil {
			t.Fatal(err)
		}
	}
	a, err := whole.Solve(1e-6)
	if err != nil {
		t.Fatal(err)
	}
	b, err := pieces.Solve(1e-6)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(a[0].weights[0], b[0].weights[0]) {
		t.Error("learning in pieces gives other bits")
	}
	if a[0].MSE > 1e-3 || math.IsNaN(a[0].MSE) {
		t.Errorf("the error is %v", a[0].MSE)
	}
}

// A reservoir that hears nothing but itself goes on with what it was taught (Jaeger 2001, section 4.1); without feedback it cannot.
func TestFeedbackGenerates(t *testing.T) {
	off := func(feedback float64) float64 {
		c := DefaultESN()
		c.Units, c.Radius, c.Feedback, c.Direct = 100, 0.8, feedback, false
		inputs, part := 1, Part{In: []int{0}, Out: []int{0}}
		outputs := 0
		if feedback > 0 {
			outputs, part.Back = 1, []int{0}
		}
		m, err := c.NewFedBack(inputs, outputs, 1)
		if err != nil {
			t.Fatal(err)
		}
		part.Machine = m
		n, err := NewNetwork(Options{Inputs: 1, Outputs: 1, Intercept: true, Noise: 1e-4}, part) // which steadies the loop
		if err != nil {
			t.Fatal(err)
		}
		const learnt = 1000
		u, y := make([]float64, learnt), make([]float64, learnt)
		for i := range y {
			y[i] = math.Sin(float64(i) / 5)
		}
		w := n.NewWalk()
		if err := n.Learn(w, u, y, 100); err != nil {
			t.Fatal(err)
		}
		if _, err := n.Solve(1e-5); err != nil {
			t.Fatal(err)
		}
		worst, out := 0.0, make([]float64, 1)
		for i := range 200 { // the walk's last output was taught
			n.Step(w.State, u[:1])
			n.Output(out, w.State, u[:1])
			worst = max(worst, math.Abs(out[0]-math.Sin(float64(learnt+i)/5)))
		}
		return worst
	}
	if with, without := off(0.5), off(0); with > 0.02 || without < 0.9 {
		t.Errorf("a sine goes on for 200 steps to %v with feedback, want 0.02, and to %v without", with, without)
	}
}

// With feedback, models keep their bits in chunks, restored in between, and from a file; also where the target is no input.
func TestFeedbackModelsKeepTheirBits(t *testing.T) {
	d, err := datasets.Open("narma10", map[string]string{"length": "900"})
	if err != nil {
		t.Fatal(err)
	}
	for name, inputs := range map[string][]string{"the target is an input": {"u", "y"}, "the target is no input": {"u"}} {
		w := cut(t, d.Series, datasets.DefaultSplit(),
			datasets.WindowSpec{Input: 40, Horizon: 4, Batch: 16, Inputs: inputs, Targets: []string{"y"}, Known: []string{"u"}})
		config := DefaultDeepEchoState()
		config.Units, config.Layers, config.Groups, config.Members, config.Washout, config.Feedback, config.Noise = 20, 2, 2, 2, 30, 0.3, 1e-4
		loss := keepsItsBits(t, name, func() *Model {
			m, err := config.New(w.Layout(), 7)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}, w)
		if !(loss < 0.8) {
			t.Errorf("%s: the loss is %v, that of the mean is 1", name, loss)
		}
	}
}

func TestFeedbackOfFields(t *testing.T) {
	c := DefaultESN()
	c.Units, c.Degree, c.Feedback = 20, 5, 0.5
	parts, err := Local(c, 8, 4, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if p := parts[0]; !slices.Equal(p.In, []int{7, 2}) || !slices.Equal(p.Back, []int{0, 1}) {
		t.Errorf("the first group hears %v and is fed back %v, want its neighbours and its own columns", p.In, p.Back)
	}
}

func TestFeedbackRefusesWhatItCannotUse(t *testing.T) {
	c := DefaultESN()
	c.Feedback = 1
	if _, err := c.New(1, 1); err == nil || !strings.Contains(err.Error(), "NewFedBack") {
		t.Errorf("feedback of nothing: %v", err)
	}
	if _, err := DefaultESN().NewFedBack(1, 1, 1); err == nil || !strings.Contains(err.Error(), "feedback above 0") {
		t.Errorf("outputs without weights: %v", err)
	}
	m, err := c.NewFedBack(1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewNetwork(Options{Inputs: 1, Outputs: 1}, Part{Machine: m, In: []int{0}, Out: []int{0}, Back: []int{1}}); err == nil {
		t.Error("an output that is none is fed back")
	}
	layout := datasets.Layout{Kind: datasets.Forecast, Input: 3, Horizon: 1, Inputs: []string{"u"}, Targets: []string{"y"}, TargetInputs: []int{-1}}
	config := DefaultEchoState()
	if _, err := config.New(layout, 1); err == nil || !strings.Contains(err.Error(), "set feedback") {
		t.Errorf("a target that is no input: %v", err)
	}
	config.Feedback = 0.5
	fed, err := config.New(layout, 1)
	if err != nil {
		t.Fatal(err)
	}
	b := datasets.Batch{T: 3, B: 1, X: datasets.NewArray(3, 1, 1), Y: datasets.NewArray(1, 1, 1)}
	if err := fed.Accumulate(context.Background(), datasets.Train, b); err == nil || !strings.Contains(err.Error(), "stream") {
		t.Errorf("windows without the target's past: %v", err)
	}
}
