package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"lenz/internal/disk/disktest"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var n []string
	for _, e := range entries {
		n = append(n, e.Name())
	}
	return n
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func TestWriteReplacesWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	for _, want := range []string{"first, and longer", "second"} {
		if err := Write(path, text(want)); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); string(got) != want {
			t.Errorf("file holds %q, want %q", got, want)
		}
	}
	broken := errors.New("broken")
	err := Write(path, func(w io.Writer) error {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v, want one that names %s", err, path)
	}
	if got, _ := os.ReadFile(path); string(got) != "second" {
		t.Errorf("after a failed write the file holds %q", got)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"a.txt"}) {
		t.Errorf("folder holds %v", got)
	}
}

func TestWriteErrorsNameThePath(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "none", "a.txt"), dir} {
		if err := Write(path, text("x")); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("Write(%s): %v", path, err)
		}
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("folder holds %v", got)
	}
	missing := filepath.Join(dir, "none", "c")
	if err := Dir(missing, func(Folder) error { return nil }); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("Dir(%s): %v", missing, err)
	}
}

func TestDirReplacesWholeOrNotAtAll(t *testing.T) {
	parent := t.TempDir()
	path := filepath.Join(parent, "c")
	fill := func(name string) func(Folder) error {
		return func(d Folder) error { return d.Write(name, text(name)) }
	}
	for _, name := range []string{"one", "two"} {
		if err := Dir(path, fill(name)); err != nil {
			t.Fatal(err)
		}
		if got := names(t, path); !slices.Equal(got, []string{name}) {
			t.Errorf("folder holds %v, want %s", got, name)
		}
	}
	broken := errors.New("broken")
	err := Dir(path, func(d Folder) error { return errors.Join(fill("three")(d), broken) })
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if got := names(t, path); !slices.Equal(got, []string{"two"}) {
		t.Errorf("after a failed write the folder holds %v", got)
	}
	if got := names(t, parent); !slices.Equal(got, []string{"c"}) {
		t.Errorf("parent holds %v", got)
	}
}

func TestSweepRemovesOnlyLeftovers(t *testing.T) {
	dir := t.TempDir()
	keep := []string{".hidden", ".tmp-1-1", "a.tmp-1-0", "b"}
	for _, n := range append([]string{".b.tmp-17-0"}, keep...) {
		if err := os.WriteFile(filepath.Join(dir, n), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	left := temporaryName(filepath.Join(dir, "c"), 3)
	if err := os.MkdirAll(filepath.Join(left, "deep"), 0o777); err != nil {
		t.Fatal(err)
	}
	swept, err := Sweep(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{".b.tmp-17-0", filepath.Base(left)}; !slices.Equal(swept, want) {
		t.Errorf("swept %v, want %v", swept, want)
	}
	if got := names(t, dir); !slices.Equal(got, keep) {
		t.Errorf("folder holds %v, want %v", got, keep)
	}
}

// Whichever operation fails and whenever the power does, the file is the old or the new one.
func TestWriteUnderFaultsAndPowerFailures(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	r, err := disktest.NewRecorder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := (Writer{r}).Write(path, text("new")); err != nil {
		t.Fatal(err)
	}
	states := r.CrashStates(1)
	for _, s := range states {
		if got := string(s.Tree["a.txt"]); got != "new" && (got != "old" || s.After == r.Len()) {
			t.Errorf("after %d operations, %s: %q", s.After, s.How, got)
		}
	}
	for at := 1; ; at++ {
		f := &disktest.Faulty{Layer: r, At: at, Err: syscall.EIO}
		before, _ := os.ReadFile(path)
		next := fmt.Sprint("number ", at)
		err := Writer{f}.Write(path, text(next))
		if f.Failed == "" {
			if err != nil || at < 6 {
				t.Errorf("%d operations, %v", at-1, err)
			}
			break
		}
		if got, _ := os.ReadFile(path); !errors.Is(err, syscall.EIO) || !strings.Contains(err.Error(), path) || string(got) != string(before) && string(got) != next {
			t.Errorf("%s: error %v, the file holds %q", f.Failed, err, got)
		}
		if got := names(t, dir); !slices.Equal(got, []string{"a.txt"}) {
			t.Errorf("%s: folder holds %v", f.Failed, got)
		}
	}
}

// A folder that was being replaced when its process was killed goes back to its place.
func TestSweepPutsBackWhatWasBeingReplaced(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(temporaryName(filepath.Join(dir, "c"), 0), asideName)
	if err := os.MkdirAll(filepath.Join(old, "file"), 0o777); err != nil {
		t.Fatal(err)
	}
	if aside, err := Aside(dir); err != nil || len(aside) != 1 || filepath.Join(dir, aside["c"]) != old {
		t.Errorf("aside %v, %v", aside, err)
	}
	if _, err := Sweep(dir); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"c"}) {
		t.Errorf("folder holds %v", got)
	}
	if got := names(t, filepath.Join(dir, "c")); !slices.Equal(got, []string{"file"}) {
		t.Errorf("c holds %v", got)
	}
}
