package train_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// Every bit of every file, every length it may be cut to, and its absence.
func TestAnyDamageIsFound(t *testing.T) {
	dir, older, newer := writeTwo(t)
	check := func(path, what string) {
		t.Helper()
		_, err := train.OpenCheckpoint(newer.Path)
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s, %s: error %v, want one that names the file", path, what, err)
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
		for at := range whole {
			flipped := []byte(string(whole))
			flipped[at] ^= 1 << (at % 8)
			put(flipped)
			check(path, "a flipped bit")
		}
		for n := 0; n < len(whole); n += 7 {
			put(whole[:n])
			check(path, "cut off")
		}
		put(append([]byte(string(whole)), '\n'))
		check(path, "longer")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		check(path, "missing")
		got, notes, err := train.Latest(dir)
		if err != nil || got.Path != older.Path || len(notes) != 1 || !strings.Contains(notes[0], path) {
			t.Errorf("%s is missing: latest is %+v, notes %q, error %v", name, got, notes, err)
		}
		put(whole)
		if _, err := train.OpenCheckpoint(newer.Path); err != nil {
			t.Fatalf("mended, yet %v", err)
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
