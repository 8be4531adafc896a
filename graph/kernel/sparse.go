package kernel

import "fmt"

// sparseRows is how many rows of a sparse matrix are summed side by side.
const sparseRows = 8

// Sparse is a matrix [rows, cols], most of whose elements are zero, in the order in which its product with a vector reads it. It does
// not change, and serves any number of goroutines.
type Sparse struct {
	rows, cols int
	// Rows stand in groups of sparseRows. A group has as many terms as its longest row; shorter ones end in zeros.
	terms   []int
	weights []float64 // [groups, terms, sparseRows]
	from    []int32   // columns of the weights
}

// NewSparse packs a matrix whose row i has the elements weights[start[i]:start[i+1]] in the columns from[start[i]:start[i+1]].
func NewSparse(cols int, start []int, from []int32, weights []float64) *Sparse {
	s := &Sparse{rows: len(start) - 1, cols: cols}
	for i := 0; i < s.rows; i += sparseRows {
		longest := 0
		rows := min(sparseRows, s.rows-i)
		for r := i; r < i+rows; r++ {
			longest = max(longest, start[r+1]-start[r])
		}
		values, columns := make([]float64, longest*sparseRows), make([]int32, longest*sparseRows)
		for r := range rows {
			for k, at := 0, start[i+r]; at < start[i+r+1]; k, at = k+1, at+1 {
				if j := from[at]; j < 0 || int(j) >= cols {
					panic(fmt.Sprintf("kernel: NewSparse: row %d has an element in column %d of %d", i+r, j, cols))
				}
				values[k*sparseRows+r], columns[k*sparseRows+r] = weights[at], from[at]
			}
		}
		s.terms, s.weights, s.from = append(s.terms, longest), append(s.weights, values...), append(s.from, columns...)
	}
	return s
}

// MulVec computes y = A x for y [rows] and x [cols]. The odd and the even terms of a row are summed apart, in order and without fused
// operations, so that the bits are the same with and without assembly. Where a row is shorter than its neighbours, zero times x[0] is added:
// an x[0] that is not finite may spread.
func (s *Sparse) MulVec(y, x []float64) {
	if len(y) < s.rows || len(x) < s.cols {
		panic(fmt.Sprintf("kernel: Sparse.MulVec: y has %d values and x %d, want %d and %d", len(y), len(x), s.rows, s.cols))
	}
	whole, at := 0, 0
	if fast() && s.rows >= sparseRows && len(s.weights) > 0 {
		whole = s.rows / sparseRows
		sparse64(&y[0], &x[0], &s.weights[0], &s.from[0], &s.terms[0], whole)
		if whole == len(s.terms) {
			return
		}
		at = len(s.weights) - s.terms[whole]*sparseRows
	}
	for g := whole; g < len(s.terms); g++ {
		var even, odd [sparseRows]float64
		size := s.terms[g] * sparseRows
		weights, from := s.weights[at:at+size], s.from[at:at+size]
		for k := 0; k < size; k += sparseRows {
			sums := &even
			if k/sparseRows%2 == 1 {
				sums = &odd
			}
			for r := range sums {
				sums[r] += float64(weights[k+r] * x[from[k+r]])
			}
		}
		for r := range min(sparseRows, s.rows-g*sparseRows) {
			y[g*sparseRows+r] = even[r] + odd[r]
		}
		at += size
	}
}
