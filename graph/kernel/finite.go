package kernel

import "sync/atomic"

// Finite tells whether x has neither NaN nor an infinity.
func Finite[T Float](x []T) bool {
	if len(x) < leastSweep {
		return finitePiece(x)
	}
	var bad atomic.Bool
	Parallel(len(x), sweepGrain, func(_, lo, hi int) {
		if !bad.Load() && !finitePiece(x[lo:hi]) {
			bad.Store(true)
		}
	})
	return !bad.Load()
}

func finitePiece[T Float](x []T) bool {
	if len(x) == 0 {
		return true
	}
	if x, ok := any(x).([]float32); ok && fast() {
		return nonfinite32(&x[0], len(x)) == 0
	}
	// x - x is 0 for a finite x and NaN otherwise, and NaN stays in a sum: four sums keep the adder busy.
	var a, b, c, d T
	i := 0
	for ; i+4 <= len(x); i += 4 {
		q := x[i : i+4 : i+4]
		a += q[0] - q[0]
		b += q[1] - q[1]
		c += q[2] - q[2]
		d += q[3] - q[3]
	}
	for ; i < len(x); i++ {
		a += x[i] - x[i]
	}
	return a+b+c+d == 0
}
