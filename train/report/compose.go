package report

import (
	"math"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// sheet is a figure laid out: where everything stands on a canvas of the given size.
type sheet struct {
	width, height float64
	head          string // title above all, for a picture that stands alone
	rows          []legendRow
	frames        []frame
	plots         []plotted
	names         []bool // whether a panel shows the name of its x axis
}

// legendRow is a line of the legend.
type legendRow struct {
	y       float64
	entries []placed
}

type placed struct {
	entry
	x float64
}

// compose lays the figure out: title, legend above the panels (so that it never covers data), panels.
func (f Figure) compose(width float64, alone bool) sheet {
	s := sheet{width: width}
	y := 4.0
	if alone {
		s.head = short(f.Title, int(width/9))
		y += 24
	}
	y = s.placeLegend(f.legend(), y)
	columns := 1
	if len(f.Panels) > 3 && width >= 600 {
		columns = 2
	}
	s.placePanels(f.Panels, columns, y)
	return s
}

const swatch = 26 // width of the legend's example of a line, with its margin

func (s *sheet) placeLegend(es []entry, y float64) float64 {
	x, row := 8.0, legendRow{}
	flush := func() {
		if len(row.entries) > 0 {
			row.y = y + 12
			s.rows = append(s.rows, row)
			y += 19
		}
		x, row = 8.0, legendRow{}
	}
	for _, e := range es {
		e.name = short(e.name, int((s.width-swatch-16)/7))
		w := swatch + letters(e.name, labelFace) + 16
		if x+w > s.width {
			flush()
		}
		row.entries = append(row.entries, placed{e, x})
		x += w
	}
	flush()
	return y + 4
}

// placePanels fills rows of the given number of columns; the panels of a column share their left edge.
func (s *sheet) placePanels(ps []Panel, columns int, y float64) {
	full := 250.0
	switch {
	case s.width < 600 && len(ps) > 1, len(ps) > 3:
		full = 150
	case len(ps) > 1:
		full = 200
	}
	if len(ps) == 2 && ps[1].Small {
		full = 250
	}
	wide := s.width / float64(columns)
	margin := make([]float64, columns)
	for i, p := range ps {
		s.plots = append(s.plots, p.plot(room{wide - 60, p.tall(full)}))
		for _, t := range s.plots[i].yticks {
			margin[i%columns] = math.Max(margin[i%columns], letters(t.label, tickFace))
		}
	}
	bottom := y
	for i, p := range ps {
		col := i % columns
		if col == 0 {
			y = bottom
		}
		s.plots[i].title = short(s.plots[i].title, int(wide/8))
		s.plots[i].yname = short(s.plots[i].yname, int(wide/7))
		s.plots[i].xname = short(s.plots[i].xname, int(wide/7))
		f := frame{left: float64(col)*wide + margin[col] + 12, right: float64(col+1)*wide - 14}
		f.top = y + 6 + s.plots[i].heading(f)
		f.bottom = f.top + p.tall(full)
		shared := i+columns < len(ps) && ps[i+columns].X == p.X
		s.frames, s.names = append(s.frames, f), append(s.names, !shared && s.plots[i].xname != "")
		bottom = math.Max(bottom, f.bottom+22)
		if s.names[i] {
			bottom = math.Max(bottom, f.bottom+38)
		}
	}
	s.height = math.Ceil(bottom + 4)
}

// tall gives the height of a panel's drawing area.
func (p Panel) tall(full float64) float64 {
	if p.Small {
		return math.Max(60, full*0.3)
	}
	return full
}

// heading gives the height of what stands above a panel's drawing area: title, name of the y axis, labels of marks.
// The last two share a row where they do not touch.
func (out *plotted) heading(f frame) float64 {
	rows := 0
	for _, used := range []bool{out.title != "", out.yname != ""} {
		if used {
			rows++
		}
	}
	end := f.left + letters(out.yname, tickFace) + 12
	for _, m := range out.pins {
		if m.label != "" && (out.yname == "" || m.center(f)-letters(m.label, labelFace)/2 < end) {
			out.raised = true
		}
	}
	if out.raised {
		rows++
	}
	return 16 * float64(rows)
}

// drawTo paints everything.
func (s sheet) drawTo(p painter) {
	if s.head != "" {
		p.text(xy{8, 20}, s.head, headFace, left)
	}
	for _, row := range s.rows {
		for _, e := range row.entries {
			switch {
			case e.field:
				p.cells(xy{e.x, row.y - 9}, xy{e.x + 20, row.y + 1}, ramp())
			case e.band > 0:
				for range e.band { // as dark as the band is where it lies on the wider ones
					p.area([]xy{{e.x, row.y - 9}, {e.x + 20, row.y - 9}, {e.x + 20, row.y + 1}, {e.x, row.y + 1}}, e.color)
				}
			default:
				p.line([]xy{{e.x, row.y - 4}, {e.x + 20, row.y - 4}}, dataPen, e.color)
			}
			p.text(xy{e.x + swatch, row.y}, e.name, labelFace, left)
		}
	}
	for i, f := range s.frames {
		out, y := s.plots[i], f.top-6
		if out.raised {
			y -= 16
		}
		if out.yname != "" {
			p.text(xy{f.left, y}, out.yname, tickFace, left)
			y -= 16
		}
		if out.title != "" {
			p.text(xy{f.left, y}, out.title, titleFace, left)
		}
		if s.names[i] {
			p.text(xy{(f.left + f.right) / 2, f.bottom + 32}, out.xname, tickFace, middle)
		}
		out.drawTo(p, f)
	}
}

// style gives the bundled font of a face: Liberation Sans, whose letters are as wide as Helvetica's and Arial's.
func (f face) style() text.Style {
	sty := text.Style{
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Length(sizes[f])},
		Handler: plot.DefaultTextHandler,
	}
	if f == titleFace || f == headFace {
		sty.Font.Weight = xfont.WeightBold
	}
	return sty
}

// letters measures a text.
func letters(s string, f face) float64 { return f.style().Width(s).Points() }
