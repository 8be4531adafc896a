package datasets

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSeriesSelectAndSlice(t *testing.T) {
	s := ramp("r", 10, "a", "b", "c").Starting(day("2023-11-30"), Monthly)
	part, err := s.Select("c", "a")
	if err != nil {
		t.Fatal(err)
	}
	part = part.Slice(2, 5)
	if diff := cmp.Diff([][]float64{{2002, 2003, 2004}, {2, 3, 4}}, part.Values); diff != "" {
		t.Error(diff)
	}
	if part.Label(0) != "2024-01-30" || part.Label(1) != "2024-02-29" || part.Future(1)[0] != day("2024-04-30") && part.Label(3) != "2024-04-30" {
		t.Errorf("rows at %s, %s, %s", part.Label(0), part.Label(1), part.Label(3))
	}
	for want, columns := range map[string][]string{`no column "d"`: {"d"}, "asked for twice": {"a", "a"}} {
		if _, err := s.Select(columns...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Select(%v): %v", columns, err)
		}
	}
	if _, err := s.Index("Temperature"); err == nil || strings.Contains(err.Error(), "did you mean") {
		t.Errorf("a name that is near to none: %v", err)
	}
}

func TestNewSeriesRefuses(t *testing.T) {
	for want, c := range map[string]struct {
		names  []string
		values [][]float64
	}{
		"2 names for 1 columns": {[]string{"a", "b"}, [][]float64{{1}}},
		`both named "a"`:        {[]string{"a", "a"}, [][]float64{{1}, {2}}},
		`"b" has 1 rows`:        {[]string{"a", "b"}, [][]float64{{1, 2}, {2}}},
	} {
		if _, err := NewSeries("s", c.names, c.values); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestLabels(t *testing.T) {
	for _, c := range []struct {
		f        Frequency
		at, want string
	}{
		{Yearly, "1749", "1749"}, {Yearly, "1749-06-30", "1749-06-30"}, {Quarterly, "2006-04", "2006-04"}, {Monthly, "2006-04-15", "2006-04-15"},
		{Daily, "2006-04-15", "2006-04-15"}, {Daily, "2006-04-15 16:30", "2006-04-15 16:30"}, {Hourly, "2006-04-15", "2006-04-15 00:00"},
		{Seconds(5), "2006-04-15 01:02:05", "2006-04-15 01:02:05"}, {Frequency{Unit: Clock, N: 250_000}, "2006-04-15", "2006-04-15 00:00:00.000000"},
	} {
		if got := ramp("r", 3, "y").Starting(day(c.at), c.f).Label(0); got != c.want {
			t.Errorf("%v at %s: %q, want %q", c.f, c.at, got, c.want)
		}
	}
}

// What WriteCSV writes, ReadCSV reads as it was, to the bit.
func TestWriteCSVRoundTrip(t *testing.T) {
	odd, err := NewSeries("odd", []string{"a,b", `say "c"`, " d"}, [][]float64{{1.0 / 3, math.NaN(), 5e-324}, {-0.1, 1e300, 3}, {1, 2, 3}})
	if err != nil {
		t.Fatal(err)
	}
	single, err := NewSeries("single", []string{"y"}, [][]float64{{1, math.NaN(), 3}})
	if err != nil {
		t.Fatal(err)
	}
	list := []*Series{odd, odd.Starting(day("2024-02-28 23:45"), Minutes(15)), single}
	for _, name := range Names() {
		if d := open(t, name); len(d.Series) > 0 {
			list = append(list, d.Series[0])
		}
	}
	for _, s := range list {
		var text bytes.Buffer
		if err := s.WriteCSV(&text); err != nil {
			t.Fatal(err)
		}
		got, err := ReadCSVFrom(&text, s.Name, CSVOptions{})
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		bits := cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b })
		if diff := cmp.Diff(s.Values, got[0].Values, bits); diff != "" || !cmp.Equal(got[0].Columns, s.Columns) || got[0].Freq != s.Freq || got[0].Label(2) != s.Label(2) {
			t.Errorf("%s: %v, %s, want %v, %s: %.300s", s.Name, got[0].Freq, got[0].Label(2), s.Freq, s.Label(2), diff)
		}
	}
}

func TestReadFile(t *testing.T) {
	folder := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	array := npy(1, "<f8", "False", "2, 3", []float64{1, 2, 3, 4, 5, 6})
	plain := write("a.npy", array)
	packed := write("a.npz", npz(t, "x", array, "long", npy(1, "<f8", "False", "3,", []float64{1, 2, 3})))
	text := write("a.csv", []byte("y,x\n1,2\n3,4\n"))
	for _, c := range []struct {
		path    string
		columns []string
		want    [][]float64
	}{
		{plain, nil, [][]float64{{1, 4}, {2, 5}, {3, 6}}}, {plain, []string{"c2", "c0"}, [][]float64{{3, 6}, {1, 4}}},
		{packed, []string{"x"}, [][]float64{{1, 4}, {2, 5}, {3, 6}}}, {packed, []string{"x.2", "x.0"}, [][]float64{{3, 6}, {1, 4}}},
		{packed, []string{"long"}, [][]float64{{1, 2, 3}}}, {text, []string{"x"}, [][]float64{{2, 4}}},
	} {
		list, err := ReadFile(c.path, CSVOptions{Columns: c.columns})
		if err != nil {
			t.Errorf("%s %v: %v", c.path, c.columns, err)
		} else if diff := cmp.Diff(c.want, list[0].Values); diff != "" {
			t.Errorf("%s %v: %s", c.path, c.columns, diff)
		}
	}
	for want, c := range map[string]struct {
		path string
		o    CSVOptions
	}{
		"leave those options out": {plain, CSVOptions{TimeColumn: "t"}}, `no column "x.3"`: {packed, CSVOptions{Columns: []string{"x.3"}}},
		`no column "c3"`: {plain, CSVOptions{Columns: []string{"c3"}}}, `did you mean "a.npy"`: {filepath.Join(folder, "aa.npy"), CSVOptions{}},
	} {
		if _, err := ReadFile(c.path, c.o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", c.path, err, want)
		}
	}
}
