package reproduce

import "math"

// rk23 integrates dx/dt = slope(x) from x0 and returns the states at 0, dt, 2 dt, ..., by the method of Bogacki and Shampine (1989) of
// orders 3 and 2 with cubic interpolation, steps chosen by an error of rtol |x| + atol. The programs of Gauthier et al. integrate so, with
// SciPy's default tolerances: their data carry errors of a thousandth, which what is learnt from them shows. The steps are SciPy's, so that
// its states come out to rounding.
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
	t, h, rejected := 0.0, firstStep(slope, x, k[0], rtol, atol), false
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
			rejected = true
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
		most := 10.0
		if rejected { // no growth after a step that failed
			most, rejected = 1, false
		}
		h *= min(most, factor)
	}
	return out
}

// firstStep is that of Hairer, Norsett & Wanner 1993, section II.4, for an error estimate of order 2; k is the slope at x.
func firstStep(slope func(d, x []float64), x, k []float64, rtol, atol float64) float64 {
	n := len(x)
	norm := func(v func(i int) float64) float64 {
		sum := 0.0
		for i := range n {
			u := v(i) / (atol + rtol*math.Abs(x[i]))
			sum += u * u / float64(n)
		}
		return math.Sqrt(sum)
	}
	size, speed := norm(func(i int) float64 { return x[i] }), norm(func(i int) float64 { return k[i] })
	h := 1e-6
	if size >= 1e-5 && speed >= 1e-5 {
		h = 0.01 * size / speed
	}
	along, there := make([]float64, n), make([]float64, n)
	for i := range along {
		along[i] = x[i] + h*k[i]
	}
	slope(there, along)
	bend := norm(func(i int) float64 { return there[i] - k[i] }) / h
	if speed <= 1e-15 && bend <= 1e-15 {
		return min(100*h, max(1e-6, 1e-3*h))
	}
	return min(100*h, math.Cbrt(0.01/max(speed, bend)))
}
