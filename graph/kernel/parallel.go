package kernel

import "runtime"

// Float is the element type of every kernel.
type Float interface{ float32 | float64 }

// A pass over a vector of at least leastSweep values is cut into pieces of sweepGrain. Every pass cuts it in the same way, and most of a piece
// is then still in the cache of the same core.
const (
	sweepGrain = 1 << 14
	leastSweep = 1 << 16
)

// Parallel calls f once for each piece of [0, n): piece p covers [lo, hi) = [p*grain, min(n, (p+1)*grain)). The
// pieces depend on n and grain alone, never on the number of processors, so a caller whose pieces write to
// places of their own gets the same bits at every GOMAXPROCS.
//
// Pieces run on at most GOMAXPROCS goroutines, the caller's among them, in no promised order; Parallel returns when
// all are done. With one piece, or one processor, everything runs on the caller's goroutine in order. So it does inside f,
// and while calls from other goroutines overlap, since then those keep the processors busy. It allocates
// nothing. A panic in f ends the call with that panic, after the pieces under way; others may be left out. It panics if
// grain < 1.
//
// The goroutines that help wait for the next call awake for up to a millisecond, as OpenMP's do: waking one takes a tenth of a
// millisecond, a good part of a small training step.
func Parallel(n, grain int, f func(piece, lo, hi int)) {
	if grain < 1 {
		panic("kernel: Parallel needs a grain of at least 1")
	}
	pieces := (n + grain - 1) / grain
	if workers := min(pieces, runtime.GOMAXPROCS(0)); workers > 1 && helpers.run(work{n, grain, pieces, f}, workers-1) {
		return
	}
	for p := range pieces {
		f(p, p*grain, min(n, (p+1)*grain))
	}
}
