package optim

import (
	"fmt"

	"gorgonia.org/gorgonia"
)

// Centralize takes the mean off the gradient of each unit's weights (Yong, Huang, Hua & Zhang 2020, "Gradient centralization:
// A new optimization technique for deep neural networks", equation 1):
//
//	g_i = g_i - mean(g_i)
//
// A unit i is a row of a matrix, whose first dimension counts outputs as in PyTorch. Vectors stay.
type Centralize struct{}

var _ Transform = Centralize{}

// Transform centralizes the gradients of matrices.
func (Centralize) Transform(model []gorgonia.ValueGrad) error {
	for _, vg := range model {
		v, err := look(vg)
		if err != nil {
			return fmt.Errorf("gradient centralization: %w", err)
		}
		if _, columns := matrix(v.shape); columns > 0 {
			centralize(columns, v.g32)
			centralize(columns, v.g64)
		}
	}
	return nil
}

func centralize[T float](unit int, g []T) {
	for i := 0; i < len(g); i += unit {
		gi, sum := g[i:i+unit], [4]float64{} // four sums keep the adder busy
		for j, v := range gi {
			sum[j&3] += float64(v)
		}
		mean := T(((sum[0] + sum[1]) + (sum[2] + sum[3])) / float64(unit))
		for j := range gi {
			gi[j] -= mean
		}
	}
}
