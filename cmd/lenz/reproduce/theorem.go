package reproduce

import (
	"math"

	"lenz/train/report"
)

// guaranteed is the number of random patterns in d dimensions that a modern Hopfield network stores with the chance 1 - p by theorem 3 of
// Ramsauer et al. 2021, sqrt(p) c^((d-1)/4), with
//
//	c = b / W0(exp(a + ln b)), a = 2/(d-1) (1 + ln(2 beta K^2 p (d-1))), b = 2 K^2 beta / 5
func guaranteed(d, beta, k, p float64) (patterns, c float64) {
	a := 2 / (d - 1) * (1 + math.Log(2*beta*k*k*p*(d-1)))
	b := 2 * k * k * beta / 5
	c = b / lambert(math.Exp(a+math.Log(b)))
	return math.Sqrt(p) * math.Pow(c, (d-1)/4), c
}

// lambert is the upper branch W0 of Lambert's function, w e^w = x for x > 0, by Newton's method.
func lambert(x float64) float64 {
	w := math.Log1p(x)
	for range 50 {
		e := math.Exp(w)
		w -= (w*e - x) / (e * (w + 1))
	}
	return w
}

// growthPanel draws how many patterns are all retrieved by dimension: at least those found, beside the theorem's guarantee and what a
// classical network holds. found are the largest numbers of which all were retrieved, by dimension;
// checked is the number that is held against the theorem.
func growthPanel(dims []int, found []float64, checked int) report.Panel {
	p := report.Panel{X: report.Axis{Name: "dimension d"}, Y: report.Axis{Name: "patterns stored", Log: true}}
	theory := func(d float64) float64 {
		n, _ := guaranteed(d, sphereBeta, sphereK, theoremP)
		return n
	}
	line := report.Line{Name: "all of so many retrieved, at least", Color: report.Ink, Dots: true}
	for k, d := range dims {
		if found[k] > 0 {
			line.X, line.Y = append(line.X, float64(d)), append(line.Y, found[k])
		}
	}
	p.Lines = []report.Line{
		report.Curve("guaranteed by the theorem", report.Purple, float64(dims[0]), 30, theory),
		report.Curve("classical network, 0.138 d", report.Grey, float64(dims[0]), 30, func(d float64) float64 { return 0.138 * d }),
		line,
	}
	p.Marks = []report.Mark{{X: theoremD, Y: float64(checked), Label: "checked"}}
	return p
}

// levels are horizontal lines across a panel, what theory says of its values.
func levels(names []string, values []float64, from, to float64) []report.Line {
	var all []report.Line
	for k, v := range values {
		all = append(all, report.Line{Name: names[k], Color: report.Other(k), X: []float64{from, to}, Y: []float64{v, v}})
	}
	return all
}
