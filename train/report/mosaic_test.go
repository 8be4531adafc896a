package report_test

import (
	"bytes"
	"image/png"
	"strings"
	"testing"

	"lenz/train/report"
)

func TestMosaic(t *testing.T) {
	m := report.Mosaic{Name: "m", Title: "Filters", Caption: "weights", Height: 1, Width: 2, Tiles: [][]float64{{0, 1}, {0.5, 2}, {-1, 0}}, Columns: 2}
	var b bytes.Buffer
	if err := m.PNG(&b); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	// Two tiles of two values and a border a row: 720/6 = 120 pixels a value.
	grey := func(x, y int) int {
		r, _, _, _ := img.At(x*120+60, y*120+60).RGBA()
		return int(r >> 8)
	}
	for _, c := range []struct{ x, y, want int }{{1, 1, 0}, {2, 1, 255}, {4, 1, 127}, {5, 1, 255}, {1, 3, 0}, {0, 0, 0x99}} {
		if got := grey(c.x, c.y); got != c.want {
			t.Errorf("value at %d, %d is shown as %d, want %d", c.x, c.y, got, c.want)
		}
	}
	var page strings.Builder
	if err := (report.Page{Title: "t", Mosaics: []report.Mosaic{m}}).Write(&page); err != nil {
		t.Fatal(err)
	}
	if doc := page.String(); !strings.Contains(doc, `src="data:image/png;base64,`) || !strings.Contains(doc, "<h2>Filters</h2>") {
		t.Error("the page lacks the mosaic")
	}
	m.Tiles[1] = []float64{1}
	if err := m.PNG(&b); err == nil || !strings.Contains(err.Error(), "tile 1") {
		t.Errorf("a tile of another size: %v", err)
	}
	if err := (report.Mosaic{Name: "none"}).PNG(&b); err == nil {
		t.Error("no tiles were taken")
	}
}
