package kernel

import (
	"fmt"
	"math"
	"math/bits"
)

// BitLanes is the number of words that RandomBits draws at once.
const BitLanes = 8

// RandomBits makes random bits of any chance, for models whose spins or units are single bits of words. It holds eight
// xoshiro256++ generators (Blackman and Vigna 2021) side by side: State[i] is the i-th word of each.
type RandomBits struct{ State [4][BitLanes]uint64 }

// NewRandomBits takes the words of the state from a seeded source. The state of no generator is all zeros.
func NewRandomBits(next func() uint64) *RandomBits {
	r := &RandomBits{}
	for lane := range BitLanes {
		for i := range r.State {
			r.State[i][lane] = next()
		}
		r.State[3][lane] |= 1
	}
	return r
}

// Chance turns a probability in [0, 1) into the 32-bit fraction that Bernoulli takes, to the nearest: what Bernoulli realises differs
// from the probability by at most 2^-33.
func Chance(p float64) uint32 {
	switch {
	case !(p > 0):
		return 0
	case p >= 1-1.0/(1<<32):
		return 1<<32 - 1
	}
	return uint32(p*(1<<32) + 0.5)
}

// Bernoulli sets each bit of dst, where need has one, with the chance c/2^32, independently of all others; the other bits are cleared.
// dst and need are as long, a multiple of BitLanes words, and may be the same slice.
//
// A bit's uniform number is compared with the chance from the highest digit on, all places at once, until no place of the eight words is
// undecided: about 2 + log2 of the number of needed places digits in place of 32 (Knuth and Yao 1976).
func (r *RandomBits) Bernoulli(dst, need []uint64, c uint32) {
	if len(dst) != len(need) || len(dst)%BitLanes != 0 {
		panic("kernel: Bernoulli needs slices of one length, a multiple of eight words")
	}
	if len(dst) == 0 {
		return
	}
	var levels [32]uint64
	for k := range levels {
		levels[k] = -uint64(c >> (31 - k) & 1)
	}
	if fast() {
		bernoulli(&dst[0], &need[0], len(dst)/BitLanes, &levels[0], &r.State[0][0])
		return
	}
	for at := 0; at < len(dst); at += BitLanes {
		r.block((*[BitLanes]uint64)(dst[at:]), (*[BitLanes]uint64)(need[at:]), &levels)
	}
}

// block is the twin of the assembly.
func (r *RandomBits) block(dst, need *[BitLanes]uint64, levels *[32]uint64) {
	open, below := *need, [BitLanes]uint64{}
	for _, level := range levels {
		left := uint64(0)
		for lane := range open {
			differ := open[lane] & (r.next(lane) ^ level)
			below[lane] |= differ & level
			open[lane] &^= differ
			left |= open[lane]
		}
		if left == 0 {
			break
		}
	}
	*dst = below
}

// next is xoshiro256++ of a lane.
func (r *RandomBits) next(lane int) uint64 {
	s0, s1, s2, s3 := r.State[0][lane], r.State[1][lane], r.State[2][lane], r.State[3][lane]
	out := bits.RotateLeft64(s0+s3, 23) + s0
	t := s1 << 17
	s2 ^= s0
	s3 ^= s1
	s1 ^= s2
	s0 ^= s3
	s2 ^= t
	r.State[0][lane], r.State[1][lane], r.State[2][lane], r.State[3][lane] = s0, s1, s2, bits.RotateLeft64(s3, 45)
	return out
}

// Rows sets dst[l, j] to 1 with probability p[l, j], else to 0, for eight rows of n, row l by generator l. Two values after one another take one
// draw: 24 bits of it each, from the highest on. dst and p are [8, n], and may be the same slice.
func (r *RandomBits) Rows(dst, p []float32, n int) {
	if len(dst) != BitLanes*n || len(p) != BitLanes*n {
		panic(fmt.Sprintf("kernel: Rows of %d and %d values, want eight rows of %d", len(dst), len(p), n))
	}
	first := 0
	if blocks := n / (2 * BitLanes); fast() && blocks > 0 {
		drawRows(&dst[0], &p[0], blocks, 4*n, &r.State)
		first = blocks * 2 * BitLanes
	}
	for lane := range BitLanes {
		row, chance := dst[lane*n:(lane+1)*n], p[lane*n:(lane+1)*n]
		for j := first; j < n; j += 2 {
			u := r.next(lane)
			row[j] = below(u>>40, chance[j])
			if j+1 < n {
				row[j+1] = below(u>>8&(1<<24-1), chance[j+1])
			}
		}
	}
}

// below is 1 if u/2^24 < p, else 0: the sign of the difference spread over the bits of 1, since a branch would be guessed wrong as
// often as not.
func below(u uint64, p float32) float32 {
	const unit, one = 1.0 / (1 << 24), 0x3f800000
	return math.Float32frombits(one & uint32(int32(math.Float32bits(float32(u)*unit-p))>>31))
}
