package report

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

func TestField(t *testing.T) {
	g := Field{X0: 0, X1: 2, Y0: 0, Y1: 1, Values: [][]float64{{-1, math.NaN()}, {0, 2}}, Limit: 1}
	f := Figure{Name: "grid", Title: "Cells", Panels: []Panel{{Title: "p", Fields: []Field{g}}}}
	var b bytes.Buffer
	if err := f.SVG(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"#053061", "#F7F7F7", "#67001F"} { // the ends and the middle; beyond the limit is the end
		if !strings.Contains(strings.ToUpper(b.String()), strings.ToUpper(want)) {
			t.Errorf("no cell is %s", want)
		}
	}
	if page := string(f.inline(350, "narrow")); strings.Count(page, "<rect") != 3 {
		t.Errorf("the page has %d cells, want the 3 that are numbers", strings.Count(page, "<rect"))
	}
	g.Values[1] = g.Values[1][:1]
	f.Panels[0].Fields[0] = g
	if err := f.SVG(&b); err == nil {
		t.Error("columns of unequal lengths are drawn")
	}
}
