package report

import (
	"fmt"
	"math"
)

// Figure is a picture as data: what is drawn, not how. Files, page and terminal are drawn from the same Figure.
type Figure struct {
	Name    string  // short name of the file it would have, such as "loss"
	Title   string  // what the picture shows
	Caption string  // what a reader should see in it; the page's caption and the alternative text
	Panels  []Panel // stacked when there are at most three, else in two columns
}

// Panel is one pair of axes and what is drawn in it.
type Panel struct {
	Title  string
	X, Y   Axis
	Fields []Field // drawn first
	Bands  []Band  // drawn before lines, widest first
	Lines  []Line  // drawn in order, the last on top
	Marks  []Mark
	Small  bool // a strip of about a third of the height, for what only accompanies (a learning rate)
}

// Axis says how the values of one direction are shown.
type Axis struct {
	Name  string // with its unit
	Log   bool   // logarithmic; values <= 0 count as missing
	Time  bool   // values are seconds since 1970, as [Seconds] gives; only for X
	Whole bool   // ticks at whole numbers only (epochs, steps)
	Zero  bool   // the axis reaches down to 0 (errors, which have a natural zero)
}

// Line is a sequence of points. A NaN in X or Y is a gap.
type Line struct {
	Name  string // the entry of the legend; lines of one name share an entry, none without a name
	Color Color
	X, Y  []float64 // [N] both
	Dots  bool      // a dot at each point, where there is room
}

// Band is the area between two lines, such as a prediction interval.
type Band struct {
	Name  string
	Color Color
	X     []float64 // [N]
	Low   []float64 // [N]
	High  []float64 // [N]
}

// Mark is a vertical rule with a label, and a dot at Y unless Y is NaN.
type Mark struct {
	X, Y  float64
	Label string
}

// Color chooses a colour and a dash pattern that stay apart for colour-blind readers and in grey.
type Color int

// The colours. Ink is for what was observed, Blue for the model; the others have dashed lines and are for what the
// model is compared with. Grey recedes.
const (
	Ink Color = iota
	Blue
	Vermilion
	Green
	Purple
	Orange
	Grey
	Sky
	Wine
	twins // of the contenders, in another dash
)

// contenders are the colours of things that are equal in rank; grey is left for what they are held against.
var contenders = [...]Color{Blue, Vermilion, Green, Purple, Orange, Ink, Sky, Wine}

// Contender gives the colour of the i-th of things that are equal in rank. After eight colours come eight lines of the same colours
// with other dashes; then they repeat.
func Contender(i int) Color {
	if i %= 2 * len(contenders); i >= len(contenders) {
		return twins + Color(i-len(contenders))
	}
	return contenders[i]
}

// others are given to baselines in this order.
var others = [...]Color{Vermilion, Green, Purple, Orange, Grey}

// Other gives the colour of the i-th thing that the model is compared with; it repeats after five.
func Other(i int) Color { return others[i%len(others)] }

// check finds slices of unequal lengths and colours that do not exist.
func (f Figure) check() error {
	if len(f.Panels) == 0 {
		return fmt.Errorf("report: figure %q has no panels: give it at least one", f.Title)
	}
	for _, p := range f.Panels {
		for _, g := range p.Fields {
			if err := g.check(p.Title); err != nil {
				return err
			}
		}
		for _, l := range p.Lines {
			if len(l.X) != len(l.Y) {
				return fmt.Errorf("report: line %q of panel %q has %d x and %d y values: give as many of each", l.Name, p.Title, len(l.X), len(l.Y))
			}
			if l.Color < Ink || int(l.Color) >= len(palette) {
				return fmt.Errorf("report: line %q of panel %q has colour %d: the colours are %d to %d", l.Name, p.Title, l.Color, Ink, len(palette)-1)
			}
		}
		for _, b := range p.Bands {
			if len(b.X) != len(b.Low) || len(b.X) != len(b.High) {
				return fmt.Errorf("report: band %q of panel %q has %d x, %d low and %d high values: give as many of each", b.Name, p.Title, len(b.X), len(b.Low), len(b.High))
			}
			if b.Color < Ink || int(b.Color) >= len(palette) {
				return fmt.Errorf("report: band %q of panel %q has colour %d: the colours are %d to %d", b.Name, p.Title, b.Color, Ink, len(palette)-1)
			}
		}
	}
	return nil
}

// entry is one line of the legend.
type entry struct {
	name  string
	color Color
	band  int  // 0 for a line; k for the k-th nested band, which is drawn over k-1 others
	field bool // the scale of a field's colours
}

// legend collects the names of all panels, fields before lines and bands after them, each once.
func (f Figure) legend() []entry {
	var es []entry
	seen := map[string]bool{}
	add := func(e entry) {
		if e.name != "" && !seen[e.name] {
			seen[e.name] = true
			es = append(es, e)
		}
	}
	for _, p := range f.Panels {
		for _, g := range p.Fields {
			if g.Name != "" {
				add(entry{name: g.Name + " from " + number(-g.limit()) + " to " + number(g.limit()), field: true})
			}
		}
		for _, l := range p.Lines {
			add(entry{name: l.Name, color: l.Color})
		}
	}
	for _, p := range f.Panels {
		for i, b := range p.Bands {
			add(entry{name: b.Name, color: b.Color, band: i + 1})
		}
	}
	return es
}

// missing tells whether a value cannot be drawn.
func missing(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }
