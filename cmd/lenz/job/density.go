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

func (k *density) prepare(_ context.Context, s *session) (*plan, error) {
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
		return nil, usage{err} // settings that do not suit the data or each other
	}
	if err = k.checkMemory(c); err == nil && k.summed() && c.Train.AIS != aisTemperatures {
		err = fmt.Errorf("%s has no use for ais here: log Z of so few units is a sum over all states; leave ais out", c.Model.Model)
	}
	if err == nil {
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
			if err := k.center(m, asItIs); err != nil {
				return nil, err
			}
		}
		if p.data.Valid == nil {
			p.notes = append(p.notes, c.Data.Data+" has no validation part: no epoch is told to be the best, and the last weights are kept")
		} else { // the loss in training says nothing about quality: without validation the last weights are kept
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
func (k *density) center(m *boltzmann.RBMModel, see func(datasets.Batch) (datasets.Batch, error)) error {
	rows, n, err := gather(k.again, see)
	if err != nil {
		return err
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
		return nil, usage{fmt.Errorf("--epochs %d is shared out among %d stages (%d machines and what follows): give --epochs %d or more", c.Train.Epochs, len(sources), len(k.deep.Machines()), len(sources))}
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
			stage.Begin = func() error { return k.center(k.deep.Machines()[i], see) }
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

// finish keeps the weights and, of a run that ended well, measures them; what is drawn is a report with samples of the model.
func (k *density) finish(ctx context.Context, s *session, out *Outcome) (func() error, error) {
	if s.result.Epochs == 0 {
		return nil, nil
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
			return nil, err
		}
	}
	if err := save(fileLast); err != nil {
		return nil, err
	}
	if k.best != nil && k.best.Epoch() > 0 {
		if err := k.best.Apply(); err != nil {
			return nil, err
		}
	}
	if err := save(fileBest); err != nil {
		return nil, err
	}
	if !s.ended() {
		return nil, nil
	}
	if err := k.measure(ctx, s, out); err != nil {
		return nil, err
	}
	return func() error { return k.report(ctx, s, out) }, nil
}
