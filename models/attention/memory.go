package attention

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"lenz/graph/kernel"
	"lenz/models"
)

// Memory is an associative memory: a modern Hopfield network with continuous states (Ramsauer et al. 2021). It stores N patterns of D
// numbers, the columns of the paper's X, and its energy (eq. 2) is
//
//	E(xi) = -lse(beta, X^T xi) + |xi|^2 / 2 + log(N)/beta + M^2/2
//
// with lse(beta, z) = log(sum e^(beta z_i)) / beta and M the length of the longest pattern; it is never negative. The update (eq. 3)
//
//	xi' = X softmax(beta X^T xi)
//
// never raises it. Storing is copying: nothing is learnt.
type Memory struct {
	patterns []float64 // [N, D]
	n, d     int
	beta     float64
	longest  float64 // M^2
}

var _ models.EnergyModel = (*Memory)(nil)

// NewMemory stores the rows of patterns, N rows of d numbers. Beta is the inverse temperature: high retrieves single patterns, low
// mixes neighbours.
func NewMemory(patterns []float64, d int, beta float64) (*Memory, error) {
	if d < 1 || len(patterns) == 0 || len(patterns)%d != 0 {
		return nil, fmt.Errorf("attention: memory of %d numbers in patterns of %d; want at least one pattern, whole", len(patterns), d)
	}
	if !(beta > 0) || math.IsInf(beta, 0) {
		return nil, fmt.Errorf("attention: memory with beta %v, want a positive number", beta)
	}
	m := &Memory{patterns: slices.Clone(patterns), n: len(patterns) / d, d: d, beta: beta}
	for i := range m.n {
		var sum float64
		for _, v := range m.Pattern(i) {
			sum += v * v
		}
		if !(sum < math.Inf(1)) {
			return nil, fmt.Errorf("attention: pattern %d holds numbers that are not finite or too large", i)
		}
		m.longest = max(m.longest, sum)
	}
	return m, nil
}

// Units is D.
func (m *Memory) Units() int { return m.d }

// Patterns is N.
func (m *Memory) Patterns() int { return m.n }

// Pattern returns pattern i, a view.
func (m *Memory) Pattern(i int) []float64 { return m.patterns[i*m.d : (i+1)*m.d : (i+1)*m.d] }

// Energy returns E(state), NaN for a state of another length.
func (m *Memory) Energy(state []float64) float64 {
	if len(state) != m.d {
		return math.NaN()
	}
	var square float64
	for _, v := range state {
		square += v * v
	}
	return -floats.LogSumExp(m.overlaps(state))/m.beta + square/2 + math.Log(float64(m.n))/m.beta + m.longest/2
}

// overlaps returns beta X^T xi, [N].
func (m *Memory) overlaps(state []float64) []float64 {
	z := make([]float64, m.n)
	kernel.Gemm(false, false, m.n, 1, m.d, m.beta, m.patterns, m.d, state, 1, 0, z, 1)
	return z
}

// Attend returns the weights softmax(beta X^T xi) of the N patterns.
func (m *Memory) Attend(state []float64) ([]float64, error) {
	if err := m.check(state); err != nil {
		return nil, err
	}
	z := m.overlaps(state)
	most := slices.Max(z)
	var sum float64
	for i, v := range z {
		z[i] = math.Exp(v - most)
		sum += z[i]
	}
	for i := range z {
		z[i] /= sum
	}
	return z, nil
}

// Update returns one update of the state, X softmax(beta X^T xi).
func (m *Memory) Update(state []float64) ([]float64, error) {
	p, err := m.Attend(state)
	if err != nil {
		return nil, err
	}
	next := make([]float64, m.d)
	kernel.Gemm(true, false, m.d, 1, m.n, 1, m.patterns, m.d, p, 1, 0, next, 1)
	return next, nil
}

func (m *Memory) check(state []float64) error {
	if len(state) != m.d {
		return fmt.Errorf("attention: a state of %d numbers in a memory of patterns of %d", len(state), m.d)
	}
	for i, v := range state {
		if v-v != 0 {
			return fmt.Errorf("attention: number %d of the state is %v, want finite numbers", i, v)
		}
	}
	return nil
}

// Recall is the course of a retrieval.
type Recall struct {
	State     []float64   // where it ended
	Course    [][]float64 // every state, the first one included
	Weights   []float64   // softmax at the end, [N]: one near 1 means a single pattern, several mean a metastable state
	Pattern   int         // the one of the greatest weight
	Steps     int         // updates taken
	Converged bool        // the last update moved the state by no more than the tolerance
}

// Retrieve updates the state until it moves by at most tolerance (the length of the difference), or steps updates are taken.
func (m *Memory) Retrieve(state []float64, tolerance float64, steps int) (Recall, error) {
	if steps < 1 || !(tolerance >= 0) {
		return Recall{}, fmt.Errorf("attention: retrieval in %d steps to a tolerance of %v; want at least 1 step and no negative tolerance", steps, tolerance)
	}
	r := Recall{State: slices.Clone(state), Course: [][]float64{slices.Clone(state)}}
	for r.Steps < steps && !r.Converged {
		next, err := m.Update(r.State)
		if err != nil {
			return Recall{}, err
		}
		var moved float64
		for i, v := range next {
			moved += (v - r.State[i]) * (v - r.State[i])
		}
		r.Converged = math.Sqrt(moved) <= tolerance
		r.State, r.Steps = next, r.Steps+1
		r.Course = append(r.Course, slices.Clone(next))
	}
	var err error
	if r.Weights, err = m.Attend(r.State); err != nil {
		return Recall{}, err
	}
	r.Pattern = floats.MaxIdx(r.Weights)
	return r, nil
}
