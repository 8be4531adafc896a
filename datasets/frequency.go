package datasets

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"lenz/internal/near"
)

// Unit is what a Frequency counts.
type Unit int

// The units. Clock counts microseconds; Day counts calendar days; Month counts calendar months.
const (
	Index Unit = iota // no time: rows are numbered
	Clock
	Day
	BusinessDay // Monday to Friday
	Month
)

// Frequency is the step between the rows of a series: N units. The zero value means that rows are numbered.
type Frequency struct {
	Unit Unit
	N    int
	// MonthEnd says, for Month, that every time stamp is the last day of its month.
	MonthEnd bool
}

const (
	second = 1_000_000 // microseconds
	minute = 60 * second
	hour   = 60 * minute
)

// The usual frequencies.
var (
	Yearly        = Frequency{Unit: Month, N: 12}
	Quarterly     = Frequency{Unit: Month, N: 3}
	Monthly       = Frequency{Unit: Month, N: 1}
	Weekly        = Frequency{Unit: Day, N: 7}
	Daily         = Frequency{Unit: Day, N: 1}
	BusinessDaily = Frequency{Unit: BusinessDay, N: 1}
	Hourly        = Frequency{Unit: Clock, N: hour}
)

// Minutes returns the frequency of a row every n minutes.
func Minutes(n int) Frequency { return Frequency{Unit: Clock, N: n * minute} }

// Seconds returns the frequency of a row every n seconds.
func Seconds(n int) Frequency { return Frequency{Unit: Clock, N: n * second} }

func frequencyNames() map[string]Frequency {
	return map[string]Frequency{
		"index": {}, "yearly": Yearly, "quarterly": Quarterly, "monthly": Monthly, "weekly": Weekly,
		"daily": Daily, "business-daily": BusinessDaily, "hourly": Hourly, "minutely": Minutes(1), "secondly": Seconds(1),
	}
}

// ParseFrequency takes what String gives: "monthly", "every 15 minutes", ...
func ParseFrequency(text string) (Frequency, error) {
	end := strings.HasSuffix(text, " (month ends)")
	text = strings.TrimSuffix(text, " (month ends)")
	if f, ok := frequencyNames()[text]; ok {
		f.MonthEnd = end
		return f, nil
	}
	var n int
	var unit string
	if _, err := fmt.Sscanf(text, "every %d %s", &n, &unit); err == nil && n > 0 {
		for _, u := range frequencyUnits() {
			if u.name+"s" == unit {
				u.step.N *= n
				u.step.MonthEnd = end
				return u.step, nil
			}
		}
	}
	names := slices.Sorted(maps.Keys(frequencyNames())) // the first of equally near ones is suggested
	return Frequency{}, fmt.Errorf("datasets: unknown frequency %q%s", text, near.Suggest(text, names))
}

// MarshalText returns String, so that a frequency is written by its name.
func (f Frequency) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText takes what ParseFrequency takes.
func (f *Frequency) UnmarshalText(text []byte) (err error) {
	*f, err = ParseFrequency(string(text))
	return err
}

type frequencyUnit struct {
	name string
	step Frequency
}

func frequencyUnits() []frequencyUnit {
	return []frequencyUnit{
		{"year", Yearly}, {"month", Monthly}, {"week", Weekly}, {"day", Daily}, {"business day", BusinessDaily},
		{"hour", Hourly}, {"minute", Minutes(1)}, {"second", Seconds(1)}, {"microsecond", Frequency{Unit: Clock, N: 1}},
	}
}

// String returns the name: "monthly", "weekly", "every 15 minutes", "monthly (month ends)", "index", ...
func (f Frequency) String() string {
	if f.MonthEnd {
		f.MonthEnd = false
		return f.String() + " (month ends)"
	}
	for name, g := range frequencyNames() {
		if f == g {
			return name
		}
	}
	for _, u := range frequencyUnits() {
		if u.step.Unit == f.Unit && f.N%u.step.N == 0 {
			return fmt.Sprintf("every %d %ss", f.N/u.step.N, u.name)
		}
	}
	return "index"
}

// Period returns the length in steps of the season that is usual at the frequency: 12 for monthly, 4 for quarterly,
// 52 for weekly, 7 for daily, 5 for business days, a day for hours, minutes and seconds; 1 where there is none.
func (f Frequency) Period() int {
	const day = 24 * hour
	switch {
	case f.Unit == Month && f.N < 12 && 12%f.N == 0:
		return 12 / f.N
	case f == Weekly:
		return 52
	case f == Daily:
		return 7
	case f == BusinessDaily:
		return 5
	case f.Unit == Clock && f.N < day && day%f.N == 0:
		return day / f.N
	}
	return 1
}

// Add returns the time n steps after t, n may be negative. Months keep the day of the month where it exists and
// take the last one otherwise; with MonthEnd they give the last day of the month. A business day after a Friday is
// a Monday. For Index it returns t.
func (f Frequency) Add(t time.Time, n int) time.Time {
	switch f.Unit {
	case Clock:
		return time.UnixMicro(t.UnixMicro() + int64(n)*int64(f.N)).In(t.Location())
	case Day:
		return t.AddDate(0, 0, n*f.N)
	case BusinessDay:
		return addBusinessDays(t, n*f.N)
	case Month:
		y, m, d := t.Date()
		last := time.Date(y, m+time.Month(n*f.N)+1, 0, 0, 0, 0, 0, t.Location()) // the month's last day
		if f.MonthEnd || d > last.Day() {
			d = last.Day()
		}
		hh, mm, ss := t.Clock()
		return time.Date(last.Year(), last.Month(), d, hh, mm, ss, t.Nanosecond(), t.Location())
	}
	return t
}

// addBusinessDays counts in whole weeks and then in days; a time on a weekend counts as the Friday before.
func addBusinessDays(t time.Time, n int) time.Time {
	day := (int(t.Weekday()) + 6) % 7 // Monday is 0
	if day > 4 {
		t, day = t.AddDate(0, 0, 4-day), 4
	}
	week := floorDiv(day+n, 5)
	return t.AddDate(0, 0, 7*week+(day+n-5*week)-day)
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// Steps returns how many steps b is after a, and whether that is exact; false for Index.
func (f Frequency) Steps(a, b time.Time) (int, bool) {
	var n int
	switch f.Unit {
	case Clock:
		n = floorDiv(int(b.UnixMicro()-a.UnixMicro()), f.N)
	case Day:
		n = floorDiv(dayNumber(b)-dayNumber(a), f.N)
	case BusinessDay:
		n = floorDiv(businessNumber(b)-businessNumber(a), f.N)
	case Month:
		n = floorDiv((b.Year()-a.Year())*12+int(b.Month())-int(a.Month()), f.N)
	default:
		return 0, false
	}
	return n, f.Add(a, n).Equal(b)
}

func dayNumber(t time.Time) int { return floorDiv(int(t.UnixMicro()), 24*hour) }

// businessNumber numbers the days from Monday to Friday; day 0 (1970-01-01) was a Thursday.
func businessNumber(t time.Time) int {
	d := dayNumber(t) + 3
	week := floorDiv(d, 7)
	return 5*week + min(d-7*week, 4)
}
