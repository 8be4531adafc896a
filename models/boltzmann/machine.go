package boltzmann

import (
	"context"
	"fmt"
	"math"

	"lenz/datasets"
	"lenz/graph"
	"lenz/internal/rng"
	"lenz/internal/settings"
	"lenz/models"
)

// Machine builds a Boltzmann machine: visible and hidden binary units, each connected to any other (Ackley, Hinton, Sejnowski 1985).
// Begin with DefaultMachine. Units s are 0 or 1, and the energy is
//
//	E(s) = - sum_{i<j} w_ij s_i s_j - sum_i b_i s_i,   p(s) ~ e^(-E(s)/T)
//
// It learns by -dlog p/dw_ij = (<s_i s_j>_free - <s_i s_j>_clamped) / T: in the clamped phase the visible units hold a row of the
// data, in the free phase nothing is held. Both averages come from stochastic updates that are annealed to the last temperature, or
// from sums over all states.
type Machine struct {
	Hidden int   `name:"hidden" doc:"hidden units" min:"0" max:"100000"`
	Groups []int `name:"groups" doc:"sizes of groups of visible units that are not connected with each other, such as 4,4 of the 4-2-4 encoder; empty for one group" min:"1"`

	Statistics   string    `name:"statistics" doc:"sampled by annealing, or exact by sums over all states (at most 20 units)" choices:"sampled|exact"`
	Temperatures []float64 `name:"temperatures" doc:"the annealing schedule; the machine is learnt at the last one" above:"0"`
	Sweeps       int       `name:"sweeps" doc:"updates of every unit at each temperature" min:"1" max:"1000000"`
	Collect      int       `name:"collect" doc:"sweeps at the last temperature over which statistics are gathered" min:"1" max:"1000000"`
	Particles    int       `name:"particles" doc:"chains of the free phase; 0 for as many as a batch has rows" min:"0" max:"1000000"`

	Decay float64 `name:"decay" doc:"weight decay: adds decay/2 |w|^2 to the loss" min:"0"`
	Scale float64 `name:"scale" doc:"standard deviation of the initial weights" min:"0"`
}

// mostMachine is the number of units up to which a machine sums over all of its states.
const mostMachine = 20

// mostConnections is the number of connected pairs up to which a machine is built: every update of a unit reads all of its own.
const mostConnections = 1e7

// connections counts the pairs of n units.
func connections(n int) float64 { return float64(n) * float64(n-1) / 2 }

// DefaultMachine returns 8 hidden units and sampled statistics, annealed from temperature 4 to 1.
func DefaultMachine() Machine {
	return Machine{Hidden: 8, Statistics: "sampled", Temperatures: []float64{4, 3, 2, 1.5, 1}, Sweeps: 2, Collect: 10, Scale: 0.1}
}

// MachineModel is a Boltzmann machine of N = visible + hidden units, the visible ones first. Parameters: coupling, one number for each
// connected pair i < j in the order of Pairs, and bias [N]. It is a source of gradients for a trainer.
type MachineModel struct {
	settings   Machine
	visible, n int
	pairs      [][2]int
	params     *graph.Params
	stream     *rng.Stream
}

var _ models.EnergyModel = (*MachineModel)(nil)

// New builds the machine for batches of the layout: as many visible units as a row has values, 0 or 1 each. The seed decides initial
// weights and all updates.
func (c Machine) New(l datasets.Layout, seed uint64) (*MachineModel, error) {
	visible := l.Input * len(l.Inputs)
	if err := c.check(visible); err != nil {
		return nil, fmt.Errorf("boltzmann: %w", err)
	}
	if c.Particles == 0 {
		c.Particles = max(1, l.Batch)
	}
	m := &MachineModel{settings: c, visible: visible, n: visible + c.Hidden, params: graph.NewParams(graph.Float64, seed), stream: rng.New(seed, "boltzmann machine")}
	group := make([]int, m.n) // hidden units are of group -1 and meet everybody
	at := 0
	for g, size := range c.Groups {
		for range size {
			group[at] = g
			at++
		}
	}
	for i := range m.n {
		for j := i + 1; j < m.n; j++ {
			if i >= visible || j >= visible || group[i] == group[j] {
				m.pairs = append(m.pairs, [2]int{i, j})
			}
		}
	}
	if len(m.pairs) > 0 {
		if _, err := m.params.Add("coupling", graph.Normal(c.Scale), len(m.pairs)); err != nil {
			return nil, fmt.Errorf("boltzmann: %w", err)
		}
	}
	if _, err := m.params.Add("bias", graph.Zeros(), m.n); err != nil {
		return nil, fmt.Errorf("boltzmann: %w", err)
	}
	return m, nil
}

func (c Machine) check(visible int) error {
	if err := settings.Check(c); err != nil {
		return err
	}
	sum := 0
	for _, g := range c.Groups {
		sum += g
	}
	switch {
	case visible < 1:
		return fmt.Errorf("the data has rows of %d values; want at least 1", visible)
	case connections(visible+c.Hidden) > mostConnections:
		return fmt.Errorf("%d visible and %d hidden units are %.2g connections, want at most %.2g: take fewer, or a restricted machine (rbm)", visible, c.Hidden, connections(visible+c.Hidden), float64(mostConnections))
	case len(c.Groups) > 0 && sum != visible:
		return fmt.Errorf("setting groups is %v, %d units together, but the data has %d", c.Groups, sum, visible)
	case len(c.Temperatures) == 0:
		return fmt.Errorf("setting temperatures is empty; want at least one, such as 4,2,1")
	case c.Statistics == "exact" && visible+c.Hidden > mostMachine:
		return fmt.Errorf("setting statistics is exact, which sums over all states: %d visible and %d hidden units, want at most %d together; take sampled", visible, c.Hidden, mostMachine)
	}
	return nil
}

// Params returns the parameters.
func (m *MachineModel) Params() *graph.Params { return m.params }

// Units is N.
func (m *MachineModel) Units() int { return m.n }

// Pairs returns the connected pairs, in the order of the couplings.
func (m *MachineModel) Pairs() [][2]int { return m.pairs }

// Repeatable tells whether the same batch, step and parameters give the same gradient: chains are keyed by the step.
func (m *MachineModel) Repeatable() bool { return true }

// Close is there for trainers; a machine holds nothing to release.
func (m *MachineModel) Close() error { return nil }

// temperature is that at which the machine is learnt.
func (m *MachineModel) temperature() float64 {
	return m.settings.Temperatures[len(m.settings.Temperatures)-1]
}

// couplings returns views of the parameters.
func (m *MachineModel) couplings() (w, bias []float64) {
	all := graph.Values[float64](m.params)
	return all[:len(m.pairs)], all[len(m.pairs):]
}

// Energy returns E of a state of N zeros and ones, NaN for anything else.
func (m *MachineModel) Energy(state []float64) float64 {
	if !binary(state, m.n) {
		return math.NaN()
	}
	w, bias := m.couplings()
	var e float64
	for k, p := range m.pairs {
		e -= w[k] * state[p[0]] * state[p[1]]
	}
	for i, b := range bias {
		e -= b * state[i]
	}
	return e
}

func binary(state []float64, n int) bool {
	for _, v := range state {
		if v != 0 && v != 1 {
			return false
		}
	}
	return len(state) == n
}

// rowsOf returns the rows of a batch, [B, V], each value 0 or 1.
func (m *MachineModel) rowsOf(b datasets.Batch) ([]float64, error) {
	rows, err := flatten(b.X, b.B)
	if err != nil {
		return nil, fmt.Errorf("boltzmann: %w", err)
	}
	if len(rows) != b.B*m.visible {
		return nil, fmt.Errorf("boltzmann: rows of %d values for %d visible units", len(rows)/b.B, m.visible)
	}
	for i, v := range rows {
		if v != 0 && v != 1 {
			return nil, fmt.Errorf("boltzmann: row %d, value %d is %v, want 0 or 1: threshold the data first, or take model = rbm, which reads values in [0, 1]", i/m.visible, i%m.visible, v)
		}
	}
	return rows, nil
}

// Gradient fills the gradients of all parameters from the clamped and the free phase, and returns the difference of their mean
// energies (exact: the negative log-likelihood of a row), and what decay adds.
func (m *MachineModel) Gradient(ctx context.Context, b datasets.Batch, step uint64) (float64, error) {
	rows, err := m.rowsOf(b)
	if err != nil {
		return 0, err
	}
	clamped, free, loss, err := m.phases(ctx, rows, b.B, step)
	if err != nil {
		return 0, err
	}
	grads := graph.Grads[float64](m.params)
	w, _ := m.couplings()
	for i := range grads {
		grads[i] = (free[i] - clamped[i]) / m.temperature()
		if i < len(w) {
			grads[i] += m.settings.Decay * w[i]
			loss += m.settings.Decay / 2 * w[i] * w[i]
		}
	}
	return loss, nil
}

// phases returns the statistics of both phases, laid out as the parameters: <s_i s_j> of the pairs, then <s_i>.
func (m *MachineModel) phases(ctx context.Context, rows []float64, n int, step uint64) (clamped, free []float64, loss float64, err error) {
	if m.settings.Statistics == "exact" {
		clamped, logs := m.clampedMoments(rows, n)
		free, logZ := m.freeMoments()
		return clamped, free, logZ - logs, nil
	}
	s := m.stream.Split(step)
	if clamped, err = m.anneal(ctx, rows, n, s.Split(0)); err != nil {
		return nil, nil, 0, err
	}
	if free, err = m.anneal(ctx, nil, m.settings.Particles, s.Split(1)); err != nil {
		return nil, nil, 0, err
	}
	for i, p := range graph.Values[float64](m.params) {
		loss += p * (free[i] - clamped[i]) / m.temperature()
	}
	return clamped, free, loss, nil
}

// Loss returns -log p of a row in nats, the mean over the batch, where the machine has at most 20 units; elsewhere its
// pseudo-likelihood: -sum_i log p(v_i | all others), the hidden units being drawn with the row clamped.
func (m *MachineModel) Loss(ctx context.Context, b datasets.Batch) (loss, weight float64, err error) {
	rows, err := m.rowsOf(b)
	if err != nil {
		return 0, 0, err
	}
	if m.n <= mostMachine {
		logs, err := m.LogLikelihood(rows, b.B)
		if err != nil {
			return 0, 0, err
		}
		return -mean(logs), float64(b.B), nil
	}
	loss, err = m.pseudo(ctx, rows, b.B)
	return loss, float64(b.B), err
}

// Monitor says what Loss measures: likelihood or pseudo-likelihood.
func (m *MachineModel) Monitor() string {
	if m.n <= mostMachine {
		return "likelihood"
	}
	return "pseudo-likelihood"
}
