package optim_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"lenz/optim"
	"lenz/optim/optimtest"
)

// golden is one of the files in optimtest/testdata; the script beside each says which versions wrote it.
type golden struct {
	Source     string
	Optimizers []trajectory
	Schedules  []struct {
		Name     string
		Settings map[string]string
		Total    int
		PerEpoch int `json:"per_epoch"`
		Warmup   int
		Losses   []float64
		Factors  []float64
	}
}

// trajectory is a run of a hundred steps.
type trajectory struct {
	Name, Problem, Schedule string
	Settings, Wrap          map[string]string
	L2, Clip, Decay         float64
	Points                  []struct {
		Step       int
		X, Average []float64
	}
}

var goldenFiles = []string{"torch", "authors", "optax"}

func readGolden(t *testing.T, name string) golden {
	t.Helper()
	raw, err := os.ReadFile("optimtest/testdata/" + name + "_golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(raw, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// tolerance of a trajectory, relative to values of at least 0.01: a hundred steps of a few roundings of 1e-16 each, in another
// order than the peer's, which a curved valley amplifies. Schedules have a few roundings alone.
const (
	tolerance         = 1e-9
	scheduleTolerance = 1e-12
)

func (c trajectory) problem() optimtest.Problem {
	if c.Problem == "factors" {
		return optimtest.Factors()
	}
	return optimtest.Problem{ // golden.py's
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

// build makes the optimizer with what the trajectory wraps around it.
func (c trajectory) build() (optim.Optimizer, error) {
	o, err := build(c.Name, c.Settings)
	if err == nil && c.Decay > 0 {
		err = optim.SetDecay(o, c.Decay)
	}
	if err != nil {
		return nil, err
	}
	transforms, err := c.transforms()
	if err != nil {
		return nil, err
	}
	o = optim.Chain(o, transforms...)
	for name, text := range c.Wrap {
		if o, err = wrap(o, name, text); err != nil {
			return nil, err
		}
	}
	if c.Schedule != "" {
		cosine, err := optim.DefaultCosine().New()
		if err != nil {
			return nil, err
		}
		return optim.WithSchedule(o, cosine, 100)
	}
	return o, nil
}

func (c trajectory) transforms() ([]optim.Transform, error) {
	var all []optim.Transform
	add := func(t optim.Transform, err error) error {
		all = append(all, t)
		return err
	}
	var err error
	if c.L2 > 0 {
		l2, e := optim.NewL2(c.L2)
		err = add(l2, e)
	}
	for name, text := range c.Wrap {
		bound, _ := strconv.ParseFloat(text, 64)
		switch name {
		case "agc":
			agc, e := optim.NewAGC(bound)
			err = add(agc, e)
		case "clipvalue":
			clip, e := optim.NewClipValue(bound)
			err = add(clip, e)
		case "centralize":
			all = append(all, optim.Centralize{})
		}
	}
	return all, err
}

func wrap(o optim.Optimizer, name, text string) (optim.Optimizer, error) {
	first, second, _ := strings.Cut(text, ":")
	x, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return nil, err
	}
	switch name {
	case "ema":
		return optim.NewEMA(o, x)
	case "swa":
		return optim.NewSWA(o, int(x), 1)
	case "sam":
		return optim.NewSAM(o, x)
	case "lookahead":
		alpha, err := strconv.ParseFloat(second, 64)
		if err != nil {
			return nil, err
		}
		return optim.NewLookahead(o, int(x), alpha)
	}
	return o, nil
}

func TestTrajectoriesAreThePeers(t *testing.T) {
	seen := map[string]bool{}
	worst := map[string]float64{}
	for _, file := range goldenFiles {
		g := readGolden(t, file)
		for _, c := range g.Optimizers {
			seen[c.Name] = true
			key := fmt.Sprintf("%-14s %s", c.Name+strings.TrimPrefix(fmt.Sprint(c.Wrap), "map[]"), g.Source)
			worst[key] = max(worst[key], c.follow(t, g.Source))
		}
	}
	for key, d := range worst {
		t.Logf("%s: largest relative deviation %.2g", key, d)
	}
	for _, name := range optim.Names() {
		if !seen[name] {
			t.Errorf("no golden trajectory of %s", name)
		}
	}
}

// follow returns the largest deviation from the trajectory.
func (c trajectory) follow(t *testing.T, source string) float64 {
	t.Helper()
	o, err := c.build()
	if err != nil {
		t.Fatal(err)
	}
	m, err := optimtest.NewModel(c.problem(), tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	done, worst := 0, 0.0
	compare := func(step int, what string, got, want []float64) {
		for i, x := range got {
			d := math.Abs(x-want[i]) / max(math.Abs(want[i]), 0.01)
			if worst = max(worst, d); !(d <= tolerance) {
				t.Errorf("%s %v %v l2 %v decay %v %s %s: after %d steps %s[%d] = %.17g, %s has %.17g, relative difference %.2g",
					c.Name, c.Settings, c.Wrap, c.L2, c.Decay, c.Schedule, c.Problem, step, what, i, x, source, want[i], d)
				return
			}
		}
	}
	for _, p := range c.Points {
		if err := m.Run(o, p.Step-done); err != nil {
			t.Fatal(err)
		}
		done = p.Step
		compare(p.Step, "x", m.X(), p.X)
		if len(p.Average) == 0 {
			continue
		}
		for _, on := range []bool{true, false} {
			if err := optim.Evaluating(o, m.ValueGrads(), on); err != nil {
				t.Fatal(err)
			}
			if on {
				compare(p.Step, "average", m.X(), p.Average)
			}
		}
	}
	return worst
}

func TestSchedulesArePyTorchs(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range readGolden(t, "torch").Schedules {
		seen[c.Name] = true
		e, err := optim.LookupSchedule(c.Name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := e.New(c.Settings)
		if err == nil {
			s, err = optim.Warmup(c.Warmup, s)
		}
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
			if got := w.Rate(); math.Abs(got-want) > scheduleTolerance {
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
