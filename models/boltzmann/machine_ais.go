package boltzmann

import (
	"context"
	"fmt"
	"math"
	"math/bits"

	"lenz/graph/kernel"
	"lenz/internal/rng"
)

// AIS estimates log Z at the last temperature by annealed importance sampling (Neal 2001; Salakhutdinov, Murray 2008): chains of all units
// are led by sweeps of heat-bath updates from independent units, whose Z is known, through
//
//	p_b(s) ~ exp((1-b) base.s - b E(s)/T),   b from 0 to 1
//
// and their weights multiply up to Z / Z_base. The base holds the means of the visible units; hidden ones begin as coins.
func (m *MachineModel) AIS(ctx context.Context, o AIS) (Estimate, error) {
	if o.Temperatures < 1 || o.Runs < 2 || o.Base != nil && len(o.Base) != m.visible {
		return Estimate{}, fmt.Errorf("boltzmann: AIS with %d temperatures, %d runs and a base of %d means; want at least 1, at least 2 and %d means or none",
			o.Temperatures, o.Runs, len(o.Base), m.visible)
	}
	a := machineAnnealing{net: m.network(), t: m.temperature(), first: 0, base: make([]float64, m.n)}
	for i, p := range o.Base {
		base, err := logOdds(p)
		if err != nil {
			return Estimate{}, fmt.Errorf("boltzmann: AIS: the base mean of visible unit %d is %w", i, err)
		}
		a.base[i] = base
	}
	logs := make([]float64, o.Runs)
	s, count := rng.New(o.Seed, "boltzmann ais"), counter{all: o.Runs, progress: o.Progress}
	kernel.Parallel(o.Runs, 1, func(_, run, _ int) {
		logs[run] = a.run(ctx, make([]float64, m.n), o.Temperatures, rng.NewFast(s.Split(uint64(run))))
		count.one()
	})
	return estimated(a.logBase(), logs), ctx.Err()
}

// machineAnnealing leads the units from first on, those before it being held, from independent units to the machine.
type machineAnnealing struct {
	net   network
	t     float64
	first int
	base  []float64 // log odds of the units at b = 0, [N]
}

// logBase is the logarithm of the sum over the states of the independent units.
func (a machineAnnealing) logBase() float64 {
	var sum float64
	for _, b := range a.base[a.first:] {
		sum += softplus(b)
	}
	return sum
}

// run returns the log weight of a chain, relative to that of the state in which the units that move are all 0.
func (a machineAnnealing) run(ctx context.Context, s []float64, temperatures int, f *rng.Fast) float64 {
	for i := a.first; i < a.net.n; i++ {
		s[i] = 0
	}
	fields := make([]float64, a.net.n)
	for i := a.first; i < a.net.n; i++ {
		fields[i] = a.net.field(s, i)
	}
	gained := 0.0 // (E(0) - E(s))/T - base.s
	flip := func(i int) {
		by := 1 - 2*s[i]
		gained += by * (fields[i]/a.t - a.base[i])
		s[i] += by
		for k, w := range a.net.j[i*a.net.n+a.first : (i+1)*a.net.n] {
			fields[a.first+k] += by * w
		}
	}
	set := func(i int, odds float64) {
		on := 0.0
		if f.Float64() < 1/(1+math.Exp(-odds)) {
			on = 1
		}
		if s[i] != on {
			flip(i)
		}
	}
	for i := a.first; i < a.net.n; i++ {
		set(i, a.base[i])
	}
	logs := 0.0
	for k := 1; k <= temperatures; k++ {
		if ctx.Err() != nil {
			return 0
		}
		from, b := temperature(k-1, temperatures), temperature(k, temperatures)
		logs += (b - from) * gained
		for i := a.first; i < a.net.n; i++ {
			set(i, (1-b)*a.base[i]+b*fields[i]/a.t)
		}
	}
	return logs
}

// logOdds is those of a probability, and of one in a thousand for what is nearer to 0 or 1: a unit that is always off in the data must be
// able to turn on.
func logOdds(p float64) (float64, error) {
	if !(p >= 0 && p <= 1) {
		return 0, fmt.Errorf("%v, want a probability", p)
	}
	p = min(max(p, 0.001), 0.999)
	return math.Log(p / (1 - p)), nil
}

// What is spent on the sum over the hidden units of a row, where they are too many to enumerate: a share of the temperatures and runs of
// log Z, and so many updates of a unit in all.
const (
	rowTemperatures = 10
	rowRuns         = 5
	mostUpdates     = 2e9
)

// estimatedLikelihood is Likelihood with log Z by AIS. The sum over the hidden units of a row is exact up to 20 of them, and by AIS of its own above,
// the visible units being held: chains begin at hidden units that are independent given the row.
func (m *MachineModel) estimatedLikelihood(ctx context.Context, rows []float64, n int, o AIS) (Likelihood, error) {
	if n < 1 || !binary(rows, n*m.visible) {
		return Likelihood{}, fmt.Errorf("boltzmann: %d values for %d rows of %d zeros and ones", len(rows), n, m.visible)
	}
	hidden := m.n - m.visible
	temperatures, runs := max(1, o.Temperatures/rowTemperatures), max(2, o.Runs/rowRuns)
	if updates := float64(n) * float64(runs) * float64(temperatures) * float64(hidden); hidden > mostMachine && updates > mostUpdates {
		return Likelihood{}, fmt.Errorf("boltzmann: the sum over %d hidden units, more than %d, of each of %d rows would take %.2g updates of a unit, more than %.2g: measure fewer rows, or take a restricted machine (rbm)",
			hidden, mostMachine, n, updates, mostUpdates)
	}
	z, err := m.AIS(ctx, o)
	if err != nil {
		return Likelihood{}, err
	}
	logs, errs := make([]float64, n), make([]float64, n)
	net, s, count := m.network(), rng.New(o.Seed, "boltzmann ais of rows"), counter{all: n, progress: o.Progress}
	kernel.Parallel(n, 1, func(_, r, _ int) {
		if ctx.Err() != nil {
			return
		}
		defer count.one()
		state := make([]float64, m.n)
		copy(state, rows[r*m.visible:(r+1)*m.visible])
		if hidden <= mostMachine {
			logs[r] = m.sumHidden(net, state)
			return
		}
		e := m.annealHidden(ctx, net, state, temperatures, runs, s.Split(uint64(r)))
		logs[r], errs[r] = e.LogZ, e.SD
	})
	var variance float64
	for _, e := range errs {
		variance += e * e
	}
	spread := math.Sqrt(z.SD*z.SD + variance/float64(n)/float64(n)) // of log Z, and of the mean over the rows
	return Likelihood{Mean: mean(logs) - z.LogZ, LogZ: z.LogZ, Error: spread}, ctx.Err()
}

// sumHidden returns log sum_h e^(-E(v, h)/T) of the row v that the state begins with, over all states of the hidden units in Gray code
// order. A flip changes the fields of the hidden units alone.
func (m *MachineModel) sumHidden(net network, state []float64) float64 {
	t, h := m.temperature(), m.n-m.visible
	minus := -m.Energy(state) / t
	fields := make([]float64, h)
	for i := range fields {
		fields[i] = net.field(state, m.visible+i)
	}
	var z logSum
	z.add(minus)
	on := make([]bool, h)
	for k := 1; k < 1<<h; k++ {
		i := bits.TrailingZeros(uint(k))
		by := 1.0
		if on[i] {
			by = -1
		}
		on[i] = !on[i]
		minus += by * fields[i] / t
		for j, w := range net.j[(m.visible+i)*m.n+m.visible : (m.visible+i+1)*m.n] {
			fields[j] += by * w
		}
		z.add(minus)
	}
	return z.value()
}

// annealHidden estimates the same by AIS: only what connects hidden units with each other is turned on.
func (m *MachineModel) annealHidden(ctx context.Context, net network, state []float64, temperatures, runs int, s *rng.Stream) Estimate {
	a := machineAnnealing{net: net, t: m.temperature(), first: m.visible, base: make([]float64, m.n)}
	for i := m.visible; i < m.n; i++ {
		state[i] = 0
	}
	for i := m.visible; i < m.n; i++ {
		a.base[i] = net.field(state, i) / a.t
	}
	start := -m.Energy(state) / a.t
	logs := make([]float64, runs)
	for k := range logs {
		logs[k] = a.run(ctx, state, temperatures, rng.NewFast(s.Split(uint64(k))))
	}
	return estimated(start+a.logBase(), logs)
}
