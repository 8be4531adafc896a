package spin

import (
	"context"
	"fmt"
	"math"

	"lenz/graph/kernel"
	"lenz/internal/rng"
)

// Replicas is the number of systems that a Multispin holds: one a bit.
const Replicas = 64

// multispinGrain is the number of sites that share a generator.
const multispinGrain = 2048

// Multispin samples 64 systems at once by Metropolis, a word a site and a bit a system (multi-spin coding: Jacobs and Rebbi 1981). All
// couplings are -1 or +1, the same or each its own in the 64 systems, and there are no fields. Random numbers are independent for every
// spin of every system. Several temperatures form a ladder for parallel tempering, whose exchanges each system decides by itself.
type Multispin struct {
	c        *Coupling
	negative []uint64 // [entries of the lists of neighbours] systems in which the coupling is -1
	bondSign []uint64 // [bonds] the same, a word a bond
	ladder   []float64
	every    int // sweeps from one exchange to the next; 0: none
	pairs    int // exchanges tried, which alternates even and odd pairs

	from, period int // sweeps before the first measurement, and from one to the next; 0: none

	sets   []siteSet
	layers []*layer
	pick   *rng.Fast
	n      int
}

// siteSet is an independent set whose sites have the same number of neighbours.
type siteSet struct {
	sites  []int32
	degree int
}

// layer is the 64 systems at one temperature.
type layer struct {
	spins  []uint64
	chance uint32 // exp(-4/T)
	odd    uint32 // exp(-2/T), the first factor where the number of neighbours is odd
	random []*kernel.RandomBits
	need   [4][]uint64 // [site of the set] where at least k+1 factors are needed
	flip   []uint64
	tally  *Tally
}

// NewMultispin returns 64 systems of random spins at each temperature of the ladder. draw gives the signs of each bond, in the order of
// Coupling.Bonds: bit r is set where the coupling is -1 in system r; nil takes the couplings' own in all. With every > 0, neighbours of
// the ladder are exchanged after so many sweeps.
func NewMultispin(c *Coupling, ladder []float64, every int, draw func() uint64, seed uint64) (*Multispin, error) {
	if err := codable(c); err != nil {
		return nil, err
	}
	if err := (Plan{Temperatures: ladder, Method: "metropolis", Copies: 1, Every: 1, Swap: every > 0}).check(c); err != nil {
		return nil, err
	}
	m := &Multispin{c: c, ladder: append([]float64(nil), ladder...), every: every, pick: rng.NewFast(rng.New(seed, "spin.multispin.exchange"))}
	m.signs(draw)
	m.sort()
	stream := rng.New(seed, "spin.multispin")
	for k, t := range ladder {
		l := &layer{tally: NewTally(observed...), spins: make([]uint64, c.n), chance: kernel.Chance(math.Exp(-4 / t)), odd: kernel.Chance(math.Exp(-2 / t))}
		own := stream.Split(uint64(k))
		for i := range l.spins {
			l.spins[i] = own.Uint64()
		}
		most := 0
		for _, set := range m.sets {
			most = max(most, padded(len(set.sites)))
		}
		for p := range (most + multispinGrain - 1) / multispinGrain {
			l.random = append(l.random, kernel.NewRandomBits(own.Split(uint64(p)).Uint64))
		}
		l.flip = make([]uint64, most)
		for i := range l.need {
			l.need[i] = make([]uint64, most)
		}
		m.layers = append(m.layers, l)
	}
	return m, nil
}

// codable says why a coupling cannot be sampled with a bit a spin.
func codable(c *Coupling) error {
	if c.of != nil || c.field != nil {
		return fmt.Errorf("spin: multi-spin coding needs bonds alone, without fields or terms of more than two spins: use an Ensemble")
	}
	for _, b := range c.bonds {
		if b.Value != 1 && b.Value != -1 {
			return fmt.Errorf("spin: multi-spin coding needs couplings -1 or +1, that of the sites %d and %d is %v: use an Ensemble", b.I, b.J, b.Value)
		}
	}
	for i := range c.n {
		if z := c.start[i+1] - c.start[i]; z > 7 {
			return fmt.Errorf("spin: multi-spin coding counts up to 7 neighbours, site %d has %d: use an Ensemble", i, z)
		}
	}
	return nil
}

func (m *Multispin) signs(draw func() uint64) {
	c := m.c
	at := append([]int32(nil), c.start[:c.n]...)
	m.negative = make([]uint64, len(c.site))
	for _, b := range c.bonds { // the lists of neighbours were filled in this order
		var w uint64
		switch {
		case draw != nil:
			w = draw()
		case b.Value < 0:
			w = math.MaxUint64
		}
		m.bondSign = append(m.bondSign, w)
		m.negative[at[b.I]], m.negative[at[b.J]] = w, w
		at[b.I]++
		at[b.J]++
	}
}

// sort parts each independent set by the number of neighbours.
func (m *Multispin) sort() {
	for _, colour := range m.c.colours {
		of := [8][]int32{}
		for _, i := range colour {
			z := m.c.start[i+1] - m.c.start[i]
			of[z] = append(of[z], i)
		}
		for z, sites := range of {
			if len(sites) > 0 {
				m.sets = append(m.sets, siteSet{sites, z})
			}
		}
	}
}

// padded rounds up to whole blocks of the generator.
func padded(n int) int { return (n + kernel.BitLanes - 1) / kernel.BitLanes * kernel.BitLanes }

// Measure says how many sweeps to leave out at the beginning, and after how many to measure from then on. At first nothing is measured.
func (m *Multispin) Measure(from, every int) { m.from, m.period = max(0, from), max(1, every) }

// Sweep attempts to flip every spin of all systems n times, with exchanges and measurements between.
func (m *Multispin) Sweep(ctx context.Context, n int) error {
	for range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		m.Update()
		if m.period > 0 && m.n > m.from && m.n%m.period == 0 {
			m.measure()
		}
	}
	return nil
}

// Update attempts to flip every spin once, and exchanges neighbouring temperatures.
func (m *Multispin) Update() {
	if len(m.layers) == 1 {
		l := m.layers[0]
		for _, set := range m.sets {
			kernel.Parallel(len(set.sites), multispinGrain, func(p, lo, hi int) { m.update(l, set, p, lo, hi) })
		}
	} else {
		kernel.Parallel(len(m.layers), 1, func(k, _, _ int) {
			for _, set := range m.sets {
				for p, lo := 0, 0; lo < len(set.sites); p, lo = p+1, lo+multispinGrain {
					m.update(m.layers[k], set, p, lo, min(len(set.sites), lo+multispinGrain))
				}
			}
		})
	}
	m.n++
	if m.every > 0 && m.n%m.every == 0 {
		m.exchange()
	}
}

// update attempts to flip sites lo to hi of a set. With d of z neighbours against a spin, dE = 2 (z - 2d): it flips at once where
// dE <= 0, else with a chance that is a product of f = ceil(z/2) - d factors: exp(-4/T), but for exp(-2/T) as the first where z is odd.
func (m *Multispin) update(l *layer, set siteSet, piece, lo, hi int) {
	n := padded(hi - lo)
	factors := (set.degree + 1) / 2
	var need [4][]uint64
	for k := range factors {
		need[k] = l.need[k][lo : lo+n]
		clear(need[k][hi-lo:])
	}
	sites, flip := set.sites[lo:hi], l.flip[lo:lo+n]
	if factors == 0 { // a spin alone is a coin
		for i := range flip {
			flip[i] = ^uint64(0)
		}
		l.random[piece].Bernoulli(flip, flip, 1<<31)
		for i, site := range sites {
			l.spins[site] = flip[i]
		}
		return
	}
	if set.degree == 4 {
		m.count4(l, sites, need[0], need[1])
	} else {
		m.count(l, sites, need[:factors])
	}
	for i, w := range need[0] {
		flip[i] = ^w
	}
	if set.degree == 2 { // see metropolis: on a ring, flips that cost nothing must be tossed for
		m.toss2(l, sites, l.random[piece], l.need[1][lo:lo+n], flip)
	}
	chance := l.chance
	if set.degree%2 == 1 {
		chance = l.odd
	}
	for k, here := range need[:factors] {
		l.random[piece].Bernoulli(here, here, chance)
		chance = l.chance
		if k+1 == factors {
			for i, w := range here {
				flip[i] |= w
			}
			break
		}
		more := need[k+1][:len(here)] // what needs a further factor draws it next, where this one came
		for i, w := range here {
			flip[i] |= w &^ more[i]
			more[i] &= w
		}
	}
	for i, site := range sites {
		l.spins[site] ^= flip[i]
	}
}

// toss2 takes back every second flip of a spin that one of its two neighbours is against.
func (m *Multispin) toss2(l *layer, sites []int32, r *kernel.RandomBits, even, flip []uint64) {
	clear(even[len(sites):])
	for i, site := range sites {
		at := m.c.start[site]
		even[i] = l.spins[m.c.site[at]] ^ m.negative[at] ^ l.spins[m.c.site[at+1]] ^ m.negative[at+1]
	}
	r.Bernoulli(even, even, 1<<31)
	for i, w := range even {
		flip[i] &^= w
	}
}

// count4 is count for four neighbours.
func (m *Multispin) count4(l *layer, sites []int32, need0, need1 []uint64) {
	c, s := m.c, l.spins
	for i, site := range sites {
		at := c.start[site]
		near, sign := c.site[at:at+4:at+4], m.negative[at:at+4:at+4]
		own := s[site]
		d1, d2 := own^s[near[0]]^sign[0], own^s[near[1]]^sign[1]
		d3, d4 := own^s[near[2]]^sign[2], own^s[near[3]]^sign[3]
		x, y := d1^d2, d3^d4
		two := d1&d2 | d3&d4 | x&y
		need0[i], need1[i] = ^two, ^(two | x | y)
	}
}

// count finds where at least k+1 factors are needed: where the number d of neighbours against the spin is at most F-1-k, F = ceil(z/2).
func (m *Multispin) count(l *layer, sites []int32, need [][]uint64) {
	c, s := m.c, l.spins
	for i, site := range sites {
		own := s[site]
		var c0, c1, c2 uint64 // d in binary, a bit a system
		for k := c.start[site]; k < c.start[site+1]; k++ {
			d := own ^ s[c.site[k]] ^ m.negative[k]
			t := c0 & d
			c0 ^= d
			c2 ^= c1 & t
			c1 ^= t
		}
		atMost := [4]uint64{^(c0 | c1 | c2), ^(c1 | c2), ^(c2 | c1&c0), ^c2}
		for k := range need {
			need[k][i] = atMost[len(need)-1-k]
		}
	}
}
