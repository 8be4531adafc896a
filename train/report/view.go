package report

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
)

// view is what the template reads: all text ready, all choices made. It holds no markup but that of our own charts.
type view struct {
	Page
	Style     template.CSS
	Script    template.JS
	Tables    []tableView
	Pictures  []pictureView
	Images    []imageView
	Grids     []gridView
	Explored  []explored
	Explorer  template.JS
	Columns   int // of key numbers
	HasModel  bool
	ModelText string
	Kinds     bool
	Layers    []layerView
}

type tableView struct {
	Title, Note string
	Marked      bool
	Columns     []string
	Rows        []rowView
}

type gridView struct {
	Grid
	Lines []gridLine
}

type gridLine struct {
	Cells []string
	Best  bool
}

type rowView struct {
	Label string
	Cells []cellView
}

type cellView struct {
	Text string
	Best bool
}

type pictureView struct {
	Title, Caption string
	Wide, Narrow   template.HTML
	Pointed        []readings
	Values         []valuesView
}

type valuesView struct {
	Caption, Axis string
	Columns       []string
	Rows          []valueRow
}

type valueRow struct {
	Label string
	Cells []string
}

// imageView is a mosaic, its address being our own picture and no text of anybody.
type imageView struct {
	Title, Caption string
	Address        template.URL
}

type layerView struct{ Name, Kind, Shape, Count string }

func (p Page) view() (view, error) {
	v := view{Page: p, Style: template.CSS(pageCSS + css()), Script: template.JS(pageJS), Explorer: template.JS(exploreJS)}
	for _, m := range p.Metrics {
		t, err := m.view()
		if err != nil {
			return view{}, err
		}
		v.Tables = append(v.Tables, t)
	}
	for _, f := range p.Figures {
		if err := f.check(); err != nil {
			return view{}, err
		}
		v.Pictures = append(v.Pictures, f.view())
	}
	for _, m := range p.Mosaics {
		address, err := m.inline()
		if err != nil {
			return view{}, err
		}
		v.Images = append(v.Images, imageView{m.Title, m.Caption, template.URL(address)})
	}
	if err := v.lay(p); err != nil {
		return view{}, err
	}
	v.Columns = columns(len(p.Numbers))
	v.describeModel()
	return v, nil
}

// mostTiles is how many key numbers stand side by side at most.
const mostTiles = 6

// columns shares n tiles among as few rows as hold them, so that none is left alone.
func columns(n int) int {
	rows := max(1, (n+mostTiles-1)/mostTiles)
	return max(1, (n+rows-1)/rows)
}

// lay fills in the grids, and the figures to explore.
func (v *view) lay(p Page) error {
	for _, g := range p.Grids {
		lines := make([]gridLine, len(g.Rows))
		for i, row := range g.Rows {
			if len(row) != len(g.Head) {
				return fmt.Errorf("report: row %d of table %q has %d cells for %d columns: give one a column", i, g.Title, len(row), len(g.Head))
			}
			lines[i] = gridLine{row, slices.Contains(g.Best, i)}
		}
		v.Grids = append(v.Grids, gridView{g, lines})
	}
	for _, f := range p.Explore {
		if err := f.check(); err != nil {
			return err
		}
		e, err := f.explored()
		if err != nil {
			return err
		}
		v.Explored = append(v.Explored, e)
	}
	return nil
}

func (m Metrics) view() (tableView, error) {
	t := tableView{Title: m.Title, Note: m.Note, Columns: m.Columns}
	for _, row := range m.Rows {
		if len(row.Values) != len(m.Columns) {
			return tableView{}, fmt.Errorf("report: metric %q of table %q has %d values for %d columns: give one a column, NaN where it was not measured", row.Label, m.Title, len(row.Values), len(m.Columns))
		}
		r := rowView{Label: row.Label}
		for _, text := range numbers(row.Values) {
			r.Cells = append(r.Cells, cellView{Text: text})
		}
		for _, i := range row.Best() {
			r.Cells[i].Best, t.Marked = true, true
		}
		t.Rows = append(t.Rows, r)
	}
	return t, nil
}

func (f Figure) view() pictureView {
	v := pictureView{Title: f.Title, Caption: f.Caption,
		Wide: f.inline(wideWidth, "wide"), Narrow: f.inline(narrowWidth, "narrow")}
	for _, p := range f.Panels {
		v.Pointed = append(v.Pointed, p.pointed(p.plot(room{wideWidth, 250}).x))
		t := p.table()
		if len(t.At) == 0 {
			continue
		}
		values := valuesView{Caption: or(p.Title, p.Y.Name), Axis: t.Axis}
		for _, s := range t.Series {
			values.Columns = append(values.Columns, s.Name)
		}
		for i, label := range t.Labels {
			row := valueRow{Label: label}
			for _, s := range t.Series {
				row.Cells = append(row.Cells, or(s.Texts[i], "–"))
			}
			values.Rows = append(values.Rows, row)
		}
		v.Values = append(v.Values, values)
	}
	return v
}

func (v *view) describeModel() {
	m := v.Page.Model
	v.HasModel = m.Name != "" || m.Note != "" || m.Parameters > 0 || len(m.Layers) > 0
	v.ModelText = m.Name
	if m.Parameters > 0 {
		v.ModelText = strings.TrimPrefix(fmt.Sprintf("%s, %s", m.Name, plural(m.Parameters, "parameter")), ", ")
	}
	for _, l := range m.Layers {
		dims := make([]string, len(l.Shape))
		for i, d := range l.Shape {
			dims[i] = strconv.Itoa(d)
		}
		v.Kinds = v.Kinds || l.Kind != ""
		v.Layers = append(v.Layers, layerView{l.Name, l.Kind, strings.Join(dims, " × "), thousands(l.Parameters)})
	}
}
