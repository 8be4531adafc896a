package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"lenz/graph/kernel"
	"lenz/internal/safetensors"
)

// makeGolden writes the runs of the present formats (go test ./cmd/lenz -run TestOldRuns -golden). It never overwrites: when a format changes,
// goldenVersion moves on, and the older folders stay as they are.
var makeGolden = flag.Bool("golden", false, "write testdata/golden for the present formats")

const (
	goldenRoot    = "testdata/golden"
	goldenVersion = "v1" // checkpoint 1, model 1
)

// goldenRuns are a run of each kind of model: four epochs, of which the checkpoint after the second is kept (of one of a single epoch,
// that of its beginning).
func goldenRuns() map[string][]string {
	small := func(words string) []string { return strings.Fields(words + " --epochs 4 --patience 0") }
	return map[string][]string{
		"lstm":  small("--model lstm --data air-passengers --input 12 --horizon 3 --batch 32 --set hidden=3"),
		"gru":   small("--model gru --data air-passengers --input 12 --horizon 2 --tbptt 8 --batch 4 --set hidden=3 --set head=gaussian --ema 0.9"),
		"esn":   strings.Fields("--model esn --data air-passengers --input 4 --horizon 2 --set units=8 --set washout=10"),
		"rbm":   small("--model rbm --data bars --data-set n=3 --batch 4 --set hidden=3 --set chains=pcd"),
		"ising": strings.Fields("--model ising --epochs 4 --set size=6 --set thermalize=5 --set sweeps=3 --set steps=4"),
	}
}

// Runs and checkpoints of every format that was released load, forecast what they did, and go on to the same end: to the bit where the numeric
// kernels are those that made them, and to a part in a thousand of the largest number elsewhere (sums in another order differ by a part in ten
// million; four epochs of training magnify that).
func TestOldRuns(t *testing.T) {
	if *makeGolden {
		writeGolden(t)
	}
	versions, err := os.ReadDir(goldenRoot)
	if err != nil || len(versions) == 0 {
		t.Fatalf("there are no old runs: %v", err)
	}
	for _, v := range versions {
		root := filepath.Join(goldenRoot, v.Name())
		exact := strings.TrimSpace(string(read(t, root, "kernels"))) == kernels()
		runs, err := filepath.Glob(filepath.Join(root, "*", "config.toml"))
		if err != nil || len(runs) < len(goldenRuns()) {
			t.Fatalf("%s holds %d runs: %v", root, len(runs), err)
		}
		t.Logf("%s: %d runs, to the bit: %v", v.Name(), len(runs), exact)
		for _, r := range runs {
			name := filepath.Base(filepath.Dir(r))
			t.Run(v.Name()+"/"+name, func(t *testing.T) { oldRun(t, filepath.Join(root, name), exact || name == "ising") })
		}
	}
}

// oldRun works on a copy.
func oldRun(t *testing.T, golden string, exact bool) {
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(dir, os.DirFS(golden)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(golden, "future.csv")); err == nil {
		lenz(t, dir, "forecast", ".", "--pictures=false", "--json")
		agree(t, "the forecast", numbers(t, golden, "future.csv"), numbers(t, dir, "future.csv"), exact)
	}
	lenz(t, dir, "train", "--quiet", "--resume", ".")
	agree(t, "metrics.csv", numbers(t, golden, "metrics.csv"), numbers(t, dir, "metrics.csv"), exact)
	for _, name := range []string{"model.safetensors", "last.safetensors"} {
		if _, err := os.Stat(filepath.Join(golden, name)); err == nil {
			agree(t, name, weights(t, golden, name), weights(t, dir, name), exact)
		}
	}
}

// agree compares numbers.
func agree(t *testing.T, what string, want, got []float64, exact bool) {
	t.Helper()
	if len(want) != len(got) || len(want) == 0 {
		t.Errorf("%s: %d numbers, want %d", what, len(got), len(want))
		return
	}
	largest := 0.0
	for _, v := range want {
		largest = max(largest, math.Abs(v))
	}
	for i := range want {
		if exact && math.Float64bits(got[i]) != math.Float64bits(want[i]) || !(math.Abs(got[i]-want[i]) <= 1e-3*largest) {
			t.Errorf("%s: number %d is %v, want %v", what, i, got[i], want[i])
			return
		}
	}
}

// numbers are those of a CSV file but the column seconds.
func numbers(t *testing.T, path ...string) (all []float64) {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(read(t, path...))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		for i, text := range row {
			if v, err := strconv.ParseFloat(text, 64); err == nil && rows[0][i] != "seconds" {
				all = append(all, v)
			}
		}
	}
	return all
}

// weights are all numbers of a safetensors file, in the order of names.
func weights(t *testing.T, path ...string) (all []float64) {
	t.Helper()
	tensors, _, err := safetensors.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range tensors {
		values, err := x.Floats()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, values...)
	}
	return all
}

// kernels is a fingerprint of what this machine computes: products and functions of fixed numbers, whose last bits tell processors and builds
// apart.
func kernels() string {
	h := sha256.New()
	probe[float32](h.Write)
	probe[float64](h.Write)
	return fmt.Sprintf("%x", h.Sum(nil))
}

func probe[T kernel.Float](write func([]byte) (int, error)) {
	const n = 37
	x, y := make([]T, n*n), make([]T, n*n)
	for i := range x {
		x[i] = T(math.Sqrt(float64(i+2))) - 18
		y[i] = 1 / (T(i) + 3)
	}
	for _, f := range []func(dst, src []T){kernel.Exp[T], kernel.Tanh[T], kernel.Sigmoid[T], kernel.Softplus[T]} {
		out := make([]T, n*n)
		f(out, x)
		_, _ = fmt.Fprintf(writer(write), "%x", out)
	}
	out := make([]T, n*n)
	kernel.Gemm(false, true, n, n, n, 1, x, n, y, n, 0, out, n)
	_, _ = fmt.Fprintf(writer(write), "%x %x", out, math.Exp(-1.1)+math.Log(3.3)+math.Tanh(0.3))
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// writeGolden makes the runs.
func writeGolden(t *testing.T) {
	root, err := filepath.Abs(filepath.Join(goldenRoot, goldenVersion))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(root); err == nil {
		t.Fatalf("%s exists: what was released stays; move goldenVersion on", root)
	}
	dir := t.TempDir()
	for name, flags := range goldenRuns() {
		lenz(t, dir, append([]string{"train", "--quiet", "--out", name}, flags...)...)
		run := filepath.Join(dir, name)
		if name != "rbm" && name != "ising" {
			lenz(t, dir, "forecast", name, "--pictures=false", "--json")
		}
		keep := regexp.MustCompile(`^(config\.toml|result\.json|metrics\.csv|future\.csv|[a-z]+\.safetensors|checkpoints/epoch-0+` + keptEpoch(run) + `-.*)$`)
		all, err := treeOf(run)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range all {
			info, err := os.Stat(filepath.Join(run, file))
			if err != nil || info.IsDir() || !keep.MatchString(file) {
				continue
			}
			to := filepath.Join(root, name, file)
			if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(to, read(t, run, file), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(root, "kernels"), []byte(kernels()+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
}

// keptEpoch is the epoch whose checkpoint is kept: the second, or of a run of one epoch its beginning.
func keptEpoch(run string) string {
	if found := entries(filepath.Join(run, "checkpoints"), "epoch-000002"); len(found) > 0 {
		return "2"
	}
	return "0"
}

// A run, a model or a checkpoint of a version that this program does not know is refused with its name, its version and what to do.
func TestUnknownVersionsAreRefused(t *testing.T) {
	for _, c := range []struct {
		name, file, was, is string
		args                []string
		want                []string
	}{
		{"checkpoint", "checkpoints/*/manifest.json", `"version": 1`, `"version": 7`, []string{"train", "--quiet", "--resume", "run"},
			[]string{"manifest.json", "version 7", "version 1", "the lenz that wrote it"}},
		{"checkpoint of another program", "checkpoints/*/manifest.json", `"lenz checkpoint"`, `"other"`, []string{"train", "--quiet", "--resume", "run"},
			[]string{"manifest.json", `"other"`}},
		{"model", "model.safetensors", `"version":1`, `"version":7`, []string{"forecast", "run"}, []string{"model.safetensors", "version 7", "version 1", "the lenz that wrote it"}},
		{"model, other fields", "model.safetensors", `"version":1,"model":"lstm"`, `"version":7,"model":["lstm"]`, []string{"forecast", "run"}, []string{"model.safetensors", "version 7"}},
		{"configuration", "config.toml", "[train]", "[train]\nfuture = 3", []string{"forecast", "run"}, []string{"config.toml", "future"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(filepath.Join(dir, "run"), os.DirFS(filepath.Join(goldenRoot, goldenVersion, "lstm"))); err != nil {
				t.Fatal(err)
			}
			found, err := filepath.Glob(filepath.Join(dir, "run", c.file))
			if err != nil || len(found) != 1 {
				t.Fatal(found, err)
			}
			edit(t, found[0], c.was, c.is)
			cmd := exec.Command("lenz", c.args...)
			cmd.Dir = dir
			out, _ := cmd.CombinedOutput()
			for _, want := range c.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("it says %s; want %q in it", out, want)
				}
			}
			if got := cmd.ProcessState.ExitCode(); got != 1 {
				t.Errorf("exit status %d", got)
			}
		})
	}
}

// edit replaces a text in a file, or in the metadata of one of weights, without its digest.
func edit(t *testing.T, path, was, is string) {
	t.Helper()
	text := string(read(t, path))
	tensors, metadata, err := safetensors.ReadFile(path)
	if err == nil {
		text = metadata["lenz"]
	}
	if !strings.Contains(text, was) {
		t.Fatalf("%s has no %s", path, was)
	}
	text = strings.Replace(text, was, is, 1)
	if err != nil {
		err = os.WriteFile(path, []byte(text), 0o666)
	} else {
		var b bytes.Buffer
		err = safetensors.Write(&b, tensors, map[string]string{"lenz": text})
		err = errors.Join(err, os.WriteFile(path, b.Bytes(), 0o666))
	}
	if err != nil {
		t.Fatal(err)
	}
}
