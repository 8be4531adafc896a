package study

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"lenz/internal/near"
)

// Plan is everything that a study depends on, as plain data: the same plan gives the same study.csv, on any number of workers.
type Plan struct {
	Seed        uint64  `json:"seed" toml:"seed"`                           // of trial points, weights and batch orders
	Trials      int     `json:"trials" toml:"trials"`                       // of each tuning, the same number for each contender
	Seeds       int     `json:"seeds" toml:"seeds"`                         // fresh ones, on which the chosen settings are judged
	Tunings     int     `json:"tunings" toml:"tunings"`                     // independent ones, among which the seeds are dealt; 1 to Seeds
	Sampler     Sampler `json:"sampler,omitempty" toml:"sampler,omitempty"` // of trial points; empty means Quasirandom
	Prune       bool    `json:"prune" toml:"prune"`                         // successive halving, see Rounds
	Independent bool    `json:"independent" toml:"independent"`             // batch orders of their own for each contender, in place of common ones
	Timed       int     `json:"timed" toml:"timed"`                         // final runs of each contender that are repeated alone, for their time

	Test      Test    `json:"test" toml:"test"`
	Alpha     float64 `json:"alpha" toml:"alpha"`         // level of the tests after Holm's correction
	Within    float64 `json:"within" toml:"within"`       // "near the best" is a loss at most this share above it
	Factor    float64 `json:"factor" toml:"factor"`       // of the reference's median loss, which is the target
	Reference string  `json:"reference" toml:"reference"` // the simplest contender

	Targets    map[string]float64 `json:"targets,omitempty" toml:"targets,omitempty"` // task -> validation loss, in place of the rule
	Tasks      []Task             `json:"tasks" toml:"task"`
	Contenders []Contender        `json:"contenders" toml:"contender"`
}

// Task is what is learned: a name, and settings that mean something to the factory of learners.
type Task struct {
	Name     string            `json:"name" toml:"name"`
	Settings map[string]string `json:"settings,omitempty" toml:"settings,omitempty"`
}

// Contender is what is compared: settings over those of the task, and the space that the others are tuned in.
type Contender struct {
	Name     string            `json:"name" toml:"name"`
	Settings map[string]string `json:"settings,omitempty" toml:"settings,omitempty"`
	Space    Space             `json:"space,omitempty" toml:"space,omitempty"`
	Rate     string            `json:"rate,omitempty" toml:"rate,omitempty"` // the setting that is the learning rate, for its sensitivity
}

// Default is a plan without tasks and contenders: eight trials in each of ten independent tunings, one for each seed.
func Default() Plan {
	return Plan{Seed: 1, Trials: 8, Seeds: 10, Tunings: 10, Timed: 3, Sampler: Quasirandom, Test: SignedRank, Alpha: 0.05, Within: 0.1, Factor: 1.05}
}

// The bounds of a plan: more would take years, and memory before the first run.
const (
	mostTrials = 10_000
	mostSeeds  = 1_000
)

// Check refuses a plan that cannot be carried out.
func (p Plan) Check() error {
	switch {
	case p.Trials < 1 || p.Trials > mostTrials:
		return fmt.Errorf("study: %d trials: want 1 to %d", p.Trials, mostTrials)
	case p.Seeds < 1 || p.Seeds > mostSeeds:
		return fmt.Errorf("study: %d seeds: want 1 to %d", p.Seeds, mostSeeds)
	case p.Tunings < 1 || p.Tunings > p.Seeds:
		return fmt.Errorf("study: %d tunings for %d seeds: want 1 to %d, since each seed judges one of them", p.Tunings, p.Seeds, p.Seeds)
	case p.Sampler != "" && !slices.Contains(samplers, string(p.Sampler)):
		return fmt.Errorf("study: unknown sampler %q: the samplers are %s%s", p.Sampler, strings.Join(samplers, ", "), near.Suggest(string(p.Sampler), samplers))
	case p.Timed < 0 || p.Timed > p.Seeds:
		return fmt.Errorf("study: %d timed runs of %d seeds: want 0 to %d", p.Timed, p.Seeds, p.Seeds)
	case !(p.Alpha > 0 && p.Alpha < 1):
		return fmt.Errorf("study: the level alpha is %v: want a number between 0 and 1, such as 0.05", p.Alpha)
	case !(p.Within >= 0) || !finite(p.Within):
		return fmt.Errorf("study: near the best means within a share of %v: want a number of at least 0, such as 0.1", p.Within)
	case !(p.Factor > 0) || !finite(p.Factor):
		return fmt.Errorf("study: the target is %v times the reference's loss: want a number above 0", p.Factor)
	case !slices.Contains(tests, string(p.Test)):
		return fmt.Errorf("study: unknown test %q: the tests are %s%s", p.Test, strings.Join(tests, ", "), near.Suggest(string(p.Test), tests))
	case len(p.Tasks) == 0:
		return fmt.Errorf("study: there is no task")
	case len(p.Contenders) == 0:
		return fmt.Errorf("study: there is nothing to compare")
	}
	return p.checkNames()
}

func (p Plan) checkNames() error {
	tasks, contenders := p.TaskNames(), p.ContenderNames()
	if err := unique("task", tasks); err != nil {
		return err
	}
	if err := unique("contender", contenders); err != nil {
		return err
	}
	if p.Reference != "" && !slices.Contains(contenders, p.Reference) {
		return fmt.Errorf("study: the reference %q is no contender: they are %s%s", p.Reference, strings.Join(contenders, ", "), near.Suggest(p.Reference, contenders))
	}
	for _, name := range slices.Sorted(maps.Keys(p.Targets)) {
		if !slices.Contains(tasks, name) {
			return fmt.Errorf("study: a target is given for %q, which is no task: they are %s%s", name, strings.Join(tasks, ", "), near.Suggest(name, tasks))
		}
		if !finite(p.Targets[name]) {
			return fmt.Errorf("study: the target of %s is %v: want a number", name, p.Targets[name])
		}
	}
	for _, c := range p.Contenders {
		seen := map[string]bool{}
		for _, r := range c.Space {
			if err := r.Check(); err != nil {
				return fmt.Errorf("study: %s: %w", c.Name, err)
			}
			if _, fixed := c.Settings[r.Name]; fixed || seen[r.Name] {
				return fmt.Errorf("study: %s: %s is set twice: fix it or search it, once", c.Name, r.Name)
			}
			seen[r.Name] = true
		}
	}
	return nil
}

// unique refuses names that are empty, not printable, hold what divides the parts of a trial's name, or come twice.
func unique(kind string, names []string) error {
	seen := map[string]bool{}
	for _, n := range names {
		switch {
		case n == "" || strings.ContainsAny(n, "/,") || strings.ContainsFunc(n, func(r rune) bool { return !unicode.IsPrint(r) }):
			return fmt.Errorf("study: the %s name %q is empty or holds a slash, a comma or something unprintable", kind, n)
		case seen[n]:
			return fmt.Errorf("study: two %ss are named %q: give each a name of its own", kind, n)
		}
		seen[n] = true
	}
	return nil
}

// TaskNames lists the tasks.
func (p Plan) TaskNames() []string {
	names := make([]string, len(p.Tasks))
	for i, t := range p.Tasks {
		names[i] = t.Name
	}
	return names
}

// ContenderNames lists the contenders.
func (p Plan) ContenderNames() []string {
	names := make([]string, len(p.Contenders))
	for i, c := range p.Contenders {
		names[i] = c.Name
	}
	return names
}

// reference is the contender whose loss sets the target: the named one, or the first.
func (p Plan) reference() int {
	return max(0, slices.Index(p.ContenderNames(), p.Reference))
}

// Comparisons counts the pairs that are tested, over all tasks.
func (p Plan) Comparisons() int {
	n := len(p.Contenders)
	return len(p.Tasks) * n * (n - 1) / 2
}

// Runs counts the trials of the plan: those of tuning, the final ones, and those that are timed alone.
func (p Plan) Runs() (tuning, final, timed int) {
	for _, c := range p.Contenders {
		if len(c.Space) > 0 {
			for _, r := range p.Rounds() {
				tuning += r.Trials * p.Tunings
			}
		}
	}
	n := len(p.Tasks)
	return tuning * n, len(p.Contenders) * p.Seeds * n, len(p.Contenders) * p.Timed * n
}

func sortedNames(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
