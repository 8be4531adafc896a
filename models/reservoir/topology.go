package reservoir

import (
	"context"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"lenz/graph/kernel"
)

// topology is what a reservoir's weights are drawn from.
type topology struct {
	units  int
	links  int    // of each unit; 0 for all
	erdos  bool   // links fall on units at random, so many for each on average
	kind   string // a distribution of draw, cycle or orthogonal
	radius float64
}

// draw returns a number of one of the distributions: uniform in [-1, 1], positive in [0, 1], normal, bernoulli -1 or 1.
func draw(r *rand.Rand, distribution string) float64 {
	switch distribution {
	case "normal":
		return r.NormFloat64()
	case "bernoulli":
		return float64(2*r.IntN(2) - 1)
	case "positive":
		return r.Float64()
	}
	return 2*r.Float64() - 1
}

// mostLinks bounds the weights of a reservoir, at two GB.
const mostLinks = 1 << 28

// check refuses more weights than that, before memory for them is asked for.
func (t topology) check() error {
	each, remedy := t.links, "use fewer units or a lower degree"
	switch {
	case t.kind == "cycle":
		return nil
	case t.kind == "orthogonal":
		each, remedy = t.units, "use fewer units, or weights of another kind, of which each unit hears some (degree)"
	case each <= 0 || each >= t.units:
		each = t.units
	}
	if t.units > mostLinks/each {
		return fmt.Errorf("reservoir: %d units that hear %d each have %.3g weights, want at most %.3g: %s", t.units, each, float64(t.units)*float64(each), float64(mostLinks), remedy)
	}
	return nil
}

// new draws the weights and scales them to the spectral radius. It ends early, with the context's error, when that is done.
func (t topology) new(ctx context.Context, r *rand.Rand) (*matrix, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	kernel.Install() // the radius has the bits of the products that it comes from
	switch t.kind {
	case "cycle":
		return t.cycle(), nil
	case "orthogonal":
		return t.orthogonal(ctx, r)
	}
	m, err := t.random(ctx, r)
	if err != nil {
		return nil, err
	}
	rho, err := m.radius(ctx)
	if err != nil {
		return nil, err
	}
	if rho < 1e-12 {
		return nil, fmt.Errorf("reservoir: the drawn weights have the spectral radius %.3g and cannot be scaled to %v: use more units, a higher degree or another seed", rho, t.radius)
	}
	m.scale(t.radius / rho)
	return m, nil
}

// cycle is a ring of equal weights (Rodan & Tino 2011), whose eigenvalues are the n-th roots of radius^n.
func (t topology) cycle() *matrix {
	n := t.units
	m := &matrix{n: n, start: even(n, 1), from: make([]int32, n), weights: make([]float64, n)}
	for i := range n {
		m.from[i], m.weights[i] = int32((i+n-1)%n), t.radius
	}
	m.pack()
	return m
}

// orthogonal is the Q of a matrix of normal numbers, all singular values and moduli of eigenvalues of which are 1. Its signs are those
// of the factorization, which graph.Orthogonal sets for a uniform distribution; here nothing rests on one.
func (t topology) orthogonal(ctx context.Context, r *rand.Rand) (*matrix, error) {
	n := t.units
	var q mat.Dense
	err := abandoned(ctx, func() {
		data := make([]float64, n*n)
		for i := range data {
			data[i] = r.NormFloat64()
		}
		var qr mat.QR
		qr.Factorize(mat.NewDense(n, n, data))
		qr.QTo(&q)
	})
	if err != nil {
		return nil, err
	}
	m := &matrix{n: n, start: even(n, n), weights: q.RawMatrix().Data}
	m.scale(t.radius)
	return m, nil
}

// abandoned does work that cannot be stopped, such as a factorization. When the context is done first, it is left to end by itself.
func abandoned(ctx context.Context, work func()) error {
	if ctx.Done() == nil {
		work()
		return nil
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// random draws links and their weights, of some spectral radius.
func (t topology) random(ctx context.Context, r *rand.Rand) (*matrix, error) {
	n, links := t.units, t.links
	if links <= 0 || links >= n {
		links = n
	}
	m := &matrix{n: n, start: even(n, links), weights: make([]float64, n*links)}
	if links < n {
		m.from = make([]int32, n*links)
	}
	if t.erdos && links < n {
		m.scatter(r, n*links)
	}
	for i := range n {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		seen := map[int32]bool{}
		for at := m.start[i]; at < m.start[i+1]; at++ {
			m.weights[at] = draw(r, t.kind)
			if links == n {
				continue
			}
			j := int32(r.IntN(n))
			for seen[j] {
				j = int32(r.IntN(n))
			}
			seen[j] = true
			m.from[at] = j
		}
	}
	m.pack()
	return m, nil
}

// scatter makes room for so many links at units of a random choice.
func (m *matrix) scatter(r *rand.Rand, links int) {
	count := make([]int, m.n)
	for range links {
		i := r.IntN(m.n)
		for count[i] == m.n {
			i = r.IntN(m.n)
		}
		count[i]++
	}
	for i, c := range count {
		m.start[i+1] = m.start[i] + c
	}
}
