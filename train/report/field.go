package report

import (
	"fmt"
	"math"
)

// Field is a table of values drawn as coloured cells, such as a field over time and place.
type Field struct {
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

// drawField paints the cells, each a little into the next, so that no seams show.
func (out plotted) drawField(p painter, f frame, g Field) {
	limit := g.limit()
	nx, ny := float64(len(g.Values)), float64(len(g.Values[0]))
	for i, column := range g.Values {
		for j, v := range column {
			if math.IsNaN(v) {
				continue
			}
			at := func(i, j float64) xy {
				return f.at(point{out.x.at(g.X0 + (g.X1-g.X0)*i/nx), out.y.at(g.Y0 + (g.Y1-g.Y0)*j/ny)})
			}
			a, b := at(float64(i), float64(j)+1), at(float64(i)+1, float64(j))
			b.x, a.y = min(b.x+0.4, f.right), max(a.y-0.4, f.top)
			p.patch(a, b, diverging(v/limit))
		}
	}
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
