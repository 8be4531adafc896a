package report

import (
	"bytes"
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"testing"
)

func explorable() Figure {
	return Figure{Name: "loss", Title: "Loss", Caption: "By steps.", Panels: []Panel{{
		X: Axis{Name: "steps"}, Y: Axis{Name: "loss", Log: true},
		Lines: []Line{{Name: "a</script>", Color: Blue, X: []float64{1, 2, 3}, Y: []float64{1.23456789, math.NaN(), math.Inf(1)}}},
		Bands: []Band{{Name: "b", Color: Green, X: []float64{1}, Low: []float64{0}, High: []float64{-2e-300}}},
		Marks: []Mark{{X: 2, Label: "here"}},
	}}}
}

// What explore.js reads is the figure: whole JSON whatever its names are, with null for what is missing and six digits for the rest.
func TestExploredFiguresCarryTheirData(t *testing.T) {
	var b bytes.Buffer
	page := Page{Title: "t", Explore: []Figure{explorable()}}
	if err := page.Write(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	found := regexp.MustCompile(`(?s)<div class="explore">.*?<script type="application/json">(.*?)</script>`).FindStringSubmatch(text)
	if found == nil {
		t.Fatal("there is no figure to explore")
	}
	var got dataFigure
	if err := json.Unmarshal([]byte(found[1]), &got); err != nil {
		t.Fatalf("%v in %s", err, found[1])
	}
	p := got.Panels[0]
	if p.Lines[0].Name != "a</script>" || *p.Lines[0].Y[0] != 1.23457 || p.Lines[0].Y[1] != nil || p.Lines[0].Y[2] != nil || !p.Y.Log || p.X.Log {
		t.Errorf("got %+v", p)
	}
	if *p.Bands[0].Low[0] != 0 || p.Bands[0].High[0] == nil || *p.Marks[0].X != 2 {
		t.Errorf("got %+v", p)
	}
	for _, want := range []string{"<noscript>", `class="chart wide"`, "explore button", "aria-pressed"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestGridsSayEveryCell(t *testing.T) {
	g := Grid{Title: "Results", Note: "medians", Head: []string{"who", "loss"}, Rows: [][]string{{"a<b", "1"}, {"c", "2"}}, Best: []int{1}}
	var b bytes.Buffer
	if err := (Page{Title: "t", Grids: []Grid{g}}).Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<h2>Results</h2>", "a&lt;b", "medians", `<tr class="marked"><th scope="row">c</th><td>2</td></tr>`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	g.Rows[0] = []string{"short"}
	if err := (Page{Title: "t", Grids: []Grid{g}}).Write(&b); err == nil || !strings.Contains(err.Error(), "row 0 of table \"Results\" has 1 cells for 2 columns") {
		t.Errorf("a short row: %v", err)
	}
	bad := explorable()
	bad.Panels[0].Lines[0].X = nil
	if err := (Page{Title: "t", Explore: []Figure{bad}}).Write(&b); err == nil {
		t.Error("a figure with uneven slices is taken")
	}
}
