package train_test

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"

	"lenz/datasets"
	"lenz/internal/state"
	"lenz/models/spin"
	"lenz/train"
	"lenz/train/traintest"
)

func tempered(t testing.TB, seed uint64) *spin.Ensemble {
	t.Helper()
	l, err := spin.NewLattice("cubic", 3, false)
	if err != nil {
		t.Fatal(err)
	}
	c, err := spin.EdwardsAnderson(l, spin.Gaussian, seed)
	if err != nil {
		t.Fatal(err)
	}
	e, err := spin.NewEnsemble(c, spin.Plan{
		Temperatures: []float64{0.5, 0.9, 1.4}, Method: "metropolis", Copies: 2, Swap: true, Isoenergetic: true, Thermalize: 5, Every: 2,
	}, seed)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// modules are all that a sampling learner can drive, with everything that they keep in use.
func modules() map[string]func() (spin.Module, error) {
	ising, glass, memory := spin.DefaultIsing(), spin.DefaultGlass(), spin.DefaultHopfield()
	ising.Size, glass.Size, memory.Units = 4, 3, 40
	ising.Thermalize, glass.Thermalize = 3, 3
	multispin, packed := ising, ising
	multispin.Sampler, multispin.Tempering = "multispin", true
	packed.Sampler, packed.Size, packed.Temperature = "packed", 128, []float64{2.3}
	annealing, clusters := glass, ising
	annealing.Method, annealing.Cooling, annealing.Thermalize = "annealing", 7, spin.DefaultGlass().Thermalize
	clusters.Sampler = "swendsen-wang"
	return map[string]func() (spin.Module, error){
		"wolff":     func() (spin.Module, error) { return ising.New(nil, 1) },
		"clusters":  func() (spin.Module, error) { return clusters.New(nil, 1) },
		"multispin": func() (spin.Module, error) { return multispin.New(nil, 1) },
		"packed":    func() (spin.Module, error) { return packed.New(nil, 1) },
		"tempering": func() (spin.Module, error) { return glass.New(nil, 1) },
		"annealing": func() (spin.Module, error) { return annealing.New(nil, 1) },
		"memory":    func() (spin.Module, error) { return memory.New(nil, 1) },
	}
}

// Saved after any step and restored, replicas, generators, ladder and measurements go on to the same bits.
func TestSamplingLearnerKeepsItsContract(t *testing.T) {
	all := modules()
	all["isoenergetic"] = func() (spin.Module, error) { return tempered(t, 3), nil }
	for name, build := range all {
		t.Run(name, func(t *testing.T) {
			traintest.Learner(t, func() (train.Learner, datasets.Source, error) {
				m, err := build()
				if err != nil {
					return nil, nil, err
				}
				l, err := train.Sampling(m, 4, 3)
				return l, train.Ticks(3), err
			}, 8)
		})
	}
}

// A state that lacks an entry, in any depth, is refused.
func TestSamplersRefuseStatesWithGaps(t *testing.T) {
	for name, build := range modules() {
		m, err := build()
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range state.Keys(m.State()) {
			s := m.State()
			delete(s, key)
			if err := m.Restore(s); err == nil {
				t.Errorf("%s: a state without %q is taken", name, key)
			}
		}
	}
}

// A run without batches: epochs, checkpoints, an interruption inside an epoch and a resumption, to the same bits.
func TestSamplingRunResumes(t *testing.T) {
	fit := func(ctx context.Context, dir string, from *train.Checkpoint, more ...train.Observer) (*spin.Ensemble, train.Result, error) {
		e := tempered(t, 3)
		l, err := train.Sampling(e, 4, 3)
		if err != nil {
			t.Fatal(err)
		}
		observers := append(more, train.NewCheckpoints(dir))
		r, err := train.Fit(ctx, l, train.Data{}, train.Epochs(4), train.Watch(observers...), train.Resume(from))
		return e, r, err
	}
	whole, result, err := fit(context.Background(), t.TempDir(), nil)
	if err != nil || result.Steps != 12 || result.Status != train.Completed {
		t.Fatalf("%+v (%v)", result, err)
	}
	if v := result.Metrics["train_energy"]; !(v < 0) {
		t.Errorf("the mean energy of the last epoch is %v", v)
	}
	dir := filepath.Join(t.TempDir(), "checkpoints")
	ctx, cancel := context.WithCancel(context.Background())
	stop := train.ObserverFunc(func(e train.Event) error {
		if e.Kind == train.Step && e.Step == 5 {
			cancel()
		}
		return nil
	})
	if _, r, err := fit(ctx, dir, nil, stop); r.Status != train.Interrupted || r.Steps != 5 {
		t.Fatalf("%+v (%v)", r, err)
	}
	c, _, err := train.Latest(dir)
	if err != nil {
		t.Fatal(err)
	}
	resumed, result, err := fit(context.Background(), dir, c)
	if err != nil || result.Steps != 12 {
		t.Fatalf("%+v (%v)", result, err)
	}
	if a, b := traintest.Bytes(t, whole.State()), traintest.Bytes(t, resumed.State()); !bytes.Equal(a, b) {
		t.Error("the resumed run ends with other bits")
	}
}

func TestSamplingRefuses(t *testing.T) {
	if _, err := train.Sampling(tempered(t, 1), 0, 1); err == nil || !strings.Contains(err.Error(), "0 sweeps a step") {
		t.Errorf("no sweeps: %v", err)
	}
	l, err := train.Sampling(tempered(t, 1), 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Restore(tempered(t, 1).State()); err == nil {
		t.Error("the state of something else is taken")
	}
}
