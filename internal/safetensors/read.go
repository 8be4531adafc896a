package safetensors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// Read reads a file of the given size in bytes and returns its tensors, in the order in which their values are stored, and the map
// of strings, nil if it has none. Errors name the tensor.
func Read(r io.ReaderAt, size int64) ([]Tensor, map[string]string, error) {
	tensors, metadata, err := read(r, size)
	if err != nil {
		return nil, nil, fmt.Errorf("safetensors: %w", err)
	}
	return tensors, metadata, nil
}

// ReadFile is Read on the file at path. Errors name the file and the tensor.
func ReadFile(path string) ([]Tensor, map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("safetensors: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("safetensors: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("safetensors: %s is not a file", path)
	}
	tensors, metadata, err := read(f, info.Size())
	if err != nil {
		return nil, nil, fmt.Errorf("safetensors: %s: %w", path, err)
	}
	return tensors, metadata, nil
}

func read(r io.ReaderAt, size int64) ([]Tensor, map[string]string, error) {
	var length [8]byte
	if size < int64(len(length)) {
		return nil, nil, fmt.Errorf("the file has %d bytes, want at least 8: it is empty or cut off", size)
	}
	if err := readAt(r, length[:], 0); err != nil {
		return nil, nil, err
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > MaxHeader || int64(n) > size-8 {
		return nil, nil, fmt.Errorf("the header has %d bytes, the file %d, the bound is %d: not a safetensors file, or cut off", n, size, MaxHeader)
	}
	header := make([]byte, n)
	if err := readAt(r, header, 8); err != nil {
		return nil, nil, err
	}
	start := 8 + int64(n)
	entries, metadata, err := parseHeader(header, size-start)
	if err != nil {
		return nil, nil, err
	}
	tensors := make([]Tensor, len(entries))
	for i, e := range entries {
		tensors[i] = Tensor{Name: e.name, DType: e.kind.name, Shape: e.shape, Data: e.kind.make((e.end - e.begin) / e.kind.size)}
		if err := e.load(io.NewSectionReader(r, start+int64(e.begin), int64(e.end-e.begin)), tensors[i].Data); err != nil {
			return nil, nil, fmt.Errorf("tensor %q: %w", e.name, err)
		}
	}
	return tensors, metadata, nil
}

// chunk is how many bytes are converted at a time, a multiple of every size.
const chunk = 1 << 16

// load fills data from r.
func (e entry) load(r io.Reader, data any) error {
	buf := make([]byte, min(chunk, e.end-e.begin))
	n := (e.end - e.begin) / e.kind.size
	for at, step := 0, chunk/e.kind.size; at < n; at += step {
		to := min(at+step, n)
		b := buf[:(to-at)*e.kind.size]
		if _, err := io.ReadFull(r, b); err != nil {
			return err
		}
		if e.kind.name == "BOOL" {
			for i, v := range b {
				if v > 1 {
					return fmt.Errorf("value %d is %d, want 0 or 1", at+i, v)
				}
			}
		}
		if _, err := binary.Decode(b, binary.LittleEndian, e.kind.part(data, at, to)); err != nil {
			return err
		}
	}
	return nil
}

func readAt(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}
