package job

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"lenz/datasets"
	"lenz/models/catalog"
	"lenz/optim"
	"lenz/train"
	"lenz/train/study"
)

// StudyRequest is what lenz compare and lenz tune are asked.
type StudyRequest struct {
	Layers     Layers     // settings of all tasks
	Optimizers []string   // to compare, see parseContender
	Models     []string   // to compare in place of optimizers
	Tasks      []string   // data sets or files; empty: that of the layers
	Suite      string     // a set of tasks, in place of Tasks
	Search     []string   // ranges
	Targets    []string   // LOSS or TASK=LOSS
	Plan       study.Plan // the numbers; tasks and contenders are filled in
	// FreeSeeds raises the number of seeds to what the tests need to show anything, and FreeTunings makes a tuning for each.
	FreeSeeds, FreeTunings bool
	Say                    func(format string, args ...any) // what the data decide; nil for nobody
}

// usage marks errors of a wrong use.
type usage struct{ error }

func (u usage) Unwrap() error { return u.error }

// WrongUse tells whether an error is about how the command was called, not about what it found.
func WrongUse(err error) bool {
	var u usage
	return errors.As(err, &u)
}

// Build resolves a request to a plan, and makes sure that each contender can be built on each task at both ends of its
// space, before anything is written.
func (r StudyRequest) Build(ctx context.Context, f *Factory) (study.Plan, error) {
	p := r.Plan
	r.Layers.Several, r.Layers.Study = true, true // what does nothing is found task by task
	base, err := r.Layers.Resolve()
	if err != nil {
		return p, usage{err}
	}
	cs := contenders{models: len(r.Models) > 0, optimizer: base.Optimizer.Optimizer, model: base.Model.Model, search: r.Search}
	texts, kinds := r.Optimizers, []string{base.Model.Model}
	if cs.models {
		texts, kinds = r.Models, nil
		for _, text := range r.Models {
			n, err := parseContender(text)
			if err != nil {
				return p, usage{err}
			}
			kinds = append(kinds, n.kind)
		}
	}
	for _, model := range kinds {
		if err := served(model); err != nil {
			return p, usage{err}
		}
	}
	if len(texts) == 0 {
		return p, usage{errors.New("there is nothing to compare: name optimizers (lenz optimizers) or models (lenz models)")}
	}
	if p.Contenders, err = cs.build(texts); err != nil {
		return p, usage{err}
	}
	if p.Tasks, err = r.tasks(f); err != nil {
		return p, usage{err}
	}
	if r.FreeSeeds {
		p.Seeds = max(p.Seeds, p.Test.SeedsNeeded(p.Comparisons(), p.Alpha))
	}
	if r.FreeTunings {
		p.Tunings = p.Seeds
	}
	p.Reference = simplest(p.Contenders)
	if p.Targets, err = targets(r.Targets, p.TaskNames()); err != nil {
		return p, usage{err}
	}
	if err := p.Check(); err != nil {
		return p, usage{err}
	}
	return p, tryOut(ctx, p, f)
}

// simplest is the contender whose optimizer (or model) is the simplest: the first in the table of optimizers, the last in that of
// models.
func simplest(all []study.Contender) string {
	order := optim.Names()
	rank := func(c study.Contender) int {
		if m := c.Settings["model"]; m != "" {
			return -slices.Index(catalog.Names(), m)
		}
		return slices.Index(order, c.Settings["optimizer"])
	}
	first := 0
	for i, c := range all {
		if rank(c) < rank(all[first]) {
			first = i
		}
	}
	return all[first].Name
}

// tasks resolves the settings of each task.
func (r StudyRequest) tasks(f *Factory) ([]study.Task, error) {
	list, err := r.members()
	if err != nil {
		return nil, err
	}
	r.Layers.Several = len(list) > 1
	out := make([]study.Task, len(list))
	for i, m := range list {
		flat, err := r.task(m, f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		out[i] = study.Task{Name: m.name, Settings: flat}
	}
	return out, nil
}

// member is a task of a study: its name, and settings under those that the user gives.
type member struct {
	name     string
	settings []Assignment
}

func (r StudyRequest) members() ([]member, error) {
	if r.Suite != "" {
		all, err := suite(r.Suite)
		if len(r.Models) > 0 { // the quadratic has no model
			all = slices.DeleteFunc(all, func(m member) bool { return m.settings[0].Text == quadraticTask })
		}
		return all, err
	}
	names := r.Tasks
	if len(names) == 0 {
		c, err := r.Layers.Resolve()
		if err != nil {
			return nil, err
		}
		names = []string{c.Data.Data}
	}
	out := make([]member, len(names))
	for i, n := range names {
		out[i] = member{name: n, settings: []Assignment{{"data", n}}}
		if n != quadraticTask && IsFile(n) {
			base := filepath.Base(n)
			out[i].name, _, _ = strings.Cut(base, ".")
		} else if n != quadraticTask {
			if _, err := datasets.Lookup(n); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// task resolves one task to plain settings. What contenders set is left out; where models are compared, each has its own settings
// under its scope.
func (r StudyRequest) task(m member, f *Factory) (map[string]string, error) {
	if len(r.Models) == 0 {
		c, err := r.config(m, "", f)
		if err != nil {
			return nil, err
		}
		flat, err := c.Flat()
		for key := range flat {
			if key == "optimizer" || key == "lr" || strings.HasPrefix(key, "optimizer-set.") {
				delete(flat, key)
			}
		}
		return flat, err
	}
	all := map[string]string{}
	var done []string
	for _, text := range r.Models {
		n, err := parseContender(text)
		if err != nil {
			return nil, err
		}
		if slices.Contains(done, n.kind) {
			continue // another contender has the same settings to begin with
		}
		done = append(done, n.kind)
		if m.settings[0].Text == quadraticTask {
			return nil, errors.New("the quadratic has no model: compare optimizers on it")
		}
		c, err := r.config(m, n.kind, f)
		if err != nil {
			return nil, err
		}
		flat, err := c.Flat()
		if err != nil {
			return nil, err
		}
		delete(flat, "model")
		delete(flat, "lr")
		for key, v := range flat {
			if strings.HasPrefix(key, "set.") {
				key += scope + n.kind
			}
			all[key] = v
		}
	}
	return all, nil
}

// config resolves the settings of a task for a model ("" for the one that is set).
func (r StudyRequest) config(m member, model string, f *Factory) (*Config, error) {
	layers := r.Layers
	layers.Flags = append(slices.Clone(m.settings[:1]), r.Layers.Flags...)
	if model != "" {
		layers.Flags = append(layers.Flags, Assignment{"model", model})
	}
	c, err := layers.Resolve()
	if err != nil {
		return nil, err
	}
	if len(m.settings) > 1 { // again, with what suits the task and exists for the model
		own := slices.DeleteFunc(slices.Clone(m.settings), func(a Assignment) bool {
			key, _, _ := strings.Cut(a.Text, "=")
			return a.Name == "set" && !modelSettings(c.Model.Model)[key]
		})
		layers.Flags = append(own, layers.Flags[1:]...)
		if c, err = layers.Resolve(); err != nil {
			return nil, err
		}
	}
	c.Data.Data = m.settings[0].Text // not that of a file of settings
	if c.Data.Data == quadraticTask {
		c.Model.Set = nil
		return c, nil
	}
	if err := c.readable(kindOf(c.Model.Model), true); err != nil {
		return nil, err
	}
	entry, err := catalog.Lookup(c.Model.Model)
	if err != nil {
		return nil, err
	}
	if err := r.suitData(c, m.name, f); err != nil {
		return nil, err
	}
	if c.Model.Set, err = entry.Resolve(withStrategy(c)); err != nil {
		return nil, err
	}
	c.Train.Patience = 0 // all runs have the same budget
	return c, c.absolute()
}

// targets reads LOSS, which is for every task, and TASK=LOSS.
func targets(texts, tasks []string) (map[string]float64, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	out := map[string]float64{}
	for _, text := range texts {
		name, value, named := strings.Cut(text, "=")
		if !named {
			value = text
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return nil, fmt.Errorf("--target-loss %q: want a validation loss such as 0.2, or TASK=LOSS", text)
		}
		if named {
			out[name] = v
			continue
		}
		for _, t := range tasks {
			out[t] = v
		}
	}
	return out, nil
}

// lastShare is the greatest share of a range below 1.
const lastShare = 1 - 1.0/(1<<53)

// tryOut builds each contender on each task at both ends of its space. What is wrong with the data is no wrong use.
func tryOut(ctx context.Context, p study.Plan, f *Factory) error {
	for _, task := range p.Tasks {
		c, err := FromFlat(study.Trial{Setup: task.Settings, Settings: p.Contenders[0].Settings}.All())
		if err != nil {
			return usage{fmt.Errorf("%s: %w", task.Name, err)}
		}
		if c.Data.Data != quadraticTask {
			if _, err := f.load(task.Name, c); err != nil {
				return err
			}
		}
		for _, contender := range p.Contenders {
			for _, u := range []float64{0, lastShare} {
				if err := tryOne(ctx, task, contender, u, f); err != nil {
					return usage{fmt.Errorf("%s on %s: %w", contender.Name, task.Name, err)}
				}
			}
		}
	}
	return nil
}

// tryOne builds a contender at share u of each of its ranges, and takes one step at the lower end: some settings that do not go together
// are found out only there. To diverge is no error.
func tryOne(ctx context.Context, task study.Task, c study.Contender, u float64, f *Factory) (err error) {
	settings := maps.Clone(c.Settings)
	for _, r := range c.Space {
		settings[r.Name] = r.At(u)
	}
	e, err := f.New(ctx, study.Trial{Task: task.Name, Setup: task.Settings, Settings: settings, Seed: 1, Order: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Learner.Close()) }()
	if u > 0 {
		return nil
	}
	e.Data.Train.Reset(0)
	b, ok := e.Data.Train.Next()
	if !ok {
		return errors.New("the training part has no batch: the series is too short for a window")
	}
	var diverged *train.DivergedError
	if _, err = e.Learner.Learn(ctx, b); errors.As(err, &diverged) {
		return nil
	}
	return err
}
