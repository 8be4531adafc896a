package job

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"lenz/datasets"
	"lenz/graph"
	"lenz/internal/memory"
	"lenz/models"
	"lenz/models/boltzmann"
	"lenz/models/catalog"
	"lenz/train"
)

// density trains models of a distribution of rows: Boltzmann machines, restricted ones, deep belief networks. Rows are those of a table
// (pictures, binary tables, piano rolls) or windows of a series.
type density struct {
	model  boltzmann.Model
	tables *datasets.Tables // nil for windows
	layout datasets.Layout
	info   datasets.Info
	test   datasets.Source    // nil without a test part
	best   *train.BestWeights // nil for models that learn in stages, and without validation
	deep   *boltzmann.DBNModel
	again  datasets.Source // the training part in order, for what is measured on all of it

	learners []*train.GradientLearner
}

// defaultRows names the data set of a density model when none is given: grey pictures, or for a Boltzmann machine, whose units are 0 or
// 1 and few, bars and stripes.
func defaultRows(c *Config) {
	c.Data.Data = "digits"
	if c.Model.Model == "boltzmann" {
		c.Data.Data = "bars"
		c.Data.Set = withDefault(withDefault(c.Data.Set, "n", "3"), "copies", "40")
	}
}

// densityPreset suits chains: a rate that falls lets them mix while the weights settle, and the noise of their losses is no reason to
// stop.
func densityPreset(model string) []Assignment {
	rate := "0.05"
	if model == "dbn" { // its classifier wants more
		rate = "0.2"
	}
	return []Assignment{
		{"optimizer", "momentum"}, {"lr", rate}, {"schedule", "cosine"}, {"clip-norm", "0"}, {"batch", "50"}, {"epochs", "60"}, {"patience", "0"},
	}
}

// unusedByDensity are the settings that mean nothing to rows.
var unusedByDensity = []string{"init", "tbptt", "scaled-metrics", "period", "horizon", "known"}

func (k *density) uses(option string) bool { return !slices.Contains(unusedByDensity, option) }

func (k *density) prepare(s *session) (*plan, error) {
	c := s.Config
	if c.Data.Data == "" {
		defaultRows(c)
	}
	p := &plan{stem: stem(c.Data.Data, c.Model.Model), checksums: map[string]string{}}
	if err := k.load(c, p); err != nil {
		return nil, err
	}
	if err := s.verify(p.checksums); err != nil {
		return nil, err
	}
	entry, err := catalog.Lookup(c.Model.Model)
	if err != nil {
		return nil, err
	}
	if k.model, err = entry.NewDensity(c.Model.Set, k.layout, c.Train.Seed); err != nil {
		return nil, err
	}
	if err = k.checkMemory(c); err == nil {
		p.learner, err = k.learner(c, p)
	}
	if err != nil {
		return nil, errors.Join(err, k.model.Close())
	}
	for _, q := range k.parameters() {
		p.parameters += q.Count()
	}
	return p, nil
}

// parameters are those of the machines of the model, and of a deep network's classifier.
func (k *density) parameters() []*graph.Params {
	switch m := k.model.(type) {
	case *boltzmann.DBNModel:
		var all []*graph.Params
		for _, machine := range m.Machines() {
			all = append(all, machine.Params())
		}
		if net := m.Classifier(); net != nil {
			all = append(all, net.Params())
		}
		return all
	case train.Source:
		return []*graph.Params{m.Params()}
	}
	return nil
}

// checkMemory refuses a model that the machine cannot hold, before its weights are drawn.
func (k *density) checkMemory(c *Config) error {
	free := memory.Free()
	if free == 0 {
		return nil
	}
	need, count := 0.0, 0
	for _, p := range k.parameters() {
		need += footprint(p, 1, k.layout.Batch+aisRuns, 1) // the runs of the measurement are rows too
		count += p.Count()
	}
	return refuse(need, free, c.Model.Model, count)
}

// load opens the data: tables, or windows of series.
func (k *density) load(c *Config, p *plan) error {
	table, err := k.openTables(&c.Data, p)
	if err != nil {
		return err
	}
	if table {
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
		d, err := datasets.Open(c.Data, c.Set)
		if err != nil {
			return false, err
		}
		k.tables, k.info = d.Tables, d.Info
		return true, nil
	}
	if c.Set != nil {
		return false, fmt.Errorf("--data-set is for generated data; %s is a file", c.Data)
	}
	if series := slices.Concat(c.Columns, c.Target); len(series) > 0 || c.TimeColumn != "" {
		return false, nil // a table has no columns to choose from
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
	return true, err
}

// tableSources makes batches of the parts of a table.
func (k *density) tableSources(c *Config, p *plan) error {
	t := k.tables
	for _, part := range []*datasets.Table{t.Train, t.Valid, t.Test} {
		if part == nil || c.Model.Model != "boltzmann" {
			continue
		}
		if err := part.Binary(); err != nil {
			return err
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

// learner is that of one machine, or the stages of a deep network: the epochs are shared out among them.
func (k *density) learner(c *Config, p *plan) (train.Learner, error) {
	deep, ok := k.model.(*boltzmann.DBNModel)
	if !ok {
		source := k.model.(train.Source)
		learner, err := k.gradient(c, p, source, c.Train.Epochs)
		if err != nil {
			return nil, err
		}
		if m, ok := k.model.(*boltzmann.RBMModel); ok {
			if err := k.center(m, k.again, func(b datasets.Batch) (datasets.Batch, error) { return b, nil }); err != nil {
				return nil, err
			}
		}
		if p.data.Valid != nil { // the loss in training says nothing about quality: without validation the last weights are kept
			k.best = train.NewBestWeights(source.Params())
			p.observers = append(p.observers, k.best)
			if c.Train.Patience > 0 {
				p.observers = append(p.observers, train.NewEarlyStopping(c.Train.Patience))
			}
		}
		return learner, nil
	}
	k.deep = deep
	return k.stages(c, p)
}

// gradient is the learner of a source for so many epochs.
func (k *density) gradient(c *Config, p *plan, source train.Source, epochs int) (*train.GradientLearner, error) {
	solver, err := c.Optimizer.Solver(epochs * p.data.Train.Len())
	if err != nil {
		return nil, err
	}
	notes, err := c.suits(source.Params(), source, solver, p.data.Train.Len())
	if err != nil {
		return nil, err
	}
	p.notes = append(p.notes, notes...)
	l := train.Gradient(source, solver)
	k.learners = append(k.learners, l)
	return l, nil
}

// center starts machine m at the means of the training part, as it sees it.
func (k *density) center(m *boltzmann.RBMModel, src datasets.Source, see func(datasets.Batch) (datasets.Batch, error)) error {
	var rows []float64
	n := 0
	src.Reset(0)
	for b, ok := src.Next(); ok && n < mostMeasured; b, ok = src.Next() {
		b, err := see(b)
		if err != nil {
			return err
		}
		part, some := rowsOf(b)
		rows, n = append(rows, part...), n+some
	}
	return m.Center(rows, n)
}

func (k *density) stages(c *Config, p *plan) (train.Learner, error) {
	sources := []train.Source{}
	for _, m := range k.deep.Machines() {
		sources = append(sources, m)
	}
	if net := k.deep.Classifier(); net != nil {
		sources = append(sources, net)
	}
	each := c.Train.Epochs / len(sources)
	if each < 1 {
		return nil, fmt.Errorf("%d epochs are shared out among %d stages (%d machines and what follows): give --epochs %d or more", c.Train.Epochs, len(sources), len(k.deep.Machines()), len(sources))
	}
	var stages []train.Stage
	for i, source := range sources {
		epochs := each
		if i == len(sources)-1 {
			epochs = c.Train.Epochs - each*i
		}
		learner, err := k.gradient(c, p, source, epochs)
		if err != nil {
			return nil, err
		}
		stage := train.Stage{Name: fmt.Sprintf("machine %d", i+1), Epochs: epochs, Learner: learner}
		if i < len(k.deep.Machines()) {
			see := func(b datasets.Batch) (datasets.Batch, error) { return k.deep.Input(i, b) }
			stage.Transform = func(_ context.Context, b datasets.Batch) (datasets.Batch, error) { return see(b) }
			stage.Begin = func() error { return k.center(k.deep.Machines()[i], k.again, see) }
		} else {
			stage.Name, stage.Begin = "classifier", k.deep.Unroll
		}
		stages = append(stages, stage)
	}
	p.what += fmt.Sprintf(", in %d stages of %d epochs", len(stages), each)
	return train.Stages(stages...)
}

func (k *density) settle(c *Config) error {
	entry, err := catalog.Lookup(c.Model.Model)
	if err != nil {
		return err
	}
	if c.Model.Set, err = entry.Resolve(c.Model.Set); err != nil {
		return err
	}
	return c.Optimizer.resolve()
}

func (k *density) extended(was, now *Config) []string {
	notes := (&forecasting{}).extended(was, now)
	if k.deep != nil && was.Train.Epochs != now.Train.Epochs {
		notes = append(notes, "the stages of a deep network are longer now than those that are done: the result differs from a run of so many epochs from the beginning")
	}
	return notes
}

// finish keeps the weights and, of a run that ended well, measures them, draws from the model and writes the page.
func (k *density) finish(ctx context.Context, s *session, out *Outcome) error {
	if s.result.Epochs == 0 {
		return nil
	}
	spec := models.Spec{Version: models.SpecVersion, Model: s.Config.Model.Model, Settings: s.Config.Model.Set, Seed: s.Config.Train.Seed, Layout: k.layout}
	save := func(name string) error {
		all, err := k.model.Weights()
		if err != nil {
			return err
		}
		return models.Save(s.dir.File(name), all, spec)
	}
	for _, l := range k.learners {
		if err := l.Evaluating(true); err != nil { // averages, where there are any, are what is used
			return err
		}
	}
	if err := save(fileLast); err != nil {
		return err
	}
	if k.best != nil && k.best.Epoch() > 0 {
		if err := k.best.Apply(); err != nil {
			return err
		}
	}
	if err := save(fileBest); err != nil {
		return err
	}
	if !s.ended() {
		return nil
	}
	if err := k.measure(ctx, s, out); err != nil {
		return err
	}
	return k.report(ctx, s, out)
}

// IsForecaster tells whether a model is a forecaster or labeller: its runs can be evaluated and go on to forecast.
func IsForecaster(model string) bool {
	switch kindOf(model).(type) {
	case *forecasting, *solving:
		return true
	}
	return false
}
