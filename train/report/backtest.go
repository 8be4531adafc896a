package report

import (
	"fmt"
	"sort"
)

// Figure draws the truth and as many forecasts as fit side by side without overlap, a panel for each of the first
// twelve targets. Forecasts are taken greedily from the left, so that the choice looks at no result.
func (b Backtest) Figure() (Figure, error) {
	if len(b.Targets) == 0 {
		return Figure{}, fmt.Errorf("report: backtest has no targets: give at least one")
	}
	n := len(b.Targets[0].Truth)
	x, axis, err := b.Clock.axis(n)
	if err != nil {
		return Figure{}, err
	}
	f := Figure{Name: "backtest", Title: "Rolling forecasts over the test part"}
	drawn := 0
	for i, t := range b.Targets {
		if err := t.check(n); err != nil {
			return Figure{}, err
		}
		if i < maxPanels {
			p, k := t.panel(x, axis, b.band())
			f.Panels, drawn = append(f.Panels, p), max(drawn, k)
		}
	}
	all := len(b.Targets[0].Paths)
	f.Caption = fmt.Sprintf("%s, each made with the data before it only.", plural(all, "forecast"))
	if drawn < all {
		f.Caption = fmt.Sprintf("%s of %s, chosen so that they do not overlap; each was made with the data before it only.", thousands(drawn), plural(all, "forecast"))
	}
	if len(b.Targets) == 1 {
		f.Panels[0].Title = ""
		if name := b.Targets[0].Name; name != "" {
			f.Title = "Rolling forecasts of " + name + " over the test part"
		}
	}
	if len(b.Targets) > maxPanels {
		f.Caption += fmt.Sprintf(" The first %d of %d targets are drawn.", maxPanels, len(b.Targets))
	}
	return f, nil
}

func (t BacktestTarget) check(n int) error {
	if len(t.Truth) != n {
		return fmt.Errorf("report: backtest of %q has %d rows of truth, the first target has %d: give all the same rows", t.Name, len(t.Truth), n)
	}
	for i, p := range t.Paths {
		if p.Start < 0 || p.Start+len(p.Mean) > n {
			return fmt.Errorf("report: path %d of %q covers rows %d to %d, the truth has %d: cut the path or lengthen the truth with NaN", i, t.Name, p.Start, p.Start+len(p.Mean)-1, n)
		}
		if len(p.Low) != len(p.High) || len(p.Low) != 0 && len(p.Low) != len(p.Mean) {
			return fmt.Errorf("report: path %d of %q has %d means, %d low and %d high ends: give as many of each, or no ends", i, t.Name, len(p.Mean), len(p.Low), len(p.High))
		}
	}
	return nil
}

// band is the legend's name of the intervals.
func (b Backtest) band() string {
	if b.Level > 0 {
		return percent(b.Level) + " interval"
	}
	return "interval"
}

// panel draws the truth and the chosen paths, and counts those.
func (t BacktestTarget) panel(x []float64, axis Axis, band string) (Panel, int) {
	p := Panel{Title: t.Name, X: axis, Y: Axis{Name: t.Unit}}
	p.Lines = []Line{{Name: "observed", Color: Ink, X: x, Y: t.Truth}}
	chosen := t.chosen()
	for _, path := range chosen {
		at := x[path.Start : path.Start+len(path.Mean)]
		if len(path.Low) > 0 {
			p.Bands = append(p.Bands, Band{Name: band, Color: Blue, X: at, Low: path.Low, High: path.High})
		}
		p.Lines = append(p.Lines, Line{Name: "forecast", Color: Blue, X: at, Y: path.Mean})
	}
	return p, len(chosen)
}

func (t BacktestTarget) chosen() []Path {
	paths := append([]Path(nil), t.Paths...)
	sort.SliceStable(paths, func(i, j int) bool { return paths[i].Start < paths[j].Start })
	var chosen []Path
	end := 0
	for _, p := range paths {
		if p.Start >= end && len(p.Mean) > 0 {
			chosen, end = append(chosen, p), p.Start+len(p.Mean)
		}
	}
	return chosen
}
