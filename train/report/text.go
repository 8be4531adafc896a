package report

import (
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

// TextOptions are the size and the characters of a plot on a terminal.
type TextOptions struct {
	Width, Height int  // in characters, axes and one line of legend included; 0 = 72 by 14
	ASCII         bool // only characters of ASCII, for terminals without Braille
}

// Glyphs of the lines other than Ink, which is drawn with Braille dots (ASCII: dots).
var (
	unicodeGlyphs = [...]rune{Ink: '⠒', Blue: '●', Vermilion: '+', Green: 'x', Purple: '*', Orange: '=', Grey: '-', Sky: '%', Wine: '#',
		twins: 'A', twins + 1: 'B', twins + 2: 'C', twins + 3: 'D', twins + 4: 'E', twins + 5: 'F', twins + 6: 'G', twins + 7: 'H'}
	asciiGlyphs = [...]rune{Ink: '.', Blue: 'o', Vermilion: '+', Green: 'x', Purple: '*', Orange: '=', Grey: '-', Sky: '%', Wine: '#',
		twins: 'A', twins + 1: 'B', twins + 2: 'C', twins + 3: 'D', twins + 4: 'E', twins + 5: 'F', twins + 6: 'G', twins + 7: 'H'}
)

// raster is a drawing of characters.
type raster struct {
	cells [][]rune
	dots  [][]rune // the Braille dots of a cell, of 2 by 4
	ascii bool
}

// Text writes the first panel with characters: what was observed as a fine line, everything else with a glyph of its
// own, bands as shade, the legend below. Control characters in names are taken out, so that data cannot steer the
// terminal.
func (f Figure) Text(w io.Writer, o TextOptions) error {
	if err := f.check(); err != nil {
		return err
	}
	width, height := max(orInt(o.Width, 72), 24), max(orInt(o.Height, 14), 5)
	p := f.Panels[0]
	rows := height - 2                                                  // the x axis and the legend
	out := p.plot(room{float64(width-10) * letter, float64(rows) * 18}) // ticks as dense as three lines
	margin := 0
	for i := range out.yticks {
		margin = max(margin, utf8.RuneCountInString(out.yticks[i].label))
	}
	columns := max(width-margin-2, 8)
	r := newRaster(columns, rows, o.ASCII)
	r.draw(out)
	labels := make([]string, rows)
	for _, t := range out.yticks {
		labels[r.row(t.at)] = t.label
	}
	var b strings.Builder
	edge := map[bool]string{false: "┤", true: "|"}[o.ASCII]
	for i := range rows {
		fmt.Fprintf(&b, "%s%s%s%s\n", strings.Repeat(" ", margin-utf8.RuneCountInString(labels[i])), labels[i], edge, strings.TrimRight(r.line(i), " "))
	}
	fmt.Fprintf(&b, "%s\n", strings.TrimRight(strings.Repeat(" ", margin+1)+axisLine(out.xticks, columns), " "))
	fmt.Fprintf(&b, "%s\n", f.textLegend(p, width, o.ASCII))
	text := b.String()
	if o.ASCII {
		text = strings.Map(toASCII, text)
	}
	_, err := io.WriteString(w, text)
	return err
}

// toASCII replaces what stands in numbers and names.
func toASCII(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		return r
	case r == '−' || r == '–':
		return '-'
	case r == '…':
		return '.'
	}
	return '?'
}

func orInt(n, otherwise int) int {
	if n <= 0 {
		return otherwise
	}
	return n
}

func newRaster(columns, rows int, ascii bool) *raster {
	r := &raster{ascii: ascii}
	for range rows {
		r.cells, r.dots = append(r.cells, make([]rune, columns)), append(r.dots, make([]rune, columns))
	}
	return r
}

func (r *raster) row(y float64) int {
	return max(0, min(len(r.cells)-1, int((1-y)*float64(len(r.cells)))))
}

func (r *raster) column(x float64) int {
	return max(0, min(len(r.cells[0])-1, int(x*float64(len(r.cells[0])))))
}

func (r *raster) draw(out plotted) {
	shade := map[bool]rune{false: '░', true: ':'}[r.ascii]
	for _, a := range out.areas {
		for _, run := range runs(a.strips) {
			for i, s := range run {
				next := run[min(i+1, len(run)-1)]
				for c := r.column(s.x); c <= r.column(next.x); c++ {
					for y := r.row(s.high); y <= r.row(s.low); y++ {
						r.cells[y][c] = shade
					}
				}
			}
		}
	}
	for _, m := range out.pins {
		for y := range r.cells {
			if !missing(m.x) {
				r.cells[y][r.column(m.x)] = map[bool]rune{false: '╎', true: '|'}[r.ascii]
			}
		}
	}
	for _, t := range out.traces {
		for _, run := range runs(t.points) {
			for i, q := range run {
				switch {
				case t.Color == Ink:
					r.stroke(q, run[min(i+1, len(run)-1)])
				case r.ascii:
					r.cells[r.row(q.y)][r.column(q.x)] = asciiGlyphs[t.Color]
				default:
					r.cells[r.row(q.y)][r.column(q.x)] = unicodeGlyphs[t.Color]
				}
			}
		}
	}
}

// bits are the eight dots of a Braille character, by row and column.
var bits = [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// stroke draws a straight line on the grid of dots.
func (r *raster) stroke(a, b point) {
	w, h := 2*len(r.cells[0]), 4*len(r.cells)
	if r.ascii {
		w, h = len(r.cells[0]), len(r.cells)
	}
	place := func(p point) (x, y float64) { return p.x * float64(w-1), (1 - p.y) * float64(h-1) }
	x0, y0 := place(a)
	x1, y1 := place(b)
	n := int(math.Ceil(math.Max(math.Abs(x1-x0), math.Abs(y1-y0))))
	for i := 0; i <= n; i++ {
		k := float64(i) / float64(max(n, 1))
		x, y := int(math.Round(x0+k*(x1-x0))), int(math.Round(y0+k*(y1-y0)))
		if r.ascii {
			r.cells[y][x] = asciiGlyphs[Ink]
		} else {
			r.dots[y/4][x/2] |= bits[y%4][x%2]
		}
	}
}

// line gives a row; a glyph wins over dots, dots over shade.
func (r *raster) line(y int) string {
	var b strings.Builder
	for x, c := range r.cells[y] {
		d := r.dots[y][x]
		switch {
		case d != 0 && (c == 0 || c == '░' || c == '╎'):
			b.WriteRune(0x2800 + d)
		case c == 0:
			b.WriteByte(' ')
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// axisLine puts the labels below their ticks, as far as they fit.
func axisLine(ts []tick, columns int) string {
	line := []rune(strings.Repeat(" ", columns))
	end := -1
	for _, t := range ts {
		label := []rune(t.label)
		at := max(0, min(columns-len(label), int(t.at*float64(columns))-len(label)/2))
		if at > end && at+len(label) <= columns {
			copy(line[at:], label)
			end = at + len(label)
		}
	}
	return string(line)
}

// textLegend names what the first panel shows, on as many lines as it takes.
func (f Figure) textLegend(p Panel, width int, ascii bool) string {
	var b strings.Builder
	used := 0
	for _, e := range (Figure{Panels: []Panel{p}}).legend() {
		glyph := unicodeGlyphs[e.color]
		switch {
		case e.field: // text has no colours
			continue
		case e.band > 0:
			glyph = '░'
			if ascii {
				glyph = ':'
			}
			if e.band > 1 { // shade has one depth only: the widest band names it
				continue
			}
		case ascii:
			glyph = asciiGlyphs[e.color]
		}
		part := string(glyph) + " " + short(e.name, width-2)
		n := utf8.RuneCountInString(part)
		switch {
		case used > 0 && used+3+n > width:
			b.WriteString("\n")
			used = 0
		case used > 0:
			b.WriteString("   ")
			used += 3
		}
		b.WriteString(part)
		used += n
	}
	return b.String()
}

// Sparkline is one line of block characters, at most width long: the mean of each bucket of values, from the least
// (a low block) to the greatest (a full one). A bucket without a value is a blank.
func Sparkline(values []float64, width int) string {
	n := max(0, min(len(values), width))
	means, lo, hi := make([]float64, n), math.Inf(1), math.Inf(-1)
	for b := range n {
		sum, count := 0.0, 0
		for _, v := range values[b*len(values)/n : (b+1)*len(values)/n] {
			if v = tame(v); !missing(v) {
				sum, count = sum+v, count+1
			}
		}
		means[b] = sum / float64(count) // NaN when there is none
		if count > 0 {
			lo, hi = math.Min(lo, means[b]), math.Max(hi, means[b])
		}
	}
	var s strings.Builder
	for _, m := range means {
		switch {
		case missing(m):
			s.WriteByte(' ')
		case hi == lo:
			s.WriteRune('▄')
		default:
			s.WriteRune([]rune("▁▂▃▄▅▆▇█")[min(7, int((m-lo)/(hi-lo)*8))])
		}
	}
	return s.String()
}
