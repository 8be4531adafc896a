package job

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lenz/datasets"
	"lenz/internal/rng"
	"lenz/train"
)

// load opens the data: tables, or windows of series.
func (k *density) load(c *Config, p *plan) error {
	table, err := k.openTables(&c.Data, p)
	if err != nil {
		return err
	}
	if table {
		if err := k.binarize(c, p); err != nil {
			return err
		}
		return k.tableSources(c, p)
	}
	data, err := c.Data.Load()
	if err != nil {
		return err
	}
	if data.Series == nil {
		return fmt.Errorf("%s is made of whole sequences; %s learns rows: give pictures, a binary table or a series", c.Data.Data, c.Model.Model)
	}
	windows := *c
	windows.Window.Horizon = 1
	task, err := windows.Task(data)
	if err != nil {
		return err
	}
	test, err := task.Windows.Source(datasets.Test, datasets.SourceOptions{})
	if err != nil {
		return err
	}
	if k.again, err = task.Windows.Source(datasets.Train, datasets.SourceOptions{}); err != nil {
		return err
	}
	k.layout, k.test, k.info = task.Layout, test, data.Info
	p.data, p.checksums = train.Data{Train: task.Train, Valid: task.Valid}, data.Checksums
	p.what = fmt.Sprintf("%s on windows of %d rows of %s", c.Model.Model, c.Window.Input, c.Data.Data)
	p.notes = append(slices.Clone(data.Notes), task.Notes...)
	if _, set := c.Model.Set["visible"]; !set && c.Model.Model != "boltzmann" {
		c.Model.Set = withDefault(c.Model.Set, "visible", "gaussian")
	}
	return nil
}

// openTables opens rows, and tells whether the data are any.
func (k *density) openTables(c *DataConfig, p *plan) (bool, error) {
	if !IsFile(c.Data) {
		if info, err := datasets.Lookup(c.Data); err == nil && !info.Tables {
			return false, nil
		}
		d, err := OpenNamed(c.Data, c.Set)
		if err != nil {
			return false, err
		}
		k.tables, k.info = d.Tables, d.Info
		return true, nil
	}
	if c.Set != nil {
		return false, usage{fmt.Errorf("--data-set is for generated data; %s is a file", c.Data)}
	}
	if c.asSeries() {
		return false, nil
	}
	is, err := datasets.IsTable(c.Data)
	if err != nil || !is {
		return false, err
	}
	split, err := datasets.ParseSplit(c.Split)
	if err != nil {
		return false, err
	}
	for _, path := range []string{c.Data, c.Valid, c.Test} {
		if path != "" {
			if err := p.note(path); err != nil {
				return false, err
			}
		}
	}
	if k.tables, err = datasets.ReadTables(c.Data, c.Valid, c.Test, split); errors.Is(err, datasets.ErrNotBinary) {
		return true, fmt.Errorf("%w; if the file is a series to be learnt in windows, name its columns with --columns", err)
	}
	if err == nil && k.tables.Train.Bits {
		p.notes = append(p.notes, fmt.Sprintf("the bytes of %s are 0 and 1: they are taken as black and white, not as two of 256 greys", c.Data))
	}
	return true, err
}

// parseBinarize reads threshold, threshold:LEVEL or sample; "" does nothing.
func parseBinarize(text string) (how string, level float64, err error) {
	how, after, given := strings.Cut(text, ":")
	level = 0.5
	if given {
		level, err = strconv.ParseFloat(after, 64)
	}
	sound := how == "" || how == "sample" || how == "threshold"
	if err != nil || !sound || given && how != "threshold" || !(level >= 0 && level < 1) {
		return "", 0, fmt.Errorf("binarize is %q, want threshold, threshold:LEVEL with a level from 0 to below 1 such as threshold:0.4, or sample", text)
	}
	return how, level, nil
}

// binarize turns grey pictures into rows of 0 and 1.
func (k *density) binarize(c *Config, p *plan) error {
	how, level, err := parseBinarize(c.Data.Binarize)
	if err != nil || how == "" {
		return err
	}
	grey := false
	for i, part := range []**datasets.Table{&k.tables.Train, &k.tables.Valid, &k.tables.Test} {
		if *part == nil {
			continue
		}
		grey = grey || (*part).Binary() != nil
		if how == "threshold" {
			*part = (*part).Threshold(level)
		} else if *part, err = (*part).Sample(rng.New(c.Train.Seed, "binarize").At(uint64(i))); err != nil {
			return err
		}
	}
	if v := k.tables.Train.Values; slices.Min(v) == slices.Max(v) {
		return fmt.Errorf("with --binarize %s all pixels of the training part of %s are %v, and there is nothing to learn: give a level between its greys (threshold:LEVEL), or sample", c.Data.Binarize, c.Data.Data, v[0])
	}
	if !grey {
		p.notes = append(p.notes, fmt.Sprintf("the rows of %s are 0 and 1 already: --binarize changes nothing", c.Data.Data))
	}
	return nil
}

// tableSources makes batches of the parts of a table.
func (k *density) tableSources(c *Config, p *plan) error {
	t := k.tables
	if c.Model.Model == "boltzmann" {
		for _, part := range []*datasets.Table{t.Train, t.Valid, t.Test} {
			if part == nil {
				continue
			}
			if err := part.Binary(); err != nil {
				return err
			}
		}
	}
	source := func(part *datasets.Table, o datasets.SourceOptions) (datasets.Source, error) {
		if part == nil {
			return nil, nil
		}
		return part.Source(o)
	}
	o := datasets.SourceOptions{Batch: c.Window.Batch}
	var err error
	if p.data.Train, err = source(t.Train, datasets.SourceOptions{Batch: c.Window.Batch, Shuffle: true, Seed: c.Train.Seed}); err != nil {
		return err
	}
	if p.data.Valid, err = source(t.Valid, o); err != nil {
		return err
	}
	if k.again, err = source(t.Train, o); err != nil {
		return err
	}
	if k.test, err = source(t.Test, o); err != nil {
		return err
	}
	k.layout = p.data.Train.Layout()
	rows := func(t *datasets.Table) int {
		if t == nil {
			return 0
		}
		return t.Rows
	}
	p.what = fmt.Sprintf("%s on %s: %d, %d and %d rows of %d values to train, validate and test", c.Model.Model, c.Data.Data, rows(t.Train), rows(t.Valid), rows(t.Test), len(t.Train.Columns))
	return nil
}

// gather returns the rows of a source, as see sees them, [n, V], up to mostMeasured.
func gather(src datasets.Source, see func(datasets.Batch) (datasets.Batch, error)) (rows []float64, n int, err error) {
	src.Reset(0)
	for b, ok := src.Next(); ok && n < mostMeasured; b, ok = src.Next() {
		if b, err = see(b); err != nil {
			return nil, 0, err
		}
		part, some := rowsOf(b)
		rows, n = append(rows, part...), n+some
	}
	return rows, n, nil
}

// asItIs sees a batch unchanged.
func asItIs(b datasets.Batch) (datasets.Batch, error) { return b, nil }

// rowsOf returns a batch X [T, B, I] as rows [B, T*I].
func rowsOf(b datasets.Batch) ([]float64, int) {
	width := b.X.Shape[2]
	rows := make([]float64, 0, len(b.X.Data))
	for r := range b.B {
		for t := range b.T {
			rows = append(rows, b.X.Data[(t*b.B+r)*width:][:width]...)
		}
	}
	return rows, b.B
}
