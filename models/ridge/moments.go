package ridge

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

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
	x, y   [2][]float64

	products [2]kernel.Gram[float64] // of each block
	now      int                     // the block that is being filled
	wait     int                     // rows in it
}

// NewMoments returns empty sums for rows of p features and q responses. They take 8 (p^2 + 2048 p + 1024 q) bytes, about.
func NewMoments(p, q int) (*Moments, error) {
	if p < 1 || q < 1 {
		return nil, fmt.Errorf("ridge: %d features and %d responses, want at least one of each", p, q)
	}
	m := &Moments{P: p, Q: q, gram: make([]float64, p*p), turned: make([]float64, p*q), square: make([]float64, q)}
	for i := range m.x {
		m.x[i], m.y[i] = make([]float64, blockRows*p), make([]float64, blockRows*q)
	}
	return m, nil
}

// Rows returns the number of rows that were added.
func (m *Moments) Rows() int { return m.n }

// Stream adds n rows that fill writes: x is [to-from, P] and y [to-from, Q] for the rows from <= row < to. While the sums of a
// block are computed, fill runs for the next one, which is packed as well. It is called in order, and never twice at a time. An error of fill ends the
// stream; the rows before that block are counted.
func (m *Moments) Stream(n int, fill func(from, to int, x, y []float64) error) error {
	ready := -1 // a block that waits to be multiplied
	for at := 0; at < n; {
		to := min(n, at+blockRows-m.wait)
		x, y := m.x[m.now][m.wait*m.P:(m.wait+to-at)*m.P], m.y[m.now][m.wait*m.Q:(m.wait+to-at)*m.Q]
		var err error
		work := func() {
			if err = fill(at, to, x, y); err == nil && m.wait+to-at == blockRows {
				m.pack(m.now, blockRows)
			}
		}
		if ready >= 0 {
			m.multiply(ready, blockRows, work)
			ready = -1
		} else {
			work()
		}
		if err != nil {
			return err
		}
		m.n += to - at
		m.wait += to - at
		at = to
		if m.wait == blockRows {
			ready = m.now
			m.now, m.wait = 1-m.now, 0
		}
	}
	if ready >= 0 {
		m.multiply(ready, blockRows, nil)
	}
	return nil
}

// pack makes a block ready for multiply.
func (m *Moments) pack(block, rows int) {
	m.products[block].Block(rows, m.P, m.x[block], m.P, m.gram, m.P)
}

// multiply adds the products of a packed block to the sums, on all processors. The caller's goroutine does the other work first, if there is
// any, and then helps. Each piece is added by one call, so that the bits do not depend on who does it.
func (m *Moments) multiply(block, rows int, other func()) {
	products, x, y, p, q := &m.products[block], m.x[block], m.y[block], m.P, m.Q
	pieces := products.Pieces()
	var next atomic.Int64
	pull := func() {
		for i := int(next.Add(1)) - 1; i <= pieces; i = int(next.Add(1)) - 1 {
			if i == 0 {
				m.responses(x, y, rows)
			} else {
				products.Add(i - 1)
			}
		}
	}
	var helpers sync.WaitGroup
	if workers := min(runtime.GOMAXPROCS(0), pieces+1); workers > 1 && (other != nil || rows*p*(p+2*q) > 1<<18) {
		for range workers - 1 {
			helpers.Go(pull)
		}
	}
	if other != nil {
		other()
	}
	pull()
	helpers.Wait()
}

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

// responses adds Y'X and the squares of y.
func (m *Moments) responses(x, y []float64, rows int) {
	kernel.Gemm(true, false, m.Q, m.P, rows, 1, y, m.Q, x, m.P, 1, m.turned, m.P)
	for r := range rows {
		for k, v := range y[r*m.Q:][:m.Q] {
			m.square[k] += v * v
		}
	}
}

// flush multiplies the rows that wait. Rows after it begin a new block.
func (m *Moments) flush() {
	if m.wait > 0 {
		m.pack(m.now, m.wait)
		m.multiply(m.now, m.wait, nil)
		m.wait = 0
	}
}

// State returns the sums and the rows that wait.
func (m *Moments) State() state.State {
	return state.State{"n": m.n, "gram": clone(m.gram), "cross": m.cross(), "square": clone(m.square),
		"x": clone(m.x[m.now][:m.wait*m.P]), "y": clone(m.y[m.now][:m.wait*m.Q]), "wait": m.wait}
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
	}{{"gram", m.gram}, {"cross", cross}, {"square", m.square}, {"x", m.x[0][:wait*m.P]}, {"y", m.y[0][:wait*m.Q]}} {
		v, err := state.Slice[float64](from, part.key, len(part.into))
		if err != nil {
			return fmt.Errorf("ridge: %w", err)
		}
		copy(part.into, v)
	}
	m.turned = transposed(cross, m.P, m.Q)
	m.n, m.wait, m.now = n, wait, 0
	return nil
}

func clone(v []float64) []float64 { return append([]float64{}, v...) }
