package spin

import (
	"context"
	"fmt"
	"math"

	"lenz/internal/rng"
	"lenz/internal/settings"
	"lenz/internal/state"
)

// Hopfield are the settings of a memory that is put to the test: patterns are stored, spoiled and recalled.
type Hopfield struct {
	Units       int     `name:"units" doc:"spins; of patterns from --data, their own number" min:"2" max:"20000"`
	Patterns    int     `name:"patterns" doc:"patterns to store, random ones or the first of --data; 0: a tenth of the spins, or all of --data" min:"0"`
	Rule        string  `name:"rule" doc:"storage" choices:"hebbian|pseudo-inverse|storkey"`
	Update      string  `name:"update" doc:"recall" choices:"asynchronous|synchronous"`
	Noise       float64 `name:"noise" doc:"share of the spins that are turned before a recall" min:"0" max:"1"`
	Temperature float64 `name:"temperature" doc:"of the recall; 0: follow the field" min:"0"`
	Threshold   float64 `name:"threshold" doc:"of every spin"`
	Most        int     `name:"most" doc:"sweeps of a recall at most" min:"1"`
	Pace
}

// DefaultHopfield stores 50 random patterns in 500 spins, a load of 0.1, and turns a tenth of the spins. A sweep is one recall.
func DefaultHopfield() Hopfield {
	return Hopfield{Units: 500, Rule: "hebbian", Update: Asynchronous, Noise: 0.1, Most: 100, Pace: Pace{Sweeps: 20, Steps: 10}}
}

// Memory recalls stored patterns from spoiled ones, and keeps how well that went. It is a Module whose sweep is one recall.
type Memory struct {
	*Network
	options Hopfield
	seed    uint64
	r       *rng.Fast
	n       int // recalls
	tally   *Tally
	last    Recalled
}

// New stores the patterns, or random ones where there are none, and returns the memory.
func (o Hopfield) New(patterns [][]int8, seed uint64) (*Memory, error) {
	if err := settings.Check(o); err != nil {
		return nil, err
	}
	if patterns == nil {
		count := o.Patterns
		if count == 0 {
			count = max(1, o.Units/10)
		}
		patterns = RandomPatterns(count, o.Units, rng.NewFast(rng.New(seed, "spin.patterns")))
	} else if o.Patterns > 0 {
		if o.Patterns > len(patterns) {
			return nil, fmt.Errorf("spin: patterns is %d, but the data hold %d", o.Patterns, len(patterns))
		}
		patterns = patterns[:o.Patterns]
	}
	var thresholds []float64
	if len(patterns) > 0 {
		thresholds = constant(len(patterns[0]), o.Threshold)
	}
	network, err := Store(o.Rule, patterns, thresholds)
	if err != nil {
		return nil, err
	}
	return &Memory{Network: network, options: o, seed: seed, r: rng.NewFast(rng.New(seed, "spin.recall")), tally: NewTally("overlap", "recalled", "sweeps", "energy")}, nil
}

// RandomPatterns draws p patterns of n spins.
func RandomPatterns(p, n int, r *rng.Fast) [][]int8 {
	out := make([][]int8, p)
	for k := range out {
		out[k] = make([]int8, n)
		for i := range out[k] {
			out[k][i] = int8(r.Uint64()>>63)*2 - 1
		}
	}
	return out
}

// Spoil turns a share of the spins of a copy, distinct ones at random.
func Spoil(pattern []int8, share float64, r *rng.Fast) []int8 {
	s := append([]int8(nil), pattern...)
	turn := int(math.Round(share * float64(len(s))))
	order := make([]int, len(s))
	for i := range order {
		order[i] = i
	}
	for k := range turn {
		j := k + r.IntN(len(order)-k)
		order[k], order[j] = order[j], order[k]
		s[order[k]] = -s[order[k]]
	}
	return s
}

// Sweep recalls the next n patterns, in turn.
func (m *Memory) Sweep(ctx context.Context, n int) error {
	for range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		pattern := m.patterns[m.n%len(m.patterns)]
		out, err := m.Recall(Spoil(pattern, m.options.Noise, m.r), m.how(), m.r)
		if err != nil {
			return err
		}
		m.n++
		m.last = out
		q := overlap(pattern, out.State) / float64(m.Network.n)
		recalled := 0.0
		if q > 0.9 {
			recalled = 1
		}
		m.tally.Add(q, recalled, float64(out.Sweeps), out.Energies[len(out.Energies)-1]/float64(m.Network.n))
	}
	return nil
}

func (m *Memory) how() RecallOptions {
	return RecallOptions{Update: m.options.Update, Temperature: m.options.Temperature, Sweeps: m.options.Most, Trace: true}
}

// Demonstration is one recall from beginning to end.
type Demonstration struct {
	Pattern, Start []int8 // as stored, and spoiled
	End            Recalled
}

// Demonstrate recalls the first n patterns, or all if there are fewer, from spoiled ones. It has random numbers of its own and changes
// nothing.
func (m *Memory) Demonstrate(n int) ([]Demonstration, error) {
	r := rng.NewFast(rng.New(m.seed, "spin.demonstration"))
	var all []Demonstration
	for _, pattern := range m.patterns[:min(n, len(m.patterns))] {
		d := Demonstration{Pattern: pattern, Start: Spoil(pattern, m.options.Noise, r)}
		var err error
		if d.End, err = m.Recall(d.Start, m.how(), r); err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// Recalls are the means over all recalls so far: overlap with the pattern, share with an overlap above 0.9, sweeps, energy per spin.
type Recalls struct {
	Count    int      `json:"count"`
	Overlap  Estimate `json:"overlap"`
	Recalled Estimate `json:"recalled"`
	Sweeps   Estimate `json:"sweeps"`
	Energy   Estimate `json:"energy"`
}

// Recalls returns the means.
func (m *Memory) Recalls() Recalls {
	return Recalls{m.n, m.tally.Mean(0), m.tally.Mean(1), m.tally.Mean(2), m.tally.Mean(3)}
}

// Last is the latest recall, with the trace of its energy; it is not part of the state.
func (m *Memory) Last() Recalled { return m.last }

// Metrics are the means so far.
func (m *Memory) Metrics() map[string]float64 {
	r := m.Recalls()
	out := map[string]float64{}
	for name, e := range map[string]Estimate{"overlap": r.Overlap, "recalled": r.Recalled, "sweeps": r.Sweeps, "energy": r.Energy} {
		if !math.IsNaN(e.Value) {
			out[name] = e.Value
		}
	}
	return out
}

// Close does nothing.
func (m *Memory) Close() error { return nil }

// State returns the generator and the means; weights follow from patterns and rule.
func (m *Memory) State() state.State {
	return state.State{"recalls": m.n, "generator": m.r.State(), "tally": m.tally.State()}
}

// Restore takes what State gave on a memory of the same patterns and settings.
func (m *Memory) Restore(from state.State) error {
	n, err := state.Get[int](from, "recalls")
	if err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	generator, err := state.Get[state.State](from, "generator")
	if err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	if err := m.r.Restore(generator); err != nil {
		return err
	}
	tally, err := state.Get[state.State](from, "tally")
	if err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	m.n = n
	return m.tally.Restore(tally)
}
