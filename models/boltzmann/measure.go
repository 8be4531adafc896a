package boltzmann

import (
	"context"
	"fmt"
	"math"

	"lenz/datasets"
	"lenz/graph/kernel"
)

// Gradient fills the gradients of all parameters for the batch, and returns mean F(data) - mean F(samples), which is near zero
// whatever the quality of the model (with exact chains: the negative log-likelihood of a row), and what decay and sparsity add.
func (m *RBMModel) Gradient(ctx context.Context, b datasets.Batch, step uint64) (float64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	rows, err := m.unscaledRows(b)
	if err != nil {
		return 0, err
	}
	return m.engine.gradient(rows, nil, b.B, step)
}

// Loss returns what the setting monitor says, the mean over the batch's rows, and their number.
func (m *RBMModel) Loss(ctx context.Context, b datasets.Batch) (loss, weight float64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, 0, err
	}
	rows, err := m.rowsOf(b)
	if err != nil {
		return 0, 0, err
	}
	n := b.B
	switch m.Monitor() {
	case "likelihood":
		var logs []float64
		if logs, err = m.logLikelihood(rows, n); err == nil {
			loss = -mean(logs)
		}
	case "pseudo-likelihood":
		loss = -mean(m.pseudo(rows, n))
	default:
		loss = m.reconstruction(rows, n)
	}
	return loss, float64(n), err
}

// Monitor says what Loss measures: likelihood (-log p, nats a row), pseudo-likelihood, or reconstruction.
func (m *RBMModel) Monitor() string {
	switch {
	case m.settings.Monitor != "auto":
		return m.settings.Monitor
	case m.settings.countable(m.visible) && min(m.settings.Hidden, m.visible) <= mostLearnt:
		return "likelihood"
	case m.gaussian():
		return "reconstruction"
	}
	return "pseudo-likelihood"
}

// FreeEnergy returns F of n rows v [n, V], in nats: p(v) = e^-F(v) / Z.
func (m *RBMModel) FreeEnergy(v []float64, n int) ([]float64, error) {
	rows, err := m.scaled(v, n)
	if err != nil {
		return nil, err
	}
	return m.weights().free(rows, n, m.gaussian()), nil
}

// LogLikelihood returns log p(v) of n rows [n, V] by the exact log Z, in nats a row (for gaussian units the density's logarithm).
func (m *RBMModel) LogLikelihood(v []float64, n int) ([]float64, error) {
	rows, err := m.scaled(v, n)
	if err != nil {
		return nil, err
	}
	return m.logLikelihood(rows, n)
}

func (m *RBMModel) logLikelihood(rows []float64, n int) ([]float64, error) {
	z, err := m.logZ()
	if err != nil {
		return nil, err
	}
	out := m.weights().free(rows, n, m.gaussian())
	for i, f := range out {
		out[i] = -f - z
	}
	return out, nil
}

// PseudoLikelihood returns an unbiased estimate of sum_i log p(v_i | the other v) of n rows [n, V]: V times the term of one unit,
// which is drawn for each row (Besag 1975; one unit a row as in Marlin et al. 2010). The same rows give the same numbers.
func (m *RBMModel) PseudoLikelihood(v []float64, n int) ([]float64, error) {
	if m.gaussian() || m.cond != nil {
		return nil, fmt.Errorf("rbm: the pseudo-likelihood is for bernoulli visible units without conditions; use reconstruction")
	}
	rows, err := m.scaled(v, n)
	if err != nil {
		return nil, err
	}
	return m.pseudo(rows, n), nil
}

// pseudo computes log p(v_i | rest) = -log(1 + e^(F(v) - F(v'))), v' being v with unit i flipped. Values between 0 and 1 are taken as
// probabilities of a 1.
func (m *RBMModel) pseudo(rows []float64, n int) []float64 {
	w, v, h := m.weights(), m.visible, m.settings.Hidden
	s := m.stream.Split(startDraw)
	pre := w.pre(rows, n)
	out := make([]float64, n)
	kernel.Parallel(n, rowGrain, func(_, lo, hi int) {
		off, on, e := make([]float64, h), make([]float64, h), make([]float64, h)
		for r := lo; r < hi; r++ {
			i := int(s.Float64At(uint64(r)) * float64(v))
			x := rows[r*v+i]
			for j := range h {
				off[j] = pre[r*h+j] - w.w[j*v+i]*x
				on[j] = off[j] + w.w[j*v+i]
			}
			d := w.a[i] + softplusSum(on, e) - softplusSum(off, e) // log p(1)/p(0)
			out[r] = float64(v) * (x*d - softplus(d))
		}
	})
	return out
}

// reconstruction is the mean over n rows [n, V] of |v - E[v | E[h | v]]|^2, in units of sigma^2 for gaussian units. It is no measure of
// the model's likelihood, but its rise is an alarm.
func (m *RBMModel) reconstruction(rows []float64, n int) float64 {
	w := m.weights()
	again := m.meanVisible(w, sigmoids(w.pre(rows, n)), n)
	var sum float64
	for i, x := range rows {
		sum += (x - again[i]) * (x - again[i])
	}
	return sum / float64(n)
}

// meanVisible returns E[v | h], in units of sigma.
func (m *RBMModel) meanVisible(w weights[float64], h []float64, n int) []float64 {
	v := w.preVisible(h, n)
	if m.gaussian() {
		return v
	}
	return sigmoids(v)
}

// Hidden returns p(h = 1 | v) of n rows v [n, V]: [n, H], what a further layer or a classifier learns from.
func (m *RBMModel) Hidden(v []float64, n int) ([]float64, error) {
	rows, err := m.scaled(v, n)
	if err != nil {
		return nil, err
	}
	return sigmoids(m.weights().pre(rows, n)), nil
}

func sigmoids(x []float64) []float64 {
	kernel.Sigmoid(x, x)
	return x
}

// softplus is log(1 + e^x).
func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func mean(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}
