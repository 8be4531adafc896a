package datasets

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ReadTables reads the parts of a table from files: IDX pictures (with their labels, where a file of MNIST's name for them lies
// beside), piano rolls as JSON (which hold all parts themselves), or tables of 0 and 1. Without files for validation and test,
// the rows are split in their order by the fractions or counts of the split; a zero part is nil. Whether the bytes of pictures are bits
// or greys is told by the training file for all of them.
func ReadTables(train, valid, test string, split SplitSpec) (*Tables, error) {
	if IsPianoRolls(train) {
		if valid != "" || test != "" {
			return nil, fmt.Errorf("datasets: %s holds validation and test pieces of its own: leave the other files out", train)
		}
		return readRolls(train)
	}
	all, err := readTable(train)
	if err != nil {
		return nil, err
	}
	if valid == "" && test == "" {
		return all.Split(split)
	}
	t := &Tables{Train: all}
	for _, p := range []struct {
		path string
		to   **Table
	}{{valid, &t.Valid}, {test, &t.Test}} {
		if p.path == "" {
			continue
		}
		if *p.to, err = readTable(p.path); err != nil {
			return nil, err
		}
		if *p.to, err = (*p.to).readAs(all); err != nil {
			return nil, err
		}
		if got, want := len((*p.to).Columns), len(all.Columns); got != want {
			return nil, fmt.Errorf("datasets: %s has rows of %d values, %s of %d", p.path, got, train, want)
		}
		if (*p.to).Classes > 0 && all.Classes > 0 {
			classes := max(all.Classes, (*p.to).Classes)
			all.Classes, (*p.to).Classes = classes, classes
		}
	}
	return t, nil
}

// readAs reads the pictures of t as those of the training part are: bytes of 0 and 1 as bits or as two of 256 greys.
func (t *Table) readAs(training *Table) (*Table, error) {
	if !t.idx || !training.idx || t.Bits == training.Bits {
		return t, nil
	}
	as := *t
	as.Bits, as.Values = training.Bits, slices.Clone(t.Values)
	for i, x := range t.Values {
		switch {
		case !training.Bits:
			as.Values[i] = x / math.MaxUint8
		case x*math.MaxUint8 > 1.5:
			v := len(t.Columns)
			return nil, fmt.Errorf("datasets: %s: picture %d, column %s has the byte %.0f, but those of the training file %s are 0 and 1: save both alike, as 0 and 1 or as 0 to 255",
				t.Name, i/v+1, t.Columns[i%v], x*math.MaxUint8, training.Name)
		}
	}
	return &as, nil
}

// IsTable tells whether a file is one that ReadTables reads: pictures or piano rolls (IsPictures), or a binary table by its first lines
// (LooksBinary).
func IsTable(path string) (bool, error) {
	if is, err := IsPictures(path); is || err != nil {
		return is, err
	}
	return LooksBinary(path)
}

// IsPictures tells whether a file is IDX, by its magic number or name, or piano rolls, by the name.
func IsPictures(path string) (bool, error) {
	if IsPianoRolls(path) {
		return true, nil
	}
	return isIDX(path)
}

// IsPianoRolls tells whether a file is one of piano rolls, by its name.
func IsPianoRolls(path string) bool { return named(path, ".json") }

// named tells whether a file's name ends so, perhaps with .gz behind.
func named(path string, ends ...string) bool {
	name := strings.TrimSuffix(strings.ToLower(path), ".gz")
	return slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(name, end) })
}

func isIDX(path string) (bool, error) {
	if named(path, "ubyte", ".idx") {
		return true, nil
	}
	r, err := openPlain(path)
	if err != nil {
		return false, fmt.Errorf("datasets: %w", err)
	}
	defer r.Close()
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return false, nil // too short for any table: what reads it says so
	}
	return head == [2]byte{}, nil
}

func readTable(path string) (*Table, error) {
	idx, err := isIDX(path)
	if err != nil {
		return nil, err
	}
	if idx {
		return ReadIDX(path, labelsBeside(path))
	}
	return ReadBinaryTable(path)
}

// labelsBeside is the file of the labels of MNIST's pictures, "" where there is none.
func labelsBeside(path string) string {
	dir, name := filepath.Split(path)
	labels := strings.NewReplacer("images-idx3", "labels-idx1", "images.idx3", "labels.idx1").Replace(name)
	if labels == name {
		return ""
	}
	if _, err := os.Stat(dir + labels); err != nil {
		return ""
	}
	return dir + labels
}

func readRolls(path string) (*Tables, error) {
	p, err := ReadPianoRolls(path)
	if err != nil {
		return nil, err
	}
	t := &Tables{}
	for _, part := range []struct {
		pieces []Piece
		to     **Table
	}{{p.Train, &t.Train}, {p.Valid, &t.Valid}, {p.Test, &t.Test}} {
		if len(part.pieces) == 0 {
			continue
		}
		if *part.to, err = p.Table(part.pieces); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Split cuts the rows, in their order, into parts; one of no rows is nil.
func (t *Table) Split(s SplitSpec) (*Tables, error) {
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("datasets: the split %w", err)
	}
	counts, scale := [3]float64{s.Train, s.Valid, s.Test}, float64(t.Rows)
	if s.Counts {
		scale = 1
	}
	if (counts[0]+counts[1]+counts[2])*scale > float64(t.Rows)+0.5 {
		return nil, fmt.Errorf("datasets: split %v asks for more than the %d rows of %s", counts, t.Rows, t.Name)
	}
	parts := &Tables{}
	at, total := 0, 0.0
	for i, to := range []**Table{&parts.Train, &parts.Valid, &parts.Test} {
		total += counts[i] * scale
		end := min(int(total+0.5), t.Rows)
		if end == at {
			if i == 0 {
				return nil, fmt.Errorf("datasets: split %v leaves no row of %s to train on", counts, t.Name)
			}
			continue
		}
		var err error
		if *to, err = t.Slice(at, end); err != nil {
			return nil, err
		}
		at = end
	}
	return parts, nil
}
