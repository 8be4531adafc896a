package train_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lenz/internal/manifest"
	"lenz/train"
)

func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var n []string
	for _, e := range entries {
		n = append(n, e.Name())
	}
	return n
}

func someState(v float64) train.State {
	return train.State{"a": []float64{v, 2}, "b": train.State{"c": 3, "d": v}}
}

func writeTwo(t testing.TB) (dir string, older, newer *train.Checkpoint) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "checkpoints")
	older, err := train.WriteCheckpoint(dir, 1, 5, someState(1))
	if err != nil {
		t.Fatal(err)
	}
	newer, err = train.WriteCheckpoint(dir, 2, 10, someState(2))
	if err != nil {
		t.Fatal(err)
	}
	return dir, older, newer
}

func TestCheckpointRoundTrip(t *testing.T) {
	dir, _, want := writeTwo(t)
	got, notes, err := train.Latest(dir)
	if err != nil || len(notes) > 0 {
		t.Fatal(notes, err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"epoch-000001-step-000000005", "epoch-000002-step-000000010"}, names(t, dir)); d != "" {
		t.Errorf("folder (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"manifest.json", "state.json", "state.safetensors"}, names(t, want.Path)); d != "" {
		t.Errorf("checkpoint (-want +got):\n%s", d)
	}
}

// A bit of every byte of every file, lengths that it may be cut to, and its absence: each is found, the file is named, the checkpoint
// before is taken and that is said. With LENZ_TORTURE set it is every bit and every length.
func TestAnyDamageIsFound(t *testing.T) {
	dir, older, newer := writeTwo(t)
	damages, bits, lengths := 0, 9, 7 // from one damage to the next
	if os.Getenv("LENZ_TORTURE") != "" {
		bits, lengths = 1, 1
	}
	check := func(path, what string) {
		t.Helper()
		damages++
		got, notes, err := train.Latest(dir)
		if err != nil || got.Path != older.Path || len(notes) != 1 || !strings.Contains(notes[0], path) || !strings.Contains(notes[0], "epoch-000002-step-000000010 is passed over") {
			t.Errorf("%s, %s: latest is %+v, notes %q, error %v", path, what, got, notes, err)
		}
	}
	for _, name := range names(t, newer.Path) {
		path := filepath.Join(newer.Path, name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		put := func(b []byte) {
			if err := os.WriteFile(path, b, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		for bit := 0; bit < 8*len(whole); bit += bits {
			flipped := bytes.Clone(whole)
			flipped[bit/8] ^= 1 << (bit % 8)
			put(flipped)
			check(path, fmt.Sprintf("bit %d of byte %d is flipped", bit%8, bit/8))
		}
		for n := 0; n < len(whole); n += lengths {
			put(whole[:n])
			check(path, fmt.Sprintf("cut off after %d bytes", n))
		}
		put(append(bytes.Clone(whole), '\n'))
		check(path, "longer by a byte")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		check(path, "missing")
		put(whole)
		if _, err := train.OpenCheckpoint(newer.Path); err != nil {
			t.Fatalf("mended, yet %v", err)
		}
	}
	t.Logf("%d damages", damages)
}

// The part of a file that has changed is named.
func TestDamageIsLocated(t *testing.T) {
	_, _, newer := writeTwo(t)
	for _, c := range []struct {
		file, old, new, says string
	}{
		{"manifest.json", `"step": 10`, `"step": 11`, "its sum is not that of its contents"},
		{"manifest.json", `"version": 1`, `"version": 2`, "is of format \"lenz checkpoint\", version 2"},
		{"manifest.json", "state.json", "state.txt", "its sum is not"},
		{"state.json", `"3"`, `"4"`, `state "b" has changed`},
		{"state.json", `"state"`, `"stale"`, "outside of the values"},
		{"state.json", "{", "[", "the tree is n"},
		{"state.safetensors", "\x00@", "\x01@", `tensor "a" has changed`},
		{"state.safetensors", `"F64"`, `"I64"`, "outside of the values"},
		{"state.safetensors", `"F64"`, `"F63"`, `tensor "a": its type is "F63"`},
		{"state.safetensors", `"crc32c of tensor a"`, `"crc32c of tensor b"`, "outside of the values"},
		{"state.safetensors", `{`, `[`, "the header does not begin with {"},
	} {
		path := filepath.Join(newer.Path, c.file)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := bytes.Replace(whole, []byte(c.old), []byte(c.new), 1)
		if bytes.Equal(changed, whole) {
			t.Errorf("%s holds no %q:\n%q", c.file, c.old, whole)
		}
		for _, b := range [][]byte{changed, whole} {
			if err := os.WriteFile(path, b, 0o666); err != nil {
				t.Fatal(err)
			}
			_, err = train.OpenCheckpoint(newer.Path)
			if damaged := &b[0] == &changed[0]; damaged != (err != nil) || damaged && (!strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("%s, %q for %q: %v, want %q", c.file, c.new, c.old, err, c.says)
			}
		}
	}
}

// A manifest that was written by somebody else, with sums that are right, opens no file but the checkpoint's own.
func TestNoNameInAManifestBecomesAPath(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("{}"), 0o666); err != nil {
		t.Fatal(err)
	}
	c, err := train.WriteCheckpoint(filepath.Join(dir, "checkpoints"), 1, 5, someState(1))
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(c.Path, "link")
	if err := os.Symlink(secret, link); err != nil {
		t.Skip("no links here")
	}
	path := filepath.Join(c.Path, "manifest.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sound, err := manifest.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../../secret", secret, "link", "./state.json", "state.json/../../../secret", "", ".", "..", "state.safetensors", "STATE.JSON", "state.json\x00", "C:\\secret", "/dev/zero"} {
		m := sound
		m.Files = slices.Clone(sound.Files)
		m.Files[0].Name, m.Files[0].Bytes = name, 2
		if text, err = m.Encode(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := train.OpenCheckpoint(c.Path); err == nil || !strings.Contains(err.Error(), path+" lists ") {
			t.Errorf("the name %q: %v", name, err)
		}
	}
	for _, files := range [][]manifest.Item{nil, sound.Files[:1], append(slices.Clone(sound.Files), sound.Files[0])} {
		m := sound
		m.Files = files
		if text, err = m.Encode(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := train.OpenCheckpoint(c.Path); err == nil || !strings.Contains(err.Error(), "lists ") {
			t.Errorf("%d files: %v", len(files), err)
		}
	}
}

func TestLatestWithoutASoundOne(t *testing.T) {
	dir, older, newer := writeTwo(t)
	for _, c := range []*train.Checkpoint{older, newer} {
		if err := os.Truncate(filepath.Join(c.Path, "state.safetensors"), 9); err != nil {
			t.Fatal(err)
		}
	}
	_, notes, err := train.Latest(dir)
	if !errors.Is(err, train.ErrNoCheckpoint) || len(notes) != 2 || !strings.Contains(err.Error(), older.Path) || !strings.Contains(err.Error(), newer.Path) {
		t.Errorf("notes %q, error %v", notes, err)
	}
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "none")} {
		if _, _, err := train.Latest(dir); !errors.Is(err, train.ErrNoCheckpoint) || !strings.Contains(err.Error(), dir) {
			t.Errorf("empty folder: %v", err)
		}
	}
}

func TestWriteCheckpointRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := train.WriteCheckpoint(dir, 1, 1, train.State{"a": 'x'}); err == nil || !strings.Contains(err.Error(), "state a") {
		t.Errorf("a rune: %v", err)
	}
	if got := names(t, dir); len(got) > 0 {
		t.Errorf("the folder holds %v", got)
	}
}

func TestCheckpointsArePrunedToTheLastAndTheBest(t *testing.T) {
	s := newSession(t, t.TempDir())
	s.keep.Keep = 2
	if err := os.MkdirAll(filepath.Join(s.keep.Dir, ".epoch-000003-step-000000015.tmp-77-0"), 0o777); err != nil {
		t.Fatal(err)
	}
	r, err := s.run(t.Context(), t, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	best, err := filepath.Glob(filepath.Join(s.keep.Dir, "epoch-00000"+string(rune('0'+r.BestEpoch))+"-*"))
	if err != nil || len(best) != 1 {
		t.Fatalf("best epoch %d: %v, %v", r.BestEpoch, best, err)
	}
	want := []string{filepath.Base(best[0]), "epoch-000003-step-000000015", "epoch-000004-step-000000020"}
	if d := cmp.Diff(want, names(t, s.keep.Dir)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A run that goes on from an earlier checkpoint gives up what lay ahead of it.
func TestCheckpointsAheadAreRemoved(t *testing.T) {
	dir := t.TempDir()
	s := newSession(t, dir)
	s.keep.Keep = 100
	if _, err := s.run(t.Context(), t, nil, nil); err != nil {
		t.Fatal(err)
	}
	from, err := train.OpenCheckpoint(filepath.Join(s.keep.Dir, "epoch-000002-step-000000010"))
	if err != nil {
		t.Fatal(err)
	}
	killed := errors.New("killed")
	s = newSession(t, dir)
	s.keep.Keep = 100
	_, err = s.run(t.Context(), t, from, func(e train.Event) error {
		if e.Kind == train.Step && e.Step == 16 {
			return killed
		}
		return nil
	})
	if !errors.Is(err, killed) {
		t.Fatal(err)
	}
	if got := latest(t, s.keep.Dir); got.Step != 15 {
		t.Errorf("the newest is of step %d, want 15: those ahead belong to the run given up", got.Step)
	}
}
