package boltzmann

import (
	"math"

	"lenz/graph/kernel"
	"lenz/internal/rng"
)

// bernoulli sets dst[r, j] to 1 with probability p[r, j], else to 0, for rows of n. Row r draws from a generator of its own, keyed by
// the stream and r: the result does not depend on who works on which row. dst and p may be the same slice.
func bernoulli[T kernel.Float](dst, p []T, rows, n int, s *rng.Stream) {
	kernel.Parallel(rows, rowGrain, func(_, lo, hi int) {
		drawRows(dst, p, lo, hi, n, s)
	})
}

// sigmoidBernoulli is bernoulli of sigmoid(x); x becomes the samples.
func sigmoidBernoulli[T kernel.Float](x []T, rows, n int, s *rng.Stream) {
	kernel.Parallel(rows, rowGrain, func(_, lo, hi int) {
		kernel.Sigmoid(x[lo*n:hi*n], x[lo*n:hi*n])
		drawRows(x, x, lo, hi, n, s)
	})
}

// drawRows is bernoulli of rows lo to hi; those of float32 are drawn eight at a time.
func drawRows[T kernel.Float](dst, p []T, lo, hi, n int, s *rng.Stream) {
	if d, ok := any(dst).([]float32); ok {
		q := any(p).([]float32)
		for ; lo < hi; lo += kernel.BitLanes {
			drawEight(d[lo*n:hi*n], q[lo*n:hi*n], n, lo, s)
		}
		return
	}
	for r := lo; r < hi; r++ {
		f := rng.NewFast(s.Split(uint64(r)))
		for j, v := range p[r*n : (r+1)*n] {
			dst[r*n+j] = 0
			if f.Float64() < float64(v) {
				dst[r*n+j] = 1
			}
		}
	}
}

// drawEight draws the first rows of dst, at most eight; they are rows first and on of all.
func drawEight(dst, p []float32, n, first int, s *rng.Stream) {
	k := 0
	var row *rng.Stream
	g := kernel.NewRandomBits(func() uint64 {
		if k%4 == 0 {
			row = s.Split(uint64(first + k/4))
		}
		k++
		return row.At(uint64((k - 1) % 4))
	})
	if size := kernel.BitLanes * n; len(dst) >= size {
		g.Rows(dst[:size], p[:size], n)
		return
	}
	// Fewer rows are drawn among eight.
	all := make([]float32, kernel.BitLanes*n)
	copy(all, p)
	g.Rows(all, all, n)
	copy(dst, all)
}

// addNormal adds standard normal numbers to x, rows of n, drawn as in bernoulli.
func addNormal[T kernel.Float](x []T, rows, n int, s *rng.Stream) {
	kernel.Parallel(rows, rowGrain, func(_, lo, hi int) {
		for r := lo; r < hi; r++ {
			f := rng.NewFast(s.Split(uint64(r)))
			row := x[r*n : (r+1)*n]
			for j := 0; j < n; j += 2 {
				a, b := boxMuller(f)
				row[j] += T(a)
				if j+1 < n {
					row[j+1] += T(b)
				}
			}
		}
	})
}

// boxMuller returns two independent standard normal numbers (Box and Muller 1958).
func boxMuller(f *rng.Fast) (float64, float64) {
	r := math.Sqrt(-2 * math.Log1p(-f.Float64()))
	sin, cos := math.Sincos(2 * math.Pi * f.Float64())
	return r * cos, r * sin
}
