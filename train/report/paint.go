package report

import "image"

// xy is a place on the canvas: right of its left edge, below its top edge.
type xy struct{ x, y float64 }

// pen is what a line is drawn with.
type pen int

const (
	gridPen pen = iota // light lines of the grid
	axisPen            // the base line of the axes
	rulePen            // the dashed rule of a mark
	dataPen            // data; the colour says which
)

// face is a way of lettering.
type face int

const (
	tickFace  face = iota // labels of ticks, names of axes
	labelFace             // legend, marks
	titleFace             // title of a panel
	headFace              // title of a picture that stands alone
)

// sizes of the faces.
var sizes = [...]float64{tickFace: 11, labelFace: 12, titleFace: 12.5, headFace: 15}

// anchor says which part of a text stands at its place.
type anchor int

const (
	left anchor = iota
	middle
	right
)

// painter draws on a file's canvas or writes the SVG of a page. Lines and areas hold no gaps.
type painter interface {
	line(ps []xy, p pen, c Color)
	area(ps []xy, c Color)
	cells(a, b xy, m *image.Paletted) // pixels without smoothing, from their upper left corner to their lower right
	dot(p xy, radius float64, c Color)
	text(p xy, s string, f face, a anchor) // p is on the base line
}

// frame is the place of a panel's drawing area.
type frame struct{ left, top, right, bottom float64 }

func (f frame) at(p point) xy {
	return xy{f.left + p.x*(f.right-f.left), f.bottom - p.y*(f.bottom-f.top)}
}

// drawTo paints a panel into its frame.
func (out plotted) drawTo(p painter, f frame) {
	for _, g := range out.fields {
		out.drawField(p, f, g)
	}
	for _, t := range out.yticks {
		y := f.at(point{0, t.at}).y
		p.line([]xy{{f.left, y}, {f.right, y}}, gridPen, Grey)
		p.text(xy{f.left - 6, y + 4}, t.label, tickFace, right)
	}
	for _, t := range out.xticks {
		x := f.at(point{t.at, 0}).x
		p.line([]xy{{x, f.top}, {x, f.bottom}}, gridPen, Grey)
		inside := f.right + 12 - letters(t.label, tickFace)/2 // a long label at the end stays on the canvas
		p.text(xy{min(x, inside), f.bottom + 15}, t.label, tickFace, middle)
	}
	p.line([]xy{{f.left, f.bottom}, {f.right, f.bottom}}, axisPen, Grey)
	for _, a := range out.areas {
		for _, run := range runs(a.strips) {
			a.drawRun(p, f, run)
		}
	}
	for _, m := range out.pins {
		out.drawPin(p, f, m)
	}
	for _, t := range out.traces {
		t.drawTo(p, f)
	}
	for _, m := range out.pins {
		if !missing(m.y) && !missing(m.x) {
			p.dot(f.at(point{m.x, m.y}), 4.5, Vermilion)
		}
	}
}

// drawRun fills the area between the ends; a single step becomes a bar.
func (a area) drawRun(p painter, f frame, run []strip) {
	if len(run) == 1 {
		s, half := run[0], 4/(f.right-f.left)
		run = []strip{{s.x - half, s.low, s.high}, {s.x + half, s.low, s.high}}
	}
	ps := make([]xy, 0, 2*len(run))
	for _, s := range run {
		ps = append(ps, f.at(point{s.x, s.high}))
	}
	for i := len(run) - 1; i >= 0; i-- {
		ps = append(ps, f.at(point{run[i].x, run[i].low}))
	}
	p.area(ps, a.Color)
}

func (out plotted) drawPin(p painter, f frame, m pin) {
	if missing(m.x) {
		return
	}
	at := f.at(point{m.x, 0})
	p.line([]xy{{at.x, f.top}, {at.x, f.bottom}}, rulePen, Grey)
	p.text(xy{m.center(f), f.top - 5}, m.label, labelFace, middle)
}

// center keeps a mark's label within the frame.
func (m pin) center(f frame) float64 {
	half := letters(m.label, labelFace) / 2
	return max(f.left+half, min(f.at(point{m.x, 0}).x, f.right-half))
}

// drawTo draws the runs between gaps; a lonely point becomes a dot, since a line of one point is not seen.
func (t trace) drawTo(p painter, f frame) {
	for _, run := range runs(t.points) {
		ps := make([]xy, len(run))
		for i, q := range run {
			ps[i] = f.at(q)
		}
		if len(ps) > 1 {
			p.line(ps, dataPen, t.Color)
		}
		if len(ps) == 1 || t.Dots {
			for _, q := range ps {
				p.dot(q, 2.2, t.Color)
			}
		}
	}
}
