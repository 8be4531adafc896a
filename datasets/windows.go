package datasets

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// WindowSpec says how windows are cut from series: Input rows of the past, then Horizon rows to forecast.
type WindowSpec struct {
	Input   int // rows of the past, T
	Horizon int // rows to forecast, H
	Stride  int // rows from one window to the next; 0 means 1
	Batch   int // windows a batch, B; 0 means 32
	// Inputs names the columns whose past goes in; empty means all columns. Known columns are always added.
	Inputs []string
	// Targets names the columns to forecast; empty means all columns that are not known.
	Targets []string
	// Known names columns whose values at the forecast steps are known beforehand, such as holidays or prices that are set.
	Known []string
	// Calendar adds features of the time stamps as known columns: see CalendarFeatures.
	Calendar bool
}

// Windows cuts the windows of a split. Build it with NewWindows, then take a Source for each part.
type Windows struct {
	split  Split
	spec   WindowSpec
	layout Layout
	scaler *Scaler
	frames map[*Series]*frame
}

// NewWindows scales the series of a split and checks that the columns exist and that no value that is used is missing.
func NewWindows(split Split, scaler *Scaler, spec WindowSpec) (*Windows, error) {
	if scaler == nil {
		return nil, fmt.Errorf("datasets: windows want a scaler: FitScaler makes one, and one of the scaling none leaves the values as they are")
	}
	if len(split.Parts[Train]) == 0 {
		return nil, fmt.Errorf("datasets: the split has no training part: give it at least one series")
	}
	spec, layout, err := spec.resolve(split.Parts[Train][0].Series)
	if err != nil {
		return nil, err
	}
	w := &Windows{split: split, spec: spec, layout: layout, scaler: scaler, frames: map[*Series]*frame{}}
	rows := map[*Series]int{} // how many rows of each series are used
	for _, sections := range split.Parts {
		for _, s := range sections {
			if s.From < 0 || s.To < s.From || s.To > s.Series.Rows() {
				return nil, fmt.Errorf("%s: a section of the split has the rows %d to %d, the series has %d: cut the split from the same series",
					s.Series.place(), s.From, s.To, s.Series.Rows())
			}
			rows[s.Series] = max(rows[s.Series], s.To)
		}
	}
	for _, sections := range split.Parts {
		for _, s := range sections {
			if w.frames[s.Series] != nil {
				continue
			}
			if w.frames[s.Series], err = newFrame(s.Series.Slice(0, rows[s.Series]), nil, scaler, spec, layout); err != nil {
				return nil, err
			}
		}
	}
	return w, nil
}

// Layout describes the batches.
func (w *Windows) Layout() Layout { return w.layout }

// Spec returns the settings with the defaults filled in and all columns named.
func (w *Windows) Spec() WindowSpec { return w.spec }

// Scaler returns the scaler.
func (w *Windows) Scaler() *Scaler { return w.scaler }

// Split returns the split.
func (w *Windows) Split() Split { return w.split }

// resolve fills in the defaults and lays out the columns: inputs, then known columns among them, then the calendar.
func (p WindowSpec) resolve(s *Series) (WindowSpec, Layout, error) {
	fail := func(err error) (WindowSpec, Layout, error) { return p, Layout{}, err }
	if p.Input < 1 || p.Horizon < 1 {
		return fail(fmt.Errorf("datasets: windows have input %d and horizon %d: both must be at least 1", p.Input, p.Horizon))
	}
	if p.Stride < 0 || p.Batch < 0 {
		return fail(fmt.Errorf("datasets: windows have stride %d and batch %d: neither may be negative", p.Stride, p.Batch))
	}
	if p.Stride == 0 {
		p.Stride = 1
	}
	if p.Batch == 0 {
		p.Batch = 32
	}
	if len(p.Inputs) == 0 {
		p.Inputs = s.Columns
	}
	if len(p.Targets) == 0 {
		for _, c := range s.Columns {
			if !slices.Contains(p.Known, c) {
				p.Targets = append(p.Targets, c)
			}
		}
	}
	for _, names := range [][]string{p.Inputs, p.Targets, p.Known} {
		for i, c := range names {
			if _, err := s.Index(c); err != nil {
				return fail(err)
			}
			if slices.Index(names, c) < i {
				return fail(fmt.Errorf("%s: column %q is named twice among %s: name it once", s.place(), c, strings.Join(names, ", ")))
			}
		}
	}
	for _, c := range p.Known {
		if slices.Contains(p.Targets, c) {
			return fail(fmt.Errorf("%s: column %q is both a target and known in the future: take it from one of the two", s.place(), c))
		}
	}
	if p.Calendar && len(CalendarFeatures(s.Freq)) == 0 {
		return fail(fmt.Errorf("%s: a calendar has nothing to say about rows that are %v: leave calendar features out, or name a column of finer time stamps", s.place(), s.Freq))
	}
	if len(p.Targets) == 0 {
		return fail(fmt.Errorf("%s: every column is known in the future, none is left to forecast: name a target", s.place()))
	}
	return p, p.layout(s), nil
}

func (p WindowSpec) layout(s *Series) Layout {
	l := Layout{Kind: Forecast, Input: p.Input, Horizon: p.Horizon, Batch: p.Batch, Targets: p.Targets}
	l.Inputs = slices.Clone(p.Inputs)
	for _, c := range p.Known {
		if !slices.Contains(l.Inputs, c) {
			l.Inputs = append(l.Inputs, c)
		}
	}
	l.Future = slices.Clone(p.Known)
	if p.Calendar {
		features := CalendarFeatures(s.Freq)
		l.Inputs, l.Future = append(l.Inputs, features...), append(l.Future, features...)
	}
	for _, c := range l.Targets {
		l.TargetInputs = append(l.TargetInputs, slices.Index(l.Inputs, c))
	}
	for _, c := range l.Future {
		l.FutureInputs = append(l.FutureInputs, slices.Index(l.Inputs, c))
	}
	return l
}

// frame is a series ready to be cut: a row holds the I inputs and then the targets that are not among them.
type frame struct {
	rows, width int
	data        []float64 // [rows + future rows, width]
	targets     []int     // column of each target
}

// newFrame scales what the layout names. Future holds the known columns of the rows after the series' end, or is nil.
func newFrame(s, future *Series, scaler *Scaler, spec WindowSpec, l Layout) (*frame, error) {
	columns := slices.Clone(l.Inputs)
	f := &frame{rows: s.Rows()}
	for i, c := range l.Targets {
		at := l.TargetInputs[i]
		if at < 0 {
			at = len(columns)
			columns = append(columns, c)
		}
		f.targets = append(f.targets, at)
	}
	f.width = len(columns)
	ahead := 0
	if future != nil {
		ahead = future.Rows()
	}
	f.data = make([]float64, (f.rows+ahead)*f.width)
	calendar := 0
	if spec.Calendar {
		features := CalendarFeatures(s.Freq)
		calendar = len(features)
		if !slices.Equal(features, l.Inputs[max(0, len(l.Inputs)-calendar):]) {
			return nil, fmt.Errorf("%s has rows that are %v, whose calendar features differ from the first series': give series of one frequency", s.place(), s.Freq)
		}
	}
	first := len(l.Inputs) - calendar // where the calendar's columns are
	for i, c := range columns {
		if i >= first && i < len(l.Inputs) {
			continue
		}
		scale, err := scaler.Column(c)
		if err != nil {
			return nil, err
		}
		if err := f.fill(i, 0, s, scale); err != nil {
			return nil, err
		}
		if ahead > 0 && slices.Contains(spec.Known, c) {
			if err := f.fill(i, f.rows, future, scale); err != nil {
				return nil, err
			}
		}
	}
	for row := 0; calendar > 0 && row < f.rows+ahead; row++ {
		at := row*f.width + first
		calendarRow(f.data[at:at:at+calendar], s.Freq, s.Time(row))
	}
	return f, nil
}

// fill scales a column of s into column i of the frame, from a row on.
func (f *frame) fill(i, from int, s *Series, scale *ColumnScaler) error {
	values, err := s.Column(scale.Name)
	if err != nil {
		return err
	}
	for row, v := range values {
		if math.IsNaN(v) {
			return s.refuseMissing([]string{scale.Name})
		}
		if err := scale.domain(s, row, v); err != nil {
			return err
		}
		f.data[(from+row)*f.width+i] = scale.Apply(v)
	}
	return nil
}

// sectionError says that a part of a series is too short for a window.
func (w *Windows) sectionError(p Part, s Section) error {
	input, need := w.spec.Input, w.spec.Horizon
	reach := "its windows' inputs may reach back before it"
	if s.From < input {
		need = input + w.spec.Horizon - s.From
		reach = fmt.Sprintf("only %d rows lie before it", s.From)
	}
	return fmt.Errorf("%s: the %v part has %d rows, a window of input %d and horizon %d needs %d (%s): use a smaller input or horizon, another split, or more data",
		s.Series.place(), p, s.Rows(), input, w.spec.Horizon, need, reach)
}

// part returns the sections of a part, which must not be empty.
func (w *Windows) part(p Part) ([]Section, error) {
	rows := 0
	for _, s := range w.split.Parts[p] {
		rows += s.Rows()
	}
	if rows == 0 {
		return nil, fmt.Errorf("datasets: the split leaves no rows for the %v part: give it some", p)
	}
	return w.split.Parts[p], nil
}
