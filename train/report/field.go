package report

import (
	"fmt"
	"image"
	"image/color"
	"math"
)

// Field is a table of values drawn as coloured cells, such as a field over time and place.
type Field struct {
	Name           string // of the values, in the legend's scale of colours; fields of one name share it, none without a name
	X0, X1, Y0, Y1 float64
	// Values[i][j] is the cell i along X and j along Y. NaN is left out.
	Values [][]float64
	// Limit is the absolute value of the deepest colours; 0 takes the largest that there is. Cells beyond it look like it.
	Limit float64
}

func (g Field) check(title string) error {
	if len(g.Values) == 0 || !(g.X1 > g.X0) || !(g.Y1 > g.Y0) {
		return fmt.Errorf("report: a field of panel %q has %d columns from %v to %v and rows from %v to %v: give cells and ascending edges", title, len(g.Values), g.X0, g.X1, g.Y0, g.Y1)
	}
	for i, column := range g.Values {
		if len(column) != len(g.Values[0]) || len(column) == 0 {
			return fmt.Errorf("report: column %d of a field of panel %q has %d cells, column 0 %d: give as many in each", i, title, len(column), len(g.Values[0]))
		}
	}
	return nil
}

// edges returns the corners, for the axes.
func (g Field) edges() (xs, ys []float64) { return []float64{g.X0, g.X1}, []float64{g.Y0, g.Y1} }

func (g Field) limit() float64 {
	if g.Limit > 0 {
		return g.Limit
	}
	most := 0.0
	for _, column := range g.Values {
		for _, v := range column {
			if !missing(v) {
				most = max(most, math.Abs(v))
			}
		}
	}
	return max(most, 1e-300)
}

// drawField paints the cells.
func (out plotted) drawField(p painter, f frame, g Field) {
	a := f.at(point{out.x.at(g.X0), out.y.at(g.Y1)})
	b := f.at(point{out.x.at(g.X1), out.y.at(g.Y0)})
	p.cells(a, b, g.image())
}

// gone is the colour of what is missing; the others are even steps from -limit to limit.
const gone = 255

// image has a pixel a cell, Y upwards.
func (g Field) image() *image.Paletted {
	nx, ny, limit := len(g.Values), len(g.Values[0]), g.limit()
	m := image.NewPaletted(image.Rect(0, 0, nx, ny), shades())
	for i, column := range g.Values {
		for j, v := range column {
			index := uint8(gone)
			if !math.IsNaN(v) {
				index = uint8(math.Round((max(-1, min(1, v/limit)) + 1) / 2 * (gone - 1)))
			}
			m.SetColorIndex(i, ny-1-j, index)
		}
	}
	return m
}

// ramp is the scale of colours, as an image of one row.
func ramp() *image.Paletted {
	g := Field{Limit: 1}
	for i := range 41 {
		g.Values = append(g.Values, []float64{float64(i)/20 - 1})
	}
	return g.image()
}

// shades are the colours of a field's image.
func shades() color.Palette {
	out := make(color.Palette, gone+1)
	for i := range gone {
		rgb := diverging(2*float64(i)/(gone-1) - 1)
		out[i] = color.NRGBA{uint8(rgb >> 16), uint8(rgb >> 8), uint8(rgb), 255}
	}
	out[gone] = color.NRGBA{}
	return out
}

// diverging is a colour from blue over white to red for -1 to 1, in even steps of lightness to either side (after Cynthia Brewer's RdBu).
func diverging(v float64) uint32 {
	v = max(-1, min(1, v))
	stops := [...][3]float64{{5, 48, 97}, {67, 147, 195}, {247, 247, 247}, {214, 96, 77}, {103, 0, 31}}
	at := (v + 1) / 2 * float64(len(stops)-1)
	i := min(int(at), len(stops)-2)
	share := at - float64(i)
	rgb := uint32(0)
	for k := range 3 {
		rgb = rgb<<8 | uint32(math.Round(stops[i][k]*(1-share)+stops[i+1][k]*share))
	}
	return rgb
}
