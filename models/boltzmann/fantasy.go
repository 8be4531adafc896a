package boltzmann

import (
	"context"
	"fmt"
	"math"

	"lenz/internal/rng"
)

// Sample draws n rows [n, V] from the machine: chains of their own, from random hidden states, take so many Gibbs steps. It returns
// the samples and the means E[v | h] that they were drawn from, which show more as pictures.
func (m *RBMModel) Sample(ctx context.Context, n, steps int, seed uint64) (samples, means []float64, err error) {
	if n < 1 || steps < 1 || m.cond != nil {
		return nil, nil, fmt.Errorf("rbm: %d samples after %d steps; want at least one of each, and no conditions", n, steps)
	}
	s := rng.New(seed, "rbm samples")
	h := make([]float64, n*m.settings.Hidden)
	for i := range h {
		h[i] = 0.5
	}
	bernoulli(h, h, n, m.settings.Hidden, s.Split(startDraw))
	return m.gibbs(ctx, h, n, steps, s)
}

// Fantasies returns the means E[v | h] of the persistent chains, [particles, V], or an error where there are none.
func (m *RBMModel) Fantasies() ([]float64, error) {
	s := m.engine.State()
	bits, ok := s["hidden"].([]bool)
	if !ok {
		return nil, fmt.Errorf("rbm: chains = %s keeps no fantasy particles; train with pcd or fpcd, or use Sample", m.settings.Chains)
	}
	h := make([]float64, len(bits))
	for i, on := range bits {
		if on {
			h[i] = 1
		}
	}
	v := m.meanVisible(m.weights(), h, len(h)/m.settings.Hidden)
	return m.unscaled(v), nil
}

// gibbs takes steps from hidden states h, which it overwrites.
func (m *RBMModel) gibbs(ctx context.Context, h []float64, n, steps int, s *rng.Stream) (samples, means []float64, err error) {
	w := m.weights()
	v := make([]float64, n*m.visible)
	for i := range steps {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if i > 0 {
			w.hiddenGiven(v, h, n, nil, s.Split(uint64(2*i)))
		}
		means = m.meanVisible(w, h, n)
		copy(v, means)
		if m.gaussian() {
			addNormal(v, n, m.visible, s.Split(uint64(2*i+1)))
		} else {
			bernoulli(v, v, n, m.visible, s.Split(uint64(2*i+1)))
		}
	}
	return m.unscaled(v), m.unscaled(means), nil
}

// unscaled takes sigma back in.
func (m *RBMModel) unscaled(v []float64) []float64 {
	if m.gaussian() {
		for i := range v {
			v[i] *= m.settings.Sigma
		}
	}
	return v
}

// Filters returns a copy of the weights, [H, V]: the pattern that each hidden unit answers to.
func (m *RBMModel) Filters() []float64 { return m.weights().w }

// Center sets the visible biases so that the machine without hidden units has the means of n rows [n, V]: log p/(1-p) of bernoulli
// units (Hinton 2010, section 8), the mean of gaussian ones. Before training it spares the hidden units from learning them.
func (m *RBMModel) Center(rows []float64, n int) error {
	rows, err := m.scaled(rows, n)
	if err != nil {
		return err
	}
	means := make([]float64, m.visible)
	for i, v := range rows {
		means[i%m.visible] += v
	}
	all := m.params.CopyFloats()
	bias := viewWeights(all[:m.settings.Hidden*m.visible+m.settings.Hidden+m.visible], m.settings.Hidden, m.visible).a
	for i, sum := range means {
		if m.gaussian() {
			bias[i] = sum / float64(n)
			continue
		}
		p := (sum + 0.5) / (float64(n) + 1) // a unit that is always off keeps a chance
		bias[i] = math.Log(p / (1 - p))
	}
	return m.params.SetFloats(all)
}
