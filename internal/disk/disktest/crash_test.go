package disktest

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"lenz/internal/disk"
)

// save writes new over old as its flags say, and returns the states in which the file is neither.
func save(t *testing.T, syncs, syncsFolder bool) (states, mixed, lost int) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	r, err := NewRecorder(dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Create(path + ".tmp")
	if err != nil {
		t.Fatal(err)
	}
	_, e1 := f.Write([]byte("ne"))
	_, e2 := f.Write([]byte("w"))
	var e3, e5 error
	if syncs {
		e3 = f.Sync()
	}
	e4 := f.Close()
	if e := r.Rename(path+".tmp", path); e != nil {
		t.Fatal(e)
	}
	if syncsFolder {
		e5 = r.SyncDir(dir)
	}
	if err := errors.Join(e1, e2, e3, e4, e5); err != nil {
		t.Fatal(err)
	}
	all := r.CrashStates(1)
	for _, s := range all {
		got := string(s.Tree["f"])
		if got != "old" && got != "new" {
			mixed++
		}
		if s.After == r.Len() && got != "new" {
			lost++
		}
	}
	return len(all), mixed, lost
}

// The replayer finds what is wrong with savers that forget to sync, and nothing wrong with one that does not.
func TestCrashStatesFindMissingSyncs(t *testing.T) {
	if n, mixed, lost := save(t, true, true); n < 10 || mixed != 0 || lost != 0 {
		t.Errorf("a saver that syncs: %d states, %d mixed, %d lost", n, mixed, lost)
	}
	if _, mixed, _ := save(t, false, true); mixed < 4 { // empty, zeros, a write missing, torn
		t.Errorf("a saver that does not sync its file: %d mixed states", mixed)
	}
	if _, mixed, lost := save(t, true, false); mixed != 0 || lost == 0 {
		t.Errorf("a saver that does not sync the folder: %d mixed, %d lost", mixed, lost)
	}
}

// A folder whose name is not on disk takes its files along.
func TestMkdirAllSyncsNames(t *testing.T) {
	for _, sound := range []bool{true, false} {
		dir := t.TempDir()
		r, err := NewRecorder(dir)
		if err != nil {
			t.Fatal(err)
		}
		deep := filepath.Join(dir, "a", "b")
		if sound {
			err = disk.MkdirAll(r, deep)
		} else {
			err = errors.Join(r.Mkdir(filepath.Dir(deep)), r.Mkdir(deep))
		}
		if err != nil {
			t.Fatal(err)
		}
		lost := false
		for _, s := range r.CrashStates(1) {
			if _, ok := s.Tree[filepath.Join("a", "b")]; s.After == r.Len() && !ok {
				lost = true
			}
		}
		if lost == sound {
			t.Errorf("sound %v: lost %v", sound, lost)
		}
		if err := disk.MkdirAll(r, deep); err != nil {
			t.Errorf("what is there: %v", err)
		}
		if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := disk.MkdirAll(r, filepath.Join(dir, "file", "c")); err == nil {
			t.Error("a folder in a file is made")
		}
	}
}

func TestFaulty(t *testing.T) {
	dir := t.TempDir()
	f := &Faulty{Layer: disk.OS{}, At: 2, Err: syscall.ENOSPC, Half: true, Sticky: true}
	w, err := f.Create(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := w.Write([]byte("1234")); n != 2 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%d, %v", n, err)
	}
	if err := w.Sync(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("sync on a full disk: %v", err)
	}
	_ = w.Close()
	if err := f.Remove(filepath.Join(dir, "a")); err != nil {
		t.Errorf("remove on a full disk: %v", err)
	}
}
