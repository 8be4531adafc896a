package datasets

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lenz/internal/bounded"
)

// idx is a file of unsigned bytes.
func idx(dims []uint32, data []byte) []byte {
	b := []byte{0, 0, 8, byte(len(dims))}
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return append(b, data...)
}

func zipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestReadIDX(t *testing.T) {
	images := idx([]uint32{2, 2, 3}, []byte{0, 255, 51, 0, 0, 0, 255, 255, 255, 255, 255, 102})
	labels := idx([]uint32{2}, []byte{7, 1})
	dir := t.TempDir()
	for name, b := range map[string][]byte{"images": images, "labels": labels, "images.gz": zipped(t, images), "labels.gz": zipped(t, labels)} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, end := range []string{"", ".gz"} {
		table, err := ReadIDX(filepath.Join(dir, "images"+end), filepath.Join(dir, "labels"+end))
		if err != nil {
			t.Fatal(err)
		}
		if table.Rows != 2 || table.Height != 2 || table.Width != 3 || table.Classes != 8 || table.Labels[0] != 7 {
			t.Errorf("%+v", table)
		}
		if r := table.Row(0); r[1] != 1 || r[2] != 0.2 || table.Row(1)[5] != 0.4 {
			t.Errorf("rows %v, %v", r, table.Row(1))
		}
	}
	if _, err := ReadIDX(filepath.Join(dir, "image"), ""); err == nil || !strings.Contains(err.Error(), "images") {
		t.Errorf("a file that is not there: %v", err)
	}
}

// Bytes of 0 and 1 are bits where the training file has no others, in all parts, and greys elsewhere.
func TestBytesOfPicturesThatAreBits(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, data ...byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, idx([]uint32{2, 1, 2}, data), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	bits, greys, black := file("bits.idx", 0, 1, 1, 0), file("greys.idx", 0, 1, 51, 0), file("black.idx", 0, 0, 0, 0)
	for _, c := range []struct {
		train, test string
		want        []float32 // all values of both
	}{
		{bits, bits, []float32{0, 1, 1, 0, 0, 1, 1, 0}},
		{bits, black, []float32{0, 1, 1, 0, 0, 0, 0, 0}},
		{greys, bits, []float32{0, 1. / 255, 0.2, 0, 0, 1. / 255, 1. / 255, 0}},
		{black, bits, []float32{0, 0, 0, 0, 0, 1. / 255, 1. / 255, 0}},
	} {
		got, err := ReadTables(c.train, "", c.test, SplitSpec{})
		if err != nil {
			t.Fatal(err)
		}
		if all := slices.Concat(got.Train.Values, got.Test.Values); !slices.Equal(all, c.want) {
			t.Errorf("%s and %s: %v, want %v", filepath.Base(c.train), filepath.Base(c.test), all, c.want)
		}
	}
	if _, err := ReadTables(bits, greys, "", SplitSpec{}); err == nil || !strings.Contains(err.Error(), "greys.idx: picture 2, column p0 has the byte 51") {
		t.Errorf("greys beside bits: %v, want a refusal", err)
	}
}

func TestReadIDXRefuses(t *testing.T) {
	good := idx([]uint32{2, 1, 2}, []byte{1, 2, 3, 4})
	for _, c := range []struct {
		name           string
		images, labels []byte
		want           string
	}{
		{"empty", nil, nil, "too short"},
		{"magic", append([]byte{1}, good[1:]...), nil, "magic number is 01000803"},
		{"type", append([]byte{0, 0, 13}, good[3:]...), nil, "magic number is 00000d03"},
		{"a text", []byte("a,b\n1,2\n"), nil, "another kind of file"},
		{"cut header", good[:9], nil, "ends within its 3 dimensions"},
		{"cut data", good[:len(good)-1], nil, "ask for 4 bytes, it has 3"},
		{"longer", append(append([]byte(nil), good...), 9), nil, "it has more"},
		{"no rows", idx([]uint32{0, 2, 2}, nil), nil, "holds no pictures"},
		{"no columns", idx([]uint32{2, 0, 2}, nil), nil, "at least one element"},
		{"huge", idx([]uint32{1 << 31, 1 << 31, 4}, nil), nil, "fewer than 2^31"},
		{"promises more than is there", idx([]uint32{60000, 28, 28}, []byte{1}), nil, "it has 1"},
		{"labels as pictures", idx([]uint32{2}, []byte{1, 2}), nil, "labels, not pictures"},
		{"labels of another number", good, idx([]uint32{3}, []byte{1, 2, 3}), "one label for each of the 2 pictures"},
		{"a broken gzip", []byte{0x1f, 0x8b, 1, 2}, nil, "begins as gzip"},
	} {
		var labels *bytes.Reader
		var err error
		if c.labels != nil {
			labels = bytes.NewReader(c.labels)
			_, err = ReadIDXFrom(bytes.NewReader(c.images), labels, "x", "y")
		} else {
			_, err = ReadIDXFrom(bytes.NewReader(c.images), nil, "x", "")
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestReadBinaryTable(t *testing.T) {
	for _, text := range []string{"0,1,1\n1,0,0\n", "a b c\r\n0 1 1\r\n\r\n1 0 0", "0;1;1.0\n1;0;0\n"} {
		table, err := ReadBinaryTableFrom(strings.NewReader(text), "x")
		if err != nil || table.Rows != 2 || len(table.Columns) != 3 || table.Row(0)[2] != 1 || table.Row(1)[1] != 0 {
			t.Errorf("%q: %+v (%v)", text, table, err)
		}
	}
	for text, want := range map[string]string{
		"0,1\n0,2\n": `line 2, column v1 is "2", want 0 or 1`, "0,1\n0\n": "line 2 has 1 values, want 2", "": "no rows", "a,b\n": "no rows", "0,1\n0,0.5\n": `"0.5"`, "a,b\n0,x\n": "column b",
		"0,,1\n1,0,1\n": `line 1, column v1 is "", want 0 or 1 in a binary table: fill the gap`, "1,0\n1,nan\n": "fill the gap", "1,0\n-1,1\n": "write spins of -1 as 0",
	} {
		if _, err := ReadBinaryTableFrom(strings.NewReader(text), "x"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	dir := t.TempDir()
	for text, want := range map[string]bool{"0,1,1\n1,0,0\n": true, "a,b\n0,1\n1,1\n": true, "date,y\n2020,1\n": false, "0.5,1\n": false, "0\n1\n": false, "": false,
		"0,1,1,1,2\n": true, "a,b,c\n0,1,2\n1,1,0\n": true, "1,1,nan,0,0\n": true, "1,-1\n-1,1\n": true, "2020-01-01,1,1,1,1,1\n": false, "t,a\n0,1\n1,0\n2,1\n3,0\n4,0\n5,1\n": false} {
		path := filepath.Join(dir, "x")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := LooksBinary(path); err != nil || got != want {
			t.Errorf("%q looks binary: %v, want %v (%v)", text, got, want, err)
		}
	}
}

// Spins are read from either way of writing them, but not from both in one file.
func TestReadSpinTable(t *testing.T) {
	for _, text := range []string{"-1,1,+1\n1,-1,-1\n", "a b c\n0 1 1\n1 0 0"} {
		table, err := ReadSpinTableFrom(strings.NewReader(text), "x")
		if err != nil || table.Rows != 2 || !slices.Equal(table.Values, []float32{-1, 1, 1, 1, -1, -1}) {
			t.Errorf("%q: %+v (%v)", text, table, err)
		}
	}
	for text, want := range map[string]string{
		"0,1\n0,2\n": `line 2, column v1 is "2", want -1 or +1`, "-1,1\n1,0\n": `line 2, column v1 is "0", but line 1 has "-1"`, "0,1\n1,-1\n": `but line 1 has "0"`,
		"1,-0\n": `"-0"`, "": "no rows of spins", "1,\n,1\n": "line 2 has 2 values",
	} {
		if _, err := ReadSpinTableFrom(strings.NewReader(text), "x"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestReadPianoRolls(t *testing.T) {
	p, err := ReadPianoRollsFrom(strings.NewReader(`{"train": [[[21, 108], []], [[60]]], "valid": [], "test": [[[60, 64]]]}`), "x")
	if err != nil {
		t.Fatal(err)
	}
	table, err := p.Table(p.Train)
	if err != nil || table.Rows != 3 || table.Row(0)[0] != 1 || table.Row(0)[87] != 1 || table.Row(2)[39] != 1 {
		t.Errorf("%+v (%v)", table, err)
	}
	s, err := p.Sequences(p.Train)
	if err != nil || s.Count != 1 || len(s.Item(0, 0).X) != 88 || len(s.Item(0, 0).Y) != 88 {
		t.Errorf("%+v (%v)", s, err)
	}
	for text, want := range map[string]string{
		`{"train": [[[20]]]}`: "step 0 has the note 20, want 21 to 108", `{"train": [[]]}`: "has no steps", `{}`: "no pieces", `[`: "not piano rolls",
		`{"train": [[[60]]]} 1`: "more follows", `{"train": [[["c"]]]}`: "not piano rolls", `{"trian": []}`: "trian",
	} {
		if _, err := ReadPianoRollsFrom(strings.NewReader(text), "x"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// All pictures of 4 x 4 bars and stripes: 30 distinct ones, each of full rows or of full columns.
func TestBarsAndStripes(t *testing.T) {
	table, err := BarsAndStripes(4)
	if err != nil || table.Rows != 30 {
		t.Fatal(table, err)
	}
	seen := map[string]bool{}
	for i := range table.Rows {
		row := table.Row(i)
		var text []byte
		rows, columns := true, true
		for p, v := range row {
			text = append(text, '0'+byte(v))
			rows = rows && v == row[p/4*4]
			columns = columns && v == row[p%4]
		}
		if seen[string(text)] || !rows && !columns {
			t.Errorf("picture %d, %s, is twice there or neither rows nor columns", i, text)
		}
		seen[string(text)] = true
	}
	if _, err := BarsAndStripes(1); err == nil {
		t.Error("1x1 was taken")
	}
}

func TestDigits(t *testing.T) {
	d, err := Open("digits", nil)
	if err != nil {
		t.Fatal(err)
	}
	if a, b, c := d.Tables.Train, d.Tables.Valid, d.Tables.Test; a.Rows != 1257 || b.Rows != 180 || c.Rows != 360 || a.Classes != 10 || a.Height != 8 {
		t.Errorf("parts of %d, %d and %d rows", a.Rows, b.Rows, c.Rows)
	}
	// The first picture is a zero, whose first line of greys is 0 0 5 13 9 1 0 0 of 16.
	if r := d.Tables.Train.Row(0); r[2] != 5.0/16 || r[3] != 13.0/16 || d.Tables.Train.Labels[0] != 0 {
		t.Errorf("the first picture begins with %v", r[:8])
	}
	if d, err = Open("digits", map[string]string{"threshold": "1"}); err != nil || d.Tables.Train.Binary() != nil {
		t.Errorf("thresholded digits are not binary (%v)", err)
	}
}

func TestSampledTable(t *testing.T) {
	grey, err := NewTable(Table{Name: "grey", Columns: []string{"a", "b"}, Rows: 2, Values: []float32{0, 1, 0.5, 1}})
	if err != nil {
		t.Fatal(err)
	}
	binary, err := grey.Sample(3)
	if err != nil || binary.Binary() != nil || binary.Values[0] != 0 || binary.Values[1] != 1 || binary.Values[3] != 1 {
		t.Errorf("%+v, %v", binary, err)
	}
	if grey.Values[2] != 0.5 {
		t.Error("the table itself has changed")
	}
	grey.Values[2] = 1.5
	if _, err := grey.Sample(3); err == nil || !strings.Contains(err.Error(), "row 2, column a is 1.5") {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestTableSource(t *testing.T) {
	d, err := Open("bars", map[string]string{"n": "2", "copies": "3"})
	if err != nil {
		t.Fatal(err)
	}
	src, err := d.Tables.Train.Source(SourceOptions{Batch: 4, Shuffle: true})
	if err != nil {
		t.Fatal(err)
	}
	rows, weight := 0, 0.0
	for b, ok := src.Next(); ok; b, ok = src.Next() {
		rows, weight = rows+b.B, weight+b.Weight()
		if b.X.Shape[0] != 1 || b.X.Shape[2] != 4 {
			t.Fatalf("a batch is %v", b.X.Shape)
		}
	}
	if rows != 18 || weight != 18 || src.Len() != 5 {
		t.Errorf("%d rows of weight %v in %d batches", rows, weight, src.Len())
	}
	for want, table := range map[string]Table{
		"0 rows":  {},
		"want 2":  {Rows: 2, Columns: []string{"a"}, Values: []float32{1}},
		"label 3": {Rows: 1, Columns: []string{"a"}, Values: []float32{1}, Labels: []int{3}, Classes: 2},
		"3x3":     {Rows: 1, Columns: []string{"a"}, Values: []float32{1}, Height: 3, Width: 3},
	} {
		if _, err := NewTable(table); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	grey := Table{Name: "g", Rows: 2, Columns: []string{"a", "b"}, Values: []float32{1, 0, 1, 0.5}}
	if err := grey.Binary(); err == nil || !strings.Contains(err.Error(), "row 2, column b is 0.5") {
		t.Errorf("greys: %v", err)
	}
}

// Whatever the bytes are, reading gives an error or a table that is sound; memory grows with what is there, not with what a header says.
func FuzzReadIDX(f *testing.F) {
	f.Add(idx([]uint32{2, 1, 2}, []byte{1, 2, 3, 4}), idx([]uint32{2}, []byte{0, 1}))
	f.Add(idx([]uint32{1 << 30, 1, 2}, []byte{1}), []byte{})
	f.Add(zipped(f, idx([]uint32{1, 3}, []byte{1, 2, 3})), []byte{0x1f, 0x8b})
	f.Fuzz(func(t *testing.T, images, labels []byte) {
		boundedTable(t, func() (*Table, error) {
			return ReadIDXFrom(bytes.NewReader(images), bytes.NewReader(labels), "x", "y")
		})
		boundedTable(t, func() (*Table, error) { return ReadIDXFrom(bytes.NewReader(images), nil, "x", "") })
	})
}

func FuzzReadBinaryTable(f *testing.F) {
	for _, text := range []string{"0,1\n1,0\n", "a b\n0 1", "0;1\r\n;\n", "\xef\xbb\xbf0\t1\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table := boundedTable(t, func() (*Table, error) { return ReadBinaryTableFrom(bytes.NewReader(data), "x") })
		if table == nil {
			return
		}
		if err := table.Binary(); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzReadPianoRolls(f *testing.F) {
	f.Add([]byte(`{"train": [[[21, 108], []], [[60]]], "valid": [], "test": [[[60, 64]]]}`))
	f.Add([]byte(`{"train": [[[1e2]]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		boundedTable(t, func() (*Table, error) {
			p, err := ReadPianoRollsFrom(bytes.NewReader(data), "x")
			if err != nil {
				return nil, err
			}
			return p.Table(slices.Concat(p.Train, p.Valid, p.Test))
		})
	})
}

// boundedTable holds a reading to its bounds and returns a table that is sound, or nil for one that was refused.
func boundedTable(t *testing.T, read func() (*Table, error)) *Table {
	t.Helper()
	var table *Table
	var err error
	over := bounded.Run(func() bounded.Limits {
		if table, err = read(); err != nil {
			table = nil
			return bounded.Decoded(0)
		}
		return bounded.Decoded(4*len(table.Values) + 8*len(table.Labels))
	})
	if over != nil {
		t.Fatal(over)
	}
	if table != nil {
		soundTable(t, table)
	}
	return table
}

func soundTable(t *testing.T, table *Table) {
	t.Helper()
	if table.Rows < 1 || len(table.Values) != table.Rows*len(table.Columns) {
		t.Fatalf("%d rows of %d columns hold %d values", table.Rows, len(table.Columns), len(table.Values))
	}
	for i, v := range table.Values {
		if !(v >= 0 && v <= 1) {
			t.Fatalf("value %d is %v", i, v)
		}
	}
	for _, l := range table.Labels {
		if l < 0 || l >= table.Classes {
			t.Fatalf("label %d of %d classes", l, table.Classes)
		}
	}
}

func TestReadTables(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	images := file("train-images-idx3-ubyte.gz", zipped(t, idx([]uint32{4, 1, 2}, make([]byte, 8))))
	file("train-labels-idx1-ubyte.gz", zipped(t, idx([]uint32{4}, []byte{0, 1, 2, 1})))
	binaryFile := file("a.data", []byte("0,1\n1,1\n0,0\n1,0\n"))
	wide := file("b.data", []byte("0,1,1\n"))
	rolls := file("c.json", []byte(`{"train": [[[60], [61]]], "test": [[[60]]]}`))
	series := file("d.csv", []byte("t,v\n1,2\n2,3\n"))
	for path, want := range map[string]bool{images: true, binaryFile: true, rolls: true, series: false} {
		if got, err := IsTable(path); err != nil || got != want {
			t.Errorf("%s is a table: %v, want %v (%v)", path, got, want, err)
		}
	}
	half := SplitSpec{Train: 0.5, Valid: 0.25, Test: 0.25}
	tables, err := ReadTables(images, "", "", half)
	if err != nil || tables.Train.Rows != 2 || tables.Test.Labels[0] != 1 || tables.Train.Classes != 3 {
		t.Errorf("pictures with labels beside: %+v (%v)", tables, err)
	}
	if tables, err = ReadTables(binaryFile, "", binaryFile, half); err != nil || tables.Train.Rows != 4 || tables.Valid != nil || tables.Test.Rows != 4 {
		t.Errorf("a file for the test part: %+v (%v)", tables, err)
	}
	if tables, err = ReadTables(rolls, "", "", half); err != nil || tables.Train.Rows != 2 || tables.Valid != nil || tables.Test.Rows != 1 {
		t.Errorf("piano rolls: %+v (%v)", tables, err)
	}
	if tables, err = ReadTables(binaryFile, "", "", SplitSpec{Train: 3, Test: 1, Counts: true}); err != nil || tables.Train.Rows != 3 || tables.Valid != nil {
		t.Errorf("counts: %+v (%v)", tables, err)
	}
	for want, f := range map[string]func() error{
		"rows of 3 values": func() error { _, err := ReadTables(binaryFile, wide, "", half); return err },
		"of its own":       func() error { _, err := ReadTables(rolls, wide, "", half); return err },
		"more than the 4": func() error {
			_, err := ReadTables(binaryFile, "", "", SplitSpec{Train: 4, Test: 1, Counts: true})
			return err
		},
		"does not exist": func() error { _, err := IsTable(filepath.Join(dir, "none")); return err },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
