package spin

import "math"

// sampler makes one sweep over a replica at the inverse temperature beta; every one leaves exp(-beta H) as it is.
type sampler interface {
	sweep(p *replica, beta float64)
}

// metropolis proposes single flips and accepts one with min(1, exp(-beta dE)) (Metropolis et al. 1953). Sites come at random, which
// satisfies detailed balance, or set by set of non-interacting sites (checkerboard), which satisfies balance. Set by set, a flip that
// costs nothing is made every second time only: were it made always, the walls between domains of a ring would march in step for ever,
// and the states not all be reached.
type metropolis struct{ checkerboard bool }

func (m metropolis) sweep(p *replica, beta float64) {
	if m.checkerboard {
		for _, set := range p.c.colours {
			for _, i := range set {
				if p.h[i] != 0 || p.r.Uint64()>>63 == 0 {
					metropolisAt(p, int(i), beta)
				}
			}
		}
		return
	}
	for range p.s {
		metropolisAt(p, p.r.IntN(len(p.s)), beta)
	}
}

func metropolisAt(p *replica, i int, beta float64) {
	// dE = 2 s_i (sum_j J_ij s_j + h_i + ...)
	x := 2 * beta * float64(p.s[i]) * p.h[i]
	if x <= 0 || x < 40 && p.r.Float64() < math.Exp(-x) {
		p.flip(i)
	}
}

// heatBath draws each spin anew from its conditional distribution, P(s_i = 1) = 1/(1 + exp(-2 beta h_i)) (Glauber 1963).
type heatBath struct{ checkerboard bool }

func (b heatBath) sweep(p *replica, beta float64) {
	if b.checkerboard {
		for _, set := range p.c.colours {
			for _, i := range set {
				heatBathAt(p, int(i), beta)
			}
		}
		return
	}
	for range p.s {
		heatBathAt(p, p.r.IntN(len(p.s)), beta)
	}
}

func heatBathAt(p *replica, i int, beta float64) {
	up := p.r.Float64() < 1/(1+math.Exp(-2*beta*p.h[i]))
	if up != (p.s[i] > 0) {
		p.flip(i)
	}
}
