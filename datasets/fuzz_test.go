package datasets

import (
	"bytes"
	"math"
	"testing"
)

// Whatever the bytes are, reading gives an error or series that are sound; it never panics.
func FuzzReadCSV(f *testing.F) {
	for _, text := range []string{
		"", "date,y\n2020-01-01,1\n2020-01-02,2\n", "a;b\r\n1;2\r\n3;\r\n", "\xef\xbb\xbf\"a\"\t\"b\"\n\"1\"\t2\n3\t\"4\n5\"\n", "1 2\n3 4\n",
		"year,quarter,x\n1959,1,2\n1959,3,2\n", "id|t|v\na|02.01.2006 15:04|1\na|13.01.2006 15:04|NA\n", "# c\nmonth,v\n1749-01,58\n1749-03,1e3\n",
		"date,v\n2024-01-31T00:00:00+01:00,1\n2024-02-29T00:00:00+01:00,2\n", "\"a\" \"b\n1 2", "t,v\n0001-01-01,1\n9999-12-31,2\n",
	} {
		f.Add([]byte(text), "", "")
	}
	f.Add([]byte("id,t,v\na,1,2\na,2,3\nb,1,2\nb,9,2\n"), "id", "t")
	f.Fuzz(func(t *testing.T, data []byte, seriesColumn, timeColumn string) {
		list, err := ReadCSVFrom(bytes.NewReader(data), "fuzz.csv", CSVOptions{SeriesColumn: seriesColumn, TimeColumn: timeColumn})
		if err != nil {
			return
		}
		for _, s := range list {
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

func FuzzReadNPY(f *testing.F) {
	f.Add(npy(1, "<f8", "False", "3, 2", []float64{1, 2, 3, 4, 5, 6}))
	f.Add(npy(2, ">i4", "True", "2, 2", []int32{1, 2, 3, 4}))
	f.Add(npy(3, "|b1", "False", "4,", []bool{true, false, true, true}))
	f.Add(npy(1, "<f2", "False", "1152921504606846976,", []uint16{1}))
	f.Fuzz(func(t *testing.T, data []byte) {
		check := func(s *Series, err error) {
			if err != nil {
				return
			}
			if s.Rows() < 2 || int64(s.Rows())*int64(len(s.Columns)) > 2000*int64(len(data)) {
				t.Fatalf("%d rows of %d columns from %d bytes", s.Rows(), len(s.Columns), len(data))
			}
		}
		check(ReadNPYFrom(bytes.NewReader(data), int64(len(data)), "fuzz.npy"))
		check(ReadNPZFrom(bytes.NewReader(data), int64(len(data)), "fuzz.npz"))
	})
}
