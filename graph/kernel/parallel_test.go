package kernel

import (
	"runtime"
	"slices"
	"testing"
)

func TestParallelCoversEachPieceOnce(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, procs := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(procs)
		for _, c := range []struct{ n, grain, pieces int }{{0, 3, 0}, {1, 3, 1}, {3, 3, 1}, {4, 3, 2}, {100, 7, 15}, {5, 1, 5}} {
			visits, bounds := make([]int, c.n), make([][2]int, c.pieces)
			Parallel(c.n, c.grain, func(p, lo, hi int) {
				bounds[p] = [2]int{lo, hi}
				for i := lo; i < hi; i++ {
					visits[i]++
				}
			})
			if slices.ContainsFunc(visits, func(v int) bool { return v != 1 }) {
				t.Errorf("GOMAXPROCS=%d n=%d grain=%d: visits %v, want all 1", procs, c.n, c.grain, visits)
			}
			for p, b := range bounds {
				if want := [2]int{p * c.grain, min(c.n, (p+1)*c.grain)}; b != want {
					t.Errorf("GOMAXPROCS=%d n=%d grain=%d: piece %d is %v, want %v", procs, c.n, c.grain, p, b, want)
				}
			}
		}
	}
	mustPanic(t, "grain", func() { Parallel(1, 0, nil) })
}
