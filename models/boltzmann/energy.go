package boltzmann

import (
	"math"

	"lenz/models"
)

var _ models.EnergyModel = (*RBMModel)(nil)

// Units is V + H, the length of a joint state (v, h).
func (m *RBMModel) Units() int { return m.visible + m.settings.Hidden }

// Energy returns E(v, h) of a joint state: the visible units, in the units of the data, then the hidden ones, 0 or 1. What is no state has
// the energy NaN.
func (m *RBMModel) Energy(state []float64) float64 {
	if len(state) != m.Units() || m.cond != nil {
		return math.NaN()
	}
	v, err := m.scaled(state[:m.visible], 1)
	h := state[m.visible:]
	if err != nil || !binary(h, len(h)) {
		return math.NaN()
	}
	w := m.weights()
	e := visibleEnergy(v, w.a, m.gaussian())
	for j, pre := range w.pre(v, 1) {
		e -= h[j] * pre
	}
	return e
}
