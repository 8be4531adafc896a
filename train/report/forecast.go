package report

import (
	"fmt"
	"math"
	"sort"
	"strings"
)

// maxPanels is how many targets are drawn; more would be too small to read.
const maxPanels = 12

// axis gives the place of n rows and their axis.
func (c Clock) axis(n int) ([]float64, Axis, error) {
	x := make([]float64, n)
	if c.Times == nil {
		for i := range x {
			x[i] = float64(c.First + i)
		}
		return x, Axis{Name: or(c.Name, "row"), Whole: true}, nil
	}
	if len(c.Times) != n {
		return nil, Axis{}, fmt.Errorf("report: %d time stamps for %d rows: give one a row (history and horizon), or none to count rows", len(c.Times), n)
	}
	for i, t := range c.Times {
		x[i] = Seconds(t)
	}
	return x, Axis{Name: or(c.Name, "time"), Time: true}, nil
}

// check finds values that do not fit the first target's history and horizon.
func (t Target) check(past, horizon int) error {
	want := func(what string, got, n int) error {
		if got == n {
			return nil
		}
		return fmt.Errorf("report: target %q has %d values of %s, want %d: all targets share one history and one horizon", t.Name, got, what, n)
	}
	errs := []error{want("history", len(t.History), past), want("the forecast", len(t.Mean), horizon)}
	if t.Truth != nil {
		errs = append(errs, want("truth", len(t.Truth), horizon))
	}
	for _, i := range t.Intervals {
		errs = append(errs, want("the interval's low end", len(i.Low), horizon), want("the interval's high end", len(i.High), horizon))
	}
	for _, b := range t.Baselines {
		errs = append(errs, want("baseline "+b.Name, len(b.Values), horizon))
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Figure draws history, truth, forecast, intervals and baselines, a panel for each of the first twelve targets.
func (f Forecast) Figure() (Figure, error) {
	if len(f.Targets) == 0 {
		return Figure{}, fmt.Errorf("report: forecast has no targets: give at least one")
	}
	past, horizon := len(f.Targets[0].History), len(f.Targets[0].Mean)
	x, axis, err := f.Clock.axis(past + horizon)
	if err != nil {
		return Figure{}, err
	}
	recent := f.Recent
	if recent <= 0 {
		recent = max(4*horizon, 48)
	}
	from := max(0, past-recent)
	fig := Figure{Name: "forecast", Title: "Forecast"}
	for i, t := range f.Targets {
		if err := t.check(past, horizon); err != nil {
			return Figure{}, err
		}
		if i < maxPanels {
			fig.Panels = append(fig.Panels, t.panel(x, axis, from))
		}
	}
	fig.Caption = f.caption(horizon)
	if len(f.Targets) == 1 {
		fig.Panels[0].Title = ""
		if name := f.Targets[0].Name; name != "" {
			fig.Title = "Forecast of " + name
		}
	}
	return fig, nil
}

func (t Target) panel(x []float64, axis Axis, from int) Panel {
	past := len(t.History)
	ahead := x[past:]
	p := Panel{Title: t.Name, X: axis, Y: Axis{Name: t.Unit}}
	intervals := append([]Interval(nil), t.Intervals...)
	sort.SliceStable(intervals, func(i, j int) bool { return intervals[i].Level > intervals[j].Level })
	for _, i := range intervals {
		p.Bands = append(p.Bands, Band{Name: percent(i.Level) + " interval", Color: Blue, X: ahead, Low: i.Low, High: i.High})
	}
	dots := len(ahead) <= 48
	p.Lines = append(p.Lines, Line{Name: "observed", Color: Ink, X: x[from:past], Y: t.History[from:]})
	if t.Truth != nil { // joined to the history, of which it is the continuation
		joint := min(past, 1)
		p.Lines = append(p.Lines, Line{Name: "observed", Color: Ink, X: x[past-joint:],
			Y: append(append([]float64(nil), t.History[past-joint:]...), t.Truth...), Dots: dots})
	}
	for i, b := range t.Baselines {
		p.Lines = append(p.Lines, Line{Name: b.Name, Color: Other(i), X: ahead, Y: b.Values})
	}
	p.Lines = append(p.Lines, Line{Name: "forecast", Color: Blue, X: ahead, Y: t.Mean, Dots: dots})
	if past > 0 && len(ahead) > 0 {
		p.Marks = []Mark{{X: (x[past-1] + x[past]) / 2, Y: math.NaN(), Label: "forecast begins"}}
	}
	return p
}

// caption says how far the forecast reaches and, where the truth is known, how well it did.
func (f Forecast) caption(horizon int) string {
	var says []string
	says = append(says, plural(horizon, "step")+" ahead.")
	if t := f.Targets[0]; len(f.Targets) == 1 && t.Truth != nil {
		sum, n := 0.0, 0
		for i, v := range t.Truth {
			if !missing(v) && !missing(t.Mean[i]) {
				sum, n = sum+math.Abs(v-t.Mean[i]), n+1
			}
		}
		if n > 0 {
			says = append(says, fmt.Sprintf("Mean absolute error here: %s.", strings.TrimSpace(number(sum/float64(n))+" "+t.Unit)))
		}
		for _, i := range t.Intervals {
			inside, known := i.covers(t.Truth)
			if known > 0 {
				says = append(says, fmt.Sprintf("%d of %d values lie in the %s interval.", inside, known, percent(i.Level)))
			}
		}
	}
	if len(f.Targets) > maxPanels {
		says = append(says, fmt.Sprintf("The first %d of %d targets are drawn.", maxPanels, len(f.Targets)))
	}
	return strings.Join(says, " ")
}

// covers counts the known values and those inside.
func (i Interval) covers(truth []float64) (inside, known int) {
	for k, v := range truth {
		if missing(v) || missing(i.Low[k]) || missing(i.High[k]) {
			continue
		}
		known++
		if v >= i.Low[k] && v <= i.High[k] {
			inside++
		}
	}
	return inside, known
}
