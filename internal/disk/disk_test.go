package disk_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"lenz/internal/disk"
)

func put(t *testing.T, f disk.File, text string) {
	t.Helper()
	if _, err := f.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

func holds(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v; want %q", path, got, err, want)
	}
}

func TestFilesAreWrittenAppendedAndReplaced(t *testing.T) {
	l, dir := disk.OS{}, t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	f, err := l.Create(a)
	if err != nil {
		t.Fatal(err)
	}
	put(t, f, "one ")
	if f, err = l.Append(a); err != nil {
		t.Fatal(err)
	}
	put(t, f, "two")
	holds(t, a, "one two")
	if f, err = l.Create(b); err != nil {
		t.Fatal(err)
	}
	put(t, f, "in the way")
	if err := errors.Join(l.Rename(a, b), l.SyncDir(dir)); err != nil {
		t.Fatal(err)
	}
	holds(t, b, "one two")
	if err := l.Remove(b); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("%d entries are left, %v", len(entries), err)
	}
}

// What is there is not made, what is not there is not written to, and the error says which path it was.
func TestErrorsNameThePath(t *testing.T) {
	l, dir := disk.OS{}, t.TempDir()
	there, missing := filepath.Join(dir, "there"), filepath.Join(dir, "missing")
	f, err := l.Create(there)
	if err != nil {
		t.Fatal(err)
	}
	put(t, f, "kept")
	for _, c := range []struct {
		what string
		do   func() error
		path string
		want error
	}{
		{"create", func() error { _, err := l.Create(there); return err }, there, fs.ErrExist},
		{"append", func() error { _, err := l.Append(missing); return err }, missing, fs.ErrNotExist},
		{"mkdir", func() error { return l.Mkdir(there) }, there, fs.ErrExist},
		{"remove", func() error { return l.Remove(missing) }, missing, fs.ErrNotExist},
		{"rename", func() error { return l.Rename(missing, there) }, missing, fs.ErrNotExist},
		{"sync", func() error { return l.SyncDir(missing) }, missing, fs.ErrNotExist},
		{"mkdir all", func() error { return disk.MkdirAll(l, there) }, there, nil},
	} {
		err := c.do()
		var path *fs.PathError
		var link *os.LinkError
		named := errors.As(err, &path) && path.Path == c.path || errors.As(err, &link) && link.Old == c.path
		if !named || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v of %s", c.what, err, c.want, c.path)
		}
	}
	holds(t, there, "kept")
	if _, err := os.Stat(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s was made: %v", missing, err)
	}
}

func TestFoldersAreMadeAndRemovedWhole(t *testing.T) {
	l, dir := disk.OS{}, t.TempDir()
	deep := filepath.Join(dir, "a", "b", "c")
	for range 2 { // those that are there already are no error
		if err := disk.MkdirAll(l, deep); err != nil {
			t.Fatal(err)
		}
	}
	f, err := l.Create(filepath.Join(deep, "f"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, f, "x")
	if err := l.Remove(deep); err == nil {
		t.Error("a folder that holds a file was removed")
	}
	outside := filepath.Join(dir, "outside")
	if err := os.Mkdir(outside, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(deep, "link")); err != nil {
		t.Skipf("no links here: %v", err)
	}
	for range 2 { // what is gone is removed
		if err := disk.RemoveAll(l, filepath.Join(dir, "a")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "a")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
	if _, err := os.Stat(outside); err != nil {
		t.Errorf("what a link pointed to was removed: %v", err)
	}
}
