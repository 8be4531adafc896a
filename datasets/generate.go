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
		{Name: "narma10", Description: "nonlinear autoregressive moving average of order 10, driven by noise u", Licence: licence,
			Source:  "Atiya and Parlos 2000, eq. 86: y(t+1) = 0.3 y(t) + 0.05 y(t) sum_{i=0..9} y(t-i) + 1.5 u(t-9) u(t) + 0.1, u ~ U[0, 0.5]",
			Targets: []string{"y"}, Period: 1, open: openSeries(narma10), Settings: []Setting{length(4000), discard(100), seed}},
		{Name: "narma", Description: "nonlinear autoregressive moving average of any order, driven by noise u; tanh keeps orders above 10 bounded", Licence: licence,
			Source:  "Atiya and Parlos 2000, eq. 86, with sums and delays of the order: y(t+1) = f(0.3 y(t) + 0.05 y(t) sum_{i<n} y(t-i) + 1.5 u(t-n+1) u(t) + 0.1), f = tanh where n > 10",
			Targets: []string{"y"}, Period: 1, open: openSeries(narma),
			Settings: []Setting{length(4000), {"order", 10, "rows that are remembered", true, 1}, discard(100), seed}},
		{Name: "adding", Description: "the adding problem: the sum of two marked numbers among T; always answering 1 has an MSE of 1/6", Licence: licence,
			Source:  "Hochreiter and Schmidhuber 1997, experiment 4, with values in U[0, 1] and a marker in each half as in Arjovsky, Shah and Bengio 2016",
			Targets: []string{"sum"}, Period: 1, Sequences: true, open: openAdding,
			Settings: append([]Setting{{"T", 100, "steps", true, 2}}, sizes...)},
		{Name: "copy", Description: "copy memory: recall ten symbols after T blanks; without memory the cross-entropy is 10 ln 8/(T+20)", Licence: licence,
			Source:  "Arjovsky, Shah and Bengio 2016, section 4.1 (after Hochreiter and Schmidhuber 1997)",
			Targets: []string{"symbol"}, Period: 1, Sequences: true, open: openCopy,
			Settings: append([]Setting{{"T", 50, "blanks", true, 1}}, sizes...)},
	}
	return append(append(sets, chaotic()...), patternSets(seed, licence)...)
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

func narma10(v values) ([]string, [][]float64, error) { return narmaOf(v, "narma10", 10) }

func narma(v values) ([]string, [][]float64, error) { return narmaOf(v, "narma", v.whole("order")) }

// narmaOf draws new inputs where the recursion runs away, which it does for some.
func narmaOf(v values, name string, order int) ([]string, [][]float64, error) {
	rows, discard := v.whole("length"), v.whole("discard")
	if order >= rows+discard {
		return nil, nil, fmt.Errorf("the order %d needs more rows than length and discard give, %d: raise one", order, rows+discard)
	}
	stream := v.stream(name)
	for try := range uint64(100) {
		r := rand.New(stream.Split(try))
		u, y := make([]float64, rows+discard), make([]float64, rows+discard)
		for t := range u {
			u[t] = r.Float64() / 2
		}
		stable := true
		for t := order - 1; t+1 < len(y) && stable; t++ {
			sum := 0.0
			for i := range order {
				sum += y[t-i]
			}
			y[t+1] = 0.3*y[t] + 0.05*y[t]*sum + 1.5*u[t-order+1]*u[t] + 0.1
			if order > 10 {
				y[t+1] = math.Tanh(y[t+1])
			}
			stable = y[t+1] < 1
		}
		if stable {
			return []string{"u", "y"}, [][]float64{u[discard:], y[discard:]}, nil
		}
	}
	return nil, nil, fmt.Errorf("the recursion ran away for 100 inputs of %d rows: use a shorter length or another seed", rows+discard)
}
