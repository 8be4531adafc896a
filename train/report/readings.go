package report

import (
	"math"
	"slices"
	"strconv"
)

// readings are the values of a panel by place, for the reader who points at it and for the table below it.
type readings struct {
	Axis   string    `json:"-"`
	At     []float64 `json:"at"`     // fraction of the x axis
	Labels []string  `json:"labels"` // the place in words
	Series []reading `json:"series"`
}

type reading struct {
	Name  string   `json:"name"`
	Color Color    `json:"color"`
	Texts []string `json:"texts"` // one a place; empty where there is nothing
}

// Places beyond these numbers are left out of what the pointer finds, and make a table too long to be of use.
const (
	maxPointed = 500
	maxRows    = 240
)

// places gives the x of all lines and bands, ascending, each once. With derived, only those where something other
// than what was observed has a value.
func (p Panel) places(derived bool) []float64 {
	var xs []float64
	for _, l := range p.Lines {
		for i, x := range l.X {
			if !missing(x) && (!derived || l.Color != Ink && !missing(l.Y[i])) {
				xs = append(xs, x)
			}
		}
	}
	for _, b := range p.Bands {
		for i, x := range b.X {
			if !missing(x) && !missing(b.Low[i]) {
				xs = append(xs, x)
			}
		}
	}
	slices.Sort(xs)
	return slices.Compact(xs)
}

// unit is the least distance of neighbouring places: dates are written as fine as that.
func unit(xs []float64) float64 {
	if len(xs) < 2 {
		return 0
	}
	least := math.Inf(1)
	for i := 1; i < len(xs); i++ {
		least = math.Min(least, xs[i]-xs[i-1])
	}
	return least
}

// read writes the values at the given places.
func (p Panel) read(xs []float64, unit float64) readings {
	place := make(map[float64]int, len(xs))
	for i, x := range xs {
		place[x] = i
	}
	r := readings{Axis: p.X.Name, At: xs, Labels: p.X.words(xs, unit)}
	write := p.writer()
	for _, l := range p.Lines {
		r.add(l.Name, l.Color, place, l.X, func(i int) string {
			if missing(l.Y[i]) {
				return ""
			}
			return write(l.Y[i])
		})
	}
	for _, b := range p.Bands {
		r.add(b.Name, b.Color, place, b.X, func(i int) string {
			if missing(b.Low[i]) || missing(b.High[i]) {
				return ""
			}
			return write(b.Low[i]) + " to " + write(b.High[i])
		})
	}
	return r
}

// writer gives all values of a panel as many decimals as give the greatest four significant digits; on a logarithmic
// axis each value has its own, since the small ones matter as much.
func (p Panel) writer() func(float64) string {
	greatest := 0.0
	note := func(vs []float64) {
		for _, v := range vs {
			if !missing(v) {
				greatest = math.Max(greatest, math.Abs(v))
			}
		}
	}
	for _, l := range p.Lines {
		note(l.Y)
	}
	for _, b := range p.Bands {
		note(b.Low)
		note(b.High)
	}
	if p.Y.Log || greatest >= 1e6 || greatest < 1e-3 {
		return number
	}
	decimals := max(0, 3-int(math.Floor(math.Log10(greatest))))
	return func(v float64) string { return signed(strconv.FormatFloat(math.Abs(v), 'f', decimals, 64), v) }
}

// add enters the values at the chosen places under a name; lines of the same name share a series.
func (r *readings) add(name string, c Color, place map[float64]int, xs []float64, text func(int) string) {
	if name == "" {
		return
	}
	k := slices.IndexFunc(r.Series, func(s reading) bool { return s.Name == name })
	if k < 0 {
		k = len(r.Series)
		r.Series = append(r.Series, reading{name, c, make([]string, len(r.At))})
	}
	for i, x := range xs {
		if at, ok := place[x]; ok {
			if s := text(i); s != "" {
				r.Series[k].Texts[at] = s
			}
		}
	}
}

// words writes places.
func (a Axis) words(xs []float64, unit float64) []string {
	out := make([]string, len(xs))
	for i, x := range xs {
		if a.Time {
			out[i] = moment(x, unit)
		} else {
			out[i] = number(x)
		}
	}
	return out
}

// pointed is what the pointer finds: at most maxPointed places, as fractions of the axis.
func (p Panel) pointed(s scale) readings {
	all := p.places(false)
	stride := max((len(all)+maxPointed-1)/maxPointed, 1)
	var xs []float64
	for i := 0; i < len(all); i += stride {
		xs = append(xs, all[i])
	}
	r := p.read(xs, unit(all))
	if !p.X.Time && p.X.Name != "" {
		for i, label := range r.Labels {
			r.Labels[i] = p.X.Name + ": " + label
		}
	}
	r.At = make([]float64, len(xs))
	for i, x := range xs {
		if at := s.at(x); !missing(at) { // JSON has no NaN, which a place off a logarithmic axis gives
			r.At[i] = math.Round(at*1e5) / 1e5
		}
	}
	return r
}

// table is what a table shows: the places where something was computed, or all where nothing was. It is empty when it
// would be too long.
func (p Panel) table() readings {
	xs := p.places(true)
	if len(xs) == 0 {
		xs = p.places(false)
	}
	if len(xs) > maxRows {
		return readings{}
	}
	return p.read(xs, unit(p.places(false)))
}
