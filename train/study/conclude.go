package study

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// conclude puts the result into words.
func (r *Result) conclude() {
	leads := map[string]int{}
	for i := range r.Tasks {
		t := &r.Tasks[i]
		leader := t.leader()
		t.Verdict = r.verdict(*t, leader)
		if leader >= 0 {
			leads[t.Entries[leader].Contender]++
		}
	}
	if len(r.Tasks) == 1 {
		r.Conclusion = r.Tasks[0].Verdict
		return
	}
	if len(r.plan.Contenders) == 1 {
		var all []string
		for _, t := range r.Tasks {
			all = append(all, t.Verdict)
		}
		r.Conclusion = strings.Join(all, " ")
		return
	}
	r.Conclusion = r.overall(leads)
}

// leader is the entry with the lowest median test loss, -1 where all were lost.
func (t TaskResult) leader() int {
	at, lowest := -1, math.Inf(1)
	for i, e := range t.Entries {
		if v := float64(e.Test); v < lowest {
			at, lowest = i, v
		}
	}
	return at
}

// verdict says what can and cannot be concluded on one task.
func (r *Result) verdict(t TaskResult, leader int) string {
	if leader < 0 {
		return fmt.Sprintf("On %s half of the runs of every contender or more diverged or failed: nothing can be concluded but that.", t.Task)
	}
	e := t.Entries[leader]
	if len(r.plan.Contenders) == 1 {
		return r.alone(t, e)
	}
	text := fmt.Sprintf("On %s %s has the lowest median test loss, %.4g", t.Task, e.Contender, float64(e.Test))
	c := r.Comparison
	switch {
	case c.Units < 2:
		return text + fmt.Sprintf("; with one %s no test is possible, so nothing can be concluded about differences (--seeds %d would be enough for a test).", c.Unit, c.SeedsNeeded)
	case !c.Possible:
		return text + fmt.Sprintf("; %d %ss cannot show any difference in %s (the smallest p after Holm's correction is %.2g), %d are needed.",
			c.Units, c.Unit, plural(c.Comparisons, "comparison"), c.SmallestP, c.SeedsNeeded)
	}
	var beaten, open, ahead []string
	widest := 0.0
	for _, p := range t.Pairs {
		if p.A != e.Contender && p.B != e.Contender {
			continue
		}
		other := p.A
		if other == e.Contender {
			other = p.B
		}
		switch {
		case !p.Differs:
			open = append(open, other)
			widest = max(widest, float64(p.Detectable))
		case p.Better() == e.Contender:
			beaten = append(beaten, other)
		default:
			ahead = append(ahead, other)
		}
	}
	if len(beaten) > 0 {
		text += fmt.Sprintf(": better than %s beyond chance (p at most %.3g after Holm's correction for %s)", list(beaten), t.largestP(e.Contender), plural(c.Comparisons, "comparison"))
	}
	if len(ahead) > 0 { // by pairs, against the order of medians
		text += fmt.Sprintf(", yet worse than %s in the paired test", list(ahead))
	}
	if len(open) == 0 {
		return text + "." + t.besides(e.Contender)
	}
	text += fmt.Sprintf("; %d %ss do not tell it apart from %s", c.Units, c.Unit, list(open))
	if t.Log && widest > 1 && finite(widest) {
		text += fmt.Sprintf(", where losses that differ by less than %s can go unseen", percent(widest-1))
	}
	return text + "." + t.besides(e.Contender)
}

// alone is the verdict on a single contender: what was chosen for it, and what that gives.
func (r *Result) alone(t TaskResult, e Entry) string {
	p := r.plan
	loss := fmt.Sprintf("a test loss of %.4g", float64(e.Test))
	if p.Seeds > 1 {
		loss = fmt.Sprintf("a median test loss of %.4g over %d fresh seeds", float64(e.Test), p.Seeds)
	}
	switch {
	case !p.tunes():
		return fmt.Sprintf("On %s %s has %s.", t.Task, e.Contender, loss)
	case p.Tunings > 1:
		return fmt.Sprintf("On %s the settings of %s that %d tunings chose have %s.", t.Task, e.Contender, p.Tunings, loss)
	}
	if p.Seeds == 1 {
		loss += " on a fresh seed"
	}
	var chosen []string
	for _, s := range p.Contenders[0].Space {
		chosen = append(chosen, base(s.Name)+"="+brief(e.Chosen[0][s.Name]))
	}
	return fmt.Sprintf("On %s the best of %s of %s is %s: %s.", t.Task, plural(p.Trials, "trial"), e.Contender, list(chosen), loss)
}

// base is the name of a setting without that of its owner.
func base(name string) string {
	if _, after, ok := strings.Cut(name, "."); ok {
		return after
	}
	return name
}

// brief shortens a number to four digits.
func brief(text string) string {
	if v, err := strconv.ParseFloat(text, 64); err == nil && len(text) > 6 {
		return fmt.Sprintf("%.4g", v)
	}
	return text
}

// mostBesides bounds the further differences that are named; the table has all.
const mostBesides = 3

// besides names the differences among those that do not lead.
func (t TaskResult) besides(leader string) string {
	var all []string
	for _, p := range t.Pairs {
		if p.Differs && p.A != leader && p.B != leader {
			all = append(all, p.Better()+" is better than "+p.Worse())
		}
	}
	switch {
	case len(all) == 0:
		return ""
	case len(all) > mostBesides:
		return fmt.Sprintf(" Among the others %d pairs differ.", len(all))
	}
	return " Besides, " + list(all) + "."
}

// largestP is that of the differences that a contender has won.
func (t TaskResult) largestP(name string) float64 {
	largest := 0.0
	for _, p := range t.Pairs {
		if p.Differs && p.Better() == name {
			largest = max(largest, float64(p.Holm))
		}
	}
	return largest
}

// overall says what holds over several tasks.
func (r *Result) overall(leads map[string]int) string {
	first, most, differ := "", 0, 0
	for _, c := range r.plan.Contenders {
		if leads[c.Name] > most {
			first, most = c.Name, leads[c.Name]
		}
	}
	if first == "" {
		return "On every task half of the runs of every contender or more diverged or failed: nothing can be concluded but that."
	}
	won, lost := map[string]int{}, map[string]int{}
	for _, t := range r.Tasks {
		for _, p := range t.Pairs {
			if p.Differs {
				differ++
				won[p.Better()]++
				lost[p.Worse()]++
			}
		}
	}
	text := fmt.Sprintf("%s has the lowest median test loss on %d of %d tasks", first, most, len(r.Tasks))
	c := r.Comparison
	if !c.Possible {
		return text + ". " + c.Say()
	}
	text += fmt.Sprintf("; of %d comparisons %d show a difference beyond chance after Holm's correction", c.Comparisons, differ)
	if differ > 0 {
		text += fmt.Sprintf(", of which %s wins %d and loses %d", first, won[first], lost[first])
	}
	return text + fmt.Sprintf("; the others %d %ss do not decide.", c.Units, c.Unit)
}

// notes collects what a reader should know.
func (r *Result) notes(done Records) {
	p := r.plan
	say := func(format string, args ...any) { r.Notes = append(r.Notes, fmt.Sprintf(format, args...)) }
	if p.tunes() && p.Tunings == 1 && p.Seeds > 1 {
		say("The settings were tuned once: the tests speak of the settings that this tuning chose, not of what another tuning would have chosen. More tunings (--tunings) speak of the contenders.")
	}
	for _, c := range p.Contenders {
		if len(c.Space) == 0 && p.tunes() {
			say("%s is fixed: it was not tuned, the others were.", c.Name)
		}
	}
	if p.Prune {
		say("Unpromising trials stopped early (%s), so that a setting that begins slowly may have been missed; the sensitivity to the learning rate is that after the first round.", sayRounds(r.Rounds))
	}
	for _, t := range r.Tasks {
		reached := 0
		for _, e := range t.Entries {
			reached += e.Reached
			if e.Diverged > 0 {
				say("On %s %d of %d final runs of %s diverged or failed; they rank as the worst.", t.Task, e.Diverged, e.Runs, e.Contender)
			}
		}
		if finite(float64(t.Target.Loss)) && reached == 0 {
			say("On %s no run reached the target of %.4g (%s).", t.Task, float64(t.Target.Loss), t.Target.Rule)
		}
	}
	r.costs(done)
	r.failures(done)
	r.same(done)
}

// costs says where runs of equal length take different numbers of gradient evaluations, as with a line search.
func (r *Result) costs(done Records) {
	for _, task := range r.plan.Tasks {
		var parts []string
		least, most := math.Inf(1), 0.0
		for _, c := range r.plan.Contenders {
			runs, _ := r.plan.finals(done, task, c, Final, r.plan.Seeds) // Analyze has seen that they are there
			var all []float64
			for _, o := range runs {
				if o.Good() {
					all = append(all, float64(o.Evaluations))
				}
			}
			if len(all) > 0 {
				n := Median(all)
				least, most = min(least, n), max(most, n)
				parts = append(parts, fmt.Sprintf("%s %.4g", c.Name, n))
			}
		}
		if most > 1.01*least {
			r.Notes = append(r.Notes, fmt.Sprintf("On %s runs of the same number of epochs take different numbers of gradient evaluations (%s): compare the losses at equal numbers in the picture.",
				task.Name, strings.Join(parts, ", ")))
		}
	}
}

// failures names the reasons of runs that failed, each once.
func (r *Result) failures(done Records) {
	seen := map[string]bool{}
	r.plan.eachTrial(done, func(rec Record) {
		if o := rec.Outcome; o.Status == "failed" && !seen[o.Reason] && len(seen) < 5 {
			seen[o.Reason] = true
			r.Notes = append(r.Notes, fmt.Sprintf("%s failed: %s", rec.Trial.ID(), o.Reason))
		}
	})
}

// same holds the runs alone against those that ran beside others: they must be equal to the bit.
func (r *Result) same(done Records) {
	r.plan.eachTrial(done, func(rec Record) {
		if rec.Trial.Phase != Time {
			return
		}
		t := rec.Trial
		t.Phase = Final
		was := done[t.ID()].Outcome
		if o := rec.Outcome; o.Status != was.Status || o.Valid.text() != was.Valid.text() || o.Test.text() != was.Test.text() {
			r.Notes = append(r.Notes, fmt.Sprintf("%s gave other losses alone than beside others: the task is not deterministic, and times belong to other runs.", t.ID()))
		}
	})
}

func sayRounds(rounds []Round) string {
	parts := make([]string, len(rounds))
	for i, r := range rounds {
		parts[i] = fmt.Sprintf("%d for 1/%d of the epochs", r.Trials, r.Share)
		if r.Share == 1 {
			parts[i] = fmt.Sprintf("%d to the end", r.Trials)
		}
	}
	return strings.Join(parts, ", then ")
}

// plural counts things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// list is "a", "a and b", "a, b and c".
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func percent(share float64) string {
	if share >= 10 {
		return fmt.Sprintf("a factor of %.3g", 1+share)
	}
	return fmt.Sprintf("%.2g%%", 100*share)
}
