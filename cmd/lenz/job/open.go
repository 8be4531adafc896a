package job

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"lenz/models"
	"lenz/models/catalog"
)

// Run is a run directory that is read: its configuration, its data and its trained model.
type Run struct {
	Path     string
	Config   *Config
	Task     *Task
	Pipeline *models.Pipeline
}

// OpenRun reads the configuration of a run directory, opens its data again (which must be unchanged) and loads the best weights.
func OpenRun(ctx context.Context, path string) (*Run, error) {
	c, err := forecasterOf(path)
	if err != nil {
		return nil, err
	}
	source := filepath.Join(path, fileConfig)
	d, err := c.Data.Load()
	if err != nil {
		return nil, err
	}
	s := &session{Request: Request{Config: c, Source: source}}
	if err := s.verify(d.Checksums); err != nil {
		return nil, err
	}
	task, err := c.Task(d)
	if err != nil {
		return nil, err
	}
	p, err := loadBest(ctx, path)
	if err != nil {
		return nil, err
	}
	return &Run{Path: path, Config: c, Task: task, Pipeline: p}, nil
}

// Close releases the model.
func (r *Run) Close() error { return r.Pipeline.Close() }

// forecasterOf reads the configuration of a run directory, and refuses a run of another kind.
func forecasterOf(path string) (*Config, error) {
	if err := CheckRun(path); err != nil {
		return nil, err
	}
	c, err := Layers{File: filepath.Join(path, fileConfig), Past: true}.Resolve()
	if err != nil {
		return nil, err
	}
	if !kindOf(c.Model.Model).uses("horizon") {
		return nil, fmt.Errorf("%s is a run of %s, which forecasts nothing; its result.json and report.html say what was found", path, c.Model.Model)
	}
	return c, nil
}

// loadBest loads the best weights of a run directory.
func loadBest(ctx context.Context, path string) (*models.Pipeline, error) {
	file := filepath.Join(path, fileBest)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s: the run has not ended; let it go on, or finish it with lenz train --resume %s", file, path)
	}
	return catalog.LoadWithContext(ctx, path)
}
