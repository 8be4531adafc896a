package boltzmann

import (
	"math"
	"slices"

	"lenz/graph"
	"lenz/graph/kernel"
)

// rowGrain and columnGrain are how many rows or columns one piece of work takes: pieces depend on the sizes alone.
const (
	rowGrain    = 16
	columnGrain = 256
)

// hiddenInputs returns x W^T + c [R, H] of rows x [R, V], which do not learn, W [H, V] and c [H]. The first n rows are data, which may be grey
// where samples are zeros and ones: then the two are multiplied apart.
func hiddenInputs[T kernel.Float](b *graph.Builder, x, w, c *graph.Node, n int) *graph.Node {
	rows, h, v := x.Shape()[0], w.Shape()[0], w.Shape()[1]
	ones := slices.Repeat([]T{1}, rows)
	return graph.Apply(b, graph.Custom[T]{
		Name: "hidden inputs", Shape: []int{rows, h}, Diff: []bool{false, true, true},
		Forward: func(out []T, in [][]T) error {
			x, w, c := in[0], in[1], in[2]
			if !kernel.GemmBinary(false, true, false, rows, h, v, x, v, w, v, c, out, h) {
				affine(out[:n*h], c, x[:n*v], v, true, w, n, h)
				affine(out[n*h:], c, x[n*v:], v, true, w, rows-n, h)
			}
			return nil
		},
		// dW = d^T x, dc = sum of d over rows
		Backward: func(d, in [][]T, _, g []T) error {
			if d[1] != nil {
				weightGradient(d[1], in[0], g, rows, n, h, v)
			}
			if d[2] != nil {
				kernel.GemmParallel(false, false, 1, h, rows, 1, ones, rows, g, h, 0, d[2], h)
			}
			return nil
		},
	}, x, w, c)
}

// weightGradient sets d [H, V] to g^T x, for g [R, H] and x [R, V] with n rows of data.
func weightGradient[T kernel.Float](d, x, g []T, rows, n, h, v int) {
	if kernel.GemmBinary(true, false, true, v, h, rows, x, v, g, h, nil, d, v) {
		return
	}
	var beta T
	if kernel.GemmBinary(true, false, true, v, h, rows-n, x[n*v:], v, g[n*h:], h, nil, d, v) {
		rows, beta = n, 1
	}
	kernel.GemmParallel(true, false, h, v, rows, 1, g, h, x, v, beta, d, v)
}

// freeEnergies returns F [R] of rows v [R, V], given pre = v W^T + c [R, H] and the visible biases, a [V] for all rows or [R, V]:
//
//	F(v) = - a.v - sum_j log(1 + e^pre_j)                 bernoulli
//	F(v) = |v - a|^2 / 2 - sum_j log(1 + e^pre_j)         gaussian
//
// What hidden takes is filled with the hidden probabilities 1/(1 + e^-pre), [R, H], on every run; they are part of the
// derivative, and the chains go on from them.
func freeEnergies[T kernel.Float](b *graph.Builder, pre, v, a *graph.Node, gaussian bool, hidden []T) *graph.Node {
	rows, h, n := pre.Shape()[0], pre.Shape()[1], v.Shape()[1]
	each := a.Shape().TotalSize() > n
	at := func(a []T, r int) []T {
		if each {
			a = a[r*n:]
		}
		return a[:n]
	}
	name := "free energy"
	if gaussian {
		name = "gaussian free energy"
	}
	return graph.Apply(b, graph.Custom[T]{
		Name: name, Shape: []int{rows}, Diff: []bool{true, false, true},
		Forward: func(out []T, in [][]T) error {
			kernel.Parallel(rows, rowGrain, func(_, lo, hi int) {
				e := make([]T, h)
				kernel.Sigmoid(hidden[lo*h:hi*h], in[0][lo*h:hi*h])
				for r := lo; r < hi; r++ {
					out[r] = T(visibleEnergy(in[1][r*n:(r+1)*n], at(in[2], r), gaussian) - softplusSum(in[0][r*h:(r+1)*h], e))
				}
			})
			return nil
		},
		// dF/dpre = -sigmoid(pre); dF/da = -v, or a - v
		Backward: func(d, in [][]T, _, g []T) error {
			if d[0] != nil {
				kernel.Parallel(rows, rowGrain, func(_, lo, hi int) {
					for r := lo; r < hi; r++ {
						to := d[0][r*h : (r+1)*h]
						for j, p := range hidden[r*h : (r+1)*h] {
							to[j] = -g[r] * p
						}
					}
				})
			}
			if d[2] != nil {
				visibleBiases(d[2], in[1], in[2], g, n, gaussian)
			}
			return nil
		},
	}, pre, v, a)
}

// visibleBiases sets d to the sum over rows of g dF/da, -v or a - v, for rows v of n; where a and d have a row for each row of v, nothing is added
// up.
func visibleBiases[T kernel.Float](d, v, a, g []T, n int, gaussian bool) {
	rows := len(g)
	switch {
	case len(a) > n:
		clear(d)
		kernel.Parallel(rows, rowGrain, func(_, lo, hi int) {
			for r := lo; r < hi; r++ {
				biasRow(d[r*n:(r+1)*n], a[r*n:(r+1)*n], v[r*n:(r+1)*n], g[r], gaussian)
			}
		})
	case gaussian:
		clear(d)
		kernel.Parallel(n, columnGrain, func(_, lo, hi int) { // each piece has its columns, and adds the rows in order
			for r, gr := range g {
				biasRow(d[lo:hi], a[lo:hi], v[r*n+lo:r*n+hi], gr, gaussian)
			}
		})
	default:
		kernel.GemmParallel(false, false, 1, n, rows, -1, g, rows, v, n, 0, d, n)
	}
}

// biasRow adds g dF/da of one row, -v or a - v, to d.
func biasRow[T kernel.Float](d, a, v []T, g T, gaussian bool) {
	d, a = d[:len(v)], a[:len(v)]
	if gaussian {
		for i, x := range v {
			d[i] -= g * (x - a[i])
		}
		return
	}
	for i, x := range v {
		d[i] -= g * x
	}
}

// visibleEnergy is the energy of visible values without that of the hidden units.
func visibleEnergy[T kernel.Float](v, a []T, gaussian bool) float64 {
	if !gaussian {
		return -kernel.Dot(v, a)
	}
	var sum float64
	a = a[:len(v)]
	for i, x := range v {
		d := float64(x - a[i])
		sum += d * d / 2
	}
	return sum
}

// longRow is the length from which on the softplus of a vector is faster than one logarithm of a product.
const longRow = 256

// softplusSum returns sum log(1 + e^x); e is room for len(x) values. Short rows take it as sum (x + |x|)/2 + log prod (1 + e^-|x|): each
// factor is between 1 and 2, so that 512 of them cannot overflow and one logarithm serves them all.
func softplusSum[T kernel.Float](x, e []T) float64 {
	e = e[:len(x)]
	if len(x) >= longRow {
		kernel.Softplus(e, x)
		return kernel.Sum(e)
	}
	for j, v := range x {
		e[j] = T(-math.Abs(float64(v)))
	}
	kernel.Exp(e, e)
	var sum float64
	for lo := 0; lo < len(x); lo += 512 {
		hi := min(lo+512, len(x))
		q, f := x[lo:hi], e[lo:hi]
		p0, p1, p2, p3 := 1.0, 1.0, 1.0, 1.0
		var s0, s1, s2, s3 float64
		j := 0
		for ; j+4 <= len(q); j += 4 {
			q, f := q[j:j+4:j+4], f[j:j+4:j+4]
			p0 *= 1 + float64(f[0])
			p1 *= 1 + float64(f[1])
			p2 *= 1 + float64(f[2])
			p3 *= 1 + float64(f[3])
			s0 += twicePositive(q[0])
			s1 += twicePositive(q[1])
			s2 += twicePositive(q[2])
			s3 += twicePositive(q[3])
		}
		for ; j < len(q); j++ {
			p0 *= 1 + float64(f[j])
			s0 += twicePositive(q[j])
		}
		sum += math.Log((p0*p1)*(p2*p3)) + ((s0+s1)+(s2+s3))/2
	}
	return sum
}

// twicePositive is 2 max(x, 0) without a branch.
func twicePositive[T kernel.Float](x T) float64 { return float64(x) + math.Abs(float64(x)) }

// weighted returns sum_r w_r x_r, a scalar; w does not learn.
func weighted[T kernel.Float](b *graph.Builder, x, w *graph.Node) *graph.Node {
	return graph.Apply(b, graph.Custom[T]{
		Name: "weighted sum", Diff: []bool{true, false},
		Forward: func(out []T, in [][]T) error {
			var sum float64
			for i, v := range in[0] {
				sum += float64(v) * float64(in[1][i])
			}
			out[0] = T(sum)
			return nil
		},
		Backward: func(d, in [][]T, _, g []T) error {
			for i, w := range in[1] {
				d[0][i] = g[0] * w
			}
			return nil
		},
	}, x, w)
}

// halfSquares returns scale/2 |x|^2, a scalar.
func halfSquares[T kernel.Float](b *graph.Builder, x *graph.Node, scale float64) *graph.Node {
	return graph.Apply(b, graph.Custom[T]{
		Name: "half squares",
		Forward: func(out []T, in [][]T) error {
			var sum float64
			for _, v := range in[0] {
				sum += float64(v) * float64(v)
			}
			out[0] = T(scale / 2 * sum)
			return nil
		},
		Backward: func(d, in [][]T, _, g []T) error {
			s := T(scale) * g[0]
			for i, v := range in[0] {
				d[0][i] = s * v
			}
			return nil
		},
	}, x)
}

// sparsity returns cost * sum_j of the cross-entropy between the wanted activity p and the mean q_j of sigmoid(pre) over the first
// rows (Hinton 2010, section 11): - p log q_j - (1-p) log(1-q_j), a scalar.
func sparsity[T kernel.Float](b *graph.Builder, pre *graph.Node, rows int, p, cost float64) *graph.Node {
	h := pre.Shape()[1]
	s, q := make([]T, rows*h), make([]float64, h)
	const least = 1e-7 // a unit that is always off in float32 has no logarithm
	return graph.Apply(b, graph.Custom[T]{
		Name: "sparsity",
		Forward: func(out []T, in [][]T) error {
			kernel.Sigmoid(s, in[0][:rows*h])
			clear(q)
			for i, v := range s {
				q[i%h] += float64(v) / float64(rows)
			}
			var sum float64
			for j, v := range q {
				q[j] = min(max(v, least), 1-least)
				sum -= p*math.Log(q[j]) + (1-p)*math.Log(1-q[j])
			}
			out[0] = T(cost * sum)
			return nil
		},
		// d/dpre = cost (q-p) / (q (1-q)) s (1-s) / rows
		Backward: func(d, _ [][]T, _, g []T) error {
			clear(d[0])
			for i, v := range s {
				u := q[i%h]
				d[0][i] = T(float64(g[0])*cost*(u-p)/(u*(1-u))/float64(rows)) * v * (1 - v)
			}
			return nil
		},
	}, pre)
}
