package kernel

import "math/bits"

// GlassLanes is the number of words that the functions of this file hold for each site: a bit is one system, 512 stand side by side.
const GlassLanes = 8

// GlassPlanes is the number of binary digits of a Planes.
const GlassPlanes = 16

// Planes counts in every place of GlassLanes words by itself: plane k holds the k-th binary digit of the 512 counts.
type Planes [GlassPlanes][GlassLanes]uint64

// GlassHeld is the class of a site where even a flip that costs nothing waits.
const GlassHeld = 4

// glassMasks decide about a flip by the class of a site: those with at least one, two, three factors of exp(-4/T), and those at no cost.
var glassMasks = [8][4]uint64{
	{0, 0, 0, ones}, {ones, 0, 0, ones}, {ones, ones, 0, ones}, {ones, ones, ones, ones},
	GlassHeld: {}, {}, {}, {},
}

const ones = ^uint64(0)

// GlassSweep attempts by Metropolis to flip every spin once, one site after the other, of 512 systems with couplings -1 or +1 in which
// each site has six neighbours. A system is one bit of the eight words of a site.
//
// spins are [sites][8] words, at least; signs [sites][3][8], set where the coupling of the site to its d-th neighbour is -1. near are
// six offsets of words in spins for each site, 8 times the number of the neighbour: three forward, whose bonds belong to the site, and
// three backward, of which the d-th has the site as its d-th forward neighbour. With d of six neighbours against a spin, dE = 4(3-d): it
// flips where d + class >= 3. class is 0 to 3 for each site, k or more with chance exp(-4k/T); all systems share it. Some sites of class
// 0 are better GlassHeld, where d >= 4 flips alone: if flips that cost nothing were never left out, small systems could run in circles.
// The offsets are not checked.
func GlassSweep(spins, signs []uint64, near []int32, class []uint8) {
	sites := len(class)
	if len(spins) < sites*GlassLanes || len(signs) < 3*sites*GlassLanes || len(near) != 6*sites {
		panic("kernel: GlassSweep needs 8 words of spins, 24 of signs and 6 neighbours for each class")
	}
	if sites == 0 {
		return
	}
	if fast() {
		glassSweep(&spins[0], &signs[0], &near[0], &class[0], sites, &glassMasks[0][0])
		return
	}
	for i, k := range class {
		glassSite(spins, signs, near[6*i:6*i+6:6*i+6], i, &glassMasks[k&7])
	}
}

// glassSite is the twin of the assembly.
func glassSite(spins, signs []uint64, near []int32, i int, mask *[4]uint64) {
	own, forward := spins[i*GlassLanes:][:GlassLanes:GlassLanes], signs[3*i*GlassLanes:][:3*GlassLanes:3*GlassLanes]
	for lane, s := range own {
		var d [6]uint64
		for k := range 3 {
			ahead, behind := int(near[k])+lane, int(near[3+k])+lane
			d[k] = s ^ spins[ahead] ^ forward[k*GlassLanes+lane]
			d[3+k] = s ^ spins[behind] ^ signs[3*(behind-lane)+k*GlassLanes+lane]
		}
		s1, t1 := add3(d[0], d[1], d[2])
		s2, t2 := add3(d[3], d[4], d[5])
		c0 := s1 ^ s2
		c1, c2 := add3(t1, t2, s1&s2)
		own[lane] = s ^ (c2 | c1&(c0|mask[0])&mask[3] | c0&mask[1] | mask[2])
	}
}

// add3 is a full adder in each bit.
func add3(a, b, c uint64) (sum, carry uint64) {
	x := a ^ b
	return x ^ c, a&b | x&c
}

// CountParity sets planes to the number of ones, in each place, of a[at[3i]] ^ b[at[3i+1]] ^ c[at[3i+2]] over all i; the offsets are of
// blocks of eight words and are not checked. The number of triples is a multiple of 16, and below 2^GlassPlanes.
func CountParity(planes *Planes, a, b, c []uint64, at []int32) {
	const block = 3 * 16
	if len(at)%block != 0 || len(at)/3 >= 1<<GlassPlanes {
		panic("kernel: CountParity needs a multiple of 16 triples, less than 65536")
	}
	*planes = Planes{}
	if len(at) == 0 {
		return
	}
	if fast() {
		countParity(&planes[0][0], &a[0], &b[0], &c[0], &at[0], len(at)/block, bits.Len(uint(len(at)/3))-4)
		return
	}
	for ; len(at) > 0; at = at[3:] {
		x, y, z := a[at[0]:][:GlassLanes], b[at[1]:][:GlassLanes], c[at[2]:][:GlassLanes]
		for lane := range GlassLanes {
			w := x[lane] ^ y[lane] ^ z[lane]
			for k := 0; w != 0; k++ {
				planes[k][lane], w = planes[k][lane]^w, planes[k][lane]&w
			}
		}
	}
}
