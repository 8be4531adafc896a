package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"html/template"
	"image"
	"image/png"
	"strconv"
	"strings"
)

// The page holds each picture twice, laid out for a desktop and for a phone; a media query shows one of them. A
// picture that is scaled down instead would have letters too small to read.
const (
	wideWidth   = 900
	narrowWidth = 350
)

// inline writes the figure as an SVG element whose colours come from the page's style sheet.
func (f Figure) inline(width float64, class string) template.HTML {
	s := f.compose(width, false)
	var m markup
	fmt.Fprintf(&m, `<svg class="chart %s" viewBox="0 0 %s %s" role="img" tabindex="0" aria-label="%s" data-frames="`,
		class, coordinate(s.width), coordinate(s.height), html.EscapeString(clean(f.Title+". "+f.Caption)))
	for i, fr := range s.frames {
		if i > 0 {
			m.WriteByte(';')
		}
		for j, v := range [...]float64{fr.left, fr.top, fr.right, fr.bottom} {
			if j > 0 {
				m.WriteByte(',')
			}
			m.WriteString(coordinate(v))
		}
	}
	m.WriteString(`">`)
	s.drawTo(&m)
	m.WriteString(`<line class="cross" x1="0" y1="0" x2="0" y2="0"></line></svg>`)
	return template.HTML(m.String())
}

// markup is the painter of pages.
type markup struct{ strings.Builder }

// pens and faces are the classes of the style sheet.
var (
	pens    = [...]string{gridPen: "grid", axisPen: "axis", rulePen: "rule", dataPen: "data"}
	faces   = [...]string{tickFace: "tick", labelFace: "label", titleFace: "title", headFace: "head"}
	anchors = [...]string{left: "", middle: ` text-anchor="middle"`, right: ` text-anchor="end"`}
)

func (m *markup) line(ps []xy, p pen, c Color) {
	class := pens[p]
	if p == dataPen {
		class += " c" + strconv.Itoa(int(c))
	}
	fmt.Fprintf(m, `<path class="%s" d="%s"/>`, class, outline(ps))
}

func (m *markup) area(ps []xy, c Color) {
	fmt.Fprintf(m, `<path class="band b%d" d="%sZ"/>`, c, outline(ps))
}

func (m *markup) cells(a, b xy, pixels *image.Paletted) {
	fmt.Fprintf(m, `<image x="%s" y="%s" width="%s" height="%s" preserveAspectRatio="none" style="image-rendering:pixelated" href="%s"/>`,
		coordinate(a.x), coordinate(a.y), coordinate(b.x-a.x), coordinate(b.y-a.y), dataURL(pixels))
}

// dataURL is an image as a PNG within the text.
func dataURL(m *image.Paletted) string {
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, m); err != nil {
		panic("report: a field's image cannot be written: " + err.Error()) // it has cells, and a buffer takes all
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())
}

func (m *markup) dot(p xy, radius float64, c Color) {
	fmt.Fprintf(m, `<circle class="b%d" cx="%s" cy="%s" r="%s"/>`, c, coordinate(p.x), coordinate(p.y), coordinate(radius))
}

func (m *markup) text(p xy, s string, f face, a anchor) {
	fmt.Fprintf(m, `<text class="%s" x="%s" y="%s"%s>%s</text>`, faces[f], coordinate(p.x), coordinate(p.y), anchors[a], html.EscapeString(clean(s)))
}

// outline writes points as a path.
func outline(ps []xy) string {
	var b strings.Builder
	for i, p := range ps {
		b.WriteByte("ML"[min(i, 1)])
		b.WriteString(coordinate(p.x))
		b.WriteByte(' ')
		b.WriteString(coordinate(p.y))
	}
	return b.String()
}

// coordinate writes a length to a tenth of a pixel.
func coordinate(v float64) string {
	s := strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
	if s == "-0" {
		return "0"
	}
	return s
}
