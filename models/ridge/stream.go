package ridge

import (
	"runtime"
	"sync"
	"sync/atomic"

	"lenz/graph/kernel"
)

// Stream adds n rows that fill writes: x is [to-from, P] and y [to-from, Q] for the rows from <= row < to. While the sums of a
// block are computed, fill runs for the next one, which is packed as well. It is called in order, and never twice at a time. An error of fill ends the
// stream; the rows before that block are counted.
func (m *Moments) Stream(n int, fill func(from, to int, x, y []float64) error) error {
	q := newQueue(m)
	defer q.finish()
	for at := 0; at < n; {
		to := min(n, at+blockRows-m.wait)
		x, y := m.x[m.wait*m.P:(m.wait+to-at)*m.P], m.y[m.wait*m.Q:(m.wait+to-at)*m.Q]
		if err := fill(at, to, x, y); err != nil {
			return err
		}
		m.n += to - at
		m.wait += to - at
		at = to
		if m.wait == blockRows {
			q.add(blockRows)
			m.wait = 0
		}
	}
	return nil
}

// flush multiplies the rows that wait. Rows after it begin a new block.
func (m *Moments) flush() {
	if m.wait > 0 {
		q := newQueue(m)
		q.add(m.wait)
		m.wait = 0
		q.finish()
	}
}

// responses adds Y'X and the squares of y.
func (m *Moments) responses(rows int) {
	kernel.Gemm(true, false, m.Q, m.P, rows, 1, m.y, m.Q, m.x, m.P, 1, m.turned, m.P)
	for r := range rows {
		for k, v := range m.y[r*m.Q:][:m.Q] {
			m.square[k] += v * v
		}
	}
}

// queue is the products of blocks that are to be added to the sums, in pieces. Whoever has nothing else to do takes the next one: helpers always, and
// the goroutine that fills blocks when both are full. A piece has a place of its own in the sums, and is added there block after block, so that
// the bits do not depend on who does it.
type queue struct {
	m       *Moments
	blocks  [2]kernel.Gram[float64]
	left    [2]atomic.Int64 // pieces of each that are not added yet
	pieces  int             // of every block
	added   []atomic.Int64  // blocks whose piece is added, of each piece
	filled  atomic.Int64    // blocks
	next    atomic.Int64    // the piece to take, counted over all blocks
	helpers sync.WaitGroup
	started bool
	mu      sync.Mutex // of ended, and of waits for blocks
	wake    sync.Cond
	ended   bool
}

func newQueue(m *Moments) *queue {
	q := &queue{m: m}
	q.wake.L = &q.mu
	return q
}

// add packs the rows that were filled, once a block before them is done, and gives them to the helpers.
func (q *queue) add(rows int) {
	m, number := q.m, q.filled.Load()
	slot := number % 2
	for q.left[slot].Load() > 0 {
		if !q.take() {
			runtime.Gosched() // others are at the last pieces
		}
	}
	block := &q.blocks[slot]
	block.Block(rows, m.P, m.x, m.P, m.gram, m.P)
	m.responses(rows)
	if q.added == nil {
		q.pieces = block.Pieces()
		q.added = make([]atomic.Int64, q.pieces)
	}
	q.left[slot].Store(int64(q.pieces))
	q.filled.Store(number + 1)
	if !q.started && rows*m.P*m.P > 1<<18 {
		q.started = true
		for range min(runtime.GOMAXPROCS(0)-1, q.pieces) {
			q.helpers.Go(q.help)
		}
	}
	q.mu.Lock()
	q.wake.Broadcast()
	q.mu.Unlock()
}

// take adds the next piece, or returns false if all are taken.
func (q *queue) take() bool {
	i := q.next.Load()
	for {
		if i >= q.filled.Load()*int64(q.pieces) {
			return false
		}
		if q.next.CompareAndSwap(i, i+1) {
			break
		}
		i = q.next.Load()
	}
	number, piece := i/int64(q.pieces), i%int64(q.pieces)
	for q.added[piece].Load() < number {
		runtime.Gosched() // another is still at the piece of the block before
	}
	q.blocks[number%2].Add(int(piece))
	q.added[piece].Store(number + 1)
	q.left[number%2].Add(-1)
	return true
}

// help adds pieces until the queue has ended.
func (q *queue) help() {
	for {
		for q.take() {
		}
		q.mu.Lock()
		for !q.ended && q.next.Load() >= q.filled.Load()*int64(q.pieces) {
			q.wake.Wait()
		}
		ended := q.ended
		q.mu.Unlock()
		if ended {
			return
		}
	}
}

// finish adds what is left.
func (q *queue) finish() {
	for q.take() {
	}
	q.mu.Lock()
	q.ended = true
	q.wake.Broadcast()
	q.mu.Unlock()
	q.helpers.Wait()
	for i := range q.blocks {
		q.blocks[i].Release()
	}
}
