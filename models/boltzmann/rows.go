package boltzmann

import (
	"fmt"

	"lenz/datasets"
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
		for i, v := range rows {
			if v < 0 || v > 1 || v != v {
				return nil, fmt.Errorf("rbm: row %d, value %d is %v, but bernoulli visible units take values in [0, 1]: scale the data (pictures by 1/255), or set visible = gaussian",
					i/m.visible, i%m.visible, v)
			}
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
