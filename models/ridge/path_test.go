package ridge

import (
	"reflect"
	"slices"
	"testing"
)

// Solutions leave the sums as they are, so that each penalty of a path has the bits that it has alone, and rows may follow.
func TestPathKeepsSums(t *testing.T) {
	const n, p, q = 600, 70, 2
	x, y := problem(n, p, q, 1.02)
	m := moments(t, x, y, p, q)
	m.flush()
	before := m.State()
	path, err := m.Path([]float64{1, 1e-3, 1e-6})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(before, m.State()) {
		t.Error("the sums are others after a path of penalties")
	}
	for _, s := range path {
		alone, err := moments(t, x, y, p, q).Solve(s.Ridge)
		if err != nil || !slices.Equal(alone.Weights, s.Weights) || alone.Condition != s.Condition || alone.MSE != s.MSE {
			t.Errorf("ridge %g in a path differs from that alone (%v)", s.Ridge, err)
		}
	}
	if _, err := m.Path([]float64{1, -1}); err == nil || !reflect.DeepEqual(before, m.State()) {
		t.Errorf("a path with a wrong penalty (%v) changes the sums", err)
	}
}

// A system without a solution leaves the sums as they are too.
func TestSingularKeepsSums(t *testing.T) {
	x := []float64{1, 1, 2, 2, 3, 3}
	m := moments(t, x, []float64{1, 2, 3}, 2, 1)
	m.flush()
	before := m.State()
	if _, err := m.Solve(0); err == nil {
		t.Error("a column twice gives an answer")
	}
	if !reflect.DeepEqual(before, m.State()) {
		t.Error("the sums are others after a system without solution")
	}
}

// Sums in memory that others have used have the bits of the first.
func TestReleasedMemoryIsClean(t *testing.T) {
	const n, p, q = 1300, 40, 2
	x, y := problem(n, p, q, 1.02)
	first := moments(t, x, y, p, q)
	want := first.State()
	if _, err := first.Solve(1); err != nil {
		t.Fatal(err)
	}
	first.Release()
	if _, err := first.Solve(1); err == nil {
		t.Error("sums that were released give an answer")
	}
	for range 3 {
		again := moments(t, x, y, p, q)
		if !reflect.DeepEqual(want, again.State()) {
			t.Fatal("sums differ in memory that was released")
		}
		again.Release()
	}
}
