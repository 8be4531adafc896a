package report

import "math"

// scale maps the values of an axis onto 0 to 1.
type scale struct {
	lo, hi float64
	log    bool
}

func (s scale) at(v float64) float64 {
	v = tame(v)
	if s.log {
		if v <= 0 {
			return math.NaN()
		}
		return (math.Log(v) - math.Log(s.lo)) / (math.Log(s.hi) - math.Log(s.lo))
	}
	return (v - s.lo) / (s.hi - s.lo)
}

// tame keeps differences finite and steps normal: no picture tells 1e300 from more, or 1e-300 from less.
func tame(v float64) float64 {
	switch {
	case missing(v):
		return math.NaN()
	case math.Abs(v) < 1e-300:
		return 0
	}
	return math.Max(-1e300, math.Min(1e300, v))
}

// extent finds the least and the greatest value that can be shown; without any, axes are drawn around nothing.
func extent(log bool, values [][]float64) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, vs := range values {
		for _, v := range vs {
			if v = tame(v); math.IsNaN(v) || log && v <= 0 {
				continue
			}
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
	}
	if math.IsInf(lo, 0) {
		return 0.1, 1
	}
	return lo, hi
}

// fit finds the scale that holds all values, with a margin (a fraction of the range) on either side.
func fit(a Axis, margin float64, values ...[]float64) scale {
	lo, hi := extent(a.Log, values)
	s := scale{lo, hi, a.Log}
	if s.log {
		if s.lo == s.hi {
			s.lo, s.hi = s.lo/2, s.hi*2
		}
		grow := math.Exp(margin * (math.Log(s.hi) - math.Log(s.lo)))
		return scale{s.lo / grow, s.hi * grow, true}
	}
	zero := a.Zero && s.lo >= 0
	if zero {
		s.lo = 0
	}
	if s.hi-s.lo <= 1e-12*math.Max(math.Abs(s.lo), math.Abs(s.hi)) || s.lo == s.hi {
		half := math.Max(0.05*math.Abs(s.hi), 1e-9)
		switch {
		case a.Time:
			half = day
		case a.Whole || s.hi == 0:
			half = math.Max(half, 1)
		}
		s.lo, s.hi = s.lo-half, s.hi+half
		return s
	}
	grow := margin * (s.hi - s.lo)
	if !zero {
		s.lo -= grow
	}
	s.hi += grow
	return s
}

// trace, area and pin are a line, a band and a mark in the unit square of their panel.
type trace struct {
	Line
	points []point
}

type area struct {
	Band
	strips []strip
}

type pin struct {
	x, y  float64
	label string
}

// plotted is a panel made ready for drawing: everything in the unit square, so that all ways of drawing agree.
type plotted struct {
	title, xname, yname string
	x, y                scale
	xticks, yticks      []tick // at fractions of the axis
	fields              []Field
	areas               []area
	traces              []trace
	pins                []pin
	raised              bool // the name of the y axis stands a row higher, above the labels of marks
}

// room is the size of a panel's drawing area.
type room struct{ width, height float64 }

// letter is the mean width of a letter of a tick's label.
const letter = 6.0

// plot lays a panel out.
func (p Panel) plot(r room) plotted {
	var xs, ys [][]float64
	for _, l := range p.Lines {
		xs, ys = append(xs, l.X), append(ys, l.Y)
	}
	for _, b := range p.Bands {
		xs, ys = append(xs, b.X), append(ys, b.Low, b.High)
	}
	for _, m := range p.Marks {
		xs, ys = append(xs, []float64{m.X}), append(ys, []float64{m.Y})
	}
	marginX, marginY := 0.015, 0.06
	for _, g := range p.Fields { // cells fill their axes
		x, y := g.edges()
		xs, ys, marginX, marginY = append(xs, x), append(ys, y), 0, 0
	}
	out := plotted{title: p.Title, xname: p.X.Name, yname: p.Y.Name, fields: p.Fields,
		x: fit(p.X, marginX, xs...), y: fit(p.Y, marginY, ys...)}
	buckets := int(r.width / 1.5) // two points each: finer than a screen shows
	for _, b := range p.Bands {
		out.areas = append(out.areas, area{b, thinBand(out.band(b), buckets)})
	}
	for _, l := range p.Lines {
		ps := make([]point, len(l.X))
		for i := range ps {
			ps[i] = point{out.x.at(l.X[i]), out.y.at(l.Y[i])}
		}
		out.traces = append(out.traces, trace{l, thin(ps, buckets)})
	}
	for _, m := range p.Marks {
		out.pins = append(out.pins, pin{out.x.at(m.X), out.y.at(m.Y), m.Label})
	}
	out.ticks(p, r)
	return out
}

// band maps a band; where low and high are crossed it is turned round, since an area has no sign.
func (out *plotted) band(b Band) []strip {
	ss := make([]strip, len(b.X))
	for i := range ss {
		lo, hi := out.y.at(b.Low[i]), out.y.at(b.High[i])
		ss[i] = strip{out.x.at(b.X[i]), math.Min(lo, hi), math.Max(lo, hi)}
	}
	return ss
}

// ticks chooses as many ticks as have room for their labels.
func (out *plotted) ticks(p Panel, r room) {
	ny := int(r.height / (5.5 * letter))
	out.yticks = valueTicks(out.y, max(2, min(ny, 7)), p.Y.Whole)
	for n := 10; n >= 1; n-- {
		context := ""
		var ts []tick
		if p.X.Time {
			ts, context = timeTicks(out.x.lo, out.x.hi, n)
		} else {
			ts = valueTicks(out.x, n, p.X.Whole)
		}
		letters := 0
		for _, t := range ts {
			letters += len([]rune(t.label)) + 4
		}
		if float64(letters)*letter <= r.width || n == 1 {
			out.xticks = ts
			if context != "" {
				out.xname += " (" + context + ")"
			}
			break
		}
	}
	for i := range out.xticks {
		out.xticks[i].at = out.x.at(out.xticks[i].at)
	}
	for i := range out.yticks {
		out.yticks[i].at = out.y.at(out.yticks[i].at)
	}
}

func valueTicks(s scale, n int, whole bool) []tick {
	if s.log {
		return logTicks(s.lo, s.hi, n)
	}
	return linearTicks(s.lo, s.hi, n, whole)
}
