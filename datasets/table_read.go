package datasets

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// openPlain opens a file, through gzip where its first bytes say so.
func openPlain(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		if os.IsNotExist(err) {
			return nil, fmt.Errorf("%s does not exist%s", path, neighbours(path))
		}
		return nil, err
	}
	r, err := gunzip(f, path)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{r, f}, nil
}

// gunzip reads through gzip where the first bytes say so.
func gunzip(r io.Reader, name string) (io.Reader, error) {
	b := bufio.NewReader(r)
	if head, err := b.Peek(2); err != nil || head[0] != 0x1f || head[1] != 0x8b {
		return b, nil // short files are told by what reads them
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, fmt.Errorf("%s: begins as gzip but is none: %w", name, err)
	}
	return z, nil
}

// ErrNotBinary is at the root of errors that a value of a binary table is neither 0 nor 1.
var ErrNotBinary = errors.New("want 0 or 1 in a binary table")

// ReadBinaryTable reads a table of 0 and 1, such as the sets of the density estimation literature: a row a line, values apart by
// commas, semicolons, tabs or spaces, plain or gzipped, with or without a line of names.
func ReadBinaryTable(path string) (*Table, error) {
	return readFile(path, ReadBinaryTableFrom)
}

// ReadBinaryTableFrom reads such a table from r, already unpacked; name is for errors.
func ReadBinaryTableFrom(r io.Reader, name string) (*Table, error) {
	return readLines(r, name, "0 and 1", func(field string, _ int) (float32, error) {
		v, ok := bit(field)
		if !ok {
			return 0, fmt.Errorf("%w%s", ErrNotBinary, remedy(field))
		}
		return v, nil
	})
}

// ReadSpinTable reads a table of spins in the forms of ReadBinaryTable, a row a pattern: -1 and +1, or 0 and 1, where 0 is read as -1.
func ReadSpinTable(path string) (*Table, error) {
	return readFile(path, ReadSpinTableFrom)
}

// ReadSpinTableFrom reads such a table from r, already unpacked; name is for errors.
func ReadSpinTableFrom(r io.Reader, name string) (*Table, error) {
	first, low := 0, "" // the line of the first spin that is down, and how it is written
	return readLines(r, name, "spins", func(field string, line int) (float32, error) {
		v, ok := bit(strings.TrimLeft(field, "+-"))
		down := ok && (v == 0 || field[0] == '-')
		switch {
		case !ok || v == 0 && field[0] == '-':
			return 0, fmt.Errorf("want -1 or +1, or 0 or 1, of a spin")
		case !down:
			return 1, nil
		case low == "":
			first, low = line, field
		case (low[0] == '-') != (field[0] == '-'):
			return 0, fmt.Errorf("but line %d has %q: write spins that are down in one way", first, low)
		}
		return -1, nil
	})
}

// readFile opens a file and reads it; its name without the folder is for errors.
func readFile[T any](path string, read func(io.Reader, string) (T, error)) (none T, err error) {
	r, err := openPlain(path)
	if err != nil {
		return none, fmt.Errorf("datasets: %w", err)
	}
	defer r.Close()
	return read(r, filepath.Base(path))
}

// readLines reads a row a line; value turns a field of a line into a value of the table.
func readLines(r io.Reader, name, what string, value func(field string, line int) (float32, error)) (*Table, error) {
	t := Table{Name: name}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestRecord)
	number := 0
	for lines.Scan() {
		number++
		fields := binaryFields(lines.Text())
		if len(fields) == 0 {
			continue
		}
		if len(fields) > mostFields {
			return nil, fmt.Errorf("datasets: %s: line %d has %d values, at most %d are read: is this a table?", name, number, len(fields), mostFields)
		}
		if t.Columns == nil {
			t.Columns = numbered("v", len(fields))
			if isName(fields[0]) {
				t.Columns = fields
				continue
			}
		}
		if len(fields) != len(t.Columns) {
			return nil, fmt.Errorf("datasets: %s: line %d has %d values, want %d as in the first one", name, number, len(fields), len(t.Columns))
		}
		for i, f := range fields {
			v, err := value(f, number)
			if err != nil {
				return nil, fmt.Errorf("datasets: %s: line %d, column %s is %.40q, %w", name, number, t.Columns[i], f, err)
			}
			t.Values = append(t.Values, v)
		}
		t.Rows++
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("datasets: %s: line %d: %w", name, number+1, err)
	}
	if t.Rows == 0 {
		return nil, fmt.Errorf("datasets: %s has no rows of %s", name, what)
	}
	return NewTable(t)
}

// binaryFields cuts a line at its commas, semicolons or tabs, whichever it has, else at its spaces. One at the end of the line is no
// further field.
func binaryFields(line string) []string {
	line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
	for _, mark := range []string{",", ";", "\t"} {
		if !strings.Contains(line, mark) {
			continue
		}
		fields := strings.Split(strings.TrimSuffix(line, mark), mark)
		for i, f := range fields {
			fields[i] = strings.TrimSpace(f)
		}
		return fields
	}
	return strings.Fields(line)
}

// isName tells whether a field is neither a number nor a gap.
func isName(field string) bool {
	_, err := strconv.ParseFloat(field, 64)
	return err != nil && !isGap(field)
}

// isGap tells whether a field says that a value is missing.
func isGap(field string) bool {
	switch strings.ToLower(field) {
	case "", "?", "-", "na", "n/a", "nan", "null", "none":
		return true
	}
	return false
}

// bit reads 0 or 1.
func bit(field string) (float32, bool) {
	switch field {
	case "0", "0.0":
		return 0, true
	case "1", "1.0":
		return 1, true
	}
	return 0, false
}

// remedy says what to do about a value that is neither 0 nor 1.
func remedy(field string) string {
	switch {
	case isGap(field):
		return ": fill the gap, or leave the row out"
	case field == "-1" || field == "-1.0":
		return ": write spins of -1 as 0"
	}
	return ""
}

// LooksBinary tells whether a file is meant as a table of 0 and 1: in its first lines every row has two values or more, no value but
// those of a line of names is text, and at least four in five values are 0, 1 or -1. A table with a stray value is one too, so that what
// reads it can say where the value stands.
func LooksBinary(path string) (bool, error) {
	r, err := openPlain(path)
	if err != nil {
		return false, fmt.Errorf("datasets: %w", err)
	}
	defer r.Close()
	const most = 1 << 16
	head, err := io.ReadAll(io.LimitReader(r, most))
	if err != nil {
		return false, fmt.Errorf("datasets: %s: %w", path, err)
	}
	if end := bytes.LastIndexByte(head, '\n'); len(head) == most && end >= 0 {
		head = head[:end] // the last line is cut off
	}
	values, bits, named := 0, 0, false
	for line := range bytes.Lines(head) {
		fields := binaryFields(string(line))
		switch {
		case len(fields) == 0:
			continue
		case len(fields) == 1:
			return false, nil
		case values == 0 && !named && isName(fields[0]):
			named = true
			continue
		}
		for _, f := range fields {
			if isName(f) {
				return false, nil
			}
			values++
			if _, ok := bit(strings.TrimPrefix(f, "-")); ok {
				bits++
			}
		}
	}
	return bits > 0 && 5*bits >= 4*values, nil
}
