package boltzmann

import (
	"context"
	"errors"
	"fmt"
	"math"

	"lenz/datasets"
	"lenz/graph"
	"lenz/internal/rng"
	"lenz/internal/settings"
	"lenz/layers"
	"lenz/models"
)

// DBN builds a deep belief network: restricted Boltzmann machines on top of one another, learnt one after another, each on the hidden
// probabilities of the one below (Hinton, Osindero, Teh 2006). Begin with DefaultDBN. The settings of a machine hold for all of them, but
// that those above the first have bernoulli visible units.
type DBN struct {
	Layers    []int   `name:"layers" doc:"hidden units of each machine, from below" min:"1" max:"1000000"`
	Visible   string  `name:"visible" doc:"visible units of the first machine: bernoulli for values in [0, 1], gaussian for scaled numbers" choices:"bernoulli|gaussian"`
	Chains    string  `name:"chains" doc:"where the samples come from: cd starts at the data, pcd goes on from the last step" choices:"cd|pcd"`
	Steps     int     `name:"steps" doc:"Gibbs steps of each gradient" min:"1" max:"100000"`
	Decay     float64 `name:"decay" doc:"weight decay of the machines" min:"0"`
	Scale     float64 `name:"scale" doc:"standard deviation of the initial weights" min:"0"`
	Precision string  `name:"precision" doc:"of all numbers in learning" choices:"float32|float64"`
}

// DefaultDBN returns two machines of 128 hidden units, learnt by CD-1.
func DefaultDBN() DBN {
	return DBN{Layers: []int{128, 128}, Visible: "bernoulli", Chains: "cd", Steps: 1, Decay: 1e-4, Scale: 0.05, Precision: "float32"}
}

// DBNModel is a stack of machines, and a classifier of the same shape where the data have classes. It does not learn by itself: chain
// the learners of its machines, each with its Input as the transform of the batches, and then that of the classifier (train.Stages).
type DBNModel struct {
	machines   []*RBMModel
	classifier *models.Prototype
	params     *graph.Params // of the classifier
}

// New builds the machines, and a classifier if the layout has classes. The seed decides initial weights and all chains.
func (c DBN) New(l datasets.Layout, seed uint64) (*DBNModel, error) {
	if err := settings.Check(c); err != nil {
		return nil, fmt.Errorf("dbn: %w", err)
	}
	if len(c.Layers) == 0 {
		return nil, fmt.Errorf("dbn: setting layers is empty; want at least one number of hidden units, such as 128,128")
	}
	d := &DBNModel{}
	visible := l.Input * len(l.Inputs)
	for i, hidden := range c.Layers {
		r := DefaultRBM()
		r.Hidden, r.Chains, r.Steps, r.Decay, r.Scale, r.Precision = hidden, c.Chains, c.Steps, c.Decay, c.Scale, c.Precision
		if i == 0 {
			r.Visible = c.Visible
		}
		m, err := r.build(visible, l.Batch, nil, rng.New(seed, fmt.Sprintf("dbn machine %d", i)).At(0))
		if err != nil {
			return nil, fmt.Errorf("dbn: machine %d: %w", i+1, err)
		}
		d.machines, visible = append(d.machines, m), hidden
	}
	if l.Classes == 0 {
		return d, nil
	}
	return d, d.addClassifier(c, l, seed)
}

// addClassifier makes the network sigmoid(W ...) -> softmax, with parameters layers.I.weight, layers.I.bias, head.weight, head.bias.
func (d *DBNModel) addClassifier(c DBN, l datasets.Layout, seed uint64) error {
	d.params = graph.NewParams(graph.Precision(c.Precision), seed)
	inputs := l.Input * len(l.Inputs)
	var hidden []*layers.Linear
	for i, n := range c.Layers {
		h, err := layers.NewLinear(d.params, fmt.Sprintf("layers.%d", i), inputs, n, true, layers.Glorot)
		if err != nil {
			return fmt.Errorf("dbn: %w", err)
		}
		hidden, inputs = append(hidden, h), n
	}
	head, err := layers.NewLinear(d.params, "head", inputs, l.Classes, true, layers.Glorot)
	if err != nil {
		return fmt.Errorf("dbn: %w", err)
	}
	d.classifier = models.NewPrototype(d.params, func(b *graph.Builder, in models.Inputs) (pred, loss *graph.Node) {
		s := in.X.Shape()
		x := b.Reshape(in.X, s[1], s[0]*s[2])
		for _, h := range hidden {
			x = b.Sigmoid(h.Apply(b, x))
		}
		pred = head.Apply(b, x)
		if in.Y != nil {
			loss = b.Loss(graph.Softmax(l.Classes), pred, in.Y, in.Mask)
		}
		return pred, loss
	})
	return nil
}

// Machines returns the machines, from below.
func (d *DBNModel) Machines() []*RBMModel { return d.machines }

// Classifier returns the network that fine-tuning learns, a source of gradients that predicts logits [B, classes]; nil without classes.
func (d *DBNModel) Classifier() *models.Prototype { return d.classifier }

// Input returns the batch as machine k, from 0, sees it: the hidden probabilities of the machines below.
func (d *DBNModel) Input(k int, b datasets.Batch) (datasets.Batch, error) {
	for _, m := range d.machines[:k] {
		rows, err := m.rowsOf(b)
		if err != nil {
			return b, err
		}
		h := sigmoids(m.weights().pre(rows, b.B))
		b.T, b.X = 1, datasets.Array{Shape: []int{1, b.B, m.settings.Hidden}, Data: h}
	}
	return b, nil
}

// Unroll copies the machines' weights and hidden biases into the classifier: where fine-tuning begins. The head keeps its values.
func (d *DBNModel) Unroll() error {
	if d.classifier == nil {
		return errors.New("dbn: there is no classifier: the data have no classes")
	}
	all := d.params.CopyFloats()
	at := 0
	for _, m := range d.machines {
		w := m.weights()
		at += copy(all[at:], w.w)
		at += copy(all[at:], w.c)
	}
	return d.params.SetFloats(all)
}

// Sample draws n rows [n, V]: Gibbs steps in the top machine, then one pass down. It returns the means that the last pass gives, which
// show as pictures.
func (d *DBNModel) Sample(ctx context.Context, n, steps int, seed uint64) ([]float64, error) {
	last := len(d.machines) - 1
	samples, means, err := d.machines[last].Sample(ctx, n, steps, seed)
	if err != nil {
		return nil, err
	}
	for k := last - 1; k >= 0; k-- {
		m := d.machines[k]
		means = m.unscaled(m.meanVisible(m.weights(), samples, n))
		if k > 0 {
			samples = append(samples[:0], means...)
			bernoulli(samples, samples, n, m.visible, rng.New(seed, "dbn samples").Split(uint64(k)))
		}
	}
	return means, nil
}

// Bound returns an estimate of the variational lower bound of log p(v) for n rows [n, V] of bernoulli units, in nats a row (Hinton,
// Osindero, Teh 2006, eq. 8): with q(h | v) the machines' own posteriors, from which one h is drawn for each row,
//
//	sum over machines below the top of  log p(v | h) - log q(h | v)   +   -F_top(h) - log Z_top
//
// logZ is that of the top machine (LogZ or AIS).
func (d *DBNModel) Bound(v []float64, n int, logZ float64, seed uint64) (float64, error) {
	rows, err := d.machines[0].scaled(v, n)
	if err != nil {
		return 0, err
	}
	if d.machines[0].gaussian() {
		return 0, errors.New("dbn: the bound is for bernoulli visible units")
	}
	s := rng.New(seed, "dbn bound")
	var sum float64
	last := len(d.machines) - 1
	for k, m := range d.machines[:last] {
		w := m.weights()
		q := sigmoids(w.pre(rows, n))
		h := make([]float64, len(q))
		bernoulli(h, q, n, m.settings.Hidden, s.Split(uint64(k)))
		sum += logBernoulli(rows, sigmoids(w.preVisible(h, n))) - logBernoulli(h, q)
		rows = h
	}
	for _, f := range d.machines[last].weights().free(rows, n, false) {
		sum -= f
	}
	return sum/float64(n) - logZ, nil
}

// logBernoulli is sum x log p + (1-x) log(1-p).
func logBernoulli(x, p []float64) float64 {
	var sum float64
	for i, v := range x {
		q := min(max(p[i], 1e-300), 1-1e-16)
		sum += v*math.Log(q) + (1-v)*math.Log1p(-q)
	}
	return sum
}

// Close closes all machines and the classifier.
func (d *DBNModel) Close() error {
	var all []error
	for _, m := range d.machines {
		all = append(all, m.Close())
	}
	if d.classifier != nil {
		all = append(all, d.classifier.Close())
	}
	return errors.Join(all...)
}

// Weights returns a copy of all parameters under one roof, for a file: rbm.I.weight, rbm.I.hidden_bias, rbm.I.visible_bias, and the
// classifier's.
func (d *DBNModel) Weights() (*graph.Params, error) {
	all := graph.NewParams(d.machines[0].params.Dtype(), 0)
	var values []float64
	add := func(prefix string, p *graph.Params) error {
		for _, q := range p.All() {
			if _, err := all.Add(prefix+q.Name(), graph.Zeros(), q.Shape()...); err != nil {
				return err
			}
		}
		values = append(values, p.CopyFloats()...)
		return nil
	}
	for i, m := range d.machines {
		if err := add(fmt.Sprintf("rbm.%d.", i), m.params); err != nil {
			return nil, err
		}
	}
	if d.params != nil {
		if err := add("", d.params); err != nil {
			return nil, err
		}
	}
	return all, all.SetFloats(values)
}

// SetWeights takes parameters laid out as Weights gives them.
func (d *DBNModel) SetWeights(all *graph.Params) error {
	values := all.CopyFloats()
	parts := make([]*graph.Params, 0, len(d.machines)+1)
	n := 0
	for _, m := range d.machines {
		parts, n = append(parts, m.params), n+m.params.Count()
	}
	if d.params != nil {
		parts, n = append(parts, d.params), n+d.params.Count()
	}
	if n != len(values) {
		return fmt.Errorf("dbn: %d values for %d parameters: the weights are those of another network", len(values), n)
	}
	for _, p := range parts {
		if err := p.SetFloats(values[:p.Count()]); err != nil {
			return err
		}
		values = values[p.Count():]
	}
	return nil
}
