package recurrent

import (
	"context"
	"strings"
	"testing"

	"lenz/datasets"
)

// chunk cuts steps from..to out of a long batch, as truncated BPTT reads it.
func chunk(whole datasets.Batch, from, to int) datasets.Batch {
	cut := func(a datasets.Array) datasets.Array {
		if a.IsZero() {
			return a
		}
		row := a.Shape[1] * a.Shape[2]
		return datasets.Array{Shape: []int{to - from, a.Shape[1], a.Shape[2]}, Data: a.Data[from*row : to*row]}
	}
	b := datasets.Batch{T: to - from, B: whole.B, X: cut(whole.X), Y: cut(whole.Y), Future: cut(whole.Future), Carry: true, Reset: make([]bool, whole.B)}
	for i := range b.Reset {
		b.Reset[i] = from == 0
	}
	return b
}

// stream is a long batch as datasets.Windows.Stream gives it: a target for each step.
func stream() (datasets.Layout, datasets.Batch) {
	long := forecastLayout(9, 9, true) // a horizon of T gives Y and Future [T, B, ...]
	whole := randomBatch(long, 2, 1)
	return forecastLayout(4, 3, true), whole
}

func recursiveModel(t testing.TB, members int) *Model {
	s := small()
	s.Strategy, s.Highway, s.Layers, s.Members = "recursive", 3, 2, members
	l, _ := stream()
	return newModel(t, s, l)
}

// Chunks that carry their state give the outputs of the sequence read at once.
func TestCarriedStateJoinsChunks(t *testing.T) {
	m := recursiveModel(t, 2)
	_, whole := stream()
	all := predictOf(t, m, chunk(whole, 0, 9)).Mean.Data
	var parts []float64
	for _, c := range [][2]int{{0, 4}, {4, 5}, {5, 9}} {
		parts = append(parts, predictOf(t, m, chunk(whole, c[0], c[1])).Mean.Data...)
	}
	if d := maxDiff(all, parts); d > 1e-12 {
		t.Errorf("chunks differ from the whole by %v", d)
	}
}

func TestCarriedGradients(t *testing.T) {
	m := recursiveModel(t, 1)
	_, whole := stream()
	checkGradient(t, m, chunk(whole, 0, 9))
}

// Learning goes on to the same bits from a saved state, and evaluation in between does not touch it.
func TestCarriedStateResumes(t *testing.T) {
	_, whole := stream()
	ctx := context.Background()
	first, second := chunk(whole, 0, 5), chunk(whole, 5, 9)
	m := recursiveModel(t, 2)
	gradient(t, m, first)
	saved := m.State()
	want, wants := gradient(t, m, second)

	if err := m.Restore(saved); err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.Loss(ctx, first); err != nil {
		t.Fatal(err)
	}
	fresh := recursiveModel(t, 2)
	if err := fresh.Restore(saved); err != nil {
		t.Fatal(err)
	}
	for _, resumed := range []*Model{m, fresh} {
		got, gots := gradient(t, resumed, second)
		if got != want || !bits(gots, wants) {
			t.Errorf("resumed loss %v, want %v", got, want)
		}
	}
}

func TestResetForgets(t *testing.T) {
	_, whole := stream()
	m := recursiveModel(t, 1)
	second := chunk(whole, 5, 9)
	second.Reset = []bool{true, true}
	want, _ := gradient(t, m, second)
	gradient(t, m, chunk(whole, 0, 5))
	if got, _ := gradient(t, m, second); got != want {
		t.Errorf("after a reset the loss is %v, want %v", got, want)
	}
	gradient(t, m, chunk(whole, 0, 5))
	second.Reset = []bool{true, false}
	if got, _ := gradient(t, m, second); got == want {
		t.Error("a sequence that goes on was reset")
	}
}

// A model trained on chunks forecasts windows of any length.
func TestStreamModelForecasts(t *testing.T) {
	m := recursiveModel(t, 1)
	l, whole := stream()
	gradient(t, m, chunk(whole, 0, 5))
	for _, steps := range []int{4, 7} {
		l.Input = steps
		if p := predictOf(t, m, randomBatch(l, 2, 3)); p.Check(3, 2, 2) != nil {
			t.Error(p.Check(3, 2, 2))
		}
	}
}

func TestCarryErrors(t *testing.T) {
	_, whole := stream()
	first, going := chunk(whole, 0, 5), chunk(whole, 5, 9)
	ctx := context.Background()
	m := recursiveModel(t, 1)
	if _, err := m.Gradient(ctx, going, 0); err == nil || !strings.Contains(err.Error(), "begin with a batch that resets all") {
		t.Errorf("without a beginning: %v", err)
	}
	first.Future = datasets.Array{}
	if _, err := m.Gradient(ctx, first, 0); err == nil || !strings.Contains(err.Error(), "Future") {
		t.Errorf("without Future: %v", err)
	}
	s := small()
	direct := newModel(t, s, forecastLayout(4, 3, true))
	if _, err := direct.Gradient(ctx, chunk(whole, 0, 5), 0); err == nil || !strings.Contains(err.Error(), "strategy = recursive") {
		t.Errorf("direct: %v", err)
	}
	s.Strategy, s.WindowNorm = "recursive", "last"
	normed := newModel(t, s, forecastLayout(4, 3, true))
	if _, err := normed.Gradient(ctx, chunk(whole, 0, 5), 0); err == nil || !strings.Contains(err.Error(), "window_norm = none") {
		t.Errorf("window norm: %v", err)
	}
	other := small()
	other.Strategy = "recursive"
	gradient(t, m, chunk(whole, 0, 5))
	if err := newModel(t, other, forecastLayout(4, 3, true)).Restore(m.State()); err == nil {
		t.Error("a model with fewer states took the saved ones")
	}
}
