package disktest

import (
	"fmt"

	"lenz/internal/disk"
)

// Faulty passes operations on to a layer until the one that is to fail.
type Faulty struct {
	Layer disk.Layer
	// At is the operation that fails, counted from 1; 0 for none.
	At int
	// Err is its error. Nil makes a write come up short without an error, and fails nothing else.
	Err error
	// Half lets half of a failing write through.
	Half bool
	// Sticky fails everything from then on but Remove, as a full disk does.
	Sticky bool
	// Dead fails everything from then on, as a disk that is gone does.
	Dead bool

	// Count is the number of operations so far.
	Count int
	// Failed says what failed first; empty if nothing has.
	Failed string
}

var _ disk.Layer = (*Faulty)(nil)

// fault counts an operation, and tells whether it is to fail.
func (f *Faulty) fault(what string, removes bool) bool {
	f.Count++
	if f.At == 0 || f.Count < f.At || f.Count > f.At && !(f.Dead || f.Sticky && !removes) {
		return false
	}
	if f.Failed == "" {
		f.Failed = what
	}
	return true
}

// check is the error of an operation that is no write.
func (f *Faulty) check(what, path string, removes bool) error {
	if f.fault(what+" "+path, removes) && f.Err != nil {
		return fmt.Errorf("%s %s: %w", what, path, f.Err)
	}
	return nil
}

// Create makes a file.
func (f *Faulty) Create(path string) (disk.File, error) {
	if err := f.check("create", path, false); err != nil {
		return nil, err
	}
	file, err := f.Layer.Create(path)
	return &faultyFile{file, f, path}, err
}

// Append opens a file.
func (f *Faulty) Append(path string) (disk.File, error) {
	if err := f.check("open", path, false); err != nil {
		return nil, err
	}
	file, err := f.Layer.Append(path)
	return &faultyFile{file, f, path}, err
}

// Mkdir makes a folder.
func (f *Faulty) Mkdir(path string) error {
	if err := f.check("mkdir", path, false); err != nil {
		return err
	}
	return f.Layer.Mkdir(path)
}

// Rename moves a file or folder.
func (f *Faulty) Rename(from, to string) error {
	if err := f.check("rename", from, false); err != nil {
		return err
	}
	return f.Layer.Rename(from, to)
}

// Remove removes a file or an empty folder.
func (f *Faulty) Remove(path string) error {
	if err := f.check("remove", path, true); err != nil {
		return err
	}
	return f.Layer.Remove(path)
}

// SyncDir syncs the names in a folder.
func (f *Faulty) SyncDir(path string) error {
	if err := f.check("sync", path, false); err != nil {
		return err
	}
	return f.Layer.SyncDir(path)
}

type faultyFile struct {
	disk.File
	f    *Faulty
	path string
}

func (w *faultyFile) Write(b []byte) (int, error) {
	if !w.f.fault("write "+w.path, false) {
		return w.File.Write(b)
	}
	n := 0
	if w.f.Half || w.f.Err == nil {
		var err error
		if n, err = w.File.Write(b[:len(b)/2]); err != nil {
			return n, err
		}
	}
	if w.f.Err == nil {
		return n, nil
	}
	return n, fmt.Errorf("write %s: %w", w.path, w.f.Err)
}

func (w *faultyFile) Sync() error {
	if err := w.f.check("sync", w.path, false); err != nil {
		return err
	}
	return w.File.Sync()
}

func (w *faultyFile) Close() error {
	err := w.f.check("close", w.path, false)
	if closed := w.File.Close(); err == nil {
		err = closed
	}
	return err
}
