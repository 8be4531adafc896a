package bench

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	gonum "gonum.org/v1/gonum/floats"

	"lenz/graph/kernel"
	"lenz/internal/rng"
)

// Roofs measures what this machine can do, once for each question.
type Roofs struct{ measured map[roof]float64 }

type roof struct {
	rate, dtype        string
	threads, footprint int
}

// Put sets the result's share of the machine's peak: of its arithmetic where operations are counted, else of the memory
// bandwidth over as many bytes as one run goes through.
func (r *Roofs) Put(m *Result) {
	for _, rate := range m.Rates {
		key := roof{rate: rate.Name, dtype: m.Case.Dtype, threads: m.Threads}
		switch rate.Name {
		case GFLOPS:
			m.Roof = r.of(key, func() float64 { return r.arithmetic(key) })
		case GBPerSecond:
			key.dtype, key.footprint = "", m.Footprint
			m.Roof = r.of(key, func() float64 { return bandwidth(key.footprint, key.threads) })
		default:
			continue
		}
		m.ShareName, m.Share = rate.Name, (rate.PerRun-rate.Spared)/m.Roof
		return
	}
}

// Arithmetic is the peak in GFLOP/s of a precision on some threads.
func (r *Roofs) Arithmetic(dtype string, threads int) float64 {
	key := roof{rate: GFLOPS, dtype: dtype, threads: threads}
	return r.of(key, func() float64 { return r.arithmetic(key) })
}

func (r *Roofs) of(key roof, measure func() float64) float64 {
	if r.measured == nil {
		r.measured = map[roof]float64{}
	}
	if _, known := r.measured[key]; !known {
		r.measured[key] = measure()
	}
	return r.measured[key]
}

func (r *Roofs) arithmetic(key roof) float64 {
	if key.dtype == "float64" {
		return arithmetic[float64](key.threads)
	}
	return arithmetic[float32](key.threads)
}

// arithmetic is the best rate, in GFLOP/s of all threads together, of products whose operands stay in the first two caches,
// packed before.
func arithmetic[T kernel.Float](threads int) float64 {
	const m, n, k = 48, 64, 256
	return best(threads, func() (func(), float64) {
		r := rand.New(rng.New(1, "peak"))
		var b kernel.Packed[T]
		b.Pack(false, k, n, normals[T](r, k*n), n)
		a, c := normals[T](r, m*k), make([]T, m*n)
		return func() { b.Mul(m, a, k, 0, nil, 0, c, n) }, 2e-9 * m * n * k
	})
}

// bandwidth is the best rate, in GB/s read and written by all threads together, over as many bytes: of copying half to the
// other half, of scaling all in place, and of adding half to the other half. Which is best depends on the cache that holds
// them, since a line that is only written is read first.
func bandwidth(footprint, threads int) float64 {
	n := max(1, footprint/16/threads) // float64 values of a half
	copying := best(threads, func() (func(), float64) {
		src, dst := make([]float64, n), make([]float64, n)
		return func() { copy(dst, src) }, 16e-9 * float64(n)
	})
	scaling := best(threads, func() (func(), float64) {
		x := make([]float64, 2*n)
		return func() { gonum.Scale(1, x) }, 32e-9 * float64(n)
	})
	adding := best(threads, func() (func(), float64) {
		x, y := make([]float64, n), make([]float64, n)
		return func() { gonum.AddScaled(y, 1, x) }, 24e-9 * float64(n)
	})
	return max(copying, scaling, adding)
}

// best runs the work of each thread for a twentieth of a second, in bursts of about 20 microseconds or one run, and returns
// the sum of the threads' best rates a second.
func best(threads int, prepare func() (run func(), perRun float64)) float64 {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
	rates := make([]float64, threads)
	var all sync.WaitGroup
	for i := range threads {
		all.Go(func() {
			run, perRun := prepare()
			start := time.Now()
			run()
			burst := 1 + int(20*time.Microsecond/(time.Since(start)+1))
			for end := time.Now().Add(50 * time.Millisecond); time.Now().Before(end); {
				start := time.Now()
				for range burst {
					run()
				}
				rates[i] = max(rates[i], float64(burst)*perRun/time.Since(start).Seconds())
			}
		})
	}
	all.Wait()
	sum := 0.0
	for _, v := range rates {
		sum += v
	}
	return sum
}

// normals draws n standard normal values.
func normals[T kernel.Float](r *rand.Rand, n int) []T {
	v := make([]T, n)
	for i := range v {
		v[i] = T(r.NormFloat64())
	}
	return v
}
