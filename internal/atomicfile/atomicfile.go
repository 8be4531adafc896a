package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"lenz/internal/disk"
)

// Writer writes through a layer. The zero value writes to the real disk, as Write, Dir and Sweep do.
type Writer struct{ Layer disk.Layer }

func (w Writer) layer() disk.Layer {
	if w.Layer == nil {
		return disk.OS{}
	}
	return w.Layer
}

// Write makes the file at path hold what write writes, and nothing else: the bytes go to a temporary file in the same
// folder, which is synced to disk and renamed. On an error, which names the path, an earlier file is unchanged (only where
// the folder cannot be synced at the end is the new one in place already) and the temporary file is gone. The writer is buffered and flushed here.
func Write(path string, write func(io.Writer) error) error { return Writer{}.Write(path, write) }

// Write is the function Write through the layer.
func (w Writer) Write(path string, write func(io.Writer) error) error {
	if err := w.writeFile(path, write); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func (w Writer) writeFile(path string, write func(io.Writer) error) error {
	var f disk.File
	tmp, err := free(path, func(tmp string) (err error) {
		f, err = w.layer().Create(tmp)
		return err
	})
	if err != nil {
		return err
	}
	err = fill(f, write)
	if err == nil {
		err = w.layer().Rename(tmp, path)
	}
	if err != nil {
		return errors.Join(err, w.layer().Remove(tmp))
	}
	return w.layer().SyncDir(filepath.Dir(path))
}

// fill writes, syncs and closes a file.
func fill(f disk.File, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(f, 1<<16)
	err := write(b)
	if err == nil {
		err = b.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// Folder is a temporary folder that Dir fills.
type Folder struct {
	path  string
	layer disk.Layer
}

// Write writes a file into the folder and syncs it; write's writer is buffered and flushed here.
func (d Folder) Write(name string, write func(io.Writer) error) error {
	f, err := d.layer.Create(filepath.Join(d.path, name))
	if err != nil {
		return err
	}
	return fill(f, write)
}

// Dir makes the folder at path hold the files that build writes into the folder it is given, and nothing else: that
// is a temporary folder beside path, which is synced to disk before it is renamed. A folder that was at path
// is replaced. On an error, which names the path, the temporary folder is gone and an earlier folder is unchanged.
func Dir(path string, build func(d Folder) error) error { return Writer{}.Dir(path, build) }

// Dir is the function Dir through the layer.
func (w Writer) Dir(path string, build func(d Folder) error) error {
	if err := w.writeDir(path, build); err != nil {
		return fmt.Errorf("write folder %s: %w", path, err)
	}
	return nil
}

func (w Writer) writeDir(path string, build func(d Folder) error) error {
	tmp, err := free(path, w.layer().Mkdir)
	if err != nil {
		return err
	}
	err = build(Folder{tmp, w.layer()})
	if err == nil {
		err = w.layer().SyncDir(tmp)
	}
	if err == nil {
		err = w.replace(tmp, path)
	}
	if err != nil {
		return errors.Join(err, disk.RemoveAll(w.layer(), tmp))
	}
	return nil
}

// replace renames a folder; one that is in the way is moved aside first, since a folder with files cannot be renamed
// over. The old one is removed only when the name of the new one is on disk: whenever the power fails, one of them is
// there, and Aside finds it.
func (w Writer) replace(tmp, path string) error {
	parent := filepath.Dir(path)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		if err := w.layer().Rename(tmp, path); err != nil {
			return err
		}
		return w.layer().SyncDir(parent)
	} else if err != nil {
		return err
	}
	aside, err := free(path, w.layer().Mkdir)
	if err != nil {
		return err
	}
	old := filepath.Join(aside, asideName)
	err = w.layer().SyncDir(parent) // what moves into a folder whose name is lost is lost
	if err == nil {
		err = w.layer().Rename(path, old)
	}
	if err != nil {
		return errors.Join(err, disk.RemoveAll(w.layer(), aside))
	}
	if err := w.swap(tmp, path, aside); err != nil {
		// If the old one cannot be put back, it stays aside, where Sweep finds it.
		if back := w.layer().Rename(old, path); back != nil {
			return errors.Join(err, back)
		}
		return errors.Join(err, disk.RemoveAll(w.layer(), aside))
	}
	return disk.RemoveAll(w.layer(), aside)
}

// swap puts the new folder in its place. Until the parent is synced for the second time the old one must be found aside.
func (w Writer) swap(tmp, path, aside string) error {
	if err := w.layer().SyncDir(aside); err != nil {
		return err
	}
	if err := w.layer().SyncDir(filepath.Dir(path)); err != nil {
		return err
	}
	if err := w.layer().Rename(tmp, path); err != nil {
		return err
	}
	if err := w.layer().SyncDir(filepath.Dir(path)); err != nil {
		// It may or may not be on disk: the new one goes back, so that the old one can.
		return errors.Join(err, w.layer().Rename(path, tmp))
	}
	return nil
}

// asideName is what a folder that is being replaced is called in the temporary folder that it waits in.
const asideName = "old"

// Aside lists the folders in dir that were being replaced when their process was killed: the name that each had, and the
// path in dir where it is now.
func Aside(dir string) (map[string]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, e := range entries {
		parts := temporary.FindStringSubmatch(e.Name())
		if parts == nil || !e.IsDir() {
			continue
		}
		old := filepath.Join(e.Name(), asideName)
		if info, err := os.Stat(filepath.Join(dir, old)); err == nil && info.IsDir() {
			found[parts[1]] = old
		}
	}
	return found, nil
}

// Sweep removes temporary files and folders that a killed process left in the folder, and returns their names. A
// folder that was being replaced goes back to its place first, unless the new one is there. Only
// the owner of the folder may call it: what another process is writing at the moment would be removed too.
func Sweep(dir string) ([]string, error) { return Writer{}.Sweep(dir) }

// Sweep is the function Sweep through the layer.
func (w Writer) Sweep(dir string) ([]string, error) {
	if err := w.putBack(dir); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var swept []string
	for _, e := range entries {
		if !temporary.MatchString(e.Name()) {
			continue
		}
		if err := disk.RemoveAll(w.layer(), filepath.Join(dir, e.Name())); err != nil {
			return swept, err
		}
		swept = append(swept, e.Name())
	}
	return swept, nil
}

// putBack moves folders that were being replaced to their places, unless the new ones are there. Afterwards what is in
// its place is on disk, and what is still aside can be removed.
func (w Writer) putBack(dir string) error {
	aside, err := Aside(dir)
	if err != nil || len(aside) == 0 {
		return err
	}
	for name, old := range aside {
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := w.layer().Rename(filepath.Join(dir, old), path); err != nil {
			return err
		}
	}
	return w.layer().SyncDir(dir)
}

// temporary matches the names that temporaryName gives.
var temporary = regexp.MustCompile(`^\.(.+)\.tmp-[0-9]+-[0-9]+$`)

func temporaryName(path string, try int) string {
	return filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.tmp-%d-%d", filepath.Base(path), os.Getpid(), try))
}

// tries bounds the search for a free name; each taken one was left by a killed process of the same id, or belongs to
// a writer of the same path in this process.
const tries = 1000

// free makes something under the first temporary name that is free.
func free(path string, create func(tmp string) error) (string, error) {
	for try := range tries {
		tmp := temporaryName(path, try)
		err := create(tmp)
		if !errors.Is(err, fs.ErrExist) {
			return tmp, err
		}
	}
	return "", fmt.Errorf("%d temporary files or folders are in the way", tries)
}
