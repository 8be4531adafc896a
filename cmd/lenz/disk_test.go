package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lenz/internal/disk/disktest"
)

// fill leaves so many bytes free on a small disk.
func fill(t *testing.T, path string, size, free int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(f, bytes.NewReader(make([]byte, size))) // until it is full
	end, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		err = f.Truncate(end - int64(free))
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A disk that fills up in the middle of a run or a study ends it with one line that names the path; with room again it goes on from what was
// saved, to the bytes of one that had room throughout.
func TestAFullDiskEndsNothing(t *testing.T) {
	const size = 2 << 20
	dir := disktest.SmallDisk(t, size)
	elsewhere := t.TempDir()
	run, s := killJobs()[0], studyJobs()[0]
	lenz(t, elsewhere, run.start("run")...)
	lenz(t, elsewhere, append([]string{s.command, "--out", "study"}, s.args...)...)
	frees := []int{40 << 10}
	if torture() {
		frees = []int{16 << 10, 40 << 10, 64 << 10, 96 << 10, 128 << 10}
	}
	for _, free := range frees {
		ballast := filepath.Join(dir, "ballast")
		fill(t, ballast, size, free)
		failed := 0
		for name, start := range map[string][]string{"run": run.start("run"), "study": append([]string{s.command, "--out", "study"}, s.args...)} {
			cmd := exec.Command("lenz", start...)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			if cmd.ProcessState.ExitCode() == 1 {
				failed++
				if text := string(out); !strings.Contains(text, "no space left on device") || !strings.Contains(text, name+string(filepath.Separator)) {
					t.Errorf("%d bytes, %s: it says %s", free, name, out)
				}
			} else if err != nil {
				t.Fatalf("%s: %v: %s", name, err, out)
			}
		}
		if failed == 0 {
			t.Errorf("with %d bytes free all went well", free)
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		goOn(t, dir, "run", "config.toml", run.start("run"), run.resume("run"))
		goOn(t, dir, "study", "plan.toml", append([]string{s.command, "--out", "study"}, s.args...), []string{s.command, "--quiet", "--resume", "study"})
		if err := sameRun(filepath.Join(elsewhere, "run"), filepath.Join(dir, "run")); err != nil {
			t.Errorf("%d bytes: %v", free, err)
		}
		if err := sameFolder(filepath.Join(elsewhere, "study"), filepath.Join(dir, "study"), s.results...); err != nil {
			t.Errorf("%d bytes: %v", free, err)
		}
		for _, name := range []string{"run", "study"} {
			if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// goOn resumes what had begun, and begins what had not.
func goOn(t *testing.T, dir, name, plan string, start, resume []string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, name, plan)); err == nil {
		start = resume
	}
	lenz(t, dir, start...)
}
