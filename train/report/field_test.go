package report

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
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
	if !strings.Contains(b.String(), `xmlns:xlink="http://www.w3.org/1999/xlink"`) {
		t.Error("the file names no namespace for the image's link, which browsers refuse")
	}
	page := string(f.inline(350, "narrow"))
	for where, text := range map[string]string{"file": b.String(), "page": page} {
		m := embedded(t, where, text)
		// Columns along x, rows upwards: the ends and the middle; beyond the limit is the end.
		for _, c := range []struct {
			x, y int
			want color.NRGBA
		}{
			{0, 1, color.NRGBA{0x05, 0x30, 0x61, 255}}, {0, 0, color.NRGBA{}},
			{1, 1, color.NRGBA{0xF7, 0xF7, 0xF7, 255}}, {1, 0, color.NRGBA{0x67, 0x00, 0x1F, 255}},
		} {
			if got := color.NRGBAModel.Convert(m.At(c.x, c.y)); got != c.want {
				t.Errorf("%s: the cell at %d, %d is %v, want %v", where, c.x, c.y, got, c.want)
			}
		}
	}
	f.Panels[0].Fields[0].Name = "u"
	if page := string(f.inline(350, "narrow")); !strings.Contains(page, "u from −1 to 1") || strings.Count(page, "<image") != 2 {
		t.Error("a field with a name has no scale of colours")
	}
	g.Values[1] = g.Values[1][:1]
	f.Panels[0].Fields[0] = g
	if err := f.SVG(&b); err == nil {
		t.Error("columns of unequal lengths are drawn")
	}
}

// embedded is the last image within an SVG.
func embedded(t *testing.T, where, svg string) image.Image {
	t.Helper()
	const head = `data:image/png;base64,`
	at := strings.LastIndex(svg, head)
	if at < 0 || !strings.Contains(svg, `preserveAspectRatio="none"`) {
		t.Fatalf("%s: no image that fills its place", where)
	}
	text, _, _ := strings.Cut(svg[at+len(head):], `"`)
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return m
}
