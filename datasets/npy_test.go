package datasets

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// npy writes an array as NumPy does: the header is padded with spaces to a multiple of 64 bytes.
func npy(version byte, descr, order, shape string, data any) []byte {
	var b bytes.Buffer
	b.WriteString("\x93NUMPY")
	b.Write([]byte{version, 0})
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }", descr, order, shape)
	start := 12
	if version == 1 {
		start = 10
	}
	header += strings.Repeat(" ", 63-(start+len(header))%64) + "\n"
	if version == 1 {
		binary.Write(&b, binary.LittleEndian, uint16(len(header)))
	} else {
		binary.Write(&b, binary.LittleEndian, uint32(len(header)))
	}
	b.WriteString(header)
	var o binary.ByteOrder = binary.LittleEndian
	if descr[0] == '>' {
		o = binary.BigEndian
	}
	binary.Write(&b, o, data)
	return b.Bytes()
}

func TestNPY(t *testing.T) {
	columns := [][]float64{{1, 3, 5}, {2, 4, -6}}
	for _, c := range []struct {
		name string
		file []byte
		want [][]float64
	}{
		{"float64", npy(1, "<f8", "False", "3, 2", []float64{1, 2, 3, 4, 5, -6}), columns},
		{"version 2", npy(2, "<f8", "False", "3, 2", []float64{1, 2, 3, 4, 5, -6}), columns},
		{"version 3", npy(3, "<f8", "False", "3, 2", []float64{1, 2, 3, 4, 5, -6}), columns},
		{"fortran", npy(1, "<f8", "True", "3, 2", []float64{1, 3, 5, 2, 4, -6}), columns},
		{"big endian", npy(1, ">f4", "False", "3, 2", []float32{1, 2, 3, 4, 5, -6}), columns},
		{"float32", npy(1, "<f4", "False", "3, 2", []float32{1, 2, 3, 4, 5, -6}), columns},
		{"float16", npy(1, "<f2", "False", "3, 2", []uint16{0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0xc600}), columns},
		{"int64", npy(1, "<i8", "False", "3, 2", []int64{1, 2, 3, 4, 5, -6}), columns},
		{"int32", npy(1, ">i4", "False", "3, 2", []int32{1, 2, 3, 4, 5, -6}), columns},
		{"int16", npy(1, "<i2", "False", "3, 2", []int16{1, 2, 3, 4, 5, -6}), columns},
		{"int8", npy(1, "|i1", "False", "3, 2", []int8{1, 2, 3, 4, 5, -6}), columns},
		{"uint8, one dimension", npy(1, "|u1", "False", "3,", []uint8{0, 7, 255}), [][]float64{{0, 7, 255}}},
		{"uint64", npy(1, "<u8", "False", "2,", []uint64{1, 1 << 63}), [][]float64{{1, 1 << 63}}},
		{"bool", npy(1, "|b1", "False", "2,", []bool{true, false}), [][]float64{{1, 0}}},
	} {
		s, err := ReadNPYFrom(bytes.NewReader(c.file), int64(len(c.file)), "dir/x.npy")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.want, s.Values); diff != "" || s.Name != "x" || s.Columns[0] != "c0" {
			t.Errorf("%s: %s %s %v", c.name, diff, s.Name, s.Columns)
		}
	}
}

func TestHalf(t *testing.T) {
	for bits, want := range map[uint16]float64{0: 0, 1: 5.960464477539063e-08, 0x03ff: 6.097555160522461e-05, 0x0400: 6.103515625e-05, 0x3555: 0.333251953125,
		0x7bff: 65504, 0xfc00: math.Inf(-1)} {
		if got := half(bits); got != want {
			t.Errorf("half(%#x) = %v, want %v", bits, got, want)
		}
	}
	if !math.IsNaN(half(0x7e00)) {
		t.Error("half(0x7e00) is a number")
	}
}

func TestNPYErrors(t *testing.T) {
	good := npy(1, "<f8", "False", "3,", []float64{1, 2, 3})
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "no NPY array"},
		{"text", []byte("date,y\n1,2\n"), "no NPY array"},
		{"version", append([]byte("\x93NUMPY\x04\x00"), good[8:]...), "version 4"},
		{"cut header", good[:40], "cut off"},
		{"cut data", good[:len(good)-1], "room for 2"},
		{"2^60 elements", npy(1, "<f8", "False", "1152921504606846976,", []float64{1}), "room for 1"},
		{"2^40 by 2^40", npy(1, "<f8", "False", "1099511627776, 1099511627776", []float64{1}), "room for 1"},
		{"too large a number", npy(1, "<f8", "False", "99999999999999999999999,", []float64{1}), "not readable"},
		{"three dimensions", npy(1, "<f8", "False", "1, 2, 1", []float64{1, 2}), "one dimension [T] or two"},
		{"scalar", npy(1, "<f8", "False", "", []float64{1}), "one dimension [T] or two"},
		{"no rows", npy(1, "<f8", "False", "0,", []float64{}), "at least one element"},
		{"one row", npy(1, "<f8", "False", "1,", []float64{1}), "1 rows"},
		{"complex", npy(1, "<c16", "False", "1,", []float64{1, 2}), "astype"},
		{"text elements", npy(1, "<U4", "False", "2,", make([]byte, 32)), "astype"},
		{"infinite", npy(1, "<f8", "False", "2,", []float64{1, math.Inf(1)}), `"c0" is infinite in row 1`},
	} {
		_, err := ReadNPYFrom(bytes.NewReader(c.file), int64(len(c.file)), "x.npy")
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "x.npy") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func npz(t *testing.T, arrays ...any) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(arrays); i += 2 {
		f, err := w.Create(arrays[i].(string) + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(arrays[i+1].([]byte)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestNPZ(t *testing.T) {
	file := npz(t, "y", npy(1, "<f8", "False", "2,", []float64{1, 2}), "cube", npy(1, "<f8", "False", "1, 1, 1", []float64{1}),
		"x", npy(1, "<f8", "False", "2, 2", []float64{3, 4, 5, 6}), "long", npy(1, "<f8", "False", "3,", []float64{1, 2, 3}))
	read := func(names ...string) (*Series, error) {
		return ReadNPZFrom(bytes.NewReader(file), int64(len(file)), "f.npz", names...)
	}
	s, err := read("x", "y")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"x.0", "x.1", "y"}, s.Columns); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]float64{{3, 5}, {4, 6}, {1, 2}}, s.Values); diff != "" {
		t.Error(diff)
	}
	for want, names := range map[string][]string{
		`array "long" has 3 rows, array "y" 2`: nil,
		`did you mean "long"`:                  {"lon"},
		`array "cube"`:                         {"cube"},
	} {
		if _, err := read(names...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", names, err, want)
		}
	}
	if _, err := ReadNPZFrom(bytes.NewReader(file[:50]), 50, "f.npz"); err == nil || !strings.Contains(err.Error(), "no whole .npz") {
		t.Errorf("cut off: %v", err)
	}
	path := filepath.Join(t.TempDir(), "f.npz")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := ReadNPZ(path, "long"); err != nil || s.Rows() != 3 {
		t.Errorf("from a file: %v, %v", s, err)
	}
}

// A file that NumPy wrote holds the numbers of its text.
func TestNPYOfNumPy(t *testing.T) {
	const folder = "../../shared/data/santafe_laser/"
	if _, err := os.Stat(folder); err != nil {
		t.Skip("the shared data are not here")
	}
	binary, err := ReadFile(folder+"santafe_laser.npy", CSVOptions{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := ReadFile(folder+"santafe_laser.txt", CSVOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text[0].Values, binary[0].Values); diff != "" {
		t.Error(diff)
	}
}
