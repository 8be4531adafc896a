package datasets

import (
	"fmt"
	"slices"
)

// LastWindows returns one batch with the last window of each series: what a forecast beyond their ends takes. Y is
// absent. The scaler and the spec are those that the model was trained with (Windows.Spec). Where the spec has known
// columns, future holds for each series the Horizon rows (or more) of them that follow its end; otherwise it may be nil.
// Several series are paired with their futures by Series.Name, in any order; one series takes one future of any name.
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
			if k == 0 {
				if future, err = pairFutures(series, future, spec); err != nil {
					return Batch{}, err
				}
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

// pairFutures returns the future of each series, found by name.
func pairFutures(series, future []*Series, spec WindowSpec) ([]*Series, error) {
	if len(future) == 0 {
		return nil, fmt.Errorf("datasets: %d series with known columns %s, but future values of 0: give the next %d rows of each",
			len(series), someNames(spec.Known), spec.Horizon)
	}
	if len(series) == 1 && len(future) == 1 {
		return future, nil
	}
	pairs := make([]*Series, len(series))
	place := make(map[string]int, len(series))
	for k, s := range series {
		if _, twice := place[s.Name]; twice {
			return nil, fmt.Errorf("datasets: two series are named %q, so their futures cannot be told apart: rename one", s.Name)
		}
		place[s.Name] = k
	}
	for _, f := range future {
		k, ok := place[f.Name]
		if !ok {
			return nil, fmt.Errorf("%s: a future of %q, but there is no such series to forecast (there are %s): leave it out, or name it after its series",
				f.place(), f.Name, seriesNames(series))
		}
		if pairs[k] != nil {
			return nil, fmt.Errorf("%s: two futures of %q: give one for each series", f.place(), f.Name)
		}
		pairs[k] = f
	}
	if k := slices.Index(pairs, nil); k >= 0 {
		return nil, fmt.Errorf("datasets: no future of %q among those of %s: give the next %d rows of %s for each series",
			series[k].Name, seriesNames(future), spec.Horizon, someNames(spec.Known))
	}
	return pairs, nil
}

func seriesNames(list []*Series) string {
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = s.Name
	}
	return someNames(names)
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
	known = known.Slice(0, spec.Horizon)
	if !s.HasTime() || !known.HasTime() || known.Freq == s.Freq && known.stamps == nil {
		return known, nil
	}
	for row := range spec.Horizon {
		if due := s.Time(s.Rows() + row); !known.Time(row).Equal(due) {
			return nil, fmt.Errorf("%s is %v, %s goes on at steps that are %v: row %d after its end is at %s and should be at %s; give a row for each step",
				known.place(), known.Freq, s.place(), s.Freq, row+1, known.Label(row), s.Label(s.Rows()+row))
		}
	}
	return known, nil
}
