package spin

import (
	"context"
	"math"
	"strings"
	"testing"

	"lenz/internal/rng"
)

// glass is a small system with everything in it: unequal couplings of both signs, and where asked fields and terms of three spins.
func glass(t *testing.T, n int, fields, terms bool) *Coupling {
	t.Helper()
	r := rng.NewFast(rng.New(5, "glass"))
	var bonds []Bond
	for i := range n {
		for j := i + 1; j < n; j++ {
			if r.Float64() < 0.6 {
				bonds = append(bonds, Bond{i, j, 2*r.Float64() - 1})
			}
		}
	}
	var h []float64
	if fields {
		for range n {
			h = append(h, r.Float64()-0.3)
		}
	}
	var ts []Term
	if terms {
		ts = []Term{{[]int{0, 1, 2}, 0.7}, {[]int{n - 1, 1, 3, 2}, -0.5}}
	}
	c, err := New(n, bonds, h, ts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func index(s []int8) int {
	k := 0
	for i, v := range s {
		if v > 0 {
			k |= 1 << i
		}
	}
	return k
}

// chiSquared holds counts against expected chances, pooling what is expected fewer than ten times. It returns the distance of
// chi^2 from its mean in standard deviations.
func chiSquared(counts []int, chance []float64, n int) float64 {
	sum, cells, poolCount, poolWant := 0.0, 0, 0.0, 0.0
	for i, c := range counts {
		want := chance[i] * float64(n)
		if want < 10 {
			poolCount += float64(c)
			poolWant += want
			continue
		}
		sum += (float64(c) - want) * (float64(c) - want) / want
		cells++
	}
	if poolWant > 0 {
		sum += (poolCount - poolWant) * (poolCount - poolWant) / poolWant
		cells++
	}
	dof := float64(cells - 1)
	return (sum - dof) / math.Sqrt(2*dof)
}

// Each sampler visits all states of a small system as often as exp(-H/T) says. Sweeps between samples make them nearly independent;
// 5 standard deviations of chi^2 with a fixed seed.
func TestSamplersMatchEnumeration(t *testing.T) {
	const samples, between, temperature = 30000, 5, 2.0
	for _, method := range Methods() {
		for _, kind := range []string{"pairs", "fields", "terms"} {
			c := glass(t, 8, kind != "pairs", kind == "terms")
			e, err := NewEnsemble(c, Plan{Temperatures: []float64{temperature}, Method: method, Clusters: 3, Copies: 1, Every: 1}, 11)
			if (method == "wolff" || method == "swendsen-wang") && kind != "pairs" {
				if err == nil {
					t.Errorf("%s takes a system with %s", method, kind)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Run(method+"/"+kind, func(t *testing.T) {
				t.Parallel()
				chance, err := Weights(c, temperature)
				if err != nil {
					t.Fatal(err)
				}
				counts := make([]int, len(chance))
				for range samples {
					if err := e.Sweep(context.Background(), between); err != nil {
						t.Fatal(err)
					}
					counts[index(e.replicas[0][0].s)]++
				}
				if d := chiSquared(counts, chance, samples); d > 5 {
					t.Errorf("chi^2 is %.1f standard deviations above its mean", d)
				}
			})
		}
	}
}

// At equilibrium a reversible sampler goes from a to b as often as from b to a: chi^2 of all antisymmetric flows.
func TestDetailedBalance(t *testing.T) {
	c := glass(t, 4, false, false)
	const steps = 400000
	for name, s := range map[string]sampler{
		"metropolis": single{metropolisAt}, "heatbath": single{heatBathAt}, "wolff": &wolff{clusters: 1}, "swendsen-wang": &swendsenWang{},
	} {
		p := newReplica(c, rng.New(3, name))
		var flow [16][16]float64
		from := index(p.s)
		for range steps {
			s.sweep(p, 0.6)
			to := index(p.s)
			flow[from][to]++
			from = to
		}
		sum, dof := 0.0, 0.0
		for a := range flow {
			for b := range a {
				if n := flow[a][b] + flow[b][a]; n > 20 {
					sum += (flow[a][b] - flow[b][a]) * (flow[a][b] - flow[b][a]) / n
					dof++
				}
			}
		}
		if d := (sum - dof) / math.Sqrt(2*dof); d > 5 || dof < 20 {
			t.Errorf("%s: flows differ, chi^2 %.1f of %v flows is %.1f standard deviations off", name, sum, dof, d)
		}
	}
}

// single updates one random site, the step that detailed balance holds for.
type single struct {
	at func(p *replica, i int, beta float64)
}

func (s single) sweep(p *replica, beta float64) { s.at(p, p.r.IntN(p.c.n), beta) }

// Local fields and energy that flips keep up to date are those computed from scratch.
func TestFlipKeepsFieldsAndEnergy(t *testing.T) {
	c := glass(t, 9, true, true)
	p := newReplica(c, rng.New(1, "flip"))
	for step := range 200 {
		i := p.r.IntN(c.n)
		before := c.energy(p.s)
		want := 2 * float64(p.s[i]) * p.h[i]
		p.flip(i)
		if got := c.energy(p.s) - before; math.Abs(got-want) > 1e-12 {
			t.Fatalf("step %d: dE is %v, 2 s h says %v", step, got, want)
		}
	}
	h, e := append([]float64(nil), p.h...), p.energy
	p.refresh()
	for i := range h {
		if math.Abs(h[i]-p.h[i]) > 1e-12 {
			t.Errorf("field %d is %v, from scratch %v", i, h[i], p.h[i])
		}
	}
	if math.Abs(e-p.energy) > 1e-12 {
		t.Errorf("energy %v, from scratch %v", e, p.energy)
	}
}

func ferromagnet(t testing.TB, kind string, size int, field float64) *Coupling {
	t.Helper()
	l, err := NewLattice(kind, size, false)
	if err != nil {
		t.Fatal(err)
	}
	c, err := l.Ferromagnet(1, field)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sampled runs a plan and returns the observables at its temperatures.
func sampled(t testing.TB, c *Coupling, p Plan, sweeps int, seed uint64) []Observables {
	t.Helper()
	e, err := NewEnsemble(c, p, seed)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Sweep(context.Background(), sweeps); err != nil {
		t.Fatal(err)
	}
	return e.Observables()
}

// Cluster, local and tempered samplers agree with each other through the exact energy, and on the susceptibility and the binder
// cumulant of 4x4 with enumeration, within 4.5 standard errors of their own.
func TestSamplersAgreeOnFourByFour(t *testing.T) {
	c := ferromagnet(t, "square", 4, 0)
	exact, err := Enumerate(c, 2.4)
	if err != nil {
		t.Fatal(err)
	}
	if want := TorusEnergy(4, 2.4); math.Abs(exact.Energy-want) > 1e-7 {
		t.Errorf("enumeration of 65,536 states gives the energy %v, Kaufman's formula %v", exact.Energy, want)
	}
	within := func(what string, got Estimate, want float64) {
		t.Helper()
		if !(math.Abs(got.Value-want) <= 4.5*got.Error) || !(got.Error < 0.02*math.Abs(want)) {
			t.Errorf("%s: %v, exact %v", what, got, want)
		}
	}
	check := func(name string, o Observables) {
		t.Helper()
		within(name+" energy", o.Energy, exact.Energy)
		within(name+" magnetization", o.Magnetization, exact.AbsM)
		within(name+" susceptibility", o.Susceptibility, 16*(exact.M2-exact.AbsM*exact.AbsM)/2.4)
		within(name+" specific heat", o.SpecificHeat, exact.SpecificHeat)
		within(name+" binder", o.Binder, 1-exact.M4/(3*exact.M2*exact.M2))
	}
	for _, method := range Methods() {
		o := sampled(t, c, Plan{Temperatures: []float64{2.4}, Method: method, Clusters: 2, Copies: 4, Thermalize: 100, Every: 1}, 30000, 2)
		check(method, o[0])
	}
	o := sampled(t, c, Plan{Temperatures: []float64{1.8, 2.1, 2.4, 3}, Method: "metropolis", Copies: 4, Swap: true, Isoenergetic: true, Thermalize: 100, Every: 1}, 30000, 2)
	check("tempering", o[2])
	if r := *o[0].SwapRate; r < 0.3 || r > 1 {
		t.Errorf("swap rate %v", r)
	}
}

// Clusters and spins as bits on the other lattices: the energy of all 65,536 states, within 4.5 standard errors.
func TestSamplersAgreeOnOtherLattices(t *testing.T) {
	for _, kind := range []string{"triangular", "honeycomb"} {
		c := ferromagnet(t, kind, 4, 0)
		temperature := map[string]float64{"triangular": TriangularTc, "honeycomb": HoneycombTc}[kind]
		exact, err := Enumerate(c, temperature)
		if err != nil {
			t.Fatal(err)
		}
		m, err := NewMultispin(c, []float64{temperature, 1.2 * temperature}, 3, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		m.Measure(100, 5)
		if err := m.Sweep(context.Background(), 4000); err != nil {
			t.Fatal(err)
		}
		for method, o := range map[string]Observables{
			"swendsen-wang": sampled(t, c, Plan{Temperatures: []float64{temperature}, Method: "swendsen-wang", Copies: 2, Thermalize: 100, Every: 1}, 20000, 2)[0],
			"multispin":     m.Observables()[0],
		} {
			if !(math.Abs(o.Energy.Value-exact.Energy) <= 4.5*o.Energy.Error) || o.Energy.Error > 0.02 {
				t.Errorf("%s on %s: energy %v, exact %v", method, kind, o.Energy, exact.Energy)
			}
			if !(math.Abs(o.Magnetization.Value-exact.AbsM) <= 4.5*o.Magnetization.Error) {
				t.Errorf("%s on %s: magnetization %v, exact %v", method, kind, o.Magnetization, exact.AbsM)
			}
		}
	}
}

// 32 x 32 at T_c has Kaufman's energy, -sqrt(2) but for 0.02 of its size; at T = 2, where the correlation length is 2, the magnetization is
// Yang's 0.9113. Within 4.5 standard errors.
func TestSquareLatticeIsOnsagers(t *testing.T) {
	c := ferromagnet(t, "square", 32, 0)
	o := sampled(t, c, Plan{Temperatures: []float64{2, SquareTc}, Method: "swendsen-wang", Copies: 2, Thermalize: 100, Every: 1}, 5000, 3)
	if e, want := o[1].Energy, TorusEnergy(32, SquareTc); math.Abs(e.Value-want) > 4.5*e.Error || e.Error > 0.005 || math.Abs(want+math.Sqrt2) > 0.025 {
		t.Errorf("energy at T_c: %v, Kaufman's %v", e, want)
	}
	if m := o[0].Magnetization; math.Abs(m.Value-0.9113) > 4.5*m.Error+5e-5 || m.Error > 0.002 {
		t.Errorf("m(2) = %v, want 0.9113", m)
	}
}

// The integrated autocorrelation time of an AR(1) series x' = a x + noise is (1+a)/(1-a)/2, and the error of its mean follows.
func TestErrorsKnowAutocorrelation(t *testing.T) {
	const a, n = 0.9, 1 << 18
	r := rng.NewFast(rng.New(9, "ar"))
	tally, x := NewTally("x"), 0.0
	for range n {
		x = a*x + r.Float64() - 0.5
		tally.Add(x)
	}
	e := tally.Mean(0)
	// The variance of x is (1/12)/(1 - a^2); blocks give tau within about a fifth (2/sqrt(128 blocks)), the largest of three a bit more.
	want := math.Sqrt(1.0 / 12 / (1 - a*a) * (1 + a) / (1 - a) / n)
	if e.Error < 0.8*want || e.Error > 1.4*want || math.Abs(e.Value) > 4*want {
		t.Errorf("mean %v with error %v, want 0 with %v", e.Value, e.Error, want)
	}
	if tau := (1 + a) / (1 - a) / 2; e.Tau < 0.6*tau || e.Tau > 2*tau {
		t.Errorf("autocorrelation time %v, want %v", e.Tau, tau)
	}
}

func TestPlansThatAreRefused(t *testing.T) {
	c := ferromagnet(t, "square", 4, 0)
	good := Plan{Temperatures: []float64{2}, Method: "metropolis", Copies: 1, Every: 1}
	for want, change := range map[string]func(*Plan){
		"temperature 0":            func(p *Plan) { p.Temperatures = []float64{0} },
		"temperature -1":           func(p *Plan) { p.Temperatures = []float64{-1} },
		"temperatures ascend":      func(p *Plan) { p.Temperatures = []float64{2, 1} },
		`did you mean "wolff"`:     func(p *Plan) { p.Method = "wolf" },
		"at least 2 temperatures":  func(p *Plan) { p.Swap = true },
		"at least 2 copies":        func(p *Plan) { p.Isoenergetic = true },
		"clusters a sweep":         func(p *Plan) { p.Method = "wolff" },
		"want at least 1, 0 and 1": func(p *Plan) { p.Every = 0 },
		"no temperature":           func(p *Plan) { p.Temperatures = nil },
	} {
		p := good
		change(&p)
		if _, err := NewEnsemble(c, p, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
