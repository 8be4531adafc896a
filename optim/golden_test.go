package optim_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"gorgonia.org/tensor"

	"lenz/optim"
	"lenz/optim/optimtest"
)

// golden is optimtest/testdata/torch_golden.json, written by torch_golden.py beside it with PyTorch 1.13.
type golden struct {
	Optimizers []struct {
		Name     string
		Settings map[string]string
		L2       float64
		Points   [][]float64
	}
	Schedules []struct {
		Name     string
		Settings map[string]string
		Total    int
		PerEpoch int `json:"per_epoch"`
		Losses   []float64
		Factors  []float64
	}
}

func readGolden(t *testing.T) golden {
	t.Helper()
	raw, err := os.ReadFile("optimtest/testdata/torch_golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(raw, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// tolerance leaves room for the order of operations: a hundred steps of a few roundings of 1e-16, which the curved
// valley amplifies by less than a hundred.
const tolerance = 1e-12

// chainedRosenbrock is torch_golden.py's problem.
func chainedRosenbrock() optimtest.Problem {
	return optimtest.Problem{
		Name: "chained rosenbrock", Start: []float64{-1.2, 1, -0.5, 0.8},
		Loss: func(x, g []float64, _ uint64) float64 {
			clear(g)
			f := 0.0
			for i := range len(x) - 1 {
				r, s := x[i+1]-x[i]*x[i], 1-x[i]
				f += 100*r*r + s*s
				g[i] += -400*x[i]*r - 2*s
				g[i+1] += 200 * r
			}
			return f
		},
	}
}

func TestTrajectoriesArePyTorchs(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range readGolden(t).Optimizers {
		seen[c.Name] = true
		o, err := build(c.Name, c.Settings)
		if err != nil {
			t.Fatal(err)
		}
		if c.L2 > 0 {
			l2, err := optim.NewL2(c.L2)
			if err != nil {
				t.Fatal(err)
			}
			o = optim.Chain(o, l2)
		}
		m, err := optimtest.NewModel(chainedRosenbrock(), tensor.Float64)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.Points {
			if err := m.Run(o, 10); err != nil {
				t.Fatal(err)
			}
			for j, x := range m.X() {
				if math.Abs(x-want[j]) > tolerance {
					t.Errorf("%s %v l2 %v: after %d steps x[%d] = %.17g, PyTorch has %.17g",
						c.Name, c.Settings, c.L2, 10*(i+1), j, x, want[j])
				}
			}
		}
	}
	for _, name := range []string{"sgd", "momentum", "nesterov", "adam", "adamw"} {
		if !seen[name] {
			t.Errorf("no golden trajectory of %s", name)
		}
	}
}

func TestSchedulesArePyTorchs(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range readGolden(t).Schedules {
		seen[c.Name] = true
		e, err := optim.LookupSchedule(c.Name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := e.New(c.Settings)
		if err != nil {
			t.Fatal(err)
		}
		o, err := optim.SGD{Rate: 1}.New()
		if err != nil {
			t.Fatal(err)
		}
		w, err := optim.WithSchedule(o, s, c.Total)
		if err != nil {
			t.Fatal(err)
		}
		for u, want := range c.Factors {
			if got := w.Rate(); math.Abs(got-want) > tolerance {
				t.Errorf("%s %v: the factor of update %d is %.17g, PyTorch has %.17g", c.Name, c.Settings, u, got, want)
			}
			if err := w.Step(nil); err != nil {
				t.Fatal(err)
			}
			if (u+1)%c.PerEpoch == 0 {
				if len(c.Losses) > 0 {
					w.Observe(c.Losses[u/c.PerEpoch])
				}
				w.EndEpoch()
			}
		}
	}
	for _, name := range optim.ScheduleNames() {
		if !seen[name] && name != "constant" {
			t.Errorf("no golden factors of %s", name)
		}
	}
}
