package boltzmann

import (
	"fmt"
	"math"
	"math/bits"

	"lenz/graph/kernel"
)

// walkStates visits all states of the units from first on, the others being held, in Gray code order: each differs from the one before
// in one unit, so that its energy follows from that unit's gap. visit gets the state and -E/T. The state is changed.
func (m *MachineModel) walkStates(net network, state []float64, first int, visit func(state []float64, minus float64)) {
	t := m.temperature()
	for i := first; i < m.n; i++ {
		state[i] = 0
	}
	minus := -m.Energy(state) / t
	visit(state, minus)
	for k := 1; k < 1<<(m.n-first); k++ {
		i := first + bits.TrailingZeros(uint(k))
		gap := net.field(state, i) / t
		if state[i] == 0 {
			state[i], minus = 1, minus+gap
		} else {
			state[i], minus = 0, minus-gap
		}
		visit(state, minus)
	}
}

// freeMoments returns the statistics over all states, and log Z.
func (m *MachineModel) freeMoments() (moments []float64, logZ float64) {
	return m.moments(make([]float64, m.n), 0)
}

// moments returns the statistics over the states of the units from first on, and the logarithm of their sum.
func (m *MachineModel) moments(state []float64, first int) ([]float64, float64) {
	net := m.network()
	var z logSum
	m.walkStates(net, state, first, func(_ []float64, minus float64) { z.add(minus) })
	logZ := z.value()
	sums := make([]float64, len(m.pairs)+m.n)
	m.walkStates(net, state, first, func(s []float64, minus float64) { m.gather(sums, s, math.Exp(minus-logZ)) })
	return sums, logZ
}

// clampedMoments returns the mean over rows [n, V] of the statistics with the row held, and of the logarithm of the sum over its hidden
// states.
func (m *MachineModel) clampedMoments(rows []float64, n int) (moments []float64, logs float64) {
	parts, z := make([][]float64, n), make([]float64, n)
	kernel.Parallel(n, 1, func(_, r, _ int) {
		state := make([]float64, m.n)
		copy(state, rows[r*m.visible:(r+1)*m.visible])
		parts[r], z[r] = m.moments(state, m.visible)
	})
	moments = make([]float64, len(m.pairs)+m.n)
	for r, p := range parts {
		for i, v := range p {
			moments[i] += v / float64(n)
		}
		logs += z[r] / float64(n)
	}
	return moments, logs
}

// LogZ returns the logarithm of the partition function at the last temperature, by summing over all states; it refuses more than 20
// units.
func (m *MachineModel) LogZ() (float64, error) {
	if m.n > mostMachine {
		return 0, fmt.Errorf("boltzmann: log Z of %d units: the sum over all states takes at most %d", m.n, mostMachine)
	}
	var z logSum
	m.walkStates(m.network(), make([]float64, m.n), 0, func(_ []float64, minus float64) { z.add(minus) })
	return z.value(), nil
}

// Moments returns <s_i s_j> of the pairs and <s_i> of the units at the last temperature, by summing over all states.
func (m *MachineModel) Moments() (pairs, units []float64, err error) {
	if _, err := m.LogZ(); err != nil {
		return nil, nil, err
	}
	all, _ := m.freeMoments()
	return all[:len(m.pairs)], all[len(m.pairs):], nil
}

// LogLikelihood returns log p(v) of n rows [n, V] of zeros and ones, in nats, by summing over all states.
func (m *MachineModel) LogLikelihood(rows []float64, n int) ([]float64, error) {
	logZ, err := m.LogZ()
	if err != nil {
		return nil, err
	}
	if n < 1 || !binary(rows, n*m.visible) {
		return nil, fmt.Errorf("boltzmann: %d values for %d rows of %d zeros and ones", len(rows), n, m.visible)
	}
	net := m.network()
	out := make([]float64, n)
	kernel.Parallel(n, 64, func(_, lo, hi int) {
		state := make([]float64, m.n)
		for r := lo; r < hi; r++ {
			copy(state, rows[r*m.visible:(r+1)*m.visible])
			var z logSum
			m.walkStates(net, state, m.visible, func(_ []float64, minus float64) { z.add(minus) })
			out[r] = z.value() - logZ
		}
	})
	return out, nil
}
