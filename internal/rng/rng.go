package rng

import (
	"fmt"
	"hash/fnv"
	"math/bits"

	"lenz/internal/state"
)

// Stream is a seeded generator. It implements math/rand/v2's Source and state.Stateful. The zero value is the
// stream of key 0; use New.
type Stream struct {
	key uint64
	n   uint64
}

var _ state.Stateful = (*Stream)(nil)

// New returns the stream of a seed and a name.
func New(seed uint64, name string) *Stream {
	h := fnv.New64a()
	h.Write([]byte(name))
	return &Stream{key: block(h.Sum64(), seed, 0)}
}

// Split returns the stream of a further number, such as an epoch, a step or a chain. It does not move s.
func (s *Stream) Split(i uint64) *Stream { return &Stream{key: block(s.key, i, 1)} }

// Uint64 returns the next value.
func (s *Stream) Uint64() uint64 {
	v := s.At(s.n)
	s.n++
	return v
}

// At returns value i of the stream, wherever the stream stands.
func (s *Stream) At(i uint64) uint64 { return block(s.key, i, 0) }

// Float64At returns value i as a uniform number in [0, 1).
func (s *Stream) Float64At(i uint64) float64 { return float64(s.At(i)>>11) / (1 << 53) }

// State returns the key and the position.
func (s *Stream) State() state.State { return state.State{"key": s.key, "n": s.n} }

// Restore sets the position; the key must be the stream's own.
func (s *Stream) Restore(from state.State) error {
	key, err := state.Get[uint64](from, "key")
	if err != nil {
		return fmt.Errorf("rng: %w", err)
	}
	n, err := state.Get[uint64](from, "n")
	if err != nil {
		return fmt.Errorf("rng: %w", err)
	}
	if key != s.key {
		return fmt.Errorf("rng: the saved stream has key %x, this one %x: the seed differs", key, s.key)
	}
	s.n = n
	return nil
}

// block is Philox-2x64 with ten rounds (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as
// 1, 2, 3"); the second output word is dropped.
func block(key, lo, hi uint64) uint64 {
	const (
		multiplier = 0xD2B74407B1CE6E93
		weyl       = 0x9E3779B97F4A7C15
	)
	for range 10 {
		h, l := bits.Mul64(multiplier, lo)
		lo, hi = h^key^hi, l
		key += weyl
	}
	return lo
}
