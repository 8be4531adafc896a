package datasets

import (
	"fmt"
	"math"

	"lenz/internal/rng"
)

// patternSets lists the data sets for associative memories and spin models: a row a pattern, a column a spin, all -1 or +1.
func patternSets(seed Setting, licence string) []Info {
	return []Info{
		{Name: "patterns", Description: "random patterns of spins -1 and +1 for an associative memory: a row a pattern", Licence: licence,
			Source:  "independent spins; the chance of +1 is the activity",
			Targets: []string{"s1"}, Period: 1, open: openSeries(randomPatterns), Settings: []Setting{
				{"units", 100, "spins of a pattern", true, 1}, {"length", 10, "patterns", true, 1},
				{"activity", 0.5, "chance of a spin to be +1", false, 0}, seed}},
		{Name: "letters", Description: "the letters A to Z on a grid of 5 by 7, as spins -1 and +1: a row a letter, columns left to right, then down", Licence: licence,
			Source:  "drawn for this library after the look of 5x7 dot-matrix displays",
			Targets: []string{"s1"}, Period: 1, open: openSeries(letters), Settings: []Setting{
				{"length", 26, "letters, from A", true, 1}}},
		{Name: "ising", Description: "configurations of the square Ising model at a temperature (J = 1, periodic): a row a configuration", Licence: licence,
			Source:  "Wolff 1989: cluster updates; T_c = 2/ln(1 + sqrt 2) = 2.269 (Onsager 1944)",
			Targets: []string{"s1"}, Period: 1, open: openSeries(isingConfigurations), Settings: []Setting{
				{"length", 100, "configurations", true, 1}, {"size", 16, "sites along each side", true, 3},
				{"temperature", 2.269185, "in units of J/k_B", false, 1e-3},
				{"discard", 200, "sweeps before the first", true, 0}, {"between", 10, "sweeps from one to the next", true, 1}, seed}},
	}
}

// spinColumns names the columns of patterns.
func spinColumns(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("s%d", i+1)
	}
	return names
}

func randomPatterns(v values) ([]string, [][]float64, error) {
	n, rows := v.whole("units"), v.whole("length")
	if v["activity"] > 1 {
		return nil, nil, fmt.Errorf("an activity of %v, want a chance from 0 to 1", v["activity"])
	}
	if float64(n)*float64(rows) > 1e9 {
		return nil, nil, fmt.Errorf("%d patterns of %d spins are more than fit into memory: take fewer", rows, n)
	}
	r := rng.NewFast(v.stream("patterns"))
	data := table(n, rows)
	for row := range rows {
		for i := range n {
			data[i][row] = -1
			if r.Float64() < v["activity"] {
				data[i][row] = 1
			}
		}
	}
	return spinColumns(n), data, nil
}

// font holds the letters, seven rows of five each; the highest of five bits is the left column.
var font = [26][7]byte{
	{0x0E, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11}, // A
	{0x1E, 0x11, 0x11, 0x1E, 0x11, 0x11, 0x1E}, // B
	{0x0E, 0x11, 0x10, 0x10, 0x10, 0x11, 0x0E}, // C
	{0x1C, 0x12, 0x11, 0x11, 0x11, 0x12, 0x1C}, // D
	{0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x1F}, // E
	{0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x10}, // F
	{0x0E, 0x11, 0x10, 0x17, 0x11, 0x11, 0x0F}, // G
	{0x11, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11}, // H
	{0x0E, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0E}, // I
	{0x07, 0x02, 0x02, 0x02, 0x02, 0x12, 0x0C}, // J
	{0x11, 0x12, 0x14, 0x18, 0x14, 0x12, 0x11}, // K
	{0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1F}, // L
	{0x11, 0x1B, 0x15, 0x15, 0x11, 0x11, 0x11}, // M
	{0x11, 0x19, 0x15, 0x15, 0x13, 0x11, 0x11}, // N
	{0x0E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E}, // O
	{0x1E, 0x11, 0x11, 0x1E, 0x10, 0x10, 0x10}, // P
	{0x0E, 0x11, 0x11, 0x11, 0x15, 0x12, 0x0D}, // Q
	{0x1E, 0x11, 0x11, 0x1E, 0x14, 0x12, 0x11}, // R
	{0x0F, 0x10, 0x10, 0x0E, 0x01, 0x01, 0x1E}, // S
	{0x1F, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04}, // T
	{0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E}, // U
	{0x11, 0x11, 0x11, 0x11, 0x11, 0x0A, 0x04}, // V
	{0x11, 0x11, 0x11, 0x15, 0x15, 0x1B, 0x11}, // W
	{0x11, 0x11, 0x0A, 0x04, 0x0A, 0x11, 0x11}, // X
	{0x11, 0x11, 0x0A, 0x04, 0x04, 0x04, 0x04}, // Y
	{0x1F, 0x01, 0x02, 0x04, 0x08, 0x10, 0x1F}, // Z
}

func letters(v values) ([]string, [][]float64, error) {
	rows := v.whole("length")
	if rows > len(font) {
		return nil, nil, fmt.Errorf("%d letters are asked for, there are %d", rows, len(font))
	}
	data := table(35, rows)
	for row := range rows {
		for i := range 35 {
			data[i][row] = -1
			if font[row][i/5]>>(4-i%5)&1 == 1 {
				data[i][row] = 1
			}
		}
	}
	return spinColumns(35), data, nil
}

// isingConfigurations grows Wolff's clusters; a sweep is as many as have flipped all spins once in the mean so far.
func isingConfigurations(v values) ([]string, [][]float64, error) {
	side, rows := v.whole("size"), v.whole("length")
	n := side * side
	if float64(n)*float64(rows) > 1e9 || side > 1<<12 {
		return nil, nil, fmt.Errorf("%d configurations of %d by %d spins are more than fit into memory: take fewer", rows, side, side)
	}
	w := wolffSquare{side: side, s: make([]int8, n), chance: -math.Expm1(-2 / v["temperature"]), r: rng.NewFast(v.stream("ising"))}
	for i := range w.s {
		w.s[i] = 1
	}
	// The number of clusters a sweep is fixed after the discarded ones: a number that follows the state would bias it.
	flipped, clusters := 0, 0
	for flipped < v.whole("discard")*n {
		flipped += w.flip()
		clusters++
	}
	perSweep := 1
	if flipped > 0 {
		perSweep = max(1, clusters*n/flipped)
	}
	data := table(n, rows)
	for row := range rows {
		for range v.whole("between") * perSweep {
			w.flip()
		}
		for i, s := range w.s {
			data[i][row] = float64(s)
		}
	}
	return spinColumns(n), data, nil
}

// wolffSquare is a periodic square lattice of spins.
type wolffSquare struct {
	side   int
	s      []int8
	chance float64 // 1 - exp(-2/T)
	r      *rng.Fast
	stack  []int
}

// flip grows and turns one cluster, and returns its size.
func (w *wolffSquare) flip() int {
	seed := w.r.IntN(len(w.s))
	up := w.s[seed]
	w.s[seed] = -up
	w.stack = append(w.stack[:0], seed)
	for at := 0; at < len(w.stack); at++ {
		x, y := w.stack[at]%w.side, w.stack[at]/w.side
		for _, j := range [4]int{
			y*w.side + (x+1)%w.side, y*w.side + (x+w.side-1)%w.side, (y+1)%w.side*w.side + x, (y+w.side-1)%w.side*w.side + x,
		} {
			if w.s[j] == up && w.r.Float64() < w.chance {
				w.s[j] = -up
				w.stack = append(w.stack, j)
			}
		}
	}
	return len(w.stack)
}
