package spin

import (
	"math"

	"lenz/internal/rng"
)

// replica is one configuration with its local fields and its energy, which flips keep up to date. Work buffers of the cluster
// samplers belong to it too.
type replica struct {
	c      *Coupling
	s      []int8
	h      []float64 // local fields: dE = 2 s_i h_i
	energy float64
	r      *rng.Fast

	stack, parent []int32
	mark          []bool
}

// newReplica draws each spin with equal chance.
func newReplica(c *Coupling, stream *rng.Stream) *replica {
	p := &replica{c: c, s: make([]int8, c.n), h: make([]float64, c.n), r: rng.NewFast(stream)}
	p.randomize()
	return p
}

func (p *replica) randomize() {
	for i := range p.s {
		p.s[i] = int8(p.r.Uint64()>>63)*2 - 1
	}
	p.refresh()
}

// refresh computes local fields and energy anew, so that rounding does not pile up and a restored replica equals one that went on.
func (p *replica) refresh() {
	for i := range p.h {
		p.h[i] = p.c.local(p.s, i)
	}
	p.energy = p.c.energy(p.s)
}

// flip turns spin i.
func (p *replica) flip(i int) {
	c := p.c
	p.energy += 2 * float64(p.s[i]) * p.h[i]
	if c.of != nil {
		p.flipTerms(i)
	}
	s := -p.s[i]
	p.s[i] = s
	twice := 2 * float64(s)
	from, to := c.start[i], c.start[i+1]
	sites, values := c.site[from:to], c.value[from:to]
	for k, j := range sites {
		p.h[j] += twice * values[k]
	}
}

// flipTerms takes what the terms of site i give to the others from +J prod to -J prod.
func (p *replica) flipTerms(i int) {
	for _, a := range p.c.of[i] {
		t := p.c.terms[a]
		whole := 2 * t.Value * float64(product(p.s, t.Sites))
		for _, j := range t.Sites {
			if j != i {
				p.h[j] -= whole * float64(p.s[j])
			}
		}
	}
}

// quench flips spins that lower the energy, in the order of their numbers, until none does.
func (p *replica) quench() {
	for moved := true; moved; {
		moved = false
		for i := range p.s {
			if float64(p.s[i])*p.h[i] < -1e-12*(1+math.Abs(p.h[i])) {
				p.flip(i)
				moved = true
			}
		}
	}
}

// magnetization is sum_i s_i.
func (p *replica) magnetization() float64 {
	m := 0
	for _, s := range p.s {
		m += int(s)
	}
	return float64(m)
}

// overlap is sum_i s_i t_i.
func overlap(s, t []int8) float64 {
	q := 0
	for i, v := range s {
		q += int(v * t[i])
	}
	return float64(q)
}
