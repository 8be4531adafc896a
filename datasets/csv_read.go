package datasets

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"time"
)

// blockSize is the largest number of values that a column grows by: short series stay small, and long ones never copy more than
// the last step of putting blocks together does.
const blockSize = 1 << 16

// blocks is a growing column.
type blocks[E any] struct {
	full [][]E
	last []E
	n    int
}

func (b *blocks[E]) add(v E) {
	if len(b.last) == cap(b.last) {
		if len(b.last) > 0 {
			b.full = append(b.full, b.last)
		}
		b.last = make([]E, 0, min(blockSize, max(32, b.n)))
	}
	b.last = append(b.last, v)
	b.n++
}

// values goes through all values.
func (b *blocks[E]) values() iter.Seq[E] {
	return func(yield func(E) bool) {
		for _, block := range append(b.full, b.last) {
			for _, v := range block {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// join returns all values and lets the blocks go.
func (b *blocks[E]) join() []E {
	all := make([]E, 0, b.n)
	for i, block := range b.full {
		all = append(all, block...)
		b.full[i] = nil
	}
	all = append(all, b.last...)
	*b = blocks[E]{}
	return all
}

// csvSeries collects the rows of a series.
type csvSeries struct {
	name    string
	columns []blocks[float64]
	stamps  blocks[int64]
	last    int64 // time of the last row
	line    int   // and its line
	rows    int
	marks   Series // only its lines
}

// csvBuild is a file being read.
type csvBuild struct {
	*csvPlan
	list   []*csvSeries
	byName map[string]*csvSeries
	now    *csvSeries // the one of the last row
	// For each value column that may hold text: whether a number was seen, and the first text and its line.
	numbers []bool
	texts   []string
	textAt  []int
	blank   int // blank lines between the rows
}

func (p *csvPlan) read(lines *recordReader) ([]*Series, error) {
	b := &csvBuild{csvPlan: p, byName: map[string]*csvSeries{}}
	b.numbers, b.texts, b.textAt = make([]bool, len(p.values)), make([]string, len(p.values)), make([]int, len(p.values))
	var fields [][]byte
	started, header := false, p.header
	for {
		record, err := lines.read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s cannot be read to its end, the trouble is after line %d: %w", p.name, lines.line, err)
		}
		if !started && record[0] == '#' {
			continue
		}
		if !started {
			lines.blank = 0 // those before the header, or before the first row without one, are not between rows
		}
		started = true
		if header {
			header = false
			continue
		}
		if err := b.blanks(lines); err != nil {
			return nil, err
		}
		fields = splitRecord(record, p.delimiter, fields)
		if len(fields) != len(p.fields) {
			return nil, p.ragged(lines.line, fields)
		}
		if err := b.row(lines.line, fields); err != nil {
			return nil, err
		}
	}
	return b.finish()
}

// blanks takes the blank lines before the row that was read last. Where a row has one field, each is a row whose value is
// missing: passing it over would move all that follow. Elsewhere they are no rows, as they lack the delimiters.
func (b *csvBuild) blanks(lines *recordReader) error {
	b.blank += lines.blank
	if len(b.fields) > 1 {
		return nil
	}
	for line := lines.line - lines.blank; line < lines.line; line++ {
		if err := b.row(line, [][]byte{nil}); err != nil {
			return err
		}
	}
	return nil
}

func (p *csvPlan) ragged(line int, fields [][]byte) error {
	first := "the first row"
	if p.header {
		first = "the header"
	}
	remedy := "add or remove fields, or quote the field that holds the delimiter"
	if p.delimiter == ',' && len(fields) > len(p.fields) {
		remedy += "; if commas stand inside of numbers (1,5 or 1,500), write them with a point or without"
	}
	return fmt.Errorf("%s:%d: the row has %d fields, %s has %d: %s", p.name, line, len(fields), first, len(p.fields), remedy)
}

// row adds a record.
func (b *csvBuild) row(line int, fields [][]byte) error {
	if err := b.choose(line, fields); err != nil {
		return err
	}
	s := b.now
	if err := b.time(s, line, fields); err != nil {
		return err
	}
	if s.rows == 0 || line != s.line+1 {
		s.marks.mark(s.rows, line)
	}
	s.line = line
	s.rows++
	for c, i := range b.values {
		field := fields[i]
		v, ok := parseNumber(field)
		switch {
		case ok && v-v == 0:
			if b.textAt[c] > 0 {
				return b.mixed(c)
			}
			b.numbers[c] = true
		case isMissing(field):
			v = math.NaN()
		case b.roles[i] == roleAuto && !b.numbers[c] && !isInfinite(field) && !decimalComma.Match(field) && !thousands.Match(field):
			if b.textAt[c] == 0 {
				b.texts[c], b.textAt[c] = string(field), line
			}
			v = math.NaN()
		default:
			return fmt.Errorf("%s:%d: column %q: %q %s", b.name, line, b.fields[i], shorten(field), whyNoNumber(field))
		}
		s.columns[c].add(v)
	}
	return nil
}

// mixed says that a column has numbers after text.
func (b *csvBuild) mixed(c int) error {
	text := []byte(b.texts[c])
	return fmt.Errorf("%s:%d: column %q: %q %s", b.name, b.textAt[c], b.fields[b.values[c]], shorten(text), whyNoNumber(text))
}

func shorten(b []byte) []byte {
	if len(b) > 40 {
		return append(bytes.Clone(b[:37]), "..."...)
	}
	return b
}

// choose sets the series that a row belongs to.
func (b *csvBuild) choose(line int, fields [][]byte) error {
	var name []byte
	if b.series >= 0 {
		if name = fields[b.series]; len(name) == 0 {
			return fmt.Errorf("%s:%d: column %q: the series' name is empty: fill it", b.name, line, b.fields[b.series])
		}
	}
	if b.now != nil && (b.series < 0 || string(name) == b.now.name) {
		return nil
	}
	if b.now = b.byName[string(name)]; b.now == nil {
		b.now = &csvSeries{name: string(name), columns: make([]blocks[float64], len(b.values))}
		b.byName[b.now.name] = b.now
		b.list = append(b.list, b.now)
	}
	return nil
}

// time reads the time stamp of a row, which must be after the one before it.
func (b *csvBuild) time(s *csvSeries, line int, fields [][]byte) error {
	var t int64
	var column string
	switch {
	case b.timeField >= 0:
		var err error
		column = b.fields[b.timeField]
		if t, err = b.stamps.read(fields[b.timeField]); err != nil {
			return fmt.Errorf("%s:%d: column %q: %w", b.name, line, column, err)
		}
	case b.parts[0] >= 0:
		var err error
		column = b.fields[b.parts[1]]
		if t, err = b.compose(line, fields); err != nil {
			return err
		}
	default:
		return nil
	}
	if s.rows > 0 && t <= s.last {
		stamp := time.UnixMicro(t).UTC().Format(time.DateTime)
		if t == s.last {
			more := ""
			if b.series < 0 {
				more = ", name --series-column if the file holds several series"
			}
			return fmt.Errorf("%s:%d: column %q: the time stamp %s stands in line %d too: keep one row of each%s, or use --time-column none to number the rows",
				b.name, line, column, stamp, s.line, more)
		}
		return fmt.Errorf("%s:%d: column %q: the time stamp %s is before the one in line %d: sort the rows by time", b.name, line, column, stamp, s.line)
	}
	s.last = t
	s.stamps.add(t)
	return nil
}

// compose puts a time stamp together from year, month or quarter, day and hour.
func (b *csvBuild) compose(line int, fields [][]byte) (int64, error) {
	at := [4]int{1, 1, 1, 0}
	for i, field := range b.parts {
		if field < 0 {
			continue
		}
		v, ok := parseNumber(fields[field])
		if !ok || v != math.Trunc(v) || v < 0 || v > 9999 {
			return 0, fmt.Errorf("%s:%d: column %q: %q is no part of a date: mend it, or use --time-column none to number the rows",
				b.name, line, b.fields[field], shorten(fields[field]))
		}
		at[i] = int(v)
	}
	if b.quarters {
		at[1] = 3*at[1] - 2
	}
	if !validDate(at[0], at[1], at[2]) || at[3] > 23 {
		return 0, fmt.Errorf("%s:%d: %04d-%02d-%02d %02d:00 does not exist: mend the row, or use --time-column none to number the rows",
			b.name, line, at[0], at[1], at[2], at[3])
	}
	return civil(at[0], at[1], at[2])*dayMicros + int64(at[3])*hour, nil
}

// finish makes the series.
func (b *csvBuild) finish() ([]*Series, error) {
	if len(b.list) == 0 {
		return nil, fmt.Errorf("%s has a header but no rows: add at least two", b.name)
	}
	if b.stamps.form == dottedForm && !b.stamps.proved {
		return nil, fmt.Errorf("%s: column %q: no date has a day above 12, so the day or the month may stand first: write 2006-01-02, or set the time format 02.01.2006",
			b.name, b.fields[b.timeField])
	}
	var columns, notes []string
	var keep []int
	switch {
	case b.blank > 0 && len(b.fields) == 1:
		notes = append(notes, fmt.Sprintf("%d blank lines between the rows stand as missing values", b.blank))
	case b.blank > 0:
		notes = append(notes, fmt.Sprintf("%d blank lines between the rows were skipped", b.blank))
	}
	for c, i := range b.values {
		switch {
		case b.textAt[c] > 0:
			notes = append(notes, fmt.Sprintf("column %q holds text (%q) and is left out", b.fields[i], shorten([]byte(b.texts[c]))))
		case !b.numbers[c] && b.roles[i] == roleAuto:
			notes = append(notes, fmt.Sprintf("column %q is empty and is left out", b.fields[i]))
		case !b.numbers[c]:
			return nil, fmt.Errorf("%s: column %q holds no number: leave it out of --columns", b.name, b.fields[i])
		default:
			columns, keep = append(columns, b.fields[i]), append(keep, c)
		}
	}
	if len(keep) == 0 {
		text := ""
		if c := slices.IndexFunc(b.textAt, func(line int) bool { return line > 0 }); c >= 0 {
			text = fmt.Sprintf("; line %d, column %q: %q is not a number", b.textAt[c], b.fields[b.values[c]], shorten([]byte(b.texts[c])))
		}
		return nil, fmt.Errorf("%s has no column of numbers (columns: %s)%s: mend it, or name the delimiter with --delimiter if it was taken for another", b.name, someNames(b.fields), text)
	}
	series := make([]*Series, len(b.list))
	for k, part := range b.list {
		s := &Series{Name: seriesName(b.name), Columns: columns, Notes: notes, file: b.name, lines: part.marks.lines}
		if b.series >= 0 {
			s.Name = oneLine(part.name)
			s.file = b.name + ": " + s.Name
		}
		if part.rows < 2 {
			return nil, fmt.Errorf("%s has one row (line %d): a series needs at least two", s.file, part.line)
		}
		for _, c := range keep {
			s.Values = append(s.Values, part.columns[c].join())
		}
		if stamps := part.stamps.join(); len(stamps) > 0 {
			if err := s.onGrid(stamps); err != nil {
				return nil, err
			}
		}
		b.list[k], series[k] = nil, s
	}
	return series, nil
}
