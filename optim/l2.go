package optim

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
)

// L2 adds the gradient of lambda |x|^2 / 2 to the gradients, as PyTorch's weight_decay does:
//
//	g = g + lambda x
//
// Under an adaptive optimizer this is not weight decay (Loshchilov & Hutter 2019): see AdamW.
type L2 struct{ lambda float64 }

var _ Transform = L2{}

// NewL2 returns the transform for a finite lambda of at least 0.
func NewL2(lambda float64) (L2, error) {
	if !(lambda >= 0) || math.IsInf(lambda, 1) {
		return L2{}, fmt.Errorf("l2 decay: lambda is %v, want a finite number of at least 0", lambda)
	}
	return L2{lambda}, nil
}

// Transform adds lambda x to the gradients.
func (l L2) Transform(model []gorgonia.ValueGrad) error {
	for _, vg := range model {
		v, err := look(vg)
		if err != nil {
			return fmt.Errorf("l2 decay: %w", err)
		}
		addScaled(v.g32, v.x32, l.lambda)
		addScaled(v.g64, v.x64, l.lambda)
	}
	return nil
}

func addScaled[T float](g, x []T, lambda float64) {
	l := T(lambda)
	for i, x := range x {
		g[i] += l * x
	}
}
