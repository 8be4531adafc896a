package study

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Analyze says what the finished trials of a plan show. It depends on plan and records alone.
func Analyze(p Plan, done Records) (*Result, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	r := &Result{plan: p, Rounds: p.Rounds()}
	var cost [][]float64
	for _, task := range p.Tasks {
		t := TaskResult{Task: task.Name, Log: true}
		for _, c := range p.Contenders {
			e, err := p.entry(done, task, c)
			if err != nil {
				return nil, err
			}
			for _, l := range e.losses {
				t.Log = t.Log && l > 0
			}
			t.Entries = append(t.Entries, e)
		}
		t.Target = p.target(t)
		for i, c := range p.Contenders {
			t.Entries[i].race(p, done, task, c, float64(t.Target.Loss))
		}
		for k := range p.Seeds {
			row := make([]float64, len(t.Entries))
			for i, e := range t.Entries {
				row[i] = e.cost[k]
			}
			cost = append(cost, row)
		}
		r.Tasks = append(r.Tasks, t)
	}
	for i, profile := range Profiles(cost) {
		r.Profiles = append(r.Profiles, NamedCurve{p.Contenders[i].Name, profile})
	}
	r.compare()
	r.notes(done)
	r.conclude()
	return r, nil
}

// finals returns the outcomes of the final (or timed) runs of a contender on a task.
func (p Plan) finals(done Records, task Task, c Contender, phase Phase, n int) ([]Outcome, error) {
	out := make([]Outcome, n)
	for i := range out {
		t := p.final(task, c, i, nil)
		t.Phase = phase
		r, ok := done[t.ID()]
		if !ok {
			return nil, fmt.Errorf("study: the trial %s has not ended: go on with the study first", t.ID())
		}
		out[i] = r.Outcome
	}
	return out, nil
}

// entry measures a contender on a task, but for what needs the target.
func (p Plan) entry(done Records, task Task, c Contender) (Entry, error) {
	runs, err := p.finals(done, task, c, Final, p.Seeds)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Contender: c.Name, Runs: len(runs)}
	var valid, area []float64
	for _, o := range runs {
		e.losses = append(e.losses, o.rank(o.Test))
		valid = append(valid, o.rank(o.Valid))
		area = append(area, o.area())
		if !o.Good() {
			e.Diverged++
		}
	}
	e.Test, e.Interval = Number(Median(e.losses)), MedianInterval(e.losses, 0.95)
	e.Valid, e.Area = Number(Median(valid)), Number(Median(area))
	e.Curve = spread(runs)
	p.tuned(&e, done, task, c)
	return e, nil
}

// tuned describes the tunings of a contender on a task.
func (p Plan) tuned(e *Entry, done Records, task Task, c Contender) {
	var bests []float64
	for k := range p.Tunings {
		t, searched := p.chosen(done, task, c, k)
		if !searched {
			e.Chosen = append(e.Chosen, c.Settings)
			break
		}
		e.Chosen = append(e.Chosen, t.Settings)
		lowest := math.Inf(1)
		for r := range p.Rounds() {
			for _, t := range p.tuning(task, c, k, r, p.alive(done, task, c, k, r)) {
				o := done[t.ID()].Outcome
				e.TuneRuns++
				e.TuneEvals += o.Evaluations
				if !o.Good() {
					e.TuneLost++
				}
				if r > 0 {
					continue
				}
				lowest = min(lowest, o.rank(o.Valid))
				if rate, err := strconv.ParseFloat(t.Settings[c.Rate], 64); err == nil {
					e.Rates = append(e.Rates, Rate{rate, Number(o.rank(o.Valid))})
				}
			}
		}
		bests = append(bests, lowest)
	}
	e.Width, e.Decades = nan, nan
	if r, ok := c.Space.find(c.Rate); ok && r.Scale == Log {
		e.Decades = Number(r.Decades())
		e.Width = Number(Sensitivity(e.Rates, Median(bests), p.Within) * r.Decades())
	}
}

// Sensitivity is the share of the trials whose loss is at most the share within above the best, which is the median over tunings
// of the lowest loss of each. Since trials cover the searched range evenly in the logarithm, that share of its decades is
// the width of the rates (with whatever else is tuned beside them) that are near the best.
func Sensitivity(trials []Rate, best, within float64) float64 {
	if len(trials) == 0 {
		return 0
	}
	near := 0
	for _, t := range trials {
		if l := float64(t.Loss); finite(l) && l <= best+within*math.Abs(best) {
			near++
		}
	}
	return float64(near) / float64(len(trials))
}

// area is the area under the curve of the lowest validation loss so far, over the length of the run: its mean over the ends of
// epochs. It is small for a run that falls fast and far, and infinite for one that was lost.
func (o Outcome) area() float64 {
	if !o.Good() || len(o.Curve) == 0 {
		return math.Inf(1)
	}
	sum, lowest := 0.0, math.Inf(1)
	for _, p := range o.Curve {
		if finite(float64(p.Valid)) {
			lowest = min(lowest, float64(p.Valid))
		}
		sum += lowest
	}
	return sum / float64(len(o.Curve))
}

// spread is the course of the validation loss over runs; runs that were lost count as infinite where they have no value.
func spread(runs []Outcome) []Spread {
	longest := 0
	for _, o := range runs {
		longest = max(longest, len(o.Curve))
	}
	out := make([]Spread, longest)
	for i := range out {
		values := make([]float64, len(runs))
		for k, o := range runs {
			values[k] = math.Inf(1)
			if i < len(o.Curve) {
				out[i].Evaluations = max(out[i].Evaluations, o.Curve[i].Evaluations)
				if v := float64(o.Curve[i].Valid); finite(v) {
					values[k] = v
				}
			}
		}
		slices.Sort(values)
		quarter := (len(values) - 1) / 4
		out[i].Low, out[i].Median, out[i].High = Number(values[quarter]), Number(Median(values)), Number(values[len(values)-1-quarter])
	}
	return out
}

// target is the loss that is given for the task, or a factor times the median validation loss of the reference; of the next
// contender where runs of the reference are lost.
func (p Plan) target(t TaskResult) Target {
	if v, ok := p.Targets[t.Task]; ok {
		return Target{Number(v), "given"}
	}
	order := []int{p.reference()}
	for i := range p.Contenders {
		if i != order[0] {
			order = append(order, i)
		}
	}
	for _, i := range order {
		v := float64(t.Entries[i].Valid)
		if !finite(v) {
			continue
		}
		rule := fmt.Sprintf("%.4g times the median best validation loss of %s", p.Factor, p.Contenders[i].Name)
		if i == order[0] {
			rule += ", the simplest contender"
		} else {
			rule += fmt.Sprintf(", since half of the runs of %s or more were lost", p.Contenders[order[0]].Name)
		}
		return Target{Number(v + (p.Factor-1)*math.Abs(v)), rule}
	}
	return Target{nan, "none: every contender lost half of its runs or more"}
}

// race measures how fast the final runs reach the target.
func (e *Entry) race(p Plan, done Records, task Task, c Contender, target float64) {
	runs, _ := p.finals(done, task, c, Final, p.Seeds) // entry has seen that they are there
	e.cost = make([]float64, len(runs))
	for i, o := range runs {
		e.cost[i] = math.Inf(1)
		if k := o.reach(target); k >= 0 {
			e.cost[i] = float64(o.Curve[k].Evaluations)
			e.Reached++
		}
	}
	e.Evaluations = Number(Median(e.cost))
	e.Seconds, e.RunSeconds = nan, nan
	alone, err := p.finals(done, task, c, Time, p.Timed)
	if err != nil || len(alone) == 0 {
		return
	}
	var seconds, whole []float64
	for _, o := range alone {
		whole = append(whole, o.Seconds)
		s := math.Inf(1)
		if k := o.reach(target); k >= 0 {
			s = o.Curve[k].Seconds
		}
		seconds = append(seconds, s)
	}
	e.Seconds, e.RunSeconds = Number(Median(seconds)), Number(Median(whole))
}
