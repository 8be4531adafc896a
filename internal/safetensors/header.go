package safetensors

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"
)

// MaxHeader is the largest header in bytes that is read or written, the bound of the reference implementation.
const MaxHeader = 100_000_000

const metadataKey = "__metadata__"

// entry is what the header says about one tensor.
type entry struct {
	name       string
	kind       dtype
	shape      []int
	begin, end int // bytes in the data section
}

// parseHeader reads the header and holds the tensors' places against the size of the data section: in order of
// their places they fill it without holes or overlaps.
func parseHeader(header []byte, size int64) ([]entry, map[string]string, error) {
	p := parser{json.NewDecoder(bytes.NewReader(header))}
	p.dec.UseNumber()
	if !utf8.Valid(header) {
		return nil, nil, errors.New("the header is not UTF-8")
	}
	if len(header) == 0 || header[0] != '{' {
		return nil, nil, errors.New("the header does not begin with {: not a safetensors file?")
	}
	var entries []entry
	var metadata map[string]string
	err := p.object("the header", func(name string) (err error) {
		if name == metadataKey {
			metadata, err = p.metadata()
			return err
		}
		e, err := p.entry(name)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if rest := bytes.TrimLeft(header[p.dec.InputOffset():], " "); len(rest) > 0 {
		return nil, nil, fmt.Errorf("the header goes on with %q after its end", rest[:min(len(rest), 20)])
	}
	return entries, metadata, place(entries, size)
}

// place sorts the entries by where they are and checks that they tile the data section.
func place(entries []entry, size int64) error {
	// An empty tensor comes before one that begins at the same place.
	slices.SortStableFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	at := 0
	for _, e := range entries {
		n, err := count(e.shape)
		switch {
		case err != nil:
			return fmt.Errorf("tensor %q: %w", e.name, err)
		case e.begin != at:
			return fmt.Errorf("tensor %q: its bytes begin at %d, the tensor before it ends at %d: the file is damaged", e.name, e.begin, at)
		case e.end < e.begin || int64(e.end) > size:
			return fmt.Errorf("tensor %q: its bytes are %d to %d, the data section has %d: the file is damaged or cut off", e.name, e.begin, e.end, size)
		case (e.end-e.begin)%e.kind.size != 0 || (e.end-e.begin)/e.kind.size != n:
			return fmt.Errorf("tensor %q: it has %d bytes, its type %s and shape %v want %d values of %d", e.name, e.end-e.begin, e.kind.name, e.shape, n, e.kind.size)
		}
		at = e.end
	}
	if int64(at) != size {
		return fmt.Errorf("the tensors end at byte %d of the data section, which has %d: the file is damaged or cut off", at, size)
	}
	return nil
}

// parser reads the header token by token: json.Unmarshal would take the last of two equal keys in silence.
type parser struct{ dec *json.Decoder }

// object reads an object and calls value for each key; a key that comes twice is refused.
func (p parser) object(what string, value func(key string) error) error {
	if err := p.delim(what, '{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for p.dec.More() {
		key, err := p.text(what)
		if err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("%s has %q twice", what, key)
		}
		seen[key] = true
		if err := value(key); err != nil {
			return err
		}
	}
	return p.delim(what, '}')
}

func (p parser) metadata() (map[string]string, error) {
	m := map[string]string{}
	return m, p.object(metadataKey, func(key string) (err error) {
		m[key], err = p.text(metadataKey)
		return err
	})
}

func (p parser) entry(name string) (entry, error) {
	e := entry{name: name}
	var kind string
	var offsets []int
	found := 0
	err := p.object("its description", func(key string) (err error) {
		found++
		switch key {
		case "dtype":
			kind, err = p.text("dtype")
		case "shape":
			e.shape, err = p.ints("shape")
		case "data_offsets":
			offsets, err = p.ints("data_offsets")
		default:
			err = fmt.Errorf("its description has the unknown key %q", key)
		}
		return err
	})
	if err != nil {
		return e, err
	}
	if found != 3 || len(offsets) != 2 {
		return e, errors.New("its description wants dtype, shape and two data_offsets")
	}
	e.begin, e.end = offsets[0], offsets[1]
	e.kind, err = lookup(kind)
	return e, err
}

func (p parser) delim(what string, want json.Delim) error {
	tok, err := p.token(what)
	if err == nil && tok != want {
		err = fmt.Errorf("%s has %v where %v belongs", what, tok, want)
	}
	return err
}

func (p parser) text(what string) (string, error) {
	tok, err := p.token(what)
	s, ok := tok.(string)
	if err == nil && !ok {
		err = fmt.Errorf("%s has %v where a string belongs", what, tok)
	}
	return s, err
}

func (p parser) ints(what string) ([]int, error) {
	if err := p.delim(what, '['); err != nil {
		return nil, err
	}
	list := []int{}
	for p.dec.More() {
		tok, err := p.token(what)
		if err != nil {
			return nil, err
		}
		number, ok := tok.(json.Number)
		n, bad := strconv.ParseUint(string(number), 10, 63)
		if !ok || bad != nil || uint64(int(n)) != n {
			return nil, fmt.Errorf("%s has %v where a count belongs", what, tok)
		}
		if list = append(list, int(n)); len(list) > mostNumbers {
			return nil, fmt.Errorf("%s has more than %d numbers", what, mostNumbers)
		}
	}
	return list, p.delim(what, ']')
}

// mostNumbers bounds the dimensions of a tensor.
const mostNumbers = 64

func (p parser) token(what string) (json.Token, error) {
	tok, err := p.dec.Token()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("%s is not proper JSON: %w", what, err)
	}
	return tok, nil
}
