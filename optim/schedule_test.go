package optim_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorgonia.org/tensor"

	"lenz/optim"
	"lenz/optim/optimtest"
)

func schedule(t *testing.T, name string, settings map[string]string) optim.Schedule {
	t.Helper()
	e, err := optim.LookupSchedule(name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.New(settings)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWarmupJoins(t *testing.T) {
	then := schedule(t, "cosine", nil)
	s, err := optim.Warmup(4, then)
	if err != nil {
		t.Fatal(err)
	}
	const total = 14
	for u, want := range []float64{0.25, 0.5, 0.75, 1} {
		if got := s.Factor(optim.Progress{Update: u, Total: total}); got != want {
			t.Errorf("update %d of the rise: %v, want %v", u, got, want)
		}
	}
	for u := 4; u <= total; u++ {
		want := then.Factor(optim.Progress{Update: u - 4, Total: total - 4})
		if got := s.Factor(optim.Progress{Update: u, Total: total}); got != want {
			t.Errorf("update %d: %v, want the cosine's %v", u, got, want)
		}
	}
	if none, err := optim.Warmup(0, then); err != nil || none.Factor(optim.Progress{Total: 2}) != 1 {
		t.Errorf("a warm-up of no updates changes the first factor (%v)", err)
	}
	if _, err := optim.Warmup(-1, then); err == nil {
		t.Error("a negative warm-up was taken")
	}
}

func TestWarmupPassesLossesOn(t *testing.T) {
	s, err := optim.Warmup(1, schedule(t, "plateau", map[string]string{"patience": "0", "gamma": "0.5"}))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s.(optim.Observer).Observe(1)
	}
	if f := s.Factor(optim.Progress{Update: 9, Total: 10}); f != 0.5 {
		t.Errorf("after a loss that did not fall the factor is %v, want 0.5", f)
	}
}

// Factors are finite, from 0 to 1, at every point of short and long runs, and past their planned end.
func TestFactorsStayBetweenZeroAndOne(t *testing.T) {
	for _, name := range optim.ScheduleNames() {
		s := schedule(t, name, nil)
		for _, total := range []int{1, 2, 3, 4, 5, 10, 1000} {
			for u := range total + 3 {
				if f := s.Factor(optim.Progress{Update: u, Total: total, Epoch: u}); !(f >= 0 && f <= 1) {
					t.Errorf("%s: factor %v at update %d of %d", name, f, u, total)
				}
			}
		}
	}
}

func TestOneCycleEnds(t *testing.T) {
	for _, share := range []string{"0", "0.3", "1"} {
		s := schedule(t, "onecycle", map[string]string{"share": share})
		peak := 0.0
		for u := range 100 {
			peak = max(peak, s.Factor(optim.Progress{Update: u, Total: 100}))
		}
		if peak < 0.9 {
			t.Errorf("share %s: the highest factor is %v", share, peak)
		}
		if f := s.Factor(optim.Progress{Update: 99, Total: 100}); math.Abs(f-1/(25*1e4)) > 1e-18 {
			t.Errorf("share %s: the last factor is %v", share, f)
		}
	}
}

// PyTorch takes an unchanged negative loss for a better one: best * (1 - threshold) lies above it.
func TestPlateauTakesNegativeLosses(t *testing.T) {
	s := schedule(t, "plateau", map[string]string{"patience": "1", "gamma": "0.5"})
	o := s.(optim.Observer)
	var got []float64
	for _, loss := range []float64{-1, -1, -1, -2, -2, math.NaN(), -2.1, math.Inf(1), math.NaN()} {
		o.Observe(loss)
		got = append(got, s.Factor(optim.Progress{Total: 1}))
	}
	want := []float64{1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// A scheduled, clipped optimizer that is saved and restored after each step goes on with the same bits and rates.
func TestScheduledResumes(t *testing.T) {
	const total, perEpoch = 24, 3
	for _, name := range optim.ScheduleNames() {
		settings := map[string]string{}
		if name == "plateau" {
			settings = map[string]string{"patience": "1", "cooldown": "1"}
		}
		fresh := func() *optim.Scheduled {
			o, err := chained("adam", map[string]string{"rate": "0.05"}, 1, 0.5, 0.01)
			if err != nil {
				t.Fatal(err)
			}
			s, err := optim.Warmup(3, schedule(t, name, settings))
			if err != nil {
				t.Fatal(err)
			}
			w, err := optim.WithSchedule(o, s, total)
			if err != nil {
				t.Fatal(err)
			}
			return w
		}
		straight, stopped := newModel(t), newModel(t)
		a, b := fresh(), fresh()
		for step := range total {
			saved := b.State()
			b = fresh()
			if err := b.Restore(saved); err != nil {
				t.Fatalf("%s after %d steps: %v", name, step, err)
			}
			if a.Rate() != b.Rate() || a.Progress() != b.Progress() {
				t.Fatalf("%s after %d steps: rate %v at %v, restored as %v at %v",
					name, step, a.Rate(), a.Progress(), b.Rate(), b.Progress())
			}
			for w, m := range map[*optim.Scheduled]*optimtest.Model{a: straight, b: stopped} {
				if err := m.Run(w, 1); err != nil {
					t.Fatal(err)
				}
				if (step+1)%perEpoch == 0 {
					w.EndEpoch()
					w.Observe(1)
				}
			}
			if d := cmp.Diff(straight.X(), stopped.X()); d != "" {
				t.Fatalf("%s after %d steps: %s", name, step, d)
			}
		}
	}
}

func newModel(t *testing.T) *optimtest.Model {
	t.Helper()
	m, err := optimtest.NewModel(optimtest.Rosenbrock(), tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestScheduledRates(t *testing.T) {
	o, err := optim.SGD{Rate: 0.5}.New()
	if err != nil {
		t.Fatal(err)
	}
	w, err := optim.WithSchedule(o, schedule(t, "exponential", map[string]string{"gamma": "0.5"}), 10)
	if err != nil {
		t.Fatal(err)
	}
	w.EndEpoch()
	if w.Rate() != 0.25 {
		t.Errorf("the rate of the second epoch is %v, want 0.25", w.Rate())
	}
	m := newModel(t)
	if err := m.Run(w, 1); err != nil {
		t.Fatal(err)
	}
	if o.Rate() != 0.25 {
		t.Errorf("the optimizer stepped at %v, want 0.25", o.Rate())
	}
	m.Gradient()
	m.Params[0].SetGrad(math.NaN())
	if err := w.Step(m.ValueGrads()); err == nil || w.Progress().Update != 1 {
		t.Errorf("a refused step (%v) was counted: %v", err, w.Progress())
	}
	w.SetRate(1)
	if w.Rate() != 0.5 {
		t.Errorf("on a base rate of 1 the rate is %v, want 0.5", w.Rate())
	}
	if _, err := optim.WithSchedule(o, schedule(t, "constant", nil), 0); err == nil {
		t.Error("a run of no updates was taken")
	}
	if got, ok := optim.As[*optim.Scheduled](optim.Chain(w, optim.L2{})); !ok || got != w {
		t.Error("As does not find the schedule inside a chain")
	}
	if _, ok := optim.As[*optim.Scheduled](o); ok {
		t.Error("As finds a schedule where there is none")
	}
}
