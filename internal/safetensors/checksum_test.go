package safetensors

import (
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"testing"
)

// The checksum is that of the bytes in the file, also of a tensor that is written in several pieces.
func TestChecksumIsThatOfTheFile(t *testing.T) {
	long := make([]float32, 3*chunk/4+7)
	for i := range long {
		long[i] = float32(i)
	}
	for _, x := range append(all(), Tensor{Name: "long", Shape: []int{len(long)}, Data: long}) {
		var b bytes.Buffer
		if err := Write(&b, []Tensor{x}, nil); err != nil {
			t.Fatal(err)
		}
		kind, n, err := x.check()
		if err != nil {
			t.Fatal(err)
		}
		want := crc32.Checksum(b.Bytes()[b.Len()-n*kind.size:], crc32.MakeTable(crc32.Castagnoli))
		if got, err := x.Checksum(); err != nil || got != want {
			t.Errorf("%s: %08x, want %08x (%v)", x.Name, got, want, err)
		}
	}
	if _, err := (Tensor{Name: "x", Shape: []int{2}, Data: []float64{1}}).Checksum(); err == nil || !strings.Contains(err.Error(), `tensor "x"`) {
		t.Errorf("a tensor of another shape: %v", err)
	}
}

// failing is a file that breaks after so many bytes.
type failing struct {
	b     []byte
	after int64
}

var errBroken = errors.New("the disk is broken")

func (f failing) ReadAt(b []byte, at int64) (int, error) {
	if at+int64(len(b)) > f.after {
		return 0, errBroken
	}
	return bytes.NewReader(f.b).ReadAt(b, at)
}

// A disk that breaks while a file is read or written is told from a bad file.
func TestDisksThatBreak(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, []Tensor{{Name: "x", Shape: []int{chunk}, Data: make([]float32, chunk)}}, nil); err != nil {
		t.Fatal(err)
	}
	for _, after := range []int64{0, 4, 8, 20, int64(b.Len() - 1)} {
		if _, _, err := Read(failing{b.Bytes(), after}, int64(b.Len())); !errors.Is(err, errBroken) {
			t.Errorf("after %d bytes: %v", after, err)
		}
	}
	if _, _, err := Read(bytes.NewReader(b.Bytes()[:b.Len()-3]), int64(b.Len())); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a file that shrinks: %v", err)
	}
	if _, _, err := Read(bytes.NewReader(nil), 16); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a file that is gone: %v", err)
	}
	for n := range 3 {
		w := &stopping{left: n, err: errBroken}
		if err := Write(w, []Tensor{{Name: "x", Shape: []int{4}, Data: make([]float32, 4)}}, nil); !errors.Is(err, errBroken) {
			t.Errorf("after %d writes: %v", n, err)
		}
	}
}

// stopping fails after so many writes.
type stopping struct {
	left int
	err  error
}

func (s *stopping) Write(b []byte) (int, error) {
	if s.left--; s.left < 0 {
		return 0, s.err
	}
	return len(b), nil
}
