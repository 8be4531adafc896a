package study

import (
	"fmt"
	"math"
	"strings"

	"lenz/train/report"
)

// Table is the result of a task as text: a head, and a row for each contender.
func (t TaskResult) Table() (head []string, rows [][]string) {
	head = []string{"contender", "test loss", "interval", "validation", "area", "evaluations", "seconds", "reached", "lost", "rates", "tuning lost"}
	for _, e := range t.Entries {
		rates, tuned := "–", "–"
		if finite(float64(e.Width)) {
			rates = fmt.Sprintf("%.2g of %.2g", float64(e.Width), float64(e.Decades))
		}
		if e.TuneRuns > 0 {
			tuned = fmt.Sprintf("%d/%d", e.TuneLost, e.TuneRuns)
		}
		rows = append(rows, []string{
			e.Contender, say(e.Test), fmt.Sprintf("%s to %s", say(e.Interval.Low), say(e.Interval.High)), say(e.Valid), say(e.Area),
			say(e.Evaluations), say(e.Seconds), fmt.Sprintf("%d/%d", e.Reached, e.Runs), fmt.Sprintf("%d/%d", e.Diverged, e.Runs), rates, tuned,
		})
	}
	return head, rows
}

// Legend explains the columns of Table.
func (r *Result) Legend() string {
	interval := "of one seed, which has no interval"
	if c := r.Tasks[0].Entries[0].Interval.Coverage; r.plan.Seeds > 1 {
		interval = fmt.Sprintf("median over %d seeds, with the interval of order statistics that covers it with %.3g%%", r.plan.Seeds, 100*c)
	}
	return "test loss: " + interval + fmt.Sprintf("; validation: median of the best; "+
		"area: mean of the lowest validation loss so far over the run; evaluations, seconds: medians to the target, seconds with nothing beside (%s); "+
		"reached: runs that reached it; lost: diverged or failed, ranked as the worst; rates: decades of the learning rate within %.0f%% of the best, of those searched.",
		plural(r.plan.Timed, "run"), 100*r.plan.Within)
}

// PairTable is the tests of a task as text.
func (t TaskResult) PairTable() (head []string, rows [][]string) {
	effect := "loss of the first / second"
	if !t.Log {
		effect = "loss of the first - second"
	}
	head = []string{"pair", effect, "95% interval", "p", "p (Holm)", "can be seen", "differs"}
	for _, p := range t.Pairs {
		differs := "no"
		switch {
		case math.IsNaN(float64(p.P)):
			differs = "not tested"
		case p.Differs:
			differs = p.Better() + " is better"
		}
		rows = append(rows, []string{
			p.A + ", " + p.B, say(p.Effect), fmt.Sprintf("%s to %s", say(p.Interval.Low), say(p.Interval.High)),
			say(p.P), say(p.Holm), say(p.Detectable), differs,
		})
	}
	return head, rows
}

// PairLegend explains the columns of PairTable.
func (r *Result) PairLegend() string {
	c := r.Comparison
	return c.Say() + fmt.Sprintf(" Effects are medians over %ss with bootstrap intervals; \"can be seen\" is the effect that a study of this size shows with a chance of 80%%.", c.Unit)
}

// say writes a number for people.
func say(n Number) string {
	v := float64(n)
	switch {
	case math.IsNaN(v):
		return "–"
	case math.IsInf(v, 1):
		return "∞"
	case math.IsInf(v, -1):
		return "-∞"
	}
	return fmt.Sprintf("%.4g", v)
}

// Page is the report of the study; its title and its commands are the caller's.
func (r *Result) Page(figures []report.Figure) report.Page {
	p := r.plan
	tuning, final, timed := p.Runs()
	page := report.Page{
		Subtitle: fmt.Sprintf("%s on %s", list(p.ContenderNames()), list(p.TaskNames())),
		Status:   report.Status{Name: "completed", Good: true},
		Verdict:  report.Verdict{Text: r.Conclusion},
		Numbers: []report.Number{
			{Label: "Trials", Value: fmt.Sprint(p.Trials), Note: "of each tuning, for everyone"},
			{Label: "Tunings", Value: fmt.Sprint(p.Tunings), Note: "independent, a contender and task"},
			{Label: "Seeds", Value: fmt.Sprint(p.Seeds), Note: "fresh, for the final runs"},
			{Label: "Runs", Value: fmt.Sprint(tuning + final + timed), Note: fmt.Sprintf("%d tuning, %d final, %d timed alone", tuning, final, timed)},
		},
		Explore: figures,
		Notes:   r.Notes,
	}
	if chosen := r.chosen(); chosen != nil {
		page.Numbers = append(chosen, report.Number{Label: "Trials", Value: fmt.Sprint(p.Trials), Note: "in one tuning"})
	}
	legend, tested := r.Legend(), r.PairLegend() // under the first task's tables
	for _, t := range r.Tasks {
		head, rows := t.Table()
		page.Grids = append(page.Grids, report.Grid{Title: "Results on " + t.Task, Note: legend, Head: head, Rows: rows, Best: bestRows(t)})
		if len(t.Pairs) > 0 {
			head, rows = t.PairTable()
			note := tested
			if len(r.Tasks) > 1 { // else the page begins with it
				note = strings.TrimSpace(t.Verdict + " " + tested)
			}
			page.Grids = append(page.Grids, report.Grid{Title: "Tests on " + t.Task, Note: note, Head: head, Rows: rows})
		}
		legend, tested = "", ""
	}
	page.Groups = r.groups()
	return page
}

// chosen are the settings that a single tuning of a single contender chose, and what they give.
func (r *Result) chosen() []report.Number {
	p := r.plan
	if len(p.Contenders) != 1 || len(r.Tasks) != 1 || p.Tunings != 1 || !p.tunes() {
		return nil
	}
	e := r.Tasks[0].Entries[0]
	var all []report.Number
	for _, s := range p.Contenders[0].Space {
		_, text, _ := strings.Cut(s.String(), "=")
		all = append(all, report.Number{Label: "Chosen " + base(s.Name), Value: brief(e.Chosen[0][s.Name]), Note: "of " + text})
	}
	fresh := "median over " + plural(p.Seeds, "fresh seed")
	if p.Seeds == 1 {
		fresh = "on a fresh seed"
	}
	return append(all, report.Number{Label: "Test loss", Value: say(e.Test), Note: fresh}, report.Number{Label: "Validation loss", Value: say(e.Valid), Note: fresh})
}

func bestRows(t TaskResult) []int {
	if i := t.leader(); i >= 0 {
		return []int{i}
	}
	return nil
}

// groups say what was searched, and by which rules.
func (r *Result) groups() []report.Group {
	p := r.plan
	rules := report.Group{Title: "Rules", Pairs: []report.Pair{
		{Name: "budget", Value: sayBudget(p)},
		{Name: "rounds", Value: sayRounds(r.Rounds)},
		{Name: "judged", Value: fmt.Sprintf("on the test part, %s, with the weights of the epoch that was best on validation", plural(p.Seeds, "fresh seed"))},
		{Name: "shared", Value: shared(p)},
		{Name: "lost runs", Value: "diverged and failed runs rank behind all others"},
		{Name: "tests", Value: r.Comparison.Say()},
	}}
	for _, t := range r.Tasks {
		rules.Pairs = append(rules.Pairs, report.Pair{Name: "target on " + t.Task, Value: say(t.Target.Loss) + ": " + t.Target.Rule})
	}
	groups := []report.Group{rules}
	for _, c := range p.Contenders {
		g := report.Group{Title: c.Name}
		for _, s := range c.Space {
			_, text, _ := strings.Cut(s.String(), "=")
			g.Pairs = append(g.Pairs, report.Pair{Name: s.Name, Value: "searched, " + text})
		}
		for _, name := range sortedNames(c.Settings) {
			g.Pairs = append(g.Pairs, report.Pair{Name: name, Value: c.Settings[name]})
		}
		groups = append(groups, g)
	}
	for _, t := range p.Tasks {
		g := report.Group{Title: "Task " + t.Name}
		for _, name := range sortedNames(t.Settings) {
			if t.Settings[name] != "" {
				g.Pairs = append(g.Pairs, report.Pair{Name: name, Value: t.Settings[name]})
			}
		}
		groups = append(groups, g)
	}
	return groups
}

func sayBudget(p Plan) string {
	tunings := "in one tuning"
	if p.Tunings > 1 {
		tunings = fmt.Sprintf("in each of %d independent tunings", p.Tunings)
	}
	return fmt.Sprintf("%s %s, %s; chosen by the lowest validation loss", plural(p.Trials, "trial"), tunings, p.Sampler.say())
}

func shared(p Plan) string {
	if p.Independent {
		return "the initial weights of a seed; each contender has batch orders of its own"
	}
	return "the initial weights and the order of batches of a seed are the same for all contenders"
}
