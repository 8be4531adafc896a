package spin

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"lenz/models"
)

// Bond is the coupling J_ij of two sites.
type Bond struct {
	I, J  int
	Value float64
}

// Term is the coupling J_a of p spins: the energy holds -J_a times their product.
type Term struct {
	Sites []int
	Value float64
}

// Coupling is the Hamiltonian that all samplers of this package share:
//
//	H(s) = - sum_{i<j} J_ij s_i s_j - sum_i h_i s_i - sum_a J_a prod_{i in a} s_i,   s_i = -1 or +1,
//
// and the Boltzmann weight is exp(-H/T) (k_B = 1). It does not change once it is made, and may be shared.
type Coupling struct {
	n     int
	bonds []Bond // I < J, sorted

	// Neighbours of site i are site[start[i]:start[i+1]], with the couplings value[...].
	start, site []int32
	value       []float64

	field []float64 // h [N], nil for none
	terms []Term
	of    [][]int32 // terms of each site, nil without terms

	colours [][]int32 // independent sets: no two sites of one interact
	lattice *Lattice  // nil where there is none
}

var _ models.EnergyModel = (*Coupling)(nil)

// New returns the coupling of n sites. Every pair is named once; fields is nil or has n values. Errors name the entry.
func New(n int, bonds []Bond, fields []float64, terms []Term) (*Coupling, error) {
	if n < 1 || n > 1<<30 {
		return nil, fmt.Errorf("spin: %d sites, want at least 1", n)
	}
	c := &Coupling{n: n, bonds: slices.Clone(bonds)}
	for k := range c.bonds {
		b := &c.bonds[k]
		switch {
		case b.I < 0 || b.I >= n || b.J < 0 || b.J >= n:
			return nil, fmt.Errorf("spin: bond %d joins the sites %d and %d, the sites are 0 to %d", k, b.I, b.J, n-1)
		case b.I == b.J:
			return nil, fmt.Errorf("spin: bond %d couples site %d to itself: s_i s_i is always 1, leave it out", k, b.I)
		case !finite(b.Value):
			return nil, fmt.Errorf("spin: bond %d of the sites %d and %d is %v, want a finite number", k, b.I, b.J, b.Value)
		}
		if b.I > b.J {
			b.I, b.J = b.J, b.I
		}
	}
	slices.SortFunc(c.bonds, func(a, b Bond) int { return cmp.Or(a.I-b.I, a.J-b.J) })
	for k := 1; k < len(c.bonds); k++ {
		if a, b := c.bonds[k-1], c.bonds[k]; a.I == b.I && a.J == b.J {
			return nil, fmt.Errorf("spin: the sites %d and %d are coupled twice (%v and %v): give their sum once", a.I, a.J, a.Value, b.Value)
		}
	}
	if err := c.setFields(fields); err != nil {
		return nil, err
	}
	if err := c.setTerms(terms); err != nil {
		return nil, err
	}
	if err := c.bounded(); err != nil {
		return nil, err
	}
	c.index()
	c.colour()
	return c, nil
}

// Dense returns the coupling of a matrix J [N, N], which must be square and symmetric with a diagonal of zeros.
func Dense(j [][]float64, fields []float64) (*Coupling, error) {
	var bonds []Bond
	for i, row := range j {
		if len(row) != len(j) {
			return nil, fmt.Errorf("spin: row %d of J has %d values, want %d: J is square", i, len(row), len(j))
		}
		if row[i] != 0 {
			return nil, fmt.Errorf("spin: J[%d][%d] is %v, want 0: a spin does not couple to itself", i, i, row[i])
		}
	}
	for i, row := range j {
		for k := i + 1; k < len(row); k++ {
			if row[k] != j[k][i] {
				return nil, fmt.Errorf("spin: J[%d][%d] is %v, but J[%d][%d] is %v: J is symmetric; use their mean", i, k, row[k], k, i, j[k][i])
			}
			if row[k] != 0 {
				bonds = append(bonds, Bond{i, k, row[k]})
			}
		}
	}
	return New(len(j), bonds, fields, nil)
}

func (c *Coupling) setFields(fields []float64) error {
	if fields == nil {
		return nil
	}
	if len(fields) != c.n {
		return fmt.Errorf("spin: %d fields for %d sites, want one for each", len(fields), c.n)
	}
	any := false
	for i, h := range fields {
		if !finite(h) {
			return fmt.Errorf("spin: the field of site %d is %v, want a finite number", i, h)
		}
		any = any || h != 0
	}
	if any {
		c.field = slices.Clone(fields)
	}
	return nil
}

func (c *Coupling) setTerms(terms []Term) error {
	if len(terms) == 0 {
		return nil
	}
	c.of = make([][]int32, c.n)
	for a, t := range terms {
		sites := slices.Clone(t.Sites)
		slices.Sort(sites)
		switch {
		case len(sites) < 3:
			return fmt.Errorf("spin: term %d has %d sites, want at least 3: pairs are bonds, single sites have fields", a, len(sites))
		case sites[0] < 0 || sites[len(sites)-1] >= c.n:
			return fmt.Errorf("spin: term %d has the sites %v, the sites are 0 to %d", a, t.Sites, c.n-1)
		case len(slices.Compact(slices.Clone(sites))) != len(sites):
			return fmt.Errorf("spin: term %d names a site twice (%v): its spin squared is 1, leave both out", a, t.Sites)
		case !finite(t.Value):
			return fmt.Errorf("spin: term %d is %v, want a finite number", a, t.Value)
		}
		c.terms = append(c.terms, Term{sites, t.Value})
		for _, i := range sites {
			c.of[i] = append(c.of[i], int32(a))
		}
	}
	return nil
}

// index builds the lists of neighbours.
func (c *Coupling) index() {
	c.start = make([]int32, c.n+1)
	for _, b := range c.bonds {
		c.start[b.I+1]++
		c.start[b.J+1]++
	}
	for i := range c.n {
		c.start[i+1] += c.start[i]
	}
	c.site, c.value = make([]int32, 2*len(c.bonds)), make([]float64, 2*len(c.bonds))
	at := slices.Clone(c.start[:c.n])
	put := func(i, j int, v float64) {
		c.site[at[i]], c.value[at[i]] = int32(j), v
		at[i]++
	}
	for _, b := range c.bonds {
		put(b.I, b.J, b.Value)
		put(b.J, b.I, b.Value)
	}
}

// colour parts the sites greedily into independent sets, in the order of their numbers: two on a bipartite lattice, three on a
// triangular one, N on a dense coupling. A sweep may update a set at once.
func (c *Coupling) colour() {
	of := make([]int32, c.n)
	taken := make([]int32, c.n+1) // taken[k] = i+1: a neighbour of i has colour k
	for i := range c.n {
		mark := func(j int) {
			if j < i {
				taken[of[j]] = int32(i + 1)
			}
		}
		for k := c.start[i]; k < c.start[i+1]; k++ {
			mark(int(c.site[k]))
		}
		if c.of != nil {
			for _, a := range c.of[i] {
				for _, j := range c.terms[a].Sites {
					mark(j)
				}
			}
		}
		k := 0
		for taken[k] == int32(i+1) {
			k++
		}
		of[i] = int32(k)
		if k == len(c.colours) {
			c.colours = append(c.colours, nil)
		}
		c.colours[k] = append(c.colours[k], int32(i))
	}
}

// Units returns the number of sites.
func (c *Coupling) Units() int { return c.n }

// Bonds returns the pair couplings with I < J, in order.
func (c *Coupling) Bonds() []Bond { return slices.Clone(c.bonds) }

// Lattice returns the lattice that the sites lie on, nil where they lie on none.
func (c *Coupling) Lattice() *Lattice { return c.lattice }

// Energy returns H(s). A state of another length, or with a value that is neither -1 nor +1, has the energy NaN; Spins says
// what is wrong with it.
func (c *Coupling) Energy(state []float64) float64 {
	s, err := Spins(state)
	if err != nil || len(s) != c.n {
		return math.NaN()
	}
	return c.energy(s)
}

// energy returns H(s) of spins, added in the order of bonds, fields and terms.
func (c *Coupling) energy(s []int8) float64 {
	e := 0.0
	for _, b := range c.bonds {
		e -= b.Value * float64(s[b.I]*s[b.J])
	}
	for i, h := range c.field {
		e -= h * float64(s[i])
	}
	for _, t := range c.terms {
		e -= t.Value * float64(product(s, t.Sites))
	}
	return e
}

// local returns the field that spin i feels: sum_j J_ij s_j + h_i + sum_{a with i} J_a prod_{j in a, j != i} s_j. To flip the spin
// costs dE = 2 s_i local(i).
func (c *Coupling) local(s []int8, i int) float64 {
	sum := 0.0
	if c.field != nil {
		sum = c.field[i]
	}
	for k := c.start[i]; k < c.start[i+1]; k++ {
		sum += c.value[k] * float64(s[c.site[k]])
	}
	if c.of != nil {
		for _, a := range c.of[i] {
			t := c.terms[a]
			sum += t.Value * float64(product(s, t.Sites)*s[i])
		}
	}
	return sum
}

func product(s []int8, sites []int) int8 {
	p := int8(1)
	for _, i := range sites {
		p *= s[i]
	}
	return p
}

// Spins turns numbers into spins; a number that is neither -1 nor +1 is an error that names its place.
func Spins(state []float64) ([]int8, error) {
	s := make([]int8, len(state))
	for i, v := range state {
		if v != 1 && v != -1 {
			return nil, fmt.Errorf("spin: spin %d is %v, want -1 or +1", i, v)
		}
		s[i] = int8(v)
	}
	return s, nil
}

// bounded makes sure that no energy, and no square of one, can overflow.
func (c *Coupling) bounded() error {
	const most = 1e150
	sum := 0.0
	for _, b := range c.bonds {
		sum += math.Abs(b.Value)
	}
	for _, h := range c.field {
		sum += math.Abs(h)
	}
	for _, t := range c.terms {
		sum += math.Abs(t.Value)
	}
	if sum > most {
		return fmt.Errorf("spin: the couplings are too large: with the fields they add up to %.3g, and the square of an energy above %g to more than a number holds; divide all of them, and the temperatures, by the largest", sum, most)
	}
	return nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
