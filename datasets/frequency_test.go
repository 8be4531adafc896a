package datasets

import (
	"strings"
	"testing"
	"time"
)

func day(text string) time.Time {
	v, form := parseStamp([]byte(text))
	if form == noStamp {
		panic("datasets: test: " + text)
	}
	return time.UnixMicro(v).UTC()
}

func TestFrequencyAdd(t *testing.T) {
	ends := Frequency{Unit: Month, N: 1, MonthEnd: true}
	for _, c := range []struct {
		f    Frequency
		from string
		n    int
		want string
	}{
		{Monthly, "2023-12-01", 1, "2024-01-01"},
		{Monthly, "2024-01-31", 1, "2024-02-29"},
		{Monthly, "2023-01-31", 1, "2023-02-28"},
		{Monthly, "2024-01-31", 2, "2024-03-31"},
		{Monthly, "2024-03-15", -3, "2023-12-15"},
		{ends, "2024-02-29", 1, "2024-03-31"},
		{ends, "2023-04-30", 10, "2024-02-29"},
		{Quarterly, "1959-10-01", 1, "1960-01-01"},
		{Yearly, "2024-02-29", 1, "2025-02-28"},
		{Weekly, "2023-12-28", 1, "2024-01-04"},
		{Daily, "2024-02-28", 2, "2024-03-01"},
		{Daily, "1900-02-28", 1, "1900-03-01"},
		{BusinessDaily, "2024-03-01", 1, "2024-03-04"}, // Friday to Monday
		{BusinessDaily, "2024-03-04", -1, "2024-03-01"},
		{BusinessDaily, "2024-03-04", 12, "2024-03-20"},
		{Hourly, "2023-12-31 23:00", 1, "2024-01-01 00:00"},
		{Hourly, "1700-01-01 00:00", 5_000_000, "2270-05-26 08:00"},
		{Minutes(15), "2024-02-28 23:45", 1, "2024-02-29 00:00"},
		{Frequency{}, "2024-01-01", 7, "2024-01-01"},
	} {
		if got := c.f.Add(day(c.from), c.n); !got.Equal(day(c.want)) {
			t.Errorf("%v: %s + %d = %v, want %s", c.f, c.from, c.n, got, c.want)
		}
	}
}

func TestFrequencyStepsInvertsAdd(t *testing.T) {
	from := day("2023-11-30")
	for _, f := range []Frequency{Yearly, Quarterly, Monthly, {Unit: Month, N: 1, MonthEnd: true}, Weekly, Daily, BusinessDaily, Hourly, Seconds(7)} {
		for n := -40; n <= 40; n++ {
			if got, exact := f.Steps(from, f.Add(from, n)); got != n || !exact {
				t.Errorf("%v: Steps after %d steps = %d, %v", f, n, got, exact)
			}
		}
	}
	if _, exact := Hourly.Steps(from, from.Add(90*time.Minute)); exact {
		t.Error("ninety minutes are no whole number of hours")
	}
}

func TestFrequencyNames(t *testing.T) {
	for _, c := range []struct {
		f      Frequency
		name   string
		period int
	}{
		{Yearly, "yearly", 1}, {Quarterly, "quarterly", 4}, {Monthly, "monthly", 12}, {Weekly, "weekly", 52}, {Daily, "daily", 7},
		{BusinessDaily, "business-daily", 5}, {Hourly, "hourly", 24}, {Minutes(15), "every 15 minutes", 96},
		{Frequency{Unit: Month, N: 2}, "every 2 months", 6}, {Frequency{Unit: Month, N: 24}, "every 2 years", 1},
		{Frequency{Unit: Clock, N: 250_000}, "every 250000 microseconds", 345600}, {Frequency{}, "index", 1},
		{Frequency{Unit: Month, N: 3, MonthEnd: true}, "quarterly (month ends)", 4},
	} {
		if got := c.f.String(); got != c.name {
			t.Errorf("%#v is %q, want %q", c.f, got, c.name)
		}
		if got, err := ParseFrequency(c.name); err != nil || got != c.f {
			t.Errorf("ParseFrequency(%q) = %#v, %v", c.name, got, err)
		}
		if got := c.f.Period(); got != c.period {
			t.Errorf("%v has period %d, want %d", c.f, got, c.period)
		}
	}
	if _, err := ParseFrequency("montly"); err == nil || !strings.Contains(err.Error(), `did you mean "monthly"`) {
		t.Errorf("ParseFrequency(montly): %v", err)
	}
}

func TestDetectFrequency(t *testing.T) {
	for _, c := range []struct {
		stamps string
		want   Frequency
	}{
		{"1749-01 1749-02 1749-03", Monthly},
		{"1958-03-01 1958-04-01 1958-07-01", Monthly},
		{"2024-01-31 2024-02-29 2024-03-31 2024-04-30", Frequency{Unit: Month, N: 1, MonthEnd: true}},
		{"2024-01-30 2024-02-29 2024-03-30", Monthly},
		{"1959-01 1959-04 1959-07 1960-01", Quarterly},
		{"1700 1701 1703", Yearly},
		{"2000-02-29 2001-02-28 2004-02-29", Frequency{Unit: Month, N: 12, MonthEnd: true}},
		{"19580329 19580405 19580419", Weekly},
		{"2024-02-28 2024-02-29 2024-03-01", Daily},
		{"2024-02-28 2024-02-29 2024-03-01 2024-03-04 2024-03-05", BusinessDaily},
		{"2024-02-28 2024-02-29 2024-03-01 2024-03-02", Daily},
		{"2024-02-28T23:00Z 2024-02-29T00:00Z 2024-02-29T02:00Z", Hourly},
		{"2024-02-28T23:00 2024-02-28T23:30", Minutes(30)},
		{"2024-02-28T23:00:00.25 2024-02-28T23:00:00.50", Frequency{Unit: Clock, N: 250_000}},
	} {
		var times []time.Time
		for _, s := range strings.Fields(c.stamps) {
			times = append(times, day(s))
		}
		if got, err := DetectFrequency(times); err != nil || got != c.want {
			t.Errorf("%s: %v, %v, want %v", c.stamps, got, err, c.want)
		}
	}
}

func TestDetectFrequencyRefuses(t *testing.T) {
	for _, c := range []struct{ stamps, want string }{
		{"2024-01-01T00:00 2024-01-01T02:00 2024-01-01T04:00 2024-01-01T07:00", "07:00"},
		{"2024-01-02 2024-01-01", "not after"},
		{"2024-01-01 2024-01-01", "not after"},
		{"2024-01-01T00:00:00 2024-01-01T01:00:00 2024-01-01T02:00:00 2024-01-01T03:00:01", "03:00:01"},
		{"1800-01-01 1800-01-02 1800-01-03 2024-01-03", "2024-01-03"},
	} {
		var times []time.Time
		for _, s := range strings.Fields(c.stamps) {
			times = append(times, day(s))
		}
		if f, err := DetectFrequency(times); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v, want an error with %q", c.stamps, f, err, c.want)
		}
	}
}

// The day numbers agree with the standard library's calendar.
func TestCivil(t *testing.T) {
	for at := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2500; at = at.AddDate(0, 0, 13) {
		if got := civil(at.Year(), int(at.Month()), at.Day()); got != floorInt(at.Unix(), 86400) {
			t.Fatalf("%v is day %d, want %d", at, got, floorInt(at.Unix(), 86400))
		}
	}
}

func floorInt(a, b int64) int64 { return int64(floorDiv(int(a), int(b))) }

func TestParseStamp(t *testing.T) {
	for _, c := range []struct {
		text string
		form stampForm
		want string // RFC 3339
	}{
		{"2006-01-02", dateForm, "2006-01-02T00:00:00Z"},
		{"2006/1/2", dateForm, "2006-01-02T00:00:00Z"},
		{"2006-01", dateForm, "2006-01-01T00:00:00Z"},
		{"2006-01-02 15:04", dateForm, "2006-01-02T15:04:00Z"},
		{"2006-01-02 5:04:05", dateForm, "2006-01-02T05:04:05Z"},
		{"2006-01-02T15:04:05Z", dateForm, "2006-01-02T15:04:05Z"},
		{"2006-01-02T15:04:05+02:00", dateForm, "2006-01-02T13:04:05Z"},
		{"2006-01-02T15:04:05+02", dateForm, "2006-01-02T13:04:05Z"},
		{"2006-01-02T15:04:05.5-0530", dateForm, "2006-01-02T20:34:05.5Z"},
		{"2006-01-02 15:04:05.123456789", dateForm, "2006-01-02T15:04:05.123456Z"},
		{"20060102", digitsForm, "2006-01-02T00:00:00Z"},
		{"1749", yearForm, "1749-01-01T00:00:00Z"},
		{"2006Q2", quarterForm, "2006-04-01T00:00:00Z"},
		{"2006-Q4", quarterForm, "2006-10-01T00:00:00Z"},
		{"02.01.2006", dottedForm, "2006-01-02T00:00:00Z"},
		{"2.1.2006 15:04", dottedForm, "2006-01-02T15:04:00Z"},
		{"2006-02-29", noStamp, ""}, {"2006-13-01", noStamp, ""}, {"2006-00-01", noStamp, ""}, {"20060230", noStamp, ""},
		{"2006-01-02x", noStamp, ""}, {"2006-01-02 24:00", noStamp, ""}, {"2006-01-02 12", noStamp, ""}, {"1.5", noStamp, ""},
		{"", noStamp, ""}, {"200", noStamp, ""}, {"2006Q5", noStamp, ""}, {"1/2/2006", noStamp, ""}, {"2006-01-02T15:04:05+", noStamp, ""},
		{"2006-01-02T15:04:05Zx", noStamp, ""}, {"2006-", noStamp, ""}, {"2006-01-", noStamp, ""}, {"1.1.", noStamp, ""},
	} {
		got, form := parseStamp([]byte(c.text))
		if form != c.form {
			t.Errorf("%q has form %v, want %v", c.text, form, c.form)
		} else if s := time.UnixMicro(got).UTC().Format(time.RFC3339Nano); form != noStamp && s != c.want {
			t.Errorf("%q is %s, want %s", c.text, s, c.want)
		}
	}
}
