package report

import (
	"regexp"
	"strings"
	"testing"
)

func page(t *testing.T, p Page) string {
	t.Helper()
	var b strings.Builder
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPageSaysEverything(t *testing.T) {
	doc := page(t, fullPage(figures(t)))
	for _, want := range []string{
		"lstm-sunspots-1", "stopped early", "beats all 3 baselines", "higher cycles", "32 of 40", "Coverage, 80 %",
		"Loss by epoch", "Forecast of load", "Rolling forecasts", "Error by forecast step", "SHA-256", "AVX2&#43;FMA",
		"17\u202f676 parameters", "256 × 64", "lenz train --config", "split-conformal",
		`class="verdict wins"`, `class="pill good"`, `name="viewport"`, "prefers-color-scheme:dark", "@media print",
	} {
		if !strings.Contains(doc, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(doc, `<svg class="chart`); n != 8 {
		t.Errorf("%d charts, want each of four for desktop and phone", n)
	}
	if n := strings.Count(doc, `class="best"`); n != 8 {
		t.Errorf("%d best values are marked, want 8 (one a row where at least two are known)", n)
	}
	if n := strings.Count(doc, `role="img"`); n != strings.Count(doc, `aria-label="`)-strings.Count(doc, `role="region"`)-1 {
		t.Errorf("not every picture has a label")
	}
}

func TestPageLoadsNothing(t *testing.T) {
	doc := page(t, fullPage(figures(t)))
	for _, pattern := range []string{`https?:`, `\bsrc=`, `\bhref=`, `url\(`, `@import`, `<link`, `<img`, `<iframe`, `fetch\(`, `XMLHttp`, `import\(`} {
		if at := regexp.MustCompile(`(?i)` + pattern).FindStringIndex(doc); at != nil {
			t.Errorf("the page holds %s: %.80s", pattern, doc[at[0]:])
		}
	}
	if !strings.Contains(doc, `content="default-src 'none';`) {
		t.Error("the page does not forbid loading")
	}
}

func TestPageLeavesOutWhatIsAbsent(t *testing.T) {
	doc := page(t, Page{Title: "bare"})
	for _, heading := range []string{"<h2", "<script", "<table", "<dl", `class="verdict`, `class="pill`, "<pre", "<ul"} {
		if strings.Contains(doc, heading) {
			t.Errorf("a bare page holds %s", heading)
		}
	}
}

// Whatever a name says, it stays text: in HTML, in SVG, in attributes, in the script's data.
func TestNamesCannotInject(t *testing.T) {
	for _, evil := range []string{
		`<script>alert(1)</script>`, `"><img onerror=alert(1)>`, `</title></svg><b onload=x>`, `'-alert(1)-'`, `]]><b onload=x>`,
		`</script><script>alert(1)//`, "nul\x00bell\x07esc\x1b[31m\xff<b onload=x>", `{{.Style}}`,
	} {
		f := Forecast{Clock: Clock{Name: evil}, Targets: []Target{
			{Name: evil, Unit: evil, History: wave(5), Truth: wave(3), Mean: wave(3), Baselines: []NamedLine{{evil, wave(3)}}},
			{Name: evil, History: wave(5), Mean: wave(3)}}}
		fig := figureOf(t, f)
		fig.Title, fig.Caption, fig.Name = evil, evil, evil
		m := Compare(evil, Scores{evil, map[string]float64{evil: 1, "mae": 1}}, Scores{evil, map[string]float64{evil: 2, "mae": 2}})
		m.Note = evil
		doc := page(t, Page{
			Title: evil, Subtitle: evil, Status: Status{evil, evil, true}, Verdict: m.Verdict("mae"),
			Numbers: []Number{{evil, evil, evil}}, Warnings: []string{evil}, Metrics: []Metrics{m}, Figures: []Figure{fig},
			Groups: []Group{{evil, evil, []Pair{{evil, evil}}}}, Model: Model{Name: evil, Note: evil, Layers: []Layer{{Name: evil, Kind: evil}}},
			Commands: []Command{{evil, evil}}, Notes: []string{evil},
		})
		clean := page(t, fullPage([]Figure{fig}))
		for what, d := range map[string]string{"page": doc, "svg": svg(t, fig)} {
			for _, bad := range []string{"<script>alert", "<img", "<b ", "\x1b", "\x07"} {
				if strings.Contains(d, bad) {
					t.Errorf("%s: %q came through as markup: %s", what, evil, bad)
				}
			}
		}
		if got, want := strings.Count(doc, "</script"), strings.Count(clean, "</script"); got != want {
			t.Errorf("%q: %d scripts end, want %d", evil, got, want)
		}
		elements(t, svg(t, fig))
		elements(t, string(fig.inline(wideWidth, "wide")))
	}
}

// The colours of data have a contrast of at least 3:1 with the paper (WCAG 2.2, 1.4.11).
func TestPaletteHasContrast(t *testing.T) {
	for c, k := range palette {
		if got := contrast(k.light, 0xFFFFFF); got < 3 {
			t.Errorf("colour %d has contrast %.2f on white, want 3", c, got)
		}
		if got := contrast(k.dark, 0x14171C); got < 3 {
			t.Errorf("colour %d has contrast %.2f on the dark page, want 3", c, got)
		}
	}
}
