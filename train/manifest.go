package train

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"lenz/internal/manifest"
	"lenz/internal/safetensors"
	"lenz/internal/statefile"
)

// The files of a checkpoint.
const (
	manifestFile = "manifest.json"
	treeFile     = "state.json"
	tensorFile   = "state.safetensors"
)

// readManifest reads and checks a checkpoint's manifest. Errors name the file.
func readManifest(dir string) (manifest.Manifest, error) {
	path := filepath.Join(dir, manifestFile)
	f, err := os.Open(path)
	if err != nil {
		return manifest.Manifest{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, manifest.Largest+1))
	if err != nil {
		return manifest.Manifest{}, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	m, err := manifest.Decode(text)
	if err == nil {
		err = m.Holds(treeFile, tensorFile)
	}
	if err != nil {
		return m, fmt.Errorf("%s %w", path, err)
	}
	return m, nil
}

// verify holds every listed file against its size and sum. Errors name the file and where it is damaged.
func verify(m manifest.Manifest, dir string) error {
	for _, f := range m.Files {
		got, err := describe(dir, f.Name)
		if err != nil {
			return err
		}
		if got != f {
			return fmt.Errorf("%s is damaged: it has %d bytes and SHA-256 %.12s, the manifest says %d and %.12s; %s",
				filepath.Join(dir, f.Name), got.Bytes, got.SHA256, f.Bytes, f.SHA256, damage(dir, f))
		}
	}
	return nil
}

// damage says where a file is damaged, as far as can be told.
func damage(dir string, f manifest.Item) string {
	tensors, sections, err := safetensors.ReadFile(filepath.Join(dir, tensorFile))
	switch {
	case f.Name == tensorFile && err != nil:
		return err.Error()
	case f.Name == tensorFile:
		return statefile.TensorDamage(tensors, sections)
	}
	tree, err := os.ReadFile(filepath.Join(dir, treeFile))
	if err != nil {
		return err.Error()
	}
	return statefile.TreeDamage(tree, sections)
}

// describe measures a file.
func describe(dir, name string) (manifest.Item, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return manifest.Item{}, err
	}
	defer f.Close()
	return manifest.Sum(name, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
}
