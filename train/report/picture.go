package report

import (
	"bytes"
	"fmt"
	"html"
	"image"
	"image/color"
	"io"
	"math"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"lenz/internal/atomicfile"
)

// The pictures are 720 points wide; a PNG has two pixels a point.
const (
	pictureWidth = 720
	pictureDPI   = 144
)

// SVG writes the figure as a file of its own, on white, with the caption as its description.
func (f Figure) SVG(w io.Writer) error {
	s, err := f.standalone()
	if err != nil {
		return err
	}
	c := vgsvg.New(vg.Length(s.width), vg.Length(s.height))
	s.drawTo(&canvas{draw.New(c), s.height, math.MaxInt, true})
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return fmt.Errorf("report: write %s as SVG: %w", f.Name, err)
	}
	// vgsvg names the one font; a reader without it should still get a sans serif, and a screen reader a title.
	out := strings.ReplaceAll(b.String(), "font-family:Liberation Sans;", "font-family:Liberation Sans,Helvetica,Arial,sans-serif;")
	names := ""
	if images := strings.ReplaceAll(out, `xlink:href="data:image/jpg;`, `preserveAspectRatio="none" style="image-rendering:pixelated" xlink:href="data:image/png;`); images != out {
		out, names = images, ` xmlns:xlink="http://www.w3.org/1999/xlink"` // an image fills its place, whatever its proportions
	}
	head, body, ok := strings.Cut(out, `xmlns:xlink="http://www.w3.org/1999/xlink">`)
	if !ok {
		panic("report: vgsvg writes another header than it did")
	}
	_, err = fmt.Fprintf(w, "%s%s role=\"img\">\n<title>%s</title>\n<desc>%s</desc>%s",
		strings.TrimRight(head, "\n\t "), names, html.EscapeString(clean(f.Title)), html.EscapeString(clean(f.Caption)), body)
	return err
}

// PNG writes the figure on white, 1440 pixels wide.
func (f Figure) PNG(w io.Writer) error {
	s, err := f.standalone()
	if err != nil {
		return err
	}
	c := vgimg.NewWith(vgimg.UseWH(vg.Length(s.width), vg.Length(s.height)), vgimg.UseDPI(pictureDPI))
	s.drawTo(&canvas{draw.New(c), s.height, 48, false})
	m, ok := c.Image().(*image.RGBA)
	if !ok {
		panic("report: vgimg draws on another image than it did")
	}
	if err := writePNG(w, m); err != nil {
		return fmt.Errorf("report: write %s as PNG: %w", f.Name, err)
	}
	return nil
}

// Save writes the figure to a file, as SVG or PNG by the name's ending, and leaves no partial file behind.
func Save(path string, f Figure) error {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".svg":
		return atomicfile.Write(path, f.SVG)
	case ".png":
		return atomicfile.Write(path, f.PNG)
	default:
		return fmt.Errorf("report: %s ends in %q, want .svg or .png", path, ext)
	}
}

func (f Figure) standalone() (sheet, error) {
	if err := f.check(); err != nil {
		return sheet{}, err
	}
	return f.compose(pictureWidth, true), nil
}

// paint is a colour on white.
func (c Color) paint() color.NRGBA {
	rgb := palette[c].light
	return color.NRGBA{uint8(rgb >> 16), uint8(rgb >> 8), uint8(rgb), 255}
}

// canvas is the painter of files.
type canvas struct {
	draw.Canvas
	height float64
	// piece is the greatest number of points of one stroke. The rasterizer keeps each row's crossings in a list that
	// it searches from the start: a jagged line of a thousand points took 8 s in one stroke and takes 0.2 s in short ones.
	piece  int
	vector bool // an SVG, which holds images as they are
}

func (c *canvas) point(p xy) vg.Point {
	return vg.Point{X: vg.Length(p.x), Y: vg.Length(c.height - p.y)}
}

func (c *canvas) points(ps []xy) []vg.Point {
	out := make([]vg.Point, len(ps))
	for i, p := range ps {
		out[i] = c.point(p)
	}
	return out
}

func (c *canvas) line(ps []xy, p pen, col Color) {
	sty := draw.LineStyle{Color: color.Gray{0xE4}, Width: 0.7}
	switch p {
	case axisPen:
		sty = draw.LineStyle{Color: color.Gray{0x80}, Width: 0.8}
	case rulePen:
		sty = draw.LineStyle{Color: color.Gray{0x80}, Width: 0.8, Dashes: []vg.Length{3, 3}}
	case dataPen:
		sty = draw.LineStyle{Color: col.paint(), Width: vg.Length(palette[col].width)}
		for _, d := range palette[col].dash {
			sty.Dashes = append(sty.Dashes, vg.Length(d))
		}
	}
	all := c.points(ps)
	for len(all) > c.piece {
		c.StrokeLines(sty, all[:c.piece])
		all = all[c.piece-2:] // one segment twice, so that no notch shows
	}
	c.StrokeLines(sty, all)
}

func (c *canvas) area(ps []xy, col Color) {
	fill := col.paint()
	fill.A = bandAlpha
	c.FillPolygon(fill, c.points(ps))
}

func (c *canvas) cells(a, b xy, m *image.Paletted) {
	if c.vector {
		c.DrawImage(vg.Rectangle{Min: c.point(xy{a.x, b.y}), Max: c.point(xy{b.x, a.y})}, m)
		return
	}
	size := m.Bounds().Size()
	wide, tall := (b.x-a.x)/float64(size.X), (b.y-a.y)/float64(size.Y)
	for i := range size.X {
		for j := range size.Y {
			if m.ColorIndexAt(i, j) == gone {
				continue
			}
			// Each a little into the next, so that no seams show.
			left, top := a.x+float64(i)*wide, max(a.y, a.y+float64(j)*tall-0.4)
			right, bottom := min(b.x, left+wide+0.4), a.y+float64(j+1)*tall
			c.FillPolygon(m.At(i, j), c.points([]xy{{left, top}, {right, top}, {right, bottom}, {left, bottom}}))
		}
	}
}

func (c *canvas) dot(p xy, radius float64, col Color) {
	c.DrawGlyph(draw.GlyphStyle{Color: col.paint(), Radius: vg.Length(radius), Shape: draw.CircleGlyph{}}, c.point(p))
}

func (c *canvas) text(p xy, s string, f face, a anchor) {
	sty := f.style()
	sty.Color = color.Gray{0x33}
	if f == tickFace {
		sty.Color = color.Gray{0x55}
	}
	sty.XAlign = []draw.XAlignment{draw.XLeft, draw.XCenter, draw.XRight}[a]
	sty.YAlign = draw.YBottom
	c.FillText(sty, c.point(p), s)
}
