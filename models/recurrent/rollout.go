package recurrent

import (
	"context"
	"fmt"
	"slices"

	"lenz/datasets"
	"lenz/internal/rng"
)

// maxRows bounds how many paths run side by side, so that a forecast of many windows needs little memory.
const maxRows = 4096

// rollOut forecasts one step at a time, feeding the output back: one path for points, many drawn ones for distributions.
func (m *Model) rollOut(ctx context.Context, b datasets.Batch) (datasets.Prediction, error) {
	r := rollout{m: m, b: b, h: m.layout.Horizon, d: len(m.layout.Targets), paths: 1}
	if m.settings.Head != "point" {
		members := len(m.nets)
		r.paths = (m.settings.Samples + members - 1) / members
	}
	total := r.paths * len(m.nets)
	r.values = make([]float64, r.h*b.B*r.d*total)
	for i := range m.nets {
		if err := r.member(ctx, i); err != nil {
			return datasets.Prediction{}, err
		}
	}
	return r.summary(total), nil
}

// rollout is one recursive forecast of a batch.
type rollout struct {
	m           *Model
	b           datasets.Batch
	h, d, paths int
	values      []float64 // [H, B, D, members*paths]
}

// walk is the part of a rollout that runs side by side: the paths of some windows through one member.
type walk struct {
	*rollout
	member, from, windows int // windows from <= b < from+windows
	x                     []float64
	states                [][]float64 // [windows*paths, hidden]
	recent                []float64   // [windows*paths, D, K]
	streams               []*rng.Stream
	dist                  *distribution
}

// member rolls one network: over the windows themselves, then step by step in groups of windows.
func (r *rollout) member(ctx context.Context, i int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m, b := r.m, r.b
	first := key{use: predict, form: steps, T: b.T, B: b.B, skip: b.T - 1, out: true, member: i}
	p, err := m.program(first)
	if err != nil {
		return err
	}
	m.feed(p, b, nil)
	if err := p.run(); err != nil {
		return fmt.Errorf("%s: %w", m.name, err)
	}
	group := max(1, maxRows/r.paths)
	for from := 0; from < b.B; from += group {
		w := walk{rollout: r, member: i, from: from, windows: min(group, b.B-from), dist: newDistribution(m)}
		w.begin(p)
		if err := w.run(ctx, p.pred); err != nil {
			return err
		}
	}
	return nil
}

// begin copies the state at the end of each window to its paths.
func (w *walk) begin(p *program) {
	m, hidden, k := w.m, w.m.settings.Hidden, w.m.settings.Highway
	rows := w.windows * w.paths
	for _, s := range p.out {
		w.states = append(w.states, spread(s[w.from*hidden:][:w.windows*hidden], w.windows, w.paths))
	}
	width := len(p.values["x"]) / (w.b.T * w.b.B)
	last := p.values["x"][((w.b.T-1)*w.b.B+w.from)*width:][:w.windows*width]
	w.x = spread(last, w.windows, w.paths)
	if k > 0 {
		w.recent = spread(p.values["recent"][w.from*w.d*k:][:w.windows*w.d*k], w.windows, w.paths)
	}
	if m.settings.Head != "point" {
		w.streams = make([]*rng.Stream, rows)
		for r := range rows {
			w.streams[r] = w.stream(w.from+r/w.paths, r%w.paths)
		}
	}
}

// stream draws the steps of a path: it depends on the window and not on what else is in the batch.
func (w *walk) stream(window, path int) *rng.Stream {
	series, origin := uint64(0), uint64(window)
	if w.b.Series != nil && w.b.Origin != nil {
		series, origin = uint64(w.b.Series[window]), uint64(w.b.Origin[window])
	}
	return w.m.paths.Split(series).Split(origin).Split(uint64(w.member)).Split(uint64(path))
}

// run takes the horizon's steps; out is the output at the end of all windows, [B, width].
func (w *walk) run(ctx context.Context, out []float64) error {
	m, rows := w.m, w.windows*w.paths
	next := make([]float64, rows*w.d)
	out = spread(out[w.from*m.width:][:w.windows*m.width], w.windows, w.paths)
	for h := range w.h {
		w.take(out, next, h)
		if h == w.h-1 {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		p, err := m.program(key{use: predict, form: steps, T: 1, B: rows, in: true, out: true, member: w.member})
		if err != nil {
			return err
		}
		w.advance(next, h)
		copy(p.values["x"], w.x)
		copy(p.values["recent"], w.recent)
		if err = p.setStates(w.states); err == nil {
			err = p.run()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		for i, s := range p.out {
			copy(w.states[i], s)
		}
		copy(out, p.pred)
	}
	return nil
}

// take draws the value of step h on each path, keeps it in the batch's units and leaves it in next, [rows, D].
func (w *walk) take(out, next []float64, h int) {
	m := w.m
	total := w.paths * len(m.nets)
	for r := range next {
		row, d := r/w.d, r%w.d
		window, path := w.from+row/w.paths, row%w.paths
		w.dist.set(out[r*m.outputs:][:m.outputs])
		if w.streams == nil {
			next[r] = w.dist.point()
		} else {
			// The middle of one of 2^52 equal parts of (0, 1), through the inverse of the distribution function.
			u := (float64(w.streams[row].At(uint64(h*w.d+d))>>12) + 0.5) / (1 << 52)
			next[r] = w.dist.quantile(u)
		}
		at := ((h*w.b.B+window)*w.d+d)*total + w.member*w.paths + path
		of := window*w.d + d
		w.values[at] = next[r]*m.norm.spread[of] + m.norm.shift[of]
	}
}

// advance makes the inputs of the step after forecast step h: what was forecast, what is known, and the last value of
// other columns.
func (w *walk) advance(next []float64, h int) {
	l, rows := w.m.layout, w.windows*w.paths
	width := len(w.x) / rows
	known, k := len(l.Future), w.m.settings.Highway
	future := func(h, window, j int) float64 { return w.b.Future.Data[(h*w.b.B+window)*known+j] }
	for r := range rows {
		x, window := w.x[r*width:][:width], w.from+r/w.paths
		for j, column := range l.FutureInputs {
			x[column] = future(h, window, j)
			x[len(l.Inputs)+j] = future(h+1, window, j)
		}
		for j, column := range l.TargetInputs {
			x[column] = next[r*w.d+j]
		}
	}
	for i, v := range next[:rows*w.d] {
		if k > 0 {
			recent := w.recent[i*k:][:k]
			copy(recent, recent[1:])
			recent[k-1] = v
		}
	}
}

// summary is the mean and the quantiles over members and paths.
func (r *rollout) summary(total int) datasets.Prediction {
	s := r.m.settings
	pred := datasets.Prediction{Mean: datasets.NewArray(r.h, r.b.B, r.d)}
	n := len(pred.Mean.Data)
	r.m.levels(&pred)
	for i := range n {
		v := r.values[i*total:][:total]
		for _, x := range v {
			pred.Mean.Data[i] += x / float64(total)
		}
		if s.Head == "point" {
			continue
		}
		slices.Sort(v)
		for q, level := range pred.Levels {
			pred.Quantiles.Data[q*n+i] = sampleQuantile(v, level)
		}
	}
	return pred
}

// sampleQuantile interpolates linearly between sorted values (Hyndman, Fan 1996, definition 7).
func sampleQuantile(sorted []float64, level float64) float64 {
	at := level * float64(len(sorted)-1)
	i := min(int(at), len(sorted)-2)
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// spread repeats each of n rows so many times, in place of each other.
func spread(v []float64, n, times int) []float64 {
	width := len(v) / n
	out := make([]float64, 0, len(v)*times)
	for i := range n {
		for range times {
			out = append(out, v[i*width:][:width]...)
		}
	}
	return out
}
