package datasets

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The tripwire: whatever stands at and after a window's first forecast step leaves its inputs unchanged to the bit, and whatever
// stands after the training part leaves the scaler unchanged.
func TestNoLeakage(t *testing.T) {
	spec := WindowSpec{Input: 24, Horizon: 6, Batch: 16, Targets: []string{"temp_max"}, Known: []string{"wind"}, Calendar: true}
	build := func(corruptFrom int) (*Scaler, []Batch) {
		data, err := Open("seattle", nil)
		if err != nil {
			t.Fatal(err)
		}
		s := data.Series[0].Slice(0, 200)
		for c, name := range s.Columns {
			if name == "wind" {
				continue // known in the future, by its definition
			}
			for row := corruptFrom; row < s.Rows(); row++ {
				s.Values[c][row] = 1e6 * float64(row%7+1)
			}
		}
		split, err := DefaultSplit().Cut(s)
		if err != nil {
			t.Fatal(err)
		}
		scaler, err := FitScaler(split.Parts[Train], ScalerSpec{Scaling: Standard})
		if err != nil {
			t.Fatal(err)
		}
		w, err := NewWindows(split, scaler, spec)
		if err != nil {
			t.Fatal(err)
		}
		var batches []Batch
		for p := range Part(3) {
			batches = append(batches, all(source(t, w, p, SourceOptions{}))...)
		}
		return scaler, batches
	}
	scaler, clean := build(200)
	for _, from := range []int{140, 147, 170, 185, 199} { // 140 is the first row that is not for training
		corrupted, batches := build(from)
		if diff := cmp.Diff(scaler, corrupted); diff != "" {
			t.Errorf("corrupting row %d on changes the scaler: %s", from, diff)
		}
		same, differ := 0, 0
		for i, b := range batches {
			for k, origin := range b.Origin {
				equal := equalColumn(b.X, clean[i].X, k) && equalColumn(b.Future, clean[i].Future, k)
				switch {
				case origin <= from && !equal:
					t.Fatalf("corrupting row %d on changes the inputs of the window with origin %d", from, origin)
				case origin <= from:
					same++
				case !equal:
					differ++
				}
			}
		}
		if same == 0 || differ == 0 && from < 194 {
			t.Errorf("corrupting row %d on: %d windows unchanged, %d changed: the test sees nothing", from, same, differ)
		}
	}
}

// equalColumn compares sequence k of two batches' arrays [T, B, I], bit by bit.
func equalColumn(a, b Array, k int) bool {
	for step := range a.Shape[0] {
		for c := range a.Shape[2] {
			if math.Float64bits(a.At(step, k, c)) != math.Float64bits(b.At(step, k, c)) {
				return false
			}
		}
	}
	return true
}
