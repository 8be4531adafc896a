package job

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"lenz/models/catalog"
	"lenz/train/study"
)

// fileBestConfig is the configuration that a tuning chose, for lenz train --config.
const fileBestConfig = "best.toml"

// BuildTune resolves a request to tune one model under one optimizer: what --search names is searched, all else is as lenz train has
// it.
func (r StudyRequest) BuildTune(ctx context.Context, f *Factory) (study.Plan, error) {
	p := r.Plan
	r.Layers.Study = true
	c, err := r.Layers.Resolve()
	if err == nil {
		err = served(c.Model.Model)
	}
	if err != nil {
		return p, usage{err}
	}
	entry, err := catalog.Lookup(c.Model.Model)
	if err != nil {
		return p, usage{err}
	}
	if len(r.Search) == 0 {
		r.Search = entry.Search()
	}
	if len(r.Search) == 0 {
		return p, usage{errors.New("there is nothing to search: give --search, such as --search rate=log:1e-4:1e-1 --search hidden=int:16:128")}
	}
	if c.Data.Data == quadraticTask {
		return p, usage{errors.New("the quadratic has no model to tune: compare optimizers on it")}
	}
	if p.Tasks, err = r.tasks(f); err != nil {
		return p, usage{err}
	}
	one, err := c.asContender()
	if err != nil {
		return p, usage{err}
	}
	cs := contenders{optimizer: c.Optimizer.Optimizer, model: c.Model.Model, search: r.Search, tune: true}
	if p.Contenders, err = cs.build([]string{one}); err != nil {
		return p, usage{err}
	}
	p.Contenders[0].Name = c.Model.Model
	if err := p.Check(); err != nil {
		return p, usage{err}
	}
	return p, tryOut(ctx, p, f)
}

// asContender writes the optimizer of the run as a contender, with the settings that it was given.
func (c *Config) asContender() (string, error) {
	if m, err := catalog.Lookup(c.Model.Model); err == nil && m.Kind == catalog.Solved {
		return c.Optimizer.Optimizer, nil // a name to stand for the model's: no optimizer has a part in it
	}
	if err := c.Optimizer.resolve(); err != nil {
		return "", err
	}
	set := c.Optimizer.Set
	if c.Optimizer.LR > 0 {
		set = withDefault(set, "rate", strconv.FormatFloat(c.Optimizer.LR, 'g', -1, 64))
	}
	text := c.Optimizer.Optimizer
	for _, key := range sortedKeys(set) {
		text += ":" + key + "=" + set[key]
	}
	return text, nil
}

// Trials lists the trials of a tuning, the best first.
func Trials(p study.Plan, done study.Records) []study.Record {
	var all []study.Record
	for _, r := range done {
		if r.Trial.Phase == study.Tune && r.Trial.Round == len(p.Rounds())-1 {
			all = append(all, r)
		}
	}
	loss := func(r study.Record) float64 {
		if !r.Outcome.Good() {
			return math.Inf(1)
		}
		return float64(r.Outcome.Valid)
	}
	slices.SortFunc(all, func(a, b study.Record) int {
		if la, lb := loss(a), loss(b); la != lb {
			if la < lb {
				return -1
			}
			return 1
		}
		return a.Trial.Index - b.Trial.Index
	})
	return all
}

// writeBest writes the chosen configuration for lenz train.
func (r StudyRun) writeBest(dir *Dir, out *StudyOutcome) error {
	trials := Trials(r.Plan, out.Records)
	if len(trials) == 0 {
		return nil
	}
	best := trials[0].Trial
	best.Setup = r.Plan.Tasks[0].Settings
	c, err := FromFlat(best.All())
	if err != nil {
		return err
	}
	if text, ok := c.Optimizer.Set["rate"]; ok { // where lenz train shows it
		if c.Optimizer.LR, err = strconv.ParseFloat(text, 64); err != nil {
			return fmt.Errorf("the chosen rate: %w", err)
		}
		delete(c.Optimizer.Set, "rate")
	}
	data, err := r.Factory.load(best.Task, c)
	if err != nil {
		return err
	}
	text, err := c.TOML(facts(data.Checksums, r.Version, r.Modules))
	if err != nil {
		return err
	}
	return dir.WriteText(fileBestConfig, text)
}
