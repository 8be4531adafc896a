package datasets

import (
	"fmt"

	"lenz/internal/state"
)

// StreamOptions says how long series are cut for truncated backpropagation through time.
type StreamOptions struct {
	Streams int // sequences side by side, B
	Chunk   int // steps a batch, K
	// Warm is the number of steps before a part that are run through with weight zero, so that the state is warm when
	// the part begins.
	Warm int
}

// StreamSource gives the rows of a part as parallel streams in chunks that carry their state: X is [K, B, I], and Y
// [K, B, D] holds the targets one step ahead. A chunk's last step is followed by the next chunk's first; Reset marks
// the streams that begin a new piece. Where the pieces' lengths differ, Lengths and Mask end them; a stream that has ended
// before the others is padded with a step of weight zero, and its Origin is 0. Future [K, B, F] holds the known
// covariates and calendar features of the step that is to be forecast, a row after the input's.
type StreamSource struct {
	w        *Windows
	sections []Section
	layout   Layout
	pieces   [][]piece // of each stream
	chunks   [][]chunk // of each batch, one a stream
	batch    Batch
	lengths  []int
	epoch    uint64
	at       int
}

var _ Source = (*StreamSource)(nil)

// piece is a run of steps of a section: the inputs are the rows from <= row < to, the targets one row later.
type piece struct {
	section  int
	from, to int
	count    int // targets before this row have weight zero
}

// chunk is the part of a piece that is in a batch; one without a piece is padding.
type chunk struct {
	piece
	begins bool
}

// Stream cuts a part into streams of nearly equal length. The order is that of time in every epoch.
func (w *Windows) Stream(p Part, o StreamOptions) (*StreamSource, error) {
	if o.Streams < 1 || o.Chunk < 1 || o.Warm < 0 {
		return nil, fmt.Errorf("datasets: %d streams in chunks of %d steps after %d: streams and chunk must be at least 1, warm at least 0", o.Streams, o.Chunk, o.Warm)
	}
	sections, err := w.part(p)
	if err != nil {
		return nil, err
	}
	s := &StreamSource{w: w, sections: sections, layout: w.layout}
	s.layout.Kind, s.layout.Input, s.layout.Batch, s.layout.Horizon = PerStep, o.Chunk, o.Streams, 0
	total := 0
	for _, section := range sections {
		total += section.To - max(section.From, 1)
	}
	if total < o.Streams {
		return nil, fmt.Errorf("%s: the %v part has %d steps for %d streams: use fewer streams or more data",
			sections[0].Series.place(), p, total, o.Streams)
	}
	s.deal(sections, total, o)
	s.cut(o.Chunk)
	return s, nil
}

// deal cuts the sections into pieces of about total/streams steps and gives each to the stream that is shortest so far.
func (s *StreamSource) deal(sections []Section, total int, o StreamOptions) {
	s.pieces = make([][]piece, o.Streams)
	load := make([]int, o.Streams)
	for k, section := range sections {
		start := max(section.From, 1) - 1 // the first row whose next row is a target
		steps := section.To - 1 - start
		if steps < 1 {
			continue
		}
		parts := max(1, (steps*o.Streams+total/2)/total)
		for i := range parts {
			from, to := start+i*steps/parts, start+(i+1)*steps/parts
			if from == to {
				continue
			}
			least := 0
			for b := range load {
				if load[b] < load[least] {
					least = b
				}
			}
			load[least] += to - from
			s.pieces[least] = append(s.pieces[least], piece{section: k, from: max(0, from-o.Warm), to: to, count: from + 1})
		}
	}
}

// cut lays the streams' pieces out in batches.
func (s *StreamSource) cut(size int) {
	next := make([]int, len(s.pieces)) // piece that each stream is in
	at := make([]int, len(s.pieces))   // steps of it that are done
	for {
		batch, more := make([]chunk, len(s.pieces)), false
		for b, pieces := range s.pieces {
			if next[b] == len(pieces) {
				continue
			}
			more = true
			p := pieces[next[b]]
			c := chunk{piece: p, begins: at[b] == 0}
			c.from = p.from + at[b]
			c.to = min(p.to, c.from+size)
			batch[b] = c
			if at[b] += c.to - c.from; c.to == p.to {
				next[b], at[b] = next[b]+1, 0
			}
		}
		if !more {
			return
		}
		s.chunks = append(s.chunks, batch)
	}
}

// Layout describes the batches.
func (s *StreamSource) Layout() Layout { return s.layout }

// Len returns the number of batches of an epoch.
func (s *StreamSource) Len() int { return len(s.chunks) }

// Reset goes to the beginning; every epoch is alike.
func (s *StreamSource) Reset(epoch uint64) { s.epoch, s.at = epoch, 0 }

// Next returns the next batch, or false at the end of the epoch.
func (s *StreamSource) Next() (Batch, bool) {
	if s.at == len(s.chunks) {
		return Batch{}, false
	}
	chunks := s.chunks[s.at]
	s.at++
	b, inputs, targets := &s.batch, len(s.layout.Inputs), len(s.layout.Targets)
	b.T, b.B, b.Carry = 0, len(chunks), true
	for _, c := range chunks {
		b.T = max(b.T, c.to-c.from)
	}
	b.X.reshape(b.T, b.B, inputs)
	b.Y.reshape(b.T, b.B, targets)
	b.Mask.reshape(b.T, b.B, targets)
	if known := len(s.layout.Future); known > 0 {
		b.Future.reshape(b.T, b.B, known)
	}
	s.lengths = resize(s.lengths, b.B)
	b.Lengths = nil
	b.Series, b.Origin, b.Reset = resize(b.Series, b.B), resize(b.Origin, b.B), resize(b.Reset, b.B)
	for k, c := range chunks {
		// A stream that has ended is padded with a step of weight zero, since no sequence has length zero.
		s.lengths[k] = max(1, c.to-c.from)
		if s.lengths[k] != b.T {
			b.Lengths = s.lengths
		}
		b.Series[k], b.Origin[k], b.Reset[k] = c.section, c.from+1, c.begins || c.to == 0
		if c.to == 0 {
			b.Origin[k] = 0
			continue
		}
		s.place(k, c)
	}
	return *b, true
}

// place copies a chunk into stream k of the batch.
func (s *StreamSource) place(k int, c chunk) {
	b, inputs := &s.batch, len(s.layout.Inputs)
	f := s.w.frames[s.sections[c.section].Series]
	for t := range c.to - c.from {
		row := c.from + t
		copy(b.X.Data[(t*b.B+k)*inputs:][:inputs], f.data[row*f.width:])
		for j, column := range s.layout.FutureInputs {
			b.Future.Data[(t*b.B+k)*len(s.layout.FutureInputs)+j] = f.data[(row+1)*f.width+column]
		}
		for j, column := range f.targets {
			at := (t*b.B+k)*len(f.targets) + j
			b.Y.Data[at] = f.data[(row+1)*f.width+column]
			if row+1 >= c.count {
				b.Mask.Data[at] = 1
			}
		}
	}
}

// State returns the epoch and the position in it.
func (s *StreamSource) State() state.State {
	return state.State{"epoch": s.epoch, "position": s.at, "batches": len(s.chunks)}
}

// Restore goes to a saved position.
func (s *StreamSource) Restore(from state.State) error {
	epoch, err := state.Get[uint64](from, "epoch")
	if err != nil {
		return fmt.Errorf("datasets: %w", err)
	}
	at, err := state.Get[int](from, "position")
	if err != nil {
		return fmt.Errorf("datasets: %w", err)
	}
	n, err := state.Get[int](from, "batches")
	if err != nil {
		return fmt.Errorf("datasets: %w", err)
	}
	if n != len(s.chunks) || at < 0 || at > n {
		return fmt.Errorf("datasets: the saved position is %d of %d batches, the data has %d: resume with the data and settings of the saved run", at, n, len(s.chunks))
	}
	s.epoch, s.at = epoch, at
	return nil
}
