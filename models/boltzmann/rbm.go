package boltzmann

import (
	"fmt"

	"lenz/datasets"
	"lenz/graph"
	"lenz/internal/rng"
	"lenz/internal/settings"
	"lenz/internal/state"
)

// RBM builds a restricted Boltzmann machine: V visible and H hidden units with no connection within a layer (Smolensky
// 1986; Hinton 2002). Begin with DefaultRBM. The energy of visible v and binary hidden h is
//
//	E(v, h) = - a.v - c.h - h.W v                   bernoulli v
//	E(v, h) = |v/sigma - a|^2 / 2 - c.h - h.W v/sigma    gaussian v
type RBM struct {
	Hidden  int     `name:"hidden" doc:"hidden units" min:"1" max:"1000000"`
	Visible string  `name:"visible" doc:"visible units: bernoulli for values in [0, 1], gaussian for scaled numbers" choices:"bernoulli|gaussian"`
	Sigma   float64 `name:"sigma" doc:"standard deviation of gaussian visible units given the hidden ones, in scaled units" above:"0"`

	Chains    string  `name:"chains" doc:"where the model's samples come from: cd starts at the data, pcd goes on from the last step, fpcd with fast weights too, exact sums over all states" choices:"cd|pcd|fpcd|exact"`
	Steps     int     `name:"steps" doc:"Gibbs steps of each gradient: the k of CD-k" min:"1" max:"100000"`
	Particles int     `name:"particles" doc:"persistent chains; 0 for as many as a batch has rows" min:"0" max:"1000000"`
	FastRate  float64 `name:"fast_rate" doc:"learning rate of the fast weights (fpcd)" min:"0"`
	FastDecay float64 `name:"fast_decay" doc:"share of the fast weights that a step keeps (fpcd)" min:"0" max:"1"`

	Decay        float64 `name:"decay" doc:"weight decay: adds decay/2 |W|^2 to the loss" min:"0"`
	Sparsity     float64 `name:"sparsity" doc:"wanted mean activity of each hidden unit" above:"0" below:"1"`
	SparsityCost float64 `name:"sparsity_cost" doc:"weight of the cross-entropy between wanted and mean activity; 0 for none" min:"0"`

	Scale     float64 `name:"scale" doc:"standard deviation of the initial weights" min:"0"`
	Monitor   string  `name:"monitor" doc:"what validation measures, a row: -log p exactly (likelihood: at most 22 visible or hidden units), its pseudo-likelihood (bernoulli), or the squared reconstruction error; auto takes the first that fits" choices:"auto|likelihood|pseudo-likelihood|reconstruction"`
	Precision string  `name:"precision" doc:"of all numbers in learning; measures are in float64" choices:"float32|float64"`
}

// DefaultRBM returns 64 hidden units on bernoulli visible ones, learnt by CD-1 (Hinton 2010, "A practical guide to training
// restricted Boltzmann machines").
func DefaultRBM() RBM {
	return RBM{
		Hidden: 64, Visible: "bernoulli", Sigma: 1, Chains: "cd", Steps: 1, FastRate: 0.01, FastDecay: 0.95,
		Sparsity: 0.1, Scale: 0.01, Monitor: "auto", Precision: "float32",
	}
}

// RBMModel is a restricted Boltzmann machine. Parameters: weight [H, V], hidden_bias [H], visible_bias [V].
//
// It is a source of gradients for a trainer. A row of V values is a batch's X at one sequence, all time steps after one
// another: pictures of one step, or windows of T steps and I columns with V = T*I. Use it from one goroutine, and Close it.
type RBMModel struct {
	settings RBM
	visible  int
	cond     *conditions // nil without
	params   *graph.Params
	weight   *graph.Param // [H, V]
	hidden   *graph.Param // [H]
	bias     *graph.Param // [V]
	stream   *rng.Stream
	engine   engine
	known    knownZ
}

// engine is the part that learns, in one precision.
type engine interface {
	gradient(rows, past []float64, n int, step uint64) (float64, error)
	state.Stateful
	close() error
}

// New builds the machine for batches of the layout. The seed decides initial weights and all chains.
func (c RBM) New(l datasets.Layout, seed uint64) (*RBMModel, error) {
	return c.build(l.Input*len(l.Inputs), l.Batch, nil, seed)
}

// build makes a machine of so many visible units.
func (c RBM) build(visible, batch int, cond *conditions, seed uint64) (*RBMModel, error) {
	if err := c.check(visible); err != nil {
		return nil, fmt.Errorf("rbm: %w", err)
	}
	dtype := graph.Precision(c.Precision)
	if c.Particles == 0 {
		c.Particles = max(1, batch)
	}
	m := &RBMModel{settings: c, visible: visible, cond: cond, params: graph.NewParams(dtype, seed), stream: rng.New(seed, "rbm chains")}
	for _, p := range []struct {
		to    **graph.Param
		name  string
		init  graph.Init
		shape []int
	}{
		{&m.weight, "weight", graph.Normal(c.Scale), []int{c.Hidden, visible}},
		{&m.hidden, "hidden_bias", graph.Zeros(), []int{c.Hidden}},
		{&m.bias, "visible_bias", graph.Zeros(), []int{visible}},
	} {
		var err error
		if *p.to, err = m.params.Add(p.name, p.init, p.shape...); err != nil {
			return nil, fmt.Errorf("rbm: %w", err)
		}
	}
	if cond != nil {
		if err := cond.declare(m); err != nil {
			return nil, fmt.Errorf("crbm: %w", err)
		}
	}
	if dtype == graph.Float32 {
		m.engine = newChains[float32](m)
	} else {
		m.engine = newChains[float64](m)
	}
	return m, nil
}

func (c RBM) check(visible int) error {
	if err := settings.Check(c); err != nil {
		return err
	}
	switch {
	case visible < 1:
		return fmt.Errorf("the data has rows of %d values; want at least 1", visible)
	case c.Chains == "exact" && visible > mostLearnt:
		return fmt.Errorf("setting chains is exact, which sums over all states of the visible units in every step: there are %d, want at most %d; take pcd", visible, mostLearnt)
	case c.Chains == "exact" && c.Visible == "gaussian":
		return fmt.Errorf("setting chains is exact, but gaussian visible units have no states to sum over; take pcd")
	case c.Monitor == "likelihood" && !c.countable(visible):
		return fmt.Errorf("setting monitor is likelihood, which sums over all states of the smaller layer: %d visible (%s) and %d hidden units, want at most %d; take pseudo-likelihood or reconstruction", visible, c.Visible, c.Hidden, MostExact)
	case c.Monitor == "pseudo-likelihood" && c.Visible == "gaussian":
		return fmt.Errorf("setting monitor is pseudo-likelihood, which is for bernoulli visible units; take reconstruction")
	}
	return nil
}

// countable tells whether log Z can be summed exactly: over the hidden units, or over bernoulli visible ones.
func (c RBM) countable(visible int) bool {
	return c.Hidden <= MostExact || c.Visible == "bernoulli" && visible <= MostExact
}

// Params returns the parameters.
func (m *RBMModel) Params() *graph.Params { return m.params }

// Settings returns the settings, Particles being the number of chains.
func (m *RBMModel) Settings() RBM { return m.settings }

// Visible returns V.
func (m *RBMModel) Visible() int { return m.visible }

// Repeatable tells whether the same batch and step give the same gradient: only the exact one does. Chains that start at the data
// depend on the step, persistent ones go on.
func (m *RBMModel) Repeatable() bool { return m.settings.Chains == "exact" }

// Close releases all programs. The machine compiles new ones if it is used again.
func (m *RBMModel) Close() error { return m.engine.close() }

// State returns the persistent chains and fast weights. The parameters have their own (Params).
func (m *RBMModel) State() state.State { return m.engine.State() }

// Restore sets the persistent chains and fast weights.
func (m *RBMModel) Restore(s state.State) error {
	if err := m.engine.Restore(s); err != nil {
		return fmt.Errorf("rbm: %w", err)
	}
	return nil
}

func (m *RBMModel) gaussian() bool { return m.settings.Visible == "gaussian" }
