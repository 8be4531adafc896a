// Package manifest is the list of a checkpoint's files with their sizes and sums. It carries a sum of itself, so that any bit of it
// that changed shows.
package manifest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// What this program writes and reads.
const (
	Format  = "lenz checkpoint"
	Version = 1
)

// Largest is far above the bytes that a manifest has.
const Largest = 1 << 16

// Manifest lists the files of a checkpoint.
type Manifest struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Step    int    `json:"step"`
	Epoch   int    `json:"epoch"`
	Files   []Item `json:"files"`
	SHA256  string `json:"sha256,omitempty"` // of the manifest without this field
}

// Item is a file, its size and its sum in hexadecimals.
type Item struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Encode fills in the manifest's own sum and returns its text.
func (m Manifest) Encode() ([]byte, error) {
	m.SHA256 = ""
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	m.SHA256 = hex.EncodeToString(sum[:])
	text, err = json.MarshalIndent(m, "", " ")
	return append(text, '\n'), err
}

// Decode reads the text of a manifest and checks its format, version and sum.
func Decode(text []byte) (Manifest, error) {
	if len(text) > Largest {
		return Manifest{}, fmt.Errorf("is damaged: it has more than %d bytes", Largest)
	}
	var m Manifest
	var kind struct { // known before the rest, which another version may write otherwise
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(text, &kind); err != nil {
		return m, fmt.Errorf("is damaged: %w", err)
	}
	if kind.Format != Format || kind.Version != Version {
		return m, fmt.Errorf("is of format %.60q, version %d; this program reads %q, version %d: go on with the lenz that wrote it", kind.Format, kind.Version, Format, Version)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("is damaged: %w", err)
	}
	// Any change shows: the text must be, byte for byte, what the manifest that it says would be written as.
	want, err := m.Encode()
	if err != nil {
		return m, err
	}
	if !bytes.Equal(text, want) {
		return m, errors.New("is damaged: its sum is not that of its contents")
	}
	return m, nil
}

// Holds makes sure that the files are the named ones, in that order: no name in a manifest becomes a path.
func (m Manifest) Holds(names ...string) error {
	if len(m.Files) != len(names) {
		return fmt.Errorf("lists %d files, want %q", len(m.Files), names)
	}
	for i, name := range names {
		if m.Files[i].Name != name {
			return fmt.Errorf("lists %.60q, want %s", m.Files[i].Name, name)
		}
	}
	return nil
}

// Sum measures what write writes to it.
func Sum(name string, write func(io.Writer) error) (Item, error) {
	h := sha256.New()
	n := counter(0)
	err := write(io.MultiWriter(h, &n))
	return Item{name, int64(n), hex.EncodeToString(h.Sum(nil))}, err
}

type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}
