package boltzmann

import (
	"lenz/graph"
	"lenz/graph/kernel"
)

// conditions are the further inputs of a conditional machine, K values a row, and their weights.
type conditions struct {
	count               int
	toHidden, toVisible *graph.Param // [H, K], [V, K]
}

func (c *conditions) declare(m *RBMModel) error {
	var err error
	init := graph.Normal(m.settings.Scale)
	if c.toHidden, err = m.params.Add("past_hidden.weight", init, m.settings.Hidden, c.count); err != nil {
		return err
	}
	c.toVisible, err = m.params.Add("past_visible.weight", init, m.visible, c.count)
	return err
}

// condWeights are views of the parameters.
func condWeights[T kernel.Float](m *RBMModel) (toHidden, toVisible []T) {
	return m.cond.toHidden.Value().Data().([]T), m.cond.toVisible.Value().Data().([]T)
}
