package reproduce

import "math"

// rk23 integrates dx/dt = slope(x) from x0 and returns the states at 0, dt, 2 dt, ..., by the method of Bogacki and Shampine (1989) of
// orders 3 and 2 with cubic interpolation, steps chosen by an error of rtol |x| + atol. The programs of Gauthier et al. integrate so, with
// SciPy's default tolerances: their data carry errors of a thousandth, which what is learnt from them shows.
func rk23(slope func(d, x []float64), x0 []float64, dt float64, rows int) []float64 {
	const rtol, atol = 1e-3, 1e-6
	n := len(x0)
	x, next, at := append([]float64{}, x0...), make([]float64, n), make([]float64, n)
	k := make([][]float64, 4)
	for i := range k {
		k[i] = make([]float64, n)
	}
	slope(k[0], x)
	out := append(make([]float64, 0, rows*n), x0...)
	t, h := 0.0, 1e-3
	for len(out) < rows*n {
		stage := func(dst []float64, a, b, c float64) {
			for i, v := range x {
				dst[i] = v + h*(a*k[0][i]+b*k[1][i]+c*k[2][i])
			}
		}
		stage(at, 0.5, 0, 0)
		slope(k[1], at)
		stage(at, 0, 0.75, 0)
		slope(k[2], at)
		stage(next, 2.0/9, 1.0/3, 4.0/9)
		slope(k[3], next)
		norm := 0.0
		for i := range x {
			e := h * (5.0/72*k[0][i] - 1.0/12*k[1][i] - 1.0/9*k[2][i] + 1.0/8*k[3][i]) / (atol + rtol*max(math.Abs(x[i]), math.Abs(next[i])))
			norm += e * e / float64(n)
		}
		factor := 0.9 * math.Pow(math.Sqrt(norm), -1.0/3)
		if norm >= 1 {
			h *= max(0.2, factor)
			continue
		}
		for s := float64(len(out)/n) * dt; s <= t+h && len(out) < rows*n; s = float64(len(out)/n) * dt {
			z := (s - t) / h
			for i, v := range x {
				out = append(out, v+h*(k[0][i]*(z-4.0/3*z*z+5.0/9*z*z*z)+k[1][i]*(z*z-2.0/3*z*z*z)+k[2][i]*(4.0/3*z*z-8.0/9*z*z*z)+k[3][i]*(z*z*z-z*z)))
			}
		}
		t += h
		copy(x, next)
		copy(k[0], k[3])
		h *= min(10, factor)
	}
	return out
}
