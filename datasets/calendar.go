package datasets

import (
	"math"
	"time"
)

// CalendarFeatures names the features that Calendar adds at a frequency, each a sine and a cosine:
// the month of the year for months and quarters, the day of the year for weeks, the days of the week and of the year for days,
// and those with the time of day for hours and less. None for years and for numbered rows.
//
// The day of the year goes round in 365 days, in 366 of a leap year.
func CalendarFeatures(f Frequency) []string {
	const month, week, year, day = "month_of_year", "day_of_week", "day_of_year", "time_of_day"
	var cycles []string
	switch {
	case f.Unit == Month && f.N%12 != 0:
		cycles = []string{month}
	case f.Unit == Day && f.N%7 == 0:
		cycles = []string{year}
	case f.Unit == Day, f.Unit == BusinessDay:
		cycles = []string{week, year}
	case f.Unit == Clock:
		cycles = []string{day, week, year}
	}
	var names []string
	for _, c := range cycles {
		names = append(names, "calendar."+c+"_sin", "calendar."+c+"_cos")
	}
	return names
}

// calendarRow appends the features of a time.
func calendarRow(dst []float64, f Frequency, t time.Time) []float64 {
	wave := func(phase float64) {
		sin, cos := math.Sincos(2 * math.Pi * phase)
		dst = append(dst, sin, cos)
	}
	clock := float64(t.Hour()*3600+t.Minute()*60+t.Second())/86400 + float64(t.Nanosecond())/86400e9
	ofWeek := func() { wave(float64((t.Weekday()+6)%7) / 7) } // Monday is 0
	ofYear := func() {
		days := time.Date(t.Year(), 12, 31, 0, 0, 0, 0, time.UTC).YearDay()
		wave((float64(t.YearDay()-1) + clock) / float64(days))
	}
	switch {
	case f.Unit == Month && f.N%12 != 0:
		wave(float64(t.Month()-1) / 12)
	case f.Unit == Day && f.N%7 == 0:
		ofYear()
	case f.Unit == Day, f.Unit == BusinessDay:
		ofWeek()
		ofYear()
	case f.Unit == Clock:
		wave(clock)
		ofWeek()
		ofYear()
	}
	return dst
}
