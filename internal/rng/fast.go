package rng

import (
	"fmt"
	"math/bits"

	"lenz/internal/state"
)

// Fast is xoshiro256++ (Blackman and Vigna 2021): a sequential generator for work that takes most of its time to draw numbers.
// Its four words of state come from a Stream, so that distinct streams start it at places 2^256/(number of draws)^2 unlikely to
// overlap. Copy its fields to local variables in a hot loop.
type Fast struct{ S0, S1, S2, S3 uint64 }

// NewFast returns the generator that a stream starts: its values 0 to 3 are the state.
func NewFast(s *Stream) *Fast { return &Fast{s.At(0), s.At(1), s.At(2), s.At(3) | 1} }

// Uint64 returns the next value.
func (f *Fast) Uint64() uint64 {
	r := bits.RotateLeft64(f.S0+f.S3, 23) + f.S0
	t := f.S1 << 17
	f.S2 ^= f.S0
	f.S3 ^= f.S1
	f.S1 ^= f.S2
	f.S0 ^= f.S3
	f.S2 ^= t
	f.S3 = bits.RotateLeft64(f.S3, 45)
	return r
}

// Float64 returns a uniform number in [0, 1).
func (f *Fast) Float64() float64 { return float64(f.Uint64()>>11) / (1 << 53) }

// IntN returns a uniform whole number in [0, n), by multiplication without rejection: the bias is below n/2^64.
func (f *Fast) IntN(n int) int {
	hi, _ := bits.Mul64(f.Uint64(), uint64(n))
	return int(hi)
}

// Words returns the state as four words; SetWords takes them back.
func (f *Fast) Words() []uint64 { return []uint64{f.S0, f.S1, f.S2, f.S3} }

// SetWords takes what Words gave.
func (f *Fast) SetWords(w []uint64) error {
	if len(w) != 4 || w[0]|w[1]|w[2]|w[3] == 0 {
		return fmt.Errorf("rng: a state of %d words %x, want four that are not all zero", len(w), w)
	}
	f.S0, f.S1, f.S2, f.S3 = w[0], w[1], w[2], w[3]
	return nil
}

// State returns the four words.
func (f *Fast) State() state.State { return state.State{"words": f.Words()} }

// Restore takes what State gave.
func (f *Fast) Restore(from state.State) error {
	w, err := state.Slice[uint64](from, "words", 4)
	if err != nil {
		return fmt.Errorf("rng: %w", err)
	}
	return f.SetWords(w)
}
