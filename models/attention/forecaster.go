package attention

import (
	"fmt"

	"lenz/datasets"
	"lenz/graph"
	"lenz/internal/settings"
	"lenz/models"
)

// Hopfield builds a forecaster of modern Hopfield layers. Begin with DefaultHopfield.
type Hopfield struct {
	Hidden   int     `name:"hidden" doc:"features of each time step, and of the space in which patterns are compared" min:"1" max:"65536"`
	Heads    int     `name:"heads" doc:"heads that compare apart; they divide hidden" min:"1" max:"4096"`
	Layers   int     `name:"layers" doc:"association layers before the pooling" min:"0" max:"64"`
	Beta     float64 `name:"beta" doc:"inverse temperature: high retrieves single patterns, low their mean; 0 for 1/sqrt(hidden/heads)" min:"0"`
	Learn    bool    `name:"learn_beta" doc:"learn one beta a head"`
	Steps    int     `name:"steps" doc:"Hopfield updates of a layer: 1 is attention" min:"1" max:"1000"`
	Memories int     `name:"memories" doc:"learnt stored patterns that the pooled state looks up; 0 for none" min:"0" max:"1000000"`
	Pool     int     `name:"pool" doc:"learnt states that look the window up" min:"1" max:"1024"`
	Dropout  float64 `name:"dropout" doc:"probability of dropping a value after each layer in training" min:"0" below:"1"`

	WindowNorm string `name:"window_norm" doc:"take each target's last value or mean in the window out before the network and put it back after; standard divides by its deviation too" choices:"none|last|mean|standard"`
	Highway    int    `name:"highway" doc:"last values of each target that a linear map beside the network reads; 0 for none" min:"0"`
	Loss       string `name:"loss" doc:"loss of the forecast" choices:"mse|mae|huber"`
	Precision  string `name:"precision" doc:"of all numbers in the network" choices:"float32|float64"`
}

// DefaultHopfield returns one association layer of 32 features and 4 heads with learnt betas.
func DefaultHopfield() Hopfield {
	return Hopfield{Hidden: 32, Heads: 4, Layers: 1, Learn: true, Steps: 1, Pool: 4, WindowNorm: "last", Highway: 0, Loss: "mse", Precision: "float32"}
}

// Model is the forecaster: embedding and learnt positions, association of the window with itself, pooling by learnt states, lookup of
// learnt patterns, and a linear readout of the whole horizon.
type Model struct{ *models.Prototype }

var _ models.GradientModel = (*Model)(nil)

// New builds the forecaster for batches of the layout. The seed decides initial weights and dropout.
func (c Hopfield) New(l datasets.Layout, seed uint64) (*Model, error) {
	if err := c.check(l); err != nil {
		return nil, fmt.Errorf("modern-hopfield: %w", err)
	}
	n := &net{c: c, l: l}
	p := graph.NewParams(graph.Precision(c.Precision), seed)
	if err := n.declare(p); err != nil {
		return nil, fmt.Errorf("modern-hopfield: %w", err)
	}
	return &Model{models.NewPrototype(p, n.build)}, nil
}

// Validate checks what ties several settings together.
func (c Hopfield) Validate() error {
	if c.Hidden%c.Heads != 0 {
		return fmt.Errorf("setting heads is %d, which does not divide hidden = %d", c.Heads, c.Hidden)
	}
	return nil
}

func (c Hopfield) check(l datasets.Layout) error {
	if err := settings.Check(c); err != nil {
		return err
	}
	switch {
	case l.Kind != datasets.Forecast:
		return fmt.Errorf("the data has labels (%v); this model forecasts: take lstm, gru or rnn", l.Kind)
	case l.Input < 1 || l.Horizon < 1 || len(l.Inputs) == 0 || len(l.Targets) == 0:
		return fmt.Errorf("the data's windows have input %d, horizon %d, %d input and %d target columns; all must be at least 1", l.Input, l.Horizon, len(l.Inputs), len(l.Targets))
	case c.Highway > l.Input:
		return fmt.Errorf("setting highway is %d, but windows have an input of %d; set highway to at most that, or input to more", c.Highway, l.Input)
	}
	if c.WindowNorm == "none" && c.Highway == 0 {
		return nil
	}
	for i, at := range l.TargetInputs {
		if at < 0 {
			return fmt.Errorf("window_norm and highway need the past of every target, but %q is not among the inputs %v; set window_norm = none and highway = 0", l.Targets[i], l.Inputs)
		}
	}
	if len(l.TargetInputs) != len(l.Targets) {
		return fmt.Errorf("the layout says of %d targets which inputs they are, want %d", len(l.TargetInputs), len(l.Targets))
	}
	return nil
}
