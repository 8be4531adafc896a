package boltzmann

import (
	"context"
	"fmt"

	"lenz/graph"
)

// Model is what the machines and networks of this package have in common: a distribution over rows of V visible values.
type Model interface {
	// Visible is V.
	Visible() int
	// Weights returns all parameters under one roof, for a file; they are shared or copied. SetWeights takes their like.
	Weights() (*graph.Params, error)
	SetWeights(*graph.Params) error
	// Likelihood measures rows [n, V], by an exact log Z where it can be summed and by o elsewhere.
	Likelihood(ctx context.Context, rows []float64, n int, o AIS) (Likelihood, error)
	// Draw returns n rows [n, V] from the model, after steps of its sampler, as means that show as pictures.
	Draw(ctx context.Context, n, steps int, seed uint64) ([]float64, error)
	Close() error
}

var (
	_ Model = (*RBMModel)(nil)
	_ Model = (*MachineModel)(nil)
	_ Model = (*DBNModel)(nil)
)

// Likelihood is how probable rows are, in nats a row.
type Likelihood struct {
	Mean  float64 // of log p over the rows
	LogZ  float64
	Error float64 // standard error that log Z brings in; 0 where it is exact
	Exact bool    // log Z was summed over all states
	Bound bool    // Mean is a lower bound
}

// Weights returns the parameters themselves.
func (m *RBMModel) Weights() (*graph.Params, error) { return m.params, nil }

// SetWeights copies the values of parameters of the same names and sizes.
func (m *RBMModel) SetWeights(p *graph.Params) error { return m.params.Restore(p.State()) }

// Likelihood returns the mean log-likelihood of n rows [n, V] in nats: by the exact log Z up to MostExact units in a layer, else by
// AIS, whose error it carries.
func (m *RBMModel) Likelihood(ctx context.Context, rows []float64, n int, o AIS) (Likelihood, error) {
	z, err := m.partition(ctx, o)
	if err != nil {
		return z, err
	}
	free, err := m.FreeEnergy(rows, n)
	z.Mean = -mean(free) - z.LogZ
	return z, err
}

// partition is log Z with its error.
func (m *RBMModel) partition(ctx context.Context, o AIS) (Likelihood, error) {
	if m.cond == nil && m.settings.countable(m.visible) {
		z, err := m.logZ()
		return Likelihood{LogZ: z, Exact: true}, err
	}
	e, err := m.AIS(ctx, o)
	return Likelihood{LogZ: e.LogZ, Error: e.SD}, err
}

// Draw returns the means of Sample.
func (m *RBMModel) Draw(ctx context.Context, n, steps int, seed uint64) ([]float64, error) {
	_, means, err := m.Sample(ctx, n, steps, seed)
	return means, err
}

// Visible returns V.
func (m *MachineModel) Visible() int { return m.visible }

// Weights returns the parameters themselves.
func (m *MachineModel) Weights() (*graph.Params, error) { return m.params, nil }

// SetWeights copies the values of parameters of the same names and sizes.
func (m *MachineModel) SetWeights(p *graph.Params) error { return m.params.Restore(p.State()) }

// Likelihood returns the mean log-likelihood of n rows [n, V] in nats: by sums over all states up to 20 units, else with log Z by AIS, whose
// error it carries. More than 20 hidden units are summed by AIS for each row, if that is no more than some minutes' work; a mean of logarithms
// is then a little low where weights spread, and the error counts the spread.
func (m *MachineModel) Likelihood(ctx context.Context, rows []float64, n int, o AIS) (Likelihood, error) {
	if m.n > mostMachine {
		return m.estimatedLikelihood(ctx, rows, n, o)
	}
	logs, err := m.LogLikelihood(rows, n)
	if err != nil {
		return Likelihood{}, err
	}
	z, err := m.LogZ()
	return Likelihood{Mean: mean(logs), LogZ: z, Exact: true}, err
}

// Draw returns the visible units of Sample.
func (m *MachineModel) Draw(ctx context.Context, n, steps int, seed uint64) ([]float64, error) {
	all, err := m.Sample(ctx, nil, n, steps, seed)
	if err != nil {
		return nil, err
	}
	rows := make([]float64, 0, n*m.visible)
	for k := range n {
		rows = append(rows, all[k*m.n:k*m.n+m.visible]...)
	}
	return rows, nil
}

// Visible returns V.
func (d *DBNModel) Visible() int { return d.machines[0].visible }

// Likelihood returns the variational lower bound of the mean log-likelihood of n rows [n, V] in nats (Bound), the top machine's log Z
// being exact or by AIS.
func (d *DBNModel) Likelihood(ctx context.Context, rows []float64, n int, o AIS) (Likelihood, error) {
	top := d.machines[len(d.machines)-1]
	o.Base = nil // it is of the data, not of the top machine's visible units
	z, err := top.partition(ctx, o)
	if err != nil {
		return z, fmt.Errorf("dbn: %w", err)
	}
	z.Bound = len(d.machines) > 1
	z.Mean, err = d.Bound(rows, n, z.LogZ, o.Seed)
	return z, err
}

// Draw returns what Sample does.
func (d *DBNModel) Draw(ctx context.Context, n, steps int, seed uint64) ([]float64, error) {
	return d.Sample(ctx, n, steps, seed)
}
