package report

import (
	"fmt"
	"math"
)

// Figure draws training and validation loss by epoch, the kept epoch marked, the learning rate in a strip below.
// The axis is logarithmic when all losses are positive and the largest is more than ten times the smallest.
func (l Learning) Figure() (Figure, error) {
	n := len(l.Train)
	for _, s := range []struct {
		name string
		got  int
	}{{"epochs", len(l.Epoch)}, {"validation losses", len(l.Valid)}, {"learning rates", len(l.Rate)}} {
		if s.got != 0 && s.got != n {
			return Figure{}, fmt.Errorf("report: learning has %d training losses and %d %s: give one an epoch, or none", n, s.got, s.name)
		}
	}
	if l.Best >= n && n > 0 {
		return Figure{}, fmt.Errorf("report: best epoch has index %d, but there are %d epochs: count from 0, or give -1 for none", l.Best, n)
	}
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(i + 1)
		if l.Epoch != nil {
			x[i] = float64(l.Epoch[i])
		}
	}
	epoch := Axis{Name: "epoch", Whole: true}
	p := Panel{X: epoch, Y: Axis{Name: or(l.Loss, "loss"), Log: wide(l.Train, l.Valid)}}
	p.Lines = append(p.Lines, Line{Name: "training", Color: Ink, X: x, Y: l.Train, Dots: n <= 60})
	judged, part := l.Train, "Training"
	if l.Valid != nil {
		p.Lines = append(p.Lines, Line{Name: "validation", Color: Blue, X: x, Y: l.Valid, Dots: n <= 60})
		judged, part = l.Valid, "Validation"
	}
	f := Figure{Name: "loss", Title: "Loss by epoch", Caption: fmt.Sprintf("%s loss over %s.", part, plural(n, "epoch"))}
	if l.Best >= 0 && n > 0 {
		p.Marks = []Mark{{X: x[l.Best], Y: judged[l.Best], Label: fmt.Sprintf("kept: epoch %.0f", x[l.Best])}}
		f.Caption = fmt.Sprintf("%s loss over %s. The weights of epoch %.0f, with %s, were kept.", part, plural(n, "epoch"), x[l.Best], number(judged[l.Best]))
	}
	if p.Y.Log {
		f.Caption += " The axis of the loss is logarithmic."
	}
	f.Panels = []Panel{p}
	if l.Rate != nil {
		f.Panels = append(f.Panels, Panel{Small: true, X: epoch, Y: Axis{Name: "rate", Log: wide(l.Rate)},
			Lines: []Line{{Name: "learning rate", Color: Green, X: x, Y: l.Rate}}})
	}
	return f, nil
}

// wide tells whether the values are positive and span more than a factor of ten.
func wide(values ...[]float64) bool {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, vs := range values {
		for _, v := range vs {
			if v = tame(v); !missing(v) {
				lo, hi = math.Min(lo, v), math.Max(hi, v)
			}
		}
	}
	return lo > 0 && hi > 10*lo
}

// or gives the first text unless it is empty.
func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// plural counts things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return thousands(n) + " " + thing + "s"
}
