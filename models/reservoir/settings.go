package reservoir

import (
	"context"
	"fmt"
	"slices"

	"lenz/datasets"
	"lenz/internal/rng"
	"lenz/internal/settings"
)

// Training is the settings that all reservoir forecasters share.
type Training struct {
	Washout   int       `name:"washout" doc:"rows at the beginning of each series that are not learnt from" min:"0"`
	Ridge     []float64 `name:"ridge" doc:"penalties to choose from: by closed-loop forecasts of the validation part; rls takes the first, at least 1e-8, lms none" min:"0"`
	Increment bool      `name:"increment" doc:"learn the change from the last value instead of the value"`
	Intercept bool      `name:"intercept" doc:"a constant feature of the readout"`
	Noise     float64   `name:"noise" doc:"standard deviation of what is added to states while learning: steadies closed loops" min:"0"`
	Members   int       `name:"members" doc:"reservoirs of different seeds whose forecasts are averaged" min:"1" max:"256"`
	Learner   string    `name:"learner" doc:"of the readout: ridge regression, or online by recursive least squares or normalized least mean squares" choices:"ridge|rls|lms"`
	Forget    float64   `name:"forget" doc:"share of its past that rls keeps at a step" above:"0" max:"1"`
	Rate      float64   `name:"rate" doc:"step size of lms" above:"0" below:"2"`
}

func defaultTraining() Training {
	return Training{Washout: 100, Ridge: []float64{1e-8, 1e-6, 1e-4, 1e-2, 1, 10, 100, 1000}, Intercept: true, Members: 1, Learner: "ridge", Forget: 1, Rate: 0.5}
}

// EchoState builds an echo state network that forecasts. Begin with DefaultEchoState.
type EchoState struct {
	Training
	ESN
}

// DefaultEchoState returns DefaultESN and ridges from 1e-8 to 1000.
func DefaultEchoState() EchoState { return EchoState{defaultTraining(), DefaultESN()} }

// New builds the model for batches of the layout.
func (c EchoState) New(l datasets.Layout, seed uint64) (*Model, error) {
	return c.NewWithContext(context.Background(), l, seed)
}

// NewWithContext is New, which ends with the context's error when that is done: large reservoirs take long to draw.
func (c EchoState) NewWithContext(ctx context.Context, l datasets.Layout, seed uint64) (*Model, error) {
	return c.Training.build("esn", c, l, seed, c.Feedback > 0, func(inputs, outputs int, seed uint64) (Machine, error) { return c.Draw(ctx, inputs, outputs, seed) })
}

// Search returns where its settings are worth searching, as NAME=SCALE:LOW:HIGH (Jaeger 2002; Lukosevicius 2012). The ridge is chosen in each training.
func (EchoState) Search() []string {
	return []string{"spectral_radius=lin:0.1:1.5", "input_scale=log:0.03:3", "leak=log:0.1:1", "bias=lin:0:1"}
}

// DeepEchoState builds several reservoirs, in layers or in groups. Begin with DefaultDeepEchoState.
type DeepEchoState struct {
	EchoState
	Layers       int     `name:"layers" doc:"reservoirs, each driven by the one below" min:"1" max:"64"`
	Groups       int     `name:"groups" doc:"such stacks side by side" min:"1" max:"64"`
	BetweenScale float64 `name:"between_scale" doc:"size of the weights from layer to layer" min:"0"`
}

// DefaultDeepEchoState returns three layers of 100 units.
func DefaultDeepEchoState() DeepEchoState {
	c := DeepEchoState{EchoState: DefaultEchoState(), Layers: 3, Groups: 1, BetweenScale: 0.1}
	c.Units = 100
	return c
}

// New builds the model for batches of the layout.
func (c DeepEchoState) New(l datasets.Layout, seed uint64) (*Model, error) {
	return c.NewWithContext(context.Background(), l, seed)
}

// NewWithContext is New, which ends with the context's error when that is done: large reservoirs take long to draw.
func (c DeepEchoState) NewWithContext(ctx context.Context, l datasets.Layout, seed uint64) (*Model, error) {
	return c.Training.build("deep-esn", c, l, seed, c.Feedback > 0, func(hears, outputs int, seed uint64) (Machine, error) {
		var groups []Machine
		for g := range c.Groups {
			var layers []Machine
			inputs, back, one := hears, outputs, c.ESN
			for layer := range c.Layers {
				r, err := one.Draw(ctx, inputs, back, split(seed, g*64+layer))
				if err != nil {
					return nil, err
				}
				layers = append(layers, r)
				inputs, back, one.InputScale, one.Feedback, one.Direct = one.Units, 0, c.BetweenScale, 0, false
			}
			deep, err := Deep(layers...)
			if err != nil {
				return nil, err
			}
			groups = append(groups, deep)
		}
		return Grouped(groups...)
	})
}

// Search adds the weights from layer to layer to those of a single network.
func (c DeepEchoState) Search() []string {
	return append(c.EchoState.Search(), "between_scale=log:0.01:1")
}

// DelayNetwork builds a delay reservoir that forecasts. Begin with DefaultDelayNetwork.
type DelayNetwork struct {
	Training
	Delay
}

// DefaultDelayNetwork returns DefaultDelay.
func DefaultDelayNetwork() DelayNetwork {
	c := DelayNetwork{defaultTraining(), DefaultDelay()}
	c.Intercept = false // the machine gives a constant
	return c
}

// New builds the model for batches of the layout.
func (c DelayNetwork) New(l datasets.Layout, seed uint64) (*Model, error) {
	return c.Training.build("delay", c, l, seed, false, func(inputs, _ int, seed uint64) (Machine, error) { return c.Delay.New(inputs, seed) })
}

// Search returns where its settings are worth searching.
func (DelayNetwork) Search() []string {
	return []string{"eta=lin:0.3:1.2", "gamma=log:0.01:2", "theta=log:0.05:1"}
}

// LiquidState builds a liquid state machine that forecasts. Begin with DefaultLiquidState.
type LiquidState struct {
	Training
	Liquid
}

// DefaultLiquidState returns DefaultLiquid.
func DefaultLiquidState() LiquidState {
	c := LiquidState{defaultTraining(), DefaultLiquid()}
	c.Intercept = false // the machine gives a constant
	return c
}

// New builds the model for batches of the layout.
func (c LiquidState) New(l datasets.Layout, seed uint64) (*Model, error) {
	return c.NewWithContext(context.Background(), l, seed)
}

// NewWithContext is New, which ends with the context's error when that is done: large reservoirs take long to draw.
func (c LiquidState) NewWithContext(ctx context.Context, l datasets.Layout, seed uint64) (*Model, error) {
	return c.Training.build("lsm", c, l, seed, false, func(inputs, _ int, seed uint64) (Machine, error) { return c.Draw(ctx, inputs, seed) })
}

// Search returns where its settings are worth searching.
func (LiquidState) Search() []string {
	return []string{"input_scale=log:0.1:3", "coupling=log:0.01:0.5", "background=lin:0.5:1.5", "filter=log:5:100"}
}

// NextGeneration builds an NG-RC that forecasts. Begin with DefaultNextGeneration.
type NextGeneration struct {
	Training
	NGRC
}

// DefaultNextGeneration returns DefaultNGRC, which learns changes.
func DefaultNextGeneration() NextGeneration {
	c := NextGeneration{defaultTraining(), DefaultNGRC()}
	c.Increment, c.Intercept, c.Washout = true, false, 0
	return c
}

// New builds the model for batches of the layout.
func (c NextGeneration) New(l datasets.Layout, seed uint64) (*Model, error) {
	return c.Training.build("ngrc", c, l, seed, false, func(inputs, _ int, _ uint64) (Machine, error) { return c.NGRC.New(inputs) })
}

// Search returns where its settings are worth searching. More delays need windows as long.
func (NextGeneration) Search() []string {
	return []string{"delays=int:1:6", "skip=int:1:4", "order=int:1:2"}
}

// ParallelEchoState builds reservoirs for neighbouring parts of a field on a ring (Pathak, Hunt, Girvan, Lu & Ott 2018). Begin with
// DefaultParallelEchoState.
type ParallelEchoState struct {
	EchoState
	Groups  int  `name:"groups" doc:"reservoirs, each of which forecasts an equal part of the columns; 0: about eight columns each, with no wider overlap than there is room for" min:"0" max:"4096"`
	Overlap int  `name:"overlap" doc:"columns on each side that a reservoir hears beyond its own" min:"0"`
	Pooled  bool `name:"pooled" doc:"one readout for all places, where the field is the same everywhere"`
}

// DefaultParallelEchoState returns groups of about eight columns with an overlap of 6.
func DefaultParallelEchoState() ParallelEchoState {
	return ParallelEchoState{EchoState: DefaultEchoState(), Groups: 0, Overlap: 6}
}

// New builds the model for batches of the layout, whose columns are the field in order and all targets.
func (c ParallelEchoState) New(l datasets.Layout, seed uint64) (*Model, error) {
	return c.NewWithContext(context.Background(), l, seed)
}

// NewWithContext is New, which ends with the context's error when that is done: large reservoirs take long to draw.
func (c ParallelEchoState) NewWithContext(ctx context.Context, l datasets.Layout, seed uint64) (*Model, error) {
	d := len(l.Targets)
	for j, i := range l.TargetInputs {
		if i != j || len(l.Inputs) != d {
			return nil, fmt.Errorf("parallel-esn: the inputs %v are not the targets %v in order: forecast a field, all columns of which are targets", l.Inputs, l.Targets)
		}
	}
	if err := settings.Check(c); err != nil {
		return nil, fmt.Errorf("parallel-esn: %w", err)
	}
	if c.Pooled && c.Members > 1 {
		return nil, fmt.Errorf("parallel-esn: pooled readouts serve one reservoir: set members = 1 or pooled = false")
	}
	if c.Groups == 0 {
		for c.Groups = max(1, d/8); d%c.Groups != 0; c.Groups-- {
		}
		c.Overlap = min(c.Overlap, (d-d/c.Groups)/2)
	}
	var parts []Part
	for m := range c.Members {
		some, err := local(ctx, c.ESN, d, c.Groups, c.Overlap, split(seed, m))
		if err != nil {
			return nil, fmt.Errorf("parallel-esn: %w", err)
		}
		parts = append(parts, some...)
	}
	return c.Training.model("parallel-esn", c.Pooled, l, seed, parts)
}

// Local returns the parts for a ring of so many columns: each group hears its own columns and so many on each side, through reservoirs with the
// same weights. With feedback, a group's own columns are what is fed back.
func Local(c ESN, columns, groups, overlap int, seed uint64) ([]Part, error) {
	return local(context.Background(), c, columns, groups, overlap, seed)
}

func local(ctx context.Context, c ESN, columns, groups, overlap int, seed uint64) ([]Part, error) {
	if groups < 1 || columns%groups != 0 {
		return nil, fmt.Errorf("reservoir: %d columns cannot be cut into %d equal groups: choose a divisor", columns, groups)
	}
	own := columns / groups
	hears := own + 2*overlap
	if overlap < 0 || hears > columns {
		return nil, fmt.Errorf("reservoir: a group of %d columns hears %d on each side, more than the ring of %d: use a smaller overlap", own, overlap, columns)
	}
	back := 0
	if c.Feedback > 0 {
		back = own
	}
	machine, err := c.Draw(ctx, hears-back, back, seed)
	if err != nil {
		return nil, err
	}
	var parts []Part
	for g := range groups {
		p := Part{Machine: machine.Fork()}
		for i := range hears {
			if mine := i >= overlap && i < overlap+own; back == 0 || !mine {
				p.In = append(p.In, (g*own+i-overlap+columns)%columns)
			}
		}
		for i := range own {
			p.Out = append(p.Out, g*own+i)
		}
		p.Back = p.Out[:back]
		parts = append(parts, p)
	}
	return parts, nil
}

// split makes the seed of member i; that of the first is the seed itself.
func split(seed uint64, i int) uint64 {
	if i == 0 {
		return seed
	}
	return rng.New(seed, "reservoir.member").At(uint64(i))
}

// build makes a model of members that hear all inputs and forecast all targets. With feedback, targets are heard as outputs.
func (t Training) build(name string, whole any, l datasets.Layout, seed uint64, feedback bool, machine func(inputs, outputs int, seed uint64) (Machine, error)) (*Model, error) {
	if err := settings.Check(whole); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var hears Part
	for i := range l.Inputs {
		if !feedback || !slices.Contains(l.TargetInputs, i) {
			hears.In = append(hears.In, i)
		}
	}
	for j := range l.Targets {
		hears.Out = append(hears.Out, j)
	}
	if feedback {
		hears.Back = hears.Out
	}
	var parts []Part
	for m := range t.Members {
		p, err := hears, error(nil)
		if p.Machine, err = machine(len(p.In), len(p.Back), split(seed, m)); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		parts = append(parts, p)
	}
	return t.model(name, false, l, seed, parts)
}
