package train_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"lenz/internal/disk/disktest"
	"lenz/train"
)

// faults are the ways in which an operation on the disk fails.
func faults() map[string]disktest.Faulty {
	return map[string]disktest.Faulty{
		"disk full, once":          {Err: syscall.ENOSPC},
		"disk full in a write":     {Err: syscall.ENOSPC, Half: true},
		"disk full and remains so": {Err: syscall.ENOSPC, Half: true, Sticky: true},
		"input/output error":       {Err: syscall.EIO},
		"the disk is gone":         {Err: syscall.EIO, Dead: true},
		"a write comes up short":   {},
		"quota":                    {Err: syscall.EDQUOT, Half: true},
		"read-only from now on":    {Err: syscall.EROFS, Dead: true},
	}
}

// Whichever operation of a save fails, in whichever way: the error names the path, what was saved before is found, nothing is
// left over after the next start, and the next save succeeds.
func TestEveryOperationOfASaveFails(t *testing.T) {
	for _, replaces := range []bool{false, true} {
		for name, fault := range faults() {
			t.Run(fmt.Sprintf("%s, replaces %v", name, replaces), func(t *testing.T) {
				failed := 0
				for at := 1; ; at++ {
					done := saveWithFault(t, fault, at, replaces)
					if done {
						break
					}
					failed++
				}
				if failed < 3 {
					t.Errorf("only %d operations failed", failed)
				}
				t.Logf("%d faults", failed)
			})
		}
	}
}

// saveWithFault lets operation number at fail, and tells whether the save has fewer.
func saveWithFault(t *testing.T, fault disktest.Faulty, at int, replaces bool) (done bool) {
	t.Helper()
	root := memory(t)
	dir := filepath.Join(root, "checkpoints")
	calm, err := disktest.NewRecorder(root)
	if err != nil {
		t.Fatal(err)
	}
	old, err := train.WriteCheckpointOn(calm, dir, 1, 5, someState(1))
	if err != nil {
		t.Fatal(err)
	}
	epoch := 2
	if replaces {
		epoch = 1
	}
	fault.Layer, fault.At = calm, at
	saved, err := train.WriteCheckpointOn(&fault, dir, epoch, 5*epoch, someState(2))
	if fault.Failed == "" {
		if err != nil {
			t.Fatal(err)
		}
		return true
	}
	if err != nil && !strings.Contains(err.Error(), dir) || err != nil && fault.Err != nil && !errors.Is(err, fault.Err) {
		t.Errorf("%s: error %v, want one that wraps %v and names the path", fault.Failed, err, fault.Err)
	}
	short := fault.Err == nil && !strings.HasPrefix(fault.Failed, "write")
	if err == nil && !short && !strings.HasPrefix(fault.Failed, "remove") {
		t.Errorf("%s failed, and nobody was told", fault.Failed)
	}
	found, _, latestErr := train.Latest(dir)
	switch {
	case latestErr != nil:
		t.Errorf("%s: what was saved is gone: %v", fault.Failed, latestErr)
	case err == nil && !reflect.DeepEqual(found, saved):
		t.Errorf("%s: no error, yet the newest is %+v", fault.Failed, found)
	case !reflect.DeepEqual(found.State, old.State) && !reflect.DeepEqual(found.State, someState(2)):
		t.Errorf("%s: a mixture is loaded: %+v", fault.Failed, found)
	}
	if err := train.NewCheckpoints(dir).On(calm).Observe(train.Event{Kind: train.Start, Resumed: true}); err != nil {
		t.Errorf("%s: the next start: %v", fault.Failed, err)
	}
	if left, err := disktest.Orphans(dir, func(n string) bool { return strings.Contains(n, ".tmp-") }); err != nil || len(left) > 0 {
		t.Errorf("%s: after the next start there are %v (%v)", fault.Failed, left, err)
	}
	if c, _, err := train.Latest(dir); err != nil || !reflect.DeepEqual(c.State, found.State) {
		t.Errorf("%s: the next start lost the checkpoint: %+v, %v", fault.Failed, c, err)
	}
	if _, err := train.WriteCheckpointOn(calm, dir, 3, 15, someState(3)); err != nil {
		t.Errorf("%s: the next save: %v", fault.Failed, err)
	}
	return false
}

// Whichever operation on metrics.csv fails, in whichever way, the run either is not harmed, or fails with an error that names the file; resumed
// from its last checkpoint it ends with the bits and the log of one whose disk never failed, and no checkpoint is without its rows.
func TestTheLogOfAFailingDisk(t *testing.T) {
	want := uninterrupted(t)
	step := 3
	if torture() {
		step = 1
	}
	for name, fault := range faults() {
		t.Run(name, func(t *testing.T) {
			turns, harmless := 0, 0
			for at := 1; ; at += step {
				failed, ended := logWithFault(t, want, fault, at)
				if failed == "" {
					break
				}
				turns++
				if ended {
					harmless++
				}
			}
			if turns < 3 || turns == harmless {
				t.Errorf("%d faults, %d harmless", turns, harmless)
			}
			t.Logf("%d faults, %d harmless", turns, harmless)
		})
	}
}

// logWithFault lets operation number at on the log fail, resumes where the run has failed, and compares.
func logWithFault(t *testing.T, want traces, fault disktest.Faulty, at int) (failed string, ended bool) {
	t.Helper()
	dir := memory(t)
	calm, err := disktest.NewRecorder(dir)
	if err != nil {
		t.Fatal(err)
	}
	fault.Layer, fault.At = calm, at
	s := newSession(t, dir)
	s.log.On(&fault)
	s.keep.On(calm)
	r, err := s.run(t.Context(), t, nil, nil)
	if err == nil {
		compare(t, want, s.traces(t, r))
		return fault.Failed, true
	}
	if r.Status != train.Failed || !strings.Contains(err.Error(), "metrics.csv") || fault.Err != nil && !errors.Is(err, fault.Err) {
		t.Errorf("%s: result %+v, error %v", fault.Failed, r, err)
	}
	again := newSession(t, dir)
	again.log.On(calm)
	again.keep.On(calm)
	from, _, err := train.Latest(again.keep.Dir)
	if errors.Is(err, train.ErrNoCheckpoint) && r.Steps == 0 {
		return fault.Failed, false // it failed before the first was kept
	}
	if err != nil || from.Epoch < r.Epochs-1 {
		t.Fatalf("%s: the newest is %+v after %d epochs, error %v", fault.Failed, from, r.Epochs, err)
	}
	if r, err = again.run(t.Context(), t, from, nil); err != nil {
		t.Fatalf("%s: resumed: %v", fault.Failed, err)
	}
	compare(t, want, again.traces(t, r))
	return fault.Failed, false
}

// A run whose disk fails at the k-th operation ends as failed, and goes on to the bits of one whose disk never did.
func TestARunGoesOnAfterTheDiskFailed(t *testing.T) {
	want := uninterrupted(t)
	step := 7
	if testing.Short() {
		step = 29
	}
	turns := 0
	for at := 1; ; at += step {
		dir := t.TempDir()
		calm, err := disktest.NewRecorder(dir)
		if err != nil {
			t.Fatal(err)
		}
		fault := &disktest.Faulty{Layer: calm, At: at, Err: syscall.ENOSPC, Half: true, Sticky: true}
		s := newSession(t, dir)
		s.keep.On(fault)
		s.log.On(fault)
		r, err := s.run(t.Context(), t, nil, nil)
		if fault.Failed == "" {
			break
		}
		turns++
		if r.Status != train.Failed || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), dir) {
			t.Fatalf("%s: result %+v, error %v", fault.Failed, r, err)
		}
		s = newSession(t, dir)
		s.keep.On(calm)
		s.log.On(calm)
		from, _, err := train.Latest(s.keep.Dir)
		if errors.Is(err, train.ErrNoCheckpoint) && r.Steps == 0 {
			continue // it failed before the first was kept
		}
		if err != nil || from.Epoch < r.Epochs-1 {
			t.Fatalf("%s: the newest is %+v after %d epochs, error %v", fault.Failed, from, r.Epochs, err)
		}
		if r, err = s.run(t.Context(), t, from, nil); err != nil {
			t.Fatalf("%s: resumed: %v", fault.Failed, err)
		}
		compare(t, want, s.traces(t, r))
	}
	if turns < 3 {
		t.Errorf("only %d faults", turns)
	}
	t.Logf("%d faults", turns)
}

// A real small disk that fills up.
func TestAFullDisk(t *testing.T) {
	dir := disktest.SmallDisk(t, 64<<10)
	keep := filepath.Join(dir, "checkpoints")
	big := func(v float64) train.State {
		x := make([]float64, 2000)
		x[0] = v
		return train.State{"a": x}
	}
	old, err := train.WriteCheckpoint(keep, 1, 1, big(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 24<<10), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err = train.WriteCheckpoint(keep, 2, 2, big(2))
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), keep) {
		t.Errorf("on a full disk: %v", err)
	}
	if c, _, err := train.Latest(keep); err != nil || !reflect.DeepEqual(c, old) {
		t.Errorf("the checkpoint before: %+v, %v", c, err)
	}
	if got := names(t, keep); len(got) != 1 {
		t.Errorf("the folder holds %v", got)
	}
	if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
		t.Fatal(err)
	}
	if _, err := train.WriteCheckpoint(keep, 2, 2, big(2)); err != nil {
		t.Errorf("with room again: %v", err)
	}
}
