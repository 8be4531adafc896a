package study

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"lenz/internal/rng"
)

// Interval is where a number lies, with the chance that it is right.
type Interval struct {
	Low      Number  `json:"low"`
	High     Number  `json:"high"`
	Coverage float64 `json:"coverage"` // that it has; below the one asked for where values are too few
}

// Median is the middle value, or the mean of the two in the middle; values may be infinite. NaN without any.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	if n%2 == 1 || v[n/2-1] == v[n/2] { // of two infinities the mean is one, not NaN
		return v[n/2]
	}
	return v[n/2-1]/2 + v[n/2]/2
}

// MedianInterval is the shortest symmetric pair of order statistics that holds the median of the distribution with at least
// the coverage asked for, whatever the distribution is (Thompson 1936): with X_(k) and X_(n+1-k) the coverage is
// 1 - 2 P(Binomial(n, 1/2) < k). With fewer than six values no pair holds it with 95%: then it is the whole range, with
// the coverage that this has.
func MedianInterval(values []float64, coverage float64) Interval {
	n := len(values)
	if n == 0 {
		return Interval{nan, nan, 0}
	}
	v := slices.Sorted(slices.Values(values))
	b := distuv.Binomial{N: float64(n), P: 0.5}
	held := func(k int) float64 { return 1 - 2*b.CDF(float64(k-1)) }
	k := 1
	for 2*(k+1) <= n && held(k+1) >= coverage {
		k++
	}
	return Interval{Number(v[k-1]), Number(v[n-k]), max(0, held(k))}
}

// Bootstrap is the percentile interval of a statistic over resamples drawn with replacement (Efron 1979), the same for the same
// seed.
func Bootstrap(values []float64, statistic func([]float64) float64, coverage float64, resamples int, seed uint64) Interval {
	if len(values) == 0 || resamples < 1 {
		return Interval{nan, nan, 0}
	}
	r := rand.New(rng.New(seed, "study/bootstrap"))
	sample, all := make([]float64, len(values)), make([]float64, resamples)
	for i := range all {
		for j := range sample {
			sample[j] = values[r.IntN(len(values))]
		}
		all[i] = statistic(sample)
	}
	slices.Sort(all)
	tail := (1 - coverage) / 2
	at := func(q float64) Number {
		return Number(all[min(resamples-1, max(0, int(math.Floor(q*float64(resamples)))))])
	}
	return Interval{at(tail), at(1 - tail - 1/float64(resamples)), coverage}
}
