package boltzmann

import (
	"lenz/graph/kernel"
	"lenz/internal/rng"
)

// offsets are biases of each row, of a conditional machine: hidden [n, H] and visible [n, V].
type offsets[T kernel.Float] struct{ hidden, visible []T }

// hiddenGiven draws h [n, H] from p(h_j = 1 | v) = sigmoid(c_j + W_j v).
func (c *chains[T]) hiddenGiven(w weights[T], v, h []T, n int, o *offsets[T], s *rng.Stream) {
	hidden, visible := c.sizes()
	fill(h, w.c, n)
	if o != nil {
		copy(h, o.hidden)
	}
	kernel.GemmParallel(false, true, n, hidden, visible, 1, v, visible, w.w, visible, 1, h, hidden)
	sigmoidBernoulli(h, n, hidden, s)
}

// visibleGiven draws v [n, V] from p(v_i = 1 | h) = sigmoid(a_i + h W_i), or from N(a_i + h W_i, 1) for gaussian units in units of
// their sigma.
func (c *chains[T]) visibleGiven(w weights[T], h, v []T, n int, o *offsets[T], s *rng.Stream) {
	hidden, visible := c.sizes()
	fill(v, w.a, n)
	if o != nil {
		copy(v, o.visible)
	}
	kernel.GemmParallel(false, false, n, visible, hidden, 1, h, hidden, w.w, visible, 1, v, visible)
	if c.m.gaussian() {
		addNormal(v, n, visible, s)
		return
	}
	sigmoidBernoulli(v, n, visible, s)
}

// fill sets n rows of dst to the bias.
func fill[T kernel.Float](dst, bias []T, n int) {
	for r := range n {
		copy(dst[r*len(bias):], bias)
	}
}

// offsets returns the biases that the conditions u [n, K] give: c + B u and a + A u.
func (c *chains[T]) offsets(u []T, n int) *offsets[T] {
	h, v := c.sizes()
	k := c.m.cond.count
	w := c.regular()
	toHidden, toVisible := condWeights[T](c.m)
	c.up, c.down = grown(c.up, n*h), grown(c.down, n*v)
	fill(c.up, w.c, n)
	fill(c.down, w.a, n)
	kernel.GemmParallel(false, true, n, h, k, 1, u, k, toHidden, k, 1, c.up, h)
	kernel.GemmParallel(false, true, n, v, k, 1, u, k, toVisible, k, 1, c.down, v)
	return &offsets[T]{hidden: c.up, visible: c.down}
}

func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
