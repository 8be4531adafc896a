package boltzmann

import (
	"math"
	"math/rand/v2"
	"testing"

	"lenz/internal/rng"
	"lenz/models"
	"lenz/models/attention"
	"lenz/models/spin"
)

// spinsOf turns zeros and ones into -1 and +1.
func spinsOf(s []float64) []float64 {
	out := make([]float64, len(s))
	for i, v := range s {
		out[i] = 2*v - 1
	}
	return out
}

// constant makes sure that two energies of the states differ by the same number everywhere.
func constant(t *testing.T, what string, states [][]float64, a, b func(s []float64) float64) {
	t.Helper()
	shift := a(states[0]) - b(states[0])
	for _, s := range states {
		if d := a(s) - b(s); !(math.Abs(d-shift) < 1e-10) {
			t.Errorf("%s: the energies of %v differ by %v, elsewhere by %v", what, s, d, shift)
		}
	}
}

func statesOf(n int) [][]float64 {
	all := make([][]float64, 1<<n)
	for k := range all {
		all[k] = make([]float64, n)
		fillStates(all[k], n, k)
	}
	return all
}

// The free energy of a machine is -log sum over h of e^-E(v, h), E being the energy that all families share.
func TestFreeEnergySumsTheHiddenUnits(t *testing.T) {
	for _, kind := range []string{"bernoulli", "gaussian"} {
		c := DefaultRBM()
		c.Hidden, c.Visible, c.Sigma = 4, kind, 1.3
		var m models.EnergyModel = machine(t, c, 3, 0.8)
		v := []float64{1, 0, 1}
		var sum logSum
		for _, h := range statesOf(4) {
			sum.add(-m.Energy(append(append([]float64(nil), v...), h...)))
		}
		f, err := m.(*RBMModel).FreeEnergy(v, 1)
		if err != nil || math.Abs(f[0]+sum.value()) > 1e-10 {
			t.Errorf("%s: free energy %v, want %v (%v)", kind, f, -sum.value(), err)
		}
	}
}

// A restricted machine is a Boltzmann machine whose units are connected between two groups only.
func TestRestrictedIsABoltzmannMachine(t *testing.T) {
	const v, h = 3, 2
	c := DefaultRBM()
	c.Hidden = h
	r := machine(t, c, v, 0.8)
	b := DefaultMachine()
	b.Hidden, b.Groups = h, []int{1, 1, 1}
	full := newMachine(t, b, v, 0)
	w := r.weights()
	coupling, bias := full.couplings()
	copy(bias, w.a)
	copy(bias[v:], w.c)
	for k, p := range full.pairs {
		if p[0] < v {
			coupling[k] = w.w[(p[1]-v)*v+p[0]]
		}
	}
	for _, s := range statesOf(v + h) {
		if a, b := r.Energy(s), full.Energy(s); math.Abs(a-b) > 1e-12 {
			t.Errorf("%v: %v restricted, %v in full", s, a, b)
		}
	}
}

// An Ising model or Hopfield network at temperature T > 0 is a Boltzmann machine: with s = 2 x - 1, couplings 4 J_ij and biases
// 2 h_i - 2 sum_j J_ij give the same energy but for a constant, hence the same probabilities.
func TestHopfieldAtATemperatureIsABoltzmannMachine(t *testing.T) {
	const n = 6
	r := rand.New(rng.New(1, "couplings"))
	c := DefaultMachine()
	c.Hidden, c.Temperatures = 0, []float64{1.7}
	m := newMachine(t, c, n, 0)
	coupling, bias := m.couplings()
	var bonds []spin.Bond
	fields := make([]float64, n)
	for i := range fields {
		fields[i] = r.NormFloat64()
		bias[i] += 2 * fields[i]
	}
	for k, p := range m.pairs {
		j := r.NormFloat64()
		bonds = append(bonds, spin.Bond{I: p[0], J: p[1], Value: j})
		coupling[k] = 4 * j
		bias[p[0]] -= 2 * j
		bias[p[1]] -= 2 * j
	}
	ising, err := spin.New(n, bonds, fields, nil)
	if err != nil {
		t.Fatal(err)
	}
	constant(t, "Boltzmann machine and Ising model", statesOf(n), m.Energy, func(s []float64) float64 { return ising.Energy(spinsOf(s)) })
}

// A machine with gaussian units on one side is a Hopfield network once these are integrated out: its couplings are Hebb's,
// J_ij = sum_mu W_i,mu W_j,mu (Barra, Bernacchia, Santucci, Contucci 2012).
func TestGaussianMachineIsAHopfieldNetwork(t *testing.T) {
	const patterns, n = 3, 6
	c := DefaultRBM()
	c.Hidden, c.Visible = n, "gaussian"
	m := machine(t, c, patterns, 0.6) // gaussian units are the patterns' amplitudes, binary ones the network's
	w := m.weights()
	// -c.h - |a + h W|^2/2 with h = (1+s)/2: J = W W^T/4, and fields from all that is linear in s.
	var bonds []spin.Bond
	fields := make([]float64, n)
	for i := range n {
		fields[i] = w.c[i] / 2
		for mu := range patterns {
			total := w.a[mu]
			for j := range n {
				total += w.w[j*patterns+mu] / 2
			}
			fields[i] += w.w[i*patterns+mu] / 2 * total
		}
		for j := i + 1; j < n; j++ {
			hebb := 0.0
			for mu := range patterns {
				hebb += w.w[i*patterns+mu] * w.w[j*patterns+mu] / 4
			}
			bonds = append(bonds, spin.Bond{I: i, J: j, Value: hebb})
		}
	}
	hopfield, err := spin.New(n, bonds, fields, nil)
	if err != nil {
		t.Fatal(err)
	}
	constant(t, "machine and Hopfield network", statesOf(n), func(s []float64) float64 { return w.freeHidden(s, 1, true)[0] },
		func(s []float64) float64 { return hopfield.Energy(spinsOf(s)) })
}

// The modern Hopfield energy times beta is the negative logarithm of a mixture of gaussians at the stored patterns, of variance 1/beta,
// where these have one length: a restricted machine with gaussian visible units and a single hidden unit of N states.
func TestModernHopfieldIsAMixture(t *testing.T) {
	const beta, d = 2.5, 3
	patterns := []float64{1, 0, 0, 0, 1, 0, 0.6, 0, 0.8}
	m, err := attention.NewMemory(patterns, d, beta)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rng.New(1, "states"))
	states := make([][]float64, 20)
	for k := range states {
		states[k] = []float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}
	}
	constant(t, "memory and mixture", states, func(s []float64) float64 { return beta * m.Energy(s) }, func(s []float64) float64 {
		var sum logSum
		for i := range m.Patterns() {
			sq := 0.0
			for j, p := range m.Pattern(i) {
				sq += (s[j] - p) * (s[j] - p)
			}
			sum.add(-beta * sq / 2)
		}
		return -sum.value()
	})
}
