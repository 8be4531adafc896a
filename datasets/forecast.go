package datasets

import "fmt"

// LastWindows returns one batch with the last window of each series: what a forecast beyond their ends takes. Y is
// absent. The scaler and the spec are those that the model was trained with (Windows.Spec). Where the spec has known
// columns, future holds for each series the Horizon rows (or more) of them that follow its end; otherwise it may be nil.
func LastWindows(scaler *Scaler, spec WindowSpec, series, future []*Series) (Batch, error) {
	var b Batch
	if len(series) == 0 {
		return b, fmt.Errorf("datasets: no series to forecast: give at least one")
	}
	for k, s := range series {
		spec, layout, err := spec.resolve(s)
		if err != nil {
			return Batch{}, err
		}
		if s.Rows() < spec.Input {
			return Batch{}, fmt.Errorf("%s has %d rows, a window takes %d: give at least so many", s.place(), s.Rows(), spec.Input)
		}
		var known *Series
		if len(spec.Known) > 0 {
			if len(future) != len(series) {
				return Batch{}, fmt.Errorf("datasets: %d series with known columns %s, but future values of %d: give the next %d rows of each",
					len(series), someNames(spec.Known), len(future), spec.Horizon)
			}
			if known, err = follow(s, future[k], spec); err != nil {
				return Batch{}, err
			}
		}
		last := s.Slice(s.Rows()-spec.Input, s.Rows())
		if known == nil {
			known = &Series{Values: [][]float64{make([]float64, spec.Horizon)}} // rows for the calendar alone
		}
		f, err := newFrame(last, known, scaler, spec, layout)
		if err != nil {
			return Batch{}, err
		}
		if k == 0 {
			b.shape(layout, len(series), false)
		}
		b.window(k, f, layout, spec.Input)
		b.Series[k], b.Origin[k] = k, s.Rows()
	}
	return b, nil
}

// follow returns the rows of future that are the horizon of s.
func follow(s, future *Series, spec WindowSpec) (*Series, error) {
	known, err := future.Select(spec.Known...)
	if err != nil {
		return nil, err
	}
	if s.HasTime() && known.HasTime() {
		// The future may also hold rows of the past: begin at the row after the series' end.
		begin := s.Time(s.Rows())
		row := 0
		for row < known.Rows() && known.Time(row).Before(begin) {
			row++
		}
		if row == known.Rows() || !known.Time(row).Equal(begin) {
			return nil, fmt.Errorf("%s: no row at %s, where the forecast begins: give the %d rows from there on", known.place(), s.Label(s.Rows()), spec.Horizon)
		}
		known = known.Slice(row, known.Rows())
	}
	if known.Rows() < spec.Horizon {
		return nil, fmt.Errorf("%s: %d rows of known columns for a horizon of %d: give at least so many", known.place(), known.Rows(), spec.Horizon)
	}
	return known.Slice(0, spec.Horizon), nil
}
