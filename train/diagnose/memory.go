package diagnose

import (
	"fmt"
	"math"
	"math/rand/v2"

	"lenz/graph/kernel"
	"lenz/internal/rng"
)

// MemorySpec says which capacities are measured. Begin with DefaultMemory.
type MemorySpec struct {
	Steps      int     // that are measured
	Washout    int     // before them
	Delays     int     // longest delay
	Degree     int     // highest total degree of products of past inputs; 1 is the memory capacity of Jaeger 2001
	Surrogates int     // shuffled targets from which the threshold comes
	Scale      float64 // inputs are uniform in [-Scale, Scale]
	Seed       uint64
}

// DefaultMemory measures linear memory.
func DefaultMemory() MemorySpec {
	return MemorySpec{Steps: 5000, Washout: 200, Delays: 50, Degree: 1, Surrogates: 40, Scale: 1}
}

// Capacity is how well one function of past inputs can be read from the state, 0 to 1: 1 less the normalized error of the best linear
// readout. Of what chance alone fits, n/(T-1) for n states over T steps, it is free (adjusted R^2).
type Capacity struct {
	Degrees map[int]int // delay -> degree of the Legendre polynomial of that input
	Degree  int         // total
	Value   float64     // 0 where the fit is not above the threshold
	Raw     float64     // as it came out: about 0, on either side, where there is nothing
}

// Memory is the information processing capacity of Dambre, Verstraeten, Schrauwen & Massar 2012.
type Memory struct {
	Capacities []Capacity
	ByDelay    []float64 // of degree 1, from delay 0
	ByDegree   []float64 // sums, from degree 1
	Total      float64
	Bound      int     // the number of independent states, which no total exceeds
	Threshold  float64 // of fits, from shuffled targets: chance gives Bound/(Steps-1) on average
}

// Linear is the memory capacity of Jaeger 2001: of past inputs themselves, the present one not among them. Delays that are remembered less than the threshold
// are left out.
func (m *Memory) Linear() float64 { return m.ByDegree[0] - m.ByDelay[0] }

// LinearUnbiased is the same without the threshold: capacities that are too small to be told from chance one by one count, and chance cancels. It is what
// theories of the capacity speak of, and scatters more.
func (m *Memory) LinearUnbiased() float64 {
	sum := 0.0
	for _, c := range m.Capacities {
		if c.Degree == 1 && c.Degrees[0] == 0 {
			sum += c.Raw
		}
	}
	return sum
}

// check finds settings that do not fit the system or each other.
func (o MemorySpec) check(s System) error {
	n := s.StateSize()
	switch {
	case s.Inputs() != 1:
		return fmt.Errorf("diagnose: memory is measured with one input, the system has %d: measure one made for a single input, or wrap it", s.Inputs())
	case o.Delays < 1 || o.Degree < 1 || o.Surrogates < 2 || !(o.Scale > 0):
		return fmt.Errorf("diagnose: memory with %d delays, degree %d, %d surrogates and inputs of size %v: all must be above 0, surrogates at least 2", o.Delays, o.Degree, o.Surrogates, o.Scale)
	case o.Steps < 2*n:
		return fmt.Errorf("diagnose: memory of %d states over %d steps: chance alone would read half of it; give at least %d", n, o.Steps, 2*n)
	case o.Washout < o.Delays:
		return fmt.Errorf("diagnose: memory with delays up to %d after %d steps of washout: give at least as many", o.Delays, o.Washout)
	}
	return nil
}

// Measure drives a system of one input by random numbers and measures what its state remembers. States are taken about their means.
func Measure(s System, o MemorySpec) (*Memory, error) {
	if err := o.check(s); err != nil {
		return nil, err
	}
	n := s.StateSize()
	r := rand.New(rng.New(o.Seed, "diagnose.memory"))
	u := make([]float64, o.Washout+o.Steps)
	x, states := make([]float64, n), make([]float64, o.Steps*n)
	for t := range u {
		u[t] = 2*r.Float64() - 1
		s.Step(x, []float64{o.Scale * u[t]})
		if t >= o.Washout {
			copy(states[(t-o.Washout)*n:], x)
		}
	}
	basis, rank := independent(states, n)
	m := &Memory{Bound: rank, ByDelay: make([]float64, o.Delays+1), ByDegree: make([]float64, o.Degree)}
	z := make([]float64, o.Steps)
	m.threshold(basis, u[o.Washout:], o, r)
	var visit func(degrees map[int]int, delay, left, total int)
	visit = func(degrees map[int]int, delay, left, total int) {
		if total > 0 {
			target(z, u, o.Washout, degrees)
			fitted := captured(basis, rank, z)
			// A random order of z has n/(T-1) of its squares in the span of n directions, on average and exactly.
			raw, c := 1-(1-fitted)*float64(o.Steps-1)/float64(o.Steps-1-rank), 0.0
			if fitted > m.Threshold {
				c = raw
			}
			kept := map[int]int{}
			for k, v := range degrees {
				kept[k] = v
			}
			m.Capacities = append(m.Capacities, Capacity{kept, total, c, raw})
			m.ByDegree[total-1] += c
			m.Total += c
			if total == 1 {
				for d := range degrees {
					m.ByDelay[d] = c
				}
			}
		}
		if left == 0 {
			return
		}
		for d := delay; d <= o.Delays; d++ {
			for degree := 1; degree <= left; degree++ {
				degrees[d] = degree
				visit(degrees, d+1, left-degree, total+degree)
			}
			delete(degrees, d)
		}
	}
	visit(map[int]int{}, 0, o.Degree, 0)
	return m, nil
}

// target is a product of Legendre polynomials of past inputs, which are orthogonal for uniform ones.
func target(z, u []float64, from int, degrees map[int]int) {
	for t := range z {
		z[t] = 1
	}
	for delay := 0; delay <= from; delay++ {
		degree, ok := degrees[delay]
		if !ok {
			continue
		}
		for t := range z {
			z[t] *= legendre(degree, u[from+t-delay])
		}
	}
}

// legendre is P_n(x), by Bonnet's recursion.
func legendre(n int, x float64) float64 {
	a, b := 1.0, x
	for k := 1; k < n; k++ {
		a, b = b, (float64(2*k+1)*x*b-float64(k)*a)/float64(k+1)
	}
	return b
}

// threshold is what shuffled targets reach: their mean and four standard deviations.
func (m *Memory) threshold(basis, u []float64, o MemorySpec, r *rand.Rand) {
	z := append([]float64{}, u...)
	mean, square := 0.0, 0.0
	for range o.Surrogates {
		r.Shuffle(len(z), func(i, j int) { z[i], z[j] = z[j], z[i] })
		c := captured(basis, m.Bound, z)
		mean += c / float64(o.Surrogates)
		square += c * c / float64(o.Surrogates)
	}
	m.Threshold = mean + 4*math.Sqrt(max(0, square-mean*mean))
}

// captured is |Q'z|^2/|z|^2, the share of z about its mean that the states span.
func captured(basis []float64, rank int, z []float64) float64 {
	mean, norm := 0.0, 0.0
	for _, v := range z {
		mean += v / float64(len(z))
	}
	dots := make([]float64, rank)
	for t, v := range z {
		v -= mean
		norm += v * v
		for k, q := range basis[t*rank:][:rank] {
			dots[k] += q * v
		}
	}
	sum := 0.0
	for _, d := range dots {
		sum += d * d
	}
	return sum / norm
}

// independent returns an orthonormal basis of the states about their means, [steps, rank], by Gram-Schmidt's method with pivots; directions below
// 1e-7 of the largest are rounding, and are left out.
func independent(states []float64, n int) (basis []float64, rank int) {
	steps := len(states) / n
	columns := make([][]float64, n)
	norms := make([]float64, n)
	for k := range columns {
		c, mean := make([]float64, steps), 0.0
		for t := range c {
			c[t] = states[t*n+k]
			mean += c[t] / float64(steps)
		}
		for t := range c {
			c[t] -= mean
			norms[k] += c[t] * c[t]
		}
		columns[k] = c
	}
	most := 0.0
	for _, v := range norms {
		most = max(most, v)
	}
	var kept [][]float64
	for range n {
		best := 0
		for k, v := range norms {
			if v > norms[best] {
				best = k
			}
		}
		if !(norms[best] > 1e-14*most) {
			break
		}
		q := columns[best]
		norms[best] = -1
		for _, p := range kept { // once more, against rounding
			project(q, p)
		}
		length := math.Sqrt(dot(q, q))
		for t := range q {
			q[t] /= length
		}
		kept = append(kept, q)
		kernel.Parallel(n, 8, func(_, lo, hi int) {
			for k := lo; k < hi; k++ {
				if norms[k] >= 0 {
					project(columns[k], q)
					norms[k] = dot(columns[k], columns[k])
				}
			}
		})
	}
	rank = len(kept)
	basis = make([]float64, steps*rank)
	for k, q := range kept {
		for t, v := range q {
			basis[t*rank+k] = v
		}
	}
	return basis, rank
}

// project takes the part along a unit vector out of v.
func project(v, unit []float64) {
	d := dot(v, unit)
	for t, u := range unit {
		v[t] -= d * u
	}
}

func dot(a, b []float64) float64 {
	s0, s1 := 0.0, 0.0
	i := 0
	for ; i+1 < len(a) && i+1 < len(b); i += 2 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
	}
	if i < len(a) {
		s0 += a[i] * b[i]
	}
	return s0 + s1
}
