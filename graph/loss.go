package graph

import (
	"fmt"
	"math"
	"slices"

	"lenz/graph/kernel"
)

// A Loss compares a prediction with a target, element by element, as one stable fused op. Every target element has
// Outputs() numbers in the prediction's last dimension: pred [..., D*Outputs], target [..., D]; a mask, shaped as the
// target, weighs each element (0 leaves it out). The loss is the weighted mean, 0 when all weights are.
//
// Softmax is the exception: its D is 1, pred is [..., C] for C classes and the target is the class index.
type Loss struct {
	name      string
	attrs     string
	outputs   int
	softmax   bool
	targetMin float64
	targetMax float64
	// point returns the loss of one element, and fills grad with its derivative with respect to the outputs p.
	point func(p []float64, y float64, grad []float64) float64
}

// Name is the loss's name, such as mse or gaussian.
func (l Loss) Name() string { return l.name }

// Outputs is how many numbers predict one target element.
func (l Loss) Outputs() int { return l.outputs }

// MSE is the squared error (p-y)^2.
func MSE() Loss {
	return Loss{name: "mse", outputs: 1, point: func(p []float64, y float64, g []float64) float64 {
		d := p[0] - y
		g[0] = 2 * d
		return d * d
	}}
}

// MAE is the absolute error |p-y|; its derivative at 0 is taken as 0.
func MAE() Loss {
	return Loss{name: "mae", outputs: 1, point: func(p []float64, y float64, g []float64) float64 {
		d := p[0] - y
		g[0] = sign(d)
		return math.Abs(d)
	}}
}

// Huber is d^2/2 where |d| = |p-y| <= delta and delta (|d| - delta/2) beyond (Huber 1964), as PyTorch's HuberLoss.
func Huber(delta float64) Loss {
	return Loss{name: "huber", attrs: fmt.Sprint(delta), outputs: 1, point: func(p []float64, y float64, g []float64) float64 {
		d := p[0] - y
		if math.Abs(d) <= delta {
			g[0] = d
			return d * d / 2
		}
		g[0] = delta * sign(d)
		return delta * (math.Abs(d) - delta/2)
	}}
}

// MinScale is the least standard deviation of the Gaussian head, in the units of the (scaled) target.
const MinScale = 1e-4

// GaussianScale turns the second output of the Gaussian head into its standard deviation: softplus(raw) + MinScale.
func GaussianScale(raw float64) float64 { return softplus(raw) + MinScale }

// Gaussian is the negative log-likelihood of N(mu, sigma^2), the constant included:
// log(sigma) + (y-mu)^2/(2 sigma^2) + log(2 pi)/2. The outputs are mu and raw, sigma = GaussianScale(raw).
func Gaussian() Loss {
	return Loss{name: "gaussian", outputs: 2, point: func(p []float64, y float64, g []float64) float64 {
		sigma := GaussianScale(p[1])
		z := (p[0] - y) / sigma
		g[0] = z / sigma
		g[1] = (1 - z*z) / sigma * sigmoid(p[1])
		return math.Log(sigma) + z*z/2 + math.Log(2*math.Pi)/2
	}}
}

// Quantile is the pinball loss, the mean over the levels q of max(q (y-p_q), (q-1) (y-p_q)) (Koenker, Bassett 1978).
// Output i is the quantile of level i.
func Quantile(levels ...float64) Loss {
	levels = slices.Clone(levels)
	n := float64(len(levels))
	return Loss{name: "quantile", attrs: fmt.Sprint(levels), outputs: len(levels), point: func(p []float64, y float64, g []float64) float64 {
		var sum float64
		for i, q := range levels {
			if d := y - p[i]; d >= 0 {
				sum += q * d
				g[i] = -q / n
			} else {
				sum += (q - 1) * d
				g[i] = (1 - q) / n
			}
		}
		return sum / n
	}}
}

// Softmax is the cross-entropy of a class index y in 0..C-1 with the logits p [..., C]: log(sum exp p) - p_y.
func Softmax(classes int) Loss {
	return Loss{name: "softmax", attrs: fmt.Sprint(classes), outputs: classes, softmax: true, targetMax: float64(classes - 1),
		point: func(p []float64, y float64, g []float64) float64 {
			most, sum := softmaxRow(g, p)
			g[int(y)]--
			return most + math.Log(sum) - p[int(y)]
		}}
}

// Binary is the cross-entropy of a target y in [0, 1] with a logit p: max(p, 0) - p y + log(1 + exp(-|p|)).
func Binary() Loss {
	return Loss{name: "binary", outputs: 1, targetMax: 1, point: func(p []float64, y float64, g []float64) float64 {
		g[0] = sigmoid(p[0]) - y
		return max(p[0], 0) - p[0]*y + math.Log1p(math.Exp(-math.Abs(p[0])))
	}}
}

// Loss adds the loss of pred against target to the graph, a scalar. The mask may be nil.
func (b *Builder) Loss(l Loss, pred, target, mask *Node) *Node {
	if b.err != nil {
		return b.Fail(nil)
	}
	ps, ts := pred.Shape(), target.Shape()
	elements := ts.TotalSize()
	if l.outputs < 1 || ps.TotalSize() != elements*l.outputs || len(ps) == 0 {
		return b.Fail(fmt.Errorf("graph: loss %s: prediction %v and target %v do not fit: %d numbers predict one target element",
			l.name, ps, ts, l.outputs))
	}
	if mask != nil && mask.Shape().TotalSize() != elements {
		return b.Fail(fmt.Errorf("graph: loss %s: mask %v does not fit target %v", l.name, mask.Shape(), ts))
	}
	if b.params.dtype == Float32 {
		return loss[float32](b, l, pred, target, mask)
	}
	return loss[float64](b, l, pred, target, mask)
}

func loss[T kernel.Float](b *Builder, l Loss, pred, target, mask *Node) *Node {
	n := l.outputs
	p, g := make([]float64, n), make([]float64, n)
	// each runs f over the elements with their weight, and returns the sum of weights.
	each := func(in [][]T, f func(i int, w, value float64)) float64 {
		var total float64
		for i, y := range in[1] {
			w := 1.0
			if len(in) == 3 {
				w = float64(in[2][i])
			}
			total += w
			if w == 0 {
				continue // a masked target may be NaN
			}
			for j := range p {
				p[j] = float64(in[0][i*n+j])
			}
			f(i, w, l.point(p, float64(y), g))
		}
		return total
	}
	in, diff := []*Node{pred, target}, []bool{true, false}
	if mask != nil {
		in, diff = append(in, mask), append(diff, false)
	}
	return Apply(b, Custom[T]{
		Name: l.name, Attrs: l.attrs, Diff: diff,
		Forward: func(out []T, in [][]T) error {
			if err := checkTargets(l, in); err != nil {
				return err
			}
			var sum float64
			total := each(in, func(_ int, w, v float64) { sum += w * v })
			out[0] = T(sum / nonzero(total))
			return nil
		},
		Backward: func(din, in [][]T, _, dout []T) error {
			clear(din[0])
			total := each(in, func(i int, w, _ float64) {
				for j, v := range g {
					din[0][i*n+j] = T(w * v)
				}
			})
			scale := T(float64(dout[0]) / nonzero(total))
			for i := range din[0] {
				din[0][i] *= scale
			}
			return nil
		},
	}, in...)
}

// checkTargets refuses labels that the loss is not defined for.
func checkTargets[T kernel.Float](l Loss, in [][]T) error {
	if l.targetMax == 0 && !l.softmax {
		return nil
	}
	for i, y := range in[1] {
		if len(in) == 3 && in[2][i] == 0 {
			continue
		}
		v := float64(y)
		if !(v >= l.targetMin && v <= l.targetMax) || l.softmax && v != math.Trunc(v) {
			return fmt.Errorf("target %d is %v, want a value in [%v, %v]", i, v, l.targetMin, l.targetMax)
		}
	}
	return nil
}

func nonzero(v float64) float64 {
	if v == 0 {
		return 1
	}
	return v
}

func sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

func sigmoid(v float64) float64 {
	if v >= 0 {
		return 1 / (1 + math.Exp(-v))
	}
	e := math.Exp(v)
	return e / (1 + e)
}

// softplus is log(1 + e^v), without overflow.
func softplus(v float64) float64 { return max(v, 0) + math.Log1p(math.Exp(-math.Abs(v))) }
