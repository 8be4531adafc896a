package report

import "math"

// point is a point in the unit square of a panel; NaN in either coordinate is a gap.
type point struct{ x, y float64 }

var gap = point{math.NaN(), math.NaN()}

func (p point) missing() bool { return missing(p.x) || missing(p.y) }

// thin keeps the least and the greatest point of each of at most n buckets of successive points, in their order, and
// the first and the last, so that the picture of the line is the same at a screen's resolution. A gap is kept where a
// whole bucket is missing.
func thin(ps []point, n int) []point {
	if len(ps) <= 4*n {
		return ps
	}
	kept := make([]point, 0, 2*n+2)
	for b := range n {
		lo, hi := b*len(ps)/n, (b+1)*len(ps)/n
		least, most := -1, -1
		for i := lo; i < hi; i++ {
			if ps[i].missing() {
				continue
			}
			if least < 0 || ps[i].y < ps[least].y {
				least = i
			}
			if most < 0 || ps[i].y > ps[most].y {
				most = i
			}
		}
		switch {
		case least < 0:
			kept = append(kept, gap)
		case least == most:
			kept = append(kept, ps[least])
		default:
			kept = append(kept, ps[min(least, most)], ps[max(least, most)])
		}
	}
	return append(append([]point{ps[0]}, kept...), ps[len(ps)-1])
}

// strip is one step of a band: x, low, high.
type strip struct{ x, low, high float64 }

func (s strip) missing() bool { return missing(s.x) || missing(s.low) || missing(s.high) }

// thinBand keeps of each bucket the middle x, the least low and the greatest high.
func thinBand(ss []strip, n int) []strip {
	if len(ss) <= 4*n {
		return ss
	}
	kept := make([]strip, 0, n+2)
	kept = append(kept, ss[0])
	for b := range n {
		lo, hi := b*len(ss)/n, (b+1)*len(ss)/n
		s := strip{math.NaN(), math.Inf(1), math.Inf(-1)}
		for _, e := range ss[lo:hi] {
			if !e.missing() {
				s = strip{e.x, math.Min(s.low, e.low), math.Max(s.high, e.high)}
			}
		}
		kept = append(kept, s)
	}
	return append(kept, ss[len(ss)-1])
}

// runs cuts a sequence at its gaps.
func runs[E interface{ missing() bool }](es []E) [][]E {
	var out [][]E
	start := -1
	for i, e := range es {
		if e.missing() {
			if start >= 0 {
				out = append(out, es[start:i])
			}
			start = -1
		} else if start < 0 {
			start = i
		}
	}
	if start >= 0 {
		out = append(out, es[start:])
	}
	return out
}
