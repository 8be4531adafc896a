package catalog

import (
	"context"
	"fmt"
	"strings"

	"lenz/datasets"
	"lenz/internal/near"
	"lenz/internal/settings"
	"lenz/models"
	"lenz/models/attention"
	"lenz/models/boltzmann"
	"lenz/models/recurrent"
	"lenz/models/reservoir"
	"lenz/models/spin"
)

// Setting describes one setting: its name, type, default (Value), meaning, and the values it takes.
type Setting = settings.Field

// Kind says how a model is trained, and what it is good for.
type Kind string

// The kinds of models.
const (
	Forecaster Kind = "forecaster"        // learns by gradients from batches of series, and predicts: New builds it
	Solved     Kind = "solved forecaster" // its weights are the solution of an equation, and it predicts: New builds it
	Sampler    Kind = "sampler"           // sweeps, without batches: NewSampler builds it
)

// Entry is one named model.
type Entry struct {
	Name        string
	Description string
	Kind        Kind
	row         row
}

// row is what a model's settings struct can do. Each kind's is a builder of its own as well.
type row interface {
	fields() ([]Setting, error)
	search() []string
	resolve(texts map[string]string) (map[string]string, error)
}

// configured is the settings of a row, by their default constructor.
type configured[C any] struct{ def func() C }

// builder makes a model of batches, M being the interface of its kind.
type builder[M any] interface {
	build(ctx context.Context, texts map[string]string, l datasets.Layout, seed uint64) (M, error)
}

// batched makes a row of a settings struct and its New.
type batched[C, M, I any] struct {
	configured[C]
	make func(C, context.Context, datasets.Layout, uint64) (M, error)
	as   func(M) I // the interface of the kind
}

func forecaster[C any, M models.Model](def func() C, build func(C, datasets.Layout, uint64) (M, error)) row {
	return drawn(def, atOnce(build))
}

// drawn is forecaster for models that may take long to draw.
func drawn[C any, M models.Model](def func() C, build func(C, context.Context, datasets.Layout, uint64) (M, error)) row {
	return batched[C, M, models.Model]{configured[C]{def}, build, func(m M) models.Model { return m }}
}

// atOnce is a New that is over before anybody would stop it.
func atOnce[C, M any](build func(C, datasets.Layout, uint64) (M, error)) func(C, context.Context, datasets.Layout, uint64) (M, error) {
	return func(c C, _ context.Context, l datasets.Layout, seed uint64) (M, error) { return build(c, l, seed) }
}

// List returns all models.
func List() []Entry {
	return []Entry{
		{"lstm", "long short-term memory: remembers longest, the usual first choice", Forecaster, forecaster(recurrent.DefaultLSTM, recurrent.LSTM.New)},
		{"gru", "gated recurrent units: three quarters of an LSTM's weights, often as good", Forecaster, forecaster(recurrent.DefaultGRU, recurrent.GRU.New)},
		{"rnn", "plain recurrent network: forgets within tens of steps, the reference", Forecaster, forecaster(recurrent.DefaultRNN, recurrent.RNN.New)},
		{"modern-hopfield", "modern Hopfield layers: each step looks up the others, learnt states look up the window", Forecaster, forecaster(attention.DefaultHopfield, attention.Hopfield.New)},
		{"crbm", "conditional restricted Boltzmann machine: the window moves the biases of a machine of the forecast", Forecaster, forecaster(boltzmann.DefaultCRBM, boltzmann.CRBM.New)},
		{"esn", "echo state network: random recurrent weights, a readout in closed form", Solved,
			drawn(reservoir.DefaultEchoState, reservoir.EchoState.NewWithContext)},
		{"deep-esn", "echo state networks in layers, or in groups", Solved,
			drawn(reservoir.DefaultDeepEchoState, reservoir.DeepEchoState.NewWithContext)},
		{"parallel-esn", "echo state networks along a field, each for a part of it and its neighbourhood", Solved,
			drawn(reservoir.DefaultParallelEchoState, reservoir.ParallelEchoState.NewWithContext)},
		{"delay", "one nonlinear node with delayed feedback, its past as virtual nodes", Solved,
			forecaster(reservoir.DefaultDelayNetwork, reservoir.DelayNetwork.New)},
		{"lsm", "liquid state machine: spiking neurons, a readout in closed form", Solved,
			drawn(reservoir.DefaultLiquidState, reservoir.LiquidState.NewWithContext)},
		{"ngrc", "next generation reservoir computing: products of delayed inputs, no network", Solved,
			forecaster(reservoir.DefaultNextGeneration, reservoir.NextGeneration.New)},
		{"ising", "Ising model on a regular lattice: single-flip and cluster samplers, parallel tempering, spins as bits", Sampler,
			sampler(spin.DefaultIsing, onInstance(spin.Ising.New), ofInstance(spin.Ising.Footprint))},
		{"spinglass", "spin glass on a lattice, fully connected or from a file (Biq Mac, G-set): tempering and annealing", Sampler,
			sampler(spin.DefaultGlass, onInstance(spin.Glass.New), ofInstance(spin.Glass.Footprint))},
		{"hopfield", "classical Hopfield network: stores patterns, recalls spoiled ones", Sampler,
			sampler(spin.DefaultHopfield, onPatterns, ofPatterns)},
		{"boltzmann", "Boltzmann machine: visible and hidden units all connected, learnt by annealing; for up to some tens of units", Density,
			density(boltzmann.DefaultMachine, boltzmann.Machine.New)},
		{"rbm", "restricted Boltzmann machine: bernoulli or gaussian rows, pictures or windows, by (persistent) contrastive divergence", Density,
			density(boltzmann.DefaultRBM, boltzmann.RBM.New)},
		{"dbn", "deep belief network: machines on top of one another, and a classifier where the data have classes", Density,
			density(boltzmann.DefaultDBN, boltzmann.DBN.New)},
	}
}

func (o configured[C]) fields() ([]Setting, error) { return settings.Fields(o.def()) }

func (o configured[C]) search() []string {
	if s, ok := any(o.def()).(interface{ Search() []string }); ok {
		return s.Search()
	}
	return nil
}

// apply returns the settings struct with the given texts over its defaults.
func (o configured[C]) apply(texts map[string]string) (C, error) {
	c := o.def()
	err := settings.Apply(&c, texts)
	return c, err
}

// resolve returns all settings as text, the given ones over the defaults.
func (o configured[C]) resolve(texts map[string]string) (map[string]string, error) {
	c, err := o.apply(texts)
	if err != nil {
		return nil, err
	}
	return settings.Values(c)
}

func (o batched[C, M, I]) build(ctx context.Context, texts map[string]string, l datasets.Layout, seed uint64) (none I, err error) {
	c, err := o.apply(texts)
	if err != nil {
		return none, err
	}
	m, err := o.make(c, ctx, l, seed)
	if err != nil {
		return none, err // not m: a nil pointer in an interface is not nil
	}
	return o.as(m), nil
}

// Names returns the names of all models.
func Names() []string {
	var names []string
	for _, e := range List() {
		names = append(names, e.Name)
	}
	return names
}

// Lookup returns the named model, or an error that suggests a near name.
func Lookup(name string) (Entry, error) {
	for _, e := range List() {
		if e.Name == name {
			return e, nil
		}
	}
	return Entry{}, fmt.Errorf("unknown model %q: the models are %s%s", name, strings.Join(Names(), ", "), near.Suggest(name, Names()))
}

// Settings lists the model's settings with their defaults.
func (e Entry) Settings() ([]Setting, error) { return e.row.fields() }

// Search returns where the model's settings are worth searching, as study.ParseRange reads it (NAME=SCALE:LOW:HIGH); nil where the model does
// not say.
func (e Entry) Search() []string { return e.row.search() }

// Resolve returns all settings of the model as text, the given ones in place of the defaults. It refuses unknown names,
// with near ones, and values out of bounds.
func (e Entry) Resolve(texts map[string]string) (map[string]string, error) {
	all, err := e.row.resolve(texts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.Name, err)
	}
	return all, nil
}

// New builds the model for batches of the layout; settings that are not given have their defaults. The seed decides
// initial weights and all else that is random in the model. The recurrent models are also models.GradientModel,
// state.Stateful, and can WriteDOT.
func (e Entry) New(texts map[string]string, l datasets.Layout, seed uint64) (models.Model, error) {
	return e.NewWithContext(context.Background(), texts, l, seed)
}

// NewWithContext is New, which ends with the context's error when that is done: large reservoirs take long to draw.
func (e Entry) NewWithContext(ctx context.Context, texts map[string]string, l datasets.Layout, seed uint64) (models.Model, error) {
	if _, err := e.Resolve(texts); err != nil {
		return nil, err
	}
	b, ok := e.row.(builder[models.Model])
	if !ok {
		return nil, fmt.Errorf("%s is a %s, not a %s: it takes no batches", e.Name, e.Kind, Forecaster)
	}
	return b.build(ctx, texts, l, seed)
}

// New builds a model by its name. See Entry.New.
func New(name string, texts map[string]string, l datasets.Layout, seed uint64) (models.Model, error) {
	e, err := Lookup(name)
	if err != nil {
		return nil, err
	}
	return e.New(texts, l, seed)
}
