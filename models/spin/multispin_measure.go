package spin

import (
	"fmt"
	"math"
	"math/bits"

	"lenz/internal/state"
)

// counter counts set bits place by place: plane k holds the k-th binary digit of all 64 counts.
type counter struct{ plane [32]uint64 }

func (c *counter) add(w uint64) {
	for k := 0; w != 0; k++ {
		c.plane[k], w = c.plane[k]^w, c.plane[k]&w
	}
}

// addMany adds words seven at a time through full adders, which is several times as fast as one by one.
func (c *counter) addMany(n int, word func(i int) uint64) {
	i := 0
	for ; i+7 <= n; i += 7 {
		s1, t1 := fullAdder(word(i), word(i+1), word(i+2))
		s2, t2 := fullAdder(word(i+3), word(i+4), word(i+5))
		ones, t3 := fullAdder(s1, s2, word(i+6))
		twos, fours := fullAdder(t1, t2, t3)
		c.at(0, ones)
		c.at(1, twos)
		c.at(2, fours)
	}
	for ; i < n; i++ {
		c.add(word(i))
	}
}

func (c *counter) at(k int, w uint64) {
	for ; w != 0; k++ {
		c.plane[k], w = c.plane[k]^w, c.plane[k]&w
	}
}

func fullAdder(a, b, c uint64) (sum, carry uint64) {
	x := a ^ b
	return x ^ c, a&b | x&c
}

func (c *counter) counts() (out [Replicas]int) {
	for k, w := range c.plane {
		for ; w != 0; w &= w - 1 {
			out[bits.TrailingZeros64(w)] += 1 << k
		}
	}
	return out
}

// Energies returns the energy per spin of each system at temperature k of the ladder.
func (m *Multispin) Energies(k int) [Replicas]float64 {
	var c counter
	s := m.layers[k].spins
	c.addMany(len(m.c.bonds), func(i int) uint64 {
		b := m.c.bonds[i]
		return s[b.I] ^ s[b.J] ^ m.bondSign[i]
	})
	return perSite(c.counts(), func(unsatisfied int) float64 {
		return float64(2*unsatisfied-len(m.c.bonds)) / float64(m.c.n)
	})
}

// Magnetizations returns the mean spin of each system at temperature k.
func (m *Multispin) Magnetizations(k int) [Replicas]float64 {
	var c counter
	s := m.layers[k].spins
	c.addMany(len(s), func(i int) uint64 { return s[i] })
	return perSite(c.counts(), func(up int) float64 { return float64(2*up)/float64(m.c.n) - 1 })
}

// Overlap is the overlap of two replicas of 64 systems: q, and |q(k)|^2 at the smallest wave vector, the mean over the directions of a
// cubic lattice.
type Overlap struct{ Q, Wave [Replicas]float64 }

// Overlaps compares m with other, which must have the same couplings and ladder, at temperature k.
func (m *Multispin) Overlaps(other *Multispin, k int) (Overlap, error) {
	var out Overlap
	if other.c != m.c || len(other.ladder) != len(m.ladder) {
		return out, fmt.Errorf("spin: overlaps are between replicas of the same systems")
	}
	a, b := m.layers[k].spins, other.layers[k].spins
	n := float64(m.c.n)
	l := m.c.lattice
	if l == nil || l.Open {
		var c counter
		c.addMany(len(a), func(i int) uint64 { return a[i] ^ b[i] })
		out.Q = perSite(c.counts(), func(unequal int) float64 { return 1 - 2*float64(unequal)/n })
		return out, nil
	}
	stride := 1
	for _, size := range l.Size {
		var re, im [Replicas]float64
		out.Q = [Replicas]float64{}
		each := m.c.n / size
		for x := range size { // the slice of sites whose coordinate d is x
			var c counter
			c.addMany(each, func(i int) uint64 {
				site := i/stride*stride*size + x*stride + i%stride
				return a[site] ^ b[site]
			})
			angle := 2 * math.Pi * float64(x) / float64(size)
			for r, unequal := range c.counts() {
				q := float64(each-2*unequal) / n
				out.Q[r] += q
				re[r] += q * math.Cos(angle)
				im[r] += q * math.Sin(angle)
			}
		}
		for r := range re {
			out.Wave[r] += (re[r]*re[r] + im[r]*im[r]) / float64(len(l.Size))
		}
		stride *= size
	}
	return out, nil
}

func perSite(counts [Replicas]int, f func(int) float64) (out [Replicas]float64) {
	for r, c := range counts {
		out[r] = f(c)
	}
	return out
}

// exchange swaps neighbouring temperatures, even and odd pairs in turn, each system by its own energies.
func (m *Multispin) exchange() {
	n := float64(m.c.n)
	for k := m.pairs % 2; k+1 < len(m.layers); k += 2 {
		a, b := m.Energies(k), m.Energies(k+1)
		var accept uint64
		for r := range a {
			x := (1/m.ladder[k] - 1/m.ladder[k+1]) * (a[r] - b[r]) * n
			if x >= 0 || m.pick.Float64() < math.Exp(x) {
				accept |= 1 << r
			}
		}
		low, high := m.layers[k].spins, m.layers[k+1].spins
		for i, w := range low {
			t := (w ^ high[i]) & accept
			low[i] ^= t
			high[i] ^= t
		}
	}
	m.pairs++
}

// measure adds the mean over the systems at each temperature.
func (m *Multispin) measure() {
	for k, l := range m.layers {
		var v [observedCount]float64
		e, mag := m.Energies(k), m.Magnetizations(k)
		for r := range e {
			v[atE] += e[r] / Replicas
			v[atE2] += e[r] * e[r] / Replicas
			v[atM] += mag[r] / Replicas
			v[atAbsM] += math.Abs(mag[r]) / Replicas
			v[atM2] += mag[r] * mag[r] / Replicas
			v[atM4] += mag[r] * mag[r] * mag[r] * mag[r] / Replicas
		}
		l.tally.Add(v[:]...)
	}
}

// Observables returns the estimates at each temperature, means over the 64 systems: where these have the same couplings.
func (m *Multispin) Observables() []Observables {
	out := make([]Observables, len(m.layers))
	for k, l := range m.layers {
		out[k] = observables(l.tally, float64(m.c.n), m.ladder[k])
	}
	return out
}

// Spin returns the spin of a site in system r at temperature k.
func (m *Multispin) Spin(k, site, r int) int8 {
	return int8(m.layers[k].spins[site]>>r&1)*2 - 1
}

// Metrics are the means over the systems as they are now, at the lowest temperature.
func (m *Multispin) Metrics() map[string]float64 {
	e, mag := m.Energies(0), m.Magnetizations(0)
	energy, size := 0.0, 0.0
	for r := range e {
		energy += e[r] / Replicas
		size += math.Abs(mag[r]) / Replicas
	}
	return map[string]float64{"energy": energy, "magnetization": size}
}

// Close does nothing.
func (m *Multispin) Close() error { return nil }

// State returns spins, generators and counts; couplings come from the constructor.
func (m *Multispin) State() state.State {
	s := state.State{"sweeps": m.n, "pairs": m.pairs, "exchange": m.pick.State()}
	for k, l := range m.layers {
		s[fmt.Sprintf("layer %d", k)] = state.State{"spins": append([]uint64{}, l.spins...), "generators": generators(l.random), "tally": l.tally.State()}
	}
	return s
}

// Restore takes what State gave on systems of the same couplings and ladder.
func (m *Multispin) Restore(from state.State) error {
	for k, l := range m.layers {
		saved, err := state.Get[state.State](from, fmt.Sprintf("layer %d", k))
		if err != nil {
			return fmt.Errorf("spin: %w", err)
		}
		spins, err := state.Slice[uint64](saved, "spins", len(l.spins))
		if err != nil {
			return fmt.Errorf("spin: %w", err)
		}
		copy(l.spins, spins)
		if err := setGenerators(saved, l.random); err != nil {
			return err
		}
		tally, err := state.Get[state.State](saved, "tally")
		if err != nil {
			return fmt.Errorf("spin: %w", err)
		}
		if err := l.tally.Restore(tally); err != nil {
			return err
		}
	}
	exchange, err := state.Get[state.State](from, "exchange")
	if err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	if err := m.pick.Restore(exchange); err != nil {
		return err
	}
	if m.pairs, err = state.Get[int](from, "pairs"); err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	if m.n, err = state.Get[int](from, "sweeps"); err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	return nil
}
