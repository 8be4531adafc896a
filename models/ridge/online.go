package ridge

import (
	"fmt"
	"math"

	"lenz/internal/state"
)

// RLS is recursive least squares with exponential forgetting (Haykin 2002, algorithm 9.1; Jaeger & Haas 2004 for reservoirs): after each
// row its weights minimize
//
//	sum over rows s of forget^(t-s) |y_s - W'x_s|^2 + forget^t ridge |W|^2
//
// With forget = 1 they are those of ridge regression. A row costs O(P^2).
type RLS struct {
	Weights []float64 // [P, Q]
	forget  float64
	inverse []float64 // of the weighted X'X + ridge I, [P, P]
	gain    []float64
	p, q    int
}

// NewRLS returns weights of zero. forget is in (0, 1], ridge above 0.
func NewRLS(p, q int, forget, ridge float64) (*RLS, error) {
	if p < 1 || q < 1 || !(forget > 0 && forget <= 1) || !(ridge > 0) || math.IsInf(ridge, 1) {
		return nil, fmt.Errorf("ridge: recursive least squares of %d features and %d responses with forgetting %v and ridge %v: want sizes of at least 1, forgetting in (0, 1] and a ridge above 0", p, q, forget, ridge)
	}
	r := &RLS{Weights: make([]float64, p*q), forget: forget, inverse: make([]float64, p*p), gain: make([]float64, p), p: p, q: q}
	for i := range p {
		r.inverse[i*p+i] = 1 / ridge
	}
	return r, nil
}

// Update learns a row x [P], y [Q] and returns the squared error before it.
func (r *RLS) Update(x, y []float64) float64 {
	// k = P x / (forget + x'P x)
	denominator := r.forget
	for i := range r.p {
		sum := 0.0
		for j, v := range r.inverse[i*r.p:][:r.p] {
			sum += v * x[j]
		}
		r.gain[i] = sum
		denominator += x[i] * sum
	}
	// P = (P - k (P x)') / forget, kept symmetric by computing one triangle
	for i := range r.p {
		k := r.gain[i] / denominator
		for j := i; j < r.p; j++ {
			v := (r.inverse[i*r.p+j] - k*r.gain[j]) / r.forget
			r.inverse[i*r.p+j], r.inverse[j*r.p+i] = v, v
		}
	}
	return learn(r.Weights, x, y, func(i int) float64 { return r.gain[i] / denominator })
}

// State returns the weights and the inverse.
func (r *RLS) State() state.State {
	return state.State{"weights": clone(r.Weights), "inverse": clone(r.inverse)}
}

// Restore takes what State gave, on a learner of the same sizes.
func (r *RLS) Restore(from state.State) error {
	weights, err := state.Slice[float64](from, "weights", len(r.Weights))
	if err != nil {
		return fmt.Errorf("ridge: %w", err)
	}
	inverse, err := state.Slice[float64](from, "inverse", len(r.inverse))
	if err != nil {
		return fmt.Errorf("ridge: %w", err)
	}
	copy(r.Weights, weights)
	copy(r.inverse, inverse)
	return nil
}

// LMS is normalized least mean squares (Widrow & Hoff 1960; Haykin 2002, eq. 6.18): W += rate x e' / (1e-8 + |x|^2). A row costs O(P).
type LMS struct {
	Weights []float64 // [P, Q]
	rate    float64
}

// NewLMS returns weights of zero. It is stable for rates in (0, 2).
func NewLMS(p, q int, rate float64) (*LMS, error) {
	if p < 1 || q < 1 || !(rate > 0 && rate < 2) {
		return nil, fmt.Errorf("ridge: least mean squares of %d features and %d responses with rate %v: want sizes of at least 1 and a rate in (0, 2), beyond which it diverges", p, q, rate)
	}
	return &LMS{Weights: make([]float64, p*q), rate: rate}, nil
}

// Update learns a row x [P], y [Q] and returns the squared error before it.
func (l *LMS) Update(x, y []float64) float64 {
	norm := 1e-8
	for _, v := range x {
		norm += v * v
	}
	return learn(l.Weights, x, y, func(i int) float64 { return l.rate * x[i] / norm })
}

// State returns the weights.
func (l *LMS) State() state.State { return state.State{"weights": clone(l.Weights)} }

// Restore takes what State gave, on a learner of the same sizes.
func (l *LMS) Restore(from state.State) error {
	weights, err := state.Slice[float64](from, "weights", len(l.Weights))
	if err != nil {
		return fmt.Errorf("ridge: %w", err)
	}
	copy(l.Weights, weights)
	return nil
}

// learn adds gain e' to the weights, where e = y - W'x, and returns |e|^2.
func learn(w, x, y []float64, gain func(i int) float64) float64 {
	q, total := len(y), 0.0
	for k := range y {
		e := y[k]
		for i, v := range x {
			e -= w[i*q+k] * v
		}
		total += e * e
		for i := range x {
			w[i*q+k] += gain(i) * e
		}
	}
	return total
}
