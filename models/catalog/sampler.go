package catalog

import (
	"fmt"

	"lenz/datasets"
	"lenz/internal/memory"
	"lenz/models/spin"
)

// Samples is what a sampler may be given in place of what its settings would draw.
type Samples struct {
	Instance *datasets.SpinInstance // couplings, for ising and spinglass
	Patterns [][]int8               // for hopfield
}

type sampleBuilder interface {
	sample(texts map[string]string, d Samples, seed uint64) (spin.Module, spin.Pace, error)
}

// paced are settings that say how a run is cut into steps.
type paced interface{ Cut() spin.Pace }

// sampled makes a row of a sampler's settings.
type sampled[C paced] struct {
	configured[C]
	make func(C, Samples, uint64) (spin.Module, error)
	size func(C, Samples) float64 // bytes, about
}

func sampler[C paced](def func() C, build func(C, Samples, uint64) (spin.Module, error), size func(C, Samples) float64) row {
	return sampled[C]{configured[C]{def}, build, size}
}

func (o sampled[C]) sample(texts map[string]string, d Samples, seed uint64) (spin.Module, spin.Pace, error) {
	c, err := o.apply(texts)
	if err != nil {
		return nil, spin.Pace{}, err
	}
	if need, free := o.size(c, d), memory.Free(); free > 0 && need > free { // the operating system would kill the program without a word
		const giga = 1 << 30
		return nil, spin.Pace{}, fmt.Errorf("spin: about %.3g GB of memory are needed, %.3g GB are free: take fewer spins, copies or temperatures", need/giga, free/giga)
	}
	m, err := o.make(c, d, seed)
	if err != nil {
		return nil, spin.Pace{}, err
	}
	return m, c.Cut(), nil
}

// onInstance makes a sampler of couplings.
func onInstance[C any](build func(C, *datasets.SpinInstance, uint64) (spin.Module, error)) func(C, Samples, uint64) (spin.Module, error) {
	return func(c C, d Samples, seed uint64) (spin.Module, error) { return build(c, d.Instance, seed) }
}

// ofInstance is the size of a sampler of couplings.
func ofInstance[C any](size func(C, *datasets.SpinInstance) float64) func(C, Samples) float64 {
	return func(c C, d Samples) float64 { return size(c, d.Instance) }
}

func ofPatterns(c spin.Hopfield, d Samples) float64 { return c.Footprint(d.Patterns) }

func onPatterns(c spin.Hopfield, d Samples, seed uint64) (spin.Module, error) {
	m, err := c.New(d.Patterns, seed)
	if err != nil {
		return nil, err // not m: a nil pointer in an interface is not nil
	}
	return m, nil
}

// NewSampler builds a sampler, and says how a run of it is cut into steps. The seed decides initial states, couplings that are drawn and
// all else that is random in it.
func (e Entry) NewSampler(texts map[string]string, d Samples, seed uint64) (spin.Module, spin.Pace, error) {
	if _, err := e.Resolve(texts); err != nil {
		return nil, spin.Pace{}, err
	}
	b, ok := e.row.(sampleBuilder)
	if !ok {
		return nil, spin.Pace{}, fmt.Errorf("%s is a %s, not a %s", e.Name, e.Kind, Sampler)
	}
	return b.sample(texts, d, seed)
}
