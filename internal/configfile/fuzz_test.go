package configfile

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"lenz/internal/bounded"
)

// known is what the tests' files may set.
func known() Tables {
	return Tables{
		"data":  {"data": false, "target": false, "calendar": false, "data-set": true},
		"model": {"model": false, "set": true},
		"train": {"epochs": false, "seed": false, "lr": false},
	}
}

// sound is a file of each kind of setting.
const sound = `# remark
[data]
data = "odd \"name\", #1.csv"  # of a file
target = ["sales, net", 'b', """c"""]
calendar = true

[data.data-set]
tau = 17
"key with space" = 0.1

[model]
model = "lstm"
set = {hidden = 32, norm = "last", sizes = [1, 2.5, true]}

[train]
epochs = 0x10
seed = 18_446
lr = 1e-3

[run]
version = "1"

[run.sha256]
"a.csv" = "00"
`

// Any text is refused by an error that names the file, or its settings come back when they are written.
func FuzzDecode(f *testing.F) {
	f.Add(sound)
	for _, c := range refused() {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var list []Setting
		var sums map[string]string
		over := bounded.Run(func() bounded.Limits {
			var err error
			if list, sums, err = read("c.toml", text); err != nil && !strings.Contains(err.Error(), "c.toml") {
				t.Errorf("%v does not name the file", err)
			}
			return bounded.Decoded(size(list))
		})
		if over != nil {
			t.Error(over)
		}
		if list == nil {
			return
		}
		written, err := write(list, sums)
		if err != nil {
			t.Fatal(err)
		}
		again, sumsAgain, err := read("again.toml", written)
		if err != nil || !slices.Equal(again, list) || !maps.Equal(sums, sumsAgain) {
			t.Errorf("%q and %q come back as %q and %q (%v)\n%s", list, sums, again, sumsAgain, err, written)
		}
	})
}

func read(name, text string) ([]Setting, map[string]string, error) {
	file, err := Decode(name, []byte(text))
	if err != nil {
		return nil, nil, err
	}
	sums, err := file.Texts("run", "sha256")
	if err != nil {
		return nil, nil, err
	}
	list, err := file.Settings(known(), "run")
	return list, sums, err
}

// write writes settings, all as texts.
func write(list []Setting, sums map[string]string) (string, error) {
	var w Writer
	for _, byKey := range []bool{false, true} {
		table := ""
		for _, s := range list {
			key, value, at := s.Name, s.Text, s.Table
			if known()[s.Table][s.Name] != byKey {
				continue
			}
			if byKey {
				at += "." + s.Name
				key, value, _ = strings.Cut(s.Text, "=")
			}
			if at != table {
				w.Table(at, "")
				table = at
			}
			w.Set(key, value, "a remark")
		}
	}
	if sums != nil {
		w.Table("run.sha256", "")
	}
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		w.Set(name, sums[name], "")
	}
	return w.Text()
}

func size(list []Setting) int {
	n := 0
	for _, s := range list {
		n += len(s.Text)
	}
	return n
}
