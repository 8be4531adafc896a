package spin

import (
	"encoding/json"
	"fmt"
	"math"

	"lenz/internal/state"
)

// mostBlocks bounds the blocks that a tally keeps: when they are full, neighbours are merged and blocks become twice as long.
const mostBlocks = 128

// Tally averages several observables that are measured together, in blocks, so that errors of their means, and of functions of
// their means, know the autocorrelation of the series (Flyvbjerg and Petersen 1989; jackknife: Efron 1982).
type Tally struct {
	names  []string
	length int       // measurements a block
	blocks []float64 // [full blocks * names] sums
	open   []float64 // [names] the block that is being filled
	filled int
	square []float64 // [names] sums of squares of all measurements, for the autocorrelation time
}

// NewTally returns an empty one for the named observables.
func NewTally(names ...string) *Tally {
	return &Tally{names: names, length: 1, open: make([]float64, len(names)), square: make([]float64, len(names))}
}

// Add takes one measurement of all observables, in the order of their names.
func (t *Tally) Add(values ...float64) {
	for k, v := range values {
		t.open[k] += v
		t.square[k] += v * v
	}
	if t.filled++; t.filled < t.length {
		return
	}
	t.blocks = append(t.blocks, t.open...)
	clear(t.open)
	t.filled = 0
	if n := len(t.names); len(t.blocks) == mostBlocks*n {
		t.blocks = halve(t.blocks, n)
		t.length *= 2
	}
}

// halve adds neighbouring blocks of n sums.
func halve(blocks []float64, n int) []float64 {
	half := len(blocks) / (2 * n)
	for b := range half {
		for k := range n {
			blocks[b*n+k] = blocks[2*b*n+k] + blocks[(2*b+1)*n+k]
		}
	}
	return blocks[:half*n]
}

// Count returns the number of measurements in full blocks, which are those that estimates are made of.
func (t *Tally) Count() int { return len(t.blocks) / len(t.names) * t.length }

// Estimate is a mean with its standard error, and the integrated autocorrelation time in measurements (0.5 for independent ones).
type Estimate struct {
	Value, Error, Tau float64
}

// MarshalJSON writes numbers that JSON does not have as null: those of too few measurements.
func (e Estimate) MarshalJSON() ([]byte, error) {
	number := func(v float64) *float64 {
		if !finite(v) {
			return nil
		}
		return &v
	}
	return json.Marshal(map[string]*float64{"value": number(e.Value), "error": number(e.Error), "tau": number(e.Tau)})
}

// String writes the value with its error.
func (e Estimate) String() string { return fmt.Sprintf("%.5f +- %.5f", e.Value, e.Error) }

// Of estimates a function of the means by the jackknife over blocks. The error is the largest of those with all blocks and with
// blocks of two and four joined, of which at least 16 must remain: they agree once blocks are longer than the autocorrelation.
func (t *Tally) Of(f func(mean []float64) float64) Estimate {
	n := len(t.names)
	e := Estimate{Value: math.NaN(), Error: math.NaN()}
	blocks := append([]float64(nil), t.blocks...)
	length := t.length
	for first := true; first || len(blocks)/n >= 16; first = false {
		if len(blocks)/n < 2 {
			return e
		}
		value, err := jackknife(blocks, n, length, f)
		if first {
			e = Estimate{Value: value, Error: err}
		}
		e.Error = math.Max(e.Error, err)
		blocks = halve(blocks, n)
		length *= 2
	}
	return e
}

// jackknife returns f of the means and its error from leaving out one block at a time.
func jackknife(blocks []float64, n, length int, f func([]float64) float64) (value, err float64) {
	b := len(blocks) / n
	total, mean := make([]float64, n), make([]float64, n)
	for i, v := range blocks {
		total[i%n] += v
	}
	for k := range mean {
		mean[k] = total[k] / float64(b*length)
	}
	value = f(mean)
	sum, square := 0.0, 0.0
	for i := range b {
		for k := range mean {
			mean[k] = (total[k] - blocks[i*n+k]) / float64((b-1)*length)
		}
		d := f(mean) - value
		sum += d
		square += d * d
	}
	m := float64(b)
	variance := square/m - (sum/m)*(sum/m)
	return value, math.Sqrt(math.Max(0, variance) * (m - 1))
}

// Mean estimates the mean of observable k with its integrated autocorrelation time, which is half the ratio of the variance of the
// mean to what independent measurements would have.
func (t *Tally) Mean(k int) Estimate {
	e := t.Of(func(mean []float64) float64 { return mean[k] })
	sum := t.open[k] // the squares are those of all measurements, and so must the mean be
	for b := k; b < len(t.blocks); b += len(t.names) {
		sum += t.blocks[b]
	}
	n := float64(t.Count() + t.filled)
	variance := t.square[k]/n - sum/n*(sum/n)
	if variance > 0 {
		e.Tau = 0.5 * e.Error * e.Error * float64(t.Count()) / variance
	}
	return e
}

// State returns the blocks.
func (t *Tally) State() state.State {
	return state.State{
		"length": t.length, "filled": t.filled, "blocks": append([]float64{}, t.blocks...),
		"open": append([]float64{}, t.open...), "square": append([]float64{}, t.square...),
	}
}

// Restore takes what State gave on a tally of the same observables.
func (t *Tally) Restore(from state.State) error {
	length, err := state.Get[int](from, "length")
	if err != nil {
		return err
	}
	filled, err := state.Get[int](from, "filled")
	if err != nil {
		return err
	}
	n := len(t.names)
	blocks, err := state.Get[[]float64](from, "blocks")
	if err != nil {
		return err
	}
	if length < 1 || filled < 0 || filled >= length || len(blocks)%n != 0 || len(blocks) >= mostBlocks*n {
		return fmt.Errorf("spin: a tally of %d sums in blocks of %d (%d filled) does not fit %d observables", len(blocks), length, filled, n)
	}
	open, err := state.Slice[float64](from, "open", n)
	if err != nil {
		return err
	}
	square, err := state.Slice[float64](from, "square", n)
	if err != nil {
		return err
	}
	t.length, t.filled, t.blocks = length, filled, append([]float64{}, blocks...)
	t.open, t.square = append([]float64{}, open...), append([]float64{}, square...)
	return nil
}
