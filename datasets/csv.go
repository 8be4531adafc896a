package datasets

import (
	"io"
)

// CSVOptions says how a CSV file is read. The zero value finds everything out.
type CSVOptions struct {
	// Delimiter between fields: ',', ';', '\t', '|' or ' ' (any run of spaces and tabs); 0 finds it.
	Delimiter rune
	// Header says whether the first row names the columns; "" finds out, "yes" and "no" set it. Without one the columns
	// are c0, c1, ...
	Header string
	// TimeColumn holds the time stamps; "" finds it by name and content, "none" numbers the rows.
	TimeColumn string
	// TimeFormat is the layout of the time stamps in Go's notation (2006-01-02 15:04), or "unix" for seconds since
	// 1970; "" finds it.
	TimeFormat string
	// Columns to keep, in this order; empty keeps all that hold numbers.
	Columns []string
	// SeriesColumn holds a name; the rows of each name are a series of their own.
	SeriesColumn string
}

// ReadCSV reads the series of a CSV file, .csv or .csv.gz: one, or with SeriesColumn one a name in the order of their
// first rows.
func ReadCSV(path string, o CSVOptions) ([]*Series, error) { return nil, nil }

// ReadCSVFrom reads a CSV from r; the name is that of the series, and of the file in errors.
func ReadCSVFrom(r io.Reader, name string, o CSVOptions) ([]*Series, error) { return nil, nil }
