package datasets

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"lenz/internal/near"
)

// ReadNPY reads the array of a NumPy file (format versions 1 to 3) as a series with numbered rows: [T] is one column, [T, C]
// is C of them. Elements are float16, float32, float64, integers or booleans, in either byte order; two dimensions may be
// in C or Fortran order. NaN is a missing value. The columns are c0, c1, ...
func ReadNPY(path string) (*Series, error) {
	file, size, err := openSized(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return ReadNPYFrom(file, size, path)
}

// ReadNPYFrom reads an NPY array of size bytes from r; the name stands for the file in errors.
func ReadNPYFrom(r io.Reader, size int64, name string) (*Series, error) {
	columns, err := readArray(buffered(r, size), size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	names := make([]string, len(columns))
	for i := range names {
		names[i] = fmt.Sprintf("c%d", i)
	}
	s := &Series{Name: seriesName(name), Columns: names, Values: columns, file: name}
	return s, s.checkArrays()
}

// ReadNPZ reads arrays of an .npz file as the columns of one series, all with the same T: those of one and two dimensions,
// or the named ones in that order. An array [T] is a column of its name, an array [T, C] the columns name.0, name.1, ...,
// which may be named alone.
func ReadNPZ(path string, names ...string) (*Series, error) {
	file, size, err := openSized(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return ReadNPZFrom(file, size, path, names...)
}

// ReadNPZFrom reads an NPZ archive of size bytes from r; the name stands for the file in errors.
func ReadNPZFrom(r io.ReaderAt, size int64, name string, names ...string) (*Series, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%s is no whole .npz file: %w: write it again with numpy.savez", name, err)
	}
	var there []string
	for _, f := range archive.File {
		there = append(there, strings.TrimSuffix(f.Name, ".npy"))
	}
	needed, err := arraysOf(names, there)
	if err != nil {
		return nil, fmt.Errorf("%s %w", name, err)
	}
	s := &Series{Name: seriesName(name), file: name}
	first := ""
	for i, f := range archive.File {
		if len(names) > 0 && !slices.Contains(needed, there[i]) {
			continue
		}
		columns, err := readEntry(f)
		if errors.Is(err, errDimensions) && len(names) == 0 {
			s.note("array %q is left out: %v", there[i], err)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: array %q: %w", name, there[i], err)
		}
		if first == "" {
			first = there[i]
		} else if len(columns[0]) != s.Rows() {
			return nil, fmt.Errorf("%s: array %q has %d rows, array %q %d: choose arrays of one length with --columns",
				name, there[i], len(columns[0]), first, s.Rows())
		}
		for c, values := range columns {
			column := there[i]
			if len(columns) > 1 {
				column = fmt.Sprintf("%s.%d", there[i], c)
			}
			if slices.Contains(s.Columns, column) {
				return nil, fmt.Errorf("%s holds two columns named %q: rename an array", name, column)
			}
			s.Columns, s.Values = append(s.Columns, column), append(s.Values, values)
		}
	}
	if len(s.Columns) == 0 {
		return nil, fmt.Errorf("%s holds no array of one or two dimensions (arrays: %s)", name, someNames(there))
	}
	if err := s.checkArrays(); err != nil || len(names) == 0 {
		return s, err
	}
	return s.Select(columnsOf(names, needed, s.Columns)...)
}

// arraysOf returns the array that each name asks for: of that name, or of the name before its last point.
func arraysOf(names, there []string) ([]string, error) {
	var arrays []string
	for _, a := range names {
		array := a
		if dot := strings.LastIndexByte(a, '.'); dot > 0 && !slices.Contains(there, a) {
			array = a[:dot]
		}
		if !slices.Contains(there, array) {
			return nil, fmt.Errorf("has no array %q%s (arrays: %s)", a, near.Suggest(a, there), someNames(there))
		}
		arrays = append(arrays, array)
	}
	return arrays, nil
}

// columnsOf returns the columns that the names ask for: all of an array, or the one that is named.
func columnsOf(names, arrays, columns []string) []string {
	var wanted []string
	for i, a := range names {
		if a != arrays[i] {
			wanted = append(wanted, a)
			continue
		}
		for _, c := range columns {
			if c == a || strings.HasPrefix(c, a+".") {
				wanted = append(wanted, c)
			}
		}
	}
	return wanted
}

// readEntry reads an array of an archive. What an entry claims to hold is not believed beyond what deflate can pack.
func readEntry(f *zip.File) ([][]float64, error) {
	const deflateLimit = 1032 // its largest compression ratio
	if f.UncompressedSize64 > f.CompressedSize64*deflateLimit+1024 || f.UncompressedSize64 > math.MaxInt64 {
		return nil, fmt.Errorf("claims %d bytes, packed in %d: the file is damaged", f.UncompressedSize64, f.CompressedSize64)
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return readArray(buffered(r, int64(f.UncompressedSize64)), int64(f.UncompressedSize64))
}

func buffered(r io.Reader, size int64) *bufio.Reader {
	return bufio.NewReaderSize(r, int(min(size, 1<<16)))
}

func openSized(path string) (*os.File, int64, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fmt.Errorf("%s: there is no such file%s", path, neighbours(path))
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("it is a folder")
	}
	if err != nil {
		file.Close()
		return nil, 0, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	return file, info.Size(), nil
}

// checkArrays refuses what no series can be made of.
func (s *Series) checkArrays() error {
	if s.Rows() < 2 {
		return fmt.Errorf("%s has %d rows: a series needs at least two", s.file, s.Rows())
	}
	for c, v := range s.Values {
		for row, x := range v {
			if math.IsInf(x, 0) {
				return fmt.Errorf("%s: column %q is infinite in row %d: write a finite number, or NaN if the value is missing", s.file, s.Columns[c], row)
			}
		}
	}
	return nil
}

var (
	errDimensions = errors.New("one dimension [T] or two [T, C] with at least one element are needed")
	npyDescr      = regexp.MustCompile(`'descr'\s*:\s*'([^']*)'`)
	npyOrder      = regexp.MustCompile(`'fortran_order'\s*:\s*(True|False)`)
	npyShape      = regexp.MustCompile(`'shape'\s*:\s*\(([0-9,\s]*)\)`)
)

// readArray reads an NPY array of size bytes as columns. Nothing is allocated for elements that the size has no room for.
// Format: numpy.lib.format, NEP 1.
func readArray(r io.Reader, size int64) ([][]float64, error) {
	header, used, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	descr, order, shape := npyDescr.FindStringSubmatch(header), npyOrder.FindStringSubmatch(header), npyShape.FindStringSubmatch(header)
	if descr == nil || order == nil || shape == nil {
		return nil, fmt.Errorf("the NPY header %.80q lacks descr, fortran_order or shape (arrays of records are not read): save a plain array", header)
	}
	decode, width, err := npyType(descr[1])
	if err != nil {
		return nil, err
	}
	rows, columns, err := npyDimensions(shape[1])
	if err != nil {
		return nil, err
	}
	if room := (size - used) / int64(width); int64(rows) > room || int64(columns) > room/int64(rows) {
		return nil, fmt.Errorf("the header says %d x %d elements of %d bytes, the file has room for %d: it is cut off or damaged", rows, columns, width, room)
	}
	// What an archive claims may be a thousand times what is there: memory grows with what is read.
	var all blocks[float64]
	one := make([]byte, width)
	for i := range rows * columns {
		if _, err := io.ReadFull(r, one); err != nil {
			return nil, fmt.Errorf("the data end after %d of %d elements: the file is cut off: %w", i, rows*columns, err)
		}
		all.add(decode(one))
	}
	out := table(columns, rows)
	i := 0
	for v := range all.values() {
		if order[1] == "True" {
			out[i/rows][i%rows] = v
		} else {
			out[i%columns][i/columns] = v
		}
		i++
	}
	return out, nil
}

// readHeader returns the header's text and the bytes read so far.
func readHeader(r io.Reader, size int64) (string, int64, error) {
	var start [8]byte
	if _, err := io.ReadFull(r, start[:]); err != nil || string(start[:6]) != "\x93NUMPY" {
		return "", 0, errors.New("this is no NPY array: save it with numpy.save or numpy.savez")
	}
	var length uint32
	used := int64(12)
	var err error
	switch start[6] {
	case 1:
		var short uint16
		err = binary.Read(r, binary.LittleEndian, &short)
		length, used = uint32(short), 10
	case 2, 3:
		err = binary.Read(r, binary.LittleEndian, &length)
	default:
		return "", 0, fmt.Errorf("NPY format version %d is not read: save it as version 1, 2 or 3", start[6])
	}
	if err != nil || int64(length) > min(size-used, 1<<20) {
		return "", 0, errors.New("the NPY header is cut off or too long: the file is damaged")
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return "", 0, fmt.Errorf("the NPY header is cut off: %w", err)
	}
	return string(text), used + int64(length), nil
}

// npyDimensions reads "100," or "100, 3".
func npyDimensions(text string) (rows, columns int, err error) {
	var dims []int
	for _, field := range strings.Split(text, ",") {
		if field = strings.TrimSpace(field); field == "" {
			continue
		}
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0, 0, fmt.Errorf("the shape (%s) is not readable: the file is damaged", text)
		}
		dims = append(dims, n)
	}
	if len(dims) == 1 {
		dims = append(dims, 1)
	}
	if len(dims) != 2 || dims[0] == 0 || dims[1] == 0 {
		return 0, 0, fmt.Errorf("the shape is (%s): %w", strings.TrimSpace(text), errDimensions)
	}
	return dims[0], dims[1], nil
}

// npyType returns how to read an element of a type such as <f8, and its size in bytes.
func npyType(descr string) (func([]byte) float64, int, error) {
	fail := fmt.Errorf("elements of type %q are not read: convert them to float64 with astype", descr)
	if len(descr) != 3 {
		return nil, 0, fail
	}
	var order binary.ByteOrder = binary.LittleEndian
	if descr[0] == '>' {
		order = binary.BigEndian
	}
	switch descr[1:] {
	case "f8":
		return func(b []byte) float64 { return math.Float64frombits(order.Uint64(b)) }, 8, nil
	case "f4":
		return func(b []byte) float64 { return float64(math.Float32frombits(order.Uint32(b))) }, 4, nil
	case "f2":
		return func(b []byte) float64 { return half(order.Uint16(b)) }, 2, nil
	case "i8":
		return func(b []byte) float64 { return float64(int64(order.Uint64(b))) }, 8, nil
	case "i4":
		return func(b []byte) float64 { return float64(int32(order.Uint32(b))) }, 4, nil
	case "i2":
		return func(b []byte) float64 { return float64(int16(order.Uint16(b))) }, 2, nil
	case "i1":
		return func(b []byte) float64 { return float64(int8(b[0])) }, 1, nil
	case "u8":
		return func(b []byte) float64 { return float64(order.Uint64(b)) }, 8, nil
	case "u4":
		return func(b []byte) float64 { return float64(order.Uint32(b)) }, 4, nil
	case "u2":
		return func(b []byte) float64 { return float64(order.Uint16(b)) }, 2, nil
	case "u1", "b1":
		return func(b []byte) float64 { return float64(b[0]) }, 1, nil
	}
	return nil, 0, fail
}

// half widens an IEEE 754 binary16.
func half(bits uint16) float64 {
	exponent, fraction := int(bits>>10&31), float64(bits&1023)
	v := 0.0
	switch exponent {
	case 0:
		v = math.Ldexp(fraction, -24)
	case 31:
		if v = math.Inf(1); fraction != 0 {
			v = math.NaN()
		}
	default:
		v = math.Ldexp(1024+fraction, exponent-25)
	}
	if bits&0x8000 != 0 {
		return -v
	}
	return v
}
