package datasets

import (
	"os"
	"path/filepath"
	"strings"

	"lenz/internal/near"
)

// ReadFile reads the series of a file by its extension: .npy, .npz, and anything else as CSV (also compressed by gzip).
// Of the options, NPY and NPZ files take Columns, for NPZ also names of arrays.
func ReadFile(path string, o CSVOptions) ([]*Series, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".npy":
		s, err := ReadNPY(path)
		return selected(s, err, o.Columns)
	case ".npz":
		s, err := ReadNPZ(path)
		return selected(s, err, o.Columns)
	}
	return ReadCSV(path, o)
}

func selected(s *Series, err error, columns []string) ([]*Series, error) {
	if err == nil && len(columns) > 0 {
		s, err = s.Select(columns...)
	}
	if err != nil {
		return nil, err
	}
	return []*Series{s}, nil
}

// neighbours suggests a file of a near name in the same folder.
func neighbours(path string) string {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return ": check the path"
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	if s := near.Suggest(filepath.Base(path), names); s != "" {
		return s
	}
	return ": check the path"
}
