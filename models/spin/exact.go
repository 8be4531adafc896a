package spin

import (
	"fmt"
	"math"
	"math/bits"
)

// Moments are exact averages at one temperature, per spin.
type Moments struct {
	Energy, SpecificHeat float64
	AbsM, M, M2, M4      float64
	LogZ                 float64 // ln Z of the whole system
}

// mostEnumerated is the largest system that Enumerate takes: 2^26 states in a few seconds.
const mostEnumerated = 26

// Enumerate averages over all 2^N states of a system of at most 26 spins, in the order of a Gray code.
func Enumerate(c *Coupling, temperature float64) (Moments, error) {
	if err := checkTemperature(temperature); err != nil {
		return Moments{}, err
	}
	var out Moments
	var z, e1, e2, a1, m1, m2, m4, low float64
	low = math.Inf(1)
	if err := gray(c, func(p *replica, _ uint64) { low = math.Min(low, p.energy) }); err != nil {
		return out, err
	}
	n, m := float64(c.n), 0.0
	err := gray(c, func(p *replica, _ uint64) {
		m = p.magnetization() / n
		w := math.Exp((low - p.energy) / temperature)
		u := p.energy / n
		z += w
		e1 += w * u
		e2 += w * u * u
		a1 += w * math.Abs(m)
		m1 += w * m
		m2 += w * m * m
		m4 += w * m * m * m * m
	})
	if err != nil {
		return out, err
	}
	out = Moments{Energy: e1 / z, AbsM: a1 / z, M: m1 / z, M2: m2 / z, M4: m4 / z, LogZ: math.Log(z) - low/temperature}
	out.SpecificHeat = n * (e2/z - out.Energy*out.Energy) / (temperature * temperature)
	return out, nil
}

// GroundState finds the lowest energy of a system of at most 26 spins by looking at all its states, and one state that has it.
func GroundState(c *Coupling) ([]int8, float64, error) {
	low, best := math.Inf(1), make([]int8, c.n)
	err := gray(c, func(p *replica, _ uint64) {
		if p.energy < low-1e-12 {
			low = p.energy
			copy(best, p.s)
		}
	})
	return best, low, err
}

// Weights returns the Boltzmann probability of each state; bit i of its index is set where spin i is up.
func Weights(c *Coupling, temperature float64) ([]float64, error) {
	if err := checkTemperature(temperature); err != nil {
		return nil, err
	}
	w := make([]float64, 1<<min(c.n, mostEnumerated))
	sum, low := 0.0, math.Inf(1)
	if err := gray(c, func(p *replica, _ uint64) { low = math.Min(low, p.energy) }); err != nil {
		return nil, err
	}
	err := gray(c, func(p *replica, index uint64) {
		w[index] = math.Exp((low - p.energy) / temperature)
		sum += w[index]
	})
	for i := range w {
		w[i] /= sum
	}
	return w, err
}

// gray visits all states, each one flip from the one before.
func gray(c *Coupling, visit func(p *replica, index uint64)) error {
	if c.n > mostEnumerated {
		return fmt.Errorf("spin: %d spins have too many states to look at each; at most %d can be enumerated", c.n, mostEnumerated)
	}
	p := &replica{c: c, s: make([]int8, c.n), h: make([]float64, c.n)}
	for i := range p.s {
		p.s[i] = -1
	}
	p.refresh()
	index := uint64(0)
	visit(p, index)
	for k := uint64(1); k < 1<<c.n; k++ {
		bit := bits.TrailingZeros64(k)
		if k%(1<<16) == 0 {
			p.refresh()
		}
		p.flip(bit)
		index ^= 1 << bit
		visit(p, index)
	}
	return nil
}
