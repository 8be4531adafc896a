package boltzmann

import (
	"lenz/graph/kernel"
	"lenz/internal/rng"
)

// offsets are biases of each row, of a conditional machine: hidden [n, H] and visible [n, V].
type offsets[T kernel.Float] struct{ hidden, visible []T }

// hiddenGiven draws h [n, H] from p(h_j = 1 | v) = sigmoid(c_j + W_j v).
func (w weights[T]) hiddenGiven(v, h []T, n int, o *offsets[T], s *rng.Stream) {
	fill(h, w.c, n)
	if o != nil {
		copy(h, o.hidden)
	}
	w.up(h, v, n)
	sigmoidBernoulli(h, n, len(w.c), s)
}

// visibleGiven draws v [n, V] from p(v_i = 1 | h) = sigmoid(a_i + h W_i), or from N(a_i + h W_i, 1) for gaussian units in units of
// their sigma.
func (w weights[T]) visibleGiven(h, v []T, n int, o *offsets[T], gaussian bool, s *rng.Stream) {
	fill(v, w.a, n)
	if o != nil {
		copy(v, o.visible)
	}
	w.down(v, h, n)
	if gaussian {
		addNormal(v, n, len(w.a), s)
		return
	}
	sigmoidBernoulli(v, n, len(w.a), s)
}

// up adds v W^T, for v [n, V], to out [n, H].
func (w weights[T]) up(out, v []T, n int) {
	hidden, visible := len(w.c), len(w.a)
	kernel.GemmParallel(false, true, n, hidden, visible, 1, v, visible, w.w, visible, 1, out, hidden)
}

// down adds h W, for h [n, H], to out [n, V].
func (w weights[T]) down(out, h []T, n int) {
	hidden, visible := len(w.c), len(w.a)
	kernel.GemmParallel(false, false, n, visible, hidden, 1, h, hidden, w.w, visible, 1, out, visible)
}

// fill sets n rows of dst to the bias.
func fill[T kernel.Float](dst, bias []T, n int) {
	for r := range n {
		copy(dst[r*len(bias):], bias)
	}
}

// set makes them those that the conditions u [n, K] give: c + B u and a + A u, B [H, K] and A [V, K].
func (o *offsets[T]) set(w weights[T], toHidden, toVisible, u []T, n int) {
	h, v := len(w.c), len(w.a)
	k := len(toHidden) / h
	o.hidden, o.visible = grown(o.hidden, n*h), grown(o.visible, n*v)
	fill(o.hidden, w.c, n)
	fill(o.visible, w.a, n)
	kernel.GemmParallel(false, true, n, h, k, 1, u, k, toHidden, k, 1, o.hidden, h)
	kernel.GemmParallel(false, true, n, v, k, 1, u, k, toVisible, k, 1, o.visible, v)
}

func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
