package bench

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	stock "gonum.org/v1/gonum/blas/gonum"
	"gorgonia.org/gorgonia"

	"lenz/graph/kernel"
	"lenz/internal/memory"
	"lenz/internal/safetensors"
)

// tiny is a case of every size that runs in no time.
func tiny(b Bench) Case {
	c := Case{Sizes: Sizes{}}
	for _, s := range b.Sizes {
		c.Sizes[s.Name] = 5
	}
	if b.Name == "ising" { // whose rows are whole words
		c.Sizes["L"] = 128
	}
	return c
}

var once = Options{Threads: 2, Reps: 2}

func dumped(t *testing.T, b Bench, c Case) map[string][]float64 {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dump.safetensors")
	o := once
	o.Dump = path
	if _, err := b.Run(c, o); err != nil {
		t.Fatal(err)
	}
	tensors, metadata, err := safetensors.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if metadata["bench"] != b.Name || metadata[b.Sizes[0].Name] != fmt.Sprint(tiny(b).Sizes[b.Sizes[0].Name]) {
		t.Errorf("the dump says %v", metadata)
	}
	out := map[string][]float64{}
	for _, tensor := range tensors {
		if out[tensor.Name], err = tensor.Floats(); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestEveryBench(t *testing.T) {
	for _, b := range List() {
		t.Run(b.Name, func(t *testing.T) {
			r, err := b.Run(tiny(b), once)
			if err != nil {
				t.Fatal(err)
			}
			if r.Reps != 2 || !(r.MinMS > 0 && r.MinMS <= r.MedianMS && r.MedianMS <= r.MaxMS) {
				t.Errorf("%d runs: min %v, median %v, max %v ms", r.Reps, r.MinMS, r.MedianMS, r.MaxMS)
			}
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			var object map[string]any
			if err := json.Unmarshal(text, &object); err != nil {
				t.Fatal(err)
			}
			for _, s := range b.Sizes {
				if object[s.Name] != float64(tiny(b).Sizes[s.Name]) {
					t.Errorf("%s is %v in %s", s.Name, object[s.Name], text)
				}
			}
			for _, rate := range r.Rates {
				if v, ok := object[rate.Name].(float64); !ok || !(v > 0) {
					t.Errorf("%s is %v in %s", rate.Name, object[rate.Name], text)
				}
			}
			for _, c := range b.Cases {
				if _, err := b.Complete(c); err != nil {
					t.Errorf("case %v of the table: %v", c, err)
				}
			}
		})
	}
}

// A dump is the same every time: peers compare with what was drawn, not with chance.
func TestDumpsRepeat(t *testing.T) {
	for _, b := range List() {
		first, second := dumped(t, b, tiny(b)), dumped(t, b, tiny(b))
		for name, v := range first {
			for i := range v {
				if math.Float64bits(v[i]) != math.Float64bits(second[name][i]) {
					t.Errorf("%s: %s[%d] is %v, then %v", b.Name, name, i, v[i], second[name][i])
					break
				}
			}
		}
	}
}

// The fused step and the unrolled one are the same work: the same weights and data, losses to 1e-6 and gradients to 1e-5 of
// their norm, which is float32's rounding over a hundred sums.
func TestUnrolledIsTheSameWork(t *testing.T) {
	find := func(name string) Bench {
		b, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	c := tiny(find("lstm"))
	fused, steps := dumped(t, find("lstm"), c), dumped(t, find("unrolled"), c)
	if len(fused) != len(steps) || len(fused) < 15 {
		t.Fatalf("%d and %d tensors, want 3 and two for each of six parameters", len(fused), len(steps))
	}
	for name, v := range fused {
		tolerance := 0.0 // weights and data
		switch {
		case name == "loss":
			tolerance = 1e-6
		case strings.HasPrefix(name, "grad."):
			tolerance = 1e-5
		}
		norm, off := 0.0, 0.0
		for i := range v {
			norm, off = math.Hypot(norm, v[i]), math.Hypot(off, v[i]-steps[name][i])
		}
		if !(off <= tolerance*norm) {
			t.Errorf("%s differs by %v of its norm, want at most %v", name, off/norm, tolerance)
		}
	}
}

func TestUnrolledRunsOnStockBLAS(t *testing.T) {
	var seen []gorgonia.BLAS
	was := gorgonia.WhichBLAS()
	look := func() error { seen = append(seen, gorgonia.WhichBLAS()); return nil }
	w := &Work{Run: look, Dump: func() ([]safetensors.Tensor, error) { return nil, look() }}
	if err := onStockBLAS(w); err != nil {
		t.Fatal(err)
	}
	if err := w.Run(); err != nil {
		t.Fatal(err)
	}
	if _, ok := seen[len(seen)-1].(stock.Implementation); !ok || len(seen) != 2 {
		t.Errorf("prepared and ran on %T", seen)
	}
	if gorgonia.WhichBLAS() != was {
		t.Errorf("%T is left, %T was there", gorgonia.WhichBLAS(), was)
	}
}

// Rates follow from the sizes; the roofs are measured at the result's threads and precision.
func TestRoofs(t *testing.T) {
	var roofs Roofs
	for _, c := range []struct {
		bench, rate string
	}{{"gemm", GFLOPS}, {"lstm", GFLOPS}, {"adam", GBPerSecond}} {
		b, err := Lookup(c.bench)
		if err != nil {
			t.Fatal(err)
		}
		r, err := b.Run(tiny(b), once)
		if err != nil {
			t.Fatal(err)
		}
		roofs.Put(&r)
		if r.ShareName != c.rate || !(r.Share > 0) || math.Abs(r.Share*r.Roof+r.Rates[0].Spared-r.Rates[0].PerRun) > 1e-9*r.Rates[0].PerRun {
			t.Errorf("%s: share %v of %v %s, rate %v", c.bench, r.Share, r.Roof, r.ShareName, r.Rates[0].PerRun)
		}
	}
	r := Result{Rates: []Rate{{Name: "flips_per_ns", PerRun: 1}}}
	roofs.Put(&r)
	if r.ShareName != "" {
		t.Errorf("a rate without a roof got a share of %v", r.Roof)
	}
}

func TestStreamAnswersAsTheSequence(t *testing.T) {
	b, err := Lookup("stream")
	if err != nil {
		t.Fatal(err)
	}
	d := dumped(t, b, tiny(b))
	as32 := func(v []float64) []float32 {
		out := make([]float32, len(v))
		for i, x := range v {
			out[i] = float32(x)
		}
		return out
	}
	const n, hidden = 5, 5
	hs := make([]float32, n*hidden)
	kernel.NewLSTM[float32](kernel.Dims{T: n, B: 1, I: 1, H: hidden}).Forward(kernel.Input[float32]{
		X: as32(d["x"]), Weights: kernel.Weights[float32]{Wih: as32(d["weight_ih"]), Whh: as32(d["weight_hh"]), Bih: as32(d["bias_ih"]), Bhh: as32(d["bias_hh"])},
	}, hs, nil, nil)
	for i, got := range d["y"] {
		want := d["head.bias"][0]
		for j := range hidden {
			want += float64(hs[i*hidden+j]) * d["head.weight"][j]
		}
		if math.Abs(got-want) > 1e-6 { // float32 rounding of values below 1
			t.Errorf("step %d answers %v, the sequence %v", i, got, want)
		}
	}
}

func TestRefuses(t *testing.T) {
	b, err := Lookup("gemm")
	if err != nil {
		t.Fatal(err)
	}
	for want, f := range map[string]func() error{
		"no size H":          func() error { _, err := b.Complete(Case{Sizes: Sizes{"H": 2}}); return err },
		"--m is 0":           func() error { _, err := b.Complete(Case{Sizes: Sizes{"m": 0}}); return err },
		"float16":            func() error { _, err := b.Complete(Case{Dtype: "float16"}); return err },
		"--threads is 0":     func() error { return Options{Reps: 1}.Check() },
		"--reps is 0":        func() error { return Options{Threads: 1}.Check() },
		"--warmup is -1":     func() error { return Options{Threads: 1, Reps: 1, Warmup: -1}.Check() },
		`did you mean "rnn"`: func() error { _, err := Lookup("rn"); return err },
		"there": func() error {
			_, err := b.Run(tiny(b), Options{Threads: 1, Reps: 1, Dump: filepath.Join(t.TempDir(), "not there", "x")})
			return err
		},
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}

// Sizes beyond any memory are refused before anything is allocated.
func TestRefusesWhatDoesNotFit(t *testing.T) {
	if memory.Free() == 0 {
		t.Skip("this system does not say how much memory is free")
	}
	for _, b := range List() {
		if b.Memory == nil {
			continue
		}
		c := Case{Sizes: Sizes{}}
		for _, s := range b.Sizes {
			c.Sizes[s.Name] = 1 << 45
		}
		if _, err := b.Run(c, Options{Threads: 1, Reps: 1}); err == nil || !strings.Contains(err.Error(), "take smaller sizes") {
			t.Errorf("%s: error is %v, want one that says to take smaller sizes", b.Name, err)
		}
	}
}

// What the scripts of docs/peers share: they read the numbers that were dumped, and end when a value is off by more than
// they allow.
func TestPeersReadAndCompare(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	b, err := Lookup("tanh")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tanh.safetensors")
	o := once
	o.Dump = path
	if _, err := b.Run(tiny(b), o); err != nil {
		t.Fatal(err)
	}
	script := func(factor string) error {
		cmd := exec.Command(python, "-c", `
import math, sys
sys.path.insert(0, "../../../docs/peers")
import peer
tensors, metadata = peer.read(sys.argv[1])
assert metadata["bench"] == "tanh" and tensors["y"][:2] == ("F32", [5]), (metadata, tensors)
x, y = (memoryview(tensors[k][2]).cast("f") for k in "xy")
peer.check("tanh", [float(sys.argv[2]) * math.tanh(v) for v in x], y, peer.VALUES)
`, path, factor)
		cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	}
	if err := script("1"); err != nil {
		t.Error(err)
	}
	if err := script("1.0001"); err == nil || !strings.Contains(err.Error(), "tanh differs from lenz's") {
		t.Errorf("values off by 1e-4 gave %v", err)
	}
}

// Long work has few timed runs by itself, and as many as are asked for.
func TestRepsThatAreAskedForCount(t *testing.T) {
	w := &Work{Run: func() error { return nil }, MaxReps: 3}
	for _, c := range []struct {
		asked bool
		want  int
	}{{false, 3}, {true, 8}} {
		times, err := w.times(Options{Threads: 1, Reps: 8, AllReps: c.asked})
		if err != nil || len(times) != c.want {
			t.Errorf("asked %v: %d timed runs, want %d (%v)", c.asked, len(times), c.want, err)
		}
	}
}
