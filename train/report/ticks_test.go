package report

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func sound(t *testing.T, what string, ts []tick, lo, hi float64, most int) {
	t.Helper()
	if len(ts) == 0 || len(ts) > most {
		t.Errorf("%s: %d ticks between %g and %g, want 1 to %d", what, len(ts), lo, hi, most)
	}
	for i, k := range ts {
		slack := 1e-6 * (hi - lo)
		if k.at < lo-slack || k.at > hi+slack {
			t.Errorf("%s: tick %g lies outside %g to %g", what, k.at, lo, hi)
		}
		if i > 0 && (k.at <= ts[i-1].at || k.label == ts[i-1].label) {
			t.Errorf("%s: tick %g %q follows %g %q", what, k.at, k.label, ts[i-1].at, ts[i-1].label)
		}
	}
}

func TestTicksOfAnyRange(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		size := math.Pow(10, r.Float64()*40-20)
		lo := (r.Float64() - 0.5) * size * 10
		sound(t, "linear", linearTicks(lo, lo+size, 6, false), lo, lo+size, 8)
		from := math.Pow(10, r.Float64()*40-20)
		to := from * math.Pow(10, 0.1+r.Float64()*30)
		sound(t, "log", logTicks(from, to, 6), from, to, 12)
		second := r.Float64()*1e10 - 5e9
		length := math.Pow(10, 0.5+r.Float64()*10)
		ts, _ := timeTicks(second, second+length, 6)
		if len(ts) > 0 { // a step of the calendar may skip a short range
			sound(t, "time", ts, second, second+length, 9)
		}
	}
}

func TestDateTicks(t *testing.T) {
	date := func(s string) float64 {
		at, err := time.Parse("2006-01-02 15:04:05", s)
		if err != nil {
			t.Fatal(err)
		}
		return Seconds(at)
	}
	for _, c := range []struct {
		from, to, first, second, context string
	}{
		{"1749-01-01 00:00:00", "1983-12-01 00:00:00", "1750", "1800", ""},
		{"1979-01-01 00:00:00", "1983-12-01 00:00:00", "1979", "1980", ""},
		{"2016-02-10 00:00:00", "2016-06-10 00:00:00", "Mar 2016", "Apr 2016", ""},
		{"2016-02-27 00:00:00", "2016-03-03 00:00:00", "27 Feb", "28 Feb", "2016"},
		{"2016-12-26 12:00:00", "2017-01-20 00:00:00", "2 Jan", "9 Jan", "2016 to 2017"},
		{"2016-07-01 01:00:00", "2016-07-01 14:00:00", "03:00", "06:00", "1 Jul 2016"},
		{"2016-07-01 20:00:00", "2016-07-02 14:00:00", "21:00", "2 Jul", "2016"},
		{"2016-07-01 20:00:03", "2016-07-01 20:00:25", "20:00:05", "20:00:10", "1 Jul 2016"},
	} {
		ts, context := timeTicks(date(c.from), date(c.to), 6)
		if len(ts) < 2 || ts[0].label != c.first || ts[1].label != c.second || context != c.context {
			t.Errorf("%s to %s: %v (%s), want %s, %s, ... (%s)", c.from, c.to, ts, context, c.first, c.second, c.context)
		}
	}
}

// The clock on the wall is shown, whatever the zone.
func TestSecondsKeepTheWallClock(t *testing.T) {
	at := time.Date(2016, 7, 1, 13, 0, 0, 0, time.FixedZone("here", 2*3600))
	if got := moment(Seconds(at), 3600); got != "2016-07-01 13:00" {
		t.Errorf("13:00 in another zone is written %s", got)
	}
}
