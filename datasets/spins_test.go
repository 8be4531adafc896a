package datasets

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lenz/internal/bounded"
)

func TestSpinInstancesComeBack(t *testing.T) {
	s, err := ReadSpinsFrom(strings.NewReader("# a triangle\n3 3\n\n1 2 1\n3 2 -2.5\n1 3 4\n"), "folder/small.txt.gz")
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "small" || s.Spins != 3 || len(s.Edges) != 3 || s.Edges[1] != (SpinEdge{1, 2, -2.5}) && s.Edges[1] != (SpinEdge{2, 1, -2.5}) || s.Total() != 2.5 {
		t.Errorf("read %+v", s)
	}
	var b bytes.Buffer
	if err := s.Write(&b); err != nil {
		t.Fatal(err)
	}
	again, err := ReadSpinsFrom(&b, "again")
	if err != nil || again.Total() != s.Total() || again.Spins != 3 {
		t.Errorf("written and read: %+v (%v)", again, err)
	}
}

func TestSpinInstancesThatAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "x.txt is empty",
		"3\n":                    "line 1: 1 fields, want two",
		"3 1 1\n1 2 1\n":         "line 1: 3 fields, want two",
		"0 1\n":                  `line 1: "0" spins`,
		"1e9 3\n":                `line 1: "1e9" spins`,
		"3 4\n":                  `"4" couplings, want a whole number from 0 to the 3 pairs`,
		"3 1\n1 2\n":             "line 2: 2 fields, want three",
		"3 1\n\n1 4 1\n":         `line 3: the spin "4", want a whole number from 1 to 3`,
		"3 1\n0 1 1\n":           `the spin "0"`,
		"3 1\n1 2 x\n":           `the weight "x"`,
		"3 1\n1 2 NaN\n":         `the weight "NaN"`,
		"3 1\n2 2 1\n":           "spin 2 is coupled to itself",
		"3 2\n1 2 1\n2 1 1\n":    "line 3: the spins 1 and 2 are coupled in line 2 already",
		"3 1\n1 2 1\n1 3 1\n":    "line 3: one coupling more than the 1",
		"3 3\n1 2 1\n1 3 1\n":    "has 2 couplings, its first line says 3",
		strings.Repeat("9", 1e5): "line 1: ",
	} {
		if _, err := ReadSpinsFrom(strings.NewReader(text), "x.txt"); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "x.txt") {
			t.Errorf("%.20q: want %q, got %v", text, want, err)
		}
	}
	path := filepath.Join(t.TempDir(), "plain.gz")
	if err := os.WriteFile(path, []byte("3 0\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if s, err := ReadSpins(path); err != nil || s.Spins != 3 {
		t.Errorf("a plain file named .gz: %v", err)
	}
	if err := os.WriteFile(path, []byte("\x1f\x8b3 0\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadSpins(path); err == nil || !strings.HasSuffix(err.Error(), "begins as gzip but is none: unexpected EOF") {
		t.Errorf("a damaged gzip file: %v", err)
	}
	if _, err := ReadSpins(filepath.Join(filepath.Dir(path), "plane.gz")); err == nil || !strings.Contains(err.Error(), `did you mean "plain.gz"`) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestSpinInstancesOfTheField(t *testing.T) {
	const folder = "../../shared/data/ising/"
	if _, err := os.Stat(folder); err != nil {
		t.Skip("the shared data are not here")
	}
	for name, want := range map[string][2]int{"G1.txt.gz": {800, 19176}, "G22.txt.gz": {2000, 19990}, "t3g6_5555.txt": {216, 648}, "ising2.5-100_5555.txt": {100, 4950}} {
		s, err := ReadSpins(folder + name)
		if err != nil || s.Spins != want[0] || len(s.Edges) != want[1] {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever the bytes are, reading gives an error or an instance that is sound and comes back.
func FuzzReadSpins(f *testing.F) {
	for _, text := range []string{"", "3 2\n1 2 1\n2 3 -1\n", "2 1\r\n1 2 1e-3\r\n", "c x\n4 0\n", "3 1\n1 1 1\n", "1 0"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var s *SpinInstance
		var err error
		over := bounded.Run(func() bounded.Limits {
			if s, err = ReadSpinsFrom(bytes.NewReader(data), "fuzz.txt"); err != nil {
				return bounded.Decoded(0)
			}
			return bounded.Decoded(24 * len(s.Edges))
		})
		if over != nil {
			t.Fatal(over)
		}
		if err != nil {
			return
		}
		pairs := map[[2]int]bool{}
		for _, e := range s.Edges {
			pair := [2]int{min(e.I, e.J), max(e.I, e.J)}
			if e.I == e.J || pair[0] < 0 || pair[1] >= s.Spins || pairs[pair] || e.Weight-e.Weight != 0 {
				t.Fatalf("edge %+v of %d spins", e, s.Spins)
			}
			pairs[pair] = true
		}
		var b bytes.Buffer
		if err := s.Write(&b); err != nil {
			t.Fatal(err)
		}
		if again, err := ReadSpinsFrom(&b, "again"); err != nil || len(again.Edges) != len(s.Edges) || again.Total() != s.Total() && s.Total()-s.Total() == 0 {
			t.Fatalf("what was written is read as %+v (%v)", again, err)
		}
	})
}
