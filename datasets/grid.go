package datasets

import (
	"fmt"
	"math"
	"time"
)

// DetectFrequency finds the step of strictly increasing time stamps, which may have gaps of whole steps. It fails if
// they lie on no common grid, and names the first that is off.
func DetectFrequency(times []time.Time) (Frequency, error) {
	stamps := make([]int64, len(times))
	for i, t := range times {
		if stamps[i] = t.UnixMicro(); i > 0 && stamps[i] <= stamps[i-1] {
			return Frequency{}, fmt.Errorf("datasets: time stamp %d (%v) is not after the one before it (%v): sort them and keep one of each", i, t, times[i-1])
		}
	}
	f, off := detect(stamps)
	if off >= 0 {
		return Frequency{}, fmt.Errorf("datasets: the time stamps have no common step: %v is no %v step after %v: mend it, or number the rows", times[off], f, times[off-1])
	}
	return f, nil
}

// detect returns the frequency of increasing stamps, and -1. If there is none it returns the most common step and the first
// stamp that is no multiple of it after its neighbour.
func detect(stamps []int64) (Frequency, int) {
	if len(stamps) < 2 {
		return Frequency{}, -1
	}
	step, least := int64(0), int64(math.MaxInt64)
	for i := 1; i < len(stamps); i++ {
		d := stamps[i] - stamps[i-1]
		least = min(least, d)
		for a := d; a != 0; { // Euclid: the greatest common divisor of all differences
			step, a = a, step%a
		}
	}
	if least >= 28*dayMicros {
		if f, ok := detectMonths(stamps); ok {
			return f, -1
		}
	}
	span := stamps[len(stamps)-1] - stamps[0]
	switch {
	case step == dayMicros && businessDays(stamps) && !crowded(int(1+span/dayMicros*5/7), len(stamps)):
		return BusinessDaily, -1
	case step == least && !crowded(int(1+span/step), len(stamps)):
		return fixedStep(step), -1
	}
	return commonStep(stamps)
}

// crowded tells whether a grid has far more rows than there are stamps for: then the step is not the series' own.
func crowded(grid, rows int) bool { return grid > 2*rows+1000 }

func fixedStep(step int64) Frequency {
	if step%dayMicros == 0 {
		return Frequency{Unit: Day, N: int(step / dayMicros)}
	}
	return Frequency{Unit: Clock, N: int(step)}
}

// commonStep returns the most common difference and the first stamp that does not fit it.
func commonStep(stamps []int64) (Frequency, int) {
	count := map[int64]int{}
	best := stamps[1] - stamps[0]
	for i := 1; i < len(stamps); i++ {
		d := stamps[i] - stamps[i-1]
		count[d]++
		if count[d] > count[best] {
			best = d
		}
	}
	if off := offMonths(stamps); off > 0 && best >= 28*dayMicros && best <= 31*dayMicros {
		return Monthly, off
	}
	for i := 1; i < len(stamps); i++ {
		if (stamps[i]-stamps[i-1])%best != 0 {
			return fixedStep(best), i
		}
	}
	// All are multiples, so the gaps are what is too large: name the largest.
	at := 1
	for i := 1; i < len(stamps); i++ {
		if stamps[i]-stamps[i-1] > stamps[at]-stamps[at-1] {
			at = i
		}
	}
	return fixedStep(best), at
}

// offMonths returns the first stamp that is of another day of the month, or time of day, than the first one; 0 if there is none.
func offMonths(stamps []int64) int {
	first := time.UnixMicro(stamps[0]).UTC()
	for i, s := range stamps {
		if t := time.UnixMicro(s).UTC(); t.Day() != first.Day() || s%dayMicros != stamps[0]%dayMicros {
			return i
		}
	}
	return 0
}

// detectMonths finds steps of whole months: stamps on one day of the month and at one time of day, or all on months' last days.
func detectMonths(stamps []int64) (Frequency, bool) {
	first := time.UnixMicro(stamps[0]).UTC()
	anchor, ends := 0, true
	for _, s := range stamps {
		t := time.UnixMicro(s).UTC()
		anchor = max(anchor, t.Day())
		ends = ends && t.Day() == daysIn(t.Year(), int(t.Month()))
	}
	step := 0
	for i, s := range stamps {
		t := time.UnixMicro(s).UTC()
		if s%dayMicros != stamps[0]%dayMicros || t.Day() != min(anchor, daysIn(t.Year(), int(t.Month()))) {
			return Frequency{}, false
		}
		if i > 0 {
			before := time.UnixMicro(stamps[i-1]).UTC()
			for a := (t.Year()-before.Year())*12 + int(t.Month()) - int(before.Month()); a != 0; {
				step, a = a, step%a
			}
		}
	}
	f := Frequency{Unit: Month, N: step, MonthEnd: ends}
	if !ends && anchor != first.Day() {
		return f, false // begins in a month that lacks the day: steps from there would lose it
	}
	last := time.UnixMicro(stamps[len(stamps)-1]).UTC()
	n, _ := f.Steps(first, last)
	return f, !crowded(n+1, len(stamps))
}

// businessDays tells whether daily stamps skip weekends, and at least one.
func businessDays(stamps []int64) bool {
	skipped := false
	before := -1
	for _, s := range stamps {
		weekday := int((s/dayMicros + 3 + 7*1_000_000_000) % 7) // Monday is 0
		if weekday > 4 || (s-stamps[0])%dayMicros != 0 {
			return false
		}
		skipped = skipped || before > weekday
		before = weekday
	}
	return skipped
}

// onGrid gives a series its frequency. Rows that are missing in the file become rows of missing values, and a note.
func (s *Series) onGrid(stamps []int64) error {
	f, off := detect(stamps)
	if off >= 0 {
		s.Freq, s.stamps = Frequency{Unit: Clock, N: minute}, stamps
		return fmt.Errorf("%s: the time stamps have no common step: %s%s does not follow %s by a whole number of steps (%v): "+
			"add or mend rows, or use --time-column none to number them", s.place(), s.Label(off), s.inLine(off), s.Label(off-1), f)
	}
	s.Freq, s.start = f, time.UnixMicro(stamps[0]).UTC()
	last := len(stamps) - 1
	n, _ := f.Steps(s.start, time.UnixMicro(stamps[last]).UTC())
	if n == last {
		return nil
	}
	s.expand(stamps, n+1)
	return nil
}

func (s *Series) inLine(row int) string {
	if line := s.Line(row); line > 0 {
		return fmt.Sprintf(" (line %d)", line)
	}
	return ""
}

// expand spreads the rows over n rows of the grid.
func (s *Series) expand(stamps []int64, n int) {
	rows := make([]int, len(stamps)) // where each goes
	missing, first := n-len(stamps), ""
	old := *s
	s.lines = nil
	at := 0
	for i, stamp := range stamps {
		t := time.UnixMicro(stamp).UTC()
		rows[i], _ = s.Freq.Steps(s.start, t)
		if rows[i] > at {
			s.mark(at, 0)
			if first == "" {
				first = s.Label(at)
			}
		}
		s.mark(rows[i], old.Line(i))
		at = rows[i] + 1
	}
	for c, v := range s.Values {
		wide := make([]float64, n)
		for i := range wide {
			wide[i] = math.NaN()
		}
		for i, row := range rows {
			wide[row] = v[i]
		}
		s.Values[c] = wide
	}
	s.note("%d rows are missing between %s and %s, the first at %s: they stand as missing values", missing, s.Label(0), s.Label(n-1), first)
}
