package baseline

import (
	"fmt"

	"lenz/datasets"
)

// History is the past of windows beyond the rows that they hold: the targets of the series of one part, or of the series
// that are to be forecast. Batch.Series numbers its series, Batch.Origin its rows.
type History struct {
	targets []string
	scales  []*datasets.ColumnScaler
	values  [][][]float64 // [series][target][row], in original units, shared with the series
}

// PartHistory returns the history of the windows of a part.
func PartHistory(w *datasets.Windows, part datasets.Part) (*History, error) {
	var series []*datasets.Series
	for _, section := range w.Split().Parts[part] {
		series = append(series, section.Series)
	}
	return SeriesHistory(w.Scaler(), w.Layout().Targets, series...)
}

// SeriesHistory returns the history of windows at the ends of series, as datasets.LastWindows cuts them.
func SeriesHistory(scaler *datasets.Scaler, targets []string, series ...*datasets.Series) (*History, error) {
	h := &History{targets: targets}
	for _, name := range targets {
		c, err := scaler.Column(name)
		if err != nil {
			return nil, err
		}
		h.scales = append(h.scales, c)
	}
	for _, s := range series {
		var columns [][]float64
		for _, name := range targets {
			v, err := s.Column(name)
			if err != nil {
				return nil, err
			}
			columns = append(columns, v)
		}
		h.values = append(h.values, columns)
	}
	return h, nil
}

// check tells whether the windows of a batch lie in the history.
func (h *History) check(b datasets.Batch) error {
	if len(b.Series) != b.B || len(b.Origin) != b.B {
		return fmt.Errorf("baseline: the batch names the series and origins of %d and %d of its %d windows: forecast windows of a split", len(b.Series), len(b.Origin), b.B)
	}
	for k, s := range b.Series {
		if s < 0 || s >= len(h.values) {
			return fmt.Errorf("baseline: a window comes from series %d, the history has %d: make it from the part that is forecast", s, len(h.values))
		}
		if rows := len(h.values[s][0]); b.Origin[k] < 1 || b.Origin[k] > rows {
			return fmt.Errorf("baseline: a window of series %d has its origin at row %d, the history has %d rows: make it from the part that is forecast", s, b.Origin[k], rows)
		}
	}
	return nil
}

// past reads the rows before a window's origin: back(1) is the last one. There are n of them.
type past struct {
	n    int
	back func(rows int) float64
}

// pastOf returns the past of target j in window k of a batch: that of the history, or without one that of the window.
func pastOf(l datasets.Layout, h *History, b datasets.Batch, k, j int) past {
	if h == nil {
		column, inputs := l.TargetInputs[j], len(l.Inputs)
		return past{b.T, func(rows int) float64 { return b.X.Data[((b.T-rows)*b.B+k)*inputs+column] }}
	}
	values, origin := h.values[b.Series[k]][j], b.Origin[k]
	return past{origin, func(rows int) float64 { return h.scales[j].Apply(values[origin-rows]) }}
}
