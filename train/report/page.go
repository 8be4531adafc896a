package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"lenz/internal/atomicfile"
)

// Page is report.html. All parts but Title may be left out; what is absent leaves no heading behind.
type Page struct {
	Title    string // name of the run
	Subtitle string // what was trained on what: "LSTM on monthly sunspots"
	Status   Status
	Verdict  Verdict   // the headline; zero = none
	Numbers  []Number  // key numbers, shown large; three to eight read best
	Warnings []string  // shown at the top, each a paragraph
	Metrics  []Metrics // tables; the first is the one people came for
	Grids    []Grid    // tables of texts
	Explore  []Figure  // drawn by script: series can be switched off, axes made logarithmic, points read
	Figures  []Figure  // in the order of reading
	Mosaics  []Mosaic  // after the figures
	Groups   []Group   // configuration, data, environment, ...: each a heading and a list of names and values
	Model    Model
	Commands []Command // how to do it again
	Notes    []string  // shown at the end
}

// Status is how the run ended.
type Status struct {
	Name   string // "completed", "stopped early", "diverged", "interrupted"
	Reason string // a sentence; may be empty
	Good   bool   // coloured as a success; else as something to look at
}

// Number is one of the key numbers.
type Number struct {
	Label, Value string
	Note         string // small print below the value
}

// Group is a heading over names and values.
type Group struct {
	Title string
	Note  string
	Pairs []Pair
}

// Pair is a name and its value.
type Pair struct{ Name, Value string }

// Model lists the parameters.
type Model struct {
	Name       string
	Note       string
	Parameters int // their total; 0 = not said
	Layers     []Layer
}

// Layer is one row of the table of layers.
type Layer struct {
	Name       string // "rnn.weight_ih_l0"
	Kind       string // "LSTM input weights"; may be empty
	Shape      []int
	Parameters int
}

// Command is a line for the shell and what it does.
type Command struct{ What, Line string }

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

// Write writes the page. Besides the errors of w there are those of figures and tables whose slices do not fit.
func (p Page) Write(w io.Writer) error {
	v, err := p.view()
	if err != nil {
		return err
	}
	t, err := template.New("report").Parse(pageHTML)
	if err != nil {
		panic("report: the page's own template is broken: " + err.Error())
	}
	var b strings.Builder
	if err := t.Execute(&b, v); err != nil {
		return fmt.Errorf("report: fill the page %q: %w", p.Title, err)
	}
	if _, err := io.WriteString(w, clean(b.String())); err != nil {
		return fmt.Errorf("report: write the page %q: %w", p.Title, err)
	}
	return nil
}

// Save writes the page to a file and leaves no partial file behind.
func (p Page) Save(path string) error { return atomicfile.Write(path, p.Write) }
