package job

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestRunsThatBeginAtOnceGetTheirOwnFolders(t *testing.T) {
	t.Chdir(t.TempDir())
	var all sync.Map
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			d, _, err := NewDir("", "x", contents{})
			if err != nil {
				t.Error(err)
				return
			}
			defer d.Close()
			if _, twice := all.LoadOrStore(d.Path, true); twice {
				t.Errorf("%s is given twice", d.Path)
			}
		})
	}
	group.Wait()
}

// Of several runs or studies that begin at once in one new folder exactly one goes on, and what it writes stays, also when the others come
// after it has ended.
func TestExactlyOneGetsANewFolder(t *testing.T) {
	root := t.TempDir()
	for n := range 200 {
		c, mark := contents{}, fileConfig
		if n%2 == 1 {
			c, mark = contents{study: true}, filePlan
		}
		folder := filepath.Join(root, fmt.Sprint(n), "new")
		if n%4 < 2 { // the folder above is there, too, or has to be made
			if err := os.Mkdir(filepath.Dir(folder), 0o777); err != nil {
				t.Fatal(err)
			}
		}
		var won atomic.Int32
		begin := make(chan struct{})
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				<-begin
				d, _, err := NewDir(folder, "", c)
				if err != nil {
					if text := err.Error(); !strings.Contains(text, "is in use by another run (process ") && !strings.Contains(text, "already holds a") || strings.Contains(text, "(process )") {
						t.Errorf("turn %d: %v", n, err)
					}
					return
				}
				won.Add(1)
				if err := d.WriteText(mark, "kept"); err != nil {
					t.Errorf("turn %d: %v", n, err)
				}
				if err := d.Close(); err != nil {
					t.Errorf("turn %d: %v", n, err)
				}
			})
		}
		close(begin)
		group.Wait()
		if text, err := os.ReadFile(filepath.Join(folder, mark)); won.Load() != 1 || err != nil || string(text) != "kept" {
			t.Fatalf("turn %d: %d went on, and %s holds %q, %v", n, won.Load(), mark, text, err)
		}
	}
}

// A run that fails at its beginning takes away the folder that it made, but none that another run has taken meanwhile.
func TestADiscardedFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new")
	first, _, err := NewDir(folder, "", contents{})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.WriteText(fileConfig, "of the first"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := NewDir(folder, "", contents{}); err == nil {
		t.Fatal("two runs have one folder")
	}
	if _, err := os.Stat(first.File(fileConfig)); err != nil {
		t.Fatalf("the refused run took a file away: %v", err)
	}
	first.Discard()
	if _, err := os.Stat(folder); err == nil {
		t.Error("the folder of a run that failed is left")
	}
	if _, err := os.Stat(filepath.Dir(folder)); err != nil {
		t.Errorf("the folder above is gone: %v", err)
	}

	if first, _, err = NewDir(folder, "", contents{}); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, _, err := NewDir(folder, "", contents{})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if err := second.WriteText(fileConfig, "of the second"); err != nil {
		t.Fatal(err)
	}
	first.Discard()
	if text, err := os.ReadFile(second.File(fileConfig)); err != nil || string(text) != "of the second" {
		t.Errorf("%q is left, %v", text, err)
	}
}

// Runs that fail at their beginning, beside others that want the same folder: nobody loses what it has written.
func TestFailingRunsBesideOthers(t *testing.T) {
	root := t.TempDir()
	for n := range 100 {
		folder := filepath.Join(root, fmt.Sprint(n))
		var group sync.WaitGroup
		var kept atomic.Int32
		for k := range 4 {
			group.Go(func() {
				d, _, err := NewDir(folder, "", contents{})
				if err != nil {
					return
				}
				if k%2 == 0 {
					d.Discard()
					return
				}
				if err := d.WriteText(fileConfig, "kept"); err != nil {
					t.Errorf("turn %d: %v", n, err)
				}
				kept.Add(1)
				if err := d.Close(); err != nil {
					t.Errorf("turn %d: %v", n, err)
				}
			})
		}
		group.Wait()
		_, err := os.Stat(filepath.Join(folder, fileConfig))
		if kept.Load() > 1 || kept.Load() == 1 && err != nil {
			t.Fatalf("turn %d: %d went on; its file: %v", n, kept.Load(), err)
		}
	}
}

func TestNamesOfRunsLeaveEndingsOut(t *testing.T) {
	for data, want := range map[string]string{
		"sunspots": "sunspots-rbm", "a/grey.idx": "grey-rbm", "nltcs.train.data": "nltcs.train-rbm", "train-images-idx3-ubyte.gz": "train-images-idx3-ubyte-rbm",
		"t10k-images.idx3-ubyte": "t10k-images-rbm", "sales.csv.gz": "sales-rbm", "Sales.CSV": "Sales-rbm", "rolls.json": "rolls-rbm", "x.npz": "x-rbm",
		"t3g6.txt": "t3g6-rbm", "v1.2.csv": "v1.2-rbm", ".csv": ".csv-rbm", "images.ubyte": "images-rbm",
	} {
		if got := stem(data, "rbm"); got != want {
			t.Errorf("%s: %s, want %s", data, got, want)
		}
	}
}

// What is somebody's own is never written over; files of other names do not matter.
func TestFoldersOfOnesOwn(t *testing.T) {
	for _, c := range []struct {
		file string
		free bool
	}{{fileReport, false}, {fileResult, false}, {fileStudy, false}, {"holiday.png", false}, {"notes.txt", true}, {"data.csv", true}} {
		dir := t.TempDir()
		path := filepath.Join(dir, c.file)
		if err := os.WriteFile(path, []byte("mine"), 0o666); err != nil {
			t.Fatal(err)
		}
		for _, kind := range []contents{{}, {study: true}} {
			d, _, err := NewDir(dir, "", kind)
			if (err == nil) != c.free || err != nil && !strings.Contains(err.Error(), c.file) {
				t.Errorf("a folder with %s: %v", c.file, err)
			}
			if err == nil {
				if err := d.Close(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != "mine" {
			t.Errorf("%s holds %q now: %v", c.file, text, err)
		}
	}
}

// Everything that a run and a study leave, but pictures and what marks them, is on the list.
func TestWhatIsWrittenIsKnown(t *testing.T) {
	for _, folder := range []string{"../testdata/golden/v1/lstm", "../testdata/golden/v1/rbm", "../testdata/golden/v1/ising"} {
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if name := e.Name(); name != fileConfig && name != "future.csv" && !slices.Contains(written, name) {
				t.Errorf("%s of %s is not on the list", name, folder)
			}
		}
	}
}
