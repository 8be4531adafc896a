package recurrent

import (
	"fmt"
	"slices"

	"lenz/datasets"
	"lenz/internal/settings"
)

// Settings are those that LSTM, GRU and RNN share.
type Settings struct {
	Hidden        int     `name:"hidden" doc:"hidden units of a layer and direction" min:"1" max:"65536"`
	Layers        int     `name:"layers" doc:"stacked recurrent layers" min:"1" max:"256"`
	Dropout       float64 `name:"dropout" doc:"probability of dropping a value between layers in training" min:"0" below:"1"`
	Bidirectional bool    `name:"bidirectional" doc:"read in both directions; for labels only, a forecaster would see the future"`

	Strategy   string    `name:"strategy" doc:"forecast the whole horizon at once, or one step at a time on its own output" choices:"direct|recursive"`
	Head       string    `name:"head" doc:"what is forecast: points, a normal distribution, or quantiles" choices:"point|gaussian|quantile"`
	Levels     []float64 `name:"levels" doc:"quantile levels, ascending: learnt by the quantile head, reported by the gaussian one" above:"0" below:"1"`
	Loss       string    `name:"loss" doc:"loss of the point head on numbers (classes take cross-entropy)" choices:"mse|mae|huber"`
	HuberDelta float64   `name:"huber_delta" doc:"where the huber loss turns linear, in scaled units" above:"0"`
	Samples    int       `name:"samples" doc:"paths drawn for a recursive forecast of a distribution" min:"2" max:"1000000"`

	WindowNorm string `name:"window_norm" doc:"take each target's last value or mean in the window out before the network and put it back after; standard divides by its deviation too" choices:"none|last|mean|standard"`
	Highway    int    `name:"highway" doc:"last values of each target that a linear map beside the network reads; 0 for none" min:"0"`
	Members    int    `name:"members" doc:"independent networks whose forecasts are averaged" min:"1" max:"256"`

	Init      string `name:"init" doc:"initial weights" choices:"torch|glorot|orthogonal"`
	Precision string `name:"precision" doc:"of all numbers in the network" choices:"float32|float64"`
	Unrolled  bool   `name:"unrolled" doc:"build the layers from single steps: slow, the reference for the fused ones"`
}

// LSTM builds a long short-term memory. Begin with DefaultLSTM.
type LSTM struct {
	Settings
	ForgetBias float64 `name:"forget_bias" doc:"added to the forget gate's initial bias; 1 helps to remember over long spans"`
}

// GRU builds a network of gated recurrent units. Begin with DefaultGRU.
type GRU struct {
	Settings
	Form string `name:"form" doc:"default applies the reset gate after the recurrent product, as PyTorch; original before it, as Cho et al. 2014" choices:"default|original"`
}

// RNN builds a plain recurrent network. Begin with DefaultRNN.
type RNN struct {
	Settings
	Activation string `name:"activation" doc:"of the hidden units" choices:"tanh|relu"`
}

func defaults() Settings {
	return Settings{
		Hidden: 32, Layers: 1, Strategy: "direct", Head: "point", Levels: []float64{0.1, 0.25, 0.5, 0.75, 0.9}, Loss: "mse",
		HuberDelta: 1, Samples: 100, WindowNorm: "none", Members: 1, Init: "torch", Precision: "float32",
	}
}

// DefaultLSTM returns one layer of 32 units, a direct point forecast and the squared error.
func DefaultLSTM() LSTM { return LSTM{Settings: defaults()} }

// DefaultGRU returns one layer of 32 units in PyTorch's form, a direct point forecast and the squared error.
func DefaultGRU() GRU { return GRU{Settings: defaults(), Form: "default"} }

// DefaultRNN returns one layer of 32 tanh units, a direct point forecast and the squared error.
func DefaultRNN() RNN { return RNN{Settings: defaults(), Activation: "tanh"} }

// New builds the model for batches of the layout. The seed decides initial weights, dropout and sampled paths.
func (c LSTM) New(l datasets.Layout, seed uint64) (*Model, error) {
	if err := settings.Check(c); err != nil {
		return nil, fmt.Errorf("lstm: %w", err)
	}
	return build("lstm", cell{kind: "lstm", forgetBias: c.ForgetBias}, c.Settings, l, seed)
}

// New builds the model for batches of the layout. The seed decides initial weights, dropout and sampled paths.
func (c GRU) New(l datasets.Layout, seed uint64) (*Model, error) {
	if err := settings.Check(c); err != nil {
		return nil, fmt.Errorf("gru: %w", err)
	}
	return build("gru", cell{kind: "gru", original: c.Form == "original"}, c.Settings, l, seed)
}

// New builds the model for batches of the layout. The seed decides initial weights, dropout and sampled paths.
func (c RNN) New(l datasets.Layout, seed uint64) (*Model, error) {
	if err := settings.Check(c); err != nil {
		return nil, fmt.Errorf("rnn: %w", err)
	}
	return build("rnn", cell{kind: "rnn", relu: c.Activation == "relu"}, c.Settings, l, seed)
}

// Validate checks what ties several settings together.
func (s Settings) Validate() error {
	switch {
	case s.Dropout > 0 && s.Layers == 1:
		return fmt.Errorf("setting dropout is %v, but layers is 1 and dropout acts between layers; set layers = 2 or more, or dropout = 0", s.Dropout)
	case s.Head != "point" && s.Loss != "mse":
		return fmt.Errorf("setting loss is %s, but head = %s has a loss of its own; set head = point or leave loss = mse", s.Loss, s.Head)
	case s.Head == "quantile" && len(s.Levels) == 0:
		return fmt.Errorf("setting levels is empty; head = quantile needs at least one level, such as 0.1,0.5,0.9")
	case !slices.IsSorted(s.Levels) || len(slices.Compact(slices.Clone(s.Levels))) != len(s.Levels):
		return fmt.Errorf("setting levels is %v; levels must ascend, each named once", s.Levels)
	}
	return nil
}

// fits checks the settings against the data's layout.
func (s Settings) fits(l datasets.Layout) error {
	forecast := l.Kind == datasets.Forecast
	switch {
	case len(l.Inputs) == 0 || len(l.Targets) == 0:
		return fmt.Errorf("the data has %d input and %d target columns; name at least one of each", len(l.Inputs), len(l.Targets))
	case forecast && (l.Input < 1 || l.Horizon < 1):
		return fmt.Errorf("the data's windows have input %d and horizon %d; both must be at least 1", l.Input, l.Horizon)
	case forecast && s.Bidirectional:
		return fmt.Errorf("setting bidirectional is for labels: in a forecast, the direction from the end would see the future in training; set bidirectional = false")
	case !forecast && s.Strategy == "recursive":
		return fmt.Errorf("setting strategy is recursive, but the data has labels (%v), nothing to forecast; set strategy = direct", l.Kind)
	case !forecast && (s.WindowNorm != "none" || s.Highway > 0):
		return fmt.Errorf("settings window_norm and highway are for forecasts, the data has labels (%v); set window_norm = none and highway = 0", l.Kind)
	case l.Classes > 0 && (s.Head != "point" || s.Loss != "mse"):
		return fmt.Errorf("the data has %d classes, which take cross-entropy; leave head = point and loss = mse", l.Classes)
	case l.Classes == 1 || l.Classes > 1 && len(l.Targets) != 1:
		return fmt.Errorf("the data has %d classes and %d targets; classification takes 2 classes or more and 1 target", l.Classes, len(l.Targets))
	case s.Highway > l.Input && forecast:
		return fmt.Errorf("setting highway is %d, but windows have an input of %d; set highway to at most that, or input to more", s.Highway, l.Input)
	}
	if forecast && (len(l.FutureInputs) != len(l.Future) || slices.Contains(l.FutureInputs, -1)) {
		return fmt.Errorf("the known columns %v must all be among the inputs %v, and FutureInputs say which they are; it is %v", l.Future, l.Inputs, l.FutureInputs)
	}
	if s.WindowNorm == "none" && s.Highway == 0 && s.Strategy == "direct" {
		return nil
	}
	for i, at := range l.TargetInputs {
		if at < 0 {
			return fmt.Errorf("strategy = recursive, window_norm and highway need the past of every target, but %q is not among the inputs %v; add it, or leave them off",
				l.Targets[i], l.Inputs)
		}
	}
	if len(l.TargetInputs) != len(l.Targets) {
		return fmt.Errorf("the layout says of %d targets which inputs they are, want %d", len(l.TargetInputs), len(l.Targets))
	}
	return nil
}
