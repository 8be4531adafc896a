package spin

import (
	"encoding/binary"
	"fmt"

	"lenz/graph/kernel"
)

// Overlaps are those of the two replicas of each system: q, the mean of s_i t_i, and |q(k)|^2 at the smallest wave vector, the mean over the
// directions.
type Overlaps struct{ Q, Wave [Systems]float64 }

// Overlaps fills o with the overlaps at temperature k of the ladder.
func (g *Glasses) Overlaps(k int, o *Overlaps) {
	a, b := g.replicas[0].layers[k].spins, g.replicas[1].layers[k].spins
	zero := make([]uint64, kernel.GlassLanes)
	o.Wave = [Systems]float64{}
	var planes kernel.Planes
	var unequal [Systems]int32
	for d, slices := range g.slices {
		var re, im [Systems]float64
		o.Q = [Systems]float64{}
		for x, at := range slices {
			kernel.CountParity(&planes, a, b, zero, at)
			unpack(&planes, g.n/len(slices), &unequal)
			each, c, s := float64(g.n/len(slices)), g.waves[d][0][x], g.waves[d][1][x]
			for r, u := range unequal {
				q := each - 2*float64(u)
				o.Q[r] += q
				re[r] += c * q
				im[r] += s * q
			}
		}
		scale := 1 / (float64(g.n) * float64(g.n) * float64(len(g.slices)))
		for r := range re {
			o.Wave[r] += scale * (re[r]*re[r] + im[r]*im[r])
		}
	}
	for r := range o.Q {
		o.Q[r] /= float64(g.n)
	}
}

// Energies returns the energy per spin of each system of a replica, 0 or 1, at temperature k.
func (g *Glasses) Energies(replica, k int) [Systems]float64 {
	var planes kernel.Planes
	spins := g.replicas[replica].layers[k].spins
	kernel.CountParity(&planes, spins, spins, g.signs, g.bonds)
	var unsatisfied [Systems]int32
	unpack(&planes, 3*g.n, &unsatisfied)
	var e [Systems]float64
	for r, u := range unsatisfied {
		e[r] = float64(2*u)/float64(g.n) - 3
	}
	return e
}

// unpack reads counts up to most from their digits.
func unpack(planes *kernel.Planes, most int, counts *[Systems]int32) {
	for lane := range kernel.GlassLanes {
		for eight := range 8 {
			at := counts[64*lane+8*eight:][:8]
			clear(at)
			for from := 0; most>>from > 0; from += 8 {
				var w uint64
				for k := range 8 {
					w |= planes[from+k][lane] >> (8 * eight) & 0xff << (8 * k)
				}
				var b [8]byte
				binary.LittleEndian.PutUint64(b[:], transpose8(w))
				for i, v := range b {
					at[i] |= int32(v) << from
				}
			}
		}
	}
}

// transpose8 turns eight rows of eight bits, a byte each, into columns (Warren, Hacker's Delight, 7-3).
func transpose8(w uint64) uint64 {
	t := (w ^ w>>7) & 0x00aa00aa00aa00aa
	w ^= t ^ t<<7
	t = (w ^ w>>14) & 0x0000cccc0000cccc
	w ^= t ^ t<<14
	t = (w ^ w>>28) & 0x00000000f0f0f0f0
	return w ^ t ^ t<<28
}

// Coupling returns the couplings of system r, 0 to 511.
func (g *Glasses) Coupling(r int) (*Coupling, error) {
	if r < 0 || r >= Systems {
		return nil, fmt.Errorf("spin: system %d of Glasses, want 0 to %d", r, Systems-1)
	}
	i := -1
	return g.lattice.Coupling(func() float64 {
		i++
		return 1 - 2*float64(g.signs[i*kernel.GlassLanes+r/64]>>(r%64)&1)
	}, 0)
}

// Spin returns the spin of a site in a replica of system r at temperature k.
func (g *Glasses) Spin(replica, k, site, r int) int8 {
	return int8(g.replicas[replica].layers[k].spins[site*kernel.GlassLanes+r/64]>>(r%64)&1)*2 - 1
}

// SwapRates returns the share of exchanges that were accepted between each temperature and the next.
func (g *Glasses) SwapRates() []float64 {
	rates := make([]float64, len(g.ladder)-1)
	for k := range rates {
		tried := 0
		for _, r := range g.replicas {
			rates[k] += float64(r.swapped[k])
			tried += (r.tried + 1 - k%2) / 2 * Systems
		}
		rates[k] /= max(1, float64(tried))
	}
	return rates
}
