package spin

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"lenz/internal/rng"
	"lenz/models"
)

// Network is the classical Hopfield network (Hopfield 1982): N spins, symmetric weights without a diagonal, thresholds. A spin follows
// the sign of its field h_i = sum_j w_ij s_j - theta_i, and keeps its value where that is 0.
type Network struct {
	n         int
	w         []float64 // [N, N]
	threshold []float64 // [N]
	patterns  [][]int8
	rule      string
}

var _ models.EnergyModel = (*Network)(nil)

// Store returns the network of N spins that stores the patterns [P][N] by a rule of Rules. thresholds is nil for zeros.
func Store(rule string, patterns [][]int8, thresholds []float64) (*Network, error) {
	if len(patterns) == 0 || len(patterns[0]) < 2 {
		return nil, fmt.Errorf("spin: a Hopfield network needs at least one pattern of at least 2 spins")
	}
	n := len(patterns[0])
	if n > 20000 {
		return nil, fmt.Errorf("spin: a Hopfield network of %d spins has %d weights, too many for memory: take at most 20000 spins", n, n*n)
	}
	for p, x := range patterns {
		if len(x) != n {
			return nil, fmt.Errorf("spin: pattern %d has %d spins, pattern 0 has %d", p, len(x), n)
		}
		for i, s := range x {
			if s != 1 && s != -1 {
				return nil, fmt.Errorf("spin: spin %d of pattern %d is %d, want -1 or +1", i, p, s)
			}
		}
	}
	if thresholds != nil && len(thresholds) != n {
		return nil, fmt.Errorf("spin: %d thresholds for %d spins", len(thresholds), n)
	}
	h := &Network{n: n, w: make([]float64, n*n), threshold: make([]float64, n), patterns: patterns, rule: rule}
	copy(h.threshold, thresholds)
	store, ok := rules()[rule]
	if !ok {
		return nil, fmt.Errorf("spin: unknown storage rule %q: want one of %v", rule, Rules())
	}
	if err := store(h); err != nil {
		return nil, err
	}
	for i := range n {
		h.w[i*n+i] = 0
	}
	return h, nil
}

// Units returns N.
func (h *Network) Units() int { return h.n }

// Patterns returns what is stored.
func (h *Network) Patterns() [][]int8 { return h.patterns }

// Weight returns w_ij.
func (h *Network) Weight(i, j int) float64 { return h.w[i*h.n+j] }

// Energy returns E(s) = -1/2 sum_ij w_ij s_i s_j + sum_i theta_i s_i. What is no state of N spins has the energy NaN.
func (h *Network) Energy(state []float64) float64 {
	s, err := Spins(state)
	if err != nil || len(s) != h.n {
		return math.NaN()
	}
	return h.energy(s)
}

func (h *Network) energy(s []int8) float64 {
	e := 0.0
	for i, v := range s {
		e += float64(v) * (h.threshold[i] - h.sum(s, i)/2)
	}
	return e
}

// fields sets h_i = sum_j w_ij s_j - theta_i.
func (h *Network) fields(field []float64, s []int8) {
	x := make([]float64, h.n)
	for i, v := range s {
		x[i] = float64(v)
	}
	for i := range field {
		field[i] = floats.Dot(h.w[i*h.n:(i+1)*h.n], x) - h.threshold[i]
	}
}

// energyOf is the energy by the fields: -1/2 sum_i s_i (h_i - theta_i).
func (h *Network) energyOf(s []int8, field []float64) float64 {
	e := 0.0
	for i, v := range s {
		e -= float64(v) * (field[i] - h.threshold[i]) / 2
	}
	return e
}

// sum is sum_j w_ij s_j.
func (h *Network) sum(s []int8, i int) float64 {
	total := 0.0
	for j, w := range h.w[i*h.n : (i+1)*h.n] {
		total += w * float64(s[j])
	}
	return total
}

// Updates are the ways of Recall.
const (
	Asynchronous = "asynchronous" // one spin at a time, in a new random order each sweep: the energy never rises
	Synchronous  = "synchronous"  // all spins at once: ends in a state or a cycle of two (Goles 1985)
)

// RecallOptions say how to recall.
type RecallOptions struct {
	Update      string  // Asynchronous or Synchronous
	Temperature float64 // 0: follow the field; above, follow it with the chance 1/(1 + exp(-2 |h|/T)) (Little 1974; Glauber 1963)
	Sweeps      int     // at most
	Trace       bool    // keep the energy after every change (asynchronous) or sweep (synchronous)
}

// Recalled is the end of a recall.
type Recalled struct {
	State     []int8
	Sweeps    int
	Converged bool      // no spin wanted to change
	Cycle     bool      // synchronous: the last two states follow each other for ever
	Energies  []float64 // with Trace: of the start, then of each change or sweep
}

// Recall lets the network run from a state. r decides the order of asynchronous updates, and all at a temperature.
func (h *Network) Recall(start []int8, o RecallOptions, r *rng.Fast) (Recalled, error) {
	switch {
	case len(start) != h.n:
		return Recalled{}, fmt.Errorf("spin: the state has %d spins, the network %d", len(start), h.n)
	case !(o.Temperature >= 0) || math.IsInf(o.Temperature, 0):
		return Recalled{}, fmt.Errorf("spin: recall at temperature %v, want a finite number of at least 0", o.Temperature)
	case o.Sweeps < 1:
		return Recalled{}, fmt.Errorf("spin: a recall of %d sweeps, want at least 1", o.Sweeps)
	case o.Update != Asynchronous && o.Update != Synchronous:
		return Recalled{}, fmt.Errorf("spin: unknown update %q: want %s or %s", o.Update, Asynchronous, Synchronous)
	}
	out := Recalled{State: append([]int8(nil), start...)}
	if o.Update == Synchronous {
		h.synchronous(&out, o, r)
	} else {
		h.asynchronous(&out, o, r)
	}
	return out, nil
}

func (h *Network) asynchronous(out *Recalled, o RecallOptions, r *rng.Fast) {
	s := out.State
	field, order := make([]float64, h.n), make([]int, h.n)
	h.fields(field, s)
	for i := range order {
		order[i] = i
	}
	energy := h.energyOf(s, field)
	if o.Trace {
		out.Energies = append(out.Energies, energy)
	}
	for out.Sweeps = 1; ; out.Sweeps++ {
		for i := len(order) - 1; i > 0; i-- {
			j := r.IntN(i + 1)
			order[i], order[j] = order[j], order[i]
		}
		changed := false
		for _, i := range order {
			v := follow(s[i], field[i], o.Temperature, r)
			if v == s[i] {
				continue
			}
			changed = true
			energy -= float64(v-s[i]) * field[i] // E changes by -(s' - s) h_i
			step := float64(v - s[i])
			for j, w := range h.w[i*h.n : (i+1)*h.n] {
				field[j] += w * step
			}
			s[i] = v
			if o.Trace {
				out.Energies = append(out.Energies, energy)
			}
		}
		if !changed && o.Temperature == 0 {
			out.Converged = true
			return
		}
		if out.Sweeps == o.Sweeps {
			return
		}
	}
}

func (h *Network) synchronous(out *Recalled, o RecallOptions, r *rng.Fast) {
	before, field := []int8(nil), make([]float64, h.n)
	for out.Sweeps = 1; ; out.Sweeps++ {
		s := out.State
		h.fields(field, s)
		if o.Trace {
			out.Energies = append(out.Energies, h.energyOf(s, field))
		}
		next := make([]int8, h.n)
		for i := range next {
			next[i] = follow(s[i], field[i], o.Temperature, r)
		}
		out.Converged = o.Temperature == 0 && overlap(next, s) == float64(h.n)
		out.Cycle = o.Temperature == 0 && !out.Converged && before != nil && overlap(next, before) == float64(h.n)
		before, out.State = s, next
		if out.Converged || out.Cycle || out.Sweeps == o.Sweeps {
			if o.Trace {
				out.Energies = append(out.Energies, h.energy(out.State))
			}
			return
		}
	}
}

// follow is the new value of a spin in a field.
func follow(s int8, field, temperature float64, r *rng.Fast) int8 {
	switch {
	case temperature > 0:
		if r.Float64() < 1/(1+math.Exp(-2*field/temperature)) {
			return 1
		}
		return -1
	case field > 0:
		return 1
	case field < 0:
		return -1
	}
	return s
}

// StepError is the chance that a stored bit is wrong after one update from the stored pattern itself, for random patterns at the load
// alpha = P/N: erfc(1/sqrt(2 alpha))/2, 0.0036 at 0.138 (Hertz, Krogh, Palmer 1991, equation 2.20).
func StepError(alpha float64) float64 { return math.Erfc(1/math.Sqrt(2*alpha)) / 2 }

// Capacity is the load alpha = P/N up to which random patterns are retrieved with few errors by Hebbian storage: 0.138 (Amit, Gutfreund,
// Sompolinsky 1985).
const Capacity = 0.138

// MeanFieldOverlap solves the equations of Amit, Gutfreund and Sompolinsky (1985) at temperature 0 for the overlap of the retrieval state
// at the load alpha; ok is false above the capacity, where there is none. With y = m/sqrt(2 alpha r):
//
//	m = erf(y), y [sqrt(2 alpha) + (2/sqrt(pi)) exp(-y^2)] = erf(y)
func MeanFieldOverlap(alpha float64) (m float64, ok bool) {
	g := func(y float64) float64 {
		return math.Erf(y) - y*(math.Sqrt(2*alpha)+2/math.SqrtPi*math.Exp(-y*y))
	}
	// The retrieval state is the largest root: g falls through 0 there.
	const step = 1e-3
	for y := 6.0; y > step; y -= step {
		if g(y-step) >= 0 && g(y) < 0 {
			lo, hi := y-step, y
			for range 60 {
				if mid := (lo + hi) / 2; g(mid) >= 0 {
					lo = mid
				} else {
					hi = mid
				}
			}
			return math.Erf(lo), true
		}
	}
	return 0, false
}
