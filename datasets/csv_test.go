package datasets

import (
	"bytes"
	"compress/gzip"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func parse(t *testing.T, text string, o CSVOptions) *Series {
	t.Helper()
	list, err := ReadCSVFrom(strings.NewReader(text), "f.csv", o)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if len(list) != 1 {
		t.Fatalf("%q: %d series", text, len(list))
	}
	return list[0]
}

// All of these say the same: two months, y = 1.5 and -2000.
func TestCSVForms(t *testing.T) {
	for _, c := range []struct {
		name, text string
		o          CSVOptions
	}{
		{"comma", "date,y\n2020-01-01,1.5\n2020-02-01,-2e3\n", CSVOptions{}},
		{"no end of line", "date,y\n2020-01-01,1.5\n2020-02-01,-2e3", CSVOptions{}},
		{"semicolon, CRLF", "date;y\r\n2020-01-01;1.5\r\n2020-02-01;-2000\r\n", CSVOptions{}},
		{"tab", "date\ty\n2020-01-01\t1.5\n2020-02-01\t-2000\n", CSVOptions{}},
		{"bar", "date|y\n2020-01-01|1.5\n2020-02-01|-2000\n", CSVOptions{}},
		{"spaces", "date         y\n2020-01-01   1.5\n2020-02-01 -2000  \n", CSVOptions{}},
		{"byte order mark", "\xef\xbb\xbfdate,y\n2020-01-01,1.5\n2020-02-01,-2000\n", CSVOptions{}},
		{"comments, blank lines", "# a\n#b\n\ndate,y\n2020-01-01,1.5\n\n2020-02-01,-2000\n\n", CSVOptions{}},
		{"quotes", "\"date\",\"y\"\n\"2020-01-01\",\"1.5\"\n2020-02-01, \"-2000\" \n", CSVOptions{}},
		{"text column", "date,note,y\n2020-01-01,\"fine, \"\"very\"\"\nfine\",1.5\n2020-02-01,bad,-2000\n", CSVOptions{}},
		{"columns", "date,x,y\n2020-01-01,a,1.5\n2020-02-01,7,-2000\n", CSVOptions{Columns: []string{"y"}}},
		{"year and month", "y,year,month\n1.5,2020,1\n-2000,2020,2\n", CSVOptions{}},
		{"unix", "date,y\n1577836800,1.5\n1580515200,-2000\n", CSVOptions{TimeColumn: "date", TimeFormat: "unix"}},
		{"layout", "when,y\n01.01.2020,1.5\n01.02.2020,-2000\n", CSVOptions{TimeColumn: "when", TimeFormat: "02.01.2006"}},
		{"named time", "when,y\n20200101,1.5\n20200201,-2000\n", CSVOptions{TimeColumn: "when"}},
		{"found time", "y,when\n1.5,2020-01\n-2000,2020-02\n", CSVOptions{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := parse(t, c.text, c.o)
			if diff := cmp.Diff([][]float64{{1.5, -2000}}, s.Values); diff != "" {
				t.Error(diff)
			}
			if s.Columns[0] != "y" || s.Freq != Monthly || s.Label(1) != "2020-02" || s.Name != "f" {
				t.Errorf("columns %v, %v, %s, name %s", s.Columns, s.Freq, s.Label(1), s.Name)
			}
		})
	}
}

func TestCSVWithoutHeaderOrTime(t *testing.T) {
	s := parse(t, "1,2\n3,4\n5,6\n", CSVOptions{})
	if diff := cmp.Diff([]string{"c0", "c1"}, s.Columns); diff != "" || s.HasTime() || s.Rows() != 3 {
		t.Errorf("%s time %v, %d rows", diff, s.HasTime(), s.Rows())
	}
	if s := parse(t, "2020,2021\n3,4\n5,6\n", CSVOptions{Header: "yes"}); s.Rows() != 2 || s.Columns[1] != "2021" {
		t.Errorf("with a header of numbers: %d rows, %v", s.Rows(), s.Columns)
	}
	if s := parse(t, "date,y\n2020-01-01,1\n2020-03-09,2\n2020-03-10,3\n", CSVOptions{TimeColumn: "none", Columns: []string{"y"}}); s.HasTime() {
		t.Error("time stamps although none were asked for")
	}
	// Numbers under the name of a time are values unless they can be years.
	if s := parse(t, "month,y\n1,5\n2,6\n", CSVOptions{}); s.HasTime() || len(s.Columns) != 2 {
		t.Errorf("months 1 and 2: time %v, columns %v", s.HasTime(), s.Columns)
	}
	if s := parse(t, "time,y\n1960,5\n1960.25,6\n", CSVOptions{}); s.HasTime() || len(s.Columns) != 2 {
		t.Errorf("fractional years: time %v, columns %v", s.HasTime(), s.Columns)
	}
}

func TestCSVSeriesColumn(t *testing.T) {
	text := "id,date,y\nb,2020-01-01,1\na,2020-01-01,2\nb,2020-01-02,3\na,2020-01-02,4\nb,2020-01-03,5\n"
	list, err := ReadCSVFrom(strings.NewReader(text), "f.csv", CSVOptions{SeriesColumn: "id"})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0].Name != "b" || list[0].Rows() != 3 || list[1].Name != "a" || list[1].Values[0][1] != 4 {
		t.Errorf("got %v", list)
	}
	if got := list[0].Line(2); got != 6 {
		t.Errorf("row 2 of b is in line %d, want 6", got)
	}
}

func TestCSVMissingAndGaps(t *testing.T) {
	s := parse(t, "# top\ndate,y,z\n2020-01-01,1,NA\n2020-01-02,,2\n2020-01-05,4,3\n", CSVOptions{})
	if s.Rows() != 5 || s.Freq != Daily || len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "2 rows are missing") {
		t.Fatalf("%d rows, %v, notes %v", s.Rows(), s.Freq, s.Notes)
	}
	for row, want := range []int{3, 4, 0, 0, 5} {
		if got := s.Line(row); got != want {
			t.Errorf("row %d is in line %d, want %d", row, got, want)
		}
		if got := s.Slice(min(1, row), 5).Line(row - min(1, row)); got != want {
			t.Errorf("row %d of a slice is in line %d, want %d", row, got, want)
		}
	}
	_, err := s.ResolveMissing(Refuse)
	for _, want := range []string{"6 missing values", `"z" at 2020-01-01 (line 3)`, `"y" at 2020-01-02 (line 4)`, `2020-01-03 (the file has no such row)`, "--missing interpolate"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("refused with %v, want %q in it", err, want)
		}
	}
	filled, err := s.ResolveMissing(Interpolate)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]float64{{1, 1.75, 2.5, 3.25, 4}, {2, 2, 2 + 1./3, 2 + 2./3, 3}}, filled.Values, cmp.Comparer(about)); diff != "" {
		t.Error(diff)
	}
	if notes := strings.Join(filled.Notes, "; "); !strings.Contains(notes, "5 missing values were interpolated") || !strings.Contains(notes, "1 missing values at the ends") {
		t.Errorf("notes: %s", notes)
	}
	if !math.IsNaN(s.Values[0][1]) || len(s.Notes) != 1 {
		t.Error("interpolating changed the series itself")
	}
	dropped, err := s.ResolveMissing(Drop)
	if err != nil {
		t.Fatal(err)
	}
	if dropped.Rows() != 1 || dropped.Label(0) != "2020-01-05" || dropped.Line(0) != 5 || dropped.Label(1) != "2020-01-06" {
		t.Errorf("dropped: %d rows, %s in line %d", dropped.Rows(), dropped.Label(0), dropped.Line(0))
	}
}

func TestCSVBlankLines(t *testing.T) {
	gap := math.NaN()
	for _, c := range []struct {
		name, text string
		values     []float64
		note       string
		lines      []int
	}{
		{"one column", "\ny\n1\n\n \n4\r\n\r\n6\n\n\n", []float64{1, gap, gap, 4, gap, 6}, "3 blank lines between the rows stand as missing values", []int{3, 4, 5, 6, 7, 8}},
		{"after the header", "y\n\n2\n3\n", []float64{gap, 2, 3}, "1 blank lines between the rows stand as missing values", []int{2, 3, 4}},
		{"no header", "# top\n\n1\n\n3", []float64{1, gap, 3}, "1 blank lines between the rows stand as missing values", []int{3, 4, 5}},
		{"only at the end", "y\n1\n2\n\n\n", []float64{1, 2}, "", []int{2, 3}},
		{"two columns", "y,z\n1,0\n\n\n4,0\n\n5,0\n\n", []float64{1, 4, 5}, "3 blank lines between the rows were skipped", []int{2, 5, 7}},
		{"two columns, only at the end", "y,z\n1,0\n2,0\n\n", []float64{1, 2}, "", []int{2, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := parse(t, c.text, CSVOptions{})
			if diff := cmp.Diff(c.values, s.Values[0], cmpopts.EquateNaNs()); diff != "" {
				t.Error(diff)
			}
			if got := strings.Join(s.Notes, "; "); got != c.note {
				t.Errorf("notes %q, want %q", got, c.note)
			}
			for row, want := range c.lines {
				if got := s.Line(row); got != want {
					t.Errorf("row %d is in line %d, want %d", row, got, want)
				}
			}
		})
	}
}

func about(a, b float64) bool { return math.Abs(a-b) < 1e-12 }

func TestCSVErrors(t *testing.T) {
	for _, c := range []struct {
		name, text string
		o          CSVOptions
		want       []string
	}{
		{"empty", "", CSVOptions{}, []string{"f.csv is empty"}},
		{"blank", "\n \n", CSVOptions{}, []string{"f.csv is empty"}},
		{"header only", "date,y\n", CSVOptions{}, []string{"no rows"}},
		{"one row", "date,y\n2020-01-01,1\n", CSVOptions{}, []string{"one row (line 2)"}},
		{"ragged", "a,b\n1,2\n3\n", CSVOptions{}, []string{"f.csv:3", "1 fields", "header has 2"}},
		{"ragged by decimal commas", "date,y\n2020-01-01,1,5\n2020-01-02,2,5\n", CSVOptions{}, []string{"f.csv:2", "3 fields", "with a point"}},
		{"text", "a,b\n1,2\n3,x\n", CSVOptions{}, []string{"f.csv:3", `column "b"`, `"x" is not a number`, "--columns"}},
		{"text first", "a,b\n1,x\n3,4\n", CSVOptions{}, []string{"f.csv:2", `column "b"`, `"x" is not a number`}},
		{"text asked for", "a,b\n1,x\n3,y\n", CSVOptions{Columns: []string{"b"}}, []string{"f.csv:2", `"x" is not a number`}},
		{"only text", "a,b\nu,x\nv,y\n", CSVOptions{}, []string{"no column of numbers", "--delimiter"}},
		{"infinite", "a,b\n1,2\n3,-Inf\n", CSVOptions{}, []string{"f.csv:3", `column "b"`, "infinite"}},
		{"overflow", "a,b\n1,2\n3,1e999\n", CSVOptions{}, []string{"f.csv:3", "infinite"}},
		{"decimal comma", "a;b\n1;2,75\n3;4\n", CSVOptions{}, []string{"f.csv:2", `column "b"`, `"2,75" has a decimal comma`}},
		{"thousands", "a;b\n1;2,750,000.5\n3;4\n", CSVOptions{}, []string{"f.csv:2", "thousands separators"}},
		{"either", "a;b\n1;2,750\n3;4\n", CSVOptions{}, []string{"f.csv:2", "decimal comma or a thousands separator"}},
		{"duplicate time", "date,y\n2020-01-01,1\n2020-01-01,2\n", CSVOptions{}, []string{"f.csv:3", `column "date"`, "line 2 too", "--series-column"}},
		{"unsorted time", "date,y\n2020-01-02,1\n2020-01-01,2\n", CSVOptions{}, []string{"f.csv:3", "before the one in line 2", "sort"}},
		{"irregular", "date,y\n2020-01-01 00:00,1\n2020-01-01 01:00,2\n2020-01-01 02:00,2\n2020-01-01 02:17,3\n", CSVOptions{}, []string{"2020-01-01 02:17 (line 5)", "hourly", "--time-column none"}},
		{"ambiguous dots", "date,y\n01.02.2020,1\n01.03.2020,2\n", CSVOptions{}, []string{`"date"`, "day above 12"}},
		{"ambiguous slashes", "date,y\n01/02/2020,1\n01/03/2020,2\n", CSVOptions{}, []string{"f.csv:2", "day or the month first"}},
		{"bad time", "date,y\n2020-01-01,1\nyesterday,2\n", CSVOptions{}, []string{"f.csv:3", `column "date"`, `"yesterday"`, "form of those before"}},
		{"no such day", "date,y\n2020-01-01,1\n2020-02-30,2\n", CSVOptions{}, []string{"f.csv:3", "2020-02-30"}},
		{"empty time", "date,y\n2020-01-01,1\n,2\n", CSVOptions{}, []string{"f.csv:3", "time stamp is empty"}},
		{"unix not asked for", "t,y\n1577836800,1\n1577836801,2\n", CSVOptions{TimeColumn: "t"}, []string{"f.csv:2", "unix"}},
		{"bad month", "year,month,y\n2020,1,5\n2020,0,6\n", CSVOptions{}, []string{"f.csv:3", "2020-00-01", "does not exist"}},
		{"unknown column", "date,temperature\n2020-01-01,1\n2020-01-02,1\n", CSVOptions{Columns: []string{"temprature"}}, []string{`"temprature"`, `did you mean "temperature"`}},
		{"unknown time", "date,y\n2020-01-01,1\n2020-01-02,1\n", CSVOptions{TimeColumn: "dat"}, []string{"--time-column", `did you mean "date"`}},
		{"unknown series", "store,y\na,1\na,1\n", CSVOptions{SeriesColumn: "stor"}, []string{"--series-column", `did you mean "store"`}},
		{"column twice", "a,b\n1,2\n3,4\n", CSVOptions{Columns: []string{"a", "a"}}, []string{"twice"}},
		{"two of one name", "a,a\n1,2\n3,4\n", CSVOptions{}, []string{"columns 1 and 2", `"a"`}},
		{"open quote", "a,b\n1,2\n3,\"4\n", CSVOptions{}, []string{"line 3", "quote"}},
		{"only time", "date\n2020-01-01\n2020-01-02\n", CSVOptions{}, []string{"no column of values"}},
		{"delimiter", "a,b\n1,2\n", CSVOptions{Delimiter: 'x'}, []string{"no delimiter"}},
		{"short series", "id,y\na,1\na,2\nb,3\n", CSVOptions{SeriesColumn: "id"}, []string{"f.csv: b", "one row (line 4)"}},
		{"no name", "id,y\na,1\n,2\n", CSVOptions{SeriesColumn: "id"}, []string{"f.csv:3", "name is empty"}},
		{"npy", "\x93NUMPY\x01\x00v\x00", CSVOptions{}, []string{".npy"}},
		{"latin-1", "gr\xf6\xdfe\n1\n2\n", CSVOptions{}, []string{"line 1", "iconv"}},
		{"utf-16", "\xff\xfea\x00,\x00", CSVOptions{}, []string{"UTF-16"}},
		{"format without column", "a\n1\n2\n", CSVOptions{TimeFormat: "unix"}, []string{"--time-column"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ReadCSVFrom(strings.NewReader(c.text), "f.csv", c.o)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q lacks %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q is longer than a line", err)
			}
		})
	}
}

func TestCSVFiles(t *testing.T) {
	folder := t.TempDir()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte("date,y\n2020-01-01,1\n2020-01-02,2\n"))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	list, err := ReadCSV(write("demand.csv.gz", packed.Bytes()), CSVOptions{})
	if err != nil || list[0].Name != "demand" || list[0].Rows() != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	for path, want := range map[string]string{
		filepath.Join(folder, "demands.csv.gz"): `did you mean "demand.csv.gz"`,
		filepath.Join(folder, "no", "x.csv"):    "check the path",
		folder:                                  "is a folder",
		write("cut.csv.gz", packed.Bytes()[:packed.Len()-9]): "cannot be read",
		write("head.csv.gz", packed.Bytes()[:4]):             "no whole gzip file",
	} {
		if _, err := ReadCSV(path, CSVOptions{}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

// The quick way reads the same bits as the standard library.
func TestParseNumber(t *testing.T) {
	for _, text := range []string{"0", "-0", "1", "+1", ".5", "5.", "-.5", "0.1", "123456789012345", "1234567.89012345", "0.000000000000001", "9007199254740993",
		"1e5", "1E-5", "1.7976931348623157e308", "5e-324", "3.141592653589793238462643", "00012.500", "112.2", "2.675", "0.30000000000000004"} {
		want, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := parseNumber([]byte(text)); !ok || math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("%s: %v, %v, want %v", text, got, ok, want)
		}
	}
	for i := range 20000 {
		v := math.Ldexp(float64(i*7919%100003), i%40-20)
		text := strconv.FormatFloat(v, 'f', i%9, 64)
		want, _ := strconv.ParseFloat(text, 64)
		if got, ok := parseNumber([]byte(text)); !ok || got != want {
			t.Fatalf("%s: %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"", "-", "+", ".", "1.2.3", "0x10", "1_000", "nan", "inf", "1e", "e5", "--1", "1-", "١"} {
		if v, ok := parseNumber([]byte(text)); ok {
			t.Errorf("%q is read as %v", text, v)
		}
	}
}
