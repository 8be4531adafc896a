package study

import (
	"cmp"
	"slices"
)

// Round is a part of a tuning: so many trials run for 1/Share of their epochs, and the better half goes on to the next.
type Round struct {
	Trials int `json:"trials"`
	Share  int `json:"share"`
}

// Rounds are those of each tuning: one in which all trials run to the end or, with Prune, successive halving (Karnin, Koren &
// Somekh 2013; Jamieson & Talwalkar 2016) in at most three fixed rounds: all for an eighth of the epochs, half of them for a
// quarter, a quarter of them to the end, each from its beginning. That costs half the steps. A round ends when all of its
// trials have ended, so that what goes on depends on losses alone, never on timing.
func (p Plan) Rounds() []Round {
	if !p.Prune {
		return []Round{{p.Trials, 1}}
	}
	var rounds []Round
	n := p.Trials
	for r := 0; r < 2 && n >= 2; r++ {
		rounds = append(rounds, Round{Trials: n})
		n = (n + 1) / 2
	}
	share := 4
	for r := len(rounds) - 1; r >= 0; r-- {
		rounds[r].Share = share
		share *= 2
	}
	return append(rounds, Round{n, 1})
}

// best returns the n best of the trials by validation loss, in the order of their numbers. One that has diverged or failed is
// worse than any other; of equals the first is better.
func best(n int, trials []int, loss func(trial int) float64) []int {
	order := slices.Clone(trials)
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(loss(a), loss(b)) })
	order = order[:min(n, len(order))]
	slices.Sort(order)
	return order
}
