package job

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lenz/train/study"
)

func resolved(t *testing.T, flags ...Assignment) *Config {
	t.Helper()
	c, err := Layers{Flags: flags}.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFlatGoesBackToTheSameConfiguration(t *testing.T) {
	for _, flags := range [][]Assignment{
		nil,
		{{"data", "adding"}, {"model", "gru"}, {"optimizer-set", "beta1=0.5"}, {"set", "levels=0.1,0.9"}},
		{{"data", "bike"}, {"target", "cnt"}, {"known", `"a, b",c`}, {"schedule", "step"}, {"schedule-set", "factor=0.5"}, {"calendar", "true"}},
	} {
		want := resolved(t, flags...)
		flat, err := want.Flat()
		if err != nil {
			t.Fatal(err)
		}
		got, err := FromFlat(flat)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%v: %s", flags, d)
		}
	}
	if _, err := FromFlat(map[string]string{"epochz": "3"}); err == nil || !strings.Contains(err.Error(), `did you mean "epochs"`) {
		t.Errorf("an unknown setting: %v", err)
	}
}

func TestSettingsOfAScopeCountForTheirModelAlone(t *testing.T) {
	c, err := FromFlat(map[string]string{"model": "gru", "set.hidden@gru": "8", "set.form@gru": "original", "set.hidden@lstm": "9", "set.forget_bias@lstm": "1", "set.form": "default"})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"hidden": "8", "form": "default"}, c.Model.Set); d != "" {
		t.Error(d)
	}
}

// What scopes no model would count for none without a word.
func TestAScopeIsAModel(t *testing.T) {
	for _, key := range []string{"set.hidden@rnn@rnn", "set.hidden@", "set.hidden@rnm"} {
		if _, err := FromFlat(map[string]string{"model": "rnn", key: "8"}); err == nil || !strings.Contains(err.Error(), key+": unknown model") {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// Each model has its own settings under its scope alone, whatever the order in which maps are visited.
func TestPlansOfModelsAreTheSameEachTime(t *testing.T) {
	r := StudyRequest{Models: []string{"lstm", "gru", "rnn"}, Tasks: []string{"air-passengers"}, Layers: Layers{Flags: []Assignment{{"set", "hidden=8"}}}}
	var want map[string]string
	for range 10 { // the order of a map of some 30 keys is never the same ten times
		list, err := r.tasks(&Factory{})
		if err != nil {
			t.Fatal(err)
		}
		got := list[0].Settings
		if want == nil {
			want = got
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	}
	for key := range want {
		if set, of, scoped := strings.Cut(key, scope); strings.HasPrefix(key, "set.") != scoped || scoped && !slices.Contains(r.Models, of) {
			t.Errorf("%s: the scope of %s is %q", key, set, of)
		}
	}
	for _, m := range r.Models {
		all := maps.Clone(want)
		all["model"] = m
		c, err := FromFlat(all)
		if err != nil {
			t.Fatal(err)
		}
		if c.Model.Set["hidden"] != "8" {
			t.Errorf("%s has the settings %v, want hidden=8", m, c.Model.Set)
		}
	}
}

func TestPlansGoBackFromTheirFile(t *testing.T) {
	for name, r := range map[string]StudyRequest{
		"suite":  {Suite: "small", Optimizers: []string{"sgd", "slow=adam:rate=1e-7"}, Targets: []string{"0.2", "quadratic=0.01"}, Search: []string{"sgd.batch=choice:16|32"}},
		"models": {Models: []string{"rnn", "gru"}, Tasks: []string{"air-passengers"}, Search: []string{"gru.hidden=int:4:8"}, Layers: Layers{Flags: []Assignment{{"input", "12"}, {"horizon", "3"}}}},
	} {
		r.Plan = study.Default()
		f := &Factory{}
		p, err := r.Build(context.Background(), f)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text, err := StudyRun{Plan: p, Factory: f, Command: "compare"}.toml()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "plan.toml")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		got, sums, err := ReadPlan(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(p, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if sums["air-passengers"] == "" {
			t.Errorf("%s: the plan has the checksums %v", name, sums)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(text, "trials =", "trails =", 1)), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, _, err := ReadPlan(path); err == nil || !strings.Contains(err.Error(), "unknown setting study.trails") {
			t.Errorf("a slip in the plan: %v", err)
		}
	}
}

// Unless they are given, there are as many seeds as the tests need to show anything: 28 comparisons need 11.
func TestSeedsSufficeForTheTests(t *testing.T) {
	for want, r := range map[int]StudyRequest{
		11: {FreeSeeds: true, FreeTunings: true, Optimizers: []string{"sgd", "momentum", "nesterov", "adam", "adamw", "a=sgd", "b=adam", "c=adam"}},
		10: {FreeSeeds: true, FreeTunings: true, Optimizers: []string{"sgd", "adam"}},
		4:  {FreeTunings: true, Optimizers: []string{"sgd", "adam"}},
	} {
		r.Tasks, r.Plan = []string{"quadratic"}, study.Default()
		if !r.FreeSeeds {
			r.Plan.Seeds = 4
		}
		p, err := r.Build(context.Background(), &Factory{})
		if err != nil {
			t.Fatal(err)
		}
		if p.Seeds != want || p.Tunings != want {
			t.Errorf("%d contenders have %d seeds and %d tunings, want %d", len(p.Contenders), p.Seeds, p.Tunings, want)
		}
	}
}

// The simplest contender sets the target: the first in the table of optimizers, the last in that of models.
func TestTheSimplestContenderSetsTheTarget(t *testing.T) {
	for want, names := range map[string][]string{"momentum": {"adam", "momentum", "lion"}, "b": {"a=adamw", "b=sgd"}} {
		all, err := contenders{model: "lstm"}.build(names)
		if err != nil {
			t.Fatal(err)
		}
		if got := simplest(all); got != want {
			t.Errorf("of %v the simplest is %s", names, got)
		}
	}
	all, err := contenders{models: true, optimizer: "adam"}.build([]string{"lstm", "rnn", "gru"})
	if err != nil {
		t.Fatal(err)
	}
	if got := simplest(all); got != "rnn" {
		t.Errorf("the simplest model is %s", got)
	}
}

// What a contender's name fixes leaves the space, and what --search names replaces what the optimizer declares.
func TestSpaces(t *testing.T) {
	all, err := contenders{model: "lstm", search: []string{"adam.lr=log:1e-3:1e-2", "hidden=int:4:8"}}.build([]string{"adam", "sgd", "fixed=adamw:rate=0.01:lambda=0"})
	if err != nil {
		t.Fatal(err)
	}
	space := func(i int, name string) string {
		for _, r := range all[i].Space {
			if r.Name == name {
				return r.String()
			}
		}
		return ""
	}
	if got := space(0, "optimizer-set.rate"); got != "optimizer-set.rate=log:0.001:0.01" {
		t.Errorf("adam's rate is searched in %q", got)
	}
	if got := space(1, "optimizer-set.rate"); !strings.HasPrefix(got, "optimizer-set.rate=log:") || got == space(0, "optimizer-set.rate") {
		t.Errorf("sgd's rate is searched in %q", got)
	}
	if space(2, "optimizer-set.rate") != "" || space(2, "optimizer-set.lambda") != "" || space(2, "optimizer-set.beta1") == "" {
		t.Errorf("the space of a contender with fixed settings is %v", all[2].Space)
	}
	for i := range all {
		if space(i, "set.hidden") != "set.hidden=int:4:8" {
			t.Errorf("%s does not search hidden: %v", all[i].Name, all[i].Space)
		}
	}
}

// A study is hundreds of trials in one process: each gives back its memory and its goroutines.
func TestTrialsLeaveNothingBehind(t *testing.T) {
	r := StudyRequest{Optimizers: []string{"adam"}, Plan: study.Default(), Layers: Layers{Flags: []Assignment{{"data", "air-passengers"}, {"input", "24"}, {"horizon", "6"}, {"epochs", "1"}}}}
	f := &Factory{}
	p, err := r.Build(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	run := func(trials int) (heap uint64, goroutines int) {
		list := make([]study.Trial, trials)
		for i := range list {
			list[i] = study.Trial{Task: p.Tasks[0].Name, Setup: p.Tasks[0].Settings, Settings: p.Contenders[0].Settings, Seed: uint64(i), Order: 1, Phase: study.Final}
		}
		err := study.Pool{Factory: f.New, Workers: 2}.Run(context.Background(), list, func(t study.Trial, o study.Outcome) error {
			if !o.Good() {
				return errors.New(o.Reason)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 { // Gorgonia's machines have finalizers, which take a cycle more
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc, runtime.NumGoroutine()
	}
	before, were := run(4)
	after, are := run(24)
	// A trial's model and windows are some 500 kB: one that stayed would show.
	if after > before+3<<20 || are > were+2 {
		t.Errorf("after 24 more trials %d kB and %d goroutines are there, before %d kB and %d", after>>10, are, before>>10, were)
	}
}
