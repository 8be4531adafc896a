package report

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"strconv"
)

// Grid is a table of texts: a row a thing, a column a property.
type Grid struct {
	Title, Note string
	Head        []string   // the first names the rows
	Rows        [][]string // each as long as Head
	Best        []int      // rows that are marked
}

//go:embed explore.js
var exploreJS string

// explored is a figure that the page draws by script, so that series can be switched off and axes changed. Without scripts the
// page shows the figure as it is drawn in files.
type explored struct {
	Title, Caption string
	Data           template.JS
	Wide, Narrow   template.HTML
}

func (f Figure) explored() (explored, error) {
	data, err := json.Marshal(f.data())
	return explored{
		Title: f.Title, Caption: f.Caption, Data: template.JS(data),
		Wide: f.inline(wideWidth, "wide"), Narrow: f.inline(narrowWidth, "narrow"),
	}, err
}

// The shapes of JSON that explore.js reads.
type (
	dataFigure struct {
		Title  string      `json:"title"`
		Panels []dataPanel `json:"panels"`
	}
	dataPanel struct {
		Title string     `json:"title"`
		X     dataAxis   `json:"x"`
		Y     dataAxis   `json:"y"`
		Lines []dataLine `json:"lines"`
		Bands []dataBand `json:"bands"`
		Marks []dataMark `json:"marks"`
	}
	dataAxis struct {
		Name string `json:"name"`
		Log  bool   `json:"log"`
		Zero bool   `json:"zero"`
	}
	dataLine struct {
		Name  string     `json:"name"`
		Color Color      `json:"color"`
		X     []*float64 `json:"x"`
		Y     []*float64 `json:"y"`
	}
	dataBand struct {
		Name  string     `json:"name"`
		Color Color      `json:"color"`
		X     []*float64 `json:"x"`
		Low   []*float64 `json:"low"`
		High  []*float64 `json:"high"`
	}
	dataMark struct {
		X     *float64 `json:"x"`
		Label string   `json:"label"`
	}
)

func (f Figure) data() dataFigure {
	out := dataFigure{Title: clean(f.Title)}
	for _, p := range f.Panels {
		d := dataPanel{Title: clean(p.Title), X: p.X.data(), Y: p.Y.data(), Lines: []dataLine{}, Bands: []dataBand{}, Marks: []dataMark{}}
		for _, l := range p.Lines {
			d.Lines = append(d.Lines, dataLine{clean(l.Name), l.Color, gaps(l.X), gaps(l.Y)})
		}
		for _, b := range p.Bands {
			d.Bands = append(d.Bands, dataBand{clean(b.Name), b.Color, gaps(b.X), gaps(b.Low), gaps(b.High)})
		}
		for _, m := range p.Marks {
			d.Marks = append(d.Marks, dataMark{gaps([]float64{m.X})[0], clean(m.Label)})
		}
		out.Panels = append(out.Panels, d)
	}
	return out
}

func (a Axis) data() dataAxis { return dataAxis{clean(a.Name), a.Log, a.Zero} }

// gaps writes missing values as null. Six digits are more than a screen shows.
func gaps(values []float64) []*float64 {
	out := make([]*float64, len(values))
	for i, v := range values {
		if missing(v) {
			continue
		}
		if short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 6, 64), 64); err == nil {
			v = short
		}
		out[i] = &v
	}
	return out
}
