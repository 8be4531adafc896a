package study

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Test is the paired test that a study uses.
type Test string

// The tests.
const (
	// SignedRank is Wilcoxon's signed-rank test (Wilcoxon 1945): it needs no normal differences, bears runs that diverged (an
	// infinite loss), and cannot give a p below 2^(1-n) for n pairs.
	SignedRank Test = "wilcoxon"
	// PairedT is Student's paired t test, for differences that are about normal. It cannot take runs that diverged.
	PairedT Test = "t"
)

var tests = []string{string(SignedRank), string(PairedT)}

// exactUpTo bounds the number of pairs for which all signs are counted; beyond it the normal approximation is as good.
const exactUpTo = 200

// WilcoxonP is the two-sided p of the signed-rank test that the differences are symmetric around 0. Zeros are left out
// (Wilcoxon's own way), equal sizes share the mean of their ranks, and infinite differences have the greatest ranks. Up to 200
// differences the distribution is exact, also with equal sizes: all signs of the ranks at hand are counted. It is 1 when no
// difference is left. NaN is not allowed.
func WilcoxonP(differences []float64) float64 {
	twice := doubledRanks(differences)
	if len(twice) == 0 {
		return 1
	}
	total, plus := 0, 0
	for _, r := range twice {
		total += abs(r)
		plus += max(r, 0)
	}
	extreme := min(plus, total-plus)
	if len(twice) > exactUpTo {
		return normalTail(twice, total, extreme)
	}
	// ways[s] is the share of all signs for which the positive ranks (doubled, so that they are whole) add up to s.
	ways := make([]float64, total+1)
	ways[0] = 1
	top := 0
	for _, r := range twice {
		r = abs(r)
		for s := top; s >= 0; s-- {
			half := ways[s] / 2
			ways[s] = half
			ways[s+r] += half
		}
		top += r
	}
	p := 0.0
	for _, w := range ways[:extreme+1] {
		p += w
	}
	return min(1, 2*p)
}

// doubledRanks are twice the ranks of the sizes, with the signs of the differences; zeros are left out.
func doubledRanks(differences []float64) []int {
	var d []float64
	for _, v := range differences {
		if v != 0 {
			d = append(d, v)
		}
	}
	slices.SortStableFunc(d, func(a, b float64) int { return cmp.Compare(math.Abs(a), math.Abs(b)) })
	twice := make([]int, len(d))
	for i := 0; i < len(d); {
		j := i
		for j < len(d) && math.Abs(d[j]) == math.Abs(d[i]) {
			j++
		}
		for k := i; k < j; k++ { // the ranks i+1 to j have the mean (i+1+j)/2
			twice[k] = i + 1 + j
			if d[k] < 0 {
				twice[k] = -twice[k]
			}
		}
		i = j
	}
	return twice
}

// normalTail is the two-sided p by the normal approximation, with the correction for continuity.
func normalTail(twice []int, total, extreme int) float64 {
	variance := 0.0
	for _, r := range twice {
		variance += float64(r) * float64(r) / 4
	}
	z := (float64(extreme) - float64(total)/2 + 1) / math.Sqrt(variance)
	return min(1, 2*distuv.UnitNormal.CDF(z))
}

// PairedTP is the two-sided p of Student's paired t test that the differences have the mean 0. It is NaN with fewer than two
// differences, or with one that is not finite; 1 when all are 0.
func PairedTP(differences []float64) float64 {
	n := float64(len(differences))
	if n < 2 || slices.ContainsFunc(differences, func(v float64) bool { return !finite(v) }) {
		return math.NaN()
	}
	mean, sd := stat.MeanStdDev(differences, nil)
	switch {
	case sd == 0 && mean == 0:
		return 1
	case sd == 0:
		return 0
	}
	t := math.Abs(mean) / (sd / math.Sqrt(n))
	return 2 * distuv.StudentsT{Sigma: 1, Nu: n - 1}.CDF(-t)
}

// Holm returns p values corrected for their number (Holm 1979): to reject those at most alpha keeps the chance of a single false
// alarm among all below alpha. With p in ascending order, p'_i = max over j <= i of min(1, (m - j + 1) p_j). NaN stays,
// and does not count.
func Holm(p []float64) []float64 {
	var order []int
	for i, v := range p {
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	out := slices.Clone(p)
	least := 0.0
	for j, i := range order {
		least = max(least, min(1, float64(len(order)-j)*p[i]))
		out[i] = least
	}
	return out
}

// SmallestP is the least p that a test of n pairs can give after Holm's correction for m comparisons; 0 for the t test.
func (t Test) SmallestP(n, m int) float64 {
	if n < 1 || t == PairedT && n < 2 {
		return 1
	}
	if t == PairedT {
		return 0
	}
	return min(1, float64(m)*math.Pow(2, float64(1-n)))
}

// SeedsNeeded is the least number of pairs with which one of m comparisons can come below alpha after Holm's correction.
func (t Test) SeedsNeeded(m int, alpha float64) int {
	n := 2
	for t.SmallestP(n, m) > alpha {
		n++
	}
	return n
}

// Detectable is the difference of means that n pairs, whose differences have the standard deviation sd, show with a chance of
// 80% at the level alpha/m, the strictest of Holm's: (t_{1-alpha/2m} + t_{0.8}) sd/sqrt(n), with n - 1 degrees of freedom (the
// usual approximation to the noncentral t; the signed-rank test needs about 1/0.955 times the pairs for normal differences,
// which is taken into account). Infinite when the test cannot come below the level at all.
func (t Test) Detectable(n, m int, alpha, sd float64) float64 {
	if n < 2 || t.SmallestP(n, m) > alpha {
		return math.Inf(1)
	}
	dist := distuv.StudentsT{Sigma: 1, Nu: float64(n - 1)}
	pairs := float64(n)
	if t == SignedRank {
		pairs *= 3 / math.Pi // Pitman's efficiency beside the t test
	}
	return (dist.Quantile(1-alpha/(2*float64(m))) + dist.Quantile(0.8)) * sd / math.Sqrt(pairs)
}

func abs(n int) int { return max(n, -n) }
