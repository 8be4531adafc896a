package job

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"lenz/datasets"
	"lenz/internal/plusminus"
	"lenz/models/catalog"
	"lenz/models/spin"
	"lenz/train"
)

// sampling runs samplers: Ising models, spin glasses and memories, on what their settings draw or on an instance or patterns from --data.
type sampling struct {
	data   catalog.Samples
	module spin.Module
	shape  [2]int // height and width of patterns that are pictures
}

// Samples are what a sampler adds to an Outcome.
type Samples struct {
	BestEnergy  *float64           `json:"best_energy,omitempty"` // lowest of the whole system, after a descent from what was sampled to the next local minimum
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

func (k *sampling) prepare(_ context.Context, s *session) (*plan, error) {
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
		return nil, usage{fmt.Errorf("--data-set is for generated data; give it with --data")}
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
	if c.Set != nil {
		return usage{fmt.Errorf("--data-set is for generated data; %s is a file", c.Data)}
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
	table, err := k.openPatterns(c, p)
	if err != nil {
		return err
	}
	k.shape = pictureOf(c.Data, table)
	for r := range table.Rows {
		pattern := make([]int8, 0, len(table.Columns))
		for _, v := range table.Row(r) {
			pattern = append(pattern, int8(v))
		}
		k.data.Patterns = append(k.data.Patterns, pattern)
	}
	p.what = fmt.Sprintf("%s: %d patterns of %d spins", c.Data, table.Rows, len(table.Columns))
	return nil
}

// pictureOf is the height and width of patterns that are pictures, 0 of others.
func pictureOf(name string, t *datasets.Table) [2]int {
	n := len(t.Columns)
	switch side := int(math.Round(math.Sqrt(float64(n)))); {
	case t.Height > 0:
		return [2]int{t.Height, t.Width}
	case name == "letters":
		return [2]int{n / 5, 5}
	case name == "ising" && side*side == n:
		return [2]int{side, side}
	}
	return [2]int{}
}

// openPatterns opens a table of spins -1 and +1: a file of spins, a data set of them, or black and white pictures.
func (k *sampling) openPatterns(c *DataConfig, p *plan) (*datasets.Table, error) {
	if !IsFile(c.Data) {
		d, err := OpenNamed(c.Data, c.Set)
		switch {
		case err != nil:
			return nil, err
		case d.Tables != nil:
			return spinsOf(d.Tables.Train)
		case len(d.Series) != 1:
			return nil, fmt.Errorf("%s holds no table of patterns: want a row a pattern, a column a spin, as lenz data show letters has", c.Data)
		}
		return tableOf(d.Series[0])
	}
	if c.Set != nil {
		return nil, usage{fmt.Errorf("--data-set is for generated data; %s is a file", c.Data)}
	}
	if err := p.note(c.Data); err != nil {
		return nil, err
	}
	pictures, err := datasets.IsPictures(c.Data)
	if err != nil {
		return nil, err
	}
	if !pictures {
		return datasets.ReadSpinTable(c.Data)
	}
	t, err := datasets.ReadTables(c.Data, "", "", datasets.SplitSpec{Train: 1})
	if err != nil {
		return nil, err
	}
	return spinsOf(t.Train)
}

// spinsOf turns a table of 0 and 1 into one of -1 and +1.
func spinsOf(t *datasets.Table) (*datasets.Table, error) {
	if err := t.Binary(); err != nil {
		return nil, err
	}
	s := *t
	s.Values = make([]float32, len(t.Values))
	for i, v := range t.Values {
		s.Values[i] = 2*v - 1
	}
	return &s, nil
}

// tableOf turns the rows of a generated series, whose columns are spins, into those of a table.
func tableOf(s *datasets.Series) (*datasets.Table, error) {
	t := datasets.Table{Name: s.Name, Columns: s.Columns, Rows: s.Rows()}
	for r := range t.Rows {
		for i, column := range s.Values {
			if v := column[r]; v != 1 && v != -1 {
				return nil, fmt.Errorf("%s: row %d, column %s is %v, want -1 or +1 of a spin", s.Name, r+1, s.Columns[i], v)
			}
			t.Values = append(t.Values, float32(column[r]))
		}
	}
	return datasets.NewTable(t)
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

func (k *sampling) finish(_ context.Context, s *session, out *Outcome) (func() error, error) {
	out.Samples = k.samples()
	if !s.ended() {
		return nil, nil
	}
	if o := out.Observables; len(o) > 0 && o[0].Measurements < 2 {
		set := s.Config.Model.Set
		s.note("nothing was measured in %d steps of %s sweeps: the first %s sweeps thermalize, and two measurements are needed; sample longer (--epochs), or --set thermalize lower", out.Steps, set["sweeps"], set["thermalize"])
	}
	if at := correlated(out.Observables); len(at) > 0 {
		s.note("at temperature %s fewer than %d measurements of the energy are independent: the start may not be forgotten, and errors are rough; --set thermalize higher, sample longer (--epochs), or take another --set sampler or method",
			strings.Join(at, ", "), fewestIndependent)
	}
	return func() error { return k.report(s, out) }, nil
}

// fewestIndependent is what an error bar from blocks of measurements needs to be known to about an eighth of itself, by 1/sqrt(2 n).
const fewestIndependent = 30

// correlated lists the temperatures at which a series is shorter than that many times twice its autocorrelation time.
func correlated(all []spin.Observables) []string {
	var at []string
	for _, o := range all {
		if o.Measurements > 1 && float64(o.Measurements) < fewestIndependent*2*o.Energy.Tau {
			at = append(at, fmt.Sprintf("%.5g", o.Temperature))
		}
	}
	return at
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
	if len(s.Observables) > 0 && s.Observables[0].Measurements > 1 {
		rows = append(rows, fmt.Sprintf("%11s %20s %20s %20s %20s", "temperature", "energy", "magnetization", "specific heat", "binder"))
		for _, o := range s.Observables {
			rows = append(rows, fmt.Sprintf("%11.5g %20s %20s %20s %20s", o.Temperature, pm(o.Energy), pm(o.Magnetization), pm(o.SpecificHeat), pm(o.Binder)))
		}
	}
	if r := s.Recalls; r != nil {
		rows = append(rows, fmt.Sprintf("%d recalls: overlap %s, recalled %s, sweeps %s", r.Count, pm(r.Overlap), pm(r.Recalled), pm(r.Sweeps)))
	}
	if s.BestEnergy != nil {
		rows = append(rows, fmt.Sprintf("lowest energy %.10g, %.8g a spin, after a descent to the next local minimum", *s.BestEnergy, *s.BestEnergy/float64(len(s.State))))
	}
	if s.BestCut != nil {
		rows = append(rows, fmt.Sprintf("largest cut   %.10g", *s.BestCut))
	}
	return rows
}

// pm writes a value with its error, to the digits that the error justifies.
func pm(e spin.Estimate) string { return plusminus.Text(e.Value, e.Error) }
