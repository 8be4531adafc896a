package spin

import (
	"fmt"
	"math"
	"math/rand/v2"

	"lenz/internal/rng"
)

// PlusMinus draws couplings -1 or +1 with equal chance, Gaussian ones with mean 0 and variance 1 (Edwards and Anderson 1975).
const (
	PlusMinus = "pmj"
	Gaussian  = "gaussian"
)

// Draw returns the source of couplings of a distribution, PlusMinus or Gaussian.
func Draw(distribution string, r *rand.Rand) (func() float64, error) {
	switch distribution {
	case PlusMinus:
		return func() float64 { return float64(2*r.IntN(2) - 1) }, nil
	case Gaussian:
		return r.NormFloat64, nil
	}
	return nil, fmt.Errorf("spin: unknown distribution %q of couplings: want %s or %s", distribution, PlusMinus, Gaussian)
}

// EdwardsAnderson returns a spin glass on a lattice with couplings drawn from the seed.
func EdwardsAnderson(l Lattice, distribution string, seed uint64) (*Coupling, error) {
	draw, err := Draw(distribution, rand.New(rng.New(seed, "spin.disorder")))
	if err != nil {
		return nil, err
	}
	return l.Coupling(draw, 0)
}

// SherringtonKirkpatrick returns the fully connected spin glass, J_ij normal with variance 1/N (Sherrington and Kirkpatrick
// 1975): T_c = 1, ground-state energy -0.7632 a spin for large N.
func SherringtonKirkpatrick(n int, seed uint64) (*Coupling, error) {
	if n < 2 || n > 20000 {
		return nil, fmt.Errorf("spin: a fully connected glass of %d spins, want 2 to 20000", n)
	}
	r := rand.New(rng.New(seed, "spin.sk"))
	bonds := make([]Bond, 0, n*(n-1)/2)
	for i := range n {
		for j := i + 1; j < n; j++ {
			bonds = append(bonds, Bond{i, j, r.NormFloat64() / math.Sqrt(float64(n))})
		}
	}
	return New(n, bonds, nil, nil)
}

// PSpin returns the fully connected p-spin glass, p >= 3: each set of p spins is coupled by a normal J_a of variance p!/(2 N^(p-1))
// (Derrida 1980, Gross and Mezard 1984).
func PSpin(n, p int, seed uint64) (*Coupling, error) {
	count := 1.0
	for k := range p {
		count *= float64(n-k) / float64(k+1)
	}
	if p < 3 || p > n || count > 1<<22 {
		return nil, fmt.Errorf("spin: %d spins in sets of %d, want sets of at least 3 and at most %d sets: choose a smaller N", n, p, 1<<22)
	}
	factorial := 1.0
	for k := 2; k <= p; k++ {
		factorial *= float64(k)
	}
	sigma := math.Sqrt(factorial / (2 * math.Pow(float64(n), float64(p-1))))
	r := rand.New(rng.New(seed, "spin.pspin"))
	var terms []Term
	set := make([]int, p)
	var choose func(k, from int)
	choose = func(k, from int) {
		if k == p {
			terms = append(terms, Term{append([]int(nil), set...), sigma * r.NormFloat64()})
			return
		}
		for i := from; i < n; i++ {
			set[k] = i
			choose(k+1, i+1)
		}
	}
	choose(0, 0)
	return New(n, nil, nil, terms)
}
