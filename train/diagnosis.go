package train

import (
	"fmt"
	"math"
	"strings"

	"lenz/datasets"
	"lenz/graph"
)

// blame finds where a loss or gradient that is not finite comes from: parameters that were so before the step, then the batch's
// tensors, then the gradients, then the loss itself. Nil if all are finite.
func blame(p *graph.Params, b datasets.Batch, loss, rate float64, gradients bool) *DivergedError {
	if name, v, bad := nonFinite(p, false); bad {
		return &DivergedError{What: "before the step parameter", Parameter: name, Value: v, Rate: rate}
	}
	if d := blameBatch(b, largest(p)); d != nil {
		return d
	}
	name, v := "", 0.0
	if gradients {
		var bad bool
		if name, v, bad = nonFinite(p, true); bad && loss-loss == 0 {
			return &DivergedError{What: "the gradient", Parameter: name, Value: v, Rate: rate}
		}
	}
	if loss-loss != 0 {
		return &DivergedError{What: "the loss", Parameter: name, Value: loss, Rate: rate}
	}
	return nil
}

// largest is the largest number whose square the parameters' precision holds.
func largest(p *graph.Params) float64 {
	if p.Dtype() == graph.Float32 {
		return math.Sqrt(math.MaxFloat32)
	}
	return math.Sqrt(math.MaxFloat64)
}

// blameBatch looks through what a batch holds; targets that the mask leaves out do not count.
func blameBatch(b datasets.Batch, largest float64) *DivergedError {
	for _, t := range []struct {
		name string
		a    datasets.Array
		axes []string
	}{
		{"input X", b.X, []string{"time", "sequence", "column"}}, {"input Future", b.Future, []string{"step", "sequence", "column"}},
		{"target Y", b.Y, []string{"step", "sequence", "target"}}, {"Mask", b.Mask, []string{"step", "sequence", "target"}},
	} {
		for i, v := range t.a.Data {
			if math.Abs(v) <= largest || t.name == "target Y" && !b.Mask.IsZero() && b.Mask.Data[i] == 0 {
				continue
			}
			return &DivergedError{What: "in the batch " + t.name + position(t.a.Shape, t.axes, i), Value: v, Data: true}
		}
	}
	return nil
}

// position says where element i of an array is, counted from 0.
func position(shape []int, axes []string, i int) string {
	at := make([]string, len(shape))
	for d := len(shape) - 1; d >= 0; d-- {
		axis := "axis " + fmt.Sprint(d)
		if len(shape) == len(axes) {
			axis = axes[d]
		}
		at[d] = fmt.Sprintf("%s %d", axis, i%shape[d])
		i /= shape[d]
	}
	return " at " + strings.Join(at, ", ")
}
