package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"lenz/train"
)

// A run that is told to end saves and ends within two seconds, wherever it is, and what it saved is the step that it stood at.
func TestSignalledRunsSaveInTime(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such signals")
	}
	turns := 4
	if torture() {
		turns = 100
	}
	dir := t.TempDir()
	draw := rand.New(rand.NewPCG(2026, 2))
	var worst time.Duration
	for n := range turns {
		limit := 2*time.Second + 20*startTime(t, dir)
		run := fmt.Sprint("run-", n)
		signal := []syscall.Signal{syscall.SIGTERM, syscall.SIGINT}[n%2]
		cmd := exec.Command("lenz", stopArgs(run)...)
		var said bytes.Buffer
		cmd.Dir, cmd.Stderr = dir, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		checkpoints := filepath.Join(dir, run, "checkpoints")
		kill{saves: 1 + draw.IntN(40)}.await(checkpoints)
		time.Sleep(time.Duration(draw.IntN(8000)) * time.Microsecond)
		sent := time.Now()
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		took := time.Since(sent)
		worst = max(worst, took)
		if got := cmd.ProcessState.ExitCode(); got != exitInterrupted || took > limit {
			t.Errorf("%v: exit status %d after %v (limit %v): %s", signal, got, took, limit, said.String())
		}
		var epoch, step int
		at := strings.Index(said.String(), "interrupted after epoch")
		if at < 0 {
			t.Fatalf("%v: it says %q", signal, said.String())
		}
		if _, err := fmt.Sscanf(said.String()[at:], "interrupted after epoch %d, step %d;", &epoch, &step); err != nil {
			t.Fatal(err)
		}
		if c, notes, err := train.Latest(checkpoints); err != nil || len(notes) > 0 || c.Step != step || c.Epoch != epoch {
			t.Errorf("%v: it says epoch %d, step %d; the checkpoint is %+v, notes %q, error %v", signal, epoch, step, c, notes, err)
		}
		if left := temporaries(checkpoints); len(left) > 0 {
			t.Errorf("%v: %v is left", signal, left)
		}
		_ = os.RemoveAll(filepath.Join(dir, run))
	}
	t.Logf("%d of %d signals, the slowest within %v", turns, turns, worst)
}

// startTime is how long the program takes to start and to end: on an idle machine a hundredth of a second, and more where others compete, or
// under the race detector, which slow all else likewise.
func startTime(t *testing.T, dir string) time.Duration {
	t.Helper()
	cmd := exec.Command("lenz", "models", "lstm")
	cmd.Dir = dir
	begin := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return time.Since(begin)
}

// A second signal ends the program at once, in the middle of a step too; the checkpoint before is sound.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such signals")
	}
	dir := t.TempDir()
	for n := range 5 {
		run := fmt.Sprint("run-", n)
		// Steps of a second or so: long enough that the second signal comes before the first one is obeyed.
		cmd := exec.Command("lenz", "train", "--quiet", "--data", "sunspots", "--set", "hidden=256", "--batch", "256", "--out", run)
		var said bytes.Buffer
		cmd.Dir, cmd.Stderr = dir, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		checkpoints := filepath.Join(dir, run, "checkpoints")
		for range 2000 {
			if newestName(checkpoints) != "" {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond)
		first := cmd.Process.Signal(syscall.SIGINT)
		time.Sleep(20 * time.Millisecond)
		second := cmd.Process.Signal(syscall.SIGINT)
		sent := time.Now()
		_ = cmd.Wait()
		took := time.Since(sent)
		if c, _, err := train.Latest(checkpoints); err != nil || c == nil {
			t.Fatalf("the checkpoint is %+v, error %v", c, err)
		}
		if first != nil || second != nil || strings.Contains(said.String(), "interrupted after") {
			continue // the step was over before the second signal
		}
		if got := cmd.ProcessState.ExitCode(); got != exitInterrupted || took > time.Second {
			t.Errorf("exit status %d after %v: %s", got, took, said.String())
		}
		return
	}
	t.Error("in five runs no second signal came before the first was obeyed")
}

// The lock of a killed run is taken over, and that is said.
func TestADeadOwnersLockIsTakenOver(t *testing.T) {
	dir := t.TempDir()
	cmd, _ := begin(t, dir, "dead")
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	out, err := func() ([]byte, error) {
		c := exec.Command("lenz", "train", "--resume", "dead")
		c.Dir = dir
		return c.CombinedOutput()
	}()
	want := fmt.Sprintf("taken over from process %d", cmd.Process.Pid)
	if err != nil || !strings.Contains(string(out), want) {
		t.Errorf("%v: it says %s; want %q", err, out, want)
	}
	if _, err := os.Stat(filepath.Join(dir, "dead", ".lock")); !os.IsNotExist(err) {
		t.Errorf("the lock is still there: %v", err)
	}
}

// An experiment that is interrupted says so, and that it has written nothing.
func TestAnInterruptedReproductionSaysSo(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no SIGINT to send")
	}
	dir := t.TempDir()
	cmd := exec.Command("lenz", "reproduce", "ising-tc")
	cmd.Dir = dir
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for { // the folder is made when signals are awaited
		if _, err := os.Stat(filepath.Join(dir, "reproduced", "ising-tc")); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted || !strings.Contains(said.String(), "lenz: interrupted: ising-tc was not finished; no figures were written") {
		t.Errorf("exit status %d; it says %s", code, said.String())
	}
}
