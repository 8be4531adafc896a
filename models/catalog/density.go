package catalog

import (
	"fmt"

	"lenz/datasets"
	"lenz/internal/settings"
	"lenz/models/boltzmann"
)

// Density is the kind of models that learn a distribution of rows, and draw from it: NewDensity builds it.
const Density Kind = "density"

type densityBuilder interface {
	density(texts map[string]string, l datasets.Layout, seed uint64) (boltzmann.Model, error)
}

// distribution makes a row of a model of this kind.
type distribution[C any, M boltzmann.Model] struct {
	def  func() C
	make func(C, datasets.Layout, uint64) (M, error)
}

// densities are the rows of this kind.
func densities() []Entry {
	return []Entry{
		{"boltzmann", "Boltzmann machine: visible and hidden units all connected, learnt by annealing; for up to some tens of units", Density,
			distribution[boltzmann.Machine, *boltzmann.MachineModel]{boltzmann.DefaultMachine, boltzmann.Machine.New}},
		{"rbm", "restricted Boltzmann machine: bernoulli or gaussian rows, pictures or windows, by (persistent) contrastive divergence", Density,
			distribution[boltzmann.RBM, *boltzmann.RBMModel]{boltzmann.DefaultRBM, boltzmann.RBM.New}},
		{"dbn", "deep belief network: machines on top of one another, and a classifier where the data have classes", Density,
			distribution[boltzmann.DBN, *boltzmann.DBNModel]{boltzmann.DefaultDBN, boltzmann.DBN.New}},
	}
}

func (o distribution[C, M]) fields() ([]Setting, error) { return settings.Fields(o.def()) }

func (o distribution[C, M]) apply(texts map[string]string) (C, error) { return applied(o.def, texts) }

func (o distribution[C, M]) resolve(texts map[string]string) (map[string]string, error) {
	return resolved(o.def, texts)
}

func (o distribution[C, M]) density(texts map[string]string, l datasets.Layout, seed uint64) (boltzmann.Model, error) {
	c, err := o.apply(texts)
	if err != nil {
		return nil, err
	}
	m, err := o.make(c, l, seed)
	if err != nil {
		return nil, err // not m: a nil pointer in an interface is not nil
	}
	return m, nil
}

// NewDensity builds a model of a distribution for batches of the layout: a *boltzmann.RBMModel, *boltzmann.MachineModel or
// *boltzmann.DBNModel. The seed decides initial weights and all else that is random in it.
func (e Entry) NewDensity(texts map[string]string, l datasets.Layout, seed uint64) (boltzmann.Model, error) {
	if _, err := e.Resolve(texts); err != nil {
		return nil, err
	}
	b, ok := e.row.(densityBuilder)
	if !ok {
		return nil, fmt.Errorf("%s is a %s, not a %s", e.Name, e.Kind, Density)
	}
	return b.density(texts, l, seed)
}
