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
		for r := lo; r < hi; r++ {
			drawRow(dst[r*n:(r+1)*n], p[r*n:(r+1)*n], rng.NewFast(s.Split(uint64(r))))
		}
	})
}

// sigmoidBernoulli is bernoulli of sigmoid(x); x becomes the samples.
func sigmoidBernoulli[T kernel.Float](x []T, rows, n int, s *rng.Stream) {
	kernel.Parallel(rows, rowGrain, func(_, lo, hi int) {
		kernel.Sigmoid(x[lo*n:hi*n], x[lo*n:hi*n])
		for r := lo; r < hi; r++ {
			drawRow(x[r*n:(r+1)*n], x[r*n:(r+1)*n], rng.NewFast(s.Split(uint64(r))))
		}
	})
}

func drawRow[T kernel.Float](dst, p []T, f *rng.Fast) {
	if d, ok := any(dst).([]float32); ok {
		draw32(d, any(p).([]float32), f)
		return
	}
	for j, v := range p {
		dst[j] = 0
		if f.Float64() < float64(v) {
			dst[j] = 1
		}
	}
}

// draw32 takes two numbers of 24 bits from each draw, and compares without a branch: at probability 1/2 a branch would be
// guessed wrong half the time.
func draw32(dst, p []float32, f *rng.Fast) {
	const unit = 1.0 / (1 << 24)
	g := *f
	dst = dst[:len(p)]
	j := 0
	for ; j+1 < len(p); j += 2 {
		u := g.Uint64()
		dst[j] = below(float32(u>>40)*unit, p[j])
		dst[j+1] = below(float32(u>>8&(1<<24-1))*unit, p[j+1])
	}
	if j < len(p) {
		dst[j] = below(float32(g.Uint64()>>40)*unit, p[j])
	}
	*f = g
}

// below returns 1 if u < p, else 0: the sign of u - p spread over the bits of 1.
func below(u, p float32) float32 {
	const one = 0x3f800000
	return math.Float32frombits(one & uint32(int32(math.Float32bits(u-p))>>31))
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
