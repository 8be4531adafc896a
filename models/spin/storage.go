package spin

import (
	"fmt"
	"math"
	"math/bits"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lenz/graph/kernel"
)

// Rules are the names of the storage rules.
func Rules() []string { return []string{"hebbian", "pseudo-inverse", "storkey"} }

func rules() map[string]func(*Network) error {
	return map[string]func(*Network) error{"hebbian": hebbian, "pseudo-inverse": pseudoInverse, "storkey": storkey}
}

// hebbian is w_ij = (1/N) sum_p x_i x_j (Hebb 1949, Hopfield 1982). The products of a pair of sites over all patterns are counted 64 at a
// time.
func hebbian(h *Network) error {
	words := (len(h.patterns) + 63) / 64
	site := make([]uint64, h.n*words) // bit p of site i: pattern p is up there
	for p, x := range h.patterns {
		for i, s := range x {
			if s > 0 {
				site[i*words+p/64] |= 1 << (p % 64)
			}
		}
	}
	for i := range h.n {
		a := site[i*words : (i+1)*words]
		for j := range i {
			unequal := 0
			for k, w := range site[j*words : (j+1)*words] {
				unequal += bits.OnesCount64(w ^ a[k])
			}
			w := float64(len(h.patterns)-2*unequal) / float64(h.n)
			h.w[i*h.n+j], h.w[j*h.n+i] = w, w
		}
	}
	return nil
}

// pseudoInverse is w = (1/N) sum_pq x_p (C^-1)_pq x_q^T with the overlaps C_pq = x_p.x_q/N, a projection on the patterns, which it makes
// fixed points (Personnaz, Guyon, Dreyfus 1985). The diagonal is left out (Kanter, Sompolinsky
// 1987).
//
// The projection is built from an orthonormal basis of the patterns, so that they may be dependent.
func pseudoInverse(h *Network) error {
	var basis [][]float64
	for _, x := range h.patterns {
		v := make([]float64, h.n)
		for i, s := range x {
			v[i] = float64(s) / math.Sqrt(float64(h.n)) // of length 1
		}
		for range 2 { // twice is enough (Giraud, Langou, Rozloznik 2005)
			for _, b := range basis {
				floats.AddScaled(v, -floats.Dot(v, b), b)
			}
		}
		if norm := floats.Norm(v, 2); norm > 1e-9 {
			floats.Scale(1/norm, v)
			basis = append(basis, v)
		}
	}
	if len(basis) == h.n {
		return fmt.Errorf("spin: %d patterns span all states of %d spins: the pseudo-inverse rule would store every state; leave some out", len(h.patterns), h.n)
	}
	kernel.Install()
	q := mat.NewDense(len(basis), h.n, nil)
	for k, b := range basis {
		q.SetRow(k, b)
	}
	mat.NewDense(h.n, h.n, h.w).Mul(q.T(), q)
	return nil
}

// storkey adds pattern after pattern, each with what the weights so far already say of it taken off (Storkey 1997):
//
//	w_ij += (x_i x_j - x_i h_ji - h_ij x_j)/N,  h_ij = sum_{k != i, j} w_ik x_k
func storkey(h *Network) error {
	n := float64(h.n)
	field := make([]float64, h.n)
	for _, x := range h.patterns {
		for i := range field {
			field[i] = h.sum(x, i)
		}
		for i := range h.n {
			for j := range i {
				w := h.w[i*h.n+j]
				hij := field[i] - w*float64(x[j])
				hji := field[j] - w*float64(x[i])
				d := (float64(x[i]*x[j]) - float64(x[i])*hji - hij*float64(x[j])) / n
				h.w[i*h.n+j] = w + d
			}
		}
		for i := range h.n { // after all: the increments use the weights before
			for j := range i {
				h.w[j*h.n+i] = h.w[i*h.n+j]
			}
		}
	}
	return nil
}

// Limit is the number of random patterns that a rule holds among N spins, with a sentence that says what happens above it:
// 0.138 N with few errors for hebbian (Amit, Gutfreund, Sompolinsky 1985), N/sqrt(2 ln N) for storkey (Storkey 1997), N - 1 linearly
// independent ones for pseudo-inverse.
func Limit(rule string, n int) (patterns int, meaning string) {
	switch rule {
	case "pseudo-inverse":
		return n - 1, "linearly independent patterns at most"
	case "storkey":
		return int(float64(n) / math.Sqrt(2*math.Log(float64(n)))), "N/sqrt(2 ln N), above which errors become frequent (Storkey 1997)"
	}
	return int(Capacity * float64(n)), "0.138 N, above which retrieval breaks down (Amit, Gutfreund, Sompolinsky 1985)"
}

// Overloaded is a warning where more patterns are stored than the rule holds, "" otherwise.
func (h *Network) Overloaded() string {
	limit, meaning := Limit(h.rule, h.n)
	if len(h.patterns) <= limit {
		return ""
	}
	return fmt.Sprintf("%d patterns are stored in %d spins; %s storage holds about %d: %s", len(h.patterns), h.n, h.rule, limit, meaning)
}
