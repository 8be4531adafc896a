package report

import "fmt"

// Figure draws the error of the model and of the baselines by forecast step.
func (h Horizon) Figure() (Figure, error) {
	n := len(h.Model.Values)
	step := or(h.Step, "step")
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(i + 1)
	}
	p := Panel{X: Axis{Name: step + "s ahead", Whole: true}, Y: Axis{Name: or(h.Metric, "error"), Zero: true}}
	for i, b := range h.Baselines {
		if len(b.Values) != n {
			return Figure{}, fmt.Errorf("report: baseline %q has errors of %d steps, the model of %d: give one a step", b.Name, len(b.Values), n)
		}
		p.Lines = append(p.Lines, Line{Name: b.Name, Color: Other(i), X: x, Y: b.Values, Dots: n <= 48})
	}
	model := Line{Name: or(h.Model.Name, "model"), Color: Blue, X: x, Y: h.Model.Values, Dots: n <= 48}
	p.Lines = append(p.Lines, model) // last: on top
	f := Figure{Name: "horizon", Title: "Error by forecast step", Panels: []Panel{p}}
	if wins, ranked := h.wins(); ranked > 0 {
		f.Caption = fmt.Sprintf("%s has the smallest error at %d of %s.", model.Name, wins, plural(ranked, step))
	}
	return f, nil
}

// wins counts the steps at which the model is not worse than any baseline, of those where there is one.
func (h Horizon) wins() (wins, ranked int) {
	for i, v := range h.Model.Values {
		least, some := true, false
		for _, b := range h.Baselines {
			if !missing(b.Values[i]) {
				some, least = true, least && v <= b.Values[i]
			}
		}
		if !some || missing(v) {
			continue
		}
		ranked++
		if least {
			wins++
		}
	}
	return wins, ranked
}
