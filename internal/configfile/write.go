package configfile

import (
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
)

// Writer writes a file of settings line by line, each with a remark.
type Writer struct {
	b   strings.Builder
	err error // the first
}

// Remark writes a line for people.
func (w *Writer) Remark(text string) { fmt.Fprintf(&w.b, "# %s\n", text) }

// Table begins a table, such as model or model.set.
func (w *Writer) Table(name, remark string) {
	fmt.Fprintf(&w.b, "\n[%s]", name)
	w.end(remark)
}

// Set writes a setting of the table that was begun last.
func (w *Writer) Set(key string, v any, remark string) {
	line, err := toml.Marshal(map[string]any{key: v})
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("setting %s cannot be written: %w", key, err)
	}
	w.b.WriteString(strings.TrimSuffix(string(line), "\n"))
	w.end(remark)
}

func (w *Writer) end(remark string) {
	if remark != "" {
		w.b.WriteString("  # " + remark)
	}
	w.b.WriteByte('\n')
}

// Text returns what was written, or the first thing that could not be.
func (w *Writer) Text() (string, error) { return w.b.String(), w.err }
