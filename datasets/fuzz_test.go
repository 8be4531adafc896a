package datasets

import (
	"archive/zip"
	"bytes"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"lenz/internal/bounded"
)

// Whatever the bytes are, reading gives an error or series that are sound and come back when they are written; it never panics.
func FuzzReadCSV(f *testing.F) {
	for _, text := range []string{
		"", "date,y\n2020-01-01,1\n2020-01-02,2\n", "a;b\r\n1;2\r\n3;\r\n", "\xef\xbb\xbf\"a\"\t\"b\"\n\"1\"\t2\n3\t\"4\n5\"\n", "1 2\n3 4\n",
		"year,quarter,x\n1959,1,2\n1959,3,2\n", "id|t|v\na|02.01.2006 15:04|1\na|13.01.2006 15:04|NA\n", "# c\nmonth,v\n1749-01,58\n1749-03,1e3\n",
		"date,v\n2024-01-31T00:00:00+01:00,1\n2024-02-29T00:00:00+01:00,2\n", "\"a\" \"b\n1 2", "t,v\n0001-01-01,1\n9999-12-31,2\n",
	} {
		f.Add([]byte(text), "", "")
	}
	f.Add([]byte("id,t,v\na,1,2\na,2,3\nb,1,2\nb,9,2\n"), "id", "t")
	for _, d := range slices.Concat(dirtyValues(), dirtyRows(), dirtyStamps()) {
		f.Add([]byte(strings.Join(d.plant(cleanLines()), "\n")+"\n"), d.o.SeriesColumn, d.o.TimeColumn)
	}
	f.Fuzz(func(t *testing.T, data []byte, seriesColumn, timeColumn string) {
		var list []*Series
		var err error
		over := bounded.Run(func() bounded.Limits {
			list, err = ReadCSVFrom(bytes.NewReader(data), "fuzz.csv", CSVOptions{SeriesColumn: seriesColumn, TimeColumn: timeColumn})
			return bounded.Decoded(size(list...))
		})
		if over != nil {
			t.Fatal(over)
		}
		if err != nil {
			return
		}
		for _, s := range list {
			soundSeries(t, s)
			comesBack(t, s)
			for _, policy := range []MissingPolicy{Refuse, Interpolate, Hold, Drop} {
				if full, err := s.ResolveMissing(policy); err == nil {
					if n, _ := full.Missing(1); n > 0 {
						t.Fatalf("%s left %d missing values", policy, n)
					}
				}
			}
		}
	})
}

func soundSeries(t *testing.T, s *Series) {
	t.Helper()
	if s.Rows() < 2 || len(s.Columns) != len(s.Values) || len(s.Columns) == 0 {
		t.Fatalf("%d rows, %d names, %d columns", s.Rows(), len(s.Columns), len(s.Values))
	}
	for c, v := range s.Values {
		if len(v) != s.Rows() {
			t.Fatalf("column %d has %d rows of %d", c, len(v), s.Rows())
		}
		for _, x := range v {
			if math.IsInf(x, 0) {
				t.Fatal("an infinite value was read")
			}
		}
	}
	for row := 1; s.HasTime() && row < min(s.Rows(), 100); row++ {
		if !s.Time(row).After(s.Time(row - 1)) {
			t.Fatalf("row %d is at %v, after %v", row, s.Time(row), s.Time(row-1))
		}
	}
}

// comesBack writes a series and reads it again: names, times and bits are the same. A column without any value is none to ReadCSV.
func comesBack(t *testing.T, s *Series) {
	t.Helper()
	for _, v := range s.Values {
		if !slices.ContainsFunc(v, func(x float64) bool { return x == x }) {
			return
		}
	}
	o := CSVOptions{Delimiter: ',', Header: "yes", TimeColumn: "none"}
	if s.HasTime() {
		if slices.Contains(s.Columns, "time") {
			return
		}
		o.TimeColumn = "time"
	}
	var b bytes.Buffer
	if err := s.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	list, err := ReadCSVFrom(bytes.NewReader(b.Bytes()), "again.csv", o)
	if err != nil {
		t.Fatalf("what was written is refused: %v\n%.300q", err, b.Bytes())
	}
	again := list[0]
	if !slices.Equal(again.Columns, s.Columns) || again.Rows() != s.Rows() || !again.Time(0).Equal(s.Time(0)) || !again.Time(s.Rows()-1).Equal(s.Time(s.Rows()-1)) {
		t.Fatalf("%q of %d rows from %s came back as %q of %d from %s:\n%.300q", s.Columns, s.Rows(), s.Label(0), again.Columns, again.Rows(), again.Label(0), b.Bytes())
	}
	for c, v := range s.Values {
		for row, x := range v {
			if y := again.Values[c][row]; math.Float64bits(x) != math.Float64bits(y) && (x == x || y == y) {
				t.Fatalf("column %q, row %d: %v came back as %v:\n%.300q", s.Columns[c], row, x, y, b.Bytes())
			}
		}
	}
}

func FuzzReadNPY(f *testing.F) {
	f.Add(npy(1, "<f8", "False", "3, 2", []float64{1, 2, 3, 4, 5, 6}))
	f.Add(npy(2, ">i4", "True", "2, 2", []int32{1, 2, 3, 4}))
	f.Add(npy(3, "|b1", "False", "4,", []bool{true, false, true, true}))
	f.Add(npy(1, "<f2", "False", "1152921504606846976,", []uint16{1}))
	for _, descr := range []string{"<f8", ">f4", "<f2", "<i8", "<i4", ">i2", "|i1", "<u8", "<u4", "<u2", "|u1", "<c8", "f8"} {
		f.Add(npy(1, descr, "False", "4,", []uint64{0x7c00, 1, 2, 3}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		soundArray(t, len(data), func() (*Series, error) { return ReadNPYFrom(bytes.NewReader(data), int64(len(data)), "fuzz.npy") })
	})
}

func FuzzReadNPZ(f *testing.F) {
	column := npy(1, "<f8", "False", "2,", []float64{1, 2})
	for _, arrays := range []map[string][]byte{
		{"a": column, "b": npy(1, "<f8", "True", "2, 2", []float64{1, 2, 3, 4}), "deep": npy(1, "<f8", "False", "1, 1, 2", []float64{1, 2})},
		{"a": column, "b": npy(1, "<f8", "False", "3,", []float64{1, 2, 3})}, {"none": {}}, {},
	} {
		f.Add(packed(f, arrays), "")
	}
	f.Add(packed(f, map[string][]byte{"a": column, "b": column}), "b")
	f.Add(packed(f, map[string][]byte{"a": npy(1, "<f8", "True", "2, 2", []float64{1, 2, 3, 4})}), "a.1")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		var names []string
		if name != "" {
			names = []string{name}
		}
		soundArray(t, len(data), func() (*Series, error) {
			return ReadNPZFrom(bytes.NewReader(data), int64(len(data)), "fuzz.npz", names...)
		})
	})
}

// soundArray holds a reading from so many bytes to its bounds: it gives an error, or a series that is sound.
func soundArray(t *testing.T, bytes int, read func() (*Series, error)) {
	t.Helper()
	var s *Series
	var err error
	over := bounded.Run(func() bounded.Limits {
		if s, err = read(); s == nil {
			return bounded.Decoded(0)
		}
		return bounded.Decoded(size(s))
	})
	if over != nil {
		t.Fatal(over)
	}
	if err != nil {
		return
	}
	soundSeries(t, s)
	if int64(s.Rows())*int64(len(s.Columns)) > 2000*int64(bytes) {
		t.Fatalf("%d rows of %d columns from %d bytes", s.Rows(), len(s.Columns), bytes)
	}
}

// size is the number of bytes of the values of some series.
func size(list ...*Series) int {
	n := 0
	for _, s := range list {
		n += 8 * s.Rows() * len(s.Columns)
	}
	return n
}

// packed packs arrays.
func packed(t testing.TB, arrays map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		w, err := z.Create(name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(arrays[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
