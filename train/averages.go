package train

import (
	"fmt"
	"math"

	"lenz/internal/state"
)

// averages averages metrics over batches by weight, in the order in which they come.
type averages struct {
	sum, weight Metrics
	batches     int
}

func newAverages() averages { return averages{sum: Metrics{}, weight: Metrics{}} }

func (a *averages) add(m Metrics, weight float64) {
	a.batches++
	if weight == 0 {
		return // all of the batch is masked
	}
	for name, v := range m {
		if name != Weight {
			a.sum[name] += v * weight
			a.weight[name] += weight
		}
	}
}

func (a *averages) means() Metrics {
	m := make(Metrics, len(a.sum))
	for name, v := range a.sum {
		m[name] = v / a.weight[name]
	}
	return m
}

func (a *averages) State() State {
	return State{"sum": stateOf(a.sum), "weight": stateOf(a.weight), "batches": a.batches}
}

func (a *averages) Restore(from State) (err error) {
	if a.sum, err = metricsOf(from, "sum"); err != nil {
		return err
	}
	if a.weight, err = metricsOf(from, "weight"); err != nil {
		return err
	}
	a.batches, err = state.Get[int](from, "batches")
	return err
}

func stateOf(m Metrics) State {
	s := make(State, len(m))
	for name, v := range m {
		s[name] = v
	}
	return s
}

func metricsOf(from State, key string) (Metrics, error) {
	s, err := state.Get[State](from, key)
	if err != nil {
		return nil, err
	}
	m := make(Metrics, len(s))
	for name := range s {
		if m[name], err = state.Get[float64](s, name); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// best remembers the lowest value and its epoch.
type best struct {
	value float64
	epoch int // counted from 1; 0 for none yet
}

// see tells whether the value of the epoch is lower than the best by more than delta, and keeps it if so. NaN never
// is.
func (b *best) see(value float64, epoch int, delta float64) bool {
	if math.IsNaN(value) || b.epoch > 0 && !(value < b.value-delta) {
		return false
	}
	b.value, b.epoch = value, epoch
	return true
}

func (b *best) State() State { return State{"value": b.value, "epoch": b.epoch} }

func (b *best) Restore(from State) (err error) {
	if b.value, err = state.Get[float64](from, "value"); err != nil {
		return err
	}
	b.epoch, err = state.Get[int](from, "epoch")
	return err
}

// The bounds of divergence: a loss above limit times its start for patience steps in a row. The start counts as at
// least least, so that a loss that begins at zero, or crosses it, may move.
const (
	divergenceLimit    = 1e6
	divergencePatience = 20
	divergenceLeast    = 1e-6
)

// watch finds a loss that is not finite or grows without bound.
type watch struct {
	seen  bool
	start float64 // size of the first loss
	high  int     // steps in a row above the limit
}

func (w *watch) see(m Metrics) error {
	loss, ok := m[Loss]
	if !ok {
		return nil
	}
	if err := finiteLoss("the loss", m); err != nil {
		return err
	}
	if !w.seen {
		w.seen, w.start = true, math.Max(math.Abs(loss), divergenceLeast)
	}
	if loss <= divergenceLimit*w.start {
		w.high = 0
		return nil
	}
	if w.high++; w.high < divergencePatience {
		return nil
	}
	return &DivergedError{
		What:  fmt.Sprintf("for %d steps the loss has been above a million times its start (%v); it", divergencePatience, w.start),
		Value: loss, Rate: m["rate"],
	}
}

func (w *watch) State() State { return State{"seen": w.seen, "start": w.start, "high": w.high} }

func (w *watch) Restore(from State) (err error) {
	if w.seen, err = state.Get[bool](from, "seen"); err != nil {
		return err
	}
	if w.start, err = state.Get[float64](from, "start"); err != nil {
		return err
	}
	w.high, err = state.Get[int](from, "high")
	return err
}
