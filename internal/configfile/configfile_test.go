package configfile

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSettingsAreTexts(t *testing.T) {
	list, sums, err := read("c.toml", sound)
	if err != nil {
		t.Fatal(err)
	}
	want := []Setting{
		{"data", "calendar", "true"}, {"data", "data", `odd "name", #1.csv`}, {"data", "data-set", "key with space=0.1"}, {"data", "data-set", "tau=17"},
		{"data", "target", `"sales, net",b,c`}, {"model", "model", "lstm"}, {"model", "set", "hidden=32"}, {"model", "set", "norm=last"},
		{"model", "set", "sizes=1,2.5,true"}, {"train", "epochs", "16"}, {"train", "lr", "0.001"}, {"train", "seed", "18446"},
	}
	if !slices.Equal(list, want) {
		t.Errorf("read %q, want %q", list, want)
	}
	if len(sums) != 1 || sums["a.csv"] != "00" {
		t.Errorf("sums %q", sums)
	}
	if _, sums, err := read("c.toml", ""); sums != nil || err != nil {
		t.Errorf("an empty file: sums %q, %v", sums, err)
	}
}

// refused are texts and what their refusal says beside the file.
func refused() []struct{ text, says string } {
	return []struct{ text, says string }{
		{"[data", "is not a TOML file"},
		{"\xff = 1", "is not a TOML file"},
		{"[data]\ndata = 1\ndata = 2", "is not a TOML file"},
		{"epochs = 3", "outside of the tables such as [data] and [train]; put it under its own, [train]"},
		{"run = 3", "outside of the tables"},
		{"[trian]", `unknown table [trian]; did you mean "train"?`},
		{"[train]\nepoch = 3", `[train] epoch: unknown setting; did you mean "epochs"?`},
		{"[data]\nepochs = 3", "the setting belongs to another table, [train]"},
		{"[train]\nepochs = 1979-05-27", "a time.Time is no value of a setting"},
		{"[data]\ntarget = [[1], 07:32:00]", "a time.Time is no value of a setting"},
		{"[train]\nepochs = {a = 1}", "no table is expected here"},
		{"[model]\nset.a.b = 1", "[model] set: a: a map[string]interface {} is no value of a setting"},
		{"[model]\nset = 1", "[model] set: a table of values by name is expected here, such as {name = 1} or [model.set]"},
		{"[model.set]\n\"a=b\" = 1", "[model] set: a=b: a setting's name holds no ="},
		{"[run]\nsha256 = 1", "[run] sha256 is a value, want a table of texts"},
		{"[run.sha256]\na = 1", "[run.sha256] a is no text"},
		{"[data]\ndata = " + strings.Repeat("[", 40), ":2: more than 32 brackets"},
		{strings.Repeat("a.", 40) + "b = 1", ":1: more than 32 brackets, braces or dots"},
		{"[data]\n" + strings.Repeat("k", 5000) + " = 1", "unknown setting"},
	}
}

func TestWhatIsRefused(t *testing.T) {
	for _, c := range append(refused(), struct{ text, says string }{strings.Repeat("# remark\n", 1<<17), "has more than 1048576 bytes"}) {
		_, _, err := read("c.toml", c.text)
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "c.toml") {
			t.Errorf("%.40q: %v, want %q", c.text, err, c.says)
		}
		if err != nil && len(err.Error()) > 500 {
			t.Errorf("%.40q: the error has %d bytes", c.text, len(err.Error()))
		}
	}
}

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.toml")
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := Open(filepath.Dir(path)); err == nil || !strings.Contains(err.Error(), filepath.Dir(path)) {
		t.Errorf("a folder: %v", err)
	}
	if err := os.WriteFile(path, []byte(sound), 0o666); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if list, err := f.Settings(known(), "run"); err != nil || len(list) != 12 {
		t.Errorf("%d settings, %v", len(list), err)
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	var w Writer
	w.Remark("of a test")
	w.Table("data", "a table")
	w.Set("data", "x", "")
	if text, err := w.Text(); err != nil || text != "# of a test\n\n[data]  # a table\ndata = \"x\"\n" {
		t.Errorf("wrote %q, %v", text, err)
	}
	w.Set("target", make(chan int), "")
	w.Set("seed", 1, "")
	if _, err := w.Text(); err == nil || !strings.Contains(err.Error(), "setting target") {
		t.Errorf("a channel: %v", err)
	}
}
