package catalog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"lenz/models"
)

// weightsFile is the best weights' name in a run directory.
const weightsFile = "model.safetensors"

// Load reads a trained model: from a run directory (its model.safetensors) or from such a file. Close the pipeline when
// done.
func Load(path string) (*models.Pipeline, error) { return LoadWithContext(context.Background(), path) }

// LoadWithContext is Load, which ends with the context's error when that is done: large reservoirs are drawn again, and take long.
func LoadWithContext(ctx context.Context, path string) (*models.Pipeline, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("catalog: no saved model at %s: %w", path, err)
	}
	if info.IsDir() {
		path = filepath.Join(path, weightsFile)
	}
	spec, err := models.ReadSpec(path)
	if err != nil {
		return nil, err
	}
	e, err := Lookup(spec.Model)
	if err != nil {
		return nil, fmt.Errorf("catalog: %s: %w", path, err)
	}
	m, err := e.NewWithContext(ctx, spec.Settings, spec.Layout, spec.Seed)
	if err != nil {
		return nil, fmt.Errorf("catalog: %s: %w", path, err)
	}
	missing, err := models.LoadWeights(m.Params(), path)
	if err == nil && len(missing) > 0 {
		err = fmt.Errorf("catalog: %s lacks the parameters %s: the file is damaged or of another version", path, strings.Join(missing, ", "))
	}
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return &models.Pipeline{Spec: spec, Model: m}, nil
}
