package datasets

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"lenz/internal/near"
)

// MissingPolicy says what becomes of missing values.
type MissingPolicy string

// The policies.
const (
	// Refuse makes a missing value an error that names the first positions.
	Refuse MissingPolicy = "refuse"
	// Interpolate fills gaps on the straight line between their neighbours; ends take the nearest value, and notes say how
	// many values were filled. It uses the value after a gap: a window that ends inside a gap sees its future, and scores
	// on such windows are too good. Where that matters take Hold.
	Interpolate MissingPolicy = "interpolate"
	// Hold fills gaps with the last value before them, which is known when the gap is met: no window sees its future. Only a
	// gap at the very beginning, where nothing is known yet, takes the next value. Notes say how many values were filled.
	Hold MissingPolicy = "hold"
	// Drop leaves out rows with a missing value. The rows that stay keep their time stamps but count as neighbours; a
	// note says so.
	Drop MissingPolicy = "drop"
)

// MissingPolicies returns the names of the policies.
func MissingPolicies() []string {
	return []string{string(Refuse), string(Interpolate), string(Hold), string(Drop)}
}

// ResolveMissing applies the policy to all columns and returns the series without missing values; select the columns first,
// so that others' gaps do not count. The result shares the values where nothing changed.
func (s *Series) ResolveMissing(policy MissingPolicy) (*Series, error) {
	if policy == "" {
		policy = Refuse
	}
	if !slices.Contains(MissingPolicies(), string(policy)) {
		return nil, fmt.Errorf("datasets: unknown policy %q for missing values%s (there are %s)", policy,
			near.Suggest(string(policy), MissingPolicies()), strings.Join(MissingPolicies(), ", "))
	}
	count, _ := s.Missing(0)
	switch {
	case count == 0:
		return s, nil
	case policy == Refuse:
		return nil, s.refuseMissing(s.Columns)
	case policy == Drop:
		return s.dropMissing()
	case policy == Hold:
		return s.hold()
	}
	return s.interpolate()
}

// refuseMissing is the error that names the first missing values of the columns, nil if there are none.
func (s *Series) refuseMissing(columns []string) error {
	part, err := s.Select(columns...)
	if err != nil {
		return err
	}
	count, first := part.Missing(3)
	if count == 0 {
		return nil
	}
	places := make([]string, len(first))
	for i, p := range first {
		places[i] = fmt.Sprintf("%q at %s", p.Column, p.Label)
		switch {
		case !s.HasTime() && p.Line > 0:
			places[i] = fmt.Sprintf("%q in line %d", p.Column, p.Line)
		case !s.HasTime():
			places[i] = fmt.Sprintf("%q in row %d", p.Column, p.Row)
		case p.Line > 0:
			places[i] += fmt.Sprintf(" (line %d)", p.Line)
		case s.lines != nil:
			places[i] += " (the file has no such row)"
		}
	}
	more := ""
	if count > len(first) {
		more = ", ..."
	}
	what := fmt.Sprintf("%d missing values", count)
	if count == 1 {
		what = "a missing value"
	}
	return fmt.Errorf("%s: %s: %s%s; fill gaps in the file, or use --missing interpolate, hold or drop",
		s.place(), what, strings.Join(places, ", "), more)
}

func (s *Series) dropMissing() (*Series, error) {
	var keep []int
	for row := range s.Rows() {
		if !slices.ContainsFunc(s.Values, func(v []float64) bool { return math.IsNaN(v[row]) }) {
			keep = append(keep, row)
		}
	}
	if len(keep) == 0 {
		return nil, fmt.Errorf("%s: every row misses a value, dropping leaves none: select columns that are filled, or use --missing interpolate or hold", s.place())
	}
	c := *s
	c.Values, c.lines = make([][]float64, len(s.Values)), nil
	for i, v := range s.Values {
		c.Values[i] = make([]float64, len(keep))
		for j, row := range keep {
			c.Values[i][j] = v[row]
		}
	}
	if s.HasTime() {
		c.stamps = make([]int64, len(keep))
		for j, row := range keep {
			c.stamps[j] = s.Time(row).UnixMicro()
		}
	}
	if s.lines != nil {
		for j, row := range keep {
			c.mark(j, s.Line(row))
		}
	}
	c.note("%d of %d rows with missing values were dropped: the rows on either side of a gap count as neighbours", s.Rows()-len(keep), s.Rows())
	return &c, nil
}

// mark records the line of a row that follows those recorded.
func (s *Series) mark(row, line int) {
	if n := len(s.lines); n > 0 {
		last := s.lines[n-1]
		if last.line == 0 && line == 0 || last.line > 0 && line == last.line+row-last.row {
			return
		}
	}
	s.lines = append(s.lines, lineMark{row, line})
}

func (s *Series) interpolate() (*Series, error) {
	c := *s
	c.Values = slices.Clone(s.Values)
	ends, filled := 0, 0
	for i, v := range s.Values {
		known := slices.IndexFunc(v, func(x float64) bool { return !math.IsNaN(x) })
		if known < 0 {
			return nil, fmt.Errorf("%s: column %q has no value to interpolate from: leave it out", s.place(), s.Columns[i])
		}
		if !slices.ContainsFunc(v, math.IsNaN) {
			continue
		}
		v = slices.Clone(v)
		c.Values[i] = v
		for row := range known {
			v[row] = v[known]
		}
		ends += known
		for row := known + 1; row < len(v); row++ {
			if math.IsNaN(v[row]) {
				continue
			}
			for gap := known + 1; gap < row; gap++ {
				share := float64(gap-known) / float64(row-known)
				v[gap] = v[known]*(1-share) + v[row]*share
				filled++
			}
			known = row
		}
		for row := known + 1; row < len(v); row++ {
			v[row] = v[known]
			ends++
		}
	}
	if filled > 0 {
		c.note("%d missing values were interpolated", filled)
	}
	if ends > 0 {
		c.note("%d missing values at the ends were filled with the nearest value", ends)
	}
	return &c, nil
}

// hold fills each gap with the value before it.
func (s *Series) hold() (*Series, error) {
	c := *s
	c.Values = slices.Clone(s.Values)
	held, begin := 0, 0
	for i, v := range s.Values {
		known := slices.IndexFunc(v, func(x float64) bool { return !math.IsNaN(x) })
		if known < 0 {
			return nil, fmt.Errorf("%s: column %q has no value to hold: leave it out", s.place(), s.Columns[i])
		}
		v = slices.Clone(v)
		c.Values[i] = v
		for row := range known {
			v[row] = v[known]
		}
		begin += known
		for row := known + 1; row < len(v); row++ {
			if math.IsNaN(v[row]) {
				v[row] = v[row-1]
				held++
			}
		}
	}
	if held > 0 {
		c.note("%d missing values were filled with the last value before them", held)
	}
	if begin > 0 {
		c.note("%d missing values at the beginning were filled with the next value, as there is none before them", begin)
	}
	return &c, nil
}

// note adds a note without touching those of the series that s was copied from.
func (s *Series) note(format string, args ...any) {
	s.Notes = append(slices.Clip(s.Notes), fmt.Sprintf(format, args...))
}
