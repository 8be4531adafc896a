package report

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

func plain(t *testing.T, f Figure, o TextOptions) string {
	t.Helper()
	var b strings.Builder
	if err := f.Text(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTextKeepsItsWidth(t *testing.T) {
	for _, f := range figures(t) {
		for _, width := range []int{24, 60, 100} {
			for _, ascii := range []bool{false, true} {
				for _, line := range strings.Split(plain(t, f, TextOptions{Width: width, ASCII: ascii}), "\n") {
					if n := utf8.RuneCountInString(line); n > width {
						t.Errorf("%s: a line has %d characters of %d: %s", f.Name, n, width, line)
					}
				}
			}
		}
	}
}

func TestTextShowsObservedForecastAndBand(t *testing.T) {
	f := figures(t)[1]
	braille := plain(t, f, TextOptions{})
	for _, want := range []string{"●", "+", "░", "observed", "forecast", "95 % interval"} {
		if !strings.Contains(braille, want) {
			t.Errorf("the plot lacks %q:\n%s", want, braille)
		}
	}
	if !strings.ContainsFunc(braille, func(r rune) bool { return r > 0x2800 && r <= 0x28FF }) {
		t.Errorf("the history is not drawn:\n%s", braille)
	}
	f.Panels[0].Lines[0].Name = "größe −\x1b[31m"
	for i, r := range plain(t, f, TextOptions{ASCII: true}) {
		if r >= utf8.RuneSelf || r < ' ' && r != '\n' {
			t.Fatalf("character %d is %q, want printable ASCII", i, r)
		}
	}
}

func TestSparkline(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		values []float64
		width  int
		want   string
	}{
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7}, 20, "▁▂▃▄▅▆▇█"},
		{[]float64{0, 0, 7, 7}, 2, "▁█"},
		{[]float64{1, nan, 3}, 3, "▁ █"},
		{[]float64{5, 5}, 9, "▄▄"},
		{[]float64{nan}, 9, " "},
		{nil, 9, ""},
		{[]float64{1}, -1, ""},
		{[]float64{math.Inf(1), 1, 2}, 3, " ▁█"},
	} {
		if got := Sparkline(c.values, c.width); got != c.want {
			t.Errorf("Sparkline(%v, %d) = %q, want %q", c.values, c.width, got, c.want)
		}
	}
}
