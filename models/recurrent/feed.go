package recurrent

import (
	"fmt"
	"math"
	"slices"

	"lenz/datasets"
)

// norm is the normalisation of a batch's windows, and the targets' inputs as the network sees them.
type norm struct {
	shift, spread []float64 // [B, D]: of each window and target
	track         []float64 // [K-1+T, B, D]
}

// variance floor of window_norm = standard, as in Kim et al. 2022.
const normFloor = 1e-5

// normalizes tells whether a program works on normalised windows.
func (m *Model) normalizes(k key) bool {
	return m.settings.WindowNorm != "none" && m.layout.Kind == datasets.Forecast && !k.in
}

// keyOf checks a batch against the layout and returns the key of its program. A forecast without truth has no Y.
func (m *Model) keyOf(b datasets.Batch, u use) (key, error) {
	k := key{use: u, T: b.T, B: b.B, lengths: b.Lengths != nil, mask: !b.Mask.IsZero(), member: -1}
	l := m.layout
	forecast := l.Kind == datasets.Forecast
	switch {
	case b.T < 1 || b.B < 1 || !slices.Equal(b.X.Shape, []int{b.T, b.B, len(l.Inputs)}):
		return k, fmt.Errorf("the batch has X %v for T=%d and B=%d, want [T, B, %d] for the inputs %v", b.X.Shape, b.T, b.B, len(l.Inputs), l.Inputs)
	case b.Lengths != nil && len(b.Lengths) != b.B:
		return k, fmt.Errorf("the batch has %d lengths for %d sequences", len(b.Lengths), b.B)
	case b.Carry && forecast && !m.recursive():
		return k, fmt.Errorf("strategy = direct learns from windows, not from chunks that carry their state (truncated BPTT); set strategy = recursive")
	case b.Carry && (l.Kind == datasets.PerSequence || m.settings.Bidirectional):
		return k, fmt.Errorf("the batch is a chunk that carries its state (truncated BPTT), which takes labels for each step and one direction")
	case b.Carry && m.settings.WindowNorm != "none":
		return k, fmt.Errorf("window_norm = %s needs whole windows, not chunks that carry their state (truncated BPTT); set window_norm = none", m.settings.WindowNorm)
	case forecast && !b.Carry && b.Lengths != nil:
		return k, fmt.Errorf("the windows of a forecast must all have the same length; leave Lengths nil")
	case forecast && !b.Carry && b.T < m.settings.Highway:
		return k, fmt.Errorf("the batch has windows of %d steps, highway = %d needs as many at least", b.T, m.settings.Highway)
	}
	k.form, k.in, k.out = steps, b.Carry, b.Carry
	want := []int{b.T, b.B, len(l.Targets)}
	known := []int{l.Horizon, b.B, len(l.Future)}
	switch {
	case b.Carry:
		known[0] = b.T
	case l.Kind == datasets.PerSequence:
		k.form, want = sequence, want[1:]
	case forecast:
		want[0] = l.Horizon
		k.form = direct
		if m.recursive() {
			k.form, k.T, k.skip = steps, b.T+l.Horizon-1, b.T-1
		}
	}
	if forecast && len(l.Future) > 0 && !slices.Equal(b.Future.Shape, known) {
		remedy := "give them, or leave the known columns out"
		if b.Carry {
			remedy = "chunks of long series do not give them; learn from windows, or leave the known columns (and the calendar) out"
		}
		return k, fmt.Errorf("the batch has Future %v, want %v with the known columns %v at the steps that are forecast: %s", b.Future.Shape, known, l.Future, remedy)
	}
	if u != predict && !slices.Equal(b.Y.Shape, want) {
		return k, fmt.Errorf("the batch has Y %v, want %v for the targets %v", b.Y.Shape, want, l.Targets)
	}
	if u == predict {
		k.mask = false
	} else if k.mask && !slices.Equal(b.Mask.Shape, want) {
		return k, fmt.Errorf("the batch has Mask %v, want %v as Y", b.Mask.Shape, want)
	}
	return k, nil
}

// feed fills the program's memory from the batch. Carried is nil unless states are carried.
func (m *Model) feed(p *program, b datasets.Batch, c *carried) {
	k := p.key
	m.windows(b, k)
	m.fillX(p.values["x"], b, k)
	if recent := p.values["recent"]; recent != nil {
		m.follow(p.values["x"], k, c)
		m.fillRecent(recent, k)
	}
	if future := p.values["future"]; future != nil {
		copy(future, b.Future.Data)
	}
	if lengths := p.values["lengths"]; lengths != nil {
		for i, n := range b.Lengths {
			lengths[i] = float64(n)
		}
	}
	if y := p.values["y"]; y != nil {
		copy(y, b.Y.Data)
		m.fillScale(p, y, k)
	}
	if mask := p.values["mask"]; mask != nil {
		copy(mask, b.Mask.Data)
	}
}

// windows computes the normalisation of each window and target, from the past alone.
func (m *Model) windows(b datasets.Batch, k key) {
	d, width := len(m.layout.Targets), len(m.layout.Inputs)
	m.norm.shift, m.norm.spread = resize(m.norm.shift, k.B*d), resize(m.norm.spread, k.B*d)
	for i := range m.norm.shift {
		m.norm.shift[i], m.norm.spread[i] = 0, 1
	}
	if !m.normalizes(k) {
		return
	}
	for i := range k.B {
		for j, column := range m.layout.TargetInputs {
			at := func(t int) float64 { return b.X.Data[(t*k.B+i)*width+column] }
			shift, spread := at(b.T-1), 1.0
			if m.settings.WindowNorm != "last" {
				shift = 0
				for t := range b.T {
					shift += at(t) / float64(b.T)
				}
			}
			if m.settings.WindowNorm == "standard" {
				variance := 0.0
				for t := range b.T {
					variance += (at(t) - shift) * (at(t) - shift) / float64(b.T)
				}
				spread = math.Sqrt(variance + normFloor)
			}
			m.norm.shift[i*d+j], m.norm.spread[i*d+j] = shift, spread
		}
	}
}

// fillX fills x [k.T, B, I], or [k.T, B, I+F] for a recursive model, whose inputs are joined by the known columns of
// the step that is forecast. Steps beyond the batch's T hold the truth (teacher forcing; Williams, Zipser 1989) where
// it is a target or known, and the last value of other columns.
func (m *Model) fillX(x []float64, b datasets.Batch, k key) {
	l := m.layout
	inputs, known := len(l.Inputs), 0
	if m.recursive() {
		known = len(l.Future)
	}
	width := inputs + known
	for t := range k.T {
		for i := range k.B {
			row := x[(t*k.B+i)*width:][:width]
			if t < b.T {
				copy(row, b.X.Data[(t*b.B+i)*inputs:][:inputs])
			} else {
				m.teach(row[:inputs], b, i, t-b.T)
			}
			for j := range known {
				row[inputs+j] = m.knownNext(b, i, t, j)
			}
			if m.normalizes(k) {
				m.normalize(row, i)
			}
		}
	}
}

// teach fills the inputs of window i at forecast step h.
func (m *Model) teach(row []float64, b datasets.Batch, i, h int) {
	l := m.layout
	inputs, targets, known := len(l.Inputs), len(l.Targets), len(l.Future)
	copy(row, b.X.Data[((b.T-1)*b.B+i)*inputs:][:inputs])
	for j, column := range l.FutureInputs {
		row[column] = b.Future.Data[(h*b.B+i)*known+j]
	}
	for j, column := range l.TargetInputs {
		row[column] = b.Y.Data[(h*b.B+i)*targets+j]
	}
}

// knownNext is known column j of window i at the step after t.
func (m *Model) knownNext(b datasets.Batch, i, t, j int) float64 {
	l := m.layout
	switch {
	case b.Carry:
		return b.Future.Data[(t*b.B+i)*len(l.Future)+j]
	case t+1 < b.T:
		return b.X.Data[((t+1)*b.B+i)*len(l.Inputs)+l.FutureInputs[j]]
	}
	return b.Future.Data[((t+1-b.T)*b.B+i)*len(l.Future)+j]
}

// normalize takes the window's shift and spread out of the targets' inputs.
func (m *Model) normalize(row []float64, i int) {
	d := len(m.layout.Targets)
	for j, column := range m.layout.TargetInputs {
		row[column] = (row[column] - m.norm.shift[i*d+j]) / m.norm.spread[i*d+j]
	}
}

// follow lays out the track: what was carried (or zeros), then the targets' inputs of x.
func (m *Model) follow(x []float64, k key, c *carried) {
	d, lag := len(m.layout.Targets), m.settings.Highway-1
	width := len(x) / (k.T * k.B)
	m.norm.track = resize(m.norm.track, (lag+k.T)*k.B*d)
	head := m.norm.track[:lag*k.B*d]
	clear(head)
	if c != nil {
		copy(head, c.track)
	}
	for r := range k.T * k.B {
		for j, column := range m.layout.TargetInputs {
			m.norm.track[len(head)+r*d+j] = x[r*width+column]
		}
	}
}

// fillRecent fills, for each step of the readout, window and target, the last values of the target's input, oldest
// first. A direct readout has one step, the last one.
func (m *Model) fillRecent(recent []float64, k key) {
	n, row := m.settings.Highway, k.B*len(m.layout.Targets)
	first := k.skip
	if k.form == direct {
		first = k.T - 1
	}
	for t := first; t < k.T; t++ {
		for r := range row {
			for j := range n {
				recent[((t-first)*row+r)*n+j] = m.norm.track[(t+j)*row+r]
			}
		}
	}
}

// fillScale feeds the way back from normalised outputs or, for the gaussian head, normalises the targets.
func (m *Model) fillScale(p *program, y []float64, k key) {
	if !m.normalizes(k) {
		return
	}
	shift, scale := p.values["shift"], p.values["scale"]
	row := k.B * len(m.layout.Targets)
	for i := range y {
		if shift == nil {
			y[i] = (y[i] - m.norm.shift[i%row]) / m.norm.spread[i%row]
			continue
		}
		shift[i], scale[i] = m.norm.shift[i%row], m.norm.spread[i%row]
	}
}

func resize(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n)
	}
	return s[:n]
}
