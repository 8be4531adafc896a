package train

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"lenz/internal/atomicfile"
	"lenz/internal/disk"
	"lenz/internal/manifest"
	"lenz/internal/safetensors"
	"lenz/internal/statefile"
)

// Checkpoint is a run as it was after a step: everything that a resumed run must have again. On disk it is a folder of
// state.safetensors (all slices of numbers), state.json (the tree with the single values) and manifest.json (the
// SHA-256 sum of each file), which appears whole or not at all.
type Checkpoint struct {
	Path        string
	Step, Epoch int // done; ended
	State       State
}

// checkpointName is the name of a checkpoint's folder; names sort as steps do.
func checkpointName(epoch, step int) string {
	return fmt.Sprintf("epoch-%06d-step-%09d", epoch, step)
}

// WriteCheckpoint keeps a checkpoint in a folder of checkpoints, which is made if need be. One of the same epoch and
// step is replaced. Errors name the path.
func WriteCheckpoint(dir string, epoch, step int, s State) (*Checkpoint, error) {
	return writeCheckpoint(disk.OS{}, dir, epoch, step, s)
}

func writeCheckpoint(l disk.Layer, dir string, epoch, step int, s State) (*Checkpoint, error) {
	path := filepath.Join(dir, checkpointName(epoch, step))
	tree, tensors, err := statefile.Encode(s)
	if err != nil {
		return nil, fmt.Errorf("train: checkpoint %s: %w", path, err)
	}
	sections, err := statefile.Sections(tree, tensors)
	if err != nil {
		return nil, fmt.Errorf("train: checkpoint %s: %w", path, err)
	}
	if err := disk.MkdirAll(l, dir); err != nil {
		return nil, fmt.Errorf("train: checkpoint: %w", err)
	}
	err = atomicfile.Writer{Layer: l}.Dir(path, func(d atomicfile.Folder) error {
		m := manifest.Manifest{Format: manifest.Format, Version: manifest.Version, Step: step, Epoch: epoch}
		put := func(name string, write func(io.Writer) error) error {
			item, err := manifest.Sum(name, func(sum io.Writer) error {
				return d.Write(name, func(w io.Writer) error { return write(io.MultiWriter(w, sum)) })
			})
			m.Files = append(m.Files, item)
			return err
		}
		if err := put(treeFile, func(w io.Writer) error { _, err := w.Write(tree); return err }); err != nil {
			return err
		}
		if err := put(tensorFile, func(w io.Writer) error { return safetensors.Write(w, tensors, sections) }); err != nil {
			return err
		}
		text, err := m.Encode()
		if err != nil {
			return err
		}
		return d.Write(manifestFile, func(w io.Writer) error { _, err := w.Write(text); return err })
	})
	if err != nil {
		return nil, fmt.Errorf("train: checkpoint: %w", err)
	}
	return &Checkpoint{path, step, epoch, s}, nil
}

// OpenCheckpoint reads the checkpoint in a folder. One with any bit changed, cut off or missing is an error that names
// the file.
func OpenCheckpoint(path string) (*Checkpoint, error) {
	c, err := openCheckpoint(path)
	if err != nil {
		return nil, fmt.Errorf("train: checkpoint: %w", err)
	}
	return c, nil
}

func openCheckpoint(path string) (*Checkpoint, error) {
	m, err := readManifest(path)
	if err != nil {
		return nil, err
	}
	if err := verify(m, path); err != nil {
		return nil, err
	}
	tree, err := os.ReadFile(filepath.Join(path, treeFile))
	if err != nil {
		return nil, err
	}
	tensors, _, err := safetensors.ReadFile(filepath.Join(path, tensorFile))
	if err != nil {
		return nil, err
	}
	s, err := statefile.Decode(tree, tensors)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Checkpoint{path, m.Step, m.Epoch, s}, nil
}

// ErrNoCheckpoint is Latest's error when a folder holds no sound checkpoint.
var ErrNoCheckpoint = errors.New("there is no sound checkpoint")

// Latest reads the newest sound checkpoint of a folder of checkpoints. Damaged ones are passed over, each with a note for the
// user that names the file. With none left the error is ErrNoCheckpoint and names the folder and what was wrong.
func Latest(dir string) (c *Checkpoint, notes []string, err error) {
	found, err := checkpoints(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("train: %w", err)
	}
	var damaged []error
	for _, f := range slices.Backward(found) {
		c, err := openCheckpoint(filepath.Join(dir, f.path))
		if err == nil {
			return c, notes, nil
		}
		damaged = append(damaged, err)
		notes = append(notes, fmt.Sprintf("checkpoint %s is passed over: %v", f.name, err))
	}
	if len(damaged) > 0 {
		return nil, notes, fmt.Errorf("train: %w in %s: %w", ErrNoCheckpoint, dir, errors.Join(damaged...))
	}
	return nil, nil, fmt.Errorf("train: %w in %s", ErrNoCheckpoint, dir)
}

// found is a checkpoint's folder: its name, and where it is in the folder of checkpoints. One that was being replaced when its
// process was killed is aside.
type found struct {
	name, path  string
	epoch, step int
}

// checkpoints lists a folder's checkpoints by step. A folder that does not exist has none. One that is aside comes
// before the one that replaces it.
func checkpoints(dir string) ([]found, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	aside, err := atomicfile.Aside(dir)
	if err != nil {
		return nil, err
	}
	var list []found
	add := func(name, path string) {
		f := found{name: name, path: path}
		n, err := fmt.Sscanf(name, "epoch-%d-step-%d", &f.epoch, &f.step)
		if n == 2 && err == nil && checkpointName(f.epoch, f.step) == name {
			list = append(list, f)
		}
	}
	for name, path := range aside {
		add(name, path)
	}
	for _, e := range entries {
		add(e.Name(), e.Name())
	}
	slices.SortStableFunc(list, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.step, b.step), cmp.Compare(a.epoch, b.epoch))
	})
	return list, nil
}
