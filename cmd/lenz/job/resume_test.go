package job

import (
	"slices"
	"strings"
	"testing"

	"lenz/models/catalog"
	"lenz/optim"
)

// mode is a way to learn by gradients, with what it keeps from step to step.
type mode struct {
	name       string
	flags      string
	repeatable bool // optimizers that evaluate a gradient several times can use it
}

// modes learn from the flow of the Nile, in 5 steps an epoch.
var modes = []mode{
	{"shuffling", "--model rnn --set hidden=3 --horizon 1", true},
	{"dropout", "--model gru --set hidden=3 --set layers=2 --set dropout=0.3 --horizon 1", true},
	{"carried state", "--model lstm --set hidden=3 --tbptt 7 --batch 2 --horizon 1", false},
	{"chains", "--model rbm --set hidden=3 --set chains=pcd", false},
}

// nile are flags of all modes, and of others; later ones win.
const nile = "--data nile --input 4 --patience 0 --clip-norm 0 --lr 0 "

// length is that of the runs: 50 steps in ten epochs, or 6 in two in the short form.
func length() (steps int, flags string) {
	if torture() {
		return 50, " --epochs 10 --batch 16 "
	}
	return 6, " --epochs 2 --batch 22 "
}

// gradient is a run of an optimizer and a schedule in a mode.
func gradient(t *testing.T, m mode, optimizer, schedule string) life {
	_, flags := length()
	flags = nile + flags + m.flags + " --optimizer " + optimizer + " --schedule " + schedule
	if schedule == "plateau" {
		flags += " --schedule-set patience=0 --schedule-set threshold=0.5" // drops after nearly every epoch
	}
	if m.name == "carried state" && !torture() {
		flags += " --tbptt 12"
	}
	return born(t, flags, 0)
}

// check runs one row, beside others.
func check(t *testing.T, name string, l life) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		steps, _ := length()
		if err := l.survives(steps, torture()); err != nil {
			t.Error(err)
		}
	})
}

// Every optimizer under every schedule in every mode goes on to the bits of a run that was never stopped, wherever it is stopped. The
// short form takes each pair of an optimizer and a schedule in one mode; modes take turns, so that each meets all optimizers and all schedules.
func TestResumeOfEveryOptimizerScheduleAndMode(t *testing.T) {
	for i, o := range optim.Names() {
		for j, s := range optim.ScheduleNames() {
			for k, m := range modes {
				if !m.repeatable && o == "lbfgs" { // refused, as TestRefusesWhatCannotBeRepeated says
					continue
				}
				turn := k == (i+j)%len(modes)
				if testing.Short() { // under the race detector: each optimizer, schedule and mode, not each pair
					turn = turn && (i+j)%len(optim.ScheduleNames()) == 0
				}
				if torture() || turn {
					check(t, o+"/"+s+"/"+m.name, gradient(t, m, o, s))
				}
			}
		}
	}
}

// What stands around an optimizer has a state of its own.
func TestResumeOfEveryWrapper(t *testing.T) {
	wrappers := []string{
		"--lookahead 3:0.5", "--ema 0.9", "--swa 0.4:2", "--accumulate 2", "--accumulate 3 --ema 0.9 --lookahead 2:0.5", "--sam 0.05", "--warmup 7",
		"--agc 0.01 --centralize true --clip-norm 1", "--l2 0.01 --decay 0.1", "--group *bias*:rate=2,decay=0",
	}
	for i, w := range wrappers {
		for k, m := range modes {
			if strings.Contains(w, "--sam") && !m.repeatable {
				continue
			}
			if torture() || k == i%len(modes) || strings.Contains(w, "--sam") {
				m.flags += " " + w
				check(t, w+"/"+m.name, gradient(t, m, "adam", "cosine"))
			}
		}
	}
}

// units are the models of other kinds, and gradient models with a state of their own, each with its unit of work: a batch summed, a sweep, a
// step of a stage.
func units(t *testing.T) map[string]life {
	_, length := length()
	solved := func(model string) life {
		chunk := 16
		if torture() {
			chunk = 2
		}
		return born(t, "--data air-passengers --input 4 --horizon 1 --set washout=5 --model "+model, chunk)
	}
	sampler := func(model string) life {
		steps := " --set steps=3 --epochs 2"
		if torture() {
			steps = " --set steps=5 --epochs 10"
		}
		return born(t, "--set sweeps=2 --model "+model+steps, 0)
	}
	digits := "450" // 3 steps an epoch
	if torture() {
		digits = "100" // 13
	}
	learnt := func(model string) life { return born(t, nile+length+"--model "+model, 0) }
	rows := func(model string) life {
		return born(t, "--patience 0 --clip-norm 0 --lr 0 "+length+"--model "+model, 0)
	}
	return map[string]life{
		"esn":                  solved("esn --set units=6"),
		"esn, rls":             solved("esn --set units=6 --set learner=rls --set forget=0.99"),
		"esn, lms":             solved("esn --set units=6 --set learner=lms"),
		"esn, noise, members":  solved("esn --set units=6 --set noise=0.01 --set members=2"),
		"deep-esn":             solved("deep-esn --set units=4 --set groups=2"),
		"parallel-esn":         solved("parallel-esn --set units=6"),
		"delay":                solved("delay"),
		"lsm":                  solved("lsm"),
		"ngrc":                 solved("ngrc"),
		"ising, wolff":         sampler("ising --set size=4 --set thermalize=3"),
		"ising, metropolis":    sampler("ising --set size=4 --set thermalize=3 --set sampler=metropolis --set tempering=true"),
		"ising, heat bath":     sampler("ising --set size=4 --set thermalize=3 --set sampler=heatbath-checkerboard"),
		"ising, clusters":      sampler("ising --set size=4 --set thermalize=3 --set sampler=swendsen-wang"),
		"ising, multispin":     sampler("ising --set size=4 --set thermalize=3 --set sampler=multispin --set tempering=true"),
		"ising, packed":        sampler("ising --set size=128 --set thermalize=3 --set sampler=packed --set temperature=2.3"),
		"spinglass, tempering": sampler("spinglass --set size=3 --set thermalize=3"),
		"spinglass, annealing": sampler("spinglass --set size=3 --set method=annealing --set cooling=7"),
		"hopfield":             sampler("hopfield --set units=40"),
		"rbm, cd":              learnt("rbm --set hidden=3"),
		"rbm, exact":           rows("rbm --set hidden=3 --set chains=exact --data bars --data-set n=3 --batch 3"),
		"boltzmann":            rows("boltzmann --set hidden=2 --data bars --data-set n=3 --batch 3"),
		"boltzmann, exact":     rows("boltzmann --set hidden=2 --set statistics=exact --data bars --data-set n=3 --batch 3"),
		"rbm, fpcd":            learnt("rbm --set hidden=3 --set chains=fpcd"),
		"dbn":                  learnt("dbn --set layers=3,2"),
		"dbn, classifier":      rows("dbn --set layers=3,2 --data digits --epochs 4 --batch " + digits),
		"dbn, pcd":             learnt("dbn --set layers=3,2 --set chains=pcd --ema 0.9"),
		"crbm":                 learnt("crbm --set hidden=3 --horizon 1"),
		"modern-hopfield":      learnt("modern-hopfield --horizon 1"),
		"lstm, recursive":      learnt("lstm --set hidden=3 --horizon 2 --set strategy=recursive --set head=gaussian --set members=2"),
		"rnn":                  learnt("rnn --set hidden=3 --horizon 1 --set window_norm=last --set highway=2"),
		"gru":                  learnt("gru --set hidden=3 --horizon 1 --set form=original --set precision=float64"),
	}
}

// Every model of the catalog goes on to the same bits, stopped after any unit of its work.
func TestResumeOfEveryModel(t *testing.T) {
	all := units(t)
	for _, name := range catalog.Names() {
		if !slices.ContainsFunc(keysOf(all), func(row string) bool { return row == name || strings.HasPrefix(row, name+",") }) {
			t.Errorf("no row of the table trains %s", name)
		}
	}
	for name, l := range all {
		check(t, name, l)
	}
}

func keysOf[V any](m map[string]V) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}
