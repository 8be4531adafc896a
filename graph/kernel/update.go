package kernel

import "math"

// AdamUpdate holds the factors of one update of Adam, the bias corrections taken into Alpha and Root:
//
//	m = Beta1 m + Rest1 g,  v = Beta2 v + Rest2 g²,  x -= Alpha m / (Root sqrt(v) + Epsilon)
type AdamUpdate[T Float] struct{ Beta1, Rest1, Beta2, Rest2, Alpha, Root, Epsilon T }

// Apply updates the values x and the moments m and v, all as long as the gradient g. Nothing is fused, so that the
// assembly for float32 has the bits of the loop in Go on amd64, but that it takes numbers below 2^-126 as zero.
func (a AdamUpdate[T]) Apply(x, g, m, v []T) {
	checkVector("AdamUpdate", len(x), len(g))
	checkVector("AdamUpdate", len(m), len(g))
	checkVector("AdamUpdate", len(v), len(g))
	if len(g) == 0 {
		return
	}
	if x, ok := any(x).([]float32); ok && fast() {
		scalars := [...]float32{float32(a.Beta1), float32(a.Rest1), float32(a.Beta2), float32(a.Rest2), float32(a.Alpha), float32(a.Root), float32(a.Epsilon)}
		adam32(&x[0], &any(g).([]float32)[0], &any(m).([]float32)[0], &any(v).([]float32)[0], len(x), &scalars[0])
		return
	}
	x, m, v = x[:len(g)], m[:len(g)], v[:len(g)]
	for i, g := range g {
		mi := a.Beta1*m[i] + a.Rest1*g
		vi := a.Beta2*v[i] + a.Rest2*g*g
		m[i], v[i] = mi, vi // before the root: the compiler can then overlap the roots of neighbours, three times as fast
		x[i] -= a.Alpha * mi / (T(math.Sqrt(float64(vi)))*a.Root + a.Epsilon)
	}
}

// Finite tells whether x has neither NaN nor an infinity.
func Finite[T Float](x []T) bool {
	if len(x) == 0 {
		return true
	}
	if x, ok := any(x).([]float32); ok && fast() {
		return nonfinite32(&x[0], len(x)) == 0
	}
	// x - x is 0 for a finite x and NaN otherwise, and NaN stays in a sum: four sums keep the adder busy.
	var a, b, c, d T
	i := 0
	for ; i+4 <= len(x); i += 4 {
		q := x[i : i+4 : i+4]
		a += q[0] - q[0]
		b += q[1] - q[1]
		c += q[2] - q[2]
		d += q[3] - q[3]
	}
	for ; i < len(x); i++ {
		a += x[i] - x[i]
	}
	return a+b+c+d == 0
}
