package optim

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
)

// AGC limits the gradient of each unit to a share of its weights (adaptive gradient clipping: Brock, De, Smith & Simonyan 2021,
// "High-performance large-scale image recognition without normalization", equation 3):
//
//	if |g_i| > lambda max(|w_i|, epsilon):  g_i = lambda max(|w_i|, epsilon) g_i / |g_i|
//
// A unit i is a row of a matrix, whose first dimension counts outputs as in PyTorch; a vector counts as one. The paper does not clip
// the last layer's weights.
type AGC struct{ lambda float64 }

// agcEpsilon lets weights that begin at zero learn; the paper's.
const agcEpsilon = 1e-3

var _ Transform = AGC{}

// NewAGC returns the transform for a share above 0; the paper has 0.01 and 0.02.
func NewAGC(lambda float64) (AGC, error) {
	if !(lambda > 0) {
		return AGC{}, fmt.Errorf("adaptive gradient clipping: lambda is %v, want a number above 0", lambda)
	}
	return AGC{lambda}, nil
}

// Transform limits the gradients. One that is not finite is an error which names its parameter.
func (a AGC) Transform(model []gorgonia.ValueGrad) error {
	for _, vg := range model {
		v, err := look(vg)
		if err == nil {
			err = v.finite()
		}
		if err != nil {
			return fmt.Errorf("adaptive gradient clipping: %w", err)
		}
		limitUnits(a.lambda, unit(v), v.g32, v.x32)
		limitUnits(a.lambda, unit(v), v.g64, v.x64)
	}
	return nil
}

// unit is how many values belong to one output of the parameter.
func unit(v view) int {
	if _, columns := matrix(v.shape); columns > 0 {
		return columns
	}
	return len(v.x32) + len(v.x64)
}

func limitUnits[T float](lambda float64, unit int, g, x []T) {
	for i := 0; i < len(g); i += unit {
		gi, xi := g[i:i+unit], x[i:i+unit]
		norm, most := math.Sqrt(squares(gi)), lambda*max(math.Sqrt(squares(xi)), agcEpsilon)
		if norm > most {
			scale(gi, most/norm)
		}
	}
}
