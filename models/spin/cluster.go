package spin

import (
	"fmt"
	"math"
)

// bondThresholds holds, for each entry of the lists of neighbours, the chance 1 - exp(-2 beta |J|) of a satisfied bond to be frozen.
type bondThresholds struct {
	beta   float64
	chance []float64
}

func (b *bondThresholds) at(c *Coupling, beta float64) []float64 {
	if b.chance == nil || b.beta != beta {
		b.beta, b.chance = beta, make([]float64, len(c.value))
		for k, v := range c.value {
			b.chance[k] = -math.Expm1(-2 * beta * math.Abs(v))
		}
	}
	return b.chance
}

// clusterable says why clusters cannot be built on a coupling, nil if they can.
func clusterable(c *Coupling, method string) error {
	switch {
	case c.of != nil:
		return fmt.Errorf("spin: %s clusters are made of bonds of two spins, this coupling has terms of more: use metropolis or heatbath", method)
	case c.field != nil:
		return fmt.Errorf("spin: %s flips whole clusters, which is right only without a field: set field to 0, or use metropolis or heatbath", method)
	}
	return nil
}

// wolff grows one cluster from a random site and flips it (Wolff 1989), so many times a sweep. A bond is satisfied where
// J_ij s_i s_j > 0, so that it is right for couplings of either sign; where they are frustrated, clusters span the system above its
// transition and little is gained.
type wolff struct {
	clusters int
	bondThresholds
}

func (w *wolff) sweep(p *replica, beta float64) {
	chance := w.at(p.c, beta)
	if p.mark == nil {
		p.mark = make([]bool, p.c.n)
	}
	for range w.clusters {
		w.grow(p, chance)
	}
}

func (w *wolff) grow(p *replica, chance []float64) {
	c := p.c
	seed := int32(p.r.IntN(c.n))
	p.stack = append(p.stack[:0], seed)
	p.mark[seed] = true
	for at := 0; at < len(p.stack); at++ { // the stack keeps the whole cluster
		i := p.stack[at]
		for k := c.start[i]; k < c.start[i+1]; k++ {
			j := c.site[k]
			if p.mark[j] || c.value[k]*float64(p.s[i]*p.s[j]) <= 0 || p.r.Float64() >= chance[k] {
				continue
			}
			p.mark[j] = true
			p.stack = append(p.stack, j)
		}
	}
	for _, i := range p.stack {
		p.mark[i] = false
		p.flip(int(i))
	}
}

// swendsenWang freezes satisfied bonds and turns each cluster up or down with equal chance (Swendsen and Wang 1987).
type swendsenWang struct{ bondThresholds }

func (w *swendsenWang) sweep(p *replica, beta float64) {
	c := p.c
	chance := w.at(c, beta)
	if p.parent == nil {
		p.parent, p.mark = make([]int32, c.n), make([]bool, c.n)
	}
	for i := range p.parent {
		p.parent[i] = int32(i)
	}
	for i := range int32(c.n) {
		for k := c.start[i]; k < c.start[i+1]; k++ {
			j := c.site[k]
			if j > i && c.value[k]*float64(p.s[i]*p.s[j]) > 0 && p.r.Float64() < chance[k] {
				join(p.parent, i, j)
			}
		}
	}
	for i := range int32(c.n) {
		if root(p.parent, i) == i {
			p.mark[i] = p.r.Uint64()>>63 == 1
		}
	}
	for i := range int32(c.n) {
		if p.mark[root(p.parent, i)] {
			p.s[i] = -p.s[i]
		}
	}
	p.refresh() // about half of all spins have turned
}

// root finds a set's representative and halves the path to it (Tarjan 1975).
func root(parent []int32, i int32) int32 {
	for parent[i] != i {
		parent[i] = parent[parent[i]]
		i = parent[i]
	}
	return i
}

// join makes the lower representative that of both, so that the result does not depend on the order of joining.
func join(parent []int32, i, j int32) {
	a, b := root(parent, i), root(parent, j)
	if a < b {
		parent[b] = a
	} else {
		parent[a] = b
	}
}
