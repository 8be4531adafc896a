package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestParallelOverlaps calls Parallel from many goroutines at once, and from within itself: every piece is done once.
func TestParallelOverlaps(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	const callers, calls, n, grain = 8, 300, 37, 4
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			visits, inner := make([]int, n), make([]atomic.Int64, n)
			for call := range calls {
				Parallel(n, grain, func(_, lo, hi int) {
					for i := lo; i < hi; i++ {
						visits[i]++
					}
					Parallel(hi-lo, 1, func(p, _, _ int) { inner[lo+p].Add(1) })
				})
				for i := range n {
					if visits[i] != call+1 || inner[i].Load() != int64(call+1) {
						t.Errorf("call %d: element %d was visited %d times and %d times within", call, i, visits[i], inner[i].Load())
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

// TestParallelWakes lets the helpers fall asleep between calls, and then not.
func TestParallelWakes(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	helpers.until.Store(0) // other tests may have crowded it
	for _, gap := range []time.Duration{0, patience / 2, patience, 3 * patience} {
		for range 20 {
			time.Sleep(gap)
			var sum atomic.Int64
			Parallel(100, 1, func(_, lo, hi int) { sum.Add(int64(lo + hi)) })
			if sum.Load() != 10000 {
				t.Fatalf("after a pause of %v the pieces sum to %d, want 10000", gap, sum.Load())
			}
		}
	}
}

// TestParallelIsShared sees that a helper takes part: the first piece to be claimed waits for the other.
func TestParallelIsShared(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	helpers.until.Store(0)
	both := make(chan struct{}, 2)
	Parallel(2, 1, func(_, _, _ int) {
		both <- struct{}{}
		for deadline := time.Now().Add(10 * time.Second); len(both) < 2 && time.Now().Before(deadline); {
			runtime.Gosched()
		}
	})
	if len(both) < 2 {
		t.Error("one goroutine did both pieces, one after the other")
	}
}

// TestCrewStandsAside: after two calls have overlapped, calls run on their own goroutines for a while.
func TestCrewStandsAside(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	var c crew
	one := work{n: 2, grain: 1, pieces: 2, f: func(_, _, _ int) {}}
	if !c.run(one, 1) {
		t.Fatal("an idle crew refused work")
	}
	refused := false
	nested := one
	nested.f = func(_, _, _ int) { refused = !c.run(one, 1) || refused }
	nested.n, nested.pieces = 1, 1
	if !c.run(nested, 1) || !refused {
		t.Fatalf("a crew at work took more work")
	}
	if c.run(one, 1) {
		t.Error("right after an overlap the crew took work")
	}
	c.until.Store(time.Now().UnixNano() - 1)
	if !c.run(one, 1) {
		t.Error("long after an overlap the crew refused work")
	}
}

// A panic, on whichever goroutine, reaches the caller, and later calls work.
func TestParallelPassesPanicsOn(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	helpers.until.Store(0)
	for bad := range 8 {
		got := func() (r any) {
			defer func() { r = recover() }()
			Parallel(8, 1, func(p, _, _ int) {
				time.Sleep(10 * time.Microsecond) // so that helpers get pieces
				if p == bad {
					panic(bad)
				}
			})
			return nil
		}()
		if got != bad {
			t.Fatalf("piece %d panics with %d, the call with %v", bad, bad, got)
		}
		var sum atomic.Int64
		Parallel(100, 1, func(_, lo, hi int) { sum.Add(int64(lo + hi)) })
		if sum.Load() != 10000 {
			t.Fatalf("after a panic the pieces sum to %d, want 10000", sum.Load())
		}
	}
}

func TestParallelAllocatesNothing(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	helpers.until.Store(0)
	var sum atomic.Int64
	f := func(_, lo, hi int) { sum.Add(int64(hi - lo)) }
	if n := testing.AllocsPerRun(100, func() { Parallel(64, 4, f) }); n > 0 {
		t.Errorf("a call allocates %v times", n)
	}
}

// BenchmarkParallel times a call whose pieces do nothing.
func BenchmarkParallel(b *testing.B) {
	f := func(_, _, _ int) {}
	b.ReportAllocs()
	for b.Loop() {
		Parallel(8, 1, f)
	}
}
