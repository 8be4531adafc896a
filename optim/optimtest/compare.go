package optimtest

import (
	"maps"
	"math"
	"reflect"
	"slices"

	"lenz/internal/state"
)

// same compares bits, so that -0 differs from 0 and NaN equals itself.
func same(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

// sameState compares two trees: types, keys and bits.
func sameState(a, b state.State) bool {
	return maps.EqualFunc(a, b, func(x, y any) bool {
		switch x := x.(type) {
		case state.State:
			y, ok := y.(state.State)
			return ok && sameState(x, y)
		case []float64:
			y, ok := y.([]float64)
			return ok && same(x, y)
		case []float32:
			y, ok := y.([]float32)
			return ok && slices.EqualFunc(x, y, func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) })
		default:
			return reflect.DeepEqual(x, y)
		}
	})
}

// cloneState copies a tree and the slices in it.
func cloneState(s state.State) state.State {
	out := state.State{}
	for key, v := range s {
		switch v := v.(type) {
		case state.State:
			out[key] = cloneState(v)
		case []float64:
			out[key] = slices.Clone(v)
		case []float32:
			out[key] = slices.Clone(v)
		default: // scalars, and slices of kinds that optimizers do not keep
			out[key] = v
		}
	}
	return out
}
