package report

import (
	"math"
	"strconv"
)

// tick is a place on an axis and its label.
type tick struct {
	at    float64
	label string
}

// linearTicks gives at most n+1 ticks at multiples of 1, 2 or 5 times a power of ten between lo and hi.
func linearTicks(lo, hi float64, n int, whole bool) []tick {
	step := niceStep((hi - lo) / float64(max(n, 1)))
	if whole && step < 1 {
		step = 1
	}
	first, last := math.Ceil(lo/step-1e-9), math.Floor(hi/step+1e-9)
	var ts []tick
	for k := first; k <= last && len(ts) <= n+1; k++ {
		ts = append(ts, tick{at: k * step})
	}
	label(ts, step)
	return ts
}

// niceStep rounds up to 1, 2 or 5 times a power of ten.
func niceStep(raw float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	if power == 0 || missing(power) {
		return raw
	}
	for _, m := range [...]float64{1, 2, 5} {
		if raw <= m*power*(1+1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// label writes all ticks of a linear axis with the same number of decimals.
func label(ts []tick, step float64) {
	largest := 0.0
	for _, t := range ts {
		largest = math.Max(largest, math.Abs(t.at))
	}
	size := int(math.Floor(math.Log10(step) + 1e-9)) // power of ten of the step
	for i := range ts {
		v := ts[i].at
		if v == 0 || math.Abs(v) < step/2 {
			ts[i].label = "0"
			continue
		}
		if largest >= 1e6 || size < -4 && largest < 1e-2 || size < -7 {
			digits := int(math.Floor(math.Log10(math.Abs(v))+1e-9)) - size + 1
			s := strconv.FormatFloat(math.Abs(v), 'e', min(max(digits, 1), 15)-1, 64)
			ts[i].label = signed(exponent(s), v)
			continue
		}
		ts[i].label = signed(strconv.FormatFloat(math.Abs(v), 'f', max(0, -size), 64), v)
	}
}

// logTicks gives powers of ten, or their multiples by 1, 2 and 5 where there are few of them, or linear ticks where
// there are fewer still.
func logTicks(lo, hi float64, n int) []tick {
	first, last := int(math.Ceil(math.Log10(lo)-1e-9)), int(math.Floor(math.Log10(hi)+1e-9))
	multiples := []float64{1}
	if last-first < 2 {
		multiples = []float64{1, 2, 5}
	}
	stride := max(1, (last-first+n)/max(n, 1))
	var ts []tick
	for d := first - 1; d <= last; d++ {
		for _, m := range multiples {
			v := m * math.Pow(10, float64(d))
			if v >= lo*(1-1e-9) && v <= hi*(1+1e-9) && (d-first)%stride == 0 {
				ts = append(ts, tick{v, power(m, d)})
			}
		}
	}
	if len(ts) < 3 {
		return linearTicks(lo, hi, n, false)
	}
	return ts
}

// power writes m times ten to the d.
func power(m float64, d int) string {
	if d >= -3 && d <= 4 {
		return strconv.FormatFloat(m*math.Pow(10, float64(d)), 'f', max(0, -d), 64)
	}
	return strconv.FormatFloat(m, 'f', 0, 64) + "e" + signed(strconv.Itoa(max(d, -d)), float64(d))
}
