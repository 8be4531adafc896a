package configfile

import (
	"fmt"
	"io"
	"os"

	"github.com/BurntSushi/toml"
)

// A configuration is small and flat; the parser of TOML goes down once a bracket or dot, and must not be led deeper than the stack
// is.
const (
	largest = 1 << 20
	deepest = 32
)

// File is a TOML file that was read.
type File struct {
	name string
	top  map[string]any
}

// Open reads the file at path. Errors name it.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, largest+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	return Decode(path, text)
}

// Decode reads a text; the name stands for the file in errors.
func Decode(name string, text []byte) (*File, error) {
	if len(text) > largest {
		return nil, fmt.Errorf("%s has more than %d bytes: a configuration is smaller", name, largest)
	}
	if line := tooDeep(text); line > 0 {
		return nil, fmt.Errorf("%s:%d: more than %d brackets, braces or dots on a line: a configuration has no such values", name, line, deepest)
	}
	f := &File{name: name}
	if _, err := toml.Decode(string(text), &f.top); err != nil {
		return nil, fmt.Errorf("%s is not a TOML file: %.300s", name, err.Error())
	}
	return f, nil
}

// tooDeep returns the line in which brackets and braces are opened, or a key is dotted, more often than a setting could
// want; 0 if there is none. Brackets in texts count as well, which does no harm.
func tooDeep(text []byte) int {
	line, open, dots := 1, 0, 0
	for _, c := range text {
		switch c {
		case '[', '{':
			open++
		case ']', '}':
			open = max(0, open-1)
		case '.':
			dots++
		case '=', ',', '"', '\'', ' ':
			dots = 0
		case '\n':
			line++
			dots = 0
		}
		if open > deepest || dots > deepest {
			return line
		}
	}
	return 0
}

// Texts returns the texts by key of a table within a table, nil if there is none.
func (f *File) Texts(table, inner string) (map[string]string, error) {
	top, _ := f.top[table].(map[string]any)
	value, there := top[inner]
	if !there {
		return nil, nil
	}
	pairs, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s: [%s] %s is a value, want a table of texts", f.name, table, inner)
	}
	texts := make(map[string]string, len(pairs))
	for key, v := range pairs {
		if texts[key], ok = v.(string); !ok {
			return nil, fmt.Errorf("%s: [%s.%s] %.60s is no text", f.name, table, inner, key)
		}
	}
	return texts, nil
}
