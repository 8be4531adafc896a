package boltzmann

import (
	"fmt"
	"slices"
	"sync/atomic"

	"lenz/datasets"
	"lenz/graph/kernel"
)

// rowsOf returns the visible values of a batch, [B, V]: its X [T, B, I] with the steps of a sequence after one another.
func (m *RBMModel) rowsOf(b datasets.Batch) ([]float64, error) {
	if b.Lengths != nil {
		return nil, fmt.Errorf("rbm: sequences of different lengths have no fixed number of visible units; cut them into windows")
	}
	rows, err := flatten(b.X, b.B)
	if err != nil {
		return nil, fmt.Errorf("rbm: %w", err)
	}
	return m.scaled(rows, b.B)
}

// scaled checks rows [n, V] and divides those of gaussian units by sigma.
func (m *RBMModel) scaled(rows []float64, n int) ([]float64, error) {
	if n < 1 || len(rows) != n*m.visible {
		return nil, fmt.Errorf("rbm: %d values for %d rows of the machine's %d visible units", len(rows), n, m.visible)
	}
	if !m.gaussian() {
		if i := firstImprobable(rows, m.visible); i >= 0 {
			return nil, fmt.Errorf("rbm: row %d, value %d is %v, but bernoulli visible units take values in [0, 1]: scale the data (pictures by 1/255), or set visible = gaussian",
				i/m.visible, i%m.visible, rows[i])
		}
		return rows, nil
	}
	out := make([]float64, len(rows))
	for i, v := range rows {
		if v-v != 0 {
			return nil, fmt.Errorf("rbm: row %d, value %d is %v: give finite numbers", i/m.visible, i%m.visible, v)
		}
		out[i] = v / m.settings.Sigma
	}
	return out, nil
}

// firstImprobable is the place of the first value that is not in [0, 1], or -1.
func firstImprobable(rows []float64, width int) int {
	var bad atomic.Bool
	kernel.Parallel(len(rows), rowGrain*width, func(_, lo, hi int) {
		for _, v := range rows[lo:hi] {
			if !(v >= 0 && v <= 1) {
				bad.Store(true)
				return
			}
		}
	})
	if !bad.Load() {
		return -1
	}
	return slices.IndexFunc(rows, func(v float64) bool { return !(v >= 0 && v <= 1) })
}

// flatten returns an array [T, B, I] as rows [B, T*I].
func flatten(a datasets.Array, batch int) ([]float64, error) {
	if len(a.Shape) != 3 || a.Shape[1] != batch || batch < 1 {
		return nil, fmt.Errorf("an array of shape %v in a batch of %d; want [T, B, I]", a.Shape, batch)
	}
	steps, width := a.Shape[0], a.Shape[2]
	if steps == 1 {
		return a.Data, nil
	}
	rows := make([]float64, len(a.Data))
	for t := range steps {
		for k := range batch {
			copy(rows[(k*steps+t)*width:][:width], a.Data[(t*batch+k)*width:])
		}
	}
	return rows, nil
}
