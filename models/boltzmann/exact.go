package boltzmann

import (
	"fmt"
	"math"
	"slices"

	"lenz/graph/kernel"
)

// MostExact is the number of units in the smaller layer up to which log Z is summed over all of its states.
const MostExact = 22

// mostLearnt is the number of visible units up to which learning sums over all states in every step.
const mostLearnt = 16

// stateBlock is the number of states summed at once: a piece of work.
const stateBlock = 1 << 10

// LogZ returns the logarithm of the partition function by summing over all states of the smaller layer that has any: exact up to
// rounding. It refuses more than MostExact units; AIS estimates it there. For gaussian units Z is that of the density of v.
func (m *RBMModel) LogZ() (float64, error) {
	if m.cond != nil {
		return 0, fmt.Errorf("crbm: log Z of a conditional machine depends on the past")
	}
	h, v := m.settings.Hidden, m.visible
	if !m.settings.countable(v) {
		return 0, fmt.Errorf("rbm: log Z of %d visible and %d hidden units: the exact sum takes at most %d of either; use AIS", v, h, MostExact)
	}
	w := m.weights()
	if !m.gaussian() && v < h {
		return sumStates(v, func(states []float64, n int) []float64 { return w.free(states, n, false) }), nil
	}
	logZ := sumStates(h, func(states []float64, n int) []float64 { return w.freeHidden(states, n, m.gaussian()) })
	if m.gaussian() {
		logZ += float64(v) * math.Log(m.settings.Sigma)
	}
	return logZ, nil
}

// sumStates returns log sum e^-F over all states of n units. Blocks are summed apart and then in order: the same bits at any
// number of processors.
func sumStates(n int, free func(states []float64, rows int) []float64) float64 {
	total := 1 << n
	parts := make([]logSum, (total+stateBlock-1)/stateBlock)
	kernel.Parallel(total, stateBlock, func(piece, lo, hi int) {
		states := make([]float64, (hi-lo)*n)
		fillStates(states, n, lo)
		for _, f := range free(states, hi-lo) {
			parts[piece].add(-f)
		}
	})
	var sum logSum
	for _, p := range parts {
		sum.add(p.value())
	}
	return sum.value()
}

// weights returns a copy of the parameters in float64.
func (m *RBMModel) weights() weights[float64] {
	return viewWeights(m.params.CopyFloats(), m.settings.Hidden, m.visible)
}

// pre returns v W^T + c, [n, H].
func (w weights[T]) pre(v []T, n int) []T {
	out := make([]T, n*len(w.c))
	w.up(out, w.c, v, n)
	return out
}

// preVisible returns h W + a, [n, V].
func (w weights[T]) preVisible(hidden []T, n int) []T {
	out := make([]T, n*len(w.a))
	w.down(out, w.a, hidden, n)
	return out
}

// free returns F of n rows v.
func (w weights[T]) free(v []T, n int, gaussian bool) []float64 {
	h, visible := len(w.c), len(w.a)
	pre := w.pre(v, n)
	out := make([]float64, n)
	kernel.Parallel(n, rowGrain, func(_, lo, hi int) {
		e := make([]T, h)
		for r := lo; r < hi; r++ {
			out[r] = visibleEnergy(v[r*visible:(r+1)*visible], w.a, gaussian) - softplusSum(pre[r*h:(r+1)*h], e)
		}
	})
	return out
}

// freeHidden returns -log sum_v e^-E(v, h) of n rows h; the sum is an integral for gaussian units:
//
//   - c.h - sum_i log(1 + e^(a_i + h W_i))            bernoulli
//   - c.h - |a + h W|^2/2 + |a|^2/2 - V/2 log 2 pi      gaussian
func (w weights[T]) freeHidden(h []T, n int, gaussian bool) []float64 {
	hidden, v := len(w.c), len(w.a)
	pre := w.preVisible(h, n)
	out := make([]float64, n)
	e := make([]T, v)
	for r := range n {
		row := pre[r*v : (r+1)*v]
		out[r] = visibleEnergy(h[r*hidden:(r+1)*hidden], w.c, false)
		if !gaussian {
			out[r] -= softplusSum(row, e)
			continue
		}
		for i, x := range row {
			out[r] -= float64(x*x-w.a[i]*w.a[i])/2 + math.Log(2*math.Pi)/2
		}
	}
	return out
}

// knownZ remembers log Z of the parameters that it was computed from.
type knownZ struct {
	of    []float64
	value float64
}

// logZ is LogZ, not computed again while the parameters stay the same.
func (m *RBMModel) logZ() (float64, error) {
	now := m.params.CopyFloats()
	if m.known.of != nil && slices.Equal(now, m.known.of) {
		return m.known.value, nil
	}
	z, err := m.LogZ()
	if err == nil {
		m.known = knownZ{now, z}
	}
	return z, err
}
