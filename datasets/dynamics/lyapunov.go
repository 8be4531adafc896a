package dynamics

import (
	"fmt"
	"math"
	"math/rand/v2"

	"lenz/internal/rng"
)

// LyapunovOptions says how exponents are measured. Begin with DefaultLyapunov.
type LyapunovOptions struct {
	Count     int     // exponents, the largest first
	Steps     int     // steps that are averaged over, after the transient
	Transient int     // steps until state and directions are forgotten
	Every     int     // steps between orthonormalizations
	Size      float64 // distance of the neighbours, times the root mean square of the state
	Seed      uint64  // of the first directions
}

// DefaultLyapunov measures the largest exponent.
func DefaultLyapunov() LyapunovOptions {
	return LyapunovOptions{Count: 1, Steps: 20000, Transient: 2000, Every: 5, Size: 1e-7}
}

// Spectrum is Lyapunov exponents, the largest first, per unit of time.
type Spectrum struct {
	Exponents []float64
	// Errors are standard errors, from the means of twenty parts of the measurement.
	Errors []float64
}

// KaplanYorke returns the dimension of Kaplan & Yorke 1979: k + (l_1 + ... + l_k)/|l_{k+1}|, where k exponents have a sum >= 0. It is NaN
// if the sum of all that were measured is still positive.
func (s Spectrum) KaplanYorke() float64 {
	sum := 0.0
	for k, l := range s.Exponents {
		if sum+l < 0 {
			return float64(k) + sum/math.Abs(l)
		}
		sum += l
	}
	return math.NaN()
}

// Lyapunov measures exponents from a state, which it moves, by the method of Benettin, Galgani, Giorgilli & Strelcyn 1980: neighbours in
// orthogonal directions are followed and drawn back to their distance, and what they grew by is averaged.
func Lyapunov(s System, x []float64, o LyapunovOptions) (Spectrum, error) {
	const parts = 20
	dim := s.Dim()
	switch {
	case len(x) != dim:
		return Spectrum{}, fmt.Errorf("dynamics: a state of %d numbers for a system of %d", len(x), dim)
	case o.Count < 1 || o.Count > dim:
		return Spectrum{}, fmt.Errorf("dynamics: %d Lyapunov exponents of a system with %d dimensions: want 1 to that", o.Count, dim)
	case o.Every < 1 || o.Transient < 0 || o.Steps < parts*o.Every || !(o.Size > 0):
		return Spectrum{}, fmt.Errorf("dynamics: Lyapunov exponents over %d steps, orthonormalized every %d: want at least %d steps", o.Steps, o.Every, parts*max(1, o.Every))
	}
	b := newBenettin(s, x, o)
	for range o.Transient / o.Every {
		if err := b.run(o.Every); err != nil {
			return Spectrum{}, err
		}
	}
	rounds := o.Steps / (parts * o.Every)
	means := make([][parts]float64, o.Count)
	for p := range parts {
		clear(b.growth)
		for range rounds {
			if err := b.run(o.Every); err != nil {
				return Spectrum{}, err
			}
		}
		for j, g := range b.growth {
			means[j][p] = g / (float64(rounds*o.Every) * s.Dt())
		}
	}
	var out Spectrum
	for _, m := range means {
		mean, square := 0.0, 0.0
		for _, v := range m {
			mean += v / parts
		}
		for _, v := range m {
			square += (v - mean) * (v - mean)
		}
		out.Exponents = append(out.Exponents, mean)
		out.Errors = append(out.Errors, math.Sqrt(square/(parts*(parts-1))))
	}
	return out, nil
}

type benettin struct {
	s      System
	x      []float64
	q      [][]float64 // orthonormal directions
	near   []float64   // a neighbour
	end    []float64
	begin  []float64
	growth []float64 // sums of logarithms
	size   float64
}

func newBenettin(s System, x []float64, o LyapunovOptions) *benettin {
	n := len(x)
	b := &benettin{s: s, x: x, near: make([]float64, n), end: make([]float64, n), begin: make([]float64, n), growth: make([]float64, o.Count)}
	r := rand.New(rng.New(o.Seed, "dynamics.lyapunov"))
	for range o.Count {
		d := make([]float64, n)
		for i := range d {
			d[i] = r.NormFloat64()
		}
		b.q = append(b.q, d)
	}
	b.orthonormalize()
	clear(b.growth)
	rms := 0.0
	for _, v := range x {
		rms += v * v / float64(n)
	}
	b.size = o.Size * max(math.Sqrt(rms), 1e-3)
	return b
}

// run moves the state and its neighbours by some steps.
func (b *benettin) run(steps int) error {
	copy(b.begin, b.x)
	for range steps {
		b.s.Step(b.x)
	}
	for _, q := range b.q {
		for i, v := range b.begin {
			b.near[i] = v + b.size*q[i]
		}
		for range steps {
			b.s.Step(b.near)
		}
		for i := range q {
			q[i] = (b.near[i] - b.x[i]) / b.size
		}
	}
	if b.orthonormalize(); !finite(b.growth) {
		return fmt.Errorf("dynamics: the state left all bounds while its Lyapunov exponents were measured: begin on the attractor, or use smaller steps")
	}
	return nil
}

// orthonormalize is Gram-Schmidt's method, twice: once leaves directions that are not orthogonal where they were nearly alike.
func (b *benettin) orthonormalize() {
	for j, q := range b.q {
		for range 2 {
			for _, p := range b.q[:j] {
				dot := 0.0
				for i, v := range p {
					dot += v * q[i]
				}
				for i, v := range p {
					q[i] -= dot * v
				}
			}
		}
		norm := 0.0
		for _, v := range q {
			norm += v * v
		}
		norm = math.Sqrt(norm)
		b.growth[j] += math.Log(max(norm, 1e-300))
		for i := range q {
			q[i] /= max(norm, 1e-300)
		}
	}
}

func finite(v []float64) bool {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}
