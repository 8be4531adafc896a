package disk

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// File is a file being written.
type File interface {
	io.WriteCloser
	// Sync returns when what was written is on disk.
	Sync() error
}

// Layer changes folders and files. Errors name the path.
type Layer interface {
	// Create makes a file that must not exist (fs.ErrExist otherwise).
	Create(path string) (File, error)
	// Append opens a file that exists, to write behind what it holds.
	Append(path string) (File, error)
	// Mkdir makes a folder that must not exist (fs.ErrExist otherwise).
	Mkdir(path string) error
	// Rename moves a file or folder; a file that is in the way is replaced.
	Rename(from, to string) error
	// Remove removes a file or an empty folder.
	Remove(path string) error
	// SyncDir returns when the names in a folder are on disk.
	SyncDir(path string) error
}

// OS is the operating system's layer.
type OS struct{}

var _ Layer = OS{}

// Create makes a file.
func (OS) Create(path string) (File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
}

// Append opens a file to write at its end.
func (OS) Append(path string) (File, error) { return os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0) }

// Mkdir makes a folder.
func (OS) Mkdir(path string) error { return os.Mkdir(path, 0o777) }

// Rename moves a file or folder.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove removes a file or an empty folder.
func (OS) Remove(path string) error { return os.Remove(path) }

// SyncDir syncs the names in a folder. Windows opens no folder for that, and keeps its own journal of names.
func (OS) SyncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// MkdirAll makes a folder and those above it that are missing, and returns when their names are on disk: a folder whose
// own name is lost takes all that is in it along.
func MkdirAll(l Layer, path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return &fs.PathError{Op: "mkdir", Path: path, Err: errors.New("it is a file")}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	parent := filepath.Dir(path)
	if err := MkdirAll(l, parent); err != nil {
		return err
	}
	if err := l.Mkdir(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return l.SyncDir(parent)
}

// RemoveAll removes a file, or a folder with all that is in it. What does not exist is removed already.
func RemoveAll(l Layer, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		entries, err := os.ReadDir(path)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := RemoveAll(l, filepath.Join(path, e.Name())); err != nil {
				return err
			}
		}
	}
	if err := l.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
