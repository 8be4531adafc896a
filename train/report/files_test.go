package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// figures are built without files, so that these tests run anywhere.
func figures(t *testing.T) []Figure {
	t.Helper()
	f := Forecast{Targets: []Target{{Name: "load", Unit: "MW", History: wave(200), Truth: wave(24), Mean: wave(24),
		Intervals: []Interval{{0.8, shift(wave(24), -1), shift(wave(24), 1)}, {0.95, shift(wave(24), -2), shift(wave(24), 2)}},
		Baselines: []NamedLine{{"naive", make([]float64, 24)}}}}}
	for i := range 224 {
		f.Clock.Times = append(f.Clock.Times, time.Date(2016, 7, 1, i, 0, 0, 0, time.UTC))
	}
	b := Backtest{Targets: []BacktestTarget{{Name: "load", Truth: wave(100), Paths: []Path{{Start: 0, Mean: wave(10)}, {Start: 5, Mean: wave(10)}, {Start: 10, Mean: wave(10)}}}}}
	h := Horizon{Model: NamedLine{"gru", []float64{1, 2, 3}}, Baselines: []NamedLine{{"naive", []float64{2, 2, 2}}}}
	var fs []Figure
	for _, d := range []interface{ Figure() (Figure, error) }{someLearning(), f, b, h} {
		fs = append(fs, figureOf(t, d))
	}
	return fs
}

func figureOf(t *testing.T, d interface{ Figure() (Figure, error) }) Figure {
	t.Helper()
	f, err := d.Figure()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func wave(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.Sin(float64(i) / 5)
	}
	return out
}

func shift(vs []float64, by float64) []float64 {
	for i := range vs {
		vs[i] += by
	}
	return vs
}

// elements counts the elements of a document by name and fails on one that is not well formed.
func elements(t *testing.T, doc string) map[string]int {
	t.Helper()
	count := map[string]int{}
	d := xml.NewDecoder(strings.NewReader(doc))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return count
		}
		if err != nil {
			t.Fatalf("not well formed: %v\n%.400s", err, doc)
		}
		if e, ok := token.(xml.StartElement); ok {
			count[e.Name.Local]++
		}
	}
}

func svg(t *testing.T, f Figure) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.SVG(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func picture(t *testing.T, f Figure) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.PNG(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPicturesAreWellFormed(t *testing.T) {
	for _, f := range figures(t) {
		count := elements(t, svg(t, f))
		if count["svg"] != 1 || count["title"] != 1 || count["desc"] != 1 || count["path"] < 10 || count["text"] < 5 {
			t.Errorf("%s: elements %v: want one svg, title and desc, and drawings", f.Name, count)
		}
		for class, width := range map[string]float64{"wide": wideWidth, "narrow": narrowWidth} {
			doc := string(f.inline(width, class))
			if count := elements(t, doc); count["path"] < 10 || count["line"] != 1 {
				t.Errorf("%s %s: elements %v", f.Name, class, count)
			}
		}
		im, err := png.Decode(bytes.NewReader(picture(t, f)))
		if err != nil {
			t.Fatal(err)
		}
		want := f.compose(pictureWidth, true)
		if got := im.Bounds().Size(); got.X != 2*pictureWidth || got.Y != int(2*want.height) {
			t.Errorf("%s is %v, want %d by %g", f.Name, got, 2*pictureWidth, 2*want.height)
		}
	}
}

// All lines of a drawn forecast have their colour in the picture, so nothing was left out or painted over.
func TestPictureShowsEveryColour(t *testing.T) {
	f := figures(t)[1]
	im, err := png.Decode(bytes.NewReader(picture(t, f)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Color{Ink, Blue, Vermilion} {
		want, seen := c.paint(), 0
		for y := 100; y < im.Bounds().Dy(); y++ { // below title and legend
			for x := range im.Bounds().Dx() {
				r, g, b, _ := im.At(x, y).RGBA()
				if uint8(r>>8) == want.R && uint8(g>>8) == want.G && uint8(b>>8) == want.B {
					seen++
				}
			}
		}
		if seen < 50 {
			t.Errorf("colour %d covers %d pixels, want a line", c, seen)
		}
	}
}

func TestSameInputSameBytes(t *testing.T) {
	for i, f := range figures(t) {
		again := figures(t)[i]
		if svg(t, f) != svg(t, again) {
			t.Errorf("%s: two SVG differ", f.Name)
		}
		if !bytes.Equal(picture(t, f), picture(t, again)) {
			t.Errorf("%s: two PNG differ", f.Name)
		}
	}
	var a, b strings.Builder
	for _, w := range []*strings.Builder{&a, &b} {
		if err := fullPage(figures(t)).Write(w); err != nil {
			t.Fatal(err)
		}
	}
	if a.String() != b.String() {
		t.Error("two pages differ")
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	f := figures(t)[0]
	for _, name := range []string{"loss.svg", "loss.PNG"} {
		if err := Save(filepath.Join(dir, name), f); err != nil {
			t.Fatal(err)
		}
	}
	if err := Save(filepath.Join(dir, "loss.gif"), f); err == nil || !strings.Contains(err.Error(), ".svg or .png") {
		t.Errorf("a .gif gives %v, want the endings that can be written", err)
	}
	if err := Save(filepath.Join(dir, "bad.svg"), Figure{Title: "empty"}); err == nil {
		t.Error("a figure without panels was saved")
	}
	bad := fullPage(nil)
	bad.Metrics[0].Columns = bad.Metrics[0].Columns[1:]
	if err := bad.Save(filepath.Join(dir, "bad.html")); err == nil || !strings.Contains(err.Error(), "4 values for 3 columns") {
		t.Errorf("a table that does not fit gives %v", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 2 {
		t.Errorf("%d files are left, want the two that were written: %v", len(left), left)
	}
}

func TestFiguresRefuseWhatDoesNotFit(t *testing.T) {
	nan := math.NaN()
	for name, c := range map[string]struct {
		d    interface{ Figure() (Figure, error) }
		want string
	}{
		"rate":      {Learning{Train: wave(3), Rate: wave(2), Best: -1}, "3 training losses and 2 learning rates"},
		"best":      {Learning{Train: wave(3), Best: 3}, "index 3, but there are 3 epochs"},
		"times":     {Forecast{Clock: Clock{Times: make([]time.Time, 2)}, Targets: []Target{{Mean: wave(3)}}}, "2 time stamps for 3 rows"},
		"truth":     {Forecast{Targets: []Target{{Name: "y", Mean: wave(3), Truth: wave(2)}}}, `target "y" has 2 values of truth, want 3`},
		"interval":  {Forecast{Targets: []Target{{Mean: wave(3), Intervals: []Interval{{Level: 0.8}}}}}, "low end, want 3"},
		"no target": {Forecast{}, "no targets"},
		"path":      {Backtest{Targets: []BacktestTarget{{Truth: wave(3), Paths: []Path{{Start: 2, Mean: wave(2)}}}}}, "rows 2 to 3, the truth has 3"},
		"ends":      {Backtest{Targets: []BacktestTarget{{Truth: wave(3), Paths: []Path{{Mean: wave(2), Low: wave(2)}}}}}, "2 means, 2 low and 0 high"},
		"baseline":  {Horizon{Model: NamedLine{"m", []float64{nan, 1}}, Baselines: []NamedLine{{"naive", wave(3)}}}, "errors of 3 steps, the model of 2"},
	} {
		if _, err := c.d.Figure(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}
