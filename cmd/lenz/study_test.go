package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// studyArgs make a study of 58 runs (48 to tune, 8 final, 2 timed) that takes a second or two.
func studyArgs(out string, more ...string) []string {
	return append([]string{"compare", "--data", "air-passengers", "--input", "12", "--horizon", "3", "--set", "hidden=8", "--epochs", "12",
		"--optimizers", "sgd,adam", "--trials", "6", "--seeds", "4", "--timed", "1", "--quiet", "--out", out}, more...)
}

// A study that is interrupted, terminated or killed, on whatever number of workers, goes on to the bytes of one that was left alone.
func TestStoppedStudiesGoOnToTheSameBytes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such signals")
	}
	dir := t.TempDir()
	lenz(t, dir, studyArgs("whole", "--workers", "1")...)
	want := append(read(t, dir, "whole", "study.csv"), read(t, dir, "whole", "curves.csv")...)
	for name, stop := range map[string]struct {
		signal  syscall.Signal
		status  int
		workers string
	}{"interrupt": {syscall.SIGINT, 130, "2"}, "terminate": {syscall.SIGTERM, 130, "1"}, "kill": {syscall.SIGKILL, -1, "3"}} {
		cmd := exec.Command("lenz", studyArgs(name, "--workers", stop.workers)...)
		var said bytes.Buffer
		cmd.Dir, cmd.Stderr = dir, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		journal := filepath.Join(dir, name, "journal.jsonl")
		ended := waitForLines(journal, 10)
		_ = cmd.Process.Signal(stop.signal)
		_ = cmd.Wait()
		if !ended {
			t.Fatalf("%s: there are no trials in %s: %s", name, journal, said.String())
		}
		if got := cmd.ProcessState.ExitCode(); got != stop.status {
			t.Errorf("%s: exit status %d, want %d: %s", name, got, stop.status, said.String())
		}
		if stop.status == 130 && !bytes.Contains(said.Bytes(), []byte("lenz compare --resume "+name)) {
			t.Errorf("%s: it does not say how to go on: %s", name, said.String())
		}
		before := bytes.Count(read(t, dir, name, "journal.jsonl"), []byte("\n"))
		if _, err := os.Stat(filepath.Join(dir, name, "study.csv")); err == nil || before >= 58 {
			t.Errorf("%s: the study had ended before it was stopped, after %d trials", name, before)
		}
		lenz(t, dir, "compare", "--quiet", "--resume", name, "--workers", "2")
		if got := append(read(t, dir, name, "study.csv"), read(t, dir, name, "curves.csv")...); !bytes.Equal(want, got) {
			t.Errorf("%s: study.csv or curves.csv differs from that of a study that never stopped", name)
		}
		if after := bytes.Count(read(t, dir, name, "journal.jsonl"), []byte("\n")); after != 58 {
			t.Errorf("%s: the journal has %d lines, want each of 58 runs once", name, after)
		}
	}
}

// waitForLines waits until a file has so many lines.
func waitForLines(path string, n int) bool {
	for range 5000 {
		if text, err := os.ReadFile(path); err == nil && bytes.Count(text, []byte("\n")) >= n {
			return true
		}
		time.Sleep(2 * time.Millisecond)
	}
	return false
}
