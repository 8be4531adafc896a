package optim_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"lenz/internal/rng"
	"lenz/optim"
	"lenz/optim/optimtest"
)

// A step over 524,288 float32 values in eight matrices, the size at which PyTorch's Adam is commonly timed.
const (
	benchValues  = 524288
	benchTensors = 8
	benchSide    = 256
)

// touched is how many float32 arrays of the parameters' size a step must read and write: the values (read and written), the
// gradient (read by the check and by the step), and each slot of state (read and written). No number stands for those that do more
// than walk over their state once.
var touched = map[string]int{
	"sgd": 4, "momentum": 6, "nesterov": 6, "adagrad": 6, "adadelta": 8, "rmsprop": 6, "adam": 8, "adamw": 8, "amsgrad": 10, "adamax": 8,
	"nadam": 8, "radam": 8, "adabelief": 8, "lion": 6, "schedulefree": 8, "rprop": 8,
}

func benchModel(b *testing.B) []gorgonia.ValueGrad {
	b.Helper()
	r := rand.New(rng.New(1, "bench"))
	normal := func() []float64 {
		v := make([]float64, benchValues/benchTensors)
		for i := range v {
			v[i] = r.NormFloat64()
		}
		return v
	}
	vg := make([]gorgonia.ValueGrad, benchTensors)
	for i := range vg {
		p, err := optimtest.NewShaped(tensor.Float32, fmt.Sprintf("p%d", i), tensor.Shape{benchSide, benchSide}, normal()...)
		if err != nil {
			b.Fatal(err)
		}
		p.SetGrad(normal()...)
		vg[i] = p
	}
	return vg
}

// BenchmarkStep times a step of each optimizer. GB/s is the traffic that it cannot do without; share is that over what copying
// reaches over as much memory on one thread, in the same process; it can be above 1, since copying reads what it overwrites as well.
func BenchmarkStep(b *testing.B) {
	for _, name := range optim.Names() {
		b.Run(name, func(b *testing.B) {
			o, err := build(name, nil)
			if err != nil {
				b.Fatal(err)
			}
			vg := benchModel(b)
			if optim.NeedsClosure(o) {
				benchmark(b, o, vg, bowl(vg))
				return
			}
			benchmark(b, o, vg, nil)
			if arrays := touched[name]; arrays > 0 {
				perStep := b.Elapsed().Seconds() / float64(b.N)
				rate := float64(4*benchValues*arrays) / perStep
				b.ReportMetric(rate/1e9, "GB/s")
				b.ReportMetric(rate/copyRate(4*benchValues*arrays/2), "share")
			}
		})
	}
}

// BenchmarkWrapped times what is put around an Adam step.
func BenchmarkWrapped(b *testing.B) {
	clip, err := optim.NewClipNorm(1e9)
	if err != nil {
		b.Fatal(err)
	}
	agc, err := optim.NewAGC(0.01)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		wrap func(optim.Optimizer) (optim.Optimizer, error)
	}{
		{"clip by norm", func(o optim.Optimizer) (optim.Optimizer, error) { return optim.Chain(o, clip), nil }},
		{"agc", func(o optim.Optimizer) (optim.Optimizer, error) { return optim.Chain(o, agc), nil }},
		{"centralize", func(o optim.Optimizer) (optim.Optimizer, error) { return optim.Chain(o, optim.Centralize{}), nil }},
		{"ema", func(o optim.Optimizer) (optim.Optimizer, error) { return optim.NewEMA(o, 0.999) }},
		{"lookahead", func(o optim.Optimizer) (optim.Optimizer, error) { return optim.NewLookahead(o, 5, 0.5) }},
		{"accumulate 4", func(o optim.Optimizer) (optim.Optimizer, error) { return optim.NewAccumulate(o, 4) }},
		{"sam", func(o optim.Optimizer) (optim.Optimizer, error) { return optim.NewSAM(o, 0.05) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			o, err := build("adam", nil)
			if err == nil {
				o, err = c.wrap(o)
			}
			if err != nil {
				b.Fatal(err)
			}
			vg := benchModel(b)
			var closure optim.Closure
			if optim.NeedsClosure(o) {
				closure = bowl(vg)
			}
			benchmark(b, o, vg, closure)
		})
	}
}

func benchmark(b *testing.B, o optim.Optimizer, vg []gorgonia.ValueGrad, closure optim.Closure) {
	b.Helper()
	step := func() error { return o.Step(vg) }
	if closure != nil {
		step = func() error { return optim.StepWith(o, vg, closure) }
	}
	for range 3 { // makes the state, and warms up
		if err := step(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := step(); err != nil {
			b.Fatal(err)
		}
	}
}

// bowl is a closure: a quadratic with curvatures from 1e-3 to 1e3, which L-BFGS does not finish within a benchmark. Its own cost counts.
func bowl(vg []gorgonia.ValueGrad) optim.Closure {
	curvature := make([]float32, benchValues/benchTensors)
	for i := range curvature {
		curvature[i] = float32(math.Pow(10, 6*float64(i)/float64(len(curvature))-3))
	}
	return func() (float64, error) {
		loss := 0.0
		for _, p := range vg {
			grad, err := p.Grad()
			if err != nil {
				return 0, err
			}
			x, g := p.Value().Data().([]float32), grad.Data().([]float32)
			for i, c := range curvature {
				g[i] = c * x[i]
				loss += float64(g[i]) * float64(x[i]) / 2
			}
		}
		return loss, nil
	}
}

// copyRate is the bytes a second, read and written, that copying reaches over a working set of the given size, the best of 50.
func copyRate(bytes int) float64 {
	n := bytes / 2
	src, dst := make([]byte, n), make([]byte, n)
	best := math.Inf(1)
	for range 50 {
		begin := time.Now()
		copy(dst, src)
		best = min(best, time.Since(begin).Seconds())
	}
	return 2 * float64(n) / best
}
