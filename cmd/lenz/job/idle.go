package job

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"lenz/datasets"
	"lenz/models/catalog"
)

// form is what data are made of, as far as their name tells before they are read.
type form int

const (
	unknownForm form = iota // a file that is not there, a name that is not known: told where the data are opened
	seriesFile
	namedSeries
	namedSequences // whole, labelled sequences
	namedRows
	rowFile    // a binary table
	imageFile  // IDX
	rollFile   // piano rolls, which hold their own parts
	noDataForm // a function to minimize, or what a sampler draws itself
)

// form looks at the name of the data, and of a file at its beginning.
func (c *Config) form(k kind) form {
	_, rows := k.(*density)
	d := c.Data
	if _, sampler := k.(*sampling); sampler || d.Data == quadraticTask {
		return noDataForm
	}
	if rows && d.Data == "" {
		return namedRows // defaultRows are
	}
	if !IsFile(d.Data) {
		switch info, err := datasets.Lookup(d.Data); {
		case err != nil:
			return unknownForm
		case info.Sequences:
			return namedSequences
		case info.Tables:
			return namedRows
		}
		return namedSeries
	}
	if info, err := os.Stat(d.Data); err != nil || !info.Mode().IsRegular() {
		return unknownForm
	}
	if rows && d.asSeries() {
		return seriesFile
	}
	if datasets.IsPianoRolls(d.Data) {
		return rollFile
	}
	switch pictures, err := datasets.IsPictures(d.Data); {
	case err != nil:
		return unknownForm
	case pictures:
		return imageFile
	case !rows:
		return seriesFile
	}
	switch is, err := datasets.IsTable(d.Data); {
	case err != nil:
		return unknownForm
	case is:
		return rowFile
	}
	return seriesFile
}

// asSeries tells whether settings ask for a series where a file could be a table, which has no columns to choose from.
func (c *DataConfig) asSeries() bool {
	return len(c.Columns) > 0 || len(c.Target) > 0 || c.TimeColumn != ""
}

// idleness is a reason why settings do nothing.
type idleness struct {
	names []string
	why   string
}

// The settings that belong to a file of series, to cutting one into windows, and to the parts of data.
var (
	ofCSV     = []string{"time-column", "time-format", "series-column", "delimiter", "header"}
	ofColumns = []string{"target", "columns", "known"}
	ofSeries  = []string{"calendar", "missing", "scaler", "transform", "period", "scaled-metrics", "input", "horizon", "stride"}
	ofParts   = []string{"split", "valid", "test"}
)

// idle lists the settings that the kind of model uses on other data or beside other settings, and that do nothing here.
func (c *Config) idle(k kind) []idleness {
	var all []idleness
	add := func(why string, names ...[]string) { all = append(all, idleness{slices.Concat(names...), why}) }
	data := c.Data.Data
	switch c.form(k) {
	case namedSequences:
		add(data+" is made of whole, labelled sequences with parts of their own: nothing of them is chosen, scaled or cut into windows", ofCSV, ofColumns, ofSeries, ofParts)
	case namedRows:
		if data == "" {
			data = "the data set that it takes without --data"
		}
		add(data+" is a table of rows with parts of its own, learnt as they are: only a series has columns and windows (--data NAME or FILE of one)", ofCSV, ofColumns, ofSeries, ofParts)
	case rowFile:
		add(data+" is a table of rows, learnt as they are: to learn windows of a series in their place, name its columns with --columns", ofCSV, ofSeries)
	case imageFile:
		add(data+" holds pictures, learnt as they are: only a series has columns and windows", ofCSV, ofSeries)
	case rollFile:
		add(data+" holds rows with parts of their own, learnt as they are: only a series has columns and windows", ofCSV, ofSeries, ofParts)
	case namedSeries:
		add(data+" is a series, whose windows are no grey pictures", []string{"binarize"})
		if c.Data.Valid == "" && c.Data.Test == "" {
			add(data+" is a data set and no file: nothing of it has to be found", ofCSV)
		}
	case seriesFile:
		add(data+" is a series, whose windows are no grey pictures", []string{"binarize"})
	case noDataForm:
		if data == quadraticTask {
			add("the quadratic has neither data nor a model", ofCSV, ofColumns, ofSeries, ofParts, []string{"model", "set", "init", "batch", "tbptt"})
		}
	}
	if c.Data.Valid != "" || c.Data.Test != "" {
		add("--valid and --test give the parts: nothing is split", []string{"split"})
	}
	if c.Window.TBPTT > 0 {
		add("with --tbptt the training part is one stream and has no windows", []string{"stride"})
	}
	if c.Train.OnNaN != "rollback" {
		add("only with --on-nan rollback does a run go back", []string{"rollbacks", "rollback-rate"})
	}
	if why := c.impatient(); why != "" {
		add(why, []string{"patience"})
	}
	return all
}

// impatient says why patience does nothing; "" where it does something.
func (c *Config) impatient() string {
	if c.Train.Patience == 0 {
		return "" // never to stop is what happens
	}
	if c.Model.Model == "dbn" {
		return "each stage of a deep network has a loss of its own and its share of --epochs"
	}
	if split, err := datasets.ParseSplit(c.Data.Split); err == nil && split.Valid == 0 && c.Data.Valid == "" && c.Data.Split != "" {
		return fmt.Sprintf("the split %s leaves no validation part to look at", c.Data.Split)
	}
	return ""
}

// refuseIdle refuses a setting that was given and does nothing. It stands for every kind that uses it elsewhere; what a kind never uses
// is found before.
func (c *Config) refuseIdle(k kind, asked []placed) error {
	all := c.idle(k)
	for _, a := range asked {
		for _, i := range all {
			if slices.Contains(i.names, a.Name) && k.uses(a.Name) {
				return fmt.Errorf("%s: %s has no use for %s here: %s; leave %s out", a.place, c.Model.Model, a.Name, i.why, a.Name)
			}
		}
	}
	return nil
}

// counts tells whether a setting does something, so that config.toml leaves out what does not.
func (c *Config) counts() func(name string) bool {
	k := kindOf(c.Model.Model)
	all := c.idle(k)
	return func(name string) bool {
		return k.uses(name) && !slices.ContainsFunc(all, func(i idleness) bool { return slices.Contains(i.names, name) })
	}
}

// CheckModel refuses a setting of the model that a user gives in these layers and that does nothing beside the others. A file's settings that
// say what holds without them were written by a run.
func (l Layers) CheckModel(c *Config) error {
	file, err := readFile(l.File)
	if err != nil {
		return err
	}
	said, err := telling(file, preset(c.Data.Data, c.Model.Model))
	if err != nil {
		return err
	}
	var asked []string
	add := func(a Assignment) {
		if key, _, _ := strings.Cut(a.Text, "="); a.Name == "set" {
			asked = append(asked, strings.TrimSpace(key))
		}
	}
	for _, a := range said {
		add(a.Assignment)
	}
	for _, a := range l.Flags {
		add(a)
	}
	entry, err := catalog.Lookup(c.Model.Model)
	if err != nil {
		return err
	}
	return entry.CheckIdle(c.expected(entry), asked)
}

// expected is the settings of the model with what the data and the windows will decide.
func (c *Config) expected(entry catalog.Entry) map[string]string {
	known := modelSettings(entry.Name)
	switch f := c.form(kindOf(entry.Name)); {
	case known["strategy"]:
		return withStrategy(c)
	case entry.Kind == catalog.Density && known["visible"] && (f == seriesFile || f == namedSeries):
		return withDefault(c.Model.Set, "visible", "gaussian")
	}
	return c.Model.Set
}
