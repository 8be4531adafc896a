package study

import (
	"fmt"
	"maps"
	"math"

	"lenz/internal/rng"
	"lenz/train"
)

// Phase says what a trial is for.
type Phase string

// The phases of a study, in order.
const (
	Tune  Phase = "tune"  // to choose settings by the validation loss; the test part is not looked at
	Final Phase = "final" // the chosen settings on a fresh seed, judged on the test part
	Time  Phase = "time"  // a final run again, with nothing beside it, for its seconds
)

// Trial is one run of one contender on one task, as plain data: it can be written down, sent to another machine, and
// carried out there to the same bits.
type Trial struct {
	Task      string            `json:"task"`
	Contender string            `json:"contender"`
	Phase     Phase             `json:"phase"`
	Tuning    int               `json:"tuning"` // which of the independent tunings, from 0
	Round     int               `json:"round"`  // of successive halving, from 0
	Index     int               `json:"index"`  // number of the trial in its tuning, or of the seed
	Settings  map[string]string `json:"settings"`
	Setup     map[string]string `json:"setup,omitempty"` // settings of the task, which Settings go over
	Seed      uint64            `json:"seed"`            // of weights and what else the learner draws
	Order     uint64            `json:"order"`           // seed of the order of batches
	Share     int               `json:"share"`           // the run ends after 1/Share of its epochs; the planned number, for schedules, stays
}

// ID names the trial within its study.
func (t Trial) ID() string {
	return fmt.Sprintf("%s/%s/%s-%d-%d-%d", t.Task, t.Contender, t.Phase, t.Tuning, t.Round, t.Index)
}

// All returns all settings: those of the task, and those of the trial over them.
func (t Trial) All() map[string]string {
	all := maps.Clone(t.Setup)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, t.Settings)
	return all
}

// Epochs is how many of the planned epochs the trial runs, rounded up.
func (t Trial) Epochs(planned int) int {
	share := max(1, t.Share)
	return (planned + share - 1) / share
}

// Outcome is how a trial ended. Diverging and failing are outcomes too, and rank behind everything else.
type Outcome struct {
	Status      train.Status `json:"status"`
	Reason      string       `json:"reason,omitempty"`
	Epochs      int          `json:"epochs"`
	BestEpoch   int          `json:"best_epoch"`
	Evaluations int          `json:"evaluations"` // of the gradient
	Valid       Number       `json:"valid"`       // loss of the best epoch on the validation part
	Test        Number       `json:"test"`        // loss of that epoch's weights on the test part; NaN in tuning
	Curve       []Point      `json:"curve"`       // one an epoch
	Seconds     float64      `json:"seconds"`     // of training and validation
}

// Point is where a run stood at the end of an epoch.
type Point struct {
	Evaluations int     `json:"evaluations"`
	Train       Number  `json:"train"`
	Valid       Number  `json:"valid"`
	Seconds     float64 `json:"seconds"`
}

// Good tells whether the run came to its end with finite losses.
func (o Outcome) Good() bool {
	return (o.Status == train.Completed || o.Status == train.Stopped) && finite(float64(o.Valid))
}

// rank is a loss for ranking: infinite for a run that diverged or failed.
func (o Outcome) rank(loss Number) float64 {
	if !o.Good() || !finite(float64(loss)) {
		return math.Inf(1)
	}
	return float64(loss)
}

// reach is the number of the first epoch's end (from 0) at which the validation loss was at most the target, -1 for never.
func (o Outcome) reach(target float64) int {
	if !o.Good() {
		return -1
	}
	for i, p := range o.Curve {
		if float64(p.Valid) <= target {
			return i
		}
	}
	return -1
}

// tuning returns the trials of a round of a tuning; chosen are the numbers of those that take part.
func (p Plan) tuning(task Task, c Contender, tuning, round int, chosen []int) []Trial {
	points := c.Space.Points(p.Sampler, p.Trials, rng.New(p.Seed, "study/points/"+task.Name+"/"+c.Name).Split(uint64(tuning)))
	trials := make([]Trial, len(chosen))
	for i, n := range chosen {
		t := p.trial(task, c, Tune, tuning, n, points[n])
		t.Round, t.Share = round, p.Rounds()[round].Share
		trials[i] = t
	}
	return trials
}

// final returns the run of chosen settings on a fresh seed.
func (p Plan) final(task Task, c Contender, seed int, chosen map[string]string) Trial {
	return p.trial(task, c, Final, seed%p.Tunings, seed, chosen)
}

// trial gives all contenders of a task and a seed the same weights and, unless they are independent, the same batches. The trials
// of one tuning share a seed, so that they differ in their settings alone.
func (p Plan) trial(task Task, c Contender, phase Phase, tuning, index int, values map[string]string) Trial {
	n := uint64(index)
	if phase == Tune {
		n = uint64(tuning)
	}
	key := string(phase) + "/" + task.Name
	order := key
	if p.Independent {
		order += "/" + c.Name
	}
	settings := maps.Clone(c.Settings)
	if settings == nil {
		settings = map[string]string{}
	}
	maps.Copy(settings, values)
	return Trial{
		Task: task.Name, Contender: c.Name, Phase: phase, Tuning: tuning, Index: index, Share: 1, Settings: settings, Setup: task.Settings,
		Seed: seed(p.Seed, "study/weights/"+key, n), Order: seed(p.Seed, "study/order/"+order, n),
	}
}

// seed draws a seed of 31 bits, which every program reads exactly.
func seed(of uint64, name string, n uint64) uint64 { return rng.New(of, name).At(n) >> 33 }
