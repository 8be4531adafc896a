package train_test

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"lenz/datasets"
	"lenz/models/recurrent"
	"lenz/optim"
	"lenz/train"
)

func torture() bool { return os.Getenv("LENZ_TORTURE") == "1" }

// holdings is what a process holds.
type holdings struct{ bytes, goroutines, files int }

// held measures after a collection. Where there is no /proc, bytes are those of the heap and files are not counted.
func held(t testing.TB) holdings {
	t.Helper()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h := holdings{bytes: int(m.HeapInuse + m.StackInuse), goroutines: runtime.NumGoroutine()}
	if b, err := os.ReadFile("/proc/self/statm"); err == nil {
		pages, err := strconv.Atoi(strings.Fields(string(b))[1])
		if err != nil {
			t.Fatal(err)
		}
		h.bytes = pages * os.Getpagesize()
	}
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		h.files = len(files)
	}
	return h
}

// steady holds two measurements against each other: memory may drift by 2 %, and by two megabytes, which is how far the runtime's own
// spans move in a process this small.
func steady(t testing.TB, what string, before, after holdings) {
	t.Helper()
	limit := before.bytes + max(before.bytes/50, 2<<20)
	if after.bytes > limit || after.goroutines > before.goroutines || after.files > before.files {
		t.Errorf("%s: %+v before, %+v after", what, before, after)
	}
	t.Logf("%s: %.1f MiB before, %.1f MiB after (%+.2f %%), %d goroutines, %d descriptors", what, float64(before.bytes)/(1<<20),
		float64(after.bytes)/(1<<20), 100*float64(after.bytes-before.bytes)/float64(before.bytes), after.goroutines, after.files)
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
	run(steps / 10)
	before := held(t)
	run(steps)
	steady(t, strconv.Itoa(steps)+" steps", before, held(t))
}

// Models that are closed are gone, with their programs.
func TestSoakPrograms(t *testing.T) {
	programs := 100
	if torture() {
		programs = 1000
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
	run(programs / 5)
	before := held(t)
	run(programs)
	steady(t, strconv.Itoa(programs)+" programs", before, held(t))
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
