package boltzmann

import (
	"context"
	"fmt"
	"math"

	"lenz/graph/kernel"
	"lenz/internal/rng"
)

// network is the couplings in the form that updates read: row i holds the couplings of unit i.
type network struct {
	n    int
	j    []float64 // [N, N], symmetric, 0 where there is no connection
	bias []float64
}

func (m *MachineModel) network() network {
	w, bias := m.couplings()
	net := network{n: m.n, j: make([]float64, m.n*m.n), bias: bias}
	for k, p := range m.pairs {
		net.j[p[0]*m.n+p[1]], net.j[p[1]*m.n+p[0]] = w[k], w[k]
	}
	return net
}

// field is the energy gap of unit i: E(s_i = 0) - E(s_i = 1).
func (net network) field(s []float64, i int) float64 {
	f := net.bias[i]
	for k, w := range net.j[i*net.n : (i+1)*net.n] {
		f += w * s[k]
	}
	return f
}

// sweep updates the free units, one after another: s_i = 1 with probability 1/(1 + e^(-gap/T)) (Ackley et al. 1985, eq. 4).
func (net network) sweep(s []float64, free []int, temperature float64, f *rng.Fast) {
	for _, i := range free {
		p := 1 / (1 + math.Exp(-net.field(s, i)/temperature))
		s[i] = 0
		if f.Float64() < p {
			s[i] = 1
		}
	}
}

// anneal returns the mean statistics over chains and collected sweeps. With rows [chains, V] the visible units of each chain hold one;
// with none, all units move. Chains begin in random states. Every chain draws from a generator of its own, and chains are added
// up in fixed pieces: the same bits at any number of processors.
func (m *MachineModel) anneal(ctx context.Context, rows []float64, chains int, s *rng.Stream) ([]float64, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	net := m.network()
	size := len(m.pairs) + m.n
	const grain = 4
	parts := make([][]float64, (chains+grain-1)/grain)
	kernel.Parallel(chains, grain, func(piece, lo, hi int) {
		sums := make([]float64, size)
		for c := lo; c < hi; c++ {
			state, free, f := m.begin(rows, c, s)
			m.cool(net, state, free, f)
			for range m.settings.Collect {
				net.sweep(state, free, m.temperature(), f)
				m.gather(sums, state, 1)
			}
		}
		parts[piece] = sums
	})
	total := make([]float64, size)
	for _, p := range parts {
		for i, v := range p {
			total[i] += v
		}
	}
	for i := range total {
		total[i] /= float64(chains * m.settings.Collect)
	}
	return total, nil
}

// begin returns the first state of a chain, the units that move, and the chain's generator. Values of the rows hold visible units, but for
// those that are NaN.
func (m *MachineModel) begin(rows []float64, chain int, s *rng.Stream) (state []float64, free []int, f *rng.Fast) {
	f = rng.NewFast(s.Split(uint64(chain)))
	state, free = make([]float64, m.n), make([]int, 0, m.n)
	for i := range state {
		if f.Float64() < 0.5 {
			state[i] = 1
		}
		if rows != nil && i < m.visible {
			if v := rows[chain*m.visible+i]; v == v {
				state[i] = v
				continue
			}
		}
		free = append(free, i)
	}
	return state, free, f
}

// cool sweeps at each temperature of the schedule.
func (m *MachineModel) cool(net network, state []float64, free []int, f *rng.Fast) {
	for _, t := range m.settings.Temperatures {
		for range m.settings.Sweeps {
			net.sweep(state, free, t, f)
		}
	}
}

// gather adds weight times s_i s_j of the pairs, then s_i.
func (m *MachineModel) gather(sums, state []float64, weight float64) {
	for k, p := range m.pairs {
		sums[k] += weight * state[p[0]] * state[p[1]]
	}
	for i, v := range state {
		sums[len(m.pairs)+i] += weight * v
	}
}

// Sample draws n states [n, N] by annealing to the last temperature and so many sweeps there. Rows [n, V], if not nil, hold the visible
// units; those whose value is NaN move too, which completes partial rows.
func (m *MachineModel) Sample(ctx context.Context, rows []float64, n, sweeps int, seed uint64) ([]float64, error) {
	if n < 1 || sweeps < 1 || rows != nil && len(rows) != n*m.visible {
		return nil, fmt.Errorf("boltzmann: %d samples after %d sweeps with %d values held; want at least one of each, and %d values or none", n, sweeps, len(rows), n*m.visible)
	}
	for i, v := range rows {
		if v != 0 && v != 1 && v == v {
			return nil, fmt.Errorf("boltzmann: row %d, value %d is %v, want 0 or 1, or NaN for a unit that moves", i/m.visible, i%m.visible, v)
		}
	}
	net, s := m.network(), rng.New(seed, "boltzmann samples")
	out := make([]float64, n*m.n)
	kernel.Parallel(n, 1, func(_, c, _ int) {
		state, free, f := m.begin(rows, c, s)
		m.cool(net, state, free, f)
		for range sweeps {
			if ctx.Err() != nil {
				return
			}
			net.sweep(state, free, m.temperature(), f)
		}
		copy(out[c*m.n:], state)
	})
	return out, ctx.Err()
}

// pseudo returns -sum_i log p(v_i | others) a row, with hidden units drawn with the row held.
func (m *MachineModel) pseudo(ctx context.Context, rows []float64, n int) (float64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	net, s := m.network(), m.stream.Split(startDraw)
	out := make([]float64, n)
	kernel.Parallel(n, 4, func(_, lo, hi int) {
		for c := lo; c < hi; c++ {
			state, free, f := m.begin(rows, c, s)
			m.cool(net, state, free, f)
			for i := range m.visible {
				gap := net.field(state, i) / m.temperature()
				out[c] += softplus(gap) - state[i]*gap
			}
		}
	})
	return mean(out), nil
}
