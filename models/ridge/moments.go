package ridge

import (
	"fmt"

	"lenz/graph/kernel"
	"lenz/internal/state"
)

// blockRows is how many rows are multiplied at a time: sums are added block by block, so that they are the same however the rows
// came.
const blockRows = 512

// Moments are the sums over rows x [P], y [Q] that ridge regression needs. It serves one goroutine at a time.
type Moments struct {
	P, Q   int
	n      int       // rows, those that wait among them
	gram   []float64 // X'X, upper triangle, [P, P]
	turned []float64 // Y'X, [Q, P]: few rows multiply faster than few columns
	square []float64 // sums of y^2, [Q]
	x, y   []float64 // the block that is being filled
	wait   int       // rows in it
}

// NewMoments returns empty sums for rows of p features and q responses. They take 8 (p^2 + 512 (p+q)) bytes, and
// 8192 p more while rows are added.
func NewMoments(p, q int) (*Moments, error) {
	if p < 1 || q < 1 {
		return nil, fmt.Errorf("ridge: %d features and %d responses, want at least one of each", p, q)
	}
	m := &Moments{P: p, Q: q, gram: kernel.Borrow[float64](p * p), turned: make([]float64, p*q), square: make([]float64, q),
		x: kernel.Borrow[float64](blockRows * p), y: make([]float64, blockRows*q)}
	clear(m.gram)
	return m, nil
}

// Release gives the memory of the sums back, for others to come. They must not be used after it. Without it, the memory is collected as any is.
func (m *Moments) Release() {
	kernel.GiveBack(m.gram)
	kernel.GiveBack(m.x)
	*m = Moments{P: m.P, Q: m.Q}
}

// Rows returns the number of rows that were added.
func (m *Moments) Rows() int { return m.n }

// cross returns X'Y, [P, Q].
func (m *Moments) cross() []float64 { return transposed(m.turned, m.Q, m.P) }

func transposed(v []float64, rows, columns int) []float64 {
	out := make([]float64, len(v))
	for i := range rows {
		for j := range columns {
			out[j*rows+i] = v[i*columns+j]
		}
	}
	return out
}

// State returns the sums and the rows that wait.
func (m *Moments) State() state.State {
	return state.State{"n": m.n, "gram": clone(m.gram), "cross": m.cross(), "square": clone(m.square),
		"x": clone(m.x[:m.wait*m.P]), "y": clone(m.y[:m.wait*m.Q]), "wait": m.wait}
}

// Restore takes what State gave, on sums of the same sizes.
func (m *Moments) Restore(from state.State) error {
	n, err := state.Get[int](from, "n")
	if err != nil {
		return err
	}
	wait, err := state.Get[int](from, "wait")
	if err != nil {
		return err
	}
	if wait < 0 || wait >= blockRows || n < wait {
		return fmt.Errorf("ridge: the saved state has %d of %d rows waiting, want fewer than %d", wait, n, blockRows)
	}
	cross := make([]float64, len(m.turned))
	for _, part := range []struct {
		key  string
		into []float64
	}{{"gram", m.gram}, {"cross", cross}, {"square", m.square}, {"x", m.x[:wait*m.P]}, {"y", m.y[:wait*m.Q]}} {
		v, err := state.Slice[float64](from, part.key, len(part.into))
		if err != nil {
			return fmt.Errorf("ridge: %w", err)
		}
		copy(part.into, v)
	}
	m.turned = transposed(cross, m.P, m.Q)
	m.n, m.wait = n, wait
	return nil
}

func clone(v []float64) []float64 { return append([]float64{}, v...) }
