package datasets

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"lenz/datasets/dynamics"
)

// chaotic lists the generators of chaos. Each is a system of package dynamics from a random start.
func chaotic() []Info {
	length := func(n float64) Setting { return Setting{"length", n, "rows", true, 1} }
	seed := Setting{"seed", 1, "seed of the start", true, 0}
	discard := func(n float64) Setting {
		return Setting{"discard", n, "rows left out at the beginning, until the start is forgotten", true, 0}
	}
	dt := func(t float64) Setting { return Setting{"dt", t, "time from row to row", false, 1e-6} }
	const licence = "generated, none needed"
	return []Info{
		{Name: "lorenz", Description: "the Lorenz attractor, by the classical Runge-Kutta method", Licence: licence,
			Source:  "Lorenz 1963, eqs. 25-27: x' = sigma (y - x), y' = x (rho - z) - y, z' = x y - beta z",
			Targets: []string{"x", "y", "z"}, Period: 1, open: openSystem,
			Settings: []Setting{length(5000), dt(0.02), {"sigma", 10, "Prandtl number", false, 0},
				{"rho", 28, "Rayleigh number over its critical value", false, 0}, {"beta", 8.0 / 3, "aspect", false, 0}, discard(1000), seed}},
		{Name: "rossler", Description: "the Rossler attractor, a single band", Licence: licence,
			Source:  "Rossler 1976: x' = -y - z, y' = x + a y, z' = b + z (x - c)",
			Targets: []string{"x", "y", "z"}, Period: 1, open: openSystem,
			Settings: []Setting{length(5000), dt(0.1), {"a", 0.2, "of y'", false, 0}, {"b", 0.2, "of z'", false, 0}, {"c", 5.7, "of z'", false, 0},
				discard(1000), seed}},
		{Name: "double-scroll", Description: "an electronic circuit with two scrolls, odd under a change of sign", Licence: licence,
			Source:  "Gauthier, Bollt, Griffith and Barbosa 2021, eq. 10, and the constants below it",
			Targets: []string{"V1", "V2", "I"}, Period: 1, open: openSystem, Settings: []Setting{length(5000), dt(0.25), discard(1000), seed}},
		{Name: "lorenz96", Description: "a ring of variables that push their neighbours, a toy of the atmosphere", Licence: licence,
			Source: "Lorenz 1996: x_i' = (x_{i+1} - x_{i-2}) x_{i-1} - x_i + F",
			Period: 1, open: openSystem,
			Settings: []Setting{length(5000), dt(0.05), {"dim", 8, "variables", true, 4}, {"force", 8, "F; chaotic from about 4", false, 0}, discard(1000), seed}},
		{Name: "kuramoto-sivashinsky", Description: "a flame front on a ring: chaos in space and time, by ETDRK4", Licence: licence,
			Source: "u_t = -u u_x - u_xx - u_xxxx; method of Kassam and Trefethen 2005; a ring of 22 at 64 points as in Pathak et al. 2018",
			Period: 1, open: openSystem,
			Settings: []Setting{length(5000), dt(0.25), {"L", 22, "length of the ring", false, 1e-3}, {"points", 64, "grid points, the columns", true, 8}, discard(2000), seed}},
		{Name: "mackey-glass", Description: "the Mackey-Glass delay equation, by the classical Runge-Kutta method", Licence: licence,
			Source:  "Mackey and Glass 1977, eq. 4b: x'(t) = beta x(t-tau)/(1 + x(t-tau)^n) - gamma x(t)",
			Targets: []string{"x"}, Period: 1, open: openSeries(mackeyGlass),
			Settings: []Setting{length(3000), {"tau", 17, "delay; chaotic from about 16.8", false, 0.1}, {"beta", 0.2, "production", false, 0},
				{"gamma", 0.1, "decay", false, 0}, {"n", 10, "exponent", false, 0}, {"dt", 1, "time from row to row", false, 1e-3},
				discard(1000), seed}},
	}
}

// System returns the dynamical system behind a named generator of chaos, with the settings, and a state to begin with: that of
// row 0 of what Open gives (for mackey-glass, the past before it; its step is that of the method, not the time from row to row).
func System(name string, settings map[string]string) (dynamics.System, []float64, error) {
	info, err := Lookup(name)
	if err != nil {
		return nil, nil, err
	}
	v, err := info.resolve(settings)
	if err != nil {
		return nil, nil, err
	}
	if name == "mackey-glass" {
		s, x, err := v.mackeyGlass()
		if err != nil {
			return nil, nil, err
		}
		for range int(float64(v.whole("discard")) * v["dt"] / s.Dt()) {
			s.Step(x)
		}
		return s, x, nil
	}
	s, x, err := v.system(name)
	if err != nil {
		return nil, nil, err
	}
	for range v.whole("discard") {
		s.Step(x)
	}
	return s, x, nil
}

// system makes the system of a name and its random start.
func (v values) system(name string) (s dynamics.System, x []float64, err error) {
	r := rand.New(v.stream(name))
	uniform := func(n int, low, high float64) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = low + (high-low)*r.Float64()
		}
		return x
	}
	switch name {
	case "lorenz":
		s, err = dynamics.Lorenz63(v["sigma"], v["rho"], v["beta"], v["dt"])
		x = uniform(3, 0.5, 1.5)
	case "rossler":
		s, err = dynamics.Rossler(v["a"], v["b"], v["c"], v["dt"])
		x = uniform(3, 0.5, 1.5)
	case "double-scroll":
		s, err = dynamics.DoubleScroll(v["dt"])
		x = uniform(3, 0.1, 0.5)
	case "lorenz96":
		s, err = dynamics.Lorenz96(v.whole("dim"), v["force"], v["dt"])
		x = uniform(v.whole("dim"), -1, 1)
	case "kuramoto-sivashinsky":
		s, err = dynamics.NewKuramotoSivashinsky(v["L"], v.whole("points"), v["dt"])
		x = uniform(v.whole("points"), -0.6, 0.6)
		mean := 0.0
		for _, u := range x {
			mean += u / float64(len(x))
		}
		for i := range x { // the mean is conserved: another one is another frame
			x[i] -= mean
		}
	default:
		err = fmt.Errorf("%s is not a dynamical system: take one of lorenz, rossler, double-scroll, lorenz96, kuramoto-sivashinsky, mackey-glass", name)
	}
	return s, x, err
}

// columnStems name the columns of systems whose size is a setting.
var columnStems = map[string]string{"lorenz96": "x", "kuramoto-sivashinsky": "u"}

// openSystem steps a system row by row.
func openSystem(info Info, v values) (*Data, error) {
	if len(info.Targets) == 0 { // as many as the settings say
		n := v.whole("dim") + v.whole("points")
		width := len(fmt.Sprint(n - 1))
		for i := range n {
			info.Targets = append(info.Targets, fmt.Sprintf("%s%0*d", columnStems[info.Name], width, i))
		}
	}
	return openSeries(func(v values) ([]string, [][]float64, error) {
		s, x, err := v.system(info.Name)
		if err != nil {
			return nil, nil, err
		}
		data := table(len(x), v.whole("length"))
		for t := -v.whole("discard"); t < len(data[0]); t++ {
			if t >= 0 {
				for i := range x {
					data[i][t] = x[i]
				}
			}
			if s.Step(x); !finite(sum(x)) {
				return nil, nil, fmt.Errorf("diverged after %d rows with dt = %v: use a smaller dt", t+v.whole("discard"), v["dt"])
			}
		}
		return strings.Fields(strings.Join(info.Targets, " ")), data, nil
	})(info, v)
}

func sum(x []float64) float64 {
	total := 0.0
	for _, v := range x {
		total += v
	}
	return total
}

func (v values) mackeyGlass() (*dynamics.MackeyGlass, []float64, error) {
	s, err := dynamics.NewMackeyGlass(v["tau"], v["beta"], v["gamma"], v["n"], min(0.1, v["dt"]))
	if err != nil {
		return nil, nil, err
	}
	return s, s.Start(1.1 + 0.2*rand.New(v.stream("mackey-glass")).Float64()), nil
}

// mackeyGlass takes rows from the cubic through values and slopes of the method's steps.
func mackeyGlass(v values) ([]string, [][]float64, error) {
	s, x, err := v.mackeyGlass()
	if err != nil {
		return nil, nil, err
	}
	data := table(1, v.whole("length"))
	step := 0 // the state ends with it
	for t := range data[0] {
		at := float64(t+v.whole("discard")) * v["dt"] / s.Dt()
		for ; step <= int(at); step++ {
			if s.Step(x); !finite(x[s.Dim()-1]) {
				return nil, nil, fmt.Errorf("diverged after %.0f units of time: use another beta, gamma or n", float64(step)*s.Dt())
			}
		}
		data[0][t] = s.Now(x, at-math.Floor(at))
	}
	return []string{"x"}, data, nil
}
