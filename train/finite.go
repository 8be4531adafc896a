package train

import (
	"lenz/graph"
	"lenz/graph/kernel"
)

// sumSquares adds the squares of all gradients in float64, in a fixed order.
func sumSquares(p *graph.Params) float64 {
	if p.Dtype() == graph.Float32 {
		return addSquares(graph.Grads[float32](p))
	}
	return addSquares(graph.Grads[float64](p))
}

func addSquares[T kernel.Float](g []T) float64 {
	var a, b, c, d float64 // four sums keep the adder busy
	i := 0
	for ; i+4 <= len(g); i += 4 {
		q := g[i : i+4 : i+4]
		a += float64(q[0]) * float64(q[0])
		b += float64(q[1]) * float64(q[1])
		c += float64(q[2]) * float64(q[2])
		d += float64(q[3]) * float64(q[3])
	}
	for _, v := range g[i:] {
		a += float64(v) * float64(v)
	}
	return (a + b) + (c + d)
}

// nonFinite finds the first value (or gradient) that is NaN or infinite, and its parameter.
func nonFinite(p *graph.Params, grads bool) (name string, value float64, bad bool) {
	if p.Dtype() == graph.Float32 {
		if grads {
			return firstNonFinite(p, graph.Grads[float32](p))
		}
		return firstNonFinite(p, graph.Values[float32](p))
	}
	if grads {
		return firstNonFinite(p, graph.Grads[float64](p))
	}
	return firstNonFinite(p, graph.Values[float64](p))
}

func firstNonFinite[T kernel.Float](p *graph.Params, arena []T) (name string, value float64, bad bool) {
	// v - v is 0 for a finite v and NaN otherwise, and NaN stays in a sum; four sums keep the adder busy.
	var a, b, c, d T
	i := 0
	for ; i+4 <= len(arena); i += 4 {
		q := arena[i : i+4 : i+4]
		a += q[0] - q[0]
		b += q[1] - q[1]
		c += q[2] - q[2]
		d += q[3] - q[3]
	}
	for _, v := range arena[i:] {
		a += v - v
	}
	if (a+b)+(c+d) == 0 {
		return "", 0, false
	}
	at := 0
	for _, q := range p.All() {
		for _, v := range arena[at : at+q.Size()] {
			if v-v != 0 {
				return q.Name(), float64(v), true
			}
		}
		at += q.Size()
	}
	panic("train: a sum of zeros is not zero")
}
