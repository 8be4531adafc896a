package study

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lenz/datasets"
	"lenz/optim"
	"lenz/train"
)

// quadratics is a factory of noisy quadratics for the settings "optimizer" and those of the optimizer.
func quadratics(q Quadratic) Factory {
	return func(_ context.Context, t Trial) (*Experiment, error) {
		set := t.All()
		entry, err := optim.Lookup(set["optimizer"])
		if err != nil {
			return nil, err
		}
		delete(set, "optimizer")
		o, err := entry.New(set)
		if err != nil {
			return nil, err
		}
		return q.New(o, t.Seed, t.Order)
	}
}

// cheap is a quadratic whose trials take a fraction of a millisecond.
var cheap = Quadratic{Size: 10, Noise: 0.3, Steps: 5, Epochs: 8}

func contender(name, optimizer string, low, high float64) Contender {
	return Contender{
		Name: name, Settings: map[string]string{"optimizer": optimizer}, Rate: "rate",
		Space: Space{{Name: "rate", Scale: Log, Low: low, High: high}},
	}
}

func plan(seeds, trials int, contenders ...Contender) Plan {
	p := Default()
	p.Seeds, p.Tunings, p.Trials, p.Timed = seeds, seeds, trials, 1
	p.Tasks, p.Contenders, p.Reference = []Task{{Name: "quadratic"}}, contenders, contenders[0].Name
	return p
}

func carry(t *testing.T, p Plan, f Factory) (*Result, Records) {
	t.Helper()
	s := Study{Plan: p, Runner: Pool{f, 2}}
	done, err := s.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	r, err := Analyze(p, done)
	if err != nil {
		t.Fatal(err)
	}
	return r, done
}

// Two copies of one optimizer, each with trial points and batch orders of its own, do not differ. At the level 0.05 one false alarm in
// 20 studies is expected; more than 3 come with a chance of 1.6%, and the seeds are fixed.
func TestCopiesDoNotDiffer(t *testing.T) {
	for _, test := range []Test{SignedRank, PairedT} {
		alarms := 0
		for seed := range uint64(20) {
			p := plan(10, 4, contender("a", "adam", 1e-3, 1), contender("b", "adam", 1e-3, 1))
			p.Seed, p.Independent, p.Test, p.Timed = 100+seed, true, test, 0
			r, _ := carry(t, p, quadratics(cheap))
			if r.Tasks[0].Pairs[0].Differs {
				alarms++
			} else if !strings.Contains(r.Conclusion, "do not tell it apart from") {
				t.Errorf("seed %d: %s", seed, r.Conclusion)
			}
		}
		t.Logf("%s: %d alarms in 20 studies", test, alarms)
		if alarms > 3 {
			t.Errorf("%s: two copies of one optimizer differ in %d of 20 studies", test, alarms)
		}
	}
}

// Tuning once and testing over seeds alone takes the luck of the tuning for a difference; the result says so.
func TestOneTuningIsNotedAndSpeaksOfSettingsAlone(t *testing.T) {
	p := plan(10, 4, contender("a", "adam", 1e-3, 1), contender("b", "adam", 1e-3, 1))
	p.Tunings = 1
	r, _ := carry(t, p, quadratics(cheap))
	if len(r.Notes) == 0 || !strings.Contains(r.Notes[0], "tuned once") {
		t.Errorf("notes are %q", r.Notes)
	}
	p.Tunings = 5
	r, _ = carry(t, p, quadratics(cheap))
	if r.Comparison.Unit != "tuning" || r.Comparison.Units != 5 || r.Tasks[0].Pairs[0].Units != 5 {
		t.Errorf("ten seeds of five tunings are paired as %+v", r.Comparison)
	}
}

func TestASaneRateBeatsATinyOne(t *testing.T) {
	fixed := func(name, rate string) Contender {
		return Contender{Name: name, Settings: map[string]string{"optimizer": "adam", "rate": rate}}
	}
	r, _ := carry(t, plan(8, 4, fixed("sane", "0.05"), fixed("tiny", "1e-7")), quadratics(cheap))
	p := r.Tasks[0].Pairs[0]
	if !p.Differs || p.Better() != "sane" || p.Holm > 0.01 {
		t.Errorf("got %+v: %s", p, r.Conclusion)
	}
	if !strings.Contains(r.Conclusion, "sane has the lowest median test loss") || !strings.Contains(r.Conclusion, "better than tiny beyond chance") {
		t.Error(r.Conclusion)
	}
	if r.Tasks[0].Entries[0].TuneRuns != 0 {
		t.Error("a fixed contender was tuned")
	}
}

func TestOneSeedTestsNothingAndSaysSo(t *testing.T) {
	r, _ := carry(t, plan(1, 2, contender("a", "adam", 1e-3, 1), contender("s", "sgd", 1e-3, 1)), quadratics(cheap))
	if !strings.Contains(r.Conclusion, "with one seed no test is possible") || r.Tasks[0].Pairs[0].Differs || finite(float64(r.Tasks[0].Pairs[0].P)) {
		t.Errorf("%s %+v", r.Conclusion, r.Tasks[0].Pairs[0])
	}
	r, _ = carry(t, plan(3, 2, contender("a", "adam", 1e-3, 1), contender("s", "sgd", 1e-3, 1)), quadratics(cheap))
	if !strings.Contains(r.Conclusion, "3 seeds cannot show any difference in 1 comparison (") || !strings.Contains(r.Conclusion, "6 are needed") {
		t.Error(r.Conclusion)
	}
}

// lostOnTest is a learner whose evaluations diverge after so many, which are those of validation.
type lostOnTest struct {
	*train.GradientLearner
	left int
}

func (l *lostOnTest) Evaluate(ctx context.Context, b datasets.Batch) (train.Metrics, error) {
	if l.left--; l.left < 0 {
		return nil, &train.DivergedError{Cause: errors.New("the loop diverged at step 3")}
	}
	return l.GradientLearner.Evaluate(ctx, b)
}

// A run that diverges on the test part alone is a result too, and its reason is the model's.
func TestRunsThatDivergeOnTheTestPart(t *testing.T) {
	build := quadratics(cheap)
	f := func(ctx context.Context, trial Trial) (*Experiment, error) {
		e, err := build(ctx, trial)
		if err == nil && trial.Contender == "lost" {
			e.Learner = &lostOnTest{e.Learner.(*train.GradientLearner), cheap.Epochs}
		}
		return e, err
	}
	r, done := carry(t, plan(8, 2, contender("sgd", "sgd", 0.01, 1), contender("lost", "sgd", 0.01, 1)), f)
	if e := r.Tasks[0].Entries[1]; e.Diverged != 8 || finite(float64(e.Test)) {
		t.Errorf("got %+v", e)
	}
	if o := done["quadratic/lost/final-0-0-0"].Outcome; o.Status != train.Diverged || !strings.Contains(o.Reason, "diverged at step 3") {
		t.Errorf("got %+v", o)
	}
}

// A rate above 2/h_1 diverges; such runs are results, and rank behind all others.
func TestDivergedRunsRankWorst(t *testing.T) {
	wild := Contender{Name: "wild", Settings: map[string]string{"optimizer": "sgd", "rate": "1e80"}}
	r, done := carry(t, plan(8, 2, contender("sgd", "sgd", 0.01, 1), wild), quadratics(cheap))
	e := r.Tasks[0].Entries[1]
	if e.Diverged != 8 || finite(float64(e.Test)) || e.Reached != 0 {
		t.Errorf("got %+v", e)
	}
	p := r.Tasks[0].Pairs[0]
	if !p.Differs || p.Better() != "sgd" {
		t.Errorf("got %+v", p)
	}
	if !strings.Contains(strings.Join(r.Notes, " "), "8 of 8 final runs of wild diverged or failed; they rank as the worst") {
		t.Errorf("notes: %q", r.Notes)
	}
	o := done["quadratic/wild/final-0-0-0"].Outcome
	if o.Status != train.Diverged || o.Reason == "" {
		t.Errorf("got %+v", o)
	}
	// With both of them lost there is no difference, and the target comes from the next contender.
	p2 := plan(8, 2, wild, contender("sgd", "sgd", 0.01, 1))
	r, _ = carry(t, p2, quadratics(cheap))
	if !strings.Contains(r.Tasks[0].Target.Rule, "since half of the runs of wild or more were lost") {
		t.Errorf("the target is %+v", r.Tasks[0].Target)
	}
	also := wild
	also.Name = "also"
	r, _ = carry(t, plan(8, 2, wild, also), quadratics(cheap))
	if r.Tasks[0].Pairs[0].Differs || !strings.Contains(r.Conclusion, "nothing can be concluded") {
		t.Errorf("%s %+v", r.Conclusion, r.Tasks[0].Pairs[0])
	}
}

func TestATargetThatNobodyReachesIsSaid(t *testing.T) {
	p := plan(3, 2, contender("a", "adam", 1e-3, 1), contender("s", "sgd", 1e-3, 1))
	p.Targets = map[string]float64{"quadratic": -1}
	r, _ := carry(t, p, quadratics(cheap))
	if !strings.Contains(strings.Join(r.Notes, " "), "no run reached the target of -1 (given)") {
		t.Errorf("notes: %q", r.Notes)
	}
	for _, e := range r.Tasks[0].Entries {
		if e.Reached != 0 || finite(float64(e.Evaluations)) || finite(float64(e.Seconds)) {
			t.Errorf("got %+v", e)
		}
	}
}

func TestFailuresAndPanicsAreResults(t *testing.T) {
	good := quadratics(cheap)
	f := Factory(func(ctx context.Context, t Trial) (*Experiment, error) {
		switch {
		case t.Contender == "broken" && t.Index == 0:
			panic("a bug")
		case t.Contender == "broken":
			return nil, errors.New("no such device")
		}
		return good(ctx, t)
	})
	r, done := carry(t, plan(6, 2, contender("sgd", "sgd", 0.01, 1), contender("broken", "adam", 0.01, 1)), f)
	if !strings.Contains(strings.Join(r.Notes, " "), "failed: no such device") || !strings.Contains(strings.Join(r.Notes, " "), "panic: a bug") {
		t.Errorf("notes: %q", r.Notes)
	}
	if p := r.Tasks[0].Pairs[0]; p.Better() != "sgd" || !p.Differs {
		t.Errorf("got %+v", p)
	}
	var csv bytes.Buffer
	if err := WriteCSV(&csv, r.plan, done); err != nil || !strings.Contains(csv.String(), "no such device") {
		t.Errorf("%v\n%s", err, csv.String())
	}
}

func csvOf(t *testing.T, p Plan, done Records) string {
	t.Helper()
	var b bytes.Buffer
	if err := errors.Join(WriteCSV(&b, p, done), WriteCurves(&b, p, done)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// study.csv and curves.csv have the same bytes on any number of workers, and after any number of stops and resumptions.
func TestTheResultDependsNeitherOnWorkersNorOnStops(t *testing.T) {
	for _, prune := range []bool{false, true} {
		p := plan(3, 5, contender("a", "adam", 1e-3, 1), contender("s", "sgd", 1e-3, 1e3))
		p.Prune = prune
		_, done := carry(t, p, quadratics(cheap))
		want := csvOf(t, p, done)
		s := Study{Plan: p, Runner: Pool{quadratics(cheap), 7}}
		many, err := s.Run(context.Background())
		if err != nil || csvOf(t, p, many) != want {
			t.Errorf("seven workers give another result (%v)", err)
		}
		path := filepath.Join(t.TempDir(), "journal.jsonl")
		for stop := 3; ; stop += 4 {
			if got, ended := stopped(t, p, path, stop); ended {
				if got != want {
					t.Errorf("prune %v: a study that was stopped again and again gives another result", prune)
				}
				break
			}
		}
	}
}

// stopped goes on with a study until so many trials are on record, and cuts the journal's last line in half.
func stopped(t *testing.T, p Plan, path string, at int) (csv string, ended bool) {
	t.Helper()
	j, _, err := OpenJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := Study{Plan: p, Runner: Pool{quadratics(cheap), 2}, Known: j.Records(), Keep: j.Keep, Watch: func(_ Record, done, _ int) {
		if done >= at {
			cancel()
		}
	}}
	done, err := s.Run(ctx)
	if closed := j.Close(); closed != nil {
		t.Fatal(closed)
	}
	if err == nil {
		return csvOf(t, p, done), true
	}
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text[:len(text)-20], 0o666); err != nil {
		t.Fatal(err)
	}
	return "", false
}

func TestTheJournalNotesWhatIsDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	p := plan(2, 2, contender("a", "adam", 1e-3, 1))
	_, done := carry(t, p, quadratics(cheap))
	j, notes, err := OpenJournal(path)
	if err != nil || notes != nil {
		t.Fatal(notes, err)
	}
	p.eachTrial(done, func(r Record) {
		if err := j.Keep(r.Trial, r.Outcome); err != nil {
			t.Fatal(err)
		}
	})
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[2] = '#'
	if err := os.WriteFile(path, append(text, "{half"...), 0o666); err != nil {
		t.Fatal(err)
	}
	j, notes, err = OpenJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if len(notes) != 2 || !strings.Contains(notes[0], "line 1") || !strings.Contains(notes[1], "cut off") {
		t.Errorf("notes: %q", notes)
	}
	if got := j.Records(); len(got) != len(done)-1 {
		t.Errorf("%d of %d records are left, want all but one", len(got), len(done))
	}
	// A plan with other seeds does not take them.
	p.Seed++
	s := Study{Plan: p, Runner: Pool{quadratics(cheap), 1}, Known: j.Records()}
	if _, err := s.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "made by another plan") {
		t.Errorf("records of another plan: %v", err)
	}
}

func TestHalvingStopsTheWorseHalf(t *testing.T) {
	p := plan(1, 8, contender("s", "sgd", 1e-3, 1))
	p.Prune, p.Timed = true, 0
	_, done := carry(t, p, quadratics(cheap))
	want := map[string]int{}
	for _, r := range done {
		if r.Trial.Phase == Tune {
			want[fmt.Sprint(r.Trial.Round, " ", r.Outcome.Epochs)]++
		}
	}
	for key, n := range map[string]int{"0 1": 8, "1 2": 4, "2 8": 2} { // an eighth, a quarter, all of eight epochs
		if want[key] != n {
			t.Errorf("round and epochs %q: %d trials, want %d; all are %v", key, want[key], n, want)
		}
	}
	worst, kept := 0.0, map[int]bool{}
	for _, n := range p.alive(done, p.Tasks[0], p.Contenders[0], 0, 1) {
		kept[n] = true
		worst = max(worst, float64(done[fmt.Sprintf("quadratic/s/tune-0-0-%d", n)].Outcome.Valid))
	}
	for n := range 8 {
		if v := float64(done[fmt.Sprintf("quadratic/s/tune-0-0-%d", n)].Outcome.Valid); !kept[n] && v < worst {
			t.Errorf("trial %d with the loss %v was stopped, one with %v was not", n, v, worst)
		}
	}
	for n, rounds := range map[int]int{1: 1, 2: 2, 3: 3, 4: 3, 100: 3} {
		p.Trials = n
		if got := p.Rounds(); len(got) != rounds || got[0].Trials != n || got[len(got)-1].Share != 1 {
			t.Errorf("%d trials have the rounds %v", n, got)
		}
	}
}

// All contenders of a seed start from the same weights and see the same noise; independent ones see their own.
func TestSeedsArePairedUnlessIndependent(t *testing.T) {
	p := plan(4, 4, contender("a", "adam", 1e-3, 1), contender("b", "sgd", 1e-3, 1))
	task := p.Tasks[0]
	for _, independent := range []bool{false, true} {
		p.Independent = independent
		seen := map[uint64]bool{}
		for i := range p.Seeds {
			a, b := p.final(task, p.Contenders[0], i, nil), p.final(task, p.Contenders[1], i, nil)
			if a.Seed != b.Seed || (a.Order == b.Order) == independent {
				t.Errorf("independent %v, seed %d: %+v, %+v", independent, i, a, b)
			}
			tuned := p.tuning(task, p.Contenders[0], i, 0, []int{0, 3})
			if tuned[0].Seed != tuned[1].Seed || tuned[0].Seed == a.Seed || tuned[0].Settings["rate"] == tuned[1].Settings["rate"] {
				t.Errorf("trials of a tuning: %+v", tuned)
			}
			if seen[a.Seed] {
				t.Error("two seeds are equal")
			}
			seen[a.Seed] = true
		}
	}
}

func TestPlansThatCannotBeCarriedOut(t *testing.T) {
	for want, change := range map[string]func(*Plan){
		"0 trials":                func(p *Plan) { p.Trials = 0 },
		"0 seeds":                 func(p *Plan) { p.Seeds = 0 },
		"5 tunings for 4 seeds":   func(p *Plan) { p.Tunings = 5 },
		"9 timed runs":            func(p *Plan) { p.Timed = 9 },
		"alpha is 1":              func(p *Plan) { p.Alpha = 1 },
		`unknown test "wilcoxn"`:  func(p *Plan) { p.Test = "wilcoxn" },
		"no task":                 func(p *Plan) { p.Tasks = nil },
		"nothing to compare":      func(p *Plan) { p.Contenders = nil },
		"two contenders":          func(p *Plan) { p.Contenders[1].Name = "a" },
		"holds a slash":           func(p *Plan) { p.Contenders[1].Name = "a/b" },
		"rate is set twice":       func(p *Plan) { p.Contenders[0].Settings["rate"] = "1" },
		"search range rate":       func(p *Plan) { p.Contenders[0].Space[0].High = 1e-9 },
		`target is given for "q"`: func(p *Plan) { p.Targets = map[string]float64{"q": 1} },
		"is no contender":         func(p *Plan) { p.Reference = "c" },
		"times the reference":     func(p *Plan) { p.Factor = 0 },
		"within a share":          func(p *Plan) { p.Within = -1 },
	} {
		p := plan(4, 2, contender("a", "adam", 1e-3, 1), contender("b", "sgd", 1e-3, 1))
		change(&p)
		s := Study{Plan: p, Runner: Pool{quadratics(cheap), 1}}
		if _, err := s.Run(context.Background()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestSensitivityCountsTheDecadesNearTheBest(t *testing.T) {
	inf := Number(nan)
	trials := []Rate{{1e-4, 3}, {1e-3, 1.05}, {1e-2, 1}, {1e-1, 1.2}, {1, inf}}
	if s := Sensitivity(trials, 1, 0.1); s != 0.4 {
		t.Errorf("got %v, want 2 of 5", s)
	}
	if s := Sensitivity([]Rate{{1, -2}, {2, -1.9}, {3, -1}}, -2, 0.1); !equal(s, 2.0/3) {
		t.Errorf("negative losses: %v", s)
	}
}

// A rate that was not searched has no sensitivity to show.
func TestRatesAreDrawnWhereTheyWereSearched(t *testing.T) {
	for _, c := range []struct {
		rates []Rate
		drawn bool
	}{{nil, false}, {[]Rate{{1e-3, 1}}, false}, {[]Rate{{1e-3, 1}, {1e-3, 2}}, false}, {[]Rate{{1e-3, 1}, {1e-2, 2}}, true}} {
		if _, drawn := (TaskResult{Entries: []Entry{{Contender: "adam", Rates: c.rates}}}).rates("rates"); drawn != c.drawn {
			t.Errorf("%v: drawn is %v, want %v", c.rates, drawn, c.drawn)
		}
	}
}

func TestAreaIsThatOfTheLowestLossSoFar(t *testing.T) {
	o := Outcome{Status: train.Completed, Valid: 1, Curve: []Point{{Valid: 4}, {Valid: 1}, {Valid: 3}}}
	if a := o.area(); a != 2 {
		t.Errorf("got %v, want (4+1+1)/3", a)
	}
	o.Status = train.Diverged
	if a := o.area(); finite(a) {
		t.Errorf("a lost run has the area %v", a)
	}
}
