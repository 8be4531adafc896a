package job

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lenz/datasets"
	"lenz/internal/bounded"
	"lenz/internal/configfile"
	"lenz/internal/safetensors"
	"lenz/models"
	"lenz/train"
)

// load reads a file as the program does, by its kind.
func load(path string) error {
	switch filepath.Ext(path) {
	case ".csv", ".gz":
		_, err := datasets.ReadCSV(path, datasets.CSVOptions{})
		return err
	case ".npy":
		_, err := datasets.ReadNPY(path)
		return err
	case ".npz":
		_, err := datasets.ReadNPZ(path)
		return err
	case ".toml":
		if _, err := (Layers{File: path}).Resolve(); err != nil {
			return err
		}
		_, err := Checksums(path)
		return err
	case ".manifest":
		dir := path + "-checkpoint"
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "manifest.json"), b, 0o666); err != nil {
			return err
		}
		_, err = train.OpenCheckpoint(dir)
		return err
	case ".idx":
		_, err := datasets.ReadIDX(path, "")
		return err
	case ".spins":
		_, err := datasets.ReadSpins(path)
		return err
	case ".json":
		_, err := datasets.ReadPianoRolls(path)
		return err
	case ".model":
		_, err := models.ReadSpec(path)
		return err
	}
	_, _, err := safetensors.ReadFile(path)
	return err
}

func tensorFile(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

func arrayFile(version byte, header string, length int, data []byte) []byte {
	b := append([]byte("\x93NUMPY"), version, 0)
	if version == 1 {
		b = binary.LittleEndian.AppendUint16(b, uint16(length))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(length))
	}
	return append(append(b, header...), data...)
}

func plainArray(descr, shape string, data []byte) []byte {
	h := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }\n", descr, shape)
	return arrayFile(1, h, len(h), data)
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

// zipped packs an entry whose header may lie about its size.
func zipped(name string, content []byte, claims uint64) []byte {
	var packed, out bytes.Buffer
	z := zip.NewWriter(&packed)
	w, _ := z.Create("x")
	_, _ = w.Write(content)
	_ = z.Close()
	r, _ := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	raw, _ := r.File[0].OpenRaw()
	h := r.File[0].FileHeader
	h.Name = name
	if claims > 0 {
		h.UncompressedSize64 = claims
	}
	z = zip.NewWriter(&out)
	dst, _ := z.CreateRaw(&h)
	b := make([]byte, h.CompressedSize64)
	_, _ = io.ReadFull(raw, b)
	_, _ = dst.Write(b)
	_ = z.Close()
	return out.Bytes()
}

// hostileFiles are files that lie about their size, nest deeply, repeat themselves or are cut off.
func hostileFiles() map[string][]byte {
	tensor := func(name, dtype, shape, offsets string) string {
		return fmt.Sprintf(`%q:{"dtype":%q,"shape":%s,"data_offsets":%s}`, name, dtype, shape, offsets)
	}
	deep := func(n int) string { return strings.Repeat("[", n) }
	files := map[string][]byte{
		"length-overflow.safetensors":      binary.LittleEndian.AppendUint64(nil, math.MaxUint64),
		"length-negative.safetensors":      append(binary.LittleEndian.AppendUint64(nil, 1<<63), make([]byte, 64)...),
		"length-100-million.safetensors":   append(binary.LittleEndian.AppendUint64(nil, 100_000_000), make([]byte, 64)...),
		"overlap.safetensors":              tensorFile("{"+tensor("a", "F32", "[2]", "[0,8]")+","+tensor("b", "F32", "[2]", "[4,12]")+"}", 12),
		"out-of-range.safetensors":         tensorFile("{"+tensor("a", "F32", "[2]", "[0,8]")+"}", 4),
		"offsets-past-63-bits.safetensors": tensorFile("{"+tensor("a", "F32", "[2]", "[0,18446744073709551615]")+"}", 8),
		"offsets-reversed.safetensors":     tensorFile("{"+tensor("a", "F32", "[0]", "[8,0]")+"}", 8),
		"shape-past-63-bits.safetensors":   tensorFile("{"+tensor("a", "F32", "[4294967296,4294967296]", "[0,0]")+"}", 0),
		"shape-wraps-to-zero.safetensors":  tensorFile("{"+tensor("a", "U8", "[4294967296,4294967296,16]", "[0,0]")+"}", 0),
		"bytes-wrap.safetensors":           tensorFile("{"+tensor("a", "F64", "[2305843009213693952]", "[0,0]")+"}", 0),
		"terabyte.safetensors":             tensorFile("{"+tensor("a", "U8", "[1099511627776]", "[0,1099511627776]")+"}", 8),
		"key-twice.safetensors":            tensorFile("{"+tensor("a", "U8", "[1]", "[0,1]")+","+tensor("a", "U8", "[1]", "[1,2]")+"}", 2),
		"wrong-dtype.safetensors":          tensorFile("{"+tensor("a", "F31", "[1]", "[0,4]")+"}", 4),
		"dtype-of-other-size.safetensors":  tensorFile("{"+tensor("a", "F64", "[2]", "[0,8]")+"}", 8),
		"deep.safetensors":                 tensorFile(`{"a":`+deep(1<<20), 0),
		"deep-objects.safetensors":         tensorFile(strings.Repeat(`{"a":`, 1<<18), 0),
		"metadata-number.safetensors":      tensorFile(`{"__metadata__":{"a":1}}`, 0),
		"hole.safetensors":                 tensorFile("{"+tensor("a", "U8", "[1]", "[4,5]")+"}", 5),
		"many-dimensions.safetensors":      tensorFile(`{"a":{"dtype":"U8","shape":[`+strings.Repeat("9,", 1<<17)+`9],"data_offsets":[0,1]}}`, 1),
		"long-name.safetensors":            tensorFile(`{"`+strings.Repeat("n", 1<<20), 0),
		"no-header.safetensors":            tensorFile("", 0),
		"cut.safetensors":                  tensorFile(`{"a":{"dtype":"F32"`, 0),
		"metadata-no-model.model":          tensorFile(`{"__metadata__":{"lenz":"{"}}`, 0),
		"metadata-deep.model":              tensorFile(`{"__metadata__":{"lenz":"`+deep(1<<18)+`"}}`, 0),
		"no-lenz.model":                    tensorFile(`{}`, 0),
		"shape-past-63-bits.npy":           plainArray("<f8", "9223372036854775807, 9223372036854775807", make([]byte, 64)),
		"shape-too-long-a-number.npy":      plainArray("<f8", strings.Repeat("9", 1000), make([]byte, 64)),
		"rows-that-are-not-there.npy":      plainArray("|u1", "1099511627776,", make([]byte, 64)),
		"header-longer-than-file.npy":      arrayFile(2, "{}", math.MaxUint32, nil),
		"header-cut.npy":                   arrayFile(1, "{'descr'", 60000, nil),
		"objects.npy":                      plainArray("|O", "2,", make([]byte, 64)),
		"records.npy":                      arrayFile(1, "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (2,)}", 64, make([]byte, 64)),
		"no-rows.npy":                      plainArray("<f8", "0,", nil),
		"version-9.npy":                    arrayFile(9, "{}", 2, nil),
		"magic-only.npy":                   []byte("\x93NUMPY"),
		"claims-a-thousandfold.npz":        zipped("a.npy", plainArray("|u1", "60000000,", nil), 60_000_000),
		"claims-what-it-has-not.npz":       zipped("a.npy", append(plainArray("|u1", "400000,", nil), make([]byte, 1000)...), 400_100),
		"path-outside.npz":                 zipped("../../etc/passwd.npy", []byte("no array"), 0),
		"no-zip.npz":                       []byte("PK\x05\x06 and nothing more"),
		"bomb-without-a-line-end.csv.gz":   gzipped(bytes.Repeat([]byte("9"), 64<<20)),
		"bomb-of-zeros.csv.gz":             gzipped(make([]byte, 64<<20)),
		"bomb-of-an-open-quote.csv.gz":     gzipped(append([]byte("a,b\n\""), bytes.Repeat([]byte("x\n"), 16<<20)...)),
		"cut.csv.gz":                       gzipped([]byte("a,b\n1,2\n"))[:18],
		"no-gzip.csv.gz":                   []byte("\x1f\x8b and nothing more"),
		"one-line.csv":                     bytes.Repeat([]byte("1,"), 1<<20),
		"open-quote.csv":                   []byte("a,b\n1,\"2\n3,4\n"),
		"zeros.csv":                        make([]byte, 1<<20),
		"quotes.csv":                       bytes.Repeat([]byte(`"`), 1<<18|1),
		"deep-arrays.toml":                 []byte("[data]\ndata = " + deep(1<<19)),
		"deep-tables.toml":                 []byte("[data]\ndata = " + strings.Repeat("{a=", 1<<18)),
		"deep-keys.toml":                   []byte(strings.Repeat("a.", 1<<18) + "a = 1"),
		"deep-header.toml":                 []byte("[" + strings.Repeat("a.", 1<<18) + "a]"),
		"large.toml":                       bytes.Repeat([]byte("# remark\n"), 1<<18),
		"key-twice.toml":                   []byte("[data]\ndata = \"nile\"\ndata = \"co2\"\n"),
		"table-twice.toml":                 []byte("[data]\n[data]\n"),
		"huge-number.toml":                 []byte("[train]\nepochs = 99999999999999999999999\n"),
		"negative.toml":                    []byte("[train]\nepochs = -1\n"),
		"wrong-kind.toml":                  []byte("[train]\nepochs = {a = 1}\n"),
		"not-UTF-8.toml":                   []byte("[data]\ndata = \"\xff\"\n"),
		"deep.manifest":                    []byte(`{"files":` + deep(1<<15)),
		"large.manifest":                   bytes.Repeat([]byte(" "), 1<<22),
		"names-a-path.manifest":            []byte(`{"format":"lenz checkpoint","version":1,"files":[{"name":"../../../etc/passwd","bytes":1,"sha256":""}]}`),
		"future-version.manifest":          []byte(`{"format":"lenz checkpoint","version":99}`),
		"other-format.manifest":            []byte(`{"format":"other","version":1}`),
		"dimensions-past-2-to-31.idx":      append([]byte{0, 0, 8, 3}, bytes.Repeat([]byte{0xff}, 64)...),
		"values-that-are-not-there.idx":    {0, 0, 8, 1, 0x7f, 0xff, 0xff, 0xff, 1},
		"no-elements.idx":                  {0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 9},
		"elements-of-eight-bytes.idx":      {0, 0, 0x0e, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0},
		"bomb.idx":                         gzipped(append([]byte{0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2}, make([]byte, 64<<20)...)),
		"spins-past-63-bits.spins":         []byte("99999999999999999999 1\n"),
		"a-billion-spins.spins":            []byte("1000000000 1\n1 2 1\n"),
		"more-couplings-than-pairs.spins":  []byte("3 9223372036854775807\n1 2 1\n"),
		"a-long-line.spins":                bytes.Repeat([]byte("9"), 1<<22),
		"weight-past-all.spins":            []byte("2 1\n1 2 1e999\n"),
		"deep.json":                        []byte(`{"train":` + deep(1<<20)),
		"note-past-63-bits.json":           []byte(`{"train":[[[99999999999999999999]]]}`),
		"key-twice.manifest":               []byte(`{"format":"lenz checkpoint","version":1,"version":1}`),
	}
	return files
}

// Every hostile file is refused, by an error that names it, in a tenth of a second and 32 MiB.
func TestHostileFilesAreRefused(t *testing.T) {
	files := hostileFiles()
	if len(files) < 40 {
		t.Errorf("%d files", len(files))
	}
	dir := t.TempDir()
	for name, content := range files {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, content, 0o666); err != nil {
				t.Fatal(err)
			}
			var err error
			over := bounded.Run(func() bounded.Limits {
				err = load(path)
				return bounded.Limits{Time: 100 * time.Millisecond, Bytes: 32 << 20}
			})
			if over != nil {
				t.Error(over)
			}
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("error %v, want one that names %s", err, name)
			}
			if err != nil && len(err.Error()) > 2000 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
	t.Logf("%d files", len(files))
}

// Any text as a configuration gives settings or an error that names the file; what was read and written is read again.
func FuzzConfig(f *testing.F) {
	for name, content := range hostileFiles() {
		if filepath.Ext(name) == ".toml" && len(content) < 1<<12 {
			f.Add(string(content))
		}
	}
	text, err := Default().TOML(Facts{Version: "1", Go: "go", Modules: map[string]string{"m": "v"}, Checksum: map[string]string{"a.csv": "00"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	for _, s := range []string{
		"", "x = 1", "[nothing]\n", "[data]\nno = 1\n", "[data]\nepochs = 1\n", "[model.set]\nhidden = [1, 2]\n", "[model]\nset = 4\n", "[data]\ntarget = [\"a\", 1, true, 1.5]\n",
		"[data]\ntarget = [1979-05-27]\n", "[optimizer]\nlookahead = \"x\"\n", "[model.set]\na = {b = 1}\n", "[run]\nversion = 1\n", "[run.sha256]\na = 1\n", "a = {b = {c = 1}}", "\xff",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var c *Config
		over := bounded.Run(func() bounded.Limits {
			var err error
			if c, err = resolveText("c.toml", text); err != nil && !strings.Contains(err.Error(), "c.toml") && !strings.Contains(err.Error(), "preset") {
				t.Errorf("%v does not name the file", err)
			}
			return bounded.Decoded(0)
		})
		if over != nil {
			t.Error(over)
		}
		if c == nil {
			return
		}
		again, err := c.TOML(Facts{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := resolveText("again.toml", again); err != nil {
			t.Errorf("what was read and written is refused: %v\n%s", err, again)
		}
	})
}

// resolveText is Resolve on the text of a file.
func resolveText(name, text string) (*Config, error) {
	file, err := configfile.Decode(name, []byte(text))
	if err != nil {
		return nil, err
	}
	list, err := placements(file, name)
	if err != nil {
		return nil, err
	}
	return Layers{}.over(list)
}
