package optim

import (
	"errors"
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
)

// ClipNorm scales the gradients of all parameters together when their norm exceeds a bound (Pascanu, Mikolov & Bengio
// 2013, "On the difficulty of training recurrent neural networks", algorithm 1):
//
//	if |g| > bound:  g = bound g / |g|,   |g|^2 = sum of the squares over all parameters
//
// PyTorch adds 1e-6 to the norm; the paper does not, nor do we. Sums are taken in float64, in a fixed order.
type ClipNorm struct {
	bound, norm float64
	views       []view // reused
}

var _ Transform = (*ClipNorm)(nil)

// NewClipNorm returns the transform for a bound above 0. An infinite bound measures and never clips.
func NewClipNorm(bound float64) (*ClipNorm, error) {
	if !(bound > 0) {
		return nil, fmt.Errorf("clip by norm: the bound is %v, want a number above 0", bound)
	}
	return &ClipNorm{bound: bound}, nil
}

// Norm is the norm at the last step, before clipping.
func (c *ClipNorm) Norm() float64 { return c.norm }

// Transform measures the norm and scales. A gradient that is not finite is an error which names its parameter, and
// nothing is changed.
func (c *ClipNorm) Transform(model []gorgonia.ValueGrad) error {
	c.views = c.views[:0]
	sum := 0.0
	for _, vg := range model {
		v, err := look(vg)
		if err != nil {
			return fmt.Errorf("clip by norm: %w", err)
		}
		c.views = append(c.views, v)
		sum += squares(v.g32) + squares(v.g64)
	}
	if math.IsNaN(sum) || math.IsInf(sum, 1) {
		for _, v := range c.views {
			if err := v.finite(); err != nil {
				return fmt.Errorf("clip by norm: %w", err)
			}
		}
		return errors.New("clip by norm: the squares of the gradients overflow: lower the rate")
	}
	c.norm = math.Sqrt(sum)
	if c.norm <= c.bound {
		return nil
	}
	factor := c.bound / c.norm
	for _, v := range c.views {
		scale(v.g32, factor)
		scale(v.g64, factor)
	}
	return nil
}

func squares[T float](g []T) float64 { return dot(g, g) }

func scale[T float](g []T, factor float64) {
	f := T(factor)
	for i := range g {
		g[i] *= f
	}
}
