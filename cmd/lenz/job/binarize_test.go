package job

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lenz/datasets"
)

// greys writes 400 IDX pictures of 1 x 4 whose values are 0, 51, 153 and 255 of 255.
func greys(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "grey-images-idx3-ubyte")
	b := append([]byte{0, 0, 8, 3, 0, 0, 400 >> 8, 400 & 255, 0, 0, 0, 1, 0, 0, 0, 4}, bytes.Repeat([]byte{0, 51, 153, 255}, 400)...)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestGreyPicturesBecomeBinary(t *testing.T) {
	path := greys(t)
	parts := func(flags ...Assignment) *datasets.Tables {
		t.Helper()
		c, err := Layers{Flags: append([]Assignment{{"model", "boltzmann"}, {"data", path}, {"split", "0.5,0.25,0.25"}}, flags...)}.Resolve()
		if err != nil {
			t.Fatal(err)
		}
		k, p := &density{}, &plan{checksums: map[string]string{}}
		if err := k.load(c, p); err != nil {
			t.Fatal(err)
		}
		for _, part := range []*datasets.Table{k.tables.Train, k.tables.Valid, k.tables.Test} {
			if err := part.Binary(); err != nil {
				t.Error(err)
			}
		}
		return k.tables
	}
	for text, want := range map[string][]float32{"threshold": {0, 0, 1, 1}, "threshold:0.1": {0, 1, 1, 1}, "threshold:0.6": {0, 0, 0, 1}, "threshold:0.2": {0, 0, 1, 1}} {
		if got := parts(Assignment{"binarize", text}).Valid.Row(3); !slices.Equal(got, want) {
			t.Errorf("%s gives %v, want %v", text, got, want)
		}
	}
	drawn := parts(Assignment{"binarize", "sample"})
	for i, p := range []float64{0, 0.2, 0.6, 1} {
		n := 0.0
		for r := range drawn.Train.Rows {
			n += float64(drawn.Train.Row(r)[i])
		}
		// Five standard deviations of 200 draws; what is 0 or 1 stays.
		if off := math.Abs(n/200 - p); off > 5*math.Sqrt(p*(1-p)/200) {
			t.Errorf("value %d is on in %v of the rows, want %v", i, n/200, p)
		}
	}
	if again := parts(Assignment{"binarize", "sample"}); !slices.Equal(again.Train.Values, drawn.Train.Values) {
		t.Error("the same seed draws other rows")
	}
	if other := parts(Assignment{"binarize", "sample"}, Assignment{"seed", "2"}); slices.Equal(other.Train.Values, drawn.Train.Values) {
		t.Error("another seed draws the same rows")
	}
	if slices.Equal(drawn.Valid.Values, drawn.Test.Values) {
		t.Error("two parts of the same greys are drawn alike")
	}
}

// Bytes of 0 and 1 are black and white, and the run says so; what a level makes all black is refused.
func TestPicturesSavedAsBits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bw.idx")
	save := func(bytesOf ...byte) {
		t.Helper()
		b := append([]byte{0, 0, 8, 3, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 4}, bytes.Repeat(bytesOf, 40)...)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	load := func(how string) (*density, *plan, error) {
		c, err := Layers{Flags: []Assignment{{"model", "rbm"}, {"data", path}, {"binarize", how}}}.Resolve()
		if err != nil {
			t.Fatal(err)
		}
		k, p := &density{}, &plan{checksums: map[string]string{}}
		return k, p, k.load(c, p)
	}
	save(0, 1, 1, 0)
	for _, how := range []string{"", "threshold", "sample"} {
		k, p, err := load(how)
		if err != nil {
			t.Fatal(err)
		}
		if got := k.tables.Train.Row(2); !slices.Equal(got, []float32{0, 1, 1, 0}) {
			t.Errorf("binarize %q: a row is %v", how, got)
		}
		if notes := strings.Join(p.notes, "; "); !strings.Contains(notes, "taken as black and white") || strings.Contains(notes, "changes nothing") != (how != "") {
			t.Errorf("binarize %q: the notes are %q", how, notes)
		}
	}
	save(0, 2, 3, 100)
	if _, _, err := load("threshold"); err == nil || !strings.Contains(err.Error(), "all pixels of the training part of") {
		t.Errorf("all black: got %v, want a refusal", err)
	}
}

// A machine of binary units learns grey pictures, and says what to do without the setting.
func TestBinaryUnitsLearnGreyPictures(t *testing.T) {
	flags := []Assignment{{"model", "boltzmann"}, {"data", greys(t)}, {"set", "hidden=2"}, {"epochs", "1"}}
	run := func(flags []Assignment) (*Outcome, error) {
		c, err := Layers{Flags: flags}.Resolve()
		if err != nil {
			return nil, err
		}
		return Train(context.Background(), Request{Config: c, Out: filepath.Join(t.TempDir(), "run")})
	}
	if _, err := run(flags); err == nil || !strings.Contains(err.Error(), "--binarize threshold, or sample") {
		t.Errorf("got %v, want the remedy", err)
	}
	out, err := run(append(flags, Assignment{"binarize", "sample"}))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := out.Test.Get("log_likelihood"); !ok {
		t.Errorf("no likelihood in %v", out.Test)
	}
	for _, text := range []string{"dither", "threshold:", "threshold:1", "threshold:-0.1", "sample:3", "threshold:x"} {
		if _, err := run(append(flags, Assignment{"binarize", text})); err == nil || !strings.Contains(err.Error(), "want threshold") {
			t.Errorf("%s: got %v, want a refusal", text, err)
		}
	}
}
