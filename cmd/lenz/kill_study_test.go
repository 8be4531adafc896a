package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"
)

// studyJob is a study that is killed. What it keeps is a line of its journal for each trial, and its tables and pictures at the end.
type studyJob struct {
	command string
	args    []string
	lines   int      // of the whole journal
	results []string // files that must have the bytes of a study that was never killed
}

func studyJobs() []studyJob {
	task := []string{"--quiet", "--data", "air-passengers", "--input", "12", "--horizon", "3", "--set", "hidden=4", "--epochs", "3"}
	results := []string{"study.csv", "curves.csv", "plan.toml"}
	return []studyJob{
		{"compare", append(slices.Clone(task), "--optimizers", "sgd,adam", "--trials", "2", "--seeds", "2", "--timed", "1"), 14, results},
		{"tune", append(slices.Clone(task), "--trials", "8", "--search", "rate=log:1e-4:1e-1", "--prune"), 15, append(results, "best.toml")},
	}
}

// studyKill is one kill: when the journal has so many lines, at once (a line is on disk when its sync has ended, so that this is inside a
// save) or so much later. Beyond the last line the results are written.
type studyKill struct {
	job             studyJob
	dir, whole, run string
	workers         string
	lines           int
	wait            time.Duration // 0: at once
}

// Studies that are killed at any instant go on to the bytes of one that never was; each trial is run once, but for those under way.
func TestKilledStudies(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no SIGKILL")
	}
	turns := 4
	if torture() {
		turns = 100
	} else if testing.Short() {
		turns = 2
	}
	dir := t.TempDir()
	jobs := studyJobs()
	for _, j := range jobs {
		lenz(t, dir, append([]string{j.command, "--out", "whole-" + j.command}, j.args...)...)
	}
	draw := rand.New(rand.NewPCG(2026, 3))
	tally := map[string]int{}
	for n := range turns {
		j := jobs[n/2%len(jobs)]
		k := studyKill{job: j, dir: dir, whole: "whole-" + j.command, run: fmt.Sprint("run-", n), workers: fmt.Sprint(1 + n%3), lines: draw.IntN(j.lines + 1)}
		if n%2 == 1 {
			k.wait = time.Duration(1+draw.IntN(6000)) * time.Microsecond
		}
		if k.lines == 0 {
			k.wait *= 10
		}
		what, err := k.once(t)
		if err != nil {
			t.Fatalf("kill %d (%s, %d lines, %v later): %v", n, j.command, k.lines, k.wait, err)
		}
		tally[what]++
	}
	t.Logf("%d kills: %v", turns, tally)
}

func (k studyKill) once(t *testing.T) (what string, err error) {
	out := filepath.Join(k.dir, k.run)
	defer os.RemoveAll(out)
	cmd := exec.Command("lenz", append([]string{k.job.command, "--out", k.run, "--workers", k.workers}, k.job.args...)...)
	cmd.Dir = k.dir
	if err := cmd.Start(); err != nil {
		return "", err
	}
	journal := filepath.Join(out, "journal.jsonl")
	for began := time.Now(); linesOf(journal) < k.lines && time.Since(began) < 20*time.Second; {
	}
	time.Sleep(k.wait)
	_ = cmd.Process.Signal(syscall.SIGKILL)
	ended := cmd.Wait() == nil
	before := linesOf(journal)
	switch {
	case before < k.lines:
		return "", fmt.Errorf("the journal has %d lines", before)
	case before == 0:
		what = "before the first line"
	case ended:
		what = "after the end"
	case before == k.job.lines:
		what = "while results were written"
	case k.wait == 0:
		what = "at the write of a line"
	default:
		what = "elsewhere"
	}
	again := append([]string{k.job.command, "--out", k.run}, k.job.args...)
	if _, err := os.Stat(filepath.Join(out, "plan.toml")); err == nil {
		again = []string{k.job.command, "--quiet", "--resume", k.run, "--workers", "2"}
	}
	lenz(t, k.dir, again...)
	if after := linesOf(journal); after != k.job.lines {
		return what, fmt.Errorf("the journal has %d lines after %d when it was killed: want each of %d runs once", after, before, k.job.lines)
	}
	return what, sameFolder(filepath.Join(k.dir, k.whole), out, k.job.results...)
}

// linesOf counts the whole lines of a file, 0 if there is none.
func linesOf(path string) int {
	text, _ := os.ReadFile(path)
	return bytes.Count(text, []byte("\n"))
}
