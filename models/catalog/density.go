package catalog

import (
	"context"
	"fmt"

	"lenz/datasets"
	"lenz/models/boltzmann"
)

// Density is the kind of models that learn a distribution of rows, and draw from it: NewDensity builds it.
const Density Kind = "density"

func density[C any, M boltzmann.Model](def func() C, build func(C, datasets.Layout, uint64) (M, error)) row {
	return batched[C, M, boltzmann.Model]{configured[C]{def}, atOnce(build), func(m M) boltzmann.Model { return m }}
}

// NewDensity builds a model of a distribution for batches of the layout: a *boltzmann.RBMModel, *boltzmann.MachineModel or
// *boltzmann.DBNModel. The seed decides initial weights and all else that is random in it.
func (e Entry) NewDensity(texts map[string]string, l datasets.Layout, seed uint64) (boltzmann.Model, error) {
	if _, err := e.Resolve(texts); err != nil {
		return nil, err
	}
	b, ok := e.row.(builder[boltzmann.Model])
	if !ok {
		return nil, fmt.Errorf("%s is a %s, not a %s", e.Name, e.Kind, Density)
	}
	return b.build(context.Background(), texts, l, seed)
}
