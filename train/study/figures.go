package study

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"lenz/train/report"
)

// Figures draws what was found: for each task the course of the losses and, where rates were tuned, the loss against the rate;
// then the performance profiles.
func (r *Result) Figures() []report.Figure {
	var all []report.Figure
	for _, t := range r.Tasks {
		suffix := ""
		if len(r.Tasks) > 1 {
			suffix = "-" + t.Task
		}
		all = append(all, t.curves("loss"+suffix))
		if f, ok := t.rates("rate" + suffix); ok {
			all = append(all, f)
		}
	}
	if len(r.Profiles) < 2 { // a profile is relative to the others
		return all
	}
	return append(all, r.profiles())
}

// curves draws the median validation loss over gradient evaluations, with its quartiles.
func (t TaskResult) curves(name string) report.Figure {
	p := report.Panel{X: report.Axis{Name: "gradient evaluations"}, Y: report.Axis{Name: "validation loss", Log: t.Log}}
	for i, e := range t.Entries {
		b := report.Band{Name: e.Contender, Color: report.Contender(i)}
		l := report.Line{Name: e.Contender, Color: report.Contender(i)}
		for _, s := range e.Curve {
			x := float64(s.Evaluations)
			b.X, b.Low, b.High = append(b.X, x), append(b.Low, float64(s.Low)), append(b.High, float64(s.High))
			l.X, l.Y = append(l.X, x), append(l.Y, float64(s.Median))
		}
		p.Bands, p.Lines = append(p.Bands, b), append(p.Lines, l)
	}
	caption := "Median of the final runs of each contender at the ends of epochs; bands are the middle half of the runs."
	if v := float64(t.Target.Loss); finite(v) {
		p.Lines = append(p.Lines, report.Line{Name: "target", Color: report.Grey, X: ends(p.Lines), Y: []float64{v, v}})
		caption += fmt.Sprintf(" The target, %.4g, is %s.", v, t.Target.Rule)
	}
	return report.Figure{Name: name, Title: "Validation loss on " + t.Task, Caption: caption, Panels: []report.Panel{p}}
}

// ends are the least and the greatest x.
func ends(lines []report.Line) []float64 {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, l := range lines {
		for _, x := range l.X {
			lo, hi = min(lo, x), max(hi, x)
		}
	}
	if lo > hi {
		return []float64{0, 1}
	}
	return []float64{lo, hi}
}

// The line of the picture takes medians over parts of the range of learning rates, as many as leave each a few trials; where too few
// parts would be left to show a course, it joins the trials themselves.
const (
	mostParts  = 10
	leastParts = 4
	partTrials = 3 // on average
)

// parts is into how many parts the range of rates is cut for all contenders alike; 0 where trials are joined.
func (t TaskResult) parts() int {
	n := mostParts * partTrials
	for _, e := range t.Entries {
		if varied(e.Rates) {
			n = min(n, len(e.Rates))
		}
	}
	if n /= partTrials; n >= leastParts {
		return n
	}
	return 0
}

// varied tells whether the learning rate was searched.
func varied(rates []Rate) bool {
	return slices.ContainsFunc(rates, func(r Rate) bool { return r.Rate != rates[0].Rate })
}

// rates draws the validation loss of all trials against their learning rate, of contenders of which it was searched.
func (t TaskResult) rates(name string) (report.Figure, bool) {
	p := report.Panel{X: report.Axis{Name: "learning rate", Log: true}, Y: report.Axis{Name: "validation loss", Log: t.Log}}
	lost, parts := 0, t.parts()
	for i, e := range t.Entries {
		if !varied(e.Rates) {
			continue
		}
		dots := report.Line{Name: e.Contender, Color: report.Contender(i)}
		for _, r := range e.Rates {
			if !finite(float64(r.Loss)) {
				lost++
			}
			// A gap on either side makes a point of its own.
			dots.X, dots.Y = append(dots.X, r.Rate, math.NaN()), append(dots.Y, float64(r.Loss), math.NaN())
		}
		p.Lines = append(p.Lines, dots, middle(e, parts, report.Contender(i)))
	}
	if len(p.Lines) == 0 {
		return report.Figure{}, false
	}
	lines := "lines join them"
	if parts > 0 {
		lines = fmt.Sprintf("lines are medians over %d equal parts of the range", parts)
	}
	caption := fmt.Sprintf("Each point is a trial of a tuning; %s. Other settings than the rate differ from trial to trial.", lines)
	switch {
	case lost == 1:
		caption += " A trial that diverged or failed is not drawn; it counts as the worst."
	case lost > 1:
		caption += fmt.Sprintf(" %d trials that diverged or failed are not drawn; they count as the worst.", lost)
	}
	return report.Figure{Name: name, Title: fmt.Sprintf("Sensitivity to the learning rate on %s", t.Task), Caption: caption, Panels: []report.Panel{p}}, true
}

// middle is the median loss in each part of the range of rates, at the mean of the logarithms of its rates; without parts, the losses
// themselves. A part where half of the trials were lost is a gap.
func middle(e Entry, parts int, c report.Color) report.Line {
	trials := slices.Clone(e.Rates)
	slices.SortFunc(trials, func(a, b Rate) int { return cmp.Compare(a.Rate, b.Rate) })
	l := report.Line{Name: e.Contender, Color: c}
	if parts == 0 {
		for _, r := range trials {
			l.X, l.Y = append(l.X, r.Rate), append(l.Y, float64(r.Loss))
		}
		return l
	}
	lo := math.Log(trials[0].Rate)
	wide := math.Log(trials[len(trials)-1].Rate) - lo
	part := func(r Rate) int {
		if wide == 0 {
			return 0
		}
		return min(parts-1, int(float64(parts)*(math.Log(r.Rate)-lo)/wide))
	}
	for len(trials) > 0 {
		var losses []float64
		sum, k := 0.0, part(trials[0])
		for len(trials) > 0 && part(trials[0]) == k {
			losses, sum = append(losses, float64(trials[0].Loss)), sum+math.Log(trials[0].Rate)
			trials = trials[1:]
		}
		l.X, l.Y = append(l.X, math.Exp(sum/float64(len(losses)))), append(l.Y, Median(losses))
	}
	return l
}

// profiles draws Dolan and Moré's performance profiles as steps.
func (r *Result) profiles() report.Figure {
	p := report.Panel{X: report.Axis{Name: "gradient evaluations to the target, over those of the best", Log: true}, Y: report.Axis{Name: "share of runs", Zero: true}}
	widest := 2.0
	for _, c := range r.Profiles {
		widest = max(widest, 1.1*slices.Max(c.Ratio))
	}
	for i, c := range r.Profiles {
		l := report.Line{Name: c.Contender, Color: report.Contender(i)}
		before := math.NaN()
		for k, x := range c.Ratio {
			if k > 0 {
				l.X, l.Y = append(l.X, x), append(l.Y, before)
			}
			before = c.Share[k]
			l.X, l.Y = append(l.X, x), append(l.Y, before)
		}
		l.X, l.Y = append(l.X, widest), append(l.Y, before)
		p.Lines = append(p.Lines, l)
	}
	return report.Figure{
		Name: "profile", Title: "Performance profiles",
		Caption: "Share of all tasks and seeds on which a contender reached the target with at most so many times the gradient evaluations of the best one there " +
			"(Dolan and Moré 2002): at the left the share on which it was the fastest, at the right the share on which it reached the target at all.",
		Panels: []report.Panel{p},
	}
}
