package catalog

import (
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

// row is what a model's settings struct can do. A forecaster's is a builder, a sampler's a sampleBuilder as well.
type row interface {
	fields() ([]Setting, error)
	resolve(texts map[string]string) (map[string]string, error)
}

type builder interface {
	build(texts map[string]string, l datasets.Layout, seed uint64) (models.Model, error)
}

// of makes a row of a settings struct: its default constructor and its New.
type of[C any, M models.Model] struct {
	def  func() C
	make func(C, datasets.Layout, uint64) (M, error)
}

// List returns all models.
func List() []Entry {
	return append([]Entry{
		{"lstm", "long short-term memory: remembers longest, the usual first choice", Forecaster, of[recurrent.LSTM, *recurrent.Model]{recurrent.DefaultLSTM, recurrent.LSTM.New}},
		{"gru", "gated recurrent units: three quarters of an LSTM's weights, often as good", Forecaster, of[recurrent.GRU, *recurrent.Model]{recurrent.DefaultGRU, recurrent.GRU.New}},
		{"rnn", "plain recurrent network: forgets within tens of steps, the reference", Forecaster, of[recurrent.RNN, *recurrent.Model]{recurrent.DefaultRNN, recurrent.RNN.New}},
		{"modern-hopfield", "modern Hopfield layers: each step looks up the others, learnt states look up the window", Forecaster, of[attention.Hopfield, *attention.Model]{attention.DefaultHopfield, attention.Hopfield.New}},
		{"crbm", "conditional restricted Boltzmann machine: the window moves the biases of a machine of the forecast", Forecaster, of[boltzmann.CRBM, *boltzmann.CRBMModel]{boltzmann.DefaultCRBM, boltzmann.CRBM.New}},
		{"esn", "echo state network: random recurrent weights, a readout in closed form", Solved,
			of[reservoir.EchoState, *reservoir.Model]{reservoir.DefaultEchoState, reservoir.EchoState.New}},
		{"deep-esn", "echo state networks in layers, or in groups", Solved,
			of[reservoir.DeepEchoState, *reservoir.Model]{reservoir.DefaultDeepEchoState, reservoir.DeepEchoState.New}},
		{"parallel-esn", "echo state networks along a field, each for a part of it and its neighbourhood", Solved,
			of[reservoir.ParallelEchoState, *reservoir.Model]{reservoir.DefaultParallelEchoState, reservoir.ParallelEchoState.New}},
		{"delay", "one nonlinear node with delayed feedback, its past as virtual nodes", Solved,
			of[reservoir.DelayNetwork, *reservoir.Model]{reservoir.DefaultDelayNetwork, reservoir.DelayNetwork.New}},
		{"lsm", "liquid state machine: spiking neurons, a readout in closed form", Solved,
			of[reservoir.LiquidState, *reservoir.Model]{reservoir.DefaultLiquidState, reservoir.LiquidState.New}},
		{"ngrc", "next generation reservoir computing: products of delayed inputs, no network", Solved,
			of[reservoir.NextGeneration, *reservoir.Model]{reservoir.DefaultNextGeneration, reservoir.NextGeneration.New}},
		{"ising", "Ising model on a regular lattice: single-flip and cluster samplers, parallel tempering, spins as bits", Sampler,
			sampled[spin.Ising]{spin.DefaultIsing, onInstance(spin.Ising.New), ofInstance(spin.Ising.Footprint)}},
		{"spinglass", "spin glass on a lattice, fully connected or from a file (Biq Mac, G-set): tempering and annealing", Sampler,
			sampled[spin.Glass]{spin.DefaultGlass, onInstance(spin.Glass.New), ofInstance(spin.Glass.Footprint)}},
		{"hopfield", "classical Hopfield network: stores patterns, recalls spoiled ones", Sampler,
			sampled[spin.Hopfield]{spin.DefaultHopfield, onPatterns, ofPatterns}},
	}, densities()...)
}

func (o of[C, M]) fields() ([]Setting, error) { return settings.Fields(o.def()) }

func (o of[C, M]) search() []string {
	if s, ok := any(o.def()).(interface{ Search() []string }); ok {
		return s.Search()
	}
	return nil
}

func (o of[C, M]) apply(texts map[string]string) (C, error) { return applied(o.def, texts) }

func (o of[C, M]) resolve(texts map[string]string) (map[string]string, error) {
	return resolved(o.def, texts)
}

func (o of[C, M]) build(texts map[string]string, l datasets.Layout, seed uint64) (models.Model, error) {
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

// applied returns a settings struct with the given texts over its defaults.
func applied[C any](def func() C, texts map[string]string) (C, error) {
	c := def()
	err := settings.Apply(&c, texts)
	return c, err
}

// resolved returns all settings as text, the given ones over the defaults.
func resolved[C any](def func() C, texts map[string]string) (map[string]string, error) {
	c, err := applied(def, texts)
	if err != nil {
		return nil, err
	}
	return settings.Values(c)
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
func (e Entry) Search() []string {
	if s, ok := e.row.(interface{ search() []string }); ok {
		return s.search()
	}
	return nil
}

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
	if _, err := e.Resolve(texts); err != nil {
		return nil, err
	}
	b, ok := e.row.(builder)
	if !ok {
		return nil, fmt.Errorf("%s is a %s, not a %s: it takes no batches", e.Name, e.Kind, Forecaster)
	}
	return b.build(texts, l, seed)
}

// New builds a model by its name. See Entry.New.
func New(name string, texts map[string]string, l datasets.Layout, seed uint64) (models.Model, error) {
	e, err := Lookup(name)
	if err != nil {
		return nil, err
	}
	return e.New(texts, l, seed)
}
