package train

import "lenz/internal/disk"

// WriteCheckpointOn is WriteCheckpoint through a layer.
func WriteCheckpointOn(l disk.Layer, dir string, epoch, step int, s State) (*Checkpoint, error) {
	return writeCheckpoint(l, dir, epoch, step, s)
}

// On makes the log write through a layer.
func (l *MetricsLog) On(layer disk.Layer) *MetricsLog {
	l.layer = layer
	return l
}

// On makes the observer write through a layer.
func (c *Checkpoints) On(l disk.Layer) *Checkpoints {
	c.layer = l
	return c
}
