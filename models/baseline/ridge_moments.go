package baseline

import (
	"math"

	"lenz/datasets"
	"lenz/graph/kernel"
)

// blockRows returns how many rows a system gathers before it multiplies them: enough for fast products, less where so many
// systems gather that their rows would need more memory than their sums.
func blockRows(systems int) int { return min(256, max(32, 4096/systems)) }

// source says which columns of X a window's features come from, and which targets they forecast. A system has several
// when targets share weights.
type source struct{ columns, targets []int }

// system is one linear least-squares problem: features, the inputs, and responses, which are the steps of its targets.
//
// Feature column*most + lag is the value of a column so many rows before the last; after the lags come the known covariates,
// H x F. Response target*H + h is the value h+1 rows after the last.
type system struct {
	ridge             *Ridge
	sources           []source
	inputs, responses int
	block             int       // rows that are multiplied at a time
	base              []int     // of each feature, then response: the lag-0 feature that centring subtracts, -1 for none
	shift             []float64 // subtracted from features and responses before they are multiplied, for precision
	moments           [2]*moments

	fit       fit
	weights   []float64 // [features of the choice, responses]
	intercept []float64 // [responses]
}

// moments are sums over the rows of a part, after the shift.
type moments struct {
	n      float64
	sum    []float64 // [inputs + responses]
	gram   []float64 // features with features (the upper triangle) and with responses, [inputs, inputs + responses]
	square []float64 // of each response, [responses]
	rows   []float64 // rows that wait to be multiplied, [< block, inputs + responses]
}

func newMoments(inputs, responses, block int) *moments {
	width := inputs + responses
	return &moments{sum: make([]float64, width), gram: make([]float64, inputs*width), square: make([]float64, responses),
		rows: make([]float64, 0, block*width)}
}

// fitted tells whether Solve was called.
func (s *system) fitted() bool { return s.intercept != nil }

func newSystem(r *Ridge, block int, sources ...source) *system {
	l := r.layout
	s := &system{ridge: r, sources: sources, block: block}
	s.inputs = len(sources[0].columns) * r.most
	if r.config.Future {
		s.inputs += l.Horizon * len(l.Future)
	}
	s.responses = len(sources[0].targets) * l.Horizon
	s.base = make([]int, s.inputs+s.responses)
	for i := range s.base {
		s.base[i] = -1
	}
	// All sources of a system are alike: the first tells which of its columns are the past of its targets.
	for i, j := range sources[0].targets {
		for c, column := range sources[0].columns {
			if column != l.TargetInputs[j] {
				continue
			}
			for lag := range r.most {
				s.base[c*r.most+lag] = c * r.most
			}
			for h := range l.Horizon {
				s.base[s.inputs+i*l.Horizon+h] = c * r.most
			}
		}
	}
	return s
}

// inputRow writes the features of window k into row.
func (s *system) inputRow(row []float64, b datasets.Batch, k int, from source) {
	l, most := s.ridge.layout, s.ridge.most
	inputs := len(l.Inputs)
	for c, column := range from.columns {
		for lag := range most {
			row[c*most+lag] = b.X.Data[((b.T-1-lag)*b.B+k)*inputs+column]
		}
	}
	if !s.ridge.config.Future {
		return
	}
	at, known := len(from.columns)*most, len(l.Future)
	for h := range l.Horizon {
		copy(row[at+h*known:][:known], b.Future.Data[(h*b.B+k)*known:])
	}
}

// responseRow writes the responses of window k into row and tells whether all of them are known.
func (s *system) responseRow(row []float64, b datasets.Batch, k int, from source) bool {
	horizon, targets := s.ridge.layout.Horizon, len(s.ridge.layout.Targets)
	for i, j := range from.targets {
		for h := range horizon {
			at := (h*b.B+k)*targets + j
			if math.IsNaN(b.Y.Data[at]) || !b.Mask.IsZero() && b.Mask.Data[at] == 0 {
				return false
			}
			row[i*horizon+h] = b.Y.Data[at]
		}
	}
	return true
}

// accumulate adds the windows of a batch to the sums of a part.
func (s *system) accumulate(part int, b datasets.Batch) {
	width := s.inputs + s.responses
	m := s.moments[part]
	if m == nil {
		m = newMoments(s.inputs, s.responses, s.block)
		s.moments[part] = m
	}
	for k := range b.B {
		for _, from := range s.sources {
			at := len(m.rows)
			row := m.rows[at : at+width]
			if !s.responseRow(row[s.inputs:], b, k, from) {
				continue
			}
			s.inputRow(row, b, k, from)
			if s.shift == nil {
				s.shift = s.firstShift(row)
			}
			for i, v := range s.shift {
				row[i] -= v
			}
			m.rows = m.rows[:at+width]
			if len(m.rows) == cap(m.rows) {
				m.flush(s.inputs, s.responses)
			}
		}
	}
}

// firstShift returns what is subtracted from all rows: the first row's last value of each column. Sums of products of
// numbers far from zero would lose their digits. All lags of a column and its responses share one shift, so
// that centred values are unchanged.
func (s *system) firstShift(row []float64) []float64 {
	shift := make([]float64, len(row))
	most := s.ridge.most
	for i := range shift {
		switch {
		case s.base[i] >= 0:
			shift[i] = row[s.base[i]]
		case i < len(s.sources[0].columns)*most:
			shift[i] = row[i/most*most]
		case i >= s.inputs:
			horizon := s.ridge.layout.Horizon
			shift[i] = row[s.inputs+(i-s.inputs)/horizon*horizon]
		}
	}
	return shift
}

// flush multiplies the rows that wait.
func (m *moments) flush(inputs, responses int) {
	width := inputs + responses
	n := len(m.rows) / width
	kernel.SyrkParallel(true, true, inputs, n, 1, m.rows, width, 1, m.gram, width)
	if inputs > 0 {
		kernel.GemmParallel(true, false, inputs, responses, n, 1, m.rows, width, m.rows[inputs:], width, 1, m.gram[inputs:], width)
	}
	for k := range n {
		row := m.rows[k*width:][:width]
		for i, v := range row {
			m.sum[i] += v
		}
		for i, v := range row[inputs:] {
			m.square[i] += v * v
		}
	}
	m.n += float64(n)
	m.rows = m.rows[:0]
}
