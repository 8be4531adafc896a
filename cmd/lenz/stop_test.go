package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// dailySeries is a CSV file with a week's rhythm and a wave.
func dailySeries(n int) string {
	var b strings.Builder
	b.WriteString("date,x,y\n")
	day := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		fmt.Fprintf(&b, "%s,%d,%.3f\n", day.AddDate(0, 0, i).Format(time.DateOnly), i%7, math.Sin(float64(i)/3)+0.01*float64(i))
	}
	return b.String()
}

// stopArgs train long enough to be caught in the middle.
func stopArgs(out string) []string {
	return []string{"train", "--data", "air-passengers", "--set", "hidden=8", "--input", "12", "--horizon", "3", "--epochs", "100",
		"--patience", "0", "--quiet", "--out", out}
}

func lenz(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("lenz", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("lenz %v: %v\n%s", args, err, out)
	}
}

// begin starts a run and returns when it has logged some epochs.
func begin(t *testing.T, dir, run string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.Command("lenz", stopArgs(run)...)
	var said bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 2000 {
		if found, _ := filepath.Glob(filepath.Join(dir, run, "checkpoints", "epoch-00000[3-9]*")); len(found) > 0 {
			return cmd, &said
		}
		time.Sleep(2 * time.Millisecond)
	}
	_ = cmd.Process.Kill()
	t.Fatalf("no checkpoint: %s", said.String())
	return nil, nil
}

// A run that is interrupted, terminated or killed goes on to the bits of a run that was left alone.
func TestStoppedRunsGoOnToTheSameBits(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such signals")
	}
	dir := t.TempDir()
	lenz(t, dir, stopArgs("whole")...)
	for name, stop := range map[string]struct {
		signal syscall.Signal
		status int
	}{"interrupt": {syscall.SIGINT, 130}, "terminate": {syscall.SIGTERM, 130}, "kill": {syscall.SIGKILL, -1}} {
		cmd, said := begin(t, dir, name)
		if err := cmd.Process.Signal(stop.signal); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != stop.status {
			t.Errorf("%s: exit status %d, want %d: %s", name, got, stop.status, said)
		}
		if stop.status == 130 && !strings.Contains(said.String(), "lenz train --resume "+name) {
			t.Errorf("%s: it does not say how to go on: %s", name, said)
		}
		lenz(t, dir, "train", "--quiet", "--resume", name)
		for _, file := range []string{"model.safetensors", "last.safetensors"} {
			want, got := read(t, dir, "whole", file), read(t, dir, name, file)
			if !bytes.Equal(want, got) {
				t.Errorf("%s: %s differs from that of a run that never stopped", name, file)
			}
		}
		if want, got := epochs(read(t, dir, "whole", "metrics.csv")), epochs(read(t, dir, name, "metrics.csv")); want != got {
			t.Errorf("%s: metrics.csv has %d rows, want %d", name, got, want)
		}
	}
}

func read(t *testing.T, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func epochs(metrics []byte) int { return bytes.Count(metrics, []byte("\n")) }

// Two runs must not write to one folder.
func TestSecondRunIsRefused(t *testing.T) {
	dir := t.TempDir()
	cmd, _ := begin(t, dir, "busy")
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	second := exec.Command("lenz", "train", "--quiet", "--resume", "busy")
	second.Dir = dir
	out, err := second.CombinedOutput()
	if err == nil || !strings.Contains(string(out), fmt.Sprintf("process %d", cmd.Process.Pid)) {
		t.Errorf("%v: %s; want a refusal that names process %d", err, out, cmd.Process.Pid)
	}
}
