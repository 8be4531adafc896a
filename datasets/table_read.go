package datasets

import (
	"bufio"
	"bytes"
	"compress/gzip"
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
		return nil, fmt.Errorf("%w (%w)", err, f.Close())
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

// ReadBinaryTable reads a table of 0 and 1, such as the sets of the density estimation literature: a row a line, values apart by
// commas, semicolons, tabs or spaces, plain or gzipped, with or without a line of names.
func ReadBinaryTable(path string) (*Table, error) {
	r, err := openPlain(path)
	if err != nil {
		return nil, fmt.Errorf("datasets: %w", err)
	}
	defer r.Close()
	return ReadBinaryTableFrom(r, filepath.Base(path))
}

// ReadBinaryTableFrom reads such a table from r, already unpacked; name is for errors.
func ReadBinaryTableFrom(r io.Reader, name string) (*Table, error) {
	t := Table{Name: name}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestRecord)
	number := 0
	for lines.Scan() {
		number++
		fields := strings.FieldsFunc(strings.TrimPrefix(lines.Text(), "\ufeff"), func(c rune) bool { return strings.ContainsRune(",; \t\r", c) })
		if len(fields) == 0 {
			continue
		}
		if len(fields) > mostFields {
			return nil, fmt.Errorf("datasets: %s: line %d has %d values, at most %d are read: is this a table?", name, number, len(fields), mostFields)
		}
		if t.Columns == nil {
			t.Columns = numbered("v", len(fields))
			if _, err := strconv.ParseFloat(fields[0], 64); err != nil {
				t.Columns = fields
				continue
			}
		}
		if len(fields) != len(t.Columns) {
			return nil, fmt.Errorf("datasets: %s: line %d has %d values, want %d as in the first one", name, number, len(fields), len(t.Columns))
		}
		for i, f := range fields {
			switch f {
			case "0", "0.0":
				t.Values = append(t.Values, 0)
			case "1", "1.0":
				t.Values = append(t.Values, 1)
			default:
				return nil, fmt.Errorf("datasets: %s: line %d, column %s is %.40q, want 0 or 1 in a binary table", name, number, t.Columns[i], f)
			}
		}
		t.Rows++
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("datasets: %s: line %d: %w", name, number+1, err)
	}
	if t.Rows == 0 {
		return nil, fmt.Errorf("datasets: %s has no rows of 0 and 1", name)
	}
	return NewTable(t)
}

// LooksBinary tells whether a file is a table of 0 and 1 by its first two lines of values.
func LooksBinary(path string) (bool, error) {
	r, err := openPlain(path)
	if err != nil {
		return false, fmt.Errorf("datasets: %w", err)
	}
	defer r.Close()
	head, err := io.ReadAll(io.LimitReader(r, 1<<16))
	if err != nil {
		return false, fmt.Errorf("datasets: %s: %w", path, err)
	}
	rows := 0
	for i, line := range bytes.Split(head, []byte("\n")) {
		if rows == 2 {
			break
		}
		t, err := ReadBinaryTableFrom(bytes.NewReader(line), path)
		switch {
		case err == nil && len(t.Columns) > 1:
			rows++
		case i > 0:
			return false, nil
		}
	}
	return rows > 0, nil
}
