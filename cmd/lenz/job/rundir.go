package job

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"lenz/internal/atomicfile"
	"lenz/internal/disk"
	"lenz/train"
	"lenz/train/report"
)

// The files of a run directory.
const (
	fileConfig      = "config.toml"
	fileMetrics     = "metrics.csv"
	fileResult      = "result.json"
	fileBest        = "model.safetensors"
	fileLast        = "last.safetensors"
	fileReport      = "report.html"
	fileGraph       = "graph.dot"
	dirCheckpoints  = "checkpoints"
	defaultRunsRoot = "runs"
)

// Dir is the folder of one run, locked while a run writes to it.
type Dir struct {
	Path string
	lock *train.RunLock
	made bool // by this run: an early failure takes it away again
}

// NewDir makes the folder of a new run: the given one, or runs/DATA-MODEL-N with the first free N.
func NewDir(out, stem string) (*Dir, string, error) {
	if out == "" {
		return nextDir(stem)
	}
	if _, err := os.Stat(filepath.Join(out, fileConfig)); err == nil {
		return nil, "", fmt.Errorf("%s already holds a run; give another --out, or go on with --resume %s", out, out)
	}
	if _, err := os.Stat(filepath.Join(out, filePlan)); err == nil {
		return nil, "", fmt.Errorf("%s holds a study, and a run would write over its report; give another --out", out)
	}
	_, err := os.Stat(out)
	made := errors.Is(err, fs.ErrNotExist)
	if err := disk.MkdirAll(disk.OS{}, out); err != nil {
		return nil, "", fmt.Errorf("cannot make the run directory: %w; give a folder that can be written with --out", err)
	}
	return claim(&Dir{Path: out, made: made})
}

// nextDir makes runs/STEM-N with the first free N. Making it decides: runs that begin at once get different folders.
func nextDir(stem string) (*Dir, string, error) {
	err := disk.MkdirAll(disk.OS{}, defaultRunsRoot)
	for n := 1; err == nil; n++ {
		path := filepath.Join(defaultRunsRoot, fmt.Sprintf("%s-%d", stem, n))
		err = os.Mkdir(path, 0o777)
		if err == nil {
			err = disk.OS{}.SyncDir(defaultRunsRoot)
		}
		if err == nil {
			return claim(&Dir{Path: path, made: true})
		}
		if errors.Is(err, fs.ErrExist) {
			err = nil
		}
	}
	return nil, "", fmt.Errorf("cannot make the run directory: %w; give a folder that can be written with --out", err)
}

// claim locks a folder.
func claim(d *Dir) (*Dir, string, error) {
	note, err := d.take()
	if err != nil {
		d.Discard()
		return nil, "", err
	}
	return d, note, nil
}

// OpenDir takes the folder of a run that is to go on.
func OpenDir(path string) (*Dir, string, error) {
	if err := CheckRun(path); err != nil {
		return nil, "", err
	}
	d := &Dir{Path: path}
	note, err := d.take()
	if err != nil {
		return nil, "", err
	}
	return d, note, nil
}

// take locks the folder, and clears up: a run or study that was killed while it wrote a file left a part of it.
func (d *Dir) take() (string, error) {
	lock, note, err := train.Lock(d.Path)
	if err != nil {
		return "", err
	}
	d.lock = lock
	if _, err := atomicfile.Sweep(d.Path); err != nil {
		return "", errors.Join(fmt.Errorf("cannot clear up what a killed run left: %w", err), d.Close())
	}
	return note, nil
}

// Close gives the folder free.
func (d *Dir) Close() error {
	if d.lock == nil {
		return nil
	}
	err := d.lock.Release()
	d.lock = nil
	return err
}

// Discard closes the folder, and removes it if this run made it.
func (d *Dir) Discard() {
	_ = d.Close()
	if d.made {
		_ = os.RemoveAll(d.Path)
		_ = os.Remove(filepath.Dir(d.Path)) // runs/, if it is empty now
	}
}

// File is the path of a file in the folder.
func (d *Dir) File(name string) string { return filepath.Join(d.Path, name) }

// WriteText writes a file whole or not at all.
func (d *Dir) WriteText(name, text string) error {
	return atomicfile.Write(d.File(name), func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// WriteJSON writes a value as JSON does.
func (d *Dir) WriteJSON(name string, v any) error {
	text, err := JSON(v)
	if err != nil {
		return err
	}
	return d.WriteText(name, string(text))
}

// CheckRun makes sure that a path is a run directory.
func CheckRun(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("there is no run %s; lenz train writes one, and says where", path)
	case !info.IsDir():
		return fmt.Errorf("%s is a file; give the run directory that lenz train wrote", path)
	}
	if _, err := os.Stat(filepath.Join(path, fileConfig)); err != nil {
		return fmt.Errorf("%s is not a run directory: it has no %s", path, fileConfig)
	}
	return nil
}

// SaveFigures writes pictures as .svg and .png.
func (d *Dir) SaveFigures(figures []report.Figure) error {
	for _, f := range figures {
		for _, ext := range []string{".svg", ".png"} {
			if err := report.Save(d.File(f.Name+ext), f); err != nil {
				return err
			}
		}
	}
	return nil
}

// facts are those of this program and of the data.
func facts(checksums map[string]string, version string, modules map[string]string) Facts {
	return Facts{Version: version, Go: runtime.Version(), Modules: modules, Checksum: checksums}
}
