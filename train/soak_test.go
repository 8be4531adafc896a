package train_test

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"testing"

	"gonum.org/v1/gonum/stat"

	"lenz/datasets"
	"lenz/models/recurrent"
	"lenz/optim"
	"lenz/train"
)

func torture() bool { return os.Getenv("LENZ_TORTURE") == "1" }

// holdings is what a process holds, after a collection that gave back to the system what it could.
type holdings struct {
	heap       float64 // bytes of live objects
	resident   float64 // bytes of memory in use, 0 where that cannot be told
	private    float64 // those that are no file's
	goroutines int
	files      int // open, 0 where that cannot be told
}

func held(t testing.TB) holdings {
	t.Helper()
	runtime.GC() // runs finalizers, whose memory is free after another
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h := holdings{heap: float64(m.HeapAlloc), goroutines: runtime.NumGoroutine()}
	if b, err := os.ReadFile("/proc/self/statm"); err == nil {
		var size, resident, shared int
		if _, err := fmt.Sscan(string(b), &size, &resident, &shared); err != nil {
			t.Fatal(err)
		}
		h.resident, h.private = float64(resident*os.Getpagesize()), float64((resident-shared)*os.Getpagesize())
	}
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		h.files = len(files)
	}
	return h
}

// drift is the slope of the line through measurements at equal distances, over their whole length, as a share of their mean.
func drift(all []holdings, of func(holdings) float64) float64 {
	x, y := make([]float64, len(all)), make([]float64, len(all))
	for i, h := range all {
		x[i], y[i] = float64(i)/float64(len(all)-1), of(h)
	}
	mean := stat.Mean(y, nil)
	if mean == 0 {
		return 0
	}
	_, slope := stat.LinearRegression(x, y, nil, false)
	return slope / mean
}

// soak does work n times after warm times, in ten parts, and holds to 2 % by how much the memory drifts. The live heap settles at once.
// Resident memory does not: the runtime touches pages of its own tables one by one, fewer and fewer, long after the heap has stopped to grow, so that
// it is held only in the long form, whose warm is long.
//
// Private memory is reported, not held: of some 5 MB, 2 % are no more than what the runtime happens to have on its free lists.
func soak(t testing.TB, what string, work func(n int), warm, n int) {
	t.Helper()
	work(warm)
	_ = held(t) // measuring takes memory too, the first time
	all := []holdings{held(t)}
	for range 10 {
		work(n / 10)
		all = append(all, held(t))
	}
	first, last := all[0], all[len(all)-1]
	heap, resident := drift(all, func(h holdings) float64 { return h.heap }), drift(all, func(h holdings) float64 { return h.resident })
	if heap > 0.02 || torture() && resident > 0.02 || last.goroutines > first.goroutines || last.files > first.files {
		t.Errorf("%s: %+v at first, %+v at last", what, first, last)
	}
	t.Logf("%d %s after %d: live heap %.0f to %.0f KiB (%+.2f %%), resident %.0f to %.0f KiB (%+.2f %%), private %.0f to %.0f KiB, %d goroutines, %d descriptors", n, what, warm,
		first.heap/1024, last.heap/1024, 100*heap, first.resident/1024, last.resident/1024, 100*resident, first.private/1024, last.private/1024, last.goroutines, last.files)
}

// Steps take nothing that they do not give back.
func TestSoakSteps(t *testing.T) {
	steps := 5000
	if torture() {
		steps = 1_000_000
	}
	w := nileWindows(t)
	m, data := nileRun(t, w)
	adam, err := optim.DefaultAdam().New()
	if err != nil {
		t.Fatal(err)
	}
	l := train.Gradient(m, adam)
	run := func(n int) {
		for epoch := uint64(0); n > 0; epoch++ {
			data.Train.Reset(epoch)
			for b, ok := data.Train.Next(); ok && n > 0; b, ok = data.Train.Next() {
				if _, err := l.Learn(t.Context(), b); err != nil {
					t.Fatal(err)
				}
				n--
			}
		}
	}
	soak(t, "steps", run, steps/2, steps)
}

// Models that are closed are gone, with their programs.
func TestSoakPrograms(t *testing.T) {
	warm, programs := 100, 100
	if torture() {
		warm, programs = 4000, 1000
	}
	w := nileWindows(t)
	_, data := nileRun(t, w)
	run := func(n int) {
		for i := range n {
			c := recurrent.DefaultLSTM()
			c.Hidden = 2 + i%3
			m, err := c.New(w.Layout(), uint64(i))
			if err != nil {
				t.Fatal(err)
			}
			learn(t, m, data.Train)
			if err := m.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	soak(t, "programs", run, warm, programs)
}

// learn takes a step and an evaluation: two programs.
func learn(t testing.TB, m *recurrent.Model, s datasets.Source) {
	t.Helper()
	s.Reset(0)
	b, ok := s.Next()
	if !ok {
		t.Fatal("there is no batch")
	}
	if _, err := m.Gradient(t.Context(), b, 0); err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.Loss(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}
