package state

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A State is a tree of named values. A value is one of
//
//	bool, int, uint64, float64, string,
//	[]bool, []int, []uint64, []float32, []float64, []string, or a nested State.
//
// A key is any non-empty string without '/'. What State gives out is a copy: later steps do not change it.
type State map[string]any

// Stateful is a part that can be saved and restored. Restore takes what State gave, on a part that was built
// with the same settings, and leaves it as it was then, to the bit. On an error the part is unchanged or unusable,
// and the error names the key.
type Stateful interface {
	State() State
	Restore(State) error
}

// Value lists the kinds that a State holds.
type Value interface {
	bool | int | uint64 | float64 | string |
		[]bool | []int | []uint64 | []float32 | []float64 | []string | State
}

// Get returns the value of the key, or an error that names the key and both types.
func Get[V Value](s State, key string) (V, error) {
	var zero V
	got, ok := s[key]
	if !ok {
		return zero, fmt.Errorf("state: %q is missing; the keys are %s", key, strings.Join(Keys(s), ", "))
	}
	v, ok := got.(V)
	if !ok {
		return zero, fmt.Errorf("state: %q is a %T, want a %T", key, got, zero)
	}
	return v, nil
}

// Slice returns the slice of the key if it has n elements, or an error that names the key and both lengths.
func Slice[E bool | int | uint64 | float32 | float64 | string](s State, key string, n int) ([]E, error) {
	got, ok := s[key]
	if !ok {
		return nil, fmt.Errorf("state: %q is missing; the keys are %s", key, strings.Join(Keys(s), ", "))
	}
	v, ok := got.([]E)
	if !ok {
		return nil, fmt.Errorf("state: %q is a %T, want a %T", key, got, v)
	}
	if len(v) != n {
		return nil, fmt.Errorf("state: %q has %d values, want %d", key, len(v), n)
	}
	return v, nil
}

// Keys returns the keys in order.
func Keys(s State) []string { return slices.Sorted(maps.Keys(s)) }
