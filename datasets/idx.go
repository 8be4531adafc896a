package datasets

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
)

// The IDX format of MNIST and its kin (LeCun, Cortes, Burges 1998): two zero bytes, the type of the elements, the number of
// dimensions, each dimension as a big-endian uint32, then the elements, row-major.
const (
	idxUnsignedByte = 0x08
	idxMostDims     = 4
	mostPixels      = 1 << 18 // of one picture: each gets a name
)

// idxArray is an IDX array of unsigned bytes.
type idxArray struct {
	dims []int
	data []byte
}

// ReadIDX reads pictures in the IDX format, plain or gzipped, as values byte/255 in [0, 1], or where the largest byte is 1, as the bits
// that binarized pictures are saved as (Table.Bits); labels is the file of their classes, "" for none. A file of another kind, or shorter or
// longer than its dimensions say, is refused.
func ReadIDX(images, labels string) (*Table, error) {
	r, err := openPlain(images)
	if err != nil {
		return nil, fmt.Errorf("datasets: %w", err)
	}
	defer r.Close()
	if labels == "" {
		return ReadIDXFrom(r, nil, filepath.Base(images), "")
	}
	l, err := openPlain(labels)
	if err != nil {
		return nil, fmt.Errorf("datasets: %w", err)
	}
	defer l.Close()
	return ReadIDXFrom(r, l, filepath.Base(images), filepath.Base(labels))
}

// ReadIDXFrom reads pictures, and their labels unless that reader is nil; the names are for errors.
func ReadIDXFrom(images, labels io.Reader, name, labelsName string) (*Table, error) {
	a, err := readIDX(images, name)
	if err != nil {
		return nil, fmt.Errorf("datasets: %w", err)
	}
	if len(a.dims) < 2 {
		return nil, fmt.Errorf("datasets: %s holds %v labels, not pictures: give it as the labels", name, a.dims)
	}
	t := Table{Name: name, Rows: a.dims[0], idx: true}
	size := len(a.data) / max(1, a.dims[0])
	if len(a.dims) == 3 {
		t.Height, t.Width = a.dims[1], a.dims[2]
	}
	if size > mostPixels {
		return nil, fmt.Errorf("datasets: %s holds pictures of %d values, at most %d are read: cut or shrink them", name, size, mostPixels)
	}
	t.Columns = numbered("p", size)
	t.Values = make([]float32, len(a.data))
	t.Bits = slices.Max(a.data) == 1
	white := float32(math.MaxUint8)
	if t.Bits {
		white = 1
	}
	for i, b := range a.data {
		t.Values[i] = float32(b) / white
	}
	if labels == nil {
		return NewTable(t)
	}
	l, err := readIDX(labels, labelsName)
	if err != nil {
		return nil, fmt.Errorf("datasets: %w", err)
	}
	if len(l.dims) != 1 || l.dims[0] != t.Rows {
		return nil, fmt.Errorf("datasets: %s holds an array %v, want one label for each of the %d pictures of %s", labelsName, l.dims, t.Rows, name)
	}
	t.Labels = make([]int, t.Rows)
	for i, b := range l.data {
		t.Labels[i] = int(b)
		t.Classes = max(t.Classes, int(b)+1)
	}
	return NewTable(t)
}

func readIDX(r io.Reader, name string) (idxArray, error) {
	var a idxArray
	r, err := gunzip(r, name)
	if err != nil {
		return a, err
	}
	var magic [4]byte
	if _, err := io.ReadFull(r, magic[:]); err != nil {
		return a, fmt.Errorf("%s: too short for an IDX file: its magic number takes 4 bytes: %w", name, err)
	}
	if magic[0] != 0 || magic[1] != 0 || magic[2] != idxUnsignedByte || magic[3] < 1 || magic[3] > idxMostDims {
		return a, fmt.Errorf("%s: the magic number is %x, want 000008 and 1 to %d dimensions (IDX of unsigned bytes): is it another kind of file?", name, magic, idxMostDims)
	}
	total := 1
	for range magic[3] {
		var d uint32
		if err := binary.Read(r, binary.BigEndian, &d); err != nil {
			return a, fmt.Errorf("%s: ends within its %d dimensions: %w", name, magic[3], err)
		}
		if d == 0 && len(a.dims) == 0 {
			return a, fmt.Errorf("%s holds no pictures or labels: its first dimension is 0", name)
		}
		if d == 0 || int64(total)*int64(d) > math.MaxInt32 {
			return a, fmt.Errorf("%s: dimensions %v and %d: want at least one element and fewer than 2^31", name, a.dims, d)
		}
		a.dims, total = append(a.dims, int(d)), total*int(d)
	}
	// The buffer grows with what is there, not with what the header promises.
	var data bytes.Buffer
	n, err := io.Copy(&data, io.LimitReader(r, int64(total)+1))
	if err != nil {
		return a, fmt.Errorf("%s: after %d of %d elements: %w", name, n, total, err)
	}
	if n != int64(total) {
		return a, fmt.Errorf("%s: its dimensions %v ask for %d bytes, it has %s: the file is cut off or damaged", name, a.dims, total, atLeast(n, total))
	}
	a.data = data.Bytes()
	return a, nil
}

func atLeast(n int64, total int) string {
	if n > int64(total) {
		return "more"
	}
	return fmt.Sprint(n)
}
