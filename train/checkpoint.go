package train

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"lenz/internal/atomicfile"
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
	path := filepath.Join(dir, checkpointName(epoch, step))
	tree, tensors, err := statefile.Encode(s)
	if err != nil {
		return nil, fmt.Errorf("train: checkpoint %s: %w", path, err)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("train: checkpoint: %w", err)
	}
	err = atomicfile.Dir(path, func(tmp string) error {
		if err := os.WriteFile(filepath.Join(tmp, treeFile), tree, 0o666); err != nil {
			return err
		}
		if err := writeTensors(filepath.Join(tmp, tensorFile), tensors); err != nil {
			return err
		}
		m := manifest{Format: manifestFormat, Version: manifestVersion, Step: step, Epoch: epoch}
		for _, name := range []string{treeFile, tensorFile} {
			f, err := describe(tmp, name)
			if err != nil {
				return err
			}
			m.Files = append(m.Files, f)
		}
		text, err := m.encode()
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(tmp, manifestFile), text, 0o666)
	})
	if err != nil {
		return nil, fmt.Errorf("train: checkpoint: %w", err)
	}
	return &Checkpoint{path, step, epoch, s}, nil
}

// writeTensors writes a plain file: the folder that it is in appears whole or not at all.
func writeTensors(path string, tensors []safetensors.Tensor) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(f, 1<<16)
	err = safetensors.Write(b, tensors, nil)
	if err == nil {
		err = b.Flush()
	}
	return errors.Join(err, f.Close())
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
	if err := m.verify(path); err != nil {
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
		c, err := openCheckpoint(filepath.Join(dir, f.name))
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

// found is a checkpoint's folder.
type found struct {
	name        string
	epoch, step int
}

// checkpoints lists a folder's checkpoints by step. A folder that does not exist has none.
func checkpoints(dir string) ([]found, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []found
	for _, e := range entries {
		f := found{name: e.Name()}
		n, err := fmt.Sscanf(e.Name(), "epoch-%d-step-%d", &f.epoch, &f.step)
		if n == 2 && err == nil && checkpointName(f.epoch, f.step) == f.name {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.step, b.step), cmp.Compare(a.epoch, b.epoch))
	})
	return list, nil
}
