package datasets

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// dirt is a defect planted in a clean file of daily rows with the columns date, x, y. Line 1 is the header; row k is line k + 1.
type dirt struct {
	name  string
	plant func(lines []string) []string
	o     CSVOptions
	line  int    // that the error names; 0 where the whole file is meant
	col   string // that the error names; "" where the whole row is meant
	why   string // a part of the error
}

// cell puts text into a field of a line (counted from 1).
func cell(line, field int, text string) func([]string) []string {
	return func(lines []string) []string {
		parts := strings.Split(lines[line-1], ",")
		parts[field] = text
		lines[line-1] = strings.Join(parts, ",")
		return lines
	}
}

// whole replaces a line.
func whole(line int, text string) func([]string) []string {
	return func(lines []string) []string { lines[line-1] = text; return lines }
}

// with replaces all lines.
func with(lines ...string) func([]string) []string {
	return func([]string) []string { return lines }
}

func swap(a, b int) func([]string) []string {
	return func(lines []string) []string {
		lines[a-1], lines[b-1] = lines[b-1], lines[a-1]
		return lines
	}
}

func dirtyValues() []dirt {
	return []dirt{
		{"infinity", cell(7, 2, "inf"), CSVOptions{}, 7, "y", "infinite"},
		{"negative infinity", cell(7, 2, "-Infinity"), CSVOptions{}, 7, "y", "infinite"},
		{"overflow", cell(7, 2, "1e400"), CSVOptions{}, 7, "y", "infinite"},
		{"negative overflow", cell(7, 2, "-1e999"), CSVOptions{}, 7, "y", "infinite"},
		{"overflow of digits", cell(7, 2, strings.Repeat("9", 400)), CSVOptions{}, 7, "y", "infinite"},
		{"NaN", cell(7, 2, "NaN"), CSVOptions{}, 7, "y", "missing"},
		{"NA", cell(7, 2, "NA"), CSVOptions{}, 7, "y", "missing"},
		{"null", cell(7, 2, "null"), CSVOptions{}, 7, "y", "missing"},
		{"None", cell(7, 2, "None"), CSVOptions{}, 7, "y", "missing"},
		{"dash", cell(7, 2, "-"), CSVOptions{}, 7, "y", "missing"},
		{"question mark", cell(7, 2, "?"), CSVOptions{}, 7, "y", "missing"},
		{"blank", cell(7, 2, ""), CSVOptions{}, 7, "y", "missing"},
		{"spaces", cell(7, 2, "   "), CSVOptions{}, 7, "y", "missing"},
		{"quoted blank", cell(7, 2, `""`), CSVOptions{}, 7, "y", "missing"},
		{"first value missing", cell(2, 1, ""), CSVOptions{}, 2, "x", "missing"},
		{"last value missing", cell(13, 2, ""), CSVOptions{}, 13, "y", "missing"},
		{"text", cell(7, 2, "broken"), CSVOptions{}, 7, "y", "not a number"},
		{"text in the first row", cell(2, 2, "broken"), CSVOptions{}, 2, "y", "not a number"},
		{"spreadsheet error", cell(7, 2, "#DIV/0!"), CSVOptions{}, 7, "y", "not a number"},
		{"spreadsheet value error", cell(7, 2, "#VALUE!"), CSVOptions{}, 7, "y", "not a number"},
		{"decimal comma in quotes", cell(7, 2, `"1,5"`), CSVOptions{}, 7, "y", "decimal comma"},
		{"decimal comma", cell(7, 2, "1,5"), CSVOptions{}, 7, "", "fields"},
		{"thousands in quotes", cell(7, 2, `"1,500,000"`), CSVOptions{}, 7, "y", "thousands"},
		{"thousands with points", cell(7, 2, "1.500.000"), CSVOptions{}, 7, "y", "thousands"},
		{"thousands with apostrophes", cell(7, 2, "1'500"), CSVOptions{}, 7, "y", "thousands"},
		{"thousands with spaces", cell(7, 2, "1 500"), CSVOptions{}, 7, "y", "thousands"},
		{"currency", cell(7, 2, "$12.50"), CSVOptions{}, 7, "y", "not a number"},
		{"euro", cell(7, 2, "12.50 €"), CSVOptions{}, 7, "y", "not a number"},
		{"percent", cell(7, 2, "12%"), CSVOptions{}, 7, "y", "not a number"},
		{"unit", cell(7, 2, "12kg"), CSVOptions{}, 7, "y", "not a number"},
		{"accounting", cell(7, 2, "(12.5)"), CSVOptions{}, 7, "y", "not a number"},
		{"hexadecimal", cell(7, 2, "0x1F"), CSVOptions{}, 7, "y", "not a number"},
		{"underscores", cell(7, 2, "1_000"), CSVOptions{}, 7, "y", "not a number"},
		{"Fortran's exponent", cell(7, 2, "1.5D+03"), CSVOptions{}, 7, "y", "not a number"},
		{"two points", cell(7, 2, "1.2.3"), CSVOptions{}, 7, "y", "not a number"},
		{"two signs", cell(7, 2, "--5"), CSVOptions{}, 7, "y", "not a number"},
		{"no exponent", cell(7, 2, "1e"), CSVOptions{}, 7, "y", "not a number"},
		{"letter O for zero", cell(7, 2, "1O"), CSVOptions{}, 7, "y", "not a number"},
		{"minus of typesetters", cell(7, 2, "−5"), CSVOptions{}, 7, "y", "not a number"},
		{"truth values", cell(7, 2, "TRUE"), CSVOptions{}, 7, "y", "not a number"},
		{"space that does not break", cell(7, 2, "1\u00a0500"), CSVOptions{}, 7, "y", "not a number"},
		{"a byte of zero", cell(7, 2, "1\x005"), CSVOptions{}, 7, "y", "not a number"},
		{"not UTF-8", cell(7, 2, "\xff\xfe"), CSVOptions{}, 7, "y", "not a number"},
		{"quote inside", cell(7, 2, `1"5`), CSVOptions{}, 0, "", "quote"},
	}
}

func dirtyRows() []dirt {
	return []dirt{
		{"too few fields", whole(7, "2024-01-06,1"), CSVOptions{}, 7, "", "2 fields"},
		{"too many fields", whole(7, "2024-01-06,1,2,3"), CSVOptions{}, 7, "", "4 fields"},
		{"one field", whole(7, "end of page"), CSVOptions{}, 7, "", "1 fields"},
		{"trailing delimiter", whole(7, "2024-01-06,1,2,"), CSVOptions{}, 7, "", "4 fields"},
		{"other delimiter", whole(7, "2024-01-06;1;2"), CSVOptions{}, 7, "", "fields"},
		{"header again", whole(7, "date,x,y"), CSVOptions{}, 7, "date", "date"},
		{"trailing total", func(l []string) []string { return append(l, "Total,66,78") }, CSVOptions{}, 14, "date", "Total"},
		{"trailing remark", func(l []string) []string { return append(l, "source: the office") }, CSVOptions{}, 14, "", "fields"},
		{"comment between", whole(7, "# checked"), CSVOptions{}, 7, "", "fields"},
		{"open quote", cell(7, 2, `"5`), CSVOptions{}, 7, "", "quote"},
		{"two columns of one name", whole(1, "date,y,y"), CSVOptions{}, 0, "y", "named"},
		{"no rows", with("date,x,y"), CSVOptions{}, 0, "", "no rows"},
		{"one row", with("date,x,y", "2024-01-01,1,2"), CSVOptions{}, 2, "", "one row"},
		{"empty", with(""), CSVOptions{}, 0, "", "empty"},
		{"UTF-16", with("\xff\xfed\x00a\x00"), CSVOptions{}, 0, "", "UTF-16"},
		{"carriage returns alone", func(l []string) []string { return []string{strings.Join(l, "\r")} }, CSVOptions{}, 0, "", "carriage returns"},
		{"a byte order mark in the middle", whole(7, "\ufeffdate,x,y"), CSVOptions{}, 7, "date", "date"},
		{"a spreadsheet", with("PK\x03\x04\x14\x00\x06\x00xl/workbook.xml"), CSVOptions{}, 0, "", "spreadsheet"},
		{"an old spreadsheet", with("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), CSVOptions{}, 0, "", "spreadsheet"},
		{"JSON", with(`[{"date":"2024-01-01","y":1}]`), CSVOptions{}, 0, "", "JSON"},
		{"a page of the web", with("<html><head><title>404</title>", "<body>not, found</body>"), CSVOptions{}, 2, "", "fields"},
		{"percents throughout", with("date,y", "2024-01-01,1%", "2024-01-02,2%"), CSVOptions{}, 2, "y", "no column of numbers"},
		{"decimal commas throughout", with("date;y", "2024-01-01;1,5", "2024-01-02;2,5"), CSVOptions{}, 2, "y", "decimal comma"},
		{"total without a date", func(l []string) []string { return append(l, ",66,78") }, CSVOptions{}, 14, "date", "empty"},
		{"a column that is not there", func(l []string) []string { return l }, CSVOptions{Columns: []string{"z"}}, 0, "z", "no column"},
		{"series without a name", cell(7, 1, ""), CSVOptions{SeriesColumn: "x"}, 7, "x", "empty"},
	}
}

// months are ten years of them, and a day in the eleventh.
func months([]string) []string {
	lines := []string{"date,y"}
	for m := range 120 {
		lines = append(lines, time.Date(2010, time.Month(m+1), 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)+",1")
	}
	return append(lines, "2020-01-15,2", "2020-02-01,1")
}

func dirtyStamps() []dirt {
	return []dirt{
		{"time stamp twice", cell(7, 0, "2024-01-05"), CSVOptions{}, 7, "date", "line 6 too"},
		{"rows unsorted", swap(6, 7), CSVOptions{}, 7, "date", "sort"},
		{"time stamp missing", cell(7, 0, ""), CSVOptions{}, 7, "date", ""},
		{"time stamp unreadable", cell(7, 0, "yesterday"), CSVOptions{}, 7, "date", "yesterday"},
		{"no such day", cell(7, 0, "2024-02-30"), CSVOptions{}, 7, "date", "2024-02-30"},
		{"no such month", cell(7, 0, "2024-13-01"), CSVOptions{}, 7, "date", "2024-13-01"},
		{"month names", cell(7, 0, "6 Jan 2024"), CSVOptions{}, 7, "date", "6 Jan 2024"},
		{"mixed forms", cell(7, 0, "06.01.2024"), CSVOptions{}, 7, "date", "06.01.2024"},
		{"month and day exchanged", cell(7, 0, "2024-06-01"), CSVOptions{}, 8, "date", "sort"},
		{"year of two digits", cell(7, 0, "24-01-06"), CSVOptions{}, 7, "date", "24-01-06"},
		{"24 hours", cell(7, 0, "2024-01-05 24:00"), CSVOptions{}, 7, "date", "24:00"},
		{"a row left out", func(l []string) []string { return append(l[:6], l[7:]...) }, CSVOptions{}, 0, "y", "2024-01-06"},
		{"hour that is there twice in autumn", with("date,y", "2024-10-27 01:00,1", "2024-10-27 02:00,2", "2024-10-27 02:00,3", "2024-10-27 03:00,4"), CSVOptions{}, 4, "date", "line 3 too"},
		{"hour that is left out in spring", with("date,y", "2024-03-31 00:00,1", "2024-03-31 01:00,2", "2024-03-31 03:00,3", "2024-03-31 04:00,4"), CSVOptions{}, 0, "y", "02:00"},
		{"days among months", with("date,y", "2024-01-01,1", "2024-02-01,2", "2024-02-15,3", "2024-03-01,4", "2024-04-01,5"), CSVOptions{}, 0, "y", "missing"},
		{"a day among many months", months, CSVOptions{}, 122, "", "no common step: 2020-01-15"},
		{"hours among days", with("date,y", "2024-01-01,1", "2024-01-02,2", "2024-01-02 07:13:11,3", "2024-01-03,4"), CSVOptions{}, 4, "", "no common step"},
		{"newest first", with("date,y", "2024-01-03,1", "2024-01-02,2", "2024-01-01,3"), CSVOptions{}, 3, "date", "sort"},
		{"another zone from a row on", with("date,y", "2024-01-01T00:00:00Z,1", "2024-01-02T00:00:00Z,2", "2024-01-03T00:00:00Z,3", "2024-01-04T00:00:00+05:30,4", "2024-01-05T00:00:00+05:30,5"), CSVOptions{}, 5, "", "no common step"},
		{"day or month first", with("date,y", "01.02.2024,1", "02.02.2024,2", "03.02.2024,3"), CSVOptions{}, 0, "date", "above 12"},
		{"month 13 of parts", with("year,month,y", "2023,11,1", "2023,12,2", "2024,0,3"), CSVOptions{}, 4, "", "does not exist"},
	}
}

// handled are things that look like defects and are none: the file reads as the clean one does.
func handled() map[string]func(text string) string {
	return map[string]func(string) string{
		"byte order mark":        func(s string) string { return "\xef\xbb\xbf" + s },
		"line ends of Windows":   func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		"no line end at the end": func(s string) string { return strings.TrimSuffix(s, "\n") },
		"quotes around all":      func(s string) string { return quoteAll(s) },
		"semicolons":             func(s string) string { return strings.ReplaceAll(s, ",", ";") },
		"tabs":                   func(s string) string { return strings.ReplaceAll(s, ",", "\t") },
		"spaces around":          func(s string) string { return strings.ReplaceAll(s, ",", " , ") },
		"remarks at the top":     func(s string) string { return "# from the office\n# 2024\n" + s },
		"blank lines at the end": func(s string) string { return s + "\n\n\n" },
	}
}

func quoteAll(s string) string {
	lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	for i, l := range lines {
		lines[i] = `"` + strings.ReplaceAll(l, ",", `","`) + `"`
	}
	return strings.Join(lines, "\n") + "\n"
}

func cleanLines() []string {
	lines := []string{"date,x,y"}
	for i := range 12 {
		lines = append(lines, fmt.Sprintf("%s,%d,%d.5", time.Date(2024, 1, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), i, i+1))
	}
	return lines
}

// read is what lenz train does with a file before it learns.
func readDirty(path string, text string, o CSVOptions) (*Series, error) {
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		return nil, err
	}
	list, err := ReadCSV(path, o)
	if err != nil {
		return nil, err
	}
	return list[0].ResolveMissing(Refuse)
}

// Every defect is refused by an error of one line that names the file, the line and the column.
func TestDirtyData(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dirty.csv")
	all := slices.Concat(dirtyValues(), dirtyRows(), dirtyStamps())
	if len(all) < 60 {
		t.Errorf("%d defects", len(all))
	}
	seen, whole := map[string]bool{}, 0
	for _, d := range all {
		if d.line == 0 {
			whole++
		}
		t.Run(d.name, func(t *testing.T) {
			text := strings.Join(d.plant(cleanLines()), "\n") + "\n"
			if seen[text+d.name] {
				t.Error("the defect is there twice")
			}
			seen[text+d.name] = true
			s, err := readDirty(path, text, d.o)
			if err == nil {
				t.Fatalf("it is read: %v, %v, notes %q", s.Columns, s.Values, s.Notes)
			}
			wants := []string{path, d.why}
			if d.col != "" {
				wants = append(wants, fmt.Sprintf("%q", d.col))
			}
			for _, want := range wants {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q lacks %q", err, want)
				}
			}
			at := []string{fmt.Sprintf(":%d:", d.line), fmt.Sprintf("line %d", d.line)}
			if d.line > 0 && !strings.Contains(err.Error(), at[0]) && !strings.Contains(err.Error(), at[1]) {
				t.Errorf("%q does not name line %d", err, d.line)
			}
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("%q has several lines", err)
			}
		})
	}
	t.Logf("%d defects, of which %d concern no line", len(all), whole)
}

func TestWhatOnlyLooksDirty(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dirty.csv")
	clean := strings.Join(cleanLines(), "\n") + "\n"
	want, err := readDirty(path, clean, CSVOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range handled() {
		got, err := readDirty(path, change(clean), CSVOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if fmt.Sprint(got.Columns, got.Values, got.Freq) != fmt.Sprint(want.Columns, want.Values, want.Freq) || !bytes.Equal([]byte(got.Label(3)), []byte(want.Label(3))) {
			t.Errorf("%s: %v %v %v", name, got.Columns, got.Values, got.Freq)
		}
	}
}
