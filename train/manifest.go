package train

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const (
	manifestFile    = "manifest.json"
	treeFile        = "state.json"
	tensorFile      = "state.safetensors"
	manifestFormat  = "lenz checkpoint"
	manifestVersion = 1
)

// manifest lists the files of a checkpoint with their sums, and carries a sum of itself.
type manifest struct {
	Format  string         `json:"format"`
	Version int            `json:"version"`
	Step    int            `json:"step"`
	Epoch   int            `json:"epoch"`
	Files   []manifestItem `json:"files"`
	SHA256  string         `json:"sha256,omitempty"` // of the manifest without this field
}

type manifestItem struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// encode fills in the manifest's own sum and returns its text.
func (m manifest) encode() ([]byte, error) {
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

// readManifest reads and checks a checkpoint's manifest. Errors name the file.
func readManifest(dir string) (manifest, error) {
	path := filepath.Join(dir, manifestFile)
	text, err := readSmall(path, largestManifest)
	if err != nil {
		return manifest{}, err
	}
	var m manifest
	var kind struct { // known before the rest, which another version may write otherwise
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(text, &kind); err != nil {
		return m, fmt.Errorf("%s is damaged: %w", path, err)
	}
	if kind.Format != manifestFormat || kind.Version != manifestVersion {
		return m, fmt.Errorf("%s is of format %q, version %d; this program reads %q, version %d: go on with the lenz that wrote it", path, kind.Format, kind.Version, manifestFormat, manifestVersion)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%s is damaged: %w", path, err)
	}
	// Any change shows: the text must be, byte for byte, what the manifest that it says would be written as.
	want, err := m.encode()
	if err != nil {
		return m, fmt.Errorf("%s: %w", path, err)
	}
	if !bytes.Equal(text, want) {
		return m, fmt.Errorf("%s is damaged: its sum is not that of its contents", path)
	}
	return m, nil
}

// largestManifest is far above what a manifest has.
const largestManifest = 1 << 16

// readSmall reads a file of at most so many bytes.
func readSmall(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	if int64(len(text)) > most {
		return nil, fmt.Errorf("%s is damaged: it has more than %d bytes", path, most)
	}
	return text, nil
}

// verify holds every listed file against its size and sum. Errors name the file.
//
// Only files that a checkpoint has are opened: no name in a manifest becomes a path.
func (m manifest) verify(dir string) error {
	want := []string{treeFile, tensorFile}
	if len(m.Files) != len(want) {
		return fmt.Errorf("%s lists %d files, want %q", filepath.Join(dir, manifestFile), len(m.Files), want)
	}
	for i, name := range want {
		f := m.Files[i]
		if f.Name != name {
			return fmt.Errorf("%s lists %q, want %s", filepath.Join(dir, manifestFile), f.Name, name)
		}
		got, err := describe(dir, name)
		if err != nil {
			return err
		}
		if got != f {
			return fmt.Errorf("%s is damaged: it has %d bytes and SHA-256 %.12s, the manifest says %d and %.12s", filepath.Join(dir, name), got.Bytes, got.SHA256, f.Bytes, f.SHA256)
		}
	}
	return nil
}

// sumWhile measures what write writes to it.
func sumWhile(name string, write func(io.Writer) error) (manifestItem, error) {
	h := sha256.New()
	n := counter(0)
	err := write(io.MultiWriter(h, &n))
	return manifestItem{name, int64(n), hex.EncodeToString(h.Sum(nil))}, err
}

type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// describe measures a file.
func describe(dir, name string) (manifestItem, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return manifestItem{}, err
	}
	defer f.Close()
	return sumWhile(name, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
}
