package traintest

import (
	"fmt"
	"math/rand/v2"

	"lenz/datasets"
	"lenz/internal/rng"
	"lenz/internal/state"
)

// Points is a source of n noisy points on the plane y = x_1 + 2 x_2 + ... + 0.5, in an order drawn anew each epoch.
// The last batch is smaller where the size does not divide.
type Points struct {
	x, y   []float64
	inputs int
	size   int
	seed   uint64
	order  []int
	epoch  uint64
	at     int
	batch  datasets.Batch
}

var _ datasets.Source = (*Points)(nil)

// NewPoints draws n points of so many inputs from the seed, to be given in batches of size.
func NewPoints(n, inputs, size int, seed uint64) *Points {
	p := &Points{inputs: inputs, size: size, seed: seed, x: make([]float64, n*inputs), y: make([]float64, n), order: make([]int, n)}
	r := rand.New(rng.New(seed, "points"))
	for i := range p.y {
		p.y[i] = 0.5 + 0.1*r.NormFloat64()
		for j := range inputs {
			v := r.NormFloat64()
			p.x[i*inputs+j] = v
			p.y[i] += float64(j+1) * v
		}
	}
	p.Reset(0)
	return p
}

// Next returns the next batch: X [1, B, inputs], Y [1, B, 1].
func (p *Points) Next() (datasets.Batch, bool) {
	n := min(p.size, len(p.order)-p.at)
	if n <= 0 {
		return datasets.Batch{}, false
	}
	p.batch.T, p.batch.B = 1, n
	p.batch.X, p.batch.Y = datasets.NewArray(1, n, p.inputs), datasets.NewArray(1, n, 1)
	for i, item := range p.order[p.at : p.at+n] {
		copy(p.batch.X.Data[i*p.inputs:], p.x[item*p.inputs:(item+1)*p.inputs])
		p.batch.Y.Data[i] = p.y[item]
	}
	p.at += n
	return p.batch, true
}

// Reset draws the epoch's order.
func (p *Points) Reset(epoch uint64) {
	p.epoch, p.at = epoch, 0
	r := rand.New(rng.New(p.seed, "order").Split(epoch))
	copy(p.order, r.Perm(len(p.order)))
}

// Len is the number of batches of an epoch.
func (p *Points) Len() int { return (len(p.order) + p.size - 1) / p.size }

// Layout describes the batches.
func (p *Points) Layout() datasets.Layout {
	l := datasets.Layout{Kind: datasets.Forecast, Input: 1, Horizon: 1, Batch: p.size, Targets: []string{"y"}, TargetInputs: []int{-1}}
	for j := range p.inputs {
		l.Inputs = append(l.Inputs, fmt.Sprintf("x%d", j+1))
	}
	return l
}

// State returns the epoch and the position.
func (p *Points) State() state.State { return state.State{"epoch": p.epoch, "position": p.at} }

// Restore takes what State gave.
func (p *Points) Restore(from state.State) error {
	epoch, err := state.Get[uint64](from, "epoch")
	if err != nil {
		return fmt.Errorf("traintest: points: %w", err)
	}
	at, err := state.Get[int](from, "position")
	if err != nil {
		return fmt.Errorf("traintest: points: %w", err)
	}
	if at < 0 || at > len(p.order) {
		return fmt.Errorf("traintest: points: position %d of %d points", at, len(p.order))
	}
	p.Reset(epoch)
	p.at = at
	return nil
}
