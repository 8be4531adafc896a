package datasets

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Five million rows of a time stamp and four numbers load in under 15 s, in four times the size of the numbers (160 MB). The peak is
// the process's own, so that the file is written before in pieces.
func TestLargeCSV(t *testing.T) {
	if os.Getenv("LENZ_LARGE") == "" {
		t.Skip("set LENZ_LARGE=1 to read five million rows")
	}
	const rows, columns = 5_000_000, 4
	path := filepath.Join(t.TempDir(), "large.csv")
	writeLarge(t, path, rows)
	before := peakMemory(t)
	began := time.Now()
	series, err := ReadCSV(path, CSVOptions{})
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	peak := peakMemory(t)
	numbers := int64(rows * columns * 8)
	t.Logf("%d rows x %d columns in %v; peak %d MB (%d MB before), numbers %d MB", series[0].Rows(), len(series[0].Columns), took, peak>>20, before>>20, numbers>>20)
	if series[0].Rows() != rows || len(series[0].Columns) != columns || series[0].Freq != Minutes(1) {
		t.Errorf("%d rows, columns %v, %v", series[0].Rows(), series[0].Columns, series[0].Freq)
	}
	if took > 15*time.Second {
		t.Errorf("took %v, want less than 15 s", took)
	}
	if peak > 4*numbers {
		t.Errorf("peak memory %d MB, want at most %d", peak>>20, 4*numbers>>20)
	}
}

func writeLarge(t *testing.T, path string, rows int) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(file, 1<<20)
	fmt.Fprintln(w, "time,a,b,c,d")
	at := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)
	line := make([]byte, 0, 100)
	for i := range rows {
		line = at.AppendFormat(line[:0], time.DateTime)
		for j := range 4 {
			line = append(line, ',')
			line = strconv.AppendFloat(line, float64((i*7919+j*104729)%1000003)/1000, 'f', 3, 64)
		}
		w.Write(append(line, '\n'))
		at = at.Add(time.Minute)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// peakMemory returns the largest resident size that the process has had.
func peakMemory(t *testing.T) int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("the peak of memory is read from /proc, which is not here")
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kb << 10
		}
	}
	t.Fatal("no VmHWM in /proc/self/status")
	return 0
}
