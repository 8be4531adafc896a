package spin

import (
	"context"
	"fmt"
	"math"
	"math/bits"

	"lenz/graph/kernel"
	"lenz/internal/rng"
)

// Systems is the number of spin glasses that a Glasses holds.
const Systems = 64 * kernel.GlassLanes

// Glasses samples 512 +-J spin glasses at once, each with couplings of its own, on a periodic cubic or triangular lattice (six
// neighbours): two replicas of each at every temperature of a ladder, by Metropolis site after site and parallel tempering. It is
// multi-spin coding (Jacobs and Rebbi 1981) with a bit a system, where all systems of one replica at one temperature share the random
// numbers of a site, which is what makes it more than twenty times as fast as a Multispin.
//
// Each system is sampled as if it were alone, and replicas and temperatures draw numbers of their own. But systems of one Glasses are
// not independent of each other: take errors from the spread between several Glasses of different seeds.
type Glasses struct {
	lattice  Lattice
	n        int
	ladder   []float64
	every    int
	near     []int32  // [sites][6], offsets of words, as kernel.GlassSweep takes them
	signs    []uint64 // [sites][3][8] set where a coupling is -1; then eight zeros
	bonds    []int32  // what kernel.CountParity needs for the number of bonds that are not satisfied
	slices   [][][]int32
	waves    [][2][]float64 // cos and sin of the smallest wave vector along each direction
	replicas [2]glassReplica
	sweeps   int
}

// glassReplica is one replica of all systems at all temperatures.
type glassReplica struct {
	layers  []*glassLayer
	pick    *rng.Fast // decides exchanges
	energy  []kernel.Planes
	tried   int
	swapped []int // of each pair of temperatures
}

// glassLayer is one replica at one temperature.
type glassLayer struct {
	spins  []uint64 // [sites][8]; then eight zeros
	chance uint32   // exp(-4/T)
	random *kernel.RandomBits
	need   []uint64
	held   []uint64
	class  []uint8 // drawn ahead, for one sweep at least
	next   int
}

// held is one over the share of sites whose flips at no cost wait for another sweep.
const held = 16

// NewGlasses returns systems of random couplings and random spins. The ladder ascends; neighbouring temperatures are exchanged after
// every so many sweeps, never where every is 0.
func NewGlasses(l Lattice, ladder []float64, every int, seed uint64) (*Glasses, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	if l.Open || len(l.steps()) != 3 {
		return nil, fmt.Errorf("spin: Glasses need six neighbours a site, a periodic cubic or triangular lattice; got %s, open %v: use a Multispin", l.Kind, l.Open)
	}
	n := l.Sites()
	if most := (1<<kernel.GlassPlanes - 16) / 3; n > most {
		return nil, fmt.Errorf("spin: Glasses of %d sites, want at most %d: use a Multispin", n, most)
	}
	if err := checkLadder(ladder); err != nil {
		return nil, err
	}
	if every < 0 {
		return nil, fmt.Errorf("spin: exchanges after every %d sweeps: want 1 or more, or 0 for none", every)
	}
	g := &Glasses{lattice: l, n: n, ladder: append([]float64(nil), ladder...), every: every}
	g.arrange()
	stream := rng.New(seed, "spin.glasses")
	couplings := stream.Split(0)
	g.signs = make([]uint64, (3*n+1)*kernel.GlassLanes)
	for i := range 3 * n * kernel.GlassLanes {
		g.signs[i] = couplings.Uint64()
	}
	for r := range g.replicas {
		g.replicas[r].start(g, stream.Split(uint64(1+r)))
	}
	return g, nil
}

// arrange lists neighbours, bonds, and the slices of the lattice across each direction.
func (g *Glasses) arrange() {
	const lanes = kernel.GlassLanes
	l, n := g.lattice, g.n
	g.near = make([]int32, 6*n)
	at := make([]int, len(l.Size))
	g.slices = make([][][]int32, len(l.Size))
	for d, size := range l.Size {
		g.slices[d] = make([][]int32, size)
	}
	for i := range n {
		l.coordinates(i, at)
		for k, step := range l.steps() {
			j, _ := l.along(at, step)
			g.near[6*i+k], g.near[6*j+3+k] = int32(lanes*j), int32(lanes*i)
			g.bonds = append(g.bonds, int32(lanes*i), int32(lanes*j), int32(lanes*(3*i+k)))
		}
		for d, x := range at {
			g.slices[d][x] = append(g.slices[d][x], int32(lanes*i), int32(lanes*i), 0)
		}
	}
	g.bonds = fill(g.bonds, int32(lanes*n), int32(lanes*3*n))
	for d, size := range l.Size {
		var wave [2][]float64
		for x := range size {
			g.slices[d][x] = fill(g.slices[d][x], int32(lanes*n), 0)
			angle := 2 * math.Pi * float64(x) / float64(size)
			wave[0], wave[1] = append(wave[0], math.Cos(angle)), append(wave[1], math.Sin(angle))
		}
		g.waves = append(g.waves, wave)
	}
}

// fill adds triples that count nothing, up to a multiple of 16: the words behind the last site are zeros.
func fill(triples []int32, site, sign int32) []int32 {
	for len(triples)%(3*16) != 0 {
		triples = append(triples, site, site, sign)
	}
	return triples
}

func (r *glassReplica) start(g *Glasses, stream *rng.Stream) {
	r.pick = rng.NewFast(stream.Split(0))
	r.energy = make([]kernel.Planes, len(g.ladder))
	r.swapped = make([]int, len(g.ladder)-1)
	for k, t := range g.ladder {
		own := stream.Split(uint64(1 + k))
		l := &glassLayer{spins: make([]uint64, (g.n+1)*kernel.GlassLanes), chance: kernel.Chance(math.Exp(-4 / t))}
		for i := range g.n * kernel.GlassLanes {
			l.spins[i] = own.Uint64()
		}
		l.random = kernel.NewRandomBits(own.Uint64)
		block := 64 * kernel.BitLanes
		l.class = make([]uint8, max(1, (g.n+block-1)/block)*block)
		l.need, l.held = make([]uint64, len(l.class)/64), make([]uint64, len(l.class)/64)
		l.next = len(l.class)
		r.layers = append(r.layers, l)
	}
}

// classes returns the next n classes of sites: k or more with chance exp(-4k/T); of class 0, one in held stays where a flip costs nothing.
func (l *glassLayer) classes(n int) []uint8 {
	if l.next+n > len(l.class) {
		l.next = 0
		clear(l.class)
		for i := range l.need {
			l.need[i] = math.MaxUint64
		}
		l.random.Bernoulli(l.held, l.need, 1<<32/held)
		l.mark(l.held, kernel.GlassHeld)
		for k := range uint8(3) {
			l.random.Bernoulli(l.need, l.need, l.chance)
			l.mark(l.need, k+1)
		}
	}
	l.next += n
	return l.class[l.next-n : l.next]
}

func (l *glassLayer) mark(where []uint64, class uint8) {
	for i, w := range where {
		for ; w != 0; w &= w - 1 {
			l.class[64*i+bits.TrailingZeros64(w)] = class
		}
	}
}

// Sweep attempts to flip every spin of all systems n times, with exchanges between.
func (g *Glasses) Sweep(ctx context.Context, n int) error {
	for n > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		run := min(n, 64)
		if g.every > 0 {
			run = min(n, g.every-g.sweeps%g.every)
		}
		count := len(g.ladder)
		kernel.Parallel(2*count, 1, func(p, _, _ int) {
			l := g.replicas[p/count].layers[p%count]
			for range run {
				kernel.GlassSweep(l.spins, g.signs, g.near, l.classes(g.n))
			}
		})
		g.sweeps += run
		n -= run
		if g.every > 0 && g.sweeps%g.every == 0 {
			kernel.Parallel(2, 1, func(r, _, _ int) { g.replicas[r].exchange(g) })
		}
	}
	return nil
}

// exchange swaps neighbouring temperatures, even and odd pairs in turn, each system by its own energies.
func (r *glassReplica) exchange(g *Glasses) {
	for k, l := range r.layers {
		kernel.CountParity(&r.energy[k], l.spins, l.spins, g.signs, g.bonds)
	}
	for k := r.tried % 2; k+1 < len(r.layers); k += 2 {
		low, high := r.layers[k].spins, r.layers[k+1].spins
		var accept [kernel.GlassLanes]uint64
		for lane := range accept {
			// Energies are 2 U - bonds, U the number of bonds that are not satisfied: accepted where u <= exp(2 (b-b') (U-U')).
			slack := -math.Log(1-r.pick.Float64()) / (2 * (1/g.ladder[k] - 1/g.ladder[k+1]))
			accept[lane] = atLeast(&r.energy[k], &r.energy[k+1], lane, int(math.Min(slack, 1<<kernel.GlassPlanes-1)))
			r.swapped[k] += bits.OnesCount64(accept[lane])
		}
		for at := 0; at < len(low); at += kernel.GlassLanes {
			a, b := low[at:][:kernel.GlassLanes], high[at:][:kernel.GlassLanes]
			for lane, mask := range accept {
				t := (a[lane] ^ b[lane]) & mask
				a[lane] ^= t
				b[lane] ^= t
			}
		}
	}
	r.tried++
}

// atLeast finds in which places of a word a + m >= b, by adding and subtracting digit after digit.
func atLeast(a, b *kernel.Planes, lane, m int) uint64 {
	var carry, borrow uint64
	for k := range a {
		x, c, y := a[k][lane], -uint64(m>>k&1), b[k][lane]
		sum, up := fullAdder(x, c, carry)
		carry = up
		borrow = ^sum&y | ^(sum^y)&borrow
	}
	return carry | ^borrow
}
