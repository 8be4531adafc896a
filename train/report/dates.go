package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Seconds gives the place of a time on an axis with Time set: the seconds since 1970 of the clock on the wall, so
// that labels show the times that stand in the data, whatever their zone.
func Seconds(t time.Time) float64 {
	_, offset := t.Zone()
	return float64(t.Unix()+int64(offset)) + float64(t.Nanosecond())/1e9
}

// wall is the inverse of Seconds, in UTC.
func wall(s float64) time.Time {
	whole := math.Floor(s)
	return time.Unix(int64(whole), int64((s-whole)*1e9)).UTC()
}

const day = 24 * 3600

// interval is a step of the calendar, in one of its units.
type interval struct {
	years, months, days, seconds int
}

// intervals are the steps that people read easily, from fine to coarse.
var intervals = [...]interval{
	{seconds: 1}, {seconds: 5}, {seconds: 15}, {seconds: 30},
	{seconds: 60}, {seconds: 5 * 60}, {seconds: 15 * 60}, {seconds: 30 * 60},
	{seconds: 3600}, {seconds: 3 * 3600}, {seconds: 6 * 3600}, {seconds: 12 * 3600},
	{days: 1}, {days: 2}, {days: 7}, {days: 14},
	{months: 1}, {months: 2}, {months: 3}, {months: 6},
	{years: 1}, {years: 2}, {years: 5}, {years: 10}, {years: 20}, {years: 50},
	{years: 100}, {years: 200}, {years: 500}, {years: 1000},
}

// length is the interval's mean length in seconds.
func (v interval) length() float64 {
	return float64(v.seconds) + day*(float64(v.days)+30.44*float64(v.months)+365.25*float64(v.years))
}

// floor gives the last border of the interval that is not after t.
func (v interval) floor(t time.Time) time.Time {
	y, m, d := t.Date()
	switch {
	case v.years > 0:
		return time.Date(y-((y%v.years)+v.years)%v.years, 1, 1, 0, 0, 0, 0, time.UTC)
	case v.months > 0:
		return time.Date(y, m-(m-1)%time.Month(v.months), 1, 0, 0, 0, 0, time.UTC)
	case v.days > 0:
		days := int(math.Floor(Seconds(t)/day)) + 3 // counted from a Monday, so that weeks begin there
		return time.Date(y, m, d-((days%v.days)+v.days)%v.days, 0, 0, 0, 0, time.UTC)
	}
	midnight := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	return midnight.Add(t.Sub(midnight) / (time.Duration(v.seconds) * time.Second) * (time.Duration(v.seconds) * time.Second))
}

// next gives the border after the border t.
func (v interval) next(t time.Time) time.Time {
	return t.AddDate(v.years, v.months, v.days).Add(time.Duration(v.seconds) * time.Second)
}

// format writes a border.
func (v interval) format(t time.Time) string {
	switch {
	case v.years > 0:
		return strconv.Itoa(t.Year())
	case v.months > 0:
		return t.Format("Jan 2006")
	case v.days > 0 || t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0:
		return t.Format("2 Jan")
	case v.seconds%60 == 0:
		return t.Format("15:04")
	}
	return t.Format("15:04:05")
}

// context says what the labels leave out: the year of days, the day of hours.
func (v interval) context(lo, hi time.Time) string {
	switch {
	case v.years > 0 || v.months > 0:
		return ""
	case v.days == 0 && lo.YearDay() == hi.YearDay() && lo.Year() == hi.Year():
		return lo.Format("2 Jan 2006")
	case lo.Year() == hi.Year():
		return strconv.Itoa(lo.Year())
	}
	return fmt.Sprintf("%d to %d", lo.Year(), hi.Year())
}

// timeTicks gives about n borders of the calendar between lo and hi, and what their labels leave out.
func timeTicks(lo, hi float64, n int) (ts []tick, context string) {
	v := intervals[len(intervals)-1]
	for _, c := range intervals {
		if (hi-lo)/c.length() <= float64(max(n, 1)) {
			v = c
			break
		}
	}
	if math.Abs(lo) > 1e14 || math.Abs(hi) > 1e14 { // beyond the calendar: seconds as they are
		return linearTicks(lo, hi, n, false), "seconds"
	}
	if hi-lo < 2 {
		return fractionTicks(lo, hi, n)
	}
	for t := v.floor(wall(lo)); Seconds(t) <= hi && len(ts) < 3*n+3; t = v.next(t) {
		if Seconds(t) >= lo {
			ts = append(ts, tick{Seconds(t), v.format(t)})
		}
	}
	return ts, v.context(wall(lo), wall(hi))
}

// fractionTicks gives ticks within a second or two, as seconds of the minute that the context names.
func fractionTicks(lo, hi float64, n int) (ts []tick, context string) {
	start := math.Floor(lo)
	ts = linearTicks(lo-start, hi-start, n, false)
	t := wall(start)
	for i := range ts {
		decimals := len(ts[i].label) - 1 - strings.IndexByte(ts[i].label+".", '.')
		ts[i].label = strconv.FormatFloat(float64(t.Second())+ts[i].at, 'f', max(decimals, 0), 64)
		ts[i].at += start
	}
	return ts, "seconds after " + t.Format("2006-01-02 15:04")
}

// moment writes a time for a reader who points at it, as fine as the unit, which is the distance of neighbours.
func moment(s, unit float64) string {
	if math.Abs(s) > 1e14 {
		return number(s) + " s"
	}
	t := wall(s)
	switch {
	case unit >= 360*day:
		return t.Format("2006")
	case unit >= 27*day:
		return t.Format("2006-01")
	case unit >= day:
		return t.Format("2006-01-02")
	case unit >= 60:
		return t.Format("2006-01-02 15:04")
	case unit < 1 && unit > 0:
		return t.Format("2006-01-02 15:04:05.000000")
	}
	return t.Format("2006-01-02 15:04:05")
}
