package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"lenz/graph"
	"lenz/graph/kernel"
	"lenz/internal/rng"
	"lenz/optim"
)

// timed calls f and returns the milliseconds of each call after the warm-up, ascending.
func timed(s benchSize, f func() error) ([]float64, error) {
	times := make([]float64, 0, s.reps)
	for i := range s.warmup + s.reps {
		start := time.Now()
		if err := f(); err != nil {
			return nil, err
		}
		if i >= s.warmup {
			times = append(times, time.Since(start).Seconds()*1e3)
		}
	}
	slices.Sort(times)
	return times, nil
}

// normals draws n standard normal values.
func normals[T kernel.Float](r *rand.Rand, n int) []T {
	v := make([]T, n)
	for i := range v {
		v[i] = T(r.NormFloat64())
	}
	return v
}

// timeVector times a function of n values.
func timeVector(f func(dst, src []float32), s benchSize) ([]float64, error) {
	src := normals[float32](rand.New(rng.New(1, "bench")), s.n)
	dst := make([]float32, s.n)
	return timed(s, func() error { f(dst, src); return nil })
}

// timeGemm times C = A B.
func timeGemm[T kernel.Float](s benchSize) ([]float64, error) {
	r := rand.New(rng.New(1, "bench"))
	a, b, c := normals[T](r, s.m*s.k), normals[T](r, s.k*s.n), make([]T, s.m*s.n)
	return timed(s, func() error {
		kernel.GemmParallel(false, false, s.m, s.n, s.k, 1, a, s.k, b, s.n, 0, c, s.n)
		return nil
	})
}

// timeStream times an LSTM with a linear readout that reads one value at a time.
func timeStream(s benchSize) ([]float64, error) {
	r := rand.New(rng.New(1, "bench"))
	cell := kernel.NewLSTM[float32](kernel.Dims{T: 1, B: 1, I: 1, H: s.H})
	w := kernel.Weights[float32]{Wih: normals[float32](r, 4*s.H), Whh: normals[float32](r, 4*s.H*s.H), Bih: normals[float32](r, 4*s.H), Bhh: normals[float32](r, 4*s.H)}
	for i := range w.Whh {
		w.Whh[i] *= 0.1
	}
	cell.Load(w)
	x, readout, y := normals[float32](r, s.steps), normals[float32](r, s.H), make([]float32, 1)
	h, c := make([]float32, s.H), make([]float32, s.H)
	s.reps, s.warmup = min(s.reps, 5), 1
	return timed(s, func() error {
		clear(h)
		clear(c)
		for t := range s.steps {
			cell.Step(x[t:t+1], h, c)
			kernel.Gemm(false, true, 1, 1, s.H, 1, h, s.H, readout, s.H, 0, y, 1)
		}
		return nil
	})
}

// timeAdam times one step over eight tensors of n/8 values.
func timeAdam(s benchSize) ([]float64, error) {
	const tensors = 8
	params := graph.NewParams(graph.Float32, 1)
	for i := range tensors {
		if _, err := params.Add(fmt.Sprintf("p%d", i), graph.Constant(1), max(1, s.n/tensors)); err != nil {
			return nil, err
		}
	}
	adam, err := optim.DefaultAdam().New()
	if err != nil {
		return nil, err
	}
	model := params.ValueGrads()
	r := rand.New(rng.New(1, "bench"))
	for _, vg := range model {
		g, err := vg.Grad()
		if err != nil {
			return nil, err
		}
		copy(g.Data().([]float32), normals[float32](r, max(1, s.n/tensors)))
	}
	return timed(s, func() error { return adam.Step(model) })
}

// peakGFLOPS is the best rate of a product whose operands stay in the cache, over a twentieth of a second, one thread:
// what this machine's arithmetic can do.
func peakGFLOPS() float64 {
	const m, n, k = 48, 64, 256
	r := rand.New(rng.New(1, "peak"))
	var b kernel.Packed[float32]
	b.Pack(false, k, n, normals[float32](r, k*n), n)
	a, c := normals[float32](r, m*k), make([]float32, m*n)
	best := time.Hour
	for end := time.Now().Add(50 * time.Millisecond); time.Now().Before(end); {
		start := time.Now()
		for range 8 {
			b.Mul(m, a, k, 0, nil, 0, c, n)
		}
		best = min(best, time.Since(start)/8)
	}
	return 2 * m * n * k / float64(best.Nanoseconds())
}
