package study

import (
	"math"
	"slices"
)

// Profile is the performance profile of one solver (Dolan & Moré 2002): Share[i] of all problems were solved at a cost of at most
// Ratio[i] times that of the best solver on the problem. At Ratio 1 it is the share of problems on which the solver was best, far
// to the right the share that it solved at all.
type Profile struct {
	Ratio []float64 `json:"ratio"` // ascending, the first 1
	Share []float64 `json:"share"`
}

// Profiles are those of all solvers from their costs, cost[problem][solver], such as gradient evaluations to a target; infinite
// where the target was not reached. A problem that nobody solved counts, as unsolved.
func Profiles(cost [][]float64) []Profile {
	if len(cost) == 0 {
		return nil
	}
	solvers := len(cost[0])
	ratios := make([][]float64, solvers)
	for _, problem := range cost {
		least := slices.Min(problem)
		for s, c := range problem {
			switch {
			case math.IsInf(c, 1):
			case c == least:
				ratios[s] = append(ratios[s], 1)
			default:
				ratios[s] = append(ratios[s], c/least)
			}
		}
	}
	out := make([]Profile, solvers)
	for s := range out {
		out[s] = step(ratios[s], len(cost))
	}
	return out
}

// step is the share of n problems with a ratio of at most each of those that occur.
func step(ratios []float64, n int) Profile {
	slices.Sort(ratios)
	p := Profile{Ratio: []float64{1}, Share: []float64{0}}
	for i, r := range ratios {
		share := float64(i+1) / float64(n)
		if last := len(p.Ratio) - 1; p.Ratio[last] == r {
			p.Share[last] = share
			continue
		}
		p.Ratio, p.Share = append(p.Ratio, r), append(p.Share, share)
	}
	return p
}

// At is the share of problems with a ratio of at most r.
func (p Profile) At(r float64) float64 {
	share := 0.0
	for i, x := range p.Ratio {
		if x <= r {
			share = p.Share[i]
		}
	}
	return share
}
