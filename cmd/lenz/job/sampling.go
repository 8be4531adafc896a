package job

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"lenz/datasets"
	"lenz/models/catalog"
	"lenz/models/spin"
	"lenz/train"
)

// sampling runs samplers: Ising models, spin glasses and memories, on what their settings draw or on an instance or patterns from --data.
type sampling struct {
	data   catalog.Samples
	module spin.Module
}

// Samples are what a sampler adds to an Outcome.
type Samples struct {
	BestEnergy  *float64           `json:"best_energy,omitempty"` // lowest of the whole system
	BestCut     *float64           `json:"best_cut,omitempty"`    // of an instance: the weight between the two parts
	State       []int8             `json:"state,omitempty"`       // that has it
	Observables []spin.Observables `json:"observables,omitempty"` // one set a temperature
	Recalls     *spin.Recalls      `json:"recalls,omitempty"`
}

func (k *sampling) uses(option string) bool { return slices.Contains(always, option) }

// given are the settings that data from --data stand for.
var given = map[string][]string{
	"ising": {"lattice", "size", "open", "coupling", "field"}, "spinglass": {"lattice", "size", "open", "couplings"}, "hopfield": {"units"},
}

func (k *sampling) prepare(s *session) (*plan, error) {
	c := s.Config
	entry, err := catalog.Lookup(c.Model.Model)
	if err != nil {
		return nil, err
	}
	p := &plan{what: entry.Description, stem: c.Model.Model, checksums: map[string]string{}}
	if c.Data.Data != "" {
		for _, name := range given[entry.Name] {
			if _, set := c.Model.Set[name]; set {
				return nil, fmt.Errorf("--set %s has no use with --data %s, which gives it: leave one out", name, c.Data.Data)
			}
		}
		if err := k.load(&c.Data, entry.Name, p); err != nil {
			return nil, err
		}
		p.stem = stem(c.Data.Data, c.Model.Model)
	} else if c.Data.Set != nil {
		return nil, fmt.Errorf("--data-set is for generated data; give it with --data")
	}
	if err := s.verify(p.checksums); err != nil {
		return nil, err
	}
	module, pace, err := entry.NewSampler(c.Model.Set, k.data, c.Train.Seed)
	if err != nil {
		return nil, err
	}
	k.module = module
	learner, err := train.Sampling(module, pace.Sweeps, pace.Steps)
	if err != nil {
		return nil, err
	}
	p.learner = learner
	if m, ok := module.(*spin.Memory); ok {
		if warning := m.Overloaded(); warning != "" {
			p.notes = append(p.notes, warning)
		}
	}
	return p, nil
}

// load reads an instance, or patterns.
func (k *sampling) load(c *DataConfig, model string, p *plan) error {
	if model == "hopfield" {
		return k.loadPatterns(c, p)
	}
	if _, err := datasets.Lookup(c.Data); err == nil && !IsFile(c.Data) {
		return fmt.Errorf("%s takes the file of an instance, and %s is a data set: leave --data out to draw couplings", model, c.Data)
	}
	instance, err := datasets.ReadSpins(c.Data)
	if err != nil {
		return err
	}
	k.data.Instance = instance
	p.what = fmt.Sprintf("%s: %d spins, %d couplings", instance.Name, instance.Spins, len(instance.Edges))
	return p.note(c.Data)
}

// note adds the checksum of a file.
func (p *plan) note(path string) error {
	name, err := filepath.Abs(path) // as config.toml has it
	if err != nil {
		return err
	}
	p.checksums[name], err = sumOfFile(path)
	return err
}

// loadPatterns takes each row of the data as a pattern.
func (k *sampling) loadPatterns(c *DataConfig, p *plan) error {
	var series []*datasets.Series
	var err error
	if IsFile(c.Data) {
		if series, err = ReadSeries(c, c.Data); err == nil {
			err = p.note(c.Data)
		}
	} else {
		var d *datasets.Data
		if d, err = datasets.Open(c.Data, c.Set); err == nil {
			series = d.Series
		}
	}
	if err != nil {
		return err
	}
	if len(series) != 1 {
		return fmt.Errorf("%s holds no table of patterns: want a row a pattern, a column a spin", c.Data)
	}
	table := series[0]
	row := make([]float64, len(table.Columns))
	for r := range table.Rows() {
		for i, column := range table.Values {
			row[i] = column[r]
		}
		spins, err := spin.Spins(row)
		if err != nil {
			return fmt.Errorf("%s, row %d: %w", c.Data, r+1, err)
		}
		k.data.Patterns = append(k.data.Patterns, spins)
	}
	p.what = fmt.Sprintf("%s: %d patterns of %d spins", c.Data, table.Rows(), len(row))
	return nil
}

func (k *sampling) settle(c *Config) error {
	entry, err := catalog.Lookup(c.Model.Model)
	if err != nil {
		return err
	}
	if c.Model.Set, err = entry.Resolve(c.Model.Set); err != nil {
		return err
	}
	if c.Data.Data != "" {
		for _, name := range given[entry.Name] {
			delete(c.Model.Set, name)
		}
	}
	return nil
}

func (k *sampling) extended(_, _ *Config) []string { return nil }

func (k *sampling) finish(_ context.Context, s *session, out *Outcome) error {
	out.Samples = k.samples()
	if !s.ended() {
		return nil
	}
	return k.report(s, out)
}

func (k *sampling) samples() *Samples {
	found := &Samples{}
	if m, ok := k.module.(spin.Searcher); ok {
		state, energy := m.Best()
		found.State, found.BestEnergy = state, &energy
		if k.data.Instance != nil {
			cut := spin.Cut(k.data.Instance, state)
			found.BestCut = &cut
		}
	}
	if m, ok := k.module.(spin.Measured); ok {
		found.Observables = m.Observables()
	}
	if m, ok := k.module.(*spin.Memory); ok {
		r := m.Recalls()
		found.Recalls = &r
	}
	return found
}

// Lines are the results as a table for people.
func (s *Samples) Lines() []string {
	if s == nil {
		return nil
	}
	var rows []string
	if len(s.Observables) > 0 {
		rows = append(rows, fmt.Sprintf("%11s %20s %20s %20s %20s", "temperature", "energy", "magnetization", "specific heat", "binder"))
		for _, o := range s.Observables {
			rows = append(rows, fmt.Sprintf("%11.5g %20s %20s %20s %20s", o.Temperature, pm(o.Energy), pm(o.Magnetization), pm(o.SpecificHeat), pm(o.Binder)))
		}
	}
	if r := s.Recalls; r != nil {
		rows = append(rows, fmt.Sprintf("%d recalls: overlap %s, recalled %s, sweeps %s", r.Count, pm(r.Overlap), pm(r.Recalled), pm(r.Sweeps)))
	}
	if s.BestEnergy != nil {
		rows = append(rows, fmt.Sprintf("lowest energy %.10g, %.8g a spin", *s.BestEnergy, *s.BestEnergy/float64(len(s.State))))
	}
	if s.BestCut != nil {
		rows = append(rows, fmt.Sprintf("largest cut   %.10g", *s.BestCut))
	}
	return rows
}

// pm writes a value with its error, to the two digits of the error that count.
func pm(e spin.Estimate) string {
	switch {
	case math.IsNaN(e.Value):
		return "-"
	case math.IsNaN(e.Error) || e.Error <= 0:
		return fmt.Sprintf("%.5g", e.Value)
	}
	digits := max(0, int(math.Ceil(1-math.Log10(e.Error))))
	return fmt.Sprintf("%.*f +- %.*f", digits, e.Value, digits, e.Error)
}
