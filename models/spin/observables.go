package spin

import (
	"math"
	"slices"
)

// The observables that are measured together, per spin: energy, magnetization, structure factor at the smallest wave vector, overlap
// of two copies.
var observed = []string{"e", "e2", "m", "|m|", "m2", "m4", "s2", "|q|", "q2", "q4"}

const (
	atE = iota
	atE2
	atM
	atAbsM
	atM2
	atM4
	atS2
	atAbsQ
	atQ2
	atQ4
)

// waves holds the smallest wave of a lattice.
type waves struct {
	cosine, sine []float64
	twice        float64
	side         int // the shortest
	ok           bool
}

func newWaves(c *Coupling) waves {
	if c.lattice == nil {
		return waves{}
	}
	cosine, sine, twice, ok := c.lattice.wave()
	return waves{cosine, sine, twice, slices.Min(c.lattice.Size), ok}
}

// factor is |sum_r s_r exp(i k.r)|^2/N^2.
func (w waves) factor(s []int8) float64 {
	if !w.ok {
		return 0
	}
	re, im := 0.0, 0.0
	for i, v := range s {
		re += float64(v) * w.cosine[i]
		im += float64(v) * w.sine[i]
	}
	n := float64(len(s))
	return (re*re + im*im) / (n * n)
}

// measure adds one measurement at each temperature: the mean over its copies.
func (e *Ensemble) measure() {
	n := float64(e.c.n)
	values := make([][observedCount]float64, len(e.replicas))
	e.each(func(k, copy int) {
		if copy > 0 {
			return // the first copy's turn measures all of its temperature
		}
		v := &values[k]
		row := e.replicas[k]
		share := 1 / float64(len(row))
		for i, p := range row {
			u, m := p.energy/n, p.magnetization()/n
			v[atE] += share * u
			v[atE2] += share * u * u
			v[atM] += share * m
			v[atAbsM] += share * math.Abs(m)
			v[atM2] += share * m * m
			v[atM4] += share * m * m * m * m
			v[atS2] += share * e.waves.factor(p.s)
			if i%2 == 1 {
				pairs := float64(len(row) / 2)
				q := overlap(row[i-1].s, p.s) / n
				v[atAbsQ] += math.Abs(q) / pairs
				v[atQ2] += q * q / pairs
				v[atQ4] += q * q * q * q / pairs
			}
		}
	})
	for k := range values {
		e.tallies[k].Add(values[k][:]...)
	}
}

const observedCount = atQ4 + 1

// Observables are what an ensemble has measured at one temperature, each with its error.
type Observables struct {
	Temperature    float64  `json:"temperature"`
	Measurements   int      `json:"measurements"`
	Energy         Estimate `json:"energy"`               // per spin
	SpecificHeat   Estimate `json:"specific_heat"`        // per spin: N (<e^2> - <e>^2)/T^2
	Magnetization  Estimate `json:"magnetization"`        // <|m|>
	Signed         Estimate `json:"signed_magnetization"` // <m>
	Susceptibility Estimate `json:"susceptibility"`       // N (<m^2> - <|m|>^2)/T
	Binder         Estimate `json:"binder"`               // 1 - <m^4>/(3 <m^2>^2)
	// Correlation is the second-moment correlation length in lattice spacings. It is nil where it exceeds half of the lattice's shortest side: there the
	// lattice is ordered, or too small to tell, and the number grows with the lattice.
	Correlation   *Estimate `json:"correlation,omitempty"`
	TooLong       bool      `json:"correlation_too_long,omitempty"` // Correlation was left out for that
	Overlap       *Estimate `json:"overlap,omitempty"`              // <|q|> of two copies
	OverlapSquare *Estimate `json:"overlap_square,omitempty"`       // <q^2>
	OverlapBinder *Estimate `json:"overlap_binder,omitempty"`       // (3 - <q^4>/<q^2>^2)/2
	SwapRate      *float64  `json:"swap_rate,omitempty"`            // with the next temperature
}

// Observables returns the estimates at each temperature; those with fewer than two blocks of measurements are NaN.
func (e *Ensemble) Observables() []Observables {
	out := make([]Observables, len(e.tallies))
	for k, t := range e.tallies {
		o := observables(t, float64(e.c.n), e.plan.Temperatures[k])
		if e.waves.ok {
			xi := t.Of(func(m []float64) float64 { return correlation(m, e.waves.twice) })
			if o.TooLong = xi.Value > float64(e.waves.side)/2; !o.TooLong {
				o.Correlation = &xi
			}
		}
		if e.plan.Copies > 1 {
			q, q2 := t.Mean(atAbsQ), t.Mean(atQ2)
			g := t.Of(func(m []float64) float64 { return (3 - m[atQ4]/(m[atQ2]*m[atQ2])) / 2 })
			o.Overlap, o.OverlapSquare, o.OverlapBinder = &q, &q2, &g
		}
		if e.tried[k] > 0 {
			rate := float64(e.taken[k]) / float64(e.tried[k])
			o.SwapRate = &rate
		}
		out[k] = o
	}
	return out
}

// observables are those that every sampler measures, of n spins.
func observables(t *Tally, n, temperature float64) Observables {
	beta := 1 / temperature
	return Observables{
		Temperature: temperature, Measurements: t.Count(), Energy: t.Mean(atE), Magnetization: t.Mean(atAbsM), Signed: t.Mean(atM),
		SpecificHeat:   t.Of(func(m []float64) float64 { return n * beta * beta * (m[atE2] - m[atE]*m[atE]) }),
		Susceptibility: t.Of(func(m []float64) float64 { return n * beta * (m[atM2] - m[atAbsM]*m[atAbsM]) }),
		Binder:         t.Of(binder),
	}
}

// binder is Binder's fourth-order cumulant (Binder 1981).
func binder(m []float64) float64 { return 1 - m[atM4]/(3*m[atM2]*m[atM2]) }

// correlation is the second-moment correlation length, sqrt(S(0)/S(k) - 1)/(2 sin(k/2)) (Cooper, Freedman, Preston 1982).
func correlation(m []float64, twice float64) float64 {
	return math.Sqrt(math.Max(0, m[atM2]/m[atS2]-1)) / twice
}

// Metrics are the means over the replicas as they are now, at the lowest temperature, and the lowest energy so far, all per spin.
func (e *Ensemble) Metrics() map[string]float64 {
	n, m, u := float64(e.c.n), 0.0, 0.0
	row := e.replicas[0]
	for _, p := range row {
		u += p.energy / n / float64(len(row))
		m += math.Abs(p.magnetization()) / n / float64(len(row))
	}
	return map[string]float64{"energy": u, "magnetization": m, "best_energy": e.bestEnergy / n}
}
