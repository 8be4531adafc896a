package study

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// resamples of the bootstrap.
const resamples = 2000

// compare tests all pairs of contenders on all tasks.
func (r *Result) compare() {
	p := r.plan
	n := len(p.Contenders)
	unit, units := p.units()
	m := p.Comparisons()
	r.Comparison = Comparison{
		Test: p.Test, Unit: unit, Units: units, Comparisons: m, Alpha: p.Alpha,
		SmallestP: p.Test.SmallestP(units, m), SeedsNeeded: p.Test.SeedsNeeded(m, p.Alpha),
	}
	r.Comparison.Possible = m > 0 && units >= 2 && r.Comparison.SmallestP <= p.Alpha
	var all []float64
	for t := range r.Tasks {
		task := &r.Tasks[t]
		for i := range n {
			for j := i + 1; j < n; j++ {
				pair := p.pair(task.Entries[i], task.Entries[j], task.Log, m)
				task.Pairs = append(task.Pairs, pair)
				all = append(all, float64(pair.P))
			}
		}
	}
	pairs := n * (n - 1) / 2
	for i, v := range Holm(all) {
		pair := &r.Tasks[i/pairs].Pairs[i%pairs]
		pair.Holm, pair.Differs = Number(v), v <= p.Alpha
	}
}

// units says what is paired. A tuning that serves several seeds makes these alike, so that it counts once; a single tuning
// leaves only the seeds, and then tests speak of the chosen settings alone.
func (p Plan) units() (unit string, n int) {
	if p.Tunings == 1 || p.Tunings == p.Seeds || !p.tunes() {
		return "seed", p.Seeds
	}
	return "tuning", p.Tunings
}

// tunes tells whether any contender is tuned.
func (p Plan) tunes() bool {
	for _, c := range p.Contenders {
		if len(c.Space) > 0 {
			return true
		}
	}
	return false
}

// values are one for each unit: the (logarithm of the) loss, or its mean over the seeds of a tuning.
func (p Plan) values(e Entry, log bool) []float64 {
	_, n := p.units()
	sum, seeds := make([]float64, n), make([]float64, n)
	for i, l := range e.losses {
		if log {
			l = math.Log(l)
		}
		sum[i%n] += l
		seeds[i%n]++
	}
	for i := range sum {
		sum[i] /= seeds[i]
	}
	return sum
}

// pair tests two contenders on a task, among m comparisons.
func (p Plan) pair(a, b Entry, log bool, m int) Pair {
	va, vb := p.values(a, log), p.values(b, log)
	d := make([]float64, len(va))
	lost := false
	for i := range d {
		d[i] = va[i] - vb[i]
		if math.IsNaN(d[i]) { // both were lost
			d[i] = 0
		}
		lost = lost || !finite(va[i]) || !finite(vb[i])
	}
	out := Pair{A: a.Contender, B: b.Contender, Test: p.Test, Units: len(d), P: nan, Detectable: nan}
	if lost {
		out.Test = SignedRank
	}
	back := func(v float64) Number { return Number(v) }
	if log {
		back = func(v float64) Number { return Number(math.Exp(v)) }
	}
	effect := Median(d)
	out.Effect = back(effect)
	out.Interval = Bootstrap(d, Median, 0.95, resamples, p.Seed)
	out.Interval.Low, out.Interval.High = back(float64(out.Interval.Low)), back(float64(out.Interval.High))
	if len(d) < 2 {
		out.Interval = Interval{nan, nan, 0}
		return out
	}
	if out.Test == PairedT {
		out.P = Number(PairedTP(d))
	} else {
		out.P = Number(WilcoxonP(d))
	}
	if !lost {
		out.Detectable = back(out.Test.Detectable(len(d), m, p.Alpha, stat.StdDev(d, nil)))
	}
	if sum := signs(d); sum > 0 || sum == 0 && effect > 0 {
		out.better = 1
	}
	return out
}

// signs is the sum of the signed ranks (doubled): above 0 where A has the greater losses.
func signs(d []float64) int {
	sum := 0
	for _, r := range doubledRanks(d) {
		sum += r
	}
	return sum
}

// Better is the name of the better one, and Worse of the other, where they differ.
func (p Pair) Better() string { return [2]string{p.A, p.B}[p.better] }

// Worse is the name of the worse one.
func (p Pair) Worse() string { return [2]string{p.A, p.B}[1-p.better] }
