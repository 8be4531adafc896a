package datasets

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"lenz/internal/near"
)

// Series is a table of numbers in time: named columns, rows at equal steps of time or numbered. A missing value is NaN.
// Read one with ReadFile or Open, or build one with NewSeries.
type Series struct {
	Name    string
	Columns []string
	Values  [][]float64 // Values[column][row]
	Freq    Frequency
	Notes   []string // what reading changed or left out, for people

	stamps []int64    // microseconds since 1970 UTC, one a row, where rows are not start + i steps
	start  time.Time  // time of row 0 unless stamps is set
	first  int        // number of row 0 in the series that this is the end of
	file   string     // where the rows come from, "" if not from a file
	lines  []lineMark // where in the file the rows are
}

// lineMark says that the rows from row on stand one a line from line on; line 0 marks rows that are not in the file.
type lineMark struct{ row, line int }

// NewSeries returns a series of the columns (not copied), which must have names of their own and equal lengths.
func NewSeries(name string, columns []string, values [][]float64) (*Series, error) {
	if len(columns) != len(values) || len(columns) == 0 {
		return nil, fmt.Errorf("datasets: series %q has %d names for %d columns: give one name a column", name, len(columns), len(values))
	}
	for i, c := range columns {
		if j := slices.Index(columns, c); j < i {
			return nil, fmt.Errorf("datasets: series %q: columns %d and %d are both named %q: rename one", name, j+1, i+1, c)
		}
		if len(values[i]) != len(values[0]) {
			return nil, fmt.Errorf("datasets: series %q: column %q has %d rows, column %q %d: give equal lengths",
				name, c, len(values[i]), columns[0], len(values[0]))
		}
	}
	return &Series{Name: name, Columns: columns, Values: values}, nil
}

// Starting returns the series with row 0 at the start and a row each step of the frequency. The values are shared.
func (s *Series) Starting(start time.Time, step Frequency) *Series {
	c := *s
	c.start, c.Freq, c.stamps = start.UTC(), step, nil
	return &c
}

// Numbered returns the series with row 0 labelled as row first, for the end of a longer one. The values are shared.
func (s *Series) Numbered(first int) *Series {
	c := *s
	c.first = first
	return &c
}

// Number is what row 0 is labelled with where there are no time stamps: 0 unless Numbered gave another.
func (s *Series) Number() int { return s.first }

// Rows returns the number of rows.
func (s *Series) Rows() int {
	if len(s.Values) == 0 {
		return 0
	}
	return len(s.Values[0])
}

// HasTime tells whether rows have time stamps.
func (s *Series) HasTime() bool { return s.Freq.Unit != Index }

// Time returns the time of a row. Rows past the end continue the series at its frequency; without time stamps it is the
// zero time.
func (s *Series) Time(row int) time.Time {
	switch {
	case !s.HasTime():
		return time.Time{}
	case s.stamps == nil:
		return s.Freq.Add(s.start, row)
	case row < len(s.stamps):
		return time.UnixMicro(s.stamps[row]).UTC()
	}
	last := len(s.stamps) - 1
	return s.Freq.Add(time.UnixMicro(s.stamps[last]).UTC(), row-last)
}

// Future returns the times of the h steps after the last row, nil without time stamps.
func (s *Series) Future(h int) []time.Time {
	if !s.HasTime() {
		return nil
	}
	times := make([]time.Time, h)
	for i := range times {
		times[i] = s.Time(s.Rows() + i)
	}
	return times
}

// Label returns the time of a row (or a future one) in the shortest form that tells the rows apart: 1749, 1749-01,
// 1749-01-01, 1749-01-01 12:00, ...; without time stamps it is the number of the row, from 0 (or what Numbered gave).
func (s *Series) Label(row int) string {
	if !s.HasTime() {
		return fmt.Sprint(s.first + row)
	}
	t := s.Time(row)
	midnight := t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 && t.Nanosecond() == 0
	switch {
	case s.Freq == Yearly && t.YearDay() == 1 && midnight:
		return t.Format("2006")
	case s.Freq.Unit == Month && t.Day() == 1 && midnight:
		return t.Format("2006-01")
	case s.Freq.Unit != Clock && midnight:
		return t.Format("2006-01-02")
	case (s.Freq.Unit != Clock || s.Freq.N%minute == 0) && t.Second() == 0 && t.Nanosecond() == 0:
		return t.Format("2006-01-02 15:04")
	case (s.Freq.Unit != Clock || s.Freq.N%second == 0) && t.Nanosecond() == 0:
		return t.Format("2006-01-02 15:04:05")
	}
	return t.Format("2006-01-02 15:04:05.000000")
}

// Index returns the number of the named column, or an error that suggests a near name.
func (s *Series) Index(column string) (int, error) {
	if i := slices.Index(s.Columns, column); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("%s has no column %q%s (columns: %s)", s.place(), column, near.Suggest(column, s.Columns), someNames(s.Columns))
}

// Column returns the values of the named column; they are not copied.
func (s *Series) Column(column string) ([]float64, error) {
	i, err := s.Index(column)
	if err != nil {
		return nil, err
	}
	return s.Values[i], nil
}

// Select returns the series with the named columns only, in that order. The values are shared.
func (s *Series) Select(columns ...string) (*Series, error) {
	c := *s
	c.Columns, c.Values = slices.Clone(columns), make([][]float64, len(columns))
	for i, name := range columns {
		v, err := s.Column(name)
		if err != nil {
			return nil, err
		}
		if slices.Index(columns, name) < i {
			return nil, fmt.Errorf("%s: column %q is asked for twice: name it once", s.place(), name)
		}
		c.Values[i] = v
	}
	return &c, nil
}

// Slice returns the rows from <= row < to, with their times. The values are shared. It panics if the rows do not exist.
func (s *Series) Slice(from, to int) *Series {
	if from < 0 || to < from || to > s.Rows() {
		panic(fmt.Sprintf("datasets: rows %d to %d of %d", from, to, s.Rows()))
	}
	c := *s
	c.Values = make([][]float64, len(s.Values))
	for i, v := range s.Values {
		c.Values[i] = v[from:to:to]
	}
	if s.stamps != nil {
		c.stamps = s.stamps[from:to:to]
	} else {
		c.start = s.Time(from)
	}
	c.lines = nil
	for _, m := range s.lines {
		if m.row > from {
			c.lines = append(c.lines, lineMark{m.row - from, m.line})
		} else if m.line == 0 {
			c.lines = []lineMark{{0, 0}}
		} else {
			c.lines = []lineMark{{0, m.line + from - m.row}}
		}
	}
	return &c
}

// Line returns the line of the file that a row was read from, 0 if it was not.
func (s *Series) Line(row int) int {
	line := 0
	for _, m := range s.lines {
		if m.row > row {
			break
		}
		line = 0
		if m.line > 0 {
			line = m.line + row - m.row
		}
	}
	return line
}

// Missing returns the number of missing values and the positions of the first ones, limit of them at most.
func (s *Series) Missing(limit int) (count int, first []Position) {
	for row := range s.Rows() {
		for c, v := range s.Values {
			if !math.IsNaN(v[row]) {
				continue
			}
			if count++; len(first) < limit {
				first = append(first, Position{Column: s.Columns[c], Row: row, Line: s.Line(row), Label: s.Label(row)})
			}
		}
	}
	return count, first
}

// Position is the place of a value: its column, row (from 0), line in the file (0 if it is not in one) and time.
type Position struct {
	Column    string
	Row, Line int
	Label     string
}

// Stepping returns the series as one whose rows are a step of the frequency apart, and whether they are: a Monday to a
// Friday may be of a daily series or of one of business days. Rows after the end then go on at that frequency.
func (s *Series) Stepping(f Frequency) (*Series, bool) {
	ends := f.MonthEnd
	if f.MonthEnd = s.Freq.MonthEnd; f == s.Freq {
		return s, true
	}
	f.MonthEnd = ends
	if !s.HasTime() || f.Unit == Index || s.Rows() == 0 {
		return s, false
	}
	again := s.Starting(s.Time(0), f)
	for row := range s.Rows() {
		if !again.Time(row).Equal(s.Time(row)) {
			return s, false
		}
	}
	return again, true
}

// Where says where the series comes from, for people: its file, or its name.
func (s *Series) Where() string {
	if s.file == "" && s.Name != "" {
		return s.Name
	}
	return s.place()
}

// place names the series in errors.
func (s *Series) place() string {
	if s.file != "" {
		return s.file
	}
	if s.Name == "" {
		return "datasets: the series"
	}
	return "datasets: " + s.Name
}

// someNames joins names, and only counts those after the twelfth.
func someNames(names []string) string {
	if len(names) > 12 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:12], ", "), len(names)-12)
	}
	return strings.Join(names, ", ")
}
