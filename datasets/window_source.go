package datasets

import (
	"fmt"
	"math/bits"
	"sort"

	"lenz/internal/rng"
	"lenz/internal/state"
)

// SourceOptions says how a source goes through a part. The zero value goes through it once, in order.
type SourceOptions struct {
	// Shuffle draws a new order each epoch from the seed.
	Shuffle bool
	Seed    uint64
	// Batch and Stride replace those of the spec unless they are 0.
	Batch, Stride int
	// Limit bounds the number of windows an epoch unless it is 0: the first ones of a shuffled order, evenly spread
	// ones otherwise.
	Limit int
}

// WindowSource gives the windows of a part, the last batch smaller where they do not divide.
type WindowSource struct {
	order
	w        *Windows
	sections []Section
	first    []int // first origin of each section
	until    []int // number of windows up to and including each section
	stride   int
	layout   Layout
	batch    Batch
}

var _ Source = (*WindowSource)(nil)

// Source returns the windows of a part: those whose targets lie in it. Every series of the part must be long enough for
// one. Rolling origins for a backtest are the test part in order.
func (w *Windows) Source(p Part, o SourceOptions) (*WindowSource, error) {
	sections, err := w.part(p)
	if err != nil {
		return nil, err
	}
	if o.Batch < 0 || o.Stride < 0 || o.Limit < 0 {
		return nil, fmt.Errorf("datasets: batch %d, stride %d and limit %d: none may be negative", o.Batch, o.Stride, o.Limit)
	}
	s := &WindowSource{w: w, sections: sections, stride: w.spec.Stride, layout: w.layout}
	if o.Stride > 0 {
		s.stride = o.Stride
	}
	if o.Batch > 0 {
		s.layout.Batch = o.Batch
	}
	n := 0
	for _, section := range sections {
		first := max(section.From, w.spec.Input)
		room := section.To - w.spec.Horizon - first
		if room < 0 {
			return nil, w.sectionError(p, section)
		}
		n += room/s.stride + 1
		s.first, s.until = append(s.first, first), append(s.until, n)
	}
	s.order = newOrder(n, s.layout.Batch, o)
	return s, nil
}

// Layout describes the batches.
func (s *WindowSource) Layout() Layout { return s.layout }

// Windows returns the number of windows of an epoch.
func (s *WindowSource) Windows() int { return s.take }

// Next returns the next batch, or false at the end of the epoch.
func (s *WindowSource) Next() (Batch, bool) {
	items := s.next()
	if len(items) == 0 {
		return Batch{}, false
	}
	s.batch.shape(s.layout, len(items), true)
	for b, item := range items {
		k := sort.SearchInts(s.until, item+1)
		if k > 0 {
			item -= s.until[k-1]
		}
		origin := s.first[k] + item*s.stride
		s.batch.window(b, s.w.frames[s.sections[k].Series], s.layout, origin)
		s.batch.Series[b], s.batch.Origin[b] = k, origin
	}
	return s.batch, true
}

// shape makes room for n windows.
func (b *Batch) shape(l Layout, n int, truth bool) {
	b.T, b.B = l.Input, n
	b.X.reshape(l.Input, n, len(l.Inputs))
	if len(l.Future) > 0 {
		b.Future.reshape(l.Horizon, n, len(l.Future))
	}
	if truth {
		b.Y.reshape(l.Horizon, n, len(l.Targets))
	}
	b.Series, b.Origin = resize(b.Series, n), resize(b.Origin, n)
}

// window copies the window before the origin, and what follows it, into sequence k of the batch.
func (b *Batch) window(k int, f *frame, l Layout, origin int) {
	inputs := len(l.Inputs)
	for t := range l.Input {
		row := f.data[(origin-l.Input+t)*f.width:]
		copy(b.X.Data[(t*b.B+k)*inputs:][:inputs], row)
	}
	for h := range l.Horizon {
		if b.Future.IsZero() && b.Y.IsZero() {
			break
		}
		row := f.data[(origin+h)*f.width:]
		for j, c := range l.FutureInputs {
			b.Future.Data[(h*b.B+k)*len(l.FutureInputs)+j] = row[c]
		}
		if b.Y.IsZero() {
			continue
		}
		for j, c := range f.targets {
			b.Y.Data[(h*b.B+k)*len(f.targets)+j] = row[c]
		}
	}
}

func resize[E any](s []E, n int) []E {
	if cap(s) < n {
		return make([]E, n)
	}
	return s[:n]
}

// order goes through n items in batches, in an order that is a function of the seed and the epoch.
type order struct {
	n, take, batch int
	stream         *rng.Stream // nil to keep the order
	epoch          uint64
	at             int // items of the epoch that were given
	items          []int
}

func newOrder(n, batch int, o SourceOptions) order {
	r := order{n: n, take: n, batch: batch, items: make([]int, n)}
	if o.Limit > 0 {
		r.take = min(n, o.Limit)
	}
	if o.Shuffle {
		r.stream = rng.New(o.Seed, "datasets.order")
	}
	r.Reset(0)
	return r
}

// Len returns the number of batches of an epoch.
func (r *order) Len() int { return (r.take + r.batch - 1) / r.batch }

// Reset goes to the beginning of an epoch.
func (r *order) Reset(epoch uint64) {
	r.epoch, r.at = epoch, 0
	for i := range r.items {
		r.items[i] = i
	}
	if r.stream == nil {
		for i := range r.take {
			r.items[i] = i * r.n / r.take // all, or as many as are taken, evenly spread
		}
		return
	}
	// Fisher and Yates's shuffle (Durstenfeld 1964), written out so that the order never depends on Go's version.
	s := r.stream.Split(epoch)
	for i := r.n - 1; i > 0; i-- {
		j, _ := bits.Mul64(s.Uint64(), uint64(i+1))
		r.items[i], r.items[j] = r.items[j], r.items[i]
	}
}

func (r *order) next() []int {
	from := r.at
	r.at = min(r.take, from+r.batch)
	return r.items[from:r.at]
}

// State returns the epoch and the position in it.
func (r *order) State() state.State {
	return state.State{"epoch": r.epoch, "position": r.at, "items": r.n, "order": r.name()}
}

// name tells orders apart: two of one name give the same items.
func (r *order) name() string {
	if r.stream == nil {
		return fmt.Sprintf("sequential, %d a batch", r.batch)
	}
	return fmt.Sprintf("shuffled by %x, %d a batch", r.stream.At(0), r.batch)
}

// Restore goes to a saved position.
func (r *order) Restore(from state.State) error {
	epoch, err := state.Get[uint64](from, "epoch")
	if err != nil {
		return fmt.Errorf("datasets: %w", err)
	}
	at, err := state.Get[int](from, "position")
	if err != nil {
		return fmt.Errorf("datasets: %w", err)
	}
	n, err := state.Get[int](from, "items")
	if err != nil {
		return fmt.Errorf("datasets: %w", err)
	}
	name, err := state.Get[string](from, "order")
	if err != nil {
		return fmt.Errorf("datasets: %w", err)
	}
	if name != r.name() {
		return fmt.Errorf("datasets: the saved order is %s, this one %s: resume with the seed and the batch size of the saved run", name, r.name())
	}
	if n != r.n || at < 0 || at > r.take {
		return fmt.Errorf("datasets: the saved position is %d of %d items, the data has %d: resume with the data and settings of the saved run", at, n, r.n)
	}
	r.Reset(epoch)
	r.at = at
	return nil
}
