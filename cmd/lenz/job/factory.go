package job

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"lenz/datasets"
	"lenz/internal/settings"
	"lenz/models/catalog"
	"lenz/train"
	"lenz/train/study"
)

// quadraticTask is the name of the task that has no data: study.Quadratic.
const quadraticTask = "quadratic"

// Factory builds the learners of a study from the settings of its trials. Data are read once a task and shared.
type Factory struct {
	mu   sync.Mutex
	data map[string]*loaded
}

type loaded struct {
	once sync.Once
	data *Data
	err  error
}

// load returns the data of a task.
func (f *Factory) load(task string, c *Config) (*Data, error) {
	f.mu.Lock()
	if f.data == nil {
		f.data = map[string]*loaded{}
	}
	l := f.data[task]
	if l == nil {
		l = &loaded{}
		f.data[task] = l
	}
	f.mu.Unlock()
	l.once.Do(func() { l.data, l.err = c.Data.Load() })
	return l.data, l.err
}

// Checksums are those of all data that were read.
func (f *Factory) Checksums() map[string]string {
	all := map[string]string{}
	for _, l := range f.data {
		if l.data != nil {
			maps.Copy(all, l.data.Checksums)
		}
	}
	return all
}

// New is the study.Factory.
func (f *Factory) New(ctx context.Context, t study.Trial) (*study.Experiment, error) {
	c, err := FromFlat(t.All())
	if err != nil {
		return nil, err
	}
	if c.Data.Data == quadraticTask {
		return c.quadratic(t)
	}
	data, err := f.load(t.Task, c)
	if err != nil {
		return nil, err
	}
	entry, err := catalog.Lookup(c.Model.Model)
	if err != nil {
		return nil, err
	}
	if entry.Kind == catalog.Solved {
		c.Window.TBPTT = 0
	}
	c.Train.Seed = t.Order
	task, err := c.Task(data)
	if err != nil {
		return nil, err
	}
	test, err := task.test(c)
	if err != nil {
		return nil, err
	}
	c.Train.Seed = t.Seed
	if entry.Kind == catalog.Solved {
		model, closed, err := c.buildSolved(ctx, task)
		if err != nil {
			return nil, err
		}
		return &study.Experiment{
			Learner: train.ClosedForm(closed), Weights: model.Params(), Epochs: 1,
			Data: train.Data{Train: task.Train, Valid: task.Valid}, Test: test,
		}, nil
	}
	model, _, err := c.Build(task)
	if err != nil {
		return nil, err
	}
	solver, err := c.Optimizer.Solver(c.Train.Epochs * task.Train.Len())
	if err != nil {
		return nil, errors.Join(err, model.Close())
	}
	return &study.Experiment{
		Learner: train.Gradient(model, solver), Weights: model.Params(), Epochs: c.Train.Epochs,
		Data: train.Data{Train: task.Train, Valid: task.Valid}, Test: test,
	}, nil
}

func (c *Config) quadratic(t study.Trial) (*study.Experiment, error) {
	q := study.DefaultQuadratic()
	if err := settings.Apply(&q, c.Data.Set); err != nil {
		return nil, fmt.Errorf("quadratic: %w", err)
	}
	q.Epochs = c.Train.Epochs
	solver, err := c.Optimizer.Solver(q.Epochs * q.Steps)
	if err != nil {
		return nil, err
	}
	return q.New(solver, t.Seed, t.Order)
}

// test is the source of the test part.
func (t *Task) test(c *Config) (datasets.Source, error) {
	if t.Valid == nil {
		return nil, fmt.Errorf("%s has no validation part to choose settings by: give it a share in --split", c.Data.Data)
	}
	if t.Windows == nil {
		return t.Data.Sequences.Test.Source(datasets.SourceOptions{Batch: c.Window.Batch})
	}
	if rows(t.Windows.Split(), datasets.Test) == 0 {
		return nil, fmt.Errorf("%s has no test part to judge by: give it a share in --split", c.Data.Data)
	}
	return t.Windows.Source(datasets.Test, datasets.SourceOptions{Stride: 1})
}
