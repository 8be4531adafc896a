package layers

import (
	"fmt"

	"lenz/graph"
	"lenz/graph/kernel"
)

// Stream runs a recurrent layer, and perhaps a linear one on top, a time step at a time, on values as they come. It
// allocates nothing after its making, and its states have the bits of the graph's. It serves one goroutine at a time.
type Stream[T kernel.Float] struct {
	r     *Recurrent
	rows  int
	cells []streamCell[T]
	h, c  [][]T // [rows, hidden] of each layer; c is nil but for the LSTM
	head  *Linear
	w     []T // [outputs, hidden] of the head
	bias  []T // [outputs]
	y     []T // [rows, outputs]
}

// streamCell is what the cells of package kernel have in common here.
type streamCell[T kernel.Float] interface {
	load(w kernel.Weights[T])
	step(x, h, c []T)
}

type (
	lstmStream[T kernel.Float] struct{ *kernel.LSTM[T] }
	gruStream[T kernel.Float]  struct{ *kernel.GRU[T] }
	rnnStream[T kernel.Float]  struct{ *kernel.RNN[T] }
)

func (s lstmStream[T]) load(w kernel.Weights[T]) { s.Load(w) }
func (s lstmStream[T]) step(x, h, c []T)         { s.Step(x, h, c) }
func (s gruStream[T]) load(w kernel.Weights[T])  { s.Load(w) }
func (s gruStream[T]) step(x, h, _ []T)          { s.Step(x, h) }
func (s rnnStream[T]) load(w kernel.Weights[T])  { s.Load(w) }
func (s rnnStream[T]) step(x, h, _ []T)          { s.Step(x, h) }

// NewStream makes a stream of so many sequences side by side, whose states are zero. With a head it gives the head's outputs,
// with nil the hidden states of the last layer. T is the precision of the layer's parameters. A bidirectional layer,
// which begins with the end of a sequence, is refused.
func NewStream[T kernel.Float](r *Recurrent, head *Linear, rows int) (*Stream[T], error) {
	switch first := r.parts[0].wih.Value().Data().(type) {
	case []T:
	default:
		var want []T
		return nil, fmt.Errorf("layers: %s: a stream of %T for parameters in %T; both must be of one precision", r.name, want, first)
	}
	if r.Bidirectional {
		return nil, fmt.Errorf("layers: %s is bidirectional: it reads a sequence from its end, which a stream does not have", r.name)
	}
	if rows < 1 {
		return nil, fmt.Errorf("layers: %s: a stream of %d sequences, want at least 1", r.name, rows)
	}
	if head != nil && head.weight.Shape()[1] != r.Hidden {
		return nil, fmt.Errorf("layers: %s has %d hidden units, the head takes %d inputs", r.name, r.Hidden, head.weight.Shape()[1])
	}
	s := &Stream[T]{r: r, rows: rows, head: head}
	inputs := r.Inputs
	for range r.Layers {
		cell, err := newStreamCell[T](r.cell, kernel.Dims{T: 1, B: rows, I: inputs, H: r.Hidden})
		if err != nil {
			return nil, err
		}
		s.cells = append(s.cells, cell)
		s.h = append(s.h, make([]T, rows*r.Hidden))
		var c []T
		if r.HasCell() {
			c = make([]T, rows*r.Hidden)
		}
		s.c = append(s.c, c)
		inputs = r.Hidden
	}
	if head != nil {
		outputs := head.weight.Shape()[0]
		s.bias, s.y = make([]T, outputs), make([]T, rows*outputs)
	}
	s.Reload()
	return s, nil
}

func newStreamCell[T kernel.Float](cell string, d kernel.Dims) (streamCell[T], error) {
	switch cell {
	case graph.LSTM:
		return lstmStream[T]{kernel.NewLSTM[T](d)}, nil
	case graph.GRU:
		return gruStream[T]{kernel.NewGRU[T](d, kernel.ResetAfter)}, nil
	case graph.GRUOriginal:
		return gruStream[T]{kernel.NewGRU[T](d, kernel.ResetBefore)}, nil
	case graph.RNNTanh:
		return rnnStream[T]{kernel.NewRNN[T](d, kernel.ActTanh)}, nil
	case graph.RNNRelu:
		return rnnStream[T]{kernel.NewRNN[T](d, kernel.ActReLU)}, nil
	}
	return nil, fmt.Errorf("layers: no stream of the cell %q", cell)
}

// Reload reads the weights again, after they have changed. The states stay.
func (s *Stream[T]) Reload() {
	for l, q := range s.r.parts {
		w := kernel.Weights[T]{Wih: values[T](q.wih), Whh: values[T](q.whh)}
		if q.bih != nil {
			w.Bih, w.Bhh = values[T](q.bih), values[T](q.bhh)
		}
		s.cells[l].load(w)
	}
	if s.head == nil {
		return
	}
	s.w = append(s.w[:0], values[T](s.head.weight)...)
	if s.head.bias != nil {
		copy(s.bias, values[T](s.head.bias))
	}
}

func values[T kernel.Float](q *graph.Param) []T { return q.Value().Data().([]T) }

// Step reads x [rows, inputs] and returns the outputs of this time step, [rows, outputs], valid until the next. Dropout is off. It
// panics if x has another length.
func (s *Stream[T]) Step(x []T) []T {
	if len(x) != s.rows*s.r.Inputs {
		panic(fmt.Sprintf("layers: %s: a step of %d values, want %d sequences of %d inputs", s.r.name, len(x), s.rows, s.r.Inputs))
	}
	for l, cell := range s.cells {
		cell.step(x, s.h[l], s.c[l])
		x = s.h[l]
	}
	if s.head == nil {
		return x
	}
	n := len(s.bias)
	for row := range s.rows {
		copy(s.y[row*n:], s.bias)
	}
	kernel.Gemm(false, true, s.rows, n, s.r.Hidden, 1, x, s.r.Hidden, s.w, s.r.Hidden, 1, s.y, n)
	return s.y
}

// State returns the hidden state of a layer and, for the LSTM, its cell state, both [rows, hidden]: what is written there
// is the state of the next step.
func (s *Stream[T]) State(layer int) (h, c []T) { return s.h[layer], s.c[layer] }

// Reset sets all states to zero.
func (s *Stream[T]) Reset() {
	for l := range s.h {
		clear(s.h[l])
		clear(s.c[l])
	}
}
