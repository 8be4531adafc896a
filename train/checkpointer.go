package train

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"lenz/internal/atomicfile"
	"lenz/internal/disk"
)

// Checkpoints keeps a checkpoint at each Save: at the beginning, at the end of each epoch (Every thins them out) and where the run is
// interrupted. List it after the observers that write files.
type Checkpoints struct {
	Dir  string // made if need be
	Keep int    // how many of the newest are kept; the one of the best epoch is kept besides

	// Written is called with each checkpoint after it is on disk, unless it is nil.
	Written func(c *Checkpoint)

	layer disk.Layer // that is written through; nil for the real one
}

var _ Observer = (*Checkpoints)(nil)

// NewCheckpoints returns the observer that keeps the last three checkpoints and the best one.
func NewCheckpoints(dir string) *Checkpoints { return &Checkpoints{Dir: dir, Keep: 3} }

// Observe writes and prunes.
func (c *Checkpoints) Observe(e Event) error {
	switch e.Kind {
	case Start:
		return c.start(e)
	case Save:
		s, err := e.Snapshot()
		if err != nil {
			return err
		}
		kept, err := writeCheckpoint(c.through(), c.Dir, e.Epoch, e.Step, s)
		if err != nil {
			return err
		}
		if c.Written != nil {
			c.Written(kept)
		}
		return c.prune(e)
	}
	return nil
}

func (c *Checkpoints) through() disk.Layer {
	if c.layer == nil {
		return disk.OS{}
	}
	return c.layer
}

// start removes what a killed run left half-written, and refuses the folder of another run.
func (c *Checkpoints) start(e Event) error {
	if c.Keep < 1 {
		return fmt.Errorf("train: %d checkpoints are to be kept, want at least 1", c.Keep)
	}
	if _, err := (atomicfile.Writer{Layer: c.layer}).Sweep(c.Dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("train: checkpoints: %w", err)
	}
	list, err := checkpoints(c.Dir)
	if err != nil {
		return fmt.Errorf("train: checkpoints: %w", err)
	}
	if !e.Resumed && len(list) > 0 {
		return fmt.Errorf("train: %s holds checkpoints of another run: resume it, or choose another folder", c.Dir)
	}
	return nil
}

// prune removes what is neither among the newest nor the best. Checkpoints ahead of this one belong to a run that was
// given up when an earlier one was resumed.
func (c *Checkpoints) prune(e Event) error {
	list, err := checkpoints(c.Dir)
	if err != nil {
		return fmt.Errorf("train: checkpoints: %w", err)
	}
	here := 0
	for here < len(list) && (list[here].step < e.Step || list[here].step == e.Step && list[here].epoch <= e.Epoch) {
		here++
	}
	best := c.bestOf(list[:here], e.BestEpoch)
	for i, f := range list {
		if i < here && (i >= here-c.Keep || f.name == best) {
			continue
		}
		if err := disk.RemoveAll(c.through(), filepath.Join(c.Dir, f.path)); err != nil {
			return fmt.Errorf("train: checkpoints: %w", err)
		}
	}
	return nil
}

// bestOf is the checkpoint at the end of the best epoch: the first one with so many epochs ended.
func (c *Checkpoints) bestOf(list []found, epoch int) string {
	for _, f := range list {
		if epoch > 0 && f.epoch == epoch {
			return f.name
		}
	}
	return ""
}
