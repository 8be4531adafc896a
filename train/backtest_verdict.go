package train

import (
	"fmt"
	"math"
	"strings"
)

// Comparison holds the skill of a model against a baseline, by "mae" and by "rmse": 1 - error of the model / error of the
// baseline. Above 0 the model is better.
type Comparison struct {
	Baseline string `json:"baseline"`
	Skill    Scores `json:"skill"`
}

// tieBelow is the share of an error below which a difference counts as none, since nothing is decided by it.
const tieBelow = 0.005

// Beats tells whether the model is better by both errors, by half a per cent of the baseline's at least.
func (c Comparison) Beats() bool { return c.stands("mae") == better && c.stands("rmse") == better }

// How a model stands to a baseline by one error.
const (
	worse = iota // or not to be compared
	asGood
	better
)

func (c Comparison) stands(name string) int {
	switch skill := c.Skill.Value(name); {
	case skill >= tieBelow:
		return better
	case math.Abs(skill) < tieBelow:
		return asGood
	}
	return worse
}

// says puts the comparison in words, naming the errors.
func (c Comparison) says(byMAE, byRMSE string) string {
	first, second, by, byOther := c.stands("mae"), c.stands("rmse"), byMAE, byRMSE
	if first < second { // begin with what speaks for the model
		first, second, by, byOther = second, first, byOther, by
	}
	switch {
	case second == better:
		return fmt.Sprintf("beats %s by %s and by %s", c.Baseline, by, byOther)
	case first == better && second == asGood:
		return fmt.Sprintf("beats %s by %s and is as good by %s", c.Baseline, by, byOther)
	case first == better:
		return fmt.Sprintf("beats %s by %s but not by %s", c.Baseline, by, byOther)
	case second == asGood:
		return fmt.Sprintf("is as good as %s by %s and by %s", c.Baseline, by, byOther)
	case first == asGood:
		return fmt.Sprintf("is as good as %s by %s but not by %s", c.Baseline, by, byOther)
	}
	return fmt.Sprintf("does not beat %s by %s nor by %s", c.Baseline, by, byOther)
}

// addSkill adds skill against the reference to all scores, right after the errors it is made from.
func (r *BacktestResult) addSkill(reference int) {
	if reference < 0 {
		return
	}
	base := r.Entries[reference]
	for i := range r.Entries {
		e := &r.Entries[i]
		e.Scores = withSkill(e.Scores, base.Scores)
		for h := range e.Steps {
			e.Steps[h] = withSkill(e.Steps[h], base.Steps[h])
		}
		for d := range e.ByTarget {
			e.ByTarget[d] = withSkill(e.ByTarget[d], base.ByTarget[d])
		}
	}
}

// withSkill adds 1 - mae / mae of the reference.
func withSkill(s, reference Scores) Scores {
	if len(s) == 0 {
		return s
	}
	return append(s, Score{"skill", skill(s.Value("mae"), reference.Value("mae"))})
}

// skill of two equal errors is 0, also where both are 0.
func skill(e, reference float64) float64 {
	if e == reference {
		return 0
	}
	return 1 - e/reference
}

// compare sets the first entry against the others.
func (r *BacktestResult) compare() {
	model := r.Entries[0]
	mae, rmse := model.Scores.Value("mae"), model.Scores.Value("rmse")
	var both, mixed, neither []string
	for _, e := range r.Entries[1:] {
		m, s := e.Scores.Value("mae"), e.Scores.Value("rmse")
		c := Comparison{Baseline: e.Name, Skill: Scores{{"mae", skill(mae, m)}, {"rmse", skill(rmse, s)}}}
		r.Comparisons = append(r.Comparisons, c)
		byMAE, byRMSE := fmt.Sprintf("MAE (%.4g against %.4g)", mae, m), fmt.Sprintf("RMSE (%.4g against %.4g)", rmse, s)
		switch {
		case c.Beats():
			both = append(both, e.Name)
		case c.stands("mae") == worse && c.stands("rmse") == worse:
			neither = append(neither, c.says(byMAE, byRMSE))
		default:
			mixed = append(mixed, c.says(byMAE, byRMSE))
		}
	}
	var says []string
	if len(both) > 0 {
		says = append(says, "beats "+joinAnd(both)+" by MAE and RMSE")
	}
	says = append(append(says, mixed...), neither...)
	windows := fmt.Sprintf("on %s of the %s part", count(r.Windows, "window"), r.Part)
	for _, e := range r.Entries {
		if e.Lost > 0 {
			windows += fmt.Sprintf(", without %d that %s has no forecast of", e.Lost, e.Name)
		}
	}
	switch {
	case r.Windows == 0 && r.Lost != nil:
		r.Comparisons, r.Verdict = nil, fmt.Sprintf("there is no window of the %s part that all have a forecast of: nothing was measured", r.Part)
	case math.IsNaN(mae) || math.IsInf(mae, 0):
		r.Verdict = fmt.Sprintf("%s gave forecasts that are not finite %s, and beats nothing", model.Name, windows)
	case len(says) == 0:
		r.Verdict = fmt.Sprintf("%s has MAE %.4g and RMSE %.4g %s, with nothing to compare", model.Name, mae, rmse, windows)
	default:
		r.Verdict = fmt.Sprintf("%s %s, %s", model.Name, strings.Join(says, "; it "), windows)
	}
}

// joinAnd joins names as a sentence does.
func joinAnd(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
