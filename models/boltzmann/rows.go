package boltzmann

import (
	"fmt"
	"slices"
	"sync/atomic"

	"lenz/datasets"
	"lenz/graph/kernel"
)

// rowsOf returns the visible values of a batch, [B, V].
func (m *RBMModel) rowsOf(b datasets.Batch) ([]float64, error) {
	rows, err := m.unscaledRows(b)
	if err != nil {
		return nil, err
	}
	return m.scaled(rows, b.B)
}

// unscaledRows returns the X [T, B, I] of a batch with the steps of a sequence after one another, not yet checked.
func (m *RBMModel) unscaledRows(b datasets.Batch) ([]float64, error) {
	if b.Lengths != nil {
		return nil, fmt.Errorf("rbm: sequences of different lengths have no fixed number of visible units; cut them into windows")
	}
	rows, err := flatten(b.X, b.B)
	if err != nil {
		return nil, fmt.Errorf("rbm: %w", err)
	}
	return rows, nil
}

// scaled returns rows [n, V] as take has them.
func (m *RBMModel) scaled(rows []float64, n int) ([]float64, error) {
	out := make([]float64, len(rows))
	return out, take(out, m, rows, n)
}

// take checks rows [n, V] and writes them to dst, those of gaussian units divided by sigma.
func take[T kernel.Float](dst []T, m *RBMModel, rows []float64, n int) error {
	if n < 1 || len(rows) != n*m.visible {
		return fmt.Errorf("rbm: %d values for %d rows of the machine's %d visible units", len(rows), n, m.visible)
	}
	allowed := func(x float64) bool { return x-x == 0 }
	remedy := "give finite numbers"
	if !m.gaussian() {
		allowed = func(x float64) bool { return x >= 0 && x <= 1 }
		remedy = "bernoulli visible units take values in [0, 1]: scale the data (pictures by 1/255), or set visible = gaussian"
	}
	var bad atomic.Bool
	kernel.Parallel(n, rowGrain, func(_, lo, hi int) {
		to, from := dst[lo*m.visible:hi*m.visible], rows[lo*m.visible:hi*m.visible]
		if m.gaussian() {
			for i, x := range from {
				to[i] = T(x / m.settings.Sigma)
			}
			if !kernel.Finite(from) {
				bad.Store(true)
			}
			return
		}
		for i, x := range from { // the loop of a training epoch: no call for each value
			if !(x >= 0 && x <= 1) {
				bad.Store(true)
			}
			to[i] = T(x)
		}
	})
	if !bad.Load() {
		return nil
	}
	i := slices.IndexFunc(rows, func(x float64) bool { return !allowed(x) })
	return fmt.Errorf("rbm: row %d, value %d is %v: %s", i/m.visible, i%m.visible, rows[i], remedy)
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
