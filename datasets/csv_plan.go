package datasets

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"lenz/internal/near"
)

// role is what a field of a record is for.
type role int

const (
	roleSkip   role = iota
	roleAuto        // a value, unless the column turns out to hold text
	roleValue       // a value that was asked for
	roleTime        // the time stamp
	rolePart        // a part of the time stamp: see csvPlan.parts
	roleSeries      // the name of the series
)

// csvPlan says how a file's records become series.
type csvPlan struct {
	name      string
	o         CSVOptions
	delimiter byte
	header    bool
	fields    []string // name of each field
	roles     []role
	values    []int  // the fields that are values, in the order of the columns
	timeField int    // -1 if there is none
	parts     [4]int // the fields of year, month (or quarter), day and hour; -1 if there is none
	quarters  bool   // the second part counts quarters
	series    int    // the field that names the series, -1 if there is none
	stamps    stampReader
}

// newPlan finds out how a file is to be read from its beginning. More says that the file is longer than the sample.
func newPlan(name string, sample []byte, more bool, o CSVOptions) (*csvPlan, error) {
	if end := bytes.LastIndexByte(sample, '\n'); more && end >= 0 {
		sample = sample[:end+1]
	}
	lines := recordReader{r: bufio.NewReader(bytes.NewReader(sample))}
	var records [][]byte
	for len(records) < 100 {
		record, err := lines.read()
		if err == io.EOF || err != nil && len(records) > 0 {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if len(records) == 0 && bytes.HasPrefix(record, []byte("#")) {
			continue
		}
		records = append(records, bytes.Clone(record))
	}
	if len(records) == 0 {
		return nil, fmt.Errorf("%s is empty: a header and at least two rows are needed", name)
	}
	for _, d := range []byte(",;\t|") {
		if n := bytes.Count(records[0], []byte{d}); n > mostFields {
			return nil, fmt.Errorf("%s: the first row has %d fields, at most %d are read: is this a text file of rows?", name, n+1, mostFields)
		}
	}
	p := &csvPlan{name: name, o: o, delimiter: byte(o.Delimiter), timeField: -1, parts: [4]int{-1, -1, -1, -1}, series: -1}
	if p.delimiter == 0 {
		p.delimiter = findDelimiter(records)
	}
	rows := make([][][]byte, len(records))
	for i, record := range records {
		rows[i] = splitRecord(record, p.delimiter, nil)
	}
	p.header = o.Header == "yes" || o.Header == "" && hasHeader(rows)
	if err := p.nameFields(rows[0]); err != nil {
		return nil, err
	}
	if p.header {
		rows = rows[1:]
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s has a header but no rows: add at least two", name)
	}
	if err := p.assign(rows); err != nil {
		return nil, err
	}
	return p, nil
}

// findDelimiter takes the delimiter that cuts all records into the same number of fields, the largest; otherwise the one that cuts
// the first record into most.
func findDelimiter(records [][]byte) byte {
	best, most, even := byte(','), 1, false
	for _, d := range []byte(",;\t| ") {
		n := len(splitRecord(records[0], d, nil))
		same := !slices.ContainsFunc(records, func(r []byte) bool { return len(splitRecord(r, d, nil)) != n })
		// A space may stand inside of a header's names or time stamps: it delimits only if nothing else does.
		if n == 1 || d == ' ' && most > 1 && (even || !same) {
			continue
		}
		if same && !even || same == even && n > most {
			best, most, even = d, n, same
		}
	}
	return best
}

// hasHeader tells whether the first row names the columns: it holds no number and no time stamp; or some, but also a text
// above a number.
func hasHeader(rows [][][]byte) bool {
	text, data := false, false
	for i, field := range rows[0] {
		if len(field) == 0 {
			continue
		}
		_, number := parseNumber(field)
		_, form := parseStamp(field)
		switch {
		case number || form != noStamp || isMissing(field):
			data = true
		default:
			if text = true; len(rows) > 1 && i < len(rows[1]) {
				if _, below := parseNumber(rows[1][i]); below {
					return true
				}
			}
		}
	}
	return text && !data
}

// oneLine makes a name fit for an error, which is one line.
func oneLine(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, name)
}

// mostFields bounds what a line that is no row of a table can take.
const mostFields = 1 << 16

func (p *csvPlan) nameFields(first [][]byte) error {
	p.fields = make([]string, len(first))
	seen := make(map[string]int, len(first))
	for i, field := range first {
		p.fields[i] = fmt.Sprintf("c%d", i)
		if p.header && len(field) > 0 {
			p.fields[i] = oneLine(string(field))
		}
		if j, twice := seen[p.fields[i]]; twice {
			return fmt.Errorf("%s: columns %d and %d are both named %q: rename one", p.name, j+1, i+1, p.fields[i])
		}
		seen[p.fields[i]] = i
	}
	return nil
}

// field returns the number of a named field.
func (p *csvPlan) field(name, flag string) (int, error) {
	if i := slices.Index(p.fields, name); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("%s has no column %q for %s%s (columns: %s)", p.name, name, flag, near.Suggest(name, p.fields), someNames(p.fields))
}

// assign gives each field its role.
func (p *csvPlan) assign(rows [][][]byte) (err error) {
	p.roles = make([]role, len(p.fields))
	if p.o.SeriesColumn != "" {
		if p.series, err = p.field(p.o.SeriesColumn, "--series-column"); err != nil {
			return err
		}
		p.roles[p.series] = roleSeries
	}
	switch p.o.TimeColumn {
	case "none":
	case "":
		p.findTime(rows)
	default:
		if p.timeField, err = p.field(p.o.TimeColumn, "--time-column"); err != nil {
			return err
		}
		if p.timeField == p.series {
			return fmt.Errorf("%s: column %q cannot hold both the time and the series' name: name two columns", p.name, p.o.TimeColumn)
		}
		p.setFormat()
	}
	if p.timeField >= 0 {
		p.roles[p.timeField] = roleTime
	}
	for _, i := range p.parts {
		if i >= 0 {
			p.roles[i] = rolePart
		}
	}
	if len(p.o.Columns) == 0 {
		for i, r := range p.roles {
			if r == roleSkip {
				p.roles[i] = roleAuto
				p.values = append(p.values, i)
			}
		}
	}
	for n, name := range p.o.Columns {
		i, err := p.field(name, "--columns")
		if err != nil {
			return err
		}
		if slices.Index(p.o.Columns, name) < n {
			return fmt.Errorf("%s: column %q is asked for twice: name it once", p.name, name)
		}
		if p.roles[i] == roleTime || p.roles[i] == roleSeries {
			return fmt.Errorf("%s: column %q holds the time or the series' name and cannot be a value too: leave it out of --columns", p.name, name)
		}
		if p.roles[i] != rolePart { // a part of the time stays one
			p.roles[i] = roleValue
		}
		p.values = append(p.values, i)
	}
	if len(p.values) == 0 {
		return fmt.Errorf("%s has no column of values beside the time: add one, or use --time-column none", p.name)
	}
	return nil
}

func (p *csvPlan) setFormat() {
	switch p.o.TimeFormat {
	case "":
	case "unix":
		p.stamps.form = unixForm
	default:
		p.stamps.form, p.stamps.layout = layoutForm, p.o.TimeFormat
	}
}

// timeNames are the names that a column of time stamps usually has.
func timeNames() []string {
	return []string{"date", "time", "datetime", "date_time", "timestamp", "time_stamp", "ds", "period", "month", "week", "day", "hour", "quarter", "year", "yr"}
}

// findTime looks for a column whose name and first value speak of time, and then for one whose values are all dates.
func (p *csvPlan) findTime(rows [][][]byte) {
	if p.header {
		for i, name := range p.fields {
			if p.roles[i] != roleSkip || !slices.Contains(timeNames(), strings.ToLower(name)) || i >= len(rows[0]) {
				continue
			}
			value := rows[0][i]
			_, form := parseStamp(value)
			_, number := parseNumber(value)
			if form == yearForm && p.findParts(i, rows) {
				return
			}
			// A number under such a name may be a value (month 1 to 12, time in seconds); a text is a time stamp, if not a good one.
			if form != noStamp && plausible(i, form, rows) || !number && !isMissing(value) && form == noStamp && looksDated(value) {
				p.timeField = i
				return
			}
		}
	}
	for i := range p.fields {
		dated := p.roles[i] == roleSkip
		for _, row := range rows {
			if !dated || i >= len(row) {
				dated = false
				break
			}
			_, form := parseStamp(row[i])
			dated = form == dateForm || form == dottedForm || form == quarterForm
		}
		if dated {
			p.timeField = i
			return
		}
	}
}

// plausible tells whether stamps that are only digits can be meant as times: all are, of years that have been or will be soon.
func plausible(i int, form stampForm, rows [][][]byte) bool {
	if form != yearForm && form != digitsForm {
		return true
	}
	return !slices.ContainsFunc(rows, func(row [][]byte) bool {
		if i >= len(row) {
			return false
		}
		_, f := parseStamp(row[i])
		return f != form || row[i][0] < '1' || row[i][0] > '2'
	})
}

// looksDated tells whether a text has the digits and separators of a date that is written in another way.
func looksDated(value []byte) bool {
	return bytes.ContainsAny(value, "0123456789") && bytes.IndexAny(value, "/-.: ") > 0
}

// findParts looks beside a column of years for months or quarters, days and hours.
func (p *csvPlan) findParts(year int, rows [][][]byte) bool {
	find := func(most int, names ...string) int {
		for i, name := range p.fields {
			if !slices.Contains(names, strings.ToLower(name)) || i == year || p.roles[i] != roleSkip {
				continue
			}
			fits := !slices.ContainsFunc(rows, func(row [][]byte) bool {
				if i >= len(row) {
					return false
				}
				v, ok := parseNumber(row[i])
				return !ok || v != float64(int(v)) || v < 0 || int(v) > most
			})
			if fits {
				return i
			}
		}
		return -1
	}
	month := find(12, "month", "mo", "mon")
	if month < 0 {
		if month = find(4, "quarter", "qtr", "q"); month < 0 {
			return false
		}
		p.quarters = true
	}
	p.parts = [4]int{year, month, -1, -1}
	if !p.quarters {
		if p.parts[2] = find(31, "day", "dom"); p.parts[2] >= 0 {
			p.parts[3] = find(23, "hour", "hr")
		}
	}
	return true
}
