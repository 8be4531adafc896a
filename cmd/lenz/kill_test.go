package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"lenz/train"
)

// torture tells whether the long forms of these tests are asked for (make torture).
func torture() bool { return os.Getenv("LENZ_TORTURE") == "1" }

// killJob is what is killed. Saves are frequent: a run spends about half of its time in them. Another command that keeps checkpoints
// in a folder and goes on from them is one more row.
type killJob struct {
	name    string
	command string   // of lenz, which takes --out and --resume
	args    []string // but for --out
}

func killJobs() []killJob {
	small := []string{"--data", "air-passengers", "--set", "hidden=8", "--input", "12", "--horizon", "3", "--epochs", "40", "--patience", "0"}
	with := func(more ...string) []string { return append(slices.Clone(small), more...) }
	return []killJob{
		{"lstm, adam", "train", with("--model", "lstm")},
		{"gru, carried state, plateau", "train", with("--model", "gru", "--tbptt", "8", "--batch", "2", "--schedule", "plateau")},
		{"rnn, lookahead, average of weights", "train", with("--model", "rnn", "--lookahead", "3:0.5", "--ema", "0.9")},
	}
}

// start and resume are the commands of a job.
func (j killJob) start(out string) []string {
	return append([]string{j.command, "--quiet", "--out", out}, j.args...)
}

func (j killJob) resume(out string) []string { return []string{j.command, "--quiet", "--resume", out} }

// killTally counts what the kills hit.
type killTally struct {
	inSave, elsewhere, afterEnd, beforeFirst int
}

// A run that is killed at any instant, inside a save or elsewhere, goes on from the last checkpoint that was on disk to the weights and
// the log of a run that was never killed.
func TestKilledRuns(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no SIGKILL")
	}
	inSave, elsewhere := 2, 2
	if torture() {
		inSave, elsewhere = 100, 100
	}
	dir := t.TempDir()
	jobs := killJobs()
	wholes := make([]string, len(jobs))
	for i, j := range jobs {
		wholes[i] = fmt.Sprint("whole-", i)
		lenz(t, dir, j.start(wholes[i])...)
	}
	tally := &killTally{}
	draw := rand.New(rand.NewPCG(2026, 1))
	for n := 0; tally.inSave < inSave || tally.elsewhere < elsewhere; n++ {
		if n > 20*(inSave+elsewhere) {
			t.Fatalf("of %d kills %d were inside a save and %d elsewhere: want %d and %d", n, tally.inSave, tally.elsewhere, inSave, elsewhere)
		}
		k := kill{job: jobs[n%len(jobs)], dir: dir, whole: wholes[n%len(jobs)], run: fmt.Sprint("run-", n), wantSave: tally.inSave < inSave && (n%2 == 0 || tally.elsewhere >= elsewhere)}
		k.saves, k.wait = 1+draw.IntN(38), time.Duration(draw.IntN(6000))*time.Microsecond
		if err := k.once(t, tally); err != nil {
			t.Fatalf("kill %d (%s): %v", n, k.job.name, err)
		}
	}
	t.Logf("%d kills inside a save, %d elsewhere, %d before the first checkpoint, %d after the end", tally.inSave, tally.elsewhere, tally.beforeFirst, tally.afterEnd)
}

// kill is one kill: after so many saves have begun, at once when the next one is seen, or so much later.
type kill struct {
	job             killJob
	dir, whole, run string
	saves           int
	wantSave        bool
	wait            time.Duration
}

func (k kill) once(t *testing.T, tally *killTally) error {
	out := filepath.Join(k.dir, k.run)
	defer os.RemoveAll(out)
	cmd := exec.Command("lenz", k.job.start(k.run)...)
	var said bytes.Buffer
	cmd.Dir, cmd.Stderr = k.dir, &said
	if err := cmd.Start(); err != nil {
		return err
	}
	checkpoints := filepath.Join(out, "checkpoints")
	k.await(checkpoints)
	if !k.wantSave {
		time.Sleep(k.wait)
	}
	_ = cmd.Process.Signal(syscall.SIGKILL)
	err := cmd.Wait()
	inside := len(temporaries(checkpoints)) > 0
	committed := newestName(checkpoints)
	switch {
	case err == nil:
		tally.afterEnd++
	case committed == "":
		tally.beforeFirst++
	case inside:
		tally.inSave++
	default:
		tally.elsewhere++
	}
	if committed == "" {
		return nil // nothing was saved: there is nothing to go on from
	}
	c, notes, err := train.Latest(checkpoints)
	if err != nil || len(notes) > 0 || filepath.Base(c.Path) != committed {
		return fmt.Errorf("the newest checkpoint is %s, but %+v is loaded, with the notes %q: %v", committed, c, notes, err)
	}
	lenz(t, k.dir, k.job.resume(k.run)...)
	if left := temporaries(checkpoints); len(left) > 0 {
		return fmt.Errorf("after the resumed run there is %v", left)
	}
	return sameRun(filepath.Join(k.dir, k.whole), out)
}

// await watches the folder of checkpoints until so many saves have begun, or the run has made no new one for long.
func (k kill) await(checkpoints string) {
	seen := map[string]bool{}
	for last := time.Now(); time.Since(last) < 3*time.Second; {
		if t := temporaries(checkpoints); len(t) > 0 && !seen[t[0]] {
			seen[t[0]], last = true, time.Now()
			if len(seen) >= k.saves {
				return
			}
		}
		if epoch(newestName(checkpoints)) >= k.saves {
			return
		}
	}
}

func temporaries(dir string) []string { return entries(dir, ".epoch-") }

func newestName(dir string) string {
	list := entries(dir, "epoch-")
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1]
}

// epoch reads a checkpoint's epoch off its name; -1 if there is none.
func epoch(name string) int {
	parts := strings.Split(name, "-")
	if len(parts) != 4 {
		return -1
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil {
		return -1
	}
	return n
}

func entries(dir, prefix string) []string {
	list, _ := os.ReadDir(dir)
	var names []string
	for _, e := range list {
		if strings.HasPrefix(e.Name(), prefix) {
			names = append(names, e.Name())
		}
	}
	return names
}

// sameRun compares two run folders: weights to the bit, the log but for its seconds, settings, and which files there are.
func sameRun(want, got string) error {
	if err := sameFolder(want, got, "model.safetensors", "last.safetensors", "config.toml"); err != nil {
		return err
	}
	a, err1 := logOf(want)
	b, err2 := logOf(got)
	if err1 != nil || err2 != nil || !slices.Equal(a, b) {
		return fmt.Errorf("metrics.csv differs from that of a run that was never stopped: %d rows for %d (%v, %v)", len(b), len(a), err1, err2)
	}
	return nil
}

// sameFolder compares two folders: the named files to the byte, and which files there are.
func sameFolder(want, got string, names ...string) error {
	for _, name := range names {
		a, err1 := os.ReadFile(filepath.Join(want, name))
		b, err2 := os.ReadFile(filepath.Join(got, name))
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			return fmt.Errorf("%s differs from that of one that was never stopped (%v, %v)", name, err1, err2)
		}
	}
	files, err1 := treeOf(want)
	others, err2 := treeOf(got)
	if err1 != nil || err2 != nil || !slices.Equal(files, others) {
		return fmt.Errorf("the folder holds %q, want %q (%v, %v)", others, files, err1, err2)
	}
	return nil
}

// logOf is metrics.csv without the seconds.
func logOf(run string) ([]train.Row, error) {
	f, err := os.Open(filepath.Join(run, "metrics.csv"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := train.ReadMetrics(f)
	for i := range rows {
		rows[i].Seconds = 0
	}
	return rows, err
}

func treeOf(run string) (names []string, err error) {
	err = filepath.WalkDir(run, func(path string, _ fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(run, path)
		names = append(names, rel)
		return err
	})
	return names, err
}
