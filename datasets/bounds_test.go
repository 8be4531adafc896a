package datasets

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// Lines longer than any buffer are read; those that no table has are refused, whatever they are made of.
func TestLongLines(t *testing.T) {
	remark := strings.Repeat("x", 200_000)
	text := "a,b\n1,\"" + remark + "\"\n2,\"" + remark + "\n" + remark + "\"\n"
	list, err := ReadCSVFrom(strings.NewReader(text), "long.csv", CSVOptions{})
	if err != nil || list[0].Rows() != 2 || list[0].Line(1) != 3 {
		t.Errorf("long fields: %v", err)
	}
	for name, c := range map[string]struct{ text, says string }{
		"a line":            {"a,b\n1,2\n3," + strings.Repeat("9", 2*longestRecord), "after line 2: line 3 is longer than 4194304 bytes"},
		"the first line":    {strings.Repeat("9", 2*longestRecord), "is longer than"},
		"an open quote":     {"a,b\n1,2\n3,\"" + strings.Repeat("9\n", longestRecord), "line 3: a quote is opened and never closed"},
		"a line in a quote": {"a,b\n1,2\n3,\"x\n" + strings.Repeat("9", 2*longestRecord), "is longer than"},
		"many fields":       {strings.Repeat("1,", mostFields+1), "at most 65536 are read"},
	} {
		if _, err := ReadCSVFrom(strings.NewReader(c.text), "long.csv", CSVOptions{}); err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "long.csv") {
			t.Errorf("%s: %.300v", name, err)
		}
	}
	for name, c := range map[string]struct{ text, says string }{
		"a line":      {strings.Repeat("0", longestRecord+1), "line 1: bufio.Scanner: token too long"},
		"many fields": {"0 1\n" + strings.Repeat("1 ", mostFields+1), "line 2 has 65537 values, at most 65536"},
	} {
		if _, err := ReadBinaryTableFrom(strings.NewReader(c.text), "long.data"); err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "long.data") {
			t.Errorf("a table, %s: %.300v", name, err)
		}
	}
	if _, err := ReadIDXFrom(bytes.NewReader(idx([]uint32{1, mostPixels + 1}, make([]byte, mostPixels+1))), nil, "wide.idx", ""); err == nil || !strings.Contains(err.Error(), "wide.idx holds pictures of 262145 values") {
		t.Errorf("a wide picture: %v", err)
	}
}

// A reading that fails, as of a bad disk, is told from a file that is bad, and names the file.
func TestReadingThatFails(t *testing.T) {
	broken := errors.New("the disk is broken")
	text := "a,b\n" + strings.Repeat("1,2\n", sampleSize/4+100)
	for at, says := range map[int]string{2: "f.csv cannot be read", sampleSize + 100: "after line"} {
		r := io.MultiReader(strings.NewReader(text[:at]), iotest.ErrReader(broken))
		if _, err := ReadCSVFrom(r, "f.csv", CSVOptions{}); !errors.Is(err, broken) || !strings.Contains(err.Error(), says) {
			t.Errorf("a CSV file after %d bytes: %v", at, err)
		}
	}
	open := io.MultiReader(strings.NewReader(text[:sampleSize]+"\""), iotest.ErrReader(broken))
	if _, err := ReadCSVFrom(open, "f.csv", CSVOptions{}); !errors.Is(err, broken) {
		t.Errorf("in an open quote: %v", err)
	}
	if _, err := ReadSpinsFrom(io.MultiReader(strings.NewReader("2 1\n"), iotest.ErrReader(broken)), "f.txt"); !errors.Is(err, broken) || !strings.Contains(err.Error(), "f.txt, line 2") {
		t.Errorf("spins: %v", err)
	}
	if _, err := ReadBinaryTableFrom(io.MultiReader(strings.NewReader("0 1\n"), iotest.ErrReader(broken)), "f.data"); !errors.Is(err, broken) || !strings.Contains(err.Error(), "f.data: line 2") {
		t.Errorf("a table: %v", err)
	}
	if _, err := ReadIDXFrom(io.MultiReader(bytes.NewReader(idx([]uint32{2, 2}, []byte{1})), iotest.ErrReader(broken)), nil, "f.idx", ""); !errors.Is(err, broken) || !strings.Contains(err.Error(), "f.idx: after 1 of 4") {
		t.Errorf("pictures: %v", err)
	}
	array := npy(1, "<f8", "False", "4,", []float64{1, 2})
	if _, err := ReadNPYFrom(io.MultiReader(bytes.NewReader(array), iotest.ErrReader(broken)), int64(len(array)+16), "f.npy"); !errors.Is(err, broken) || !strings.Contains(err.Error(), "f.npy: the data end after 2 of 4") {
		t.Errorf("an array: %v", err)
	}
}

// Files that are not there, are folders, or are no gzip files after all, are named.
func TestTablesThatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := put("good.data", "0 1\n1 0\n")
	gzip := put("bad.data", "\x1f\x8b and no more")
	grey := put("grey.data", "0 1\n0.5 1\n")
	short := put("short.idx", "\x00")
	notes := put("notes.json", `{"train": [[[1]]]}`)
	none := filepath.Join(dir, "none.data")
	half := SplitSpec{Train: 0.5, Test: 0.5}
	for name, f := range map[string]func() error{
		"none.data":                    func() error { _, err := ReadTables(none, "", "", half); return err },
		"none.data does not exist":     func() error { _, err := ReadTables(good, none, "", half); return err },
		"none.idx does not exist":      func() error { _, err := ReadIDX(filepath.Join(dir, "none.idx"), ""); return err },
		"none.data does not":           func() error { _, err := ReadBinaryTable(none); return err },
		"none.data does not exist; ":   func() error { _, err := LooksBinary(filepath.Join(dir, "god.data")); return err },
		"bad.data: begins as gzip":     func() error { _, err := ReadTables(gzip, "", "", half); return err },
		"bad.data: begins as gzip but": func() error { _, err := IsTable(gzip); return err },
		"line 2, column v0 is \"0.5\"": func() error { _, err := ReadTables(grey, "", "", half); return err },
		"short.idx: too short":         func() error { _, err := ReadTables(short, "", "", half); return err },
		"has the note 1":               func() error { _, err := ReadTables(notes, "", "", half); return err },
		"rows 0 to -1 of table good.data": func() error {
			_, err := ReadTables(good, "", "", SplitSpec{Train: -1})
			return err
		},
		"leaves no row": func() error {
			_, err := ReadTables(good, "", "", SplitSpec{Train: 0.1, Test: 0.9})
			return err
		},
	} {
		err := f()
		if want := strings.Replace(name, "none.data does not exist; ", "god.data does not exist; did you mean", 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if is, err := IsTable(short[:len(short)-4]); err == nil {
		t.Errorf("a file that is not there is a table: %v", is)
	}
}
