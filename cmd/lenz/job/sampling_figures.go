package job

import (
	"fmt"
	"math"
	"os"
	"strings"

	"lenz/models/spin"
	"lenz/train"
	"lenz/train/report"
)

// What pictures of spins show at most.
const (
	shownRecalls = 8
	shownSpins   = 9   // temperatures
	shownSide    = 256 // sites along a side
)

// spins are pictures of the last states of a lattice, from cold to hot. Those of a glass look like noise, and are left out.
func (k *sampling) spins(model string) []report.Mosaic {
	m, ok := k.module.(spin.Pictured)
	if !ok || model != "ising" {
		return nil
	}
	all := m.Snapshots(shownSide)
	if len(all) == 0 {
		return nil
	}
	picture := report.Mosaic{Name: "spins", Title: "Spins at the end", Height: all[0].Height, Width: all[0].Width}
	var temperatures []string
	for i := range min(shownSpins, len(all)) {
		one := all[i*len(all)/min(shownSpins, len(all))]
		temperatures = append(temperatures, fmt.Sprintf("%.5g", one.Temperature))
		picture.Tiles = append(picture.Tiles, shades(one.Spins))
	}
	picture.Columns = min(3, len(picture.Tiles))
	picture.Caption = "White is up, black is down. The temperatures, a row after the other: " + strings.Join(temperatures, ", ") + "."
	if len(temperatures) == 1 {
		picture.Caption = "White is up, black is down. The temperature is " + temperatures[0] + "."
	}
	return []report.Mosaic{picture}
}

// shades shows spins as black and white.
func shades(spins []int8) []float64 {
	tile := make([]float64, len(spins))
	for i, s := range spins {
		tile[i] = float64(s+1) / 2
	}
	return tile
}

// recalls are pictures of patterns, what was made of them and what is recalled; patterns that are no pictures have none.
func (k *sampling) recalls(shown []spin.Demonstration) []report.Mosaic {
	h, w := k.shape[0], k.shape[1]
	if h*w == 0 {
		return nil
	}
	m := report.Mosaic{Name: "recalls", Title: "Recalls", Height: h, Width: w, Columns: len(shown),
		Caption: "Above the patterns as they are stored, below them spoiled, and at the bottom what the network recalls from that."}
	for row := range 3 {
		for _, d := range shown {
			m.Tiles = append(m.Tiles, shades([][]int8{d.Pattern, d.Start, d.End.State}[row]))
		}
	}
	return []report.Mosaic{m}
}

// traceFigure draws the energy during some recalls.
func traceFigure(shown []spin.Demonstration, update string) report.Figure {
	f := report.Figure{Name: "energy", Title: "Energy during recalls", Caption: fmt.Sprintf("Of the first %d patterns, spoiled.", len(shown))}
	x := "spins turned"
	if update == spin.Synchronous {
		x = "sweep"
	} else {
		f.Caption += " Under asynchronous updates at temperature 0 the energy never rises."
	}
	p := report.Panel{X: report.Axis{Name: x, Whole: true}, Y: report.Axis{Name: "energy"}}
	for _, d := range shown {
		line := report.Line{Name: "a recall", Color: report.Blue, Y: d.End.Energies}
		for i := range line.Y {
			line.X = append(line.X, float64(i))
		}
		p.Lines = append(p.Lines, line)
	}
	f.Panels = []report.Panel{p}
	return f
}

// courseFigure draws the metrics of the run by epoch.
func courseFigure(path string) (report.Figure, error) {
	f, err := os.Open(path)
	if err != nil {
		return report.Figure{}, err
	}
	defer f.Close()
	rows, err := train.ReadMetrics(f)
	if err != nil {
		return report.Figure{}, err
	}
	fig := report.Figure{Name: "course", Title: "Course of the run", Caption: "Means over the steps of each epoch."}
	colors := 0
	for _, panel := range []struct {
		axis  string
		names []string
	}{
		{"energy per spin", []string{"energy", "best_energy"}}, {"|magnetization| per spin", []string{"magnetization"}},
		{"of all recalls so far", []string{"overlap", "recalled"}}, {"temperature", []string{"temperature"}},
	} {
		p := report.Panel{X: report.Axis{Name: "epoch", Whole: true}, Y: report.Axis{Name: panel.axis}}
		for _, name := range panel.names {
			line := report.Line{Name: courseNames[name], Color: report.Blue}
			for _, r := range rows {
				if r.Name == name && !math.IsNaN(r.Value) {
					line.X, line.Y = append(line.X, float64(r.Epoch)), append(line.Y, r.Value)
				}
			}
			if len(line.X) == 0 {
				continue
			}
			if colors > 0 {
				line.Color = report.Other(colors - 1)
			}
			p.Lines, colors = append(p.Lines, line), colors+1
		}
		if len(p.Lines) > 0 {
			fig.Panels = append(fig.Panels, p)
		}
	}
	return fig, nil
}

// courseNames are what the metrics of samplers are called in pictures.
var courseNames = map[string]string{
	"energy": "energy", "best_energy": "lowest energy sampled so far", "magnetization": "magnetization", "overlap": "overlap with the pattern",
	"recalled": "share recalled", "temperature": "temperature",
}
