package datasets

import (
	"fmt"
	"math"
	"math/rand/v2"

	"lenz/internal/rng"
)

// generated lists the generators.
func generated() []Info {
	length := func(n float64) Setting { return Setting{"length", n, "rows", true, 1} }
	seed := Setting{"seed", 1, "seed of everything random", true, 0}
	discard := func(n float64) Setting {
		return Setting{"discard", n, "rows left out at the beginning, until the start is forgotten", true, 0}
	}
	sizes := []Setting{
		{"train", 10000, "sequences for training", true, 1},
		{"valid", 1000, "sequences for validation", true, 1},
		{"test", 1000, "sequences for testing", true, 1},
		{"fresh", 0, "1 draws new training sequences each epoch", true, 0},
		seed,
	}
	const licence = "generated, none needed"
	sets := []Info{
		{Name: "sines", Description: "sum of sines of random periods, amplitudes and phases, with noise", Licence: licence,
			Source:  "y(t) = sum_k a_k sin(2 pi t/P_k + phi_k) + noise e(t); ln P_k ~ U[ln 8, ln 80], a_k ~ U[0.5, 1], e(t) ~ N(0, 1)",
			Targets: []string{"y"}, Period: 1, open: openSeries(sines),
			Settings: []Setting{length(2000), {"components", 3, "sines", true, 1}, {"noise", 0.1, "standard deviation of the noise", false, 0}, seed}},
		{Name: "lorenz", Description: "the Lorenz attractor, by the classical Runge-Kutta method", Licence: licence,
			Source:  "Lorenz 1963, eqs. 25-27: x' = sigma (y - x), y' = x (rho - z) - y, z' = x y - beta z",
			Targets: []string{"x", "y", "z"}, Period: 1, open: openSeries(lorenz),
			Settings: []Setting{length(5000), {"dt", 0.02, "time from row to row", false, 1e-6}, {"sigma", 10, "Prandtl number", false, 0},
				{"rho", 28, "Rayleigh number over its critical value", false, 0}, {"beta", 8.0 / 3, "aspect", false, 0}, discard(1000), seed}},
		{Name: "mackey-glass", Description: "the Mackey-Glass delay equation, by the classical Runge-Kutta method", Licence: licence,
			Source:  "Mackey and Glass 1977, eq. 4b: x'(t) = beta x(t-tau)/(1 + x(t-tau)^n) - gamma x(t)",
			Targets: []string{"x"}, Period: 1, open: openSeries(mackeyGlass),
			Settings: []Setting{length(3000), {"tau", 17, "delay; chaotic from about 16.8", false, 0.1}, {"beta", 0.2, "production", false, 0},
				{"gamma", 0.1, "decay", false, 0}, {"n", 10, "exponent", false, 0}, {"dt", 1, "time from row to row", false, 1e-3},
				discard(1000), seed}},
		{Name: "narma10", Description: "nonlinear autoregressive moving average of order 10, driven by noise u", Licence: licence,
			Source:  "Atiya and Parlos 2000, eq. 86: y(t+1) = 0.3 y(t) + 0.05 y(t) sum_{i=0..9} y(t-i) + 1.5 u(t-9) u(t) + 0.1, u ~ U[0, 0.5]",
			Targets: []string{"y"}, Period: 1, open: openSeries(narma10), Settings: []Setting{length(4000), discard(100), seed}},
		{Name: "adding", Description: "the adding problem: the sum of two marked numbers among T; always answering 1 has an MSE of 1/6", Licence: licence,
			Source:  "Hochreiter and Schmidhuber 1997, experiment 4, with values in U[0, 1] and a marker in each half as in Arjovsky, Shah and Bengio 2016",
			Targets: []string{"sum"}, Period: 1, Sequences: true, open: openAdding,
			Settings: append([]Setting{{"T", 100, "steps", true, 2}}, sizes...)},
		{Name: "copy", Description: "copy memory: recall ten symbols after T blanks; without memory the cross-entropy is 10 ln 8/(T+20)", Licence: licence,
			Source:  "Arjovsky, Shah and Bengio 2016, section 4.1 (after Hochreiter and Schmidhuber 1997)",
			Targets: []string{"symbol"}, Period: 1, Sequences: true, open: openCopy,
			Settings: append([]Setting{{"T", 50, "blanks", true, 1}}, sizes...)},
	}
	return append(sets, patternSets(seed, licence)...)
}

// openSeries wraps a generator of one series.
func openSeries(generate func(v values) (columns []string, rows [][]float64, err error)) func(Info, values) (*Data, error) {
	return func(info Info, v values) (*Data, error) {
		columns, data, err := generate(v)
		if err != nil {
			return nil, fmt.Errorf("datasets: %s: %w", info.Name, err)
		}
		s, err := NewSeries(info.Name, columns, data)
		if err != nil {
			return nil, err
		}
		return &Data{Info: info, Series: []*Series{s}}, nil
	}
}

// stream returns the random numbers of a generator.
func (v values) stream(name string) *rng.Stream { return rng.New(uint64(v["seed"]), "datasets."+name) }

// table makes room for columns of n rows.
func table(columns, n int) [][]float64 {
	t := make([][]float64, columns)
	for i := range t {
		t[i] = make([]float64, n)
	}
	return t
}

func sines(v values) ([]string, [][]float64, error) {
	r := rand.New(v.stream("sines"))
	data := table(1, v.whole("length"))
	for range v.whole("components") {
		period := 8 * math.Pow(10, r.Float64())
		amplitude, phase := 0.5+r.Float64()/2, 2*math.Pi*r.Float64()
		for t := range data[0] {
			data[0][t] += amplitude * math.Sin(2*math.Pi*float64(t)/period+phase)
		}
	}
	for t := range data[0] {
		data[0][t] += v["noise"] * r.NormFloat64()
	}
	return []string{"y"}, data, nil
}

func lorenz(v values) ([]string, [][]float64, error) {
	r := rand.New(v.stream("lorenz"))
	sigma, rho, beta, h := v["sigma"], v["rho"], v["beta"], v["dt"]
	slope := func(s [3]float64) [3]float64 {
		return [3]float64{sigma * (s[1] - s[0]), s[0]*(rho-s[2]) - s[1], s[0]*s[1] - beta*s[2]}
	}
	along := func(s, k [3]float64, h float64) [3]float64 {
		return [3]float64{s[0] + h*k[0], s[1] + h*k[1], s[2] + h*k[2]}
	}
	s := [3]float64{0.5 + r.Float64(), 0.5 + r.Float64(), 0.5 + r.Float64()}
	data := table(3, v.whole("length"))
	for t := -v.whole("discard"); t < len(data[0]); t++ {
		if t >= 0 {
			data[0][t], data[1][t], data[2][t] = s[0], s[1], s[2]
		}
		k1 := slope(s)
		k2 := slope(along(s, k1, h/2))
		k3 := slope(along(s, k2, h/2))
		k4 := slope(along(s, k3, h))
		for i := range s {
			s[i] += h / 6 * (k1[i] + 2*k2[i] + 2*k3[i] + k4[i])
		}
		if !finite(s[0] + s[1] + s[2]) {
			return nil, nil, fmt.Errorf("diverged after %d rows with dt = %v: use a smaller dt", t+v.whole("discard"), h)
		}
	}
	return []string{"x", "y", "z"}, data, nil
}

// mackeyGlass steps with h = tau/m, m whole, so that delayed values fall on the grid; halfway between two of them it takes
// the cubic through values and slopes, whose error is of the method's own fourth order. Rows are taken from the same cubic.
func mackeyGlass(v values) ([]string, [][]float64, error) {
	r := rand.New(v.stream("mackey-glass"))
	tau, beta, gamma, n, dt := v["tau"], v["beta"], v["gamma"], v["n"], v["dt"]
	m := int(math.Ceil(tau / min(0.1, dt)))
	h := tau / float64(m)
	rows := v.whole("length")
	steps := int(math.Ceil(float64(rows+v.whole("discard"))*dt/h)) + 1
	slope := func(x, late float64) float64 { return beta*late/(1+math.Pow(late, n)) - gamma*x }
	x, f := make([]float64, m+steps+1), make([]float64, m+steps+1)
	start := 1.1 + 0.2*r.Float64() // the history is constant
	for i := range m + 1 {
		x[i] = start
	}
	for i := m; i < m+steps; i++ {
		late, next := x[i-m], x[i-m+1]
		f[i] = slope(x[i], late)
		middle := start // the slope jumps where the constant history ends
		if i >= 2*m {
			middle = cubic(late, next, f[i-m], f[i-m+1], h, 0.5)
		}
		k2 := slope(x[i]+h/2*f[i], middle)
		k3 := slope(x[i]+h/2*k2, middle)
		k4 := slope(x[i]+h*k3, next)
		x[i+1] = x[i] + h/6*(f[i]+2*k2+2*k3+k4)
		f[i+1] = slope(x[i+1], next)
		if !finite(x[i+1]) {
			return nil, nil, fmt.Errorf("diverged after %.0f units of time: use another beta, gamma or n", float64(i-m)*h)
		}
	}
	data := table(1, rows)
	for t := range rows {
		at := float64(t+v.whole("discard")) * dt / h
		i := m + int(at)
		data[0][t] = cubic(x[i], x[i+1], f[i], f[i+1], h, at-math.Floor(at))
	}
	return []string{"x"}, data, nil
}

// cubic is Hermite's interpolation at a share of the way from a to b, which are h apart and have slopes.
func cubic(a, b, slopeA, slopeB, h, share float64) float64 {
	s, u := share, 1-share
	return u*u*(1+2*s)*a + s*s*(1+2*u)*b + h*s*u*(u*slopeA-s*slopeB)
}

// narma10 draws new inputs where the recursion runs away, which it does for some.
func narma10(v values) ([]string, [][]float64, error) {
	rows, discard := v.whole("length"), v.whole("discard")
	stream := v.stream("narma10")
	for try := range uint64(100) {
		r := rand.New(stream.Split(try))
		u, y := make([]float64, rows+discard), make([]float64, rows+discard)
		for t := range u {
			u[t] = r.Float64() / 2
		}
		stable := true
		for t := 9; t+1 < len(y) && stable; t++ {
			sum := 0.0
			for i := range 10 {
				sum += y[t-i]
			}
			y[t+1] = 0.3*y[t] + 0.05*y[t]*sum + 1.5*u[t-9]*u[t] + 0.1
			stable = y[t+1] < 1
		}
		if stable {
			return []string{"u", "y"}, [][]float64{u[discard:], y[discard:]}, nil
		}
	}
	return nil, nil, fmt.Errorf("the recursion ran away for 100 inputs of %d rows: use a shorter length or another seed", rows+discard)
}
