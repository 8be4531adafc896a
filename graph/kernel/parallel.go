package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Float is the element type of every kernel.
type Float interface{ float32 | float64 }

// Parallel calls f once for each piece of [0, n): piece p covers [lo, hi) = [p*grain, min(n, (p+1)*grain)). The
// pieces depend on n and grain alone, never on the number of processors, so a caller whose pieces write to
// places of their own gets the same bits at every GOMAXPROCS.
//
// Pieces run on at most GOMAXPROCS goroutines, the caller's among them, in no promised order; Parallel returns when
// all are done. With one piece, or one processor, everything runs on the caller's goroutine in order. It allocates a
// small constant amount, whatever n is. f must not panic. It panics if grain < 1.
func Parallel(n, grain int, f func(piece, lo, hi int)) {
	if grain < 1 {
		panic("kernel: Parallel needs a grain of at least 1")
	}
	pieces := (n + grain - 1) / grain
	workers := min(pieces, runtime.GOMAXPROCS(0))
	if workers <= 1 {
		for p := range pieces {
			f(p, p*grain, min(n, (p+1)*grain))
		}
		return
	}
	var next atomic.Int64
	work := func() {
		for p := int(next.Add(1)) - 1; p < pieces; p = int(next.Add(1)) - 1 {
			f(p, p*grain, min(n, (p+1)*grain))
		}
	}
	var wg sync.WaitGroup
	for range workers - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
}
