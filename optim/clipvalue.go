package optim

import (
	"fmt"

	"gorgonia.org/gorgonia"
)

// ClipValue limits each element of each gradient (Graves 2013, "Generating sequences with recurrent neural networks",
// section 2.1):
//
//	g_i = min(max(g_i, -bound), bound)
type ClipValue struct{ bound float64 }

var _ Transform = ClipValue{}

// NewClipValue returns the transform for a bound above 0.
func NewClipValue(bound float64) (ClipValue, error) {
	if !(bound > 0) {
		return ClipValue{}, fmt.Errorf("clip by value: the bound is %v, want a number above 0", bound)
	}
	return ClipValue{bound}, nil
}

// Transform limits the gradients. One that is not finite is an error which names its parameter: clipping would
// turn an infinity into an ordinary number in silence.
func (c ClipValue) Transform(model []gorgonia.ValueGrad) error {
	for _, vg := range model {
		v, err := look(vg)
		if err == nil {
			err = v.finite()
		}
		if err != nil {
			return fmt.Errorf("clip by value: %w", err)
		}
		clamp(v.g32, c.bound)
		clamp(v.g64, c.bound)
	}
	return nil
}

func clamp[T float](g []T, bound float64) {
	b := T(bound)
	for i, v := range g {
		g[i] = min(max(v, -b), b)
	}
}
