package datasets

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// CSVOptions says how a CSV file is read. The zero value finds everything out.
type CSVOptions struct {
	// Delimiter between fields: ',', ';', '\t', '|' or ' ' (any run of spaces and tabs); 0 finds it.
	Delimiter rune
	// Header says whether the first row names the columns: "yes" or "no"; "" finds out. Without one the columns are c0,
	// c1, ...
	Header string
	// TimeColumn holds the time stamps; "" finds it by name and content, "none" numbers the rows. Years with a column of
	// months or quarters (and days and hours) beside them are found together.
	TimeColumn string
	// TimeFormat is the layout of the time stamps in Go's notation (2006-01-02 15:04), or "unix" for seconds since
	// 1970; "" finds it. It needs TimeColumn.
	TimeFormat string
	// Columns to keep, in this order; empty keeps all that hold numbers.
	Columns []string
	// SeriesColumn holds a name; the rows of each name are a series of their own, and may be of any number.
	SeriesColumn string
}

// ReadCSV reads the series of a CSV file, plain or compressed by gzip: one, or with SeriesColumn one a name in the order of
// their first rows. Lines at the top that begin with # are skipped. Empty cells and NA, NaN, null, none, "-", "?", "." are
// missing values (NaN); rows that are missing in the grid of the time stamps become rows of missing values. ResolveMissing
// deals with them. In a file of one column a blank line between rows is a missing value too; in others blank lines between rows
// are skipped with a note, and at the end of a file they are nothing. Columns of text are left out with a note. Errors name the file, the line, the column and the remedy.
func ReadCSV(path string, o CSVOptions) ([]*Series, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no such file%s", path, neighbours(path))
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a folder: name a file in it", path)
	}
	buffered := bufio.NewReaderSize(file, 1<<16)
	var r io.Reader = buffered
	if magic, _ := buffered.Peek(2); string(magic) == "\x1f\x8b" {
		unzipped, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, fmt.Errorf("%s is no whole gzip file: %w: fetch it again", path, err)
		}
		defer unzipped.Close()
		r = unzipped
	}
	return ReadCSVFrom(r, path, o)
}

// ReadCSVFrom reads a CSV from r, which is not compressed. The name stands for the file in errors, and without folder and
// extension it names the series.
func ReadCSVFrom(r io.Reader, name string, o CSVOptions) ([]*Series, error) {
	switch o.Delimiter {
	case 0, ',', ';', '\t', '|', ' ':
	default:
		return nil, fmt.Errorf("%s: %q is no delimiter: use a comma, semicolon, tab, | or space", name, o.Delimiter)
	}
	if o.Header != "" && o.Header != "yes" && o.Header != "no" {
		return nil, fmt.Errorf("%s: header is %q: use yes, no, or nothing to find out", name, o.Header)
	}
	if o.TimeFormat != "" && (o.TimeColumn == "" || o.TimeColumn == "none") {
		return nil, fmt.Errorf("%s: a time format needs a time column: name it with --time-column", name)
	}
	sample, err := io.ReadAll(io.LimitReader(r, sampleSize)) // grows with what is there
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", name, err)
	}
	more := len(sample) == sampleSize
	sample = bytes.TrimPrefix(sample, []byte("\xef\xbb\xbf")) // UTF-8's byte order mark
	if why := noTable(sample); why != "" {
		return nil, fmt.Errorf("%s %s", name, why)
	}
	plan, err := newPlan(name, sample, more, o)
	if err != nil {
		return nil, err
	}
	whole := io.MultiReader(bytes.NewReader(sample), r)
	return plan.read(&recordReader{r: bufio.NewReaderSize(whole, min(1<<16, len(sample)+1))})
}

// noTable says why a file is none of rows of fields, where its beginning shows it.
func noTable(sample []byte) string {
	begins := func(marks ...string) bool {
		return slices.ContainsFunc(marks, func(m string) bool { return bytes.HasPrefix(sample, []byte(m)) })
	}
	switch {
	case begins("\xff\xfe", "\xfe\xff"):
		return "is written in UTF-16: save it as UTF-8"
	case begins("PK\x03\x04", "\xd0\xcf\x11\xe0"):
		return "is a spreadsheet or an archive: save the sheet as CSV"
	case begins("\x93NUMPY"):
		return "is an array of NumPy's: name it .npy, not packed"
	case begins("[{", `{"`):
		return "is JSON: save it as CSV, a header and a row a line"
	case bytes.IndexByte(bytes.TrimRight(sample, "\r\n"), '\n') < 0 && bytes.Count(sample, []byte{'\r'}) > 1:
		return "ends its lines with carriage returns alone: save it with line feeds (\\n or \\r\\n)"
	}
	if header, _, whole := bytes.Cut(sample, []byte{'\n'}); whole && !utf8.Valid(header) {
		return "has names that are not UTF-8 in line 1: convert it, as by iconv -f latin1 -t utf-8"
	}
	return ""
}

// sampleSize is how much of a file decides on its delimiter, header and time column.
const sampleSize = 1 << 20

// seriesName names a series after its file.
func seriesName(path string) string {
	name := filepath.Base(path)
	name = strings.TrimSuffix(name, ".gz")
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		name = name[:i]
	}
	return name
}
