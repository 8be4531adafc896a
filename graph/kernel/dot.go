package kernel

import "fmt"

const (
	dotLanes = 32  // sums of a long dot product that run side by side
	longDot  = 256 // values from which on they pay
)

// Dot returns the sum of x_i y_i in float64, in which products of float32 are exact. The order of the sum depends on the length alone.
func Dot[T Float](x, y []T) float64 {
	if len(x) != len(y) {
		panic(fmt.Sprintf("kernel: Dot of %d and %d values", len(x), len(y)))
	}
	if len(x) < leastSweep {
		return dotPiece(x, y)
	}
	parts := make([]float64, (len(x)+sweepGrain-1)/sweepGrain)
	Parallel(len(x), sweepGrain, func(p, lo, hi int) { parts[p] = dotPiece(x[lo:hi], y[lo:hi]) })
	var sum float64
	for _, v := range parts {
		sum += v
	}
	return sum
}

func dotPiece[T Float](x, y []T) float64 {
	var sums [dotLanes]float64
	blocks := 0
	if a, ok := any(x).([]float32); ok && len(a) >= longDot {
		b := any(y).([]float32)
		blocks = len(a) / dotLanes
		if fast() {
			dot32(&sums[0], &a[0], &b[0], blocks)
		} else {
			dot32Go(&sums, a, b, blocks)
		}
		for n := dotLanes / 2; n >= 4; n /= 2 {
			for i := range n {
				sums[i] += sums[i+n]
			}
		}
	}
	// Four sums keep the adder busy.
	i := blocks * dotLanes
	for ; i+4 <= len(x); i += 4 {
		p, q := x[i:i+4:i+4], y[i:i+4:i+4]
		sums[0] += float64(p[0]) * float64(q[0])
		sums[1] += float64(p[1]) * float64(q[1])
		sums[2] += float64(p[2]) * float64(q[2])
		sums[3] += float64(p[3]) * float64(q[3])
	}
	for ; i < len(x); i++ {
		sums[0] += float64(x[i]) * float64(y[i])
	}
	return (sums[0] + sums[1]) + (sums[2] + sums[3])
}

func dot32Go(sums *[dotLanes]float64, x, y []float32, blocks int) {
	for b := range blocks {
		p, q := x[b*dotLanes:][:dotLanes], y[b*dotLanes:][:dotLanes]
		for l, v := range p {
			sums[l] += float64(v) * float64(q[l])
		}
	}
}

// Sum returns the sum of x in float64, in an order that depends on the length alone.
func Sum[T Float](x []T) float64 {
	var a, b, c, d float64 // four sums keep the adder busy
	i := 0
	for ; i+4 <= len(x); i += 4 {
		q := x[i : i+4 : i+4]
		a += float64(q[0])
		b += float64(q[1])
		c += float64(q[2])
		d += float64(q[3])
	}
	for ; i < len(x); i++ {
		a += float64(x[i])
	}
	return (a + b) + (c + d)
}
