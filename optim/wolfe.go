package optim

import "math"

// trial is a point of a line search: the step t, the loss f there, its slope along the line, and the number of the slot
// that holds the gradient there.
type trial struct {
	t, f, slope float64
	g           int
}

// wolfe searches for a step that lowers the loss enough and flattens the slope enough, the strong Wolfe conditions (Nocedal & Wright
// 2006, "Numerical optimization", algorithms 3.5 and 3.6), by cubic interpolation between two ends, with the safeguards of
// Schmidt's minFunc that PyTorch has as well:
//
//	f(t) <= f(0) + c1 t f'(0),   |f'(t)| <= c2 |f'(0)|
type wolfe struct {
	evaluate func(t float64, g int) (trial, error)
	slots    [4]int  // for gradients
	length   float64 // of the longest part of the direction
	least    float64 // length of step below which a bracket is not cut further
	start    trial
	most     int // evaluations after the first
	tries    int // evaluations so far
}

const (
	wolfeC1 = 1e-4
	wolfeC2 = 0.9
)

// search returns the best trial; t is tried first.
func (w *wolfe) search(start trial, t float64) (trial, error) {
	w.start, w.tries = start, 0
	before := start
	now, err := w.try(t, start, start)
	if err != nil {
		return start, err
	}
	for i := range w.most {
		switch {
		case !w.lowers(now), i > 1 && now.f >= before.f, now.slope >= 0 && !w.flattens(now):
			return w.zoom([2]trial{before, now}, i)
		case w.flattens(now):
			return now, nil
		}
		t := cubic(before, now, now.t+0.01*(now.t-before.t), 10*now.t)
		next, err := w.try(t, before, now)
		if err != nil {
			return start, err
		}
		before, now = now, next
	}
	if now.f < start.f {
		return now, nil
	}
	return start, nil
}

func (w *wolfe) lowers(p trial) bool   { return p.f <= w.start.f+wolfeC1*p.t*w.start.slope }
func (w *wolfe) flattens(p trial) bool { return math.Abs(p.slope) <= -wolfeC2*w.start.slope }

// try evaluates a step into a slot that none of the kept trials uses. A loss that is not finite counts as infinite.
func (w *wolfe) try(t float64, a, b trial) (trial, error) {
	g := 0
	for _, s := range w.slots {
		if s != w.start.g && s != a.g && s != b.g {
			g = s
		}
	}
	p, err := w.evaluate(t, g)
	if p.f-p.f != 0 || p.slope-p.slope != 0 {
		p.f, p.slope = math.Inf(1), math.Inf(1)
	}
	w.tries++
	return p, err
}

// zoom narrows a bracket that holds such a step.
func (w *wolfe) zoom(b [2]trial, tries int) (trial, error) {
	low, high := order(b)
	stuck := false
	for ; tries < w.most; tries++ {
		if math.Abs(b[1].t-b[0].t)*w.length < w.least {
			break
		}
		from, to := min(b[0].t, b[1].t), max(b[0].t, b[1].t)
		t := cubic(b[0], b[1], from, to)
		// A step next to an end twice running, or at it, makes no progress: go a tenth in.
		edge := 0.1 * (to - from)
		switch close := min(to-t, t-from) < edge; {
		case close && (stuck || t >= to || t <= from):
			if math.Abs(t-to) < math.Abs(t-from) {
				t = to - edge
			} else {
				t = from + edge
			}
			stuck = false
		default:
			stuck = close
		}
		p, err := w.try(t, b[0], b[1])
		if err != nil {
			return w.start, err
		}
		switch {
		case !w.lowers(p) || p.f >= b[low].f:
			b[high] = p
			low, high = order(b)
			continue
		case w.flattens(p):
			return p, nil
		case p.slope*(b[high].t-b[low].t) >= 0:
			b[high] = b[low]
		}
		b[low] = p
	}
	return b[low], nil
}

// order tells which end of a bracket is the lower.
func order(b [2]trial) (low, high int) {
	if b[0].f <= b[1].f {
		return 0, 1
	}
	return 1, 0
}

// cubic is the minimum of the cubic through two trials with their slopes, within bounds; their middle if there is none.
func cubic(a, b trial, low, high float64) float64 {
	if a.t > b.t {
		a, b = b, a
	}
	d1 := a.slope + b.slope - 3*(a.f-b.f)/(a.t-b.t)
	square := d1*d1 - a.slope*b.slope
	if !(square >= 0) || math.IsInf(square, 1) {
		return (low + high) / 2
	}
	d2 := math.Sqrt(square)
	t := b.t - (b.t-a.t)*((b.slope+d2-d1)/(b.slope-a.slope+2*d2))
	if math.IsNaN(t) {
		return (low + high) / 2
	}
	return min(max(t, low), high)
}
