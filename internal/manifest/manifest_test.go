package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"lenz/internal/bounded"
)

func some(t testing.TB) (Manifest, []byte) {
	t.Helper()
	m := Manifest{Format: Format, Version: Version, Step: 7, Epoch: 2}
	for _, name := range []string{"state.json", "state.safetensors"} {
		item, err := Sum(name, func(w io.Writer) error { _, err := io.WriteString(w, name+" & <contents>"); return err })
		if err != nil {
			t.Fatal(err)
		}
		m.Files = append(m.Files, item)
	}
	text, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return m, text
}

func TestManifestComesBack(t *testing.T) {
	m, text := some(t)
	got, err := Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if got.Step != 7 || got.Epoch != 2 || !slices.Equal(got.Files, m.Files) || m.Files[0].Bytes != 23 {
		t.Errorf("read %+v, want %+v", got, m)
	}
	if err := got.Holds("state.json", "state.safetensors"); err != nil {
		t.Error(err)
	}
	for _, names := range [][]string{{"state.json"}, {"state.safetensors", "state.json"}, {"state.json", "x"}} {
		if err := got.Holds(names...); err == nil {
			t.Errorf("it holds %q", names)
		}
	}
	broken := errors.New("broken")
	if _, err := Sum("x", func(io.Writer) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("a write that fails: %v", err)
	}
}

func TestEveryBitCounts(t *testing.T) {
	_, text := some(t)
	for bit := range 8 * len(text) {
		flipped := bytes.Clone(text)
		flipped[bit/8] ^= 1 << (bit % 8)
		if m, err := Decode(flipped); err == nil {
			t.Errorf("bit %d of byte %d is flipped, and %+v is read", bit%8, bit/8, m)
		}
	}
	for n := range text {
		if _, err := Decode(text[:n]); err == nil {
			t.Errorf("the first %d bytes are read", n)
		}
	}
}

func refused() map[string]string {
	return map[string]string{
		"":                   "is damaged",
		"[]":                 "is damaged",
		`{"format":"other"}`: `is of format "other", version 0; this program reads "lenz checkpoint", version 1`,
		`{"format":"lenz checkpoint","version":2}`:                                         "version 2; this program",
		`{"format":"lenz checkpoint","version":1}`:                                         "its sum is not",
		`{"files":` + strings.Repeat("[", 20000):                                           "is damaged",
		strings.Repeat(" ", Largest+1):                                                     "more than 65536 bytes",
		`{"version":1,"version":1e400}`:                                                    "is damaged",
		`{"format":"lenz checkpoint","version":1,"files":[{"bytes":9223372036854775808}]}`: "is damaged",
	}
}

func TestWhatIsRefused(t *testing.T) {
	for text, says := range refused() {
		if _, err := Decode([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40q: %v, want %q", text, err, says)
		}
	}
}

// Any text is refused, or is what its manifest is written as; and any manifest that JSON can hold comes back once it has its sum.
func FuzzDecode(f *testing.F) {
	_, text := some(f)
	f.Add(text)
	f.Add(bytes.Replace(text, []byte("state.json"), []byte("../../x"), 1))
	for text := range refused() {
		if len(text) < 1000 {
			f.Add([]byte(text))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		over := bounded.Run(func() bounded.Limits {
			if m, err := Decode(text); err == nil {
				if again, err := m.Encode(); err != nil || !bytes.Equal(again, text) {
					t.Errorf("%q is read, and written as %q (%v)", text, again, err)
				}
			}
			return bounded.Decoded(len(text))
		})
		if over != nil {
			t.Error(over)
		}
		var m Manifest
		if json.Unmarshal(text, &m) != nil {
			return
		}
		m.Format, m.Version = Format, Version
		summed, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if len(summed) > Largest {
			return
		}
		again, err := Decode(summed)
		if err != nil || again.Step != m.Step || again.Epoch != m.Epoch || !slices.Equal(again.Files, m.Files) {
			t.Errorf("%+v comes back as %+v (%v)", m, again, err)
		}
	})
}
