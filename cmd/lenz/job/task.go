package job

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"strings"

	"gonum.org/v1/gonum/stat"

	"lenz/datasets"
	"lenz/models"
	"lenz/models/catalog"
)

// Task is data made ready for a model: its batches and their layout.
type Task struct {
	Data    *Data
	Layout  datasets.Layout
	Windows *datasets.Windows // nil for whole sequences
	Train   datasets.Source
	Valid   datasets.Source // nil without a validation part
	Notes   []string
}

// String says in a line what is learned from what.
func (t *Task) String() string {
	l := t.Layout
	if t.Windows == nil {
		return fmt.Sprintf("%s: sequences of %s, labelled with %s", t.Data.Info.Name, strings.Join(l.Inputs, ", "), strings.Join(l.Targets, ", "))
	}
	first := t.Data.Series[0]
	series := fmt.Sprintf("%d rows, %s", first.Rows(), first.Freq)
	if n := len(t.Data.Series); n > 1 {
		series = fmt.Sprintf("%d series, %s", n, first.Freq)
	}
	return fmt.Sprintf("%s (%s): forecast %d steps of %s from %d steps of %s; season %d", t.Data.Info.Name, series, l.Horizon,
		few(l.Targets), l.Input, few(l.Inputs), t.Data.Info.Period)
}

// few joins names, the middle of many left out.
func few(names []string) string {
	if n := len(names); n > 8 {
		return fmt.Sprintf("%s, %s, ... %s (%d columns)", names[0], names[1], names[n-1], n)
	}
	return strings.Join(names, ", ")
}

// Task cuts, scales and windows the data.
func (c *Config) Task(d *Data) (*Task, error) {
	if d.Sequences != nil {
		return c.sequences(d)
	}
	t := &Task{Data: d}
	split, err := c.split(d)
	if err != nil {
		return nil, err
	}
	spec := datasets.ScalerSpec{Scaling: datasets.Scaling(c.Data.Scaler), Columns: map[string]datasets.ColumnScaling{}}
	for _, name := range d.Targets {
		spec.Columns[name] = datasets.ColumnScaling{Transform: datasets.Transform(c.Data.Transform)}
	}
	scaler, err := datasets.FitScaler(split.Parts[datasets.Train], spec)
	if err != nil {
		return nil, err
	}
	t.Windows, err = datasets.NewWindows(split, scaler, datasets.WindowSpec{
		Input: c.Window.Input, Horizon: c.Window.Horizon, Stride: c.Window.Stride,
		Batch:   min(c.Window.Batch, rows(split, datasets.Train)), // there are no more windows; programs are built for a full batch
		Targets: d.Targets, Known: c.Data.Known, Calendar: c.Data.Calendar,
	})
	if err != nil {
		return nil, err
	}
	t.Layout = t.Windows.Layout()
	t.Notes = append(t.Notes, unequal(d)...)
	if c.Window.TBPTT > 0 {
		t.Train, err = t.Windows.Stream(datasets.Train, datasets.StreamOptions{Streams: c.Window.Batch, Chunk: c.Window.TBPTT})
	} else {
		t.Train, err = t.Windows.Source(datasets.Train, datasets.SourceOptions{Shuffle: true, Seed: c.Train.Seed})
	}
	if err != nil {
		return nil, err
	}
	if rows(split, datasets.Valid) > 0 {
		if t.Valid, err = t.Windows.Source(datasets.Valid, datasets.SourceOptions{Stride: 1}); err != nil {
			return nil, err
		}
	}
	if rows(split, datasets.Test) > 0 { // found out now, not after the training
		if _, err = t.Windows.Source(datasets.Test, datasets.SourceOptions{Stride: 1}); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// unequal warns of series whose spreads are so far apart that one scaler does not suit all.
func unequal(d *Data) []string {
	var notes []string
	for _, target := range d.Targets {
		low, high := math.Inf(1), 0.0
		for _, s := range d.Series {
			if v, err := s.Column(target); err == nil {
				spread := stat.StdDev(v, nil)
				low, high = min(low, spread), max(high, spread)
			}
		}
		if low > 0 && high > 10*low {
			notes = append(notes, fmt.Sprintf("%s spreads %.3g times as far in one series as in another, and one scaler serves all: "+
				"try --transform log and --set window_norm=standard, or train a model for each size", target, high/low))
		}
	}
	return notes
}

func (c *Config) split(d *Data) (datasets.Split, error) {
	if d.Valid != nil {
		return datasets.SplitFiles(d.Series, d.Valid, d.Test)
	}
	spec, err := datasets.ParseSplit(c.Data.Split)
	if err != nil {
		return datasets.Split{}, err
	}
	return spec.Cut(d.Series...)
}

// rows counts the rows of a part.
func rows(s datasets.Split, p datasets.Part) int {
	n := 0
	for _, section := range s.Parts[p] {
		n += section.Rows()
	}
	return n
}

func (c *Config) sequences(d *Data) (*Task, error) {
	if c.Window.TBPTT > 0 {
		return nil, fmt.Errorf("--tbptt is for long series; %s is made of whole sequences", c.Data.Data)
	}
	o := datasets.SourceOptions{Shuffle: true, Seed: c.Train.Seed, Batch: min(c.Window.Batch, d.Sequences.Train.Count)}
	train, err := d.Sequences.Train.Source(o)
	if err != nil {
		return nil, err
	}
	valid, err := d.Sequences.Valid.Source(datasets.SourceOptions{Batch: o.Batch})
	if err != nil {
		return nil, err
	}
	return &Task{Data: d, Layout: train.Layout(), Train: train, Valid: valid}, nil
}

// Build makes the model for a task, with initial weights from a file where the configuration names one.
func (c *Config) Build(t *Task) (models.GradientModel, []string, error) {
	set := withStrategy(c)
	if c.Window.TBPTT > 0 && set["strategy"] != "recursive" {
		return nil, nil, fmt.Errorf("--tbptt trains a recursive forecaster; leave --set strategy=%s out", set["strategy"])
	}
	model, err := catalog.New(c.Model.Model, set, t.Layout, c.Train.Seed)
	if err != nil {
		return nil, nil, err
	}
	g, ok := model.(models.GradientModel)
	if !ok {
		return nil, nil, fmt.Errorf("%s does not learn by gradients", c.Model.Model)
	}
	if err := t.checkMemory(g, c); err != nil {
		return nil, nil, errors.Join(err, g.Close())
	}
	if c.Model.Init == "" {
		return g, nil, nil
	}
	missing, err := models.LoadWeights(g.Params(), c.Model.Init)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("--init: %w", err), g.Close())
	}
	return g, missing, nil
}

func withDefault(m map[string]string, key, value string) map[string]string {
	out := map[string]string{key: value}
	maps.Copy(out, m)
	return out
}
