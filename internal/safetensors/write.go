package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"unicode/utf8"

	"lenz/internal/atomicfile"
)

// Write writes the tensors and the map of strings. Tensors of larger values come first, so that every value lies at
// a multiple of its size, otherwise the given order is kept; keys of the map are sorted: the same input gives the
// same bytes. Errors name the tensor, and nothing is written unless all tensors are in order.
func Write(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	if err := write(w, tensors, metadata); err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	return nil
}

// WriteFile is Write to the file at path, which appears whole or not at all.
func WriteFile(path string, tensors []Tensor, metadata map[string]string) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Write(w, tensors, metadata) })
}

func write(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	tensors, entries, err := layOut(tensors)
	if err != nil {
		return err
	}
	header, err := formatHeader(entries, metadata)
	if err != nil {
		return err
	}
	if _, err := w.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(header)))); err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	for i, e := range entries {
		if err := e.store(w, tensors[i].Data); err != nil {
			return fmt.Errorf("tensor %q: %w", e.name, err)
		}
	}
	return nil
}

// layOut checks the tensors and gives each its place.
func layOut(tensors []Tensor) ([]Tensor, []entry, error) {
	entries := make([]entry, len(tensors))
	seen := map[string]bool{}
	for i, t := range tensors {
		kind, n, err := t.check()
		switch {
		case err != nil:
			return nil, nil, fmt.Errorf("tensor %q: %w", t.Name, err)
		case seen[t.Name]:
			return nil, nil, fmt.Errorf("tensor %q is there twice", t.Name)
		case t.Name == metadataKey || !utf8.ValidString(t.Name):
			return nil, nil, fmt.Errorf("a tensor cannot be named %q", t.Name)
		}
		seen[t.Name] = true
		entries[i] = entry{name: t.Name, kind: kind, shape: t.Shape, begin: i, end: n * kind.size}
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(b.kind.size, a.kind.size) })
	sorted := make([]Tensor, len(tensors))
	at := 0
	for i := range entries {
		e := &entries[i]
		sorted[i] = tensors[e.begin]
		e.begin, e.end = at, at+e.end
		at = e.end
	}
	return sorted, entries, nil
}

// formatHeader writes the JSON, padded with spaces to a multiple of eight bytes.
func formatHeader(entries []entry, metadata map[string]string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	comma := ""
	if metadata != nil {
		b.WriteString(`"` + metadataKey + `":{`)
		for _, k := range slices.Sorted(maps.Keys(metadata)) {
			if !utf8.ValidString(k) || !utf8.ValidString(metadata[k]) {
				return nil, fmt.Errorf("the metadata %q is not UTF-8", k)
			}
			b.WriteString(comma + quote(k) + ":" + quote(metadata[k]))
			comma = ","
		}
		b.WriteByte('}')
		comma = ","
	}
	for _, e := range entries {
		fmt.Fprintf(&b, `%s%s:{"dtype":%q,"shape":[`, comma, quote(e.name), e.kind.name)
		for i, s := range e.shape {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprint(&b, s)
		}
		fmt.Fprintf(&b, `],"data_offsets":[%d,%d]}`, e.begin, e.end)
		comma = ","
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 {
		b.WriteByte(' ')
	}
	if b.Len() > MaxHeader {
		return nil, fmt.Errorf("the header would have %d bytes, the bound is %d", b.Len(), MaxHeader)
	}
	return b.Bytes(), nil
}

// quote is s as JSON, without the escapes meant for web pages.
func quote(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic("safetensors: a string that JSON cannot hold")
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// store writes data to w.
func (e entry) store(w io.Writer, data any) error {
	n := (e.end - e.begin) / e.kind.size
	buf := make([]byte, min(chunk, e.end-e.begin))
	for at, step := 0, chunk/e.kind.size; at < n; at += step {
		to := min(at+step, n)
		k, err := binary.Encode(buf, binary.LittleEndian, e.kind.part(data, at, to))
		if err != nil {
			return err
		}
		if k != (to-at)*e.kind.size {
			return errors.New("a value has another size than its type")
		}
		if _, err := w.Write(buf[:k]); err != nil {
			return err
		}
	}
	return nil
}
