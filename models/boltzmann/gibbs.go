package boltzmann

import (
	"lenz/graph/kernel"
	"lenz/internal/rng"
)

// offsets are biases of each row, of a conditional machine: hidden [n, H] and visible [n, V].
type offsets[T kernel.Float] struct{ hidden, visible []T }

// hiddenGiven draws h [n, H] from p(h_j = 1 | v) = sigmoid(c_j + W_j v).
func (w weights[T]) hiddenGiven(v, h []T, n int, o *offsets[T], s *rng.Stream) {
	bias := w.c
	if o != nil {
		bias = o.hidden
	}
	w.up(h, bias, v, n)
	sigmoidBernoulli(h, n, len(w.c), s)
}

// visibleGiven draws v [n, V] from p(v_i = 1 | h) = sigmoid(a_i + h W_i), or from N(a_i + h W_i, 1) for gaussian units in units of
// their sigma.
func (w weights[T]) visibleGiven(h, v []T, n int, o *offsets[T], gaussian bool, s *rng.Stream) {
	bias := w.a
	if o != nil {
		bias = o.visible
	}
	w.down(v, bias, h, n)
	if gaussian {
		addNormal(v, n, len(w.a), s)
		return
	}
	sigmoidBernoulli(v, n, len(w.a), s)
}

// up sets out [n, H] to bias + v W^T, for v [n, V]. The bias is [H], or [n, H], one for each row.
func (w weights[T]) up(out, bias, v []T, n int) {
	affine(out, bias, v, len(w.a), true, w.w, n, len(w.c))
}

// down sets out [n, V] to bias + h W, for h [n, H]. The bias is [V], or [n, V].
func (w weights[T]) down(out, bias, h []T, n int) {
	affine(out, bias, h, len(w.c), false, w.w, n, len(w.a))
}

// affine sets out [n, cols] to bias + a op(w), for a [n, k] and w [H, V]; samples of binary units are multiplied as the bits that
// they are.
func affine[T kernel.Float](out, bias, a []T, k int, transposed bool, w []T, n, cols int) {
	ldw := cols
	if transposed {
		ldw = k
	}
	if len(bias) == cols {
		if kernel.GemmBinary(false, transposed, false, n, cols, k, a, k, w, ldw, bias, out, cols) {
			return
		}
		fill(out, bias, n)
	} else {
		copy(out, bias)
	}
	kernel.GemmParallel(false, transposed, n, cols, k, 1, a, k, w, ldw, 1, out, cols)
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
