package train_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"lenz/internal/disk"
	"lenz/internal/disk/disktest"
	"lenz/train"
)

// recording is something that saves through a layer, and what must be found after a power failure.
type recording struct {
	name string
	// before is done on the real disk.
	before func(dir string) error
	// save saves; committed is called with each checkpoint after it is said to be on disk.
	save func(t *testing.T, l disk.Layer, dir string, committed func(*train.Checkpoint)) error
}

func recordings() []recording {
	write := func(t *testing.T, l disk.Layer, dir string, epoch int, v float64, committed func(*train.Checkpoint)) error {
		c, err := train.WriteCheckpointOn(l, dir, epoch, 5*epoch, someState(v))
		if err == nil {
			committed(c)
		}
		return err
	}
	one := func(dir string) error { _, err := train.WriteCheckpoint(dir, 1, 5, someState(1)); return err }
	return []recording{
		{"the first, in folders that are new", func(string) error { return nil },
			func(t *testing.T, l disk.Layer, dir string, c func(*train.Checkpoint)) error {
				return write(t, l, dir, 1, 1, c)
			}},
		{"the next", one, func(t *testing.T, l disk.Layer, dir string, c func(*train.Checkpoint)) error {
			return write(t, l, dir, 2, 2, c)
		}},
		{"in place of one of the same step", one, func(t *testing.T, l disk.Layer, dir string, c func(*train.Checkpoint)) error {
			return write(t, l, dir, 1, 3, c)
		}},
		{"a run that keeps one and the best", func(string) error { return nil },
			func(t *testing.T, l disk.Layer, dir string, c func(*train.Checkpoint)) error {
				_, learner := toy(t, 0.1)
				keep := train.NewCheckpoints(dir).On(l)
				keep.Keep = 1
				keep.Written = c
				_, err := train.Fit(t.Context(), learner, toyData(), train.Epochs(4), train.Watch(keep))
				return err
			}},
	}
}

// kept is a checkpoint that was said to be on disk after so many operations.
type kept struct {
	after int
	c     *train.Checkpoint
}

// Whenever the power fails, the newest sound checkpoint is the last that was said to be on disk, or one after it; and
// it is whole.
func TestPowerFailure(t *testing.T) {
	for _, r := range recordings() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			dir := filepath.Join(root, "run", "checkpoints")
			if err := r.before(dir); err != nil {
				t.Fatal(err)
			}
			rec, err := disktest.NewRecorder(root)
			if err != nil {
				t.Fatal(err)
			}
			var saved []kept
			if old, _, err := train.Latest(dir); err == nil {
				saved = append(saved, kept{0, old})
			}
			if err := r.save(t, rec, dir, func(c *train.Checkpoint) { saved = append(saved, kept{rec.Len(), c}) }); err != nil {
				t.Fatal(err)
			}
			states := rec.CrashStates(1)
			if len(states) < 50 {
				t.Fatalf("%d states of\n%s", len(states), rec)
			}
			bad, scratch := 0, memory(t)
			for i, s := range states {
				if err := survives(filepath.Join(scratch, fmt.Sprint(i)), s, saved); err != nil {
					if bad++; bad < 4 {
						t.Errorf("state %d of %d, after %d operations, %s: %v\n%s", i, len(states), s.After, s.How, err, rec)
					}
				}
			}
			t.Logf("%d operations, %d states, %d bad", rec.Len(), len(states), bad)
		})
	}
}

// memory is a folder in memory where there is one: thousands of small files are made.
func memory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "lenz-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// survives puts a state on disk and looks for what was saved; then it goes on as a new run of the program does.
func survives(root string, s disktest.State, saved []kept) error {
	defer os.RemoveAll(root)
	if err := errors.Join(os.Mkdir(root, 0o777), s.Put(root)); err != nil {
		return err
	}
	dir := filepath.Join(root, "run", "checkpoints")
	sure := -1
	for i, k := range saved {
		if k.after <= s.After {
			sure = i
		}
	}
	found, err := match(dir, saved, sure)
	if err != nil {
		return err
	}
	if _, err := os.Stat(dir); err != nil {
		return nil // nothing was on disk yet, and nothing was promised
	}
	// The next start clears up; what was found is found again, and saving goes on.
	calm, err := disktest.NewRecorder(root) // which does not wait for the disk
	if err != nil {
		return err
	}
	if err := train.NewCheckpoints(dir).On(calm).Observe(train.Event{Kind: train.Start, Resumed: true}); err != nil {
		return err
	}
	again, err := match(dir, saved, found)
	if err != nil || again != found {
		return fmt.Errorf("after the next start: checkpoint %d instead of %d: %w", again, found, err)
	}
	left, err := disktest.Orphans(dir, func(name string) bool { return strings.Contains(name, ".tmp-") })
	if err != nil || len(left) > 0 {
		return fmt.Errorf("after the next start there are %v: %w", left, err)
	}
	next, err := train.WriteCheckpointOn(calm, dir, 9, 99, someState(9))
	if err != nil {
		return err
	}
	if c, _, err := train.Latest(dir); err != nil || !reflect.DeepEqual(c, next) {
		return fmt.Errorf("saved anew, yet %+v: %w", c, err)
	}
	return nil
}

// match finds which of the saved checkpoints is the newest; it must be number sure or a later one. -1 is none.
func match(dir string, saved []kept, sure int) (int, error) {
	c, _, err := train.Latest(dir)
	if err != nil {
		if sure >= 0 {
			return -1, fmt.Errorf("what was saved is gone: %w", err)
		}
		return -1, nil
	}
	for i := len(saved) - 1; i >= max(0, sure); i-- {
		if k := saved[i].c; k.Step == c.Step && reflect.DeepEqual(k.State, c.State) {
			return i, nil
		}
	}
	return -1, fmt.Errorf("step %d with the state %v is loaded; that was never saved, or a later one was", c.Step, c.State)
}
