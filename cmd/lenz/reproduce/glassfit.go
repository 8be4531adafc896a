package reproduce

import (
	"fmt"
	"math"

	"lenz/internal/plusminus"
	"lenz/models/spin"
	"lenz/train/report"
)

// overlapMoments are averages over samples at one temperature: of q^2, of q^4, and of |q(k)|^2 at the smallest wave vector.
type overlapMoments struct{ q2, q4, wave float64 }

// u4 is [<q^4>]/[<q^2>]^2.
func (m overlapMoments) u4() float64 { return m.q4 / (m.q2 * m.q2) }

// length is xi/L with the second-moment length xi = sqrt(chi(0)/chi(k) - 1)/(2 sin(k/2)), k = 2 pi/L.
func (m overlapMoments) length(size int) float64 {
	l := float64(size)
	return math.Sqrt(math.Max(0, m.q2/m.wave-1)) / (2 * math.Sin(math.Pi/l) * l)
}

// glassMoments are those of a size at the measured temperatures, in the second quarter of a run and in its second half.
type glassMoments struct {
	size         int
	before, last []overlapMoments
}

// plus adds w times those of another group.
func (g glassMoments) plus(w float64, h glassMoments) glassMoments {
	add := func(a, b []overlapMoments) []overlapMoments {
		out := make([]overlapMoments, len(b))
		copy(out, a)
		for k, m := range b {
			out[k] = overlapMoments{out[k].q2 + w*m.q2, out[k].q4 + w*m.q4, out[k].wave + w*m.wave}
		}
		return out
	}
	return glassMoments{h.size, add(g.before, h.before), add(g.last, h.last)}
}

// u4 is that of the second half at place k of the ladder.
func (g glassMoments) u4(k int) float64 { return g.last[k].u4() }

// curve is a cubic in T - T_c through a quantity at the fitted temperatures. They are five, and the errors of one size so correlated that
// weights would be of no use.
func (g glassMoments) curve(of func(overlapMoments) float64) []float64 {
	s := sizeCurve{x: glassLadder[:glassFitted], e: []float64{1, 1, 1, 1, 1}}
	var y []float64
	for _, m := range g.last[:glassFitted] {
		y = append(y, of(m))
	}
	c, err := s.polynomial(y, 3, glassTcPublished)
	if err != nil {
		return []float64{nan}
	}
	return c
}

// criticalTemperature is where xi/L has its published critical value.
func (g glassMoments) criticalTemperature() float64 {
	c := g.curve(func(m overlapMoments) float64 { return m.length(g.size) })
	return meetInLadder(c, []float64{glassXiPublished})
}

// meeting is where U4 of two sizes is the same.
func (g glassMoments) meeting(h glassMoments) float64 {
	return meetInLadder(g.curve(overlapMoments.u4), h.curve(overlapMoments.u4))
}

func meetInLadder(a, b []float64) float64 {
	return meet(a, b, glassLadder[0]-glassTcPublished, glassLadder[glassFitted-1]-glassTcPublished) + glassTcPublished
}

// glassRun is what was sampled of a size: groups of 512 samples. Samples of a group share random numbers, groups are independent.
type glassRun struct {
	plan   glassPlan
	groups []glassMoments
}

// glassRuns are sizes, ascending.
type glassRuns []*glassRun

// jackknife is the value of f of the means over groups of each size, and its error from leaving out one group after the other, which
// knows that all temperatures of a size were sampled together.
func (all glassRuns) jackknife(f func(m []glassMoments) float64) (value, err float64) {
	sums, means := make([]glassMoments, len(all)), make([]glassMoments, len(all))
	for i, run := range all {
		for _, g := range run.groups {
			sums[i] = sums[i].plus(1, g)
		}
		means[i] = glassMoments{}.plus(1/float64(len(run.groups)), sums[i])
	}
	value = f(means)
	total := 0.0
	for i, run := range all {
		n, whole, sum, square := float64(len(run.groups)), means[i], 0.0, 0.0
		for _, g := range run.groups {
			means[i] = glassMoments{}.plus(1/(n-1), sums[i].plus(-1, g))
			d := f(means) - value
			sum, square = sum+d, square+d*d
		}
		means[i] = whole
		total += (n - 1) / n * (square - sum*sum/n)
	}
	return value, math.Sqrt(math.Max(0, total))
}

// extrapolation is a quantity of each size, over L^-exponent, and the line through it.
type extrapolation struct {
	sizeCurve
	exponent   float64
	at, err    float64 // for L to infinity
	slope, chi float64 // chi^2 of the line
}

// extrapolate fits a + b L^-exponent, by the errors of the sizes. That of a includes the error of the exponent.
func (all glassRuns) extrapolate(of func(glassMoments) float64, exponent, uncertain float64) (extrapolation, error) {
	out := extrapolation{exponent: exponent}
	for i, run := range all {
		y, e := all[i : i+1].jackknife(func(m []glassMoments) float64 { return of(m[0]) })
		if math.IsNaN(y) || !(e > 0) {
			return out, fmt.Errorf("the quantity to extrapolate is %[2]v +- %[3]v for L = %[1]d: it must lie within the sampled temperatures", run.plan.size, y, e)
		}
		out.x, out.y, out.e = append(out.x, math.Pow(float64(run.plan.size), -exponent)), append(out.y, y), append(out.e, e)
	}
	line, err := out.polynomial(out.y, 1, 0)
	if err != nil {
		return out, err
	}
	out.at, out.slope = line[0], line[1]
	for i, x := range out.x {
		d := (out.y[i] - valueOf(line, x)) / out.e[i]
		out.chi += d * d
	}
	moved := [2]float64{}
	for i, shift := range []float64{-uncertain, uncertain} {
		other := sizeCurve{e: out.e}
		for _, run := range all {
			other.x = append(other.x, math.Pow(float64(run.plan.size), -exponent-shift))
		}
		line, err := other.polynomial(out.y, 1, 0)
		if err != nil {
			return out, err
		}
		moved[i] = line[0]
	}
	out.err = math.Hypot(out.intercept(), (moved[1]-moved[0])/2)
	return out, nil
}

// table shows each size.
func (all glassRuns) table() []string {
	rows := []string{fmt.Sprintf("%3s %8s %7s %19s %19s %19s %22s", "L", "samples", "sweeps", "U4 at 1.1019", "xi/L at 1.1019", "T at xi/L = 0.6516", "U4, last half - before")}
	for i, run := range all {
		row := fmt.Sprintf("%3d %8d %7d", run.plan.size, len(run.groups)*spin.Systems, run.plan.sweeps)
		for k, f := range []func(m glassMoments) float64{
			func(m glassMoments) float64 { return m.u4(glassAtTc) },
			func(m glassMoments) float64 { return m.last[glassAtTc].length(m.size) },
			glassMoments.criticalTemperature,
			glassMoments.drift,
		} {
			v, e := all[i : i+1].jackknife(func(m []glassMoments) float64 { return f(m[0]) })
			row += fmt.Sprintf(" %*s", []int{19, 19, 19, 22}[k], plusminus.Text(v, e))
		}
		rows = append(rows, row)
	}
	return rows
}

// drift is the change of U4 at the published T_c from the second quarter of a run to its second half: 0 in equilibrium.
func (g glassMoments) drift() float64 { return g.u4(glassAtTc) - g.before[glassAtTc].u4() }

func (all glassRuns) figure(u4, tc extrapolation) report.Figure {
	colors := []report.Color{report.Green, report.Purple, report.Orange, report.Blue}
	quantity := func(name string, published float64, of func(m glassMoments, k int) float64) report.Panel {
		p := report.Panel{X: report.Axis{Name: "temperature"}, Y: report.Axis{Name: name}}
		for i, run := range all {
			c := sizeCurve{x: glassLadder[:glassMeasured]}
			for k := range c.x {
				y, e := all[i : i+1].jackknife(func(m []glassMoments) float64 { return of(m[0], k) })
				c.y, c.e = append(c.y, y), append(c.e, e)
			}
			p.Bands = append(p.Bands, bars("", colors[i], c.x, c.y, c.e))
			p.Lines = append(p.Lines, report.Line{Name: fmt.Sprintf("L = %d", run.plan.size), Color: colors[i], X: c.x, Y: c.y, Dots: true})
		}
		p.Marks = []report.Mark{{X: glassTcPublished, Y: nan, Label: "published T_c"}, {X: glassTcPublished, Y: published}}
		return p
	}
	towards := func(name, x string, published float64, e extrapolation) report.Panel {
		return report.Panel{X: report.Axis{Name: x, Zero: true}, Y: report.Axis{Name: name},
			Bands: []report.Band{bars("one standard error", report.Blue, e.x, e.y, e.e)},
			Lines: []report.Line{
				report.Curve("fit", report.Vermilion, 0, e.x[0], func(x float64) float64 { return e.at + e.slope*x }),
				{Name: "sampled", Color: report.Blue, X: e.x, Y: e.y, Dots: true},
			},
			Marks: []report.Mark{{X: 0, Y: published, Label: "published"}}}
	}
	return report.Figure{Name: "glass", Title: "Moments of the overlap of the cubic ±J spin glass",
		Caption: fmt.Sprintf("U4 for large lattices at T = %.4f: %s; T_c where xi/L = %.4f: %s. Sizes of the literature reach 40.",
			glassTcPublished, plusminus.Text(u4.at, u4.err), glassXiPublished, plusminus.Text(tc.at, tc.err)),
		Panels: []report.Panel{
			quantity("U4 = <q^4>/<q^2>^2", glassU4Published, func(m glassMoments, k int) float64 { return m.u4(k) }),
			quantity("xi/L", glassXiPublished, func(m glassMoments, k int) float64 { return m.last[k].length(m.size) }),
			towards("U4 at the published T_c", "L^-1.12", glassU4Published, u4),
			towards("T where xi/L = 0.6516", "L^-1.51", glassTcPublished, tc),
		}}
}
