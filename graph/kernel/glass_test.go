package kernel

import (
	"fmt"
	"math/bits"
	"testing"
)

// torus lists the six neighbours of the sites of a cubic lattice, as GlassSweep takes them.
func torus(size int) []int32 {
	var near []int32
	n := size * size * size
	for i := range n {
		x, y, z := i%size, i/size%size, i/(size*size)
		at := func(x, y, z int) int32 {
			return int32(GlassLanes * ((x+size)%size + size*((y+size)%size) + size*size*((z+size)%size)))
		}
		near = append(near, at(x+1, y, z), at(x, y+1, z), at(x, y, z+1), at(x-1, y, z), at(x, y-1, z), at(x, y, z-1))
	}
	return near
}

func words(n int, next func() uint64) []uint64 {
	w := make([]uint64, n)
	for i := range w {
		w[i] = next()
	}
	return w
}

// Every instruction set leaves the spins of the Go twin, which in turn leaves those of a system updated spin by spin.
func TestGlassSweepEqualsItsTwin(t *testing.T) {
	defer func(was instructions) { active = was }(active)
	for _, size := range []int{2, 3, 5} { // with side 2, two bonds join a pair
		n := size * size * size
		next, near := source(uint64(size)), torus(size)
		before, signs, class := words(n*GlassLanes, next), words(3*n*GlassLanes, next), make([]uint8, n)
		for i := range class {
			class[i] = uint8(next() % 5)
		}
		for set := pureGo; set <= detect(); set++ {
			active = set
			spins := append([]uint64(nil), before...)
			for range 3 {
				GlassSweep(spins, signs, near, class)
			}
			for _, system := range []int{0, 63, 64, 300, 511} {
				for i, s := range oneGlass(before, signs, near, class, system, 3) {
					if got := spins[i*GlassLanes+system/64] >> (system % 64) & 1; got != s {
						t.Fatalf("%v, side %d, system %d: spin %d is %d, want %d", set, size, system, i, got, s)
					}
				}
			}
			if set == pureGo {
				continue
			}
			active = pureGo
			twin := append([]uint64(nil), before...)
			for range 3 {
				GlassSweep(twin, signs, near, class)
			}
			for i := range twin {
				if twin[i] != spins[i] {
					t.Fatalf("%v, side %d: word %d is %x, want %x", set, size, i, spins[i], twin[i])
				}
			}
		}
	}
}

// oneGlass sweeps one of the systems with whole numbers.
func oneGlass(spins, signs []uint64, near []int32, class []uint8, system, sweeps int) []uint64 {
	bit := func(w []uint64, at int) uint64 { return w[at+system/64] >> (system % 64) & 1 }
	s := make([]uint64, len(class))
	for i := range s {
		s[i] = bit(spins, i*GlassLanes)
	}
	for range sweeps {
		for i := range s {
			against := 0
			for k := range 3 {
				j := int(near[6*i+k]) / GlassLanes
				against += int(s[i] ^ s[j] ^ bit(signs, (3*i+k)*GlassLanes))
				j = int(near[6*i+3+k]) / GlassLanes
				against += int(s[i] ^ s[j] ^ bit(signs, (3*j+k)*GlassLanes))
			}
			if class[i] == GlassHeld && against >= 4 || class[i] < GlassHeld && against+int(class[i]) >= 3 {
				s[i] ^= 1
			}
		}
	}
	return s
}

// Ones are counted right in each place: of nothing, of a block, of as many as overflow the lower planes.
func TestCountParity(t *testing.T) {
	defer func(was instructions) { active = was }(active)
	next := source(4)
	a, b, c := words(50*GlassLanes, next), words(60*GlassLanes, next), words(70*GlassLanes, next)
	for _, triples := range []int{0, 16, 48, 4096} {
		var at []int32
		for range triples {
			at = append(at, int32(next()%50*GlassLanes), int32(next()%60*GlassLanes), int32(next()%70*GlassLanes))
		}
		var want [64 * GlassLanes]int
		for i := 0; i < len(at); i += 3 {
			for lane := range GlassLanes {
				for w := a[int(at[i])+lane] ^ b[int(at[i+1])+lane] ^ c[int(at[i+2])+lane]; w != 0; w &= w - 1 {
					want[64*lane+bits.TrailingZeros64(w)]++
				}
			}
		}
		for set := pureGo; set <= detect(); set++ {
			active = set
			planes := Planes{5: {1, 2, 3}} // of an earlier count
			CountParity(&planes, a, b, c, at)
			for place, count := range want {
				got := 0
				for k := range planes {
					got |= int(planes[k][place/64]>>(place%64)&1) << k
				}
				if got != count {
					t.Fatalf("%v, %d triples: place %d counts %d, want %d", set, triples, place, got, count)
				}
			}
		}
	}
	active = detect()
	all := make([]uint64, GlassLanes)
	for i := range all {
		all[i] = ones
	}
	var planes Planes
	CountParity(&planes, all, make([]uint64, 8), make([]uint64, 8), make([]int32, 3*65520))
	if got := fmt.Sprint(planes[0][7], planes[4][0], planes[15][7]); got != fmt.Sprint(0, ones, ones) {
		t.Errorf("65520 = 0xfff0 ones have the digits %s", got)
	}
}

func BenchmarkGlassSweep(b *testing.B) {
	for _, size := range []int{4, 8} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			n := size * size * size
			next := source(1)
			spins, signs, near, class := words(n*GlassLanes, next), words(3*n*GlassLanes, next), torus(size), make([]uint8, n)
			for b.Loop() {
				GlassSweep(spins, signs, near, class)
			}
			b.ReportMetric(512*float64(n)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "flips/ns")
		})
	}
}

func BenchmarkCountParity(b *testing.B) {
	next := source(1)
	spins, signs := words(512*GlassLanes, next), words(3*512*GlassLanes, next)
	var at []int32
	near := torus(8)
	for i := range 512 {
		for k := range 3 {
			at = append(at, int32(GlassLanes*i), near[6*i+k], int32(GlassLanes*(3*i+k)))
		}
	}
	var planes Planes
	for b.Loop() {
		CountParity(&planes, spins, spins, signs, at)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(3*512), "ns/word")
}
