package datasets

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"lenz/internal/near"
)

// ReadFile reads the series of a file by its extension: .npy, .npz, and anything else as CSV (also compressed by gzip). Of
// the options, arrays take only Columns: c0, c1, ... of an NPY file, the names of arrays or of their columns of an NPZ file.
func ReadFile(path string, o CSVOptions) ([]*Series, error) {
	extension := strings.ToLower(filepath.Ext(path))
	if extension != ".npy" && extension != ".npz" {
		return ReadCSV(path, o)
	}
	if o.Delimiter != 0 || o.Header != "" || o.TimeFormat != "" || o.SeriesColumn != "" || o.TimeColumn != "" && o.TimeColumn != "none" {
		return nil, fmt.Errorf("%s: an array has no delimiter, header, time column or series column: leave those options out", path)
	}
	var s *Series
	var err error
	if extension == ".npz" {
		s, err = ReadNPZ(path, o.Columns...)
	} else if s, err = ReadNPY(path); err == nil && len(o.Columns) > 0 {
		s, err = s.Select(o.Columns...)
	}
	if err != nil {
		return nil, err
	}
	return []*Series{s}, nil
}

// WriteCSV writes the series as ReadCSV reads it: a header, a row a step, time stamps in the first column if there are any,
// missing values empty. Numbers are written so that they read back to the same bits.
func (s *Series) WriteCSV(w io.Writer) error {
	b := bufio.NewWriter(w)
	header := make([]string, 0, len(s.Columns)+1)
	if s.HasTime() {
		header = append(header, "time")
	}
	for _, c := range s.Columns {
		header = append(header, quoteField(c))
	}
	fmt.Fprintln(b, strings.Join(header, ","))
	var line []byte
	for row := range s.Rows() {
		line = line[:0]
		if s.HasTime() {
			line = append(append(line, s.Label(row)...), ',')
		}
		for c, v := range s.Values {
			if c > 0 {
				line = append(line, ',')
			}
			if !math.IsNaN(v[row]) {
				line = strconv.AppendFloat(line, v[row], 'g', -1, 64)
			}
		}
		if len(line) == 0 {
			line = append(line, "NA"...) // a blank line is no row
		}
		if _, err := b.Write(append(line, '\n')); err != nil {
			return fmt.Errorf("%s cannot be written: %w", s.place(), err)
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("%s cannot be written: %w", s.place(), err)
	}
	return nil
}

// quoteField quotes a name that holds what would end it, or begins as a byte order mark does.
func quoteField(name string) string {
	mark := strings.HasPrefix(name, "\xef\xbb\xbf") || strings.HasPrefix(name, "\xff\xfe") || strings.HasPrefix(name, "\xfe\xff")
	if mark || strings.ContainsAny(name, ",\"\n\r;\t|#") || strings.TrimSpace(name) != name {
		return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	}
	return name
}

// neighbours suggests a file of a near name in the same folder.
func neighbours(path string) string {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return ": check the path"
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	if s := near.Suggest(filepath.Base(path), names); s != "" {
		return s
	}
	return ": check the path"
}
