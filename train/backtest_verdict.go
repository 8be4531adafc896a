package train

import (
	"fmt"
	"math"
	"strings"
)

// Comparison holds the skill of a model against a baseline, by "mae" and by "rmse": 1 - error of the model / error of the
// baseline. Above 0 the model beats it.
type Comparison struct {
	Baseline string `json:"baseline"`
	Skill    Scores `json:"skill"`
}

// Beats tells whether the model is better by both errors.
func (c Comparison) Beats() bool { return c.Skill.Value("mae") > 0 && c.Skill.Value("rmse") > 0 }

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
	var both, neither []string
	var mixed []string
	for _, e := range r.Entries[1:] {
		m, s := e.Scores.Value("mae"), e.Scores.Value("rmse")
		c := Comparison{Baseline: e.Name, Skill: Scores{{"mae", skill(mae, m)}, {"rmse", skill(rmse, s)}}}
		r.Comparisons = append(r.Comparisons, c)
		byMAE, byRMSE := fmt.Sprintf("MAE (%.4g against %.4g)", mae, m), fmt.Sprintf("RMSE (%.4g against %.4g)", rmse, s)
		switch {
		case c.Beats():
			both = append(both, e.Name)
		case c.Skill.Value("mae") > 0:
			mixed = append(mixed, fmt.Sprintf("beats %s by %s but not by %s", e.Name, byMAE, byRMSE))
		case c.Skill.Value("rmse") > 0:
			mixed = append(mixed, fmt.Sprintf("beats %s by %s but not by %s", e.Name, byRMSE, byMAE))
		default:
			neither = append(neither, fmt.Sprintf("%s by %s nor by %s", e.Name, byMAE, byRMSE))
		}
	}
	var says []string
	if len(both) > 0 {
		says = append(says, "beats "+joinAnd(both)+" by MAE and RMSE")
	}
	says = append(says, mixed...)
	for _, n := range neither {
		says = append(says, "does not beat "+n)
	}
	windows := fmt.Sprintf("on %d windows of the %s part", r.Windows, r.Part)
	switch {
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
