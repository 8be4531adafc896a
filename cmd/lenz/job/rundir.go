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

// NewDir makes the folder of a new run or study: the given one, or runs/STEM-N with the first free N. What a given folder holds is looked
// at once more when the lock is taken: of several that begin at once in one folder, exactly one goes on.
func NewDir(out, stem string, c contents) (*Dir, string, error) {
	if out == "" {
		return nextDir(stem)
	}
	if err := c.free(out); err != nil { // before the lock leaves a trace
		return nil, "", err
	}
	d, note, err := newDir(out)
	for tries := 1; errors.Is(err, fs.ErrNotExist) && tries < vanishing; tries++ {
		d, note, err = newDir(out)
	}
	if err != nil {
		return nil, "", cannotMake(err)
	}
	if err := c.free(out); err != nil { // another run was quicker, and has ended: the folder is its own, whoever made it
		return nil, "", errors.Join(err, d.Close())
	}
	return d, note, nil
}

// vanishing is how often a folder is made that is gone when it is to be locked: whoever made it first failed, and took it away.
const vanishing = 100

func cannotMake(err error) error {
	if errors.Is(err, train.ErrLocked) {
		return err
	}
	return fmt.Errorf("cannot make the run directory: %w; give a folder that can be written with --out", err)
}

// newDir makes a folder, unless it is there, and locks it.
func newDir(path string) (*Dir, string, error) {
	d := &Dir{Path: path}
	err := d.mkdir()
	if errors.Is(err, fs.ErrExist) {
		err = disk.MkdirAll(disk.OS{}, path) // which says so if it is a file
	}
	if err != nil {
		return nil, "", err
	}
	return d.claim()
}

// mkdir makes the folder, which must not exist. Only the run whose call made it may take it away again.
func (d *Dir) mkdir() error {
	parent := filepath.Dir(d.Path)
	if err := disk.MkdirAll(disk.OS{}, parent); err != nil {
		return err
	}
	if err := os.Mkdir(d.Path, 0o777); err != nil {
		return err
	}
	d.made = true
	return disk.OS{}.SyncDir(parent)
}

// nextDir makes runs/STEM-N with the first free N. Making it decides: runs that begin at once get different folders.
func nextDir(stem string) (*Dir, string, error) {
	for n, vanished := 1, 0; ; {
		d := &Dir{Path: filepath.Join(defaultRunsRoot, fmt.Sprintf("%s-%d", stem, n))}
		note, err := "", d.mkdir()
		if err == nil {
			d, note, err = d.claim()
		}
		switch {
		case err == nil:
			return d, note, nil
		case errors.Is(err, fs.ErrExist), errors.Is(err, train.ErrLocked): // a run's, or one is given it as --out just now
			n++
		case errors.Is(err, fs.ErrNotExist) && vanished < vanishing: // another run took the empty runs away
			vanished++
		default:
			return nil, "", cannotMake(err)
		}
	}
}

// claim locks the folder.
func (d *Dir) claim() (*Dir, string, error) {
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

// Discard gives the folder free and, if this run made it, removes it with what a run or study writes at its beginning. Files go while the
// lock is held and the folder only if it is empty: what another run has taken meanwhile stays.
func (d *Dir) Discard() {
	mine := d.made && d.lock != nil
	if mine {
		for _, name := range []string{fileConfig, filePlan, fileJournal} {
			_ = os.Remove(d.File(name))
		}
	}
	_ = d.Close()
	if mine {
		_ = os.Remove(d.Path)
		if parent := filepath.Dir(d.Path); parent == defaultRunsRoot {
			_ = os.Remove(parent) // if it is empty now
		}
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
