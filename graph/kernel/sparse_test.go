package kernel

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// sparseMatrix draws rows of up to most elements, in order of row, column and weight.
func sparseMatrix(r *rand.Rand, rows, cols, most int, same bool) (start []int, from []int32, weights []float64) {
	start = []int{0}
	for range rows {
		n := most
		if !same {
			n = r.IntN(most + 1)
		}
		for range n {
			from, weights = append(from, int32(r.IntN(cols))), append(weights, r.NormFloat64())
		}
		start = append(start, len(from))
	}
	return start, from, weights
}

// The product has the bits of two plain sums with every set of instructions, for groups that are not whole, rows without elements, and rows
// of different lengths.
func TestSparse(t *testing.T) {
	onEach(t, func(t *testing.T) {
		r := newRand(9)
		for _, rows := range []int{1, 7, 8, 9, 40, 61} {
			for most := range 7 {
				for _, same := range []bool{true, false} {
					const cols = 23
					start, from, weights := sparseMatrix(r, rows, cols, most, same)
					s := NewSparse(cols, start, from, weights)
					x, y := randomSlice[float64](r, cols), make([]float64, rows+1)
					y[rows] = 5
					s.MulVec(y, x)
					for i := range rows {
						var sums [2]float64
						for k, at := 0, start[i]; at < start[i+1]; k, at = k+1, at+1 {
							sums[k%2] += float64(weights[at] * x[from[at]])
						}
						if want := sums[0] + sums[1]; math.Float64bits(y[i]+0) != math.Float64bits(want+0) { // zeros of either sign
							t.Fatalf("%d rows of up to %d elements: row %d is %v, want %v", rows, most, i, y[i], want)
						}
					}
					if y[rows] != 5 {
						t.Fatalf("%d rows: the value after the last was overwritten", rows)
					}
				}
			}
		}
	})
}

func TestSparseRefusesWrongSizes(t *testing.T) {
	for want, f := range map[string]func(){
		"column 3 of 3": func() { NewSparse(3, []int{0, 1}, []int32{3}, []float64{1}) },
		"want 1 and 3": func() {
			NewSparse(3, []int{0, 1}, []int32{2}, []float64{1}).MulVec(make([]float64, 1), make([]float64, 2))
		},
		"y has 0 values":   func() { NewSparse(3, []int{0, 1}, []int32{2}, []float64{1}).MulVec(nil, make([]float64, 3)) },
		"an element in co": func() { NewSparse(3, []int{0, 1}, []int32{-1}, []float64{1}) },
	} {
		func() {
			defer func() {
				if text, ok := recover().(string); !ok || !strings.Contains(text, want) {
					t.Errorf("it says %q, want %q", text, want)
				}
			}()
			f()
		}()
	}
}

func BenchmarkSparse(b *testing.B) {
	r := newRand(9)
	start, from, weights := sparseMatrix(r, 1000, 1000, 10, true)
	s := NewSparse(1000, start, from, weights)
	x, y := randomSlice[float64](r, 1000), make([]float64, 1000)
	for b.Loop() {
		s.MulVec(y, x)
	}
}
