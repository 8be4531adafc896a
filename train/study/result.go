package study

import "fmt"

// Result is what a study found.
type Result struct {
	Conclusion string       `json:"conclusion"` // a sentence or two: what can be concluded, and what cannot
	Tasks      []TaskResult `json:"tasks"`
	Profiles   []NamedCurve `json:"profiles"` // Dolan and Moré's, over all tasks and seeds
	Comparison Comparison   `json:"comparison"`
	Rounds     []Round      `json:"rounds"` // of each tuning
	Notes      []string     `json:"notes,omitempty"`
	plan       Plan
}

// TaskResult is what it found on one task.
type TaskResult struct {
	Task    string  `json:"task"`
	Target  Target  `json:"target"`
	Entries []Entry `json:"entries"` // in the order of the plan
	Pairs   []Pair  `json:"pairs"`
	Verdict string  `json:"verdict"`
	Log     bool    `json:"log"` // losses are compared by their ratios, since all are positive; else by differences
}

// Target is the validation loss that runs are timed to.
type Target struct {
	Loss Number `json:"loss"` // null: none could be set
	Rule string `json:"rule"`
}

// Entry is one contender on one task.
type Entry struct {
	Contender   string              `json:"contender"`
	Test        Number              `json:"test"` // median loss of the final runs on the test part; null when it is infinite
	Interval    Interval            `json:"interval"`
	Valid       Number              `json:"valid"`            // median of their best validation losses
	Area        Number              `json:"area"`             // median area under the curve, see area
	Reached     int                 `json:"reached"`          // final runs that reached the target
	Runs        int                 `json:"runs"`             // final runs
	Evaluations Number              `json:"evaluations"`      // median, to the target; null when fewer than half reached it
	Seconds     Number              `json:"seconds"`          // median of the runs alone, to the target; null as above, or when none was timed
	RunSeconds  Number              `json:"run_seconds"`      // median of a whole run alone
	Diverged    int                 `json:"diverged"`         // final runs that diverged or failed
	TuneRuns    int                 `json:"tune_runs"`        // in tuning
	TuneLost    int                 `json:"tune_diverged"`    // of these diverged or failed
	TuneEvals   int                 `json:"tune_evaluations"` // gradient evaluations of tuning
	Width       Number              `json:"width"`            // see Sensitivity
	Decades     Number              `json:"decades"`          // of the learning rates searched
	Rates       []Rate              `json:"rates,omitempty"`  // loss against rate over the trials
	Curve       []Spread            `json:"curve,omitempty"`  // validation loss over gradient evaluations, over the final runs
	Chosen      []map[string]string `json:"chosen"`           // settings, one for each tuning

	losses []float64 // of the final runs on the test part, +Inf where one was lost
	cost   []float64 // evaluations to the target, +Inf where it was not reached
}

// Rate is a trial of a tuning: its learning rate and its validation loss.
type Rate struct {
	Rate float64 `json:"rate"`
	Loss Number  `json:"loss"` // null: diverged or failed
}

// Spread is a median over runs, with the quartiles around it.
type Spread struct {
	Evaluations int    `json:"evaluations"`
	Low         Number `json:"low"`
	Median      Number `json:"median"`
	High        Number `json:"high"`
}

// NamedCurve is the performance profile of a contender.
type NamedCurve struct {
	Contender string `json:"contender"`
	Profile
}

// Pair compares two contenders over the units of the study.
type Pair struct {
	A          string   `json:"a"`
	B          string   `json:"b"`
	Test       Test     `json:"test"`       // that was used: the t test gives way to the signed-rank test where runs were lost
	Units      int      `json:"units"`      // pairs of values
	Effect     Number   `json:"effect"`     // median of loss of A / loss of B, or of A - B where losses are not all positive
	Interval   Interval `json:"interval"`   // of the effect, by the bootstrap
	P          Number   `json:"p"`          // null: no test is possible
	Holm       Number   `json:"holm"`       // corrected for all comparisons of the study
	Detectable Number   `json:"detectable"` // the ratio (or difference) that so many units show with a chance of 80%
	Differs    bool     `json:"differs"`

	better int // 0 for A, 1 for B
}

// Comparison says how the tests were made and what they can say.
type Comparison struct {
	Test        Test    `json:"test"`
	Unit        string  `json:"unit"`  // what is paired: tuning, or seed
	Units       int     `json:"units"` // of each pair
	Comparisons int     `json:"comparisons"`
	Alpha       float64 `json:"alpha"`
	SmallestP   float64 `json:"smallest_p"`   // that can come out after Holm's correction
	SeedsNeeded int     `json:"seeds_needed"` // for the smallest to be at most alpha
	Possible    bool    `json:"possible"`     // whether any difference can be shown at all
}

// Say describes the comparison in a sentence.
func (c Comparison) Say() string {
	name := map[Test]string{SignedRank: "Wilcoxon's signed-rank test on the logarithm of the test loss", PairedT: "the paired t test on the logarithm of the test loss"}[c.Test]
	switch {
	case c.Comparisons == 0:
		return "One contender: there is nothing to test."
	case c.Units < 2:
		return fmt.Sprintf("No test is possible with one %s: it says nothing about how much another one would have differed. Give --seeds %d or more.", c.Unit, c.SeedsNeeded)
	case !c.Possible:
		return fmt.Sprintf("%s by %s over %d %ss, with Holm's correction: the smallest p that can come out is %.3g, above %.3g, so that no difference can be shown. %d %ss are needed.",
			plural(c.Comparisons, "comparison"), name, c.Units, c.Unit, c.SmallestP, c.Alpha, c.SeedsNeeded, c.Unit)
	case c.SmallestP == 0:
		return fmt.Sprintf("%s by %s over %d %ss, with Holm's correction at the level %.3g.", plural(c.Comparisons, "comparison"), name, c.Units, c.Unit, c.Alpha)
	}
	return fmt.Sprintf("%s by %s over %d %ss, with Holm's correction at the level %.3g; the smallest p that can come out is %.3g.",
		plural(c.Comparisons, "comparison"), name, c.Units, c.Unit, c.Alpha, c.SmallestP)
}
