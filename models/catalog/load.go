package catalog

import (
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
func Load(path string) (*models.Pipeline, error) {
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
	m, err := New(spec.Model, spec.Settings, spec.Layout, spec.Seed)
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
