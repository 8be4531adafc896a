package optim_test

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"lenz/optim"
	"lenz/optim/optimtest"
)

// decays lists the optimizers that move a parameter whose gradient has always been zero.
var decays = map[string]bool{"adamw": true, "lamb": true}

func TestConformance(t *testing.T) {
	for _, name := range optim.Names() {
		t.Run(name, func(t *testing.T) {
			optimtest.Check(t, optimtest.Kit{
				New:    func() (optim.Optimizer, error) { return build(name, nil) },
				Decays: decays[name],
			})
		})
	}
}

// What wraps an optimizer is one again.
func TestConformanceOfWrappers(t *testing.T) {
	t.Run("chain", func(t *testing.T) {
		optimtest.Check(t, optimtest.Kit{Decays: true, New: func() (optim.Optimizer, error) {
			return chained("adam", nil, 0.5, 0.3, 0.01)
		}})
	})
	t.Run("scheduled", func(t *testing.T) {
		optimtest.Check(t, optimtest.Kit{New: func() (optim.Optimizer, error) {
			o, err := build("nesterov", nil)
			if err != nil {
				return nil, err
			}
			return optim.WithSchedule(o, optim.ScheduleFunc(func(optim.Progress) float64 { return 1 }), 100)
		}})
	})
}

func build(name string, settings map[string]string) (optim.Optimizer, error) {
	e, err := optim.Lookup(name)
	if err != nil {
		return nil, err
	}
	return e.New(settings)
}

// chained is the optimizer behind all three transforms.
func chained(name string, settings map[string]string, norm, value, lambda float64) (optim.Optimizer, error) {
	o, err := build(name, settings)
	if err != nil {
		return nil, err
	}
	n, err := optim.NewClipNorm(norm)
	if err != nil {
		return nil, err
	}
	v, err := optim.NewClipValue(value)
	if err != nil {
		return nil, err
	}
	l, err := optim.NewL2(lambda)
	if err != nil {
		return nil, err
	}
	return optim.Chain(o, n, v, l), nil
}

type target struct {
	rate  float64
	steps int
}

// targets says, for every optimizer and problem, a rate and a number of steps after which the excess over the
// minimum is below 1e-3 of the start's (5e-3 on the noisy problem, whose noise does not die out). The steps are
// those measured, plus a fifth.
var targets = map[string]map[string]target{
	"sgd":      {"quadratic": {0.1, 440}, "rosenbrock": {0.002, 1770}, "beale": {0.02, 140}, "noisy": {0.2, 90}, "logistic": {0.2, 650}},
	"momentum": {"quadratic": {0.05, 100}, "rosenbrock": {0.0005, 660}, "beale": {0.01, 90}, "noisy": {0.02, 100}, "logistic": {0.1, 110}},
	"nesterov": {"quadratic": {0.05, 90}, "rosenbrock": {0.0005, 700}, "beale": {0.01, 30}, "noisy": {0.02, 90}, "logistic": {0.1, 110}},
	"adam":     {"quadratic": {0.05, 70}, "rosenbrock": {0.02, 1630}, "beale": {0.05, 150}, "noisy": {0.02, 180}, "logistic": {0.05, 80}},
	"adamw":    {"quadratic": {0.05, 70}, "rosenbrock": {0.02, 1730}, "beale": {0.05, 170}, "noisy": {0.02, 180}, "logistic": {0.05, 70}},
}

func TestEveryOptimizerReachesEveryTarget(t *testing.T) {
	for _, name := range optim.Names() {
		for _, p := range optimtest.Problems() {
			for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
				t.Run(name+"/"+p.Name+"/"+dt.String(), func(t *testing.T) {
					target, ok := targets[name][p.Name]
					if !ok {
						t.Fatal("no target is stated for it")
					}
					reach(t, name, p, dt, target.rate, target.steps)
				})
			}
		}
	}
}

func reach(t *testing.T, name string, p optimtest.Problem, dt tensor.Dtype, rate float64, steps int) {
	t.Helper()
	o, err := build(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	o.SetRate(rate)
	m, err := optimtest.NewModel(p, dt)
	if err != nil {
		t.Fatal(err)
	}
	bar := 1e-3
	if p.Name == "noisy" {
		bar = 5e-3
	}
	if math.Abs(m.Excess()-1) > 1e-6 { // the start is rounded to float32
		t.Fatalf("the excess at the start is %v, want 1", m.Excess())
	}
	if err := m.Run(o, steps); err != nil {
		t.Fatal(err)
	}
	if e := m.Excess(); e > bar {
		t.Errorf("the excess is %.3g after %d steps, want %v", e, steps, bar)
	}
}
