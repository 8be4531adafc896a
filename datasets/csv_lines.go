package datasets

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
)

// recordReader reads a text record by record without allocating in the steady state. A record is a line, or more where a
// quoted field holds line ends.
type recordReader struct {
	r     *bufio.Reader
	line  int // of the record that was read last, from 1
	ahead int // further lines that belong to it
	blank int // blank lines right before it
	long  []byte
}

// longestRecord bounds what an unclosed quote or a file that is no text can take.
const longestRecord = 4 << 20

// read returns the next record that is not blank, without its line end; io.EOF after the last. It is valid until the
// next call. Blank lines before it are passed over and counted.
func (r *recordReader) read() ([]byte, error) {
	r.blank = 0
	for {
		line, err := r.readLine()
		if err != nil {
			return nil, err
		}
		r.line += 1 + r.ahead
		r.ahead = 0
		if quotes := bytes.Count(line, quote); quotes%2 == 1 {
			if line, err = r.closeQuote(line); err != nil {
				return nil, err
			}
		}
		if len(bytes.TrimSpace(line)) > 0 {
			return line, nil
		}
		r.blank++
	}
}

var quote = []byte{'"'}

// readLine returns a line without \n or \r\n.
func (r *recordReader) readLine() ([]byte, error) {
	line, err := r.r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		r.long = append(r.long[:0], line...)
		for err == bufio.ErrBufferFull {
			if len(r.long) > longestRecord {
				return nil, fmt.Errorf("line %d is longer than %d bytes: is this a text file of rows?", r.line+1, longestRecord)
			}
			line, err = r.r.ReadSlice('\n')
			if len(r.long)+len(line) > cap(r.long) {
				r.long = slices.Grow(r.long, cap(r.long)) // doubled: append grows by a quarter, and leaves more behind
			}
			r.long = append(r.long, line...)
		}
		line = r.long
	}
	if err == io.EOF && len(line) > 0 {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	line = bytes.TrimSuffix(line, []byte{'\n'})
	return bytes.TrimSuffix(line, []byte{'\r'}), nil
}

// closeQuote appends lines until the quotes are even.
func (r *recordReader) closeQuote(line []byte) ([]byte, error) {
	record := bytes.Clone(line)
	for odd := true; odd; {
		next, err := r.readLine()
		if err == io.EOF || err == nil && len(record) > longestRecord {
			return nil, fmt.Errorf("line %d: a quote is opened and never closed: remove or double it", r.line)
		}
		if err != nil {
			return nil, err
		}
		r.ahead++
		record = append(append(record, '\n'), next...)
		odd = bytes.Count(next, quote)%2 == 0
	}
	return record, nil
}

// splitRecord cuts a record into fields, trimmed of spaces and quotes. The delimiter ' ' means any run of spaces and tabs.
// The fields are views of the record, and valid as long as it is.
func splitRecord(record []byte, delimiter byte, fields [][]byte) [][]byte {
	fields = fields[:0]
	if delimiter == ' ' {
		record = bytes.Trim(record, " \t")
	}
	quoted := bytes.IndexByte(record, '"') >= 0
	for {
		var field []byte
		field, rest, more := cutField(record, delimiter, quoted)
		fields = append(fields, field)
		if !more {
			return fields
		}
		record = rest
	}
}

// cutField cuts the first field off; more tells whether a delimiter followed it.
func cutField(record []byte, delimiter byte, quoted bool) (field, rest []byte, more bool) {
	if quoted {
		if start := bytes.TrimLeft(record, blanks(delimiter)); len(start) > 0 && start[0] == '"' {
			return cutQuoted(start, delimiter)
		}
	}
	if delimiter == ' ' {
		end := bytes.IndexAny(record, " \t")
		if end < 0 {
			return record, nil, false
		}
		return record[:end], bytes.TrimLeft(record[end:], " \t"), true
	}
	end := bytes.IndexByte(record, delimiter)
	if end < 0 {
		return trimBlanks(record), nil, false
	}
	return trimBlanks(record[:end]), record[end+1:], true
}

// blanks returns the white space that may stand around a field.
func blanks(delimiter byte) string {
	if delimiter == '\t' {
		return " "
	}
	return " \t"
}

// cutQuoted cuts a field that begins with a quote; doubled quotes inside stand for one.
func cutQuoted(record []byte, delimiter byte) (field, rest []byte, more bool) {
	end, double := 1, false
	for end < len(record) {
		if record[end] == '"' {
			if end+1 == len(record) || record[end+1] != '"' {
				break
			}
			double = true
			end++
		}
		end++
	}
	field = record[1:min(end, len(record))]
	if double {
		field = bytes.ReplaceAll(field, []byte(`""`), quote)
	}
	// What stands between the closing quote and the delimiter is dropped.
	_, rest, more = cutField(record[min(end+1, len(record)):], delimiter, false)
	if delimiter == ' ' && !more && len(rest) == 0 {
		tail := bytes.TrimLeft(record[min(end+1, len(record)):], " \t")
		return field, tail, len(tail) > 0
	}
	return field, rest, more
}

// trimBlanks trims spaces and tabs; most fields have none.
func trimBlanks(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}
