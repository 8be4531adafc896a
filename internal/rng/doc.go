// Package rng holds the counter-based random generator that everything random in the library draws from.
//
// A Stream is keyed by a seed and a name. Its n-th value is a function of the key and n alone, so that threads may share
// the work (At), its whole state is one counter, and two parts with different names never share numbers. Wrap it in
// math/rand/v2's rand.New for floats, normals and permutations.
package rng
